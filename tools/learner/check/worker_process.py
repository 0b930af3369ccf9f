"""A process that runs some of a step's tests on a copy of a project, and notes it."""

import json
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from tools.suites.warm_process import FOREIGN, alone, warm_context

PYTEST_IN_WORKER = Path(__file__).with_name("pytest_in_worker.py")
VARIABLES = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def work(output: Connection, copy: Path, folder: Path, *args: str) -> None:
    """Run pytest in this process, at the head of a group of its own."""
    if os.name == "posix":
        os.setsid()
    with alone(copy, output.fileno(), VARIABLES):
        sys.argv = [str(PYTEST_IN_WORKER), str(folder), *args]
        runpy.run_path(str(PYTEST_IN_WORKER), run_name="__main__")


class Worker:
    """The process for some `modules` of tests, which keeps its notes in `folder`."""

    def __init__(self, copy: Path, folder: Path, silence: float, modules: list[str]):
        self.copy = copy
        self.folder = folder
        self.notes: list[dict] = []
        self.output = ""
        self.heard = time.monotonic()
        folder.mkdir()
        self.process, self.printed = self._start(silence, modules)
        self.reader = threading.Thread(target=self._drain, daemon=True)
        self.reader.start()

    def _start(
        self, silence: float, modules: list[str]
    ) -> tuple[BaseProcess, Connection]:
        context = warm_context()
        printed, output = context.Pipe(duplex=False)
        args = (output, self.copy, self.folder, str(silence), *modules)
        process = context.Process(target=work, args=args)
        with _clean_environment():
            process.start()
        output.close()
        return process, printed

    def _drain(self) -> None:
        """Keep the end of what is printed, however much it is."""
        while chunk := os.read(self.printed.fileno(), 65536):
            self.output = (self.output + chunk.decode(errors="replace"))[-4000:]

    def read(self) -> list[dict]:
        """Give the notes that are whole and new."""
        path = self.folder / "notes"
        text = path.read_text("utf-8") if path.exists() else ""
        new = [json.loads(line) for line in text.split("\n")[len(self.notes) : -1]]
        self.notes += new
        self.heard = time.monotonic() if new else self.heard
        return new

    def has(self, *kinds: str) -> bool:
        return any(note["kind"] in kinds for note in self.notes)

    @property
    def done(self) -> bool:
        return self.process.exitcode is not None or self.has("finished")

    @property
    def stopped(self) -> bool:
        """Whether something else than the end of its tests has stopped it."""
        return self.has("ended") or not self.has("finished")

    @property
    def quiet(self) -> float:
        """For how many seconds it has noted nothing."""
        return time.monotonic() - self.heard

    @property
    def running(self) -> str:
        """The test that began last, "" where it was still imported."""
        begun = [note["test"] for note in self.notes if note["kind"] == "start"]
        return begun[-1] if begun else ""

    def end(self) -> None:
        """End the process and all that it started."""
        if os.name == "posix":
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        else:
            command = ["taskkill", "/F", "/T", "/PID", str(self.process.pid)]
            subprocess.run(command, capture_output=True)
        self.process.kill()
        self.process.join()
        self.reader.join(5)


@contextmanager
def _clean_environment() -> Iterator[None]:
    """Without what a person's shell says, and with UTF-8 everywhere, for a start."""
    before = dict(os.environ)
    for name in [name for name in before if name.upper().startswith(FOREIGN)]:
        del os.environ[name]
    os.environ["PYTHONUTF8"] = "1"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
