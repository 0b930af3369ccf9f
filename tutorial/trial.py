"""Run a step's tests on a copy of a project, with an end that always comes."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tutorial import project
from tutorial.chain import Step

JUDGE = Path(__file__).with_name("judge.py")
# What a person's shell says must not reach the project's settings or the tests.
FOREIGN = ("DJANGO_", "PYTEST_", "PYTHON", "DATABASE_", "REDIS_", "COVERAGE_")
SILENCE = 30  # seconds in which no test begins or ends
LIMIT = 300  # seconds for everything


@dataclass
class Trial:
    """What was noted while the tests ran.

    `ended` says how: "" by itself, "silence" where something hung, "limit" where all
    of it took too long. `place` is where it hung: a file of the project and a line.
    """

    notes: list[dict] = field(default_factory=list)
    ended: str = ""
    place: tuple[str, int] | None = None
    output: str = ""

    def of(self, kind: str) -> list[dict]:
        return [note for note in self.notes if note["kind"] == kind]


def run(
    step: Step,
    folder: Path,
    say: Callable[[Trial], None] = lambda trial: None,
    silence: float = SILENCE,
    limit: float = LIMIT,
) -> Trial:
    """Test a copy of the project in `folder` with the step's tests.

    `say` is called with each new state of things. Raises OSError where the project
    cannot be copied.
    """
    with tempfile.TemporaryDirectory(
        prefix="check-", ignore_cleanup_errors=True
    ) as name:
        root = Path(name).resolve()
        notes, copy = root / "notes", root / "project"
        notes.mkdir()
        assemble(step, folder, copy)
        return _watch(copy, notes, say, silence, limit)


def assemble(step: Step, folder: Path, target: Path) -> None:
    """Put the learner's files and the step's tests together."""
    tests = [path for path in project.files_of(step) if _is_test(path)]
    theirs = [path for path in project.files(folder) if not _is_test(path)]
    project.copy(folder, theirs, target)
    project.copy(step.folder, tests, target)


def _is_test(path: str) -> bool:
    return path == "pytest.ini" or path.startswith("tests/")


def _watch(copy: Path, folder: Path, say, silence: float, limit: float) -> Trial:
    trial = Trial()
    process = _start(copy, folder, silence)
    reader = threading.Thread(target=_drain, args=(process.stdout, trial), daemon=True)
    reader.start()
    try:
        began = heard = time.monotonic()
        while process.poll() is None and not trial.ended and not trial.of("finished"):
            now = time.monotonic()
            if _read(folder / "notes", trial):
                heard = now
                say(trial)
            # The process itself writes down where it is when the silence is over.
            if now - heard > silence + 1:
                trial.ended = "silence"
            elif now - began > limit:
                trial.ended = "limit"
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
    finally:
        _end(process)
    reader.join(5)
    _read(folder / "notes", trial)
    trial.place = _place(folder / "trace", copy) if trial.ended else None
    return trial


def _start(copy: Path, folder: Path, silence: float) -> subprocess.Popen:
    env = {k: v for k, v in os.environ.items() if not k.upper().startswith(FOREIGN)}
    env |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONUTF8": "1"}
    return subprocess.Popen(
        # Without -P the folder of this file would hide modules of the same names.
        [sys.executable, "-P", str(JUDGE), str(folder), str(silence)],
        cwd=copy,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _drain(stream, trial: Trial) -> None:
    """Keep the end of what is printed, however much it is."""
    while chunk := stream.read1(65536):
        trial.output = (trial.output + chunk.decode(errors="replace"))[-4000:]


def _read(path: Path, trial: Trial) -> bool:
    """Read the notes that are whole; say whether there are new ones."""
    text = path.read_text("utf-8") if path.exists() else ""
    lines = text.split("\n")[len(trial.notes) : -1]
    trial.notes += [json.loads(line) for line in lines]
    return bool(lines)


def _end(process: subprocess.Popen) -> None:
    """End the process and all that it started."""
    if os.name == "posix":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        command = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
        subprocess.run(command, capture_output=True)
    process.kill()
    process.wait()


def _place(trace: Path, copy: Path) -> tuple[str, int] | None:
    """The innermost place in the project's own code in a dump of all threads."""
    text = trace.read_text("utf-8", errors="replace") if trace.exists() else ""
    for name, line in re.findall(r'File "(.+)", line (\d+)', text):
        path = Path(name)
        if path.is_relative_to(copy) and not path.is_relative_to(copy / "tests"):
            return path.relative_to(copy).as_posix(), int(line)
    return None
