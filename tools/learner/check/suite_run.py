"""Run a step's tests on a copy of a project, with an end that always comes."""

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tools.chain.steps import Step
from tools.learner import project
from tools.learner.check.simplest_first import rank
from tools.learner.check.worker_process import Worker

SILENCE = 30  # seconds in which no test begins or ends
LIMIT = 300  # seconds for everything
ENOUGH = 4  # modules of tests, for which one more worker is worth its start


@dataclass
class SuiteRun:
    """What was noted while the tests ran.

    `ended` says how: "" by itself, "silence" where something hung, "limit" where all
    of it took too long. `place` is where it hung: a file of the project and a line;
    `running` and `output` are the test that ran then, and what was printed last.
    """

    notes: list[dict] = field(default_factory=list)
    ended: str = ""
    place: tuple[str, int] | None = None
    output: str = ""
    running: str = ""
    workers: int = 1

    def of(self, kind: str) -> list[dict]:
        return [note for note in self.notes if note["kind"] == kind]


def run_suite(
    step: Step,
    folder: Path,
    say: Callable[[SuiteRun], None] = lambda run: None,
    silence: float = SILENCE,
    limit: float = LIMIT,
) -> SuiteRun:
    """Test a copy of the project in `folder` with the step's tests.

    `say` is called with each new state of things. Raises OSError where the project
    cannot be copied.
    """
    with (
        tempfile.TemporaryDirectory(
            prefix="check-", ignore_cleanup_errors=True
        ) as name,
        ExitStack() as stack,
    ):
        root = Path(name).resolve()
        copy = root / "project"
        assemble(step, folder, copy)
        workers = []
        for number, modules in enumerate(shares(step)):
            worker = Worker(copy, root / f"notes-{number}", silence, modules)
            stack.callback(worker.end)
            workers.append(worker)
        return _watch(workers, say, silence, limit)


def assemble(step: Step, folder: Path, target: Path) -> None:
    """Put the learner's files and the step's tests together."""
    tests = [path for path in project.files_of(step) if _is_test(path)]
    theirs = [path for path in project.files(folder) if not _is_test(path)]
    project.copy(folder, theirs, target)
    project.copy(step.folder, tests, target)


def _is_test(path: str) -> bool:
    return path == "pytest.ini" or path.startswith("tests/")


def shares(step: Step) -> list[list[str]]:
    """Deal the modules of a step's tests out to as many workers as there is work for.

    The simplest come first: where too much fails, those have been run.
    """
    modules = [
        path for path in project.files_of(step) if path.startswith("tests/test_")
    ]
    # Half of the time a test waits, for Redis most of all.
    count = max(1, min(2 * (os.cpu_count() or 1), len(modules) // ENOUGH))
    modules.sort(key=lambda path: rank(step, path))
    return [modules[number::count] for number in range(count)]


def _watch(workers: list[Worker], say, silence: float, limit: float) -> SuiteRun:
    """Wait until all workers are done, one of them hangs, or it takes too long."""
    suite_run = SuiteRun(workers=len(workers))
    began = time.monotonic()
    while not suite_run.ended and (busy := [w for w in workers if not w.done]):
        for worker in workers:
            if new := worker.read():
                suite_run.notes += new
                say(suite_run)
        # The process itself writes down where it is when the silence is over.
        if any(worker.quiet > silence + 1 for worker in busy):
            suite_run.ended = "silence"
        elif time.monotonic() - began > limit:
            suite_run.ended = "limit"
        with suppress(subprocess.TimeoutExpired):
            busy[0].process.wait(0.05)
    for worker in workers:
        worker.end()
        suite_run.notes += worker.read()
    _note_end(
        suite_run, max(workers, key=lambda worker: (worker.stopped, worker.quiet))
    )
    return suite_run


def _note_end(suite_run: SuiteRun, worker: Worker) -> None:
    """Note what the worker did and said that did not end by itself."""
    suite_run.running, suite_run.output = worker.running, worker.output
    if suite_run.ended:
        suite_run.place = _place(worker.folder / "trace", worker.copy)


def _place(trace: Path, copy: Path) -> tuple[str, int] | None:
    """The innermost place in the project's own code in a dump of all threads."""
    text = trace.read_text("utf-8", errors="replace") if trace.exists() else ""
    for name, line in re.findall(r'File "(.+)", line (\d+)', text):
        path = Path(name)
        if path.is_relative_to(copy) and not path.is_relative_to(copy / "tests"):
            return path.relative_to(copy).as_posix(), int(line)
    return None
