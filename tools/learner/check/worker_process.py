"""A process that runs some of a step's tests on a copy of a project, and notes it."""

import json
import os
import subprocess
import sys
import threading
import time
from io import BufferedReader
from pathlib import Path

from tools.chain.processes import end_tree

PYTEST_IN_WORKER = Path(__file__).with_name("pytest_in_worker.py")
# What a person's shell says must not reach the project's settings or the tests.
FOREIGN = ("DJANGO_", "PYTEST_", "PYTHON", "DATABASE_", "REDIS_", "COVERAGE_")


class Worker:
    """The process for some `modules` of tests, which keeps its notes in `folder`."""

    def __init__(self, copy: Path, folder: Path, silence: float, modules: list[str]):
        self.copy = copy
        self.folder = folder
        self.notes: list[dict] = []
        self.output = ""
        self.heard = time.monotonic()
        folder.mkdir()
        self.process = self._start(silence, modules)
        self.reader = threading.Thread(
            target=self._drain, args=[self.process.stdout], daemon=True
        )
        self.reader.start()

    def _start(self, silence: float, modules: list[str]) -> subprocess.Popen:
        env = {k: v for k, v in os.environ.items() if not k.upper().startswith(FOREIGN)}
        env |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONUTF8": "1"}
        # Without -P the folder of that file would hide modules of the same names.
        command = [
            sys.executable,
            "-P",
            str(PYTEST_IN_WORKER),
            str(self.folder),
            str(silence),
        ]
        return subprocess.Popen(
            [*command, *modules],
            cwd=self.copy,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _drain(self, output: BufferedReader) -> None:
        """Keep the end of what is printed, however much it is."""
        while chunk := output.read1(65536):
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
        return self.process.poll() is not None or self.has("finished")

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
        end_tree(self.process)
        self.reader.join(5)
