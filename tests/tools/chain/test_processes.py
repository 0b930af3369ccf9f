"""Processes end with all that they have started, on Windows too."""

import subprocess
import sys

import psutil
import pytest

from tests.helpers.step_run import posix
from tools.chain.processes import end_tree
from tools.servers.step_server import running

# A process that starts another, as a server does that reloads.
PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
CHILD = "import time; print('here', flush=True); time.sleep(60)"


def family() -> tuple[subprocess.Popen, list[psutil.Process]]:
    """Start the two, and wait until both are there."""
    command = [sys.executable, "-c", PARENT.format(child=CHILD)]
    options = {"stdout": subprocess.PIPE, "start_new_session": True}
    process = subprocess.Popen(command, **options)
    process.stdout.readline()
    return process, psutil.Process(process.pid).children()


def end_of_a_block(process) -> None:
    with running(process):
        pass


@pytest.mark.parametrize("end", [end_tree, end_of_a_block])
@posix
def test_end_on_windows_is_that_of_the_whole_tree(monkeypatch, taskkill, end):
    process, children = family()
    monkeypatch.setenv("PATH", taskkill["PATH"])
    monkeypatch.setattr(sys, "platform", "win32")

    end(process)

    assert process.returncode is not None
    assert len(children) == 1
    assert psutil.wait_procs(children, timeout=30)[1] == []


def test_end_is_that_of_the_whole_tree():
    process, children = family()

    end_tree(process)

    assert psutil.wait_procs(children, timeout=30)[1] == []


def test_block_that_fails_on_windows_says_so(monkeypatch):
    monkeypatch.setattr("tools.servers.step_server.end_tree", lambda process: None)
    monkeypatch.setattr(sys, "platform", "win32")
    process = subprocess.Popen([sys.executable, "-c", ""])

    with pytest.raises(ZeroDivisionError), running(process):
        _ = 1 / 0
