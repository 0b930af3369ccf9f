"""A step that runs by `nox -s run`, as a process for a test to stop."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress

import pytest

from tools.chain.steps import ROOT

posix = pytest.mark.skipif(
    os.name != "posix", reason="nothing sends Ctrl-C to another process there"
)


@contextmanager
def running(folder, *args):
    """Run a step, the first unless told otherwise, its temporary files in a folder."""
    folder.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.classroom.run", "--no-browser", *(args or "1")],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def address(process) -> str:
    """Wait until a run prints its address, and give it without the http."""
    printed = ""
    for line in process.stdout:
        printed += line
        if line.startswith("  Open"):
            return line.split()[1].removeprefix("http:").rstrip("/")
    raise AssertionError(f"no address:\n{printed}")
