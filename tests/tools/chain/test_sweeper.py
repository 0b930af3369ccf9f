"""Whatever ends a session of nox, a SIGKILL included, nothing that it started is left."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from tests.helpers.step_run import posix
from tools.chain.processes import FAMILY, SPARED
from tools.chain.steps import ROOT
from tools.chain.sweeper import Family, is_alive

# A session that runs what the test wants to, as all sessions do.
NOXFILE = f"""
import sys, nox
sys.path.insert(0, {str(ROOT)!r})
import noxfile
noxfile.PYTHON = sys.executable

@nox.session
def wanted(session):
    session.chdir({str(ROOT)!r})
    noxfile.python(session, *session.posargs)
"""
# A session of tests, with servers of its own.
TESTS = """
import time
from tools.servers.postgres_server import postgres_server
from tools.servers.redis_server import redis_server
from tools.servers.step_server import free_port

def test_takes_long():
    with postgres_server(free_port()), redis_server(free_port()):
        print("Ctrl-C ends it", flush=True)
        time.sleep(60)
"""
RUN = ["-m", "tools.classroom.run", "8", "--redis", "--no-browser"]
LIVE = ["-m", "tools.live.fault_injection", "--open", "--workers", "1"]
PYTEST = ["-m", "pytest", "-s", "-p", "no:cacheprovider"]
CHILDREN = f"""
import os, subprocess, sys, time
wait = [sys.executable, "-c", "import time; time.sleep(60)"]
for env in ({{}}, {{{SPARED!r}: "1"}}):
    print(subprocess.Popen(wait, env=os.environ | env).pid, flush=True)
time.sleep(60)
"""


def kill_nox(nox):
    nox.kill()


def kill_what_it_runs(nox):
    [python] = [
        child
        for child in psutil.Process(nox.pid).children()
        if "tools.chain.sweeper" not in child.cmdline()
    ]
    python.kill()


def kill_all_in_the_terminal(nox):
    os.killpg(nox.pid, signal.SIGKILL)


@pytest.fixture
def folder():
    """A folder that PostgreSQL may enter as well, when we are root."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@posix
@pytest.mark.parametrize(
    ("args", "kill"),
    [
        (RUN, kill_nox),
        (RUN, kill_what_it_runs),
        (RUN, kill_all_in_the_terminal),
        (LIVE, kill_nox),
        (PYTEST, kill_what_it_runs),
    ],
)
def test_killed_session_leaves_no_process(needs_everything, folder, args, kill):
    (folder / "noxfile.py").write_text(NOXFILE, "utf-8")
    tests = folder / "test_long.py"
    tests.write_text(TESTS, "utf-8")
    command = [sys.executable, "-m", "nox", "-f", folder / "noxfile.py", "-s"]
    nox = subprocess.Popen(
        [*command, "wanted", "--", *args, *([tests] if args == PYTEST else [])],
        env=os.environ | {"TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert any("Ctrl-C" in line for line in nox.stdout)
    family = psutil.Process(nox.pid).children(recursive=True)
    assert len(family) >= 4

    kill(nox)

    # A busy machine may take long: what counts is that nothing stays.
    until = time.monotonic() + 60
    while (left := [*filter(is_alive, family)]) and time.monotonic() < until:
        time.sleep(0.1)
    for process in left:
        process.kill()
    nox.wait(20)
    assert left == []


@posix
def test_what_is_to_stay_is_spared():
    root = subprocess.Popen([sys.executable, "-c", CHILDREN], stdout=subprocess.PIPE)
    ours, browser = (psutil.Process(int(root.stdout.readline())) for _ in range(2))
    family = Family(psutil.Process(root.pid))
    family.look()
    root.kill()
    root.wait()

    family.sweep()

    assert not is_alive(ours)
    assert is_alive(browser)
    browser.kill()


WAIT = [sys.executable, "-c", "print(flush=True); input()"]


def waiting(**env) -> subprocess.Popen:
    """Start a process that waits, in an environment of its own."""
    process = subprocess.Popen(
        WAIT, env=os.environ | env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    process.stdout.readline()
    return process


def test_child_of_a_root_that_has_not_ended_yet_is_swept():
    ours = waiting()
    family = Family(psutil.Process())
    family.seen.add(psutil.Process(ours.pid))
    family.look = lambda found=(): None  # other children of this process are not ours

    family.sweep()

    assert ours.wait(20) != 0


def test_process_whose_environment_was_read_too_early_is_spared(monkeypatch):
    root = subprocess.Popen([sys.executable, "-c", CHILDREN], stdout=subprocess.PIPE)
    ours, browser = (psutil.Process(int(root.stdout.readline())) for _ in range(2))
    family = Family(psutil.Process(root.pid))
    with monkeypatch.context() as early:
        early.setattr(psutil.Process, "environ", lambda process: {})
        family.look()
    assert family.seen == {ours, browser}
    root.kill()
    root.wait()

    family.sweep()

    assert not is_alive(ours)
    assert is_alive(browser)
    browser.kill()


def test_process_that_came_after_the_last_look_is_swept():
    root, other = (waiting() for _ in range(2))
    family = Family(psutil.Process(root.pid))
    family.look()
    late = waiting(**{FAMILY: str(root.pid)})  # a child of nobody that was seen
    spared = waiting(**{FAMILY: str(root.pid), SPARED: "1"})

    family.sweep()

    assert late.wait(20) != 0
    assert [each.poll() for each in (spared, other)] == [None, None]
    for each in (root, other, spared):
        each.kill()
        each.wait()
