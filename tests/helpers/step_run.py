"""A step that runs by `nox -s run`, as a process for a test to stop."""

import os
import subprocess
import sys
from contextlib import contextmanager, suppress

import pytest

from tests.helpers import terminal
from tools.chain.processes import end_tree
from tools.chain.steps import ROOT

posix = pytest.mark.skipif(
    os.name != "posix", reason="processes get no signals from others there"
)


def command(*args: str) -> list[str]:
    """Give what `nox -s run` runs, for the first step unless told otherwise."""
    run = [sys.executable, "-m", "tools.classroom.run", "--no-browser"]
    return [*run, *(args or "1")]


@contextmanager
def running(folder, *args, **variables):
    """Run a step, its temporary files in a folder; `variables` are its environment's."""
    folder.mkdir()
    env = os.environ | {"TMPDIR": str(folder)} | variables
    process = terminal.start(command(*args), cwd=ROOT, env=env)
    try:
        yield process
    finally:
        if os.name == "posix":
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
        end_tree(process)
        process.communicate()
