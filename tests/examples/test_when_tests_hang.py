"""What docs/when_tests_hang.md shows: of each pair of tests, one fails or hangs, one passes."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools.chain.steps import ROOT

PROJECT = ROOT / "examples/when_tests_hang"
OPTIONS = ("-q", "--tb=short", "-p", "no:cacheprovider")
# No more plugins than the project has: others take seconds to load.
OPTIONS += ("-p", "pytest_django.plugin", "-p", "pytest_asyncio.plugin")
# The lines of pytest's output that say what went wrong, and how many tests did.
TELLING = re.compile(
    r"E   .|DETAIL|\s+.*PytestWarning: |(\d+ \w+, )*\d+ \w+ in [\d.]+s"
)
HANGS = 5  # seconds that nothing happens after the last sign of life
MOST = 120  # seconds: what ends takes two or three
PLAIN = {
    "COLUMNS": "100",
    "PYTHONUNBUFFERED": "1",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
}
FAILING = ("row", "left_over_row", "closed_database", "loop", "silence", "layer")
FAILING += ("goodbye",)
# What shows that a run has come to where it hangs.
ENDLESS = {
    "patience": r"^Timeout \(0:00:02\)!$",  # pytest says so, when it's told to: see below
    "thread": r"^1 failed, ",
}


@pytest.fixture
def project(tmp_path):
    """A copy, so that nothing is written beside what the page shows."""
    folder = tmp_path / "project"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture
def run(project, tmp_path):
    """Run one of a pair; give what pytest said, and its exit code, or None if it hangs.

    `sign` is what it writes before it hangs, if it's meant to.
    """

    def run(case: str, which: str, *options: str, sign: str = "", **variables: str):
        names = ("CI", "BUILD_NUMBER", "DATABASE_URL", "DJANGO_SETTINGS_MODULE")
        env = {k: v for k, v in os.environ.items() if k not in names}
        path = tmp_path / f"{which}.txt"
        command = [sys.executable, "-X", "faulthandler", "-m", "pytest", *OPTIONS]
        command += [f"tests/test_{case}.py", "-k", which, *options]
        with path.open("w") as output:
            process = subprocess.Popen(
                command,
                cwd=project,
                env=env | PLAIN | variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                if sign:
                    wait_for(sign, path, process)
                code = process.wait(HANGS if sign else MOST)
            except subprocess.TimeoutExpired:
                code = None
                process.send_signal(signal.SIGABRT)
                process.wait()
        return path.read_text("utf-8"), code

    return run


def wait_for(sign: str, path, process) -> None:
    """Wait until a process has written something, or ends."""
    end = time.monotonic() + MOST
    while not re.search(sign, path.read_text("utf-8"), re.MULTILINE):
        if process.poll() is not None or time.monotonic() > end:
            break
        time.sleep(0.05)


def telling(text: str) -> str:
    """Give the lines that tell, without what differs from run to run."""
    lines = [line for line in text.split("\n") if TELLING.match(line)]
    text = "\n".join(line.removeprefix("E").strip() for line in lines)
    text = re.sub(r"^\S+:0: ", "", text, flags=re.MULTILINE)
    text = re.sub(r" \(\S+/(\w+\.py):\d+\)", r" (\1)", text)
    return re.sub(r"(, \d+ deselected)? in [\d.]+s.*", "", text) + "\n"


@pytest.mark.parametrize("case", FAILING)
def test_one_fails_as_the_page_says(run, record, case):
    text, code = run(case, "broken")

    assert code == 1, text
    record(f"{case}.txt", telling(text))


def ours(text: str, project: Path) -> str:
    """Give the lines of the chat's own code in what an aborted process was doing."""
    found = re.findall(rf"File \"{re.escape(str(project))}/(chat/.+)", text)
    return "".join(f'File "{line}\n' for line in found)


@pytest.mark.parametrize(("case", "sign"), ENDLESS.items(), ids=ENDLESS)
def test_one_hangs_as_the_page_says(run, record, project, case, sign):
    options = ["-o", "faulthandler_timeout=2"] if case == "patience" else []
    text, code = run(case, "broken", *options, sign=sign)

    assert re.search(sign, text, re.MULTILINE), text
    assert code is None, text
    record(
        f"{case}.txt",
        f"{telling(text)}(still running after {HANGS} seconds)\n".lstrip(),
    )
    if case == "thread":
        record("aborted.txt", ours(text, project))


def test_connection_that_is_left_open_keeps_the_database(run, record, database_server):
    text, code = run("connection", "broken", DATABASE_URL=database_server.url)

    assert code == 0, text  # which is why nobody notices
    record("connection.txt", telling(text))


def test_row_is_missing_on_postgresql(run, record, database_server):
    text, code = run("row", "broken", DATABASE_URL=database_server.url)

    assert code == 1, text
    record("row_on_postgresql.txt", telling(text))


@pytest.mark.parametrize("case", [*FAILING, *ENDLESS])
def test_other_one_passes(run, case):
    text, code = run(case, "mended or Mended")

    assert code == 0, text


@pytest.mark.parametrize("case", ["row", "left_over_row", "connection"])
def test_other_one_passes_on_postgresql(run, database_server, case):
    text, code = run(case, "mended", DATABASE_URL=database_server.url)

    assert code == 0, text
    assert "Error" not in text


def test_each_recording_is_made_here():
    names = {path.stem for path in (ROOT / "docs/recorded/when_tests_hang").iterdir()}

    assert names == {*FAILING, *ENDLESS, "connection", "row_on_postgresql", "aborted"}
