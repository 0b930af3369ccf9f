"""Say in plain words what a run of the tests has shown, and where to read about it."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tools.chain.steps import Step
from tools.learner import project
from tools.learner.check import page_hints
from tools.learner.check.pytest_in_worker import NOT_TRIED
from tools.learner.check.suite_run import SuiteRun
from tools.learner.diff import same

WIDTH = 160
# What these errors mean in a test that talks to a socket.
MEANS = {
    "TimeoutError": "the test waited for a frame and none came",
    "ConnectionRefusedError": "the socket was refused",
}


class Report:
    """The words for one run on a project; `passed` says whether all of it holds."""

    def __init__(self, step: Step, folder: Path, suite_run: SuiteRun):
        self.step = step
        self.folder = folder
        self.suite_run = suite_run
        self.failures = _by_test([*suite_run.of("unread"), *suite_run.of("failed")])
        self.skipped = {
            note["test"]: note["reason"] for note in suite_run.of("skipped")
        }
        self.failed = {note["test"] for note in suite_run.of("failed")}
        # A test whose fixtures fail at its end has passed before that.
        self.held = {note["test"] for note in suite_run.of("passed")} - self.failed

    @property
    def passed(self) -> bool:
        codes = [note["code"] for note in self.suite_run.of("finished")]
        finished = codes == [0] * self.suite_run.workers
        return finished and bool(self.held) and not self.failures

    def __str__(self) -> str:
        if self.passed:
            return "\n".join([*self._pass(), *self._unseen()])
        return "\n".join([*self._stopper()] or [*self._results(), *self._end()])

    def read(self, test: str, paths: list[str]) -> str:
        """Say where to read about a test or a file."""
        return f"    {page_hints.hint(self.step, self.folder, test, paths)}"

    def _stopper(self) -> Iterator[str]:
        """What keeps the tests from being run at all."""
        for note in self.suite_run.of("broken")[:1]:
            yield "Your project cannot be imported, so no test was run:"
            yield from self._error(note, "tests/conftest.py")
        for note in self.suite_run.of("migrations")[:1]:
            yield "Your models are not as your migrations say, so no test was run. First:"
            yield f"    python manage.py makemigrations {' '.join(note['apps'])}"
            yield self.read("", [f"{app}/models.py" for app in note["apps"]])

    def _results(self) -> Iterator[str]:
        hold = "holds" if len(self.held) == 1 else "hold"
        yield f"{_tests(len(self.held))} of step {self.step.number} {hold}."
        if self.failures:
            yield "What does not hold yet:"
        for test, notes in self.failures.items():
            yield ""
            cases = f" ({len(notes)} cases)" if len(notes) > 1 else ""
            yield f"- {plain(test)}{cases}"
            yield from self._error(notes[0], test)
        if count := list(self.skipped.values()).count(NOT_TRIED):
            yield f"\n{_tests(count)} begin in the same way and were not tried."
        if (left := self._left()) and self.suite_run.of("finished"):
            yield f"\n{_tests(left)} were not run. Mend these first, then check again."

    def _error(self, note: dict, test: str) -> Iterator[str]:
        error, text = note["error"], note["text"].strip().partition("\n")[0]
        means = f" ({MEANS[error]})" if error in MEANS else ""
        yield f"    {clean(f'{error}: {text}' if text else error)}{means}"
        for path, line in _telling(note["places"]):
            yield f"    in {path}, line {line}"
        if top := (note.get("module") or "").partition(".")[0]:
            if top in project.owned(self.step):
                yield f"    {note['module']} is not there: still to come, or renamed?"
            else:
                yield f"    {top} is none of the tutorial's packages, which the check has"
        yield self.read(test, page_hints.related_files(self.step, test, note))

    def _left(self) -> int:
        """How many tests were found and not run."""
        collected = sum(note["count"] for note in self.suite_run.of("collected"))
        return collected - len(self.held | self.failed | self.skipped.keys())

    def _end(self) -> Iterator[str]:
        """How it ended, where that is not by itself."""
        suite_run = self.suite_run
        running = suite_run.running
        during = f"in the test “{plain(running)}”" if running else "when it is imported"
        test = running.partition("[")[0]
        place = [suite_run.place] if suite_run.place else []
        if suite_run.ended == "silence":
            yield f"\nYour project hangs {during}. The check was stopped there."
        elif suite_run.ended:
            yield f"\nThat took too long. The check was stopped {during}."
        elif suite_run.of("ended"):
            yield f"\nSomething ended the tests {during}:"
            yield from self._error(suite_run.of("ended")[0], test)
            return
        elif len(suite_run.of("finished")) < suite_run.workers:
            yield f"\nYour project ended the program {during}. Does it call os._exit?"
            if last := suite_run.output.strip().rpartition("\n")[2]:
                yield f"    the last line that it printed: {clean(last)}"
        else:
            return
        yield from (f"    in {path}, line {line}" for path, line in place)
        yield self.read(test, [path for path, _ in place])

    def _pass(self) -> Iterator[str]:
        step = self.step
        yield f"Step {step.number}, {step.title}, holds: {_tests(len(self.held))} pass."
        for reason, count in Counter(self.skipped.values()).items():
            yield f"{_tests(count)} could not be tried here: {clean(reason)}"

    def _unseen(self) -> Iterator[str]:
        """What the tests of a step do not look at."""
        ours = project.files_of(self.step)
        browser = [path for path in ours if re.search("/(static|templates)/", path)]
        here, there = self.folder, self.step.folder
        if differ := [path for path in browser if not same(there / path, here / path)]:
            yield "No test looks at the browser's side. Not the same as in the step:"
            yield from (f"    {path}" for path in differ)
            yield f"To see how: nox -s diff -- {self.step.number} {self.folder}"


def plain(test: str) -> str:
    """Give a test's name as words."""
    file, _, name = test.partition("::")
    name = name.partition("[")[0].removeprefix("test_").replace("_", " ")
    return name or f"{file} can be imported"


def clean(text: str) -> str:
    """Give a text as one line that no terminal takes for a command."""
    printable = "".join(each if each.isprintable() else " " for each in text)
    return printable if len(printable) <= WIDTH else f"{printable[:WIDTH]} …"


def _by_test(notes: list[dict]) -> dict[str, list[dict]]:
    """Notes by their test without its parameters."""
    found: dict[str, list[dict]] = {}
    for note in notes:
        found.setdefault(note["test"].partition("[")[0], []).append(note)
    return found


def _telling(places: list) -> list:
    """The innermost place in the project's own code, and the one in the test."""
    theirs = [place for place in places if not place[0].startswith("tests/")]
    tests = [place for place in places if place[0].startswith("tests/test_")]
    return [*theirs[:1], *tests[-1:]] or places[:1]


def _tests(count: int) -> str:
    return "1 test" if count == 1 else f"{count} tests"
