"""Say in plain words what a run of the tests has shown, and where to read about it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from tools.chain.steps import Step
from tools.learner import left_over
from tools.learner.check import done_words, failure_words, page_hints
from tools.learner.check.failure_words import clean, plain
from tools.learner.check.outcome import Outcome
from tools.learner.check.page_words import quoted
from tools.learner.check.suite_run import SuiteRun
from tools.learner.diff import of_files, wants_colour

LISTED = 8  # names of failing tests beside the one that is explained


class Report:
    """The words for one run on a project; `passed` says whether the step is done.

    `everything` explains all that fails, not only the simplest; `answer` shows how the
    file of the hint should be.
    """

    def __init__(
        self,
        step: Step,
        folder: Path,
        suite_run: SuiteRun,
        everything: bool = False,
        answer: bool = False,
    ):
        self.step = step
        self.folder = folder
        self.suite_run = suite_run
        self.everything = everything
        self.answer = answer
        self.outcome = Outcome(step, suite_run)
        self.passed = self.outcome.passed
        self.hint: page_hints.Hint | None = None

    def __str__(self) -> str:
        lines = self._done() if self.passed else self._not_done()
        return "\n".join(lines).strip("\n")

    @cached_property
    def left(self) -> left_over.LeftOver:
        return left_over.find(self.step, self.folder)

    def _done(self) -> Iterator[str]:
        step, count = self.step, len(self.outcome.passing)
        yield f"Step {step.number}, {step.title}, is done: {_tests(count, 'pass')}."
        for reason, number in Counter(self.outcome.skipped.values()).items():
            yield f"{_tests(number, 'could')} not be tried here: {clean(reason)}"
        yield from _apart(done_words.unlike(step, self.folder))
        yield from _apart(self.left.words())
        yield from _apart(done_words.comes_next(step))

    def _not_done(self) -> Iterator[str]:
        if stopper := [*self._stopper()]:
            yield from stopper
        else:
            yield from self._results()
            yield from _apart(self._end())
        yield from _apart(self.left.words())
        yield from _apart(self._more_help())

    def _stopper(self) -> Iterator[str]:
        """What keeps the tests from being run at all."""
        for note in self.suite_run.of("broken")[:1]:
            yield "Your project cannot be imported, so no test was run:"
            yield from self._error(note, "tests/conftest.py")
        for note in self.suite_run.of("migrations")[:1]:
            apps = note["apps"]
            yield "Your models and your migrations don't fit together, so no test was run."
            if not {*apps} & {*self.left.apps()}:
                yield "In your project, run:"
                yield f"    python manage.py makemigrations {' '.join(apps)}"
                yield from self._hint("", [f"{app}/models.py" for app in apps])

    def _results(self) -> Iterator[str]:
        outcome = self.outcome
        if outcome.total:
            yield f"{len(outcome.passing)} of {_tests(outcome.total)} pass so far."
        explained = outcome.failures if self.everything else outcome.failures[:1]
        for test, notes in explained:
            if not self.hint:
                yield "\nStart with this one:"
            yield f"\n- {failure_words.name_of(test, notes)}"
            yield from self._error(notes[0], test)
        if rest := outcome.failures[len(explained) :]:
            yield "\nThese don't pass yet either:"
            yield from (f"- {failure_words.name_of(*each)}" for each in rest[:LISTED])
            if len(rest) > LISTED:
                yield f"- and {len(rest) - LISTED} more"
        if count := len(outcome.untried):
            yield f"\n{_tests(count, 'begin')} like those that fail, and we left them out."
        if count := outcome.not_run:
            yield f"\n{_tests(count, 'were')} not run, because so many fail already."

    def _error(self, note: dict, test: str) -> Iterator[str]:
        yield from failure_words.error(self.step, note)
        yield from self._hint(test, page_hints.related_files(self.step, test, note))

    def _hint(self, test: str, paths: list[str]) -> Iterator[str]:
        """Say where to look and what to read: all of it once, then in short."""
        hint = page_hints.find(self.step, self.folder, test, paths)
        if self.hint:
            yield f"    {hint}"
            return
        self.hint = hint
        yield f"\n  {hint.where()}"
        if hint.words:
            yield "  The page says:"
            yield from quoted(hint.words)
        yield f"  To know more, {hint.read()}."

    def _end(self) -> Iterator[str]:
        """How it ended, where that is not by itself."""
        suite_run = self.suite_run
        running = suite_run.running
        during = f"in the test “{plain(running)}”" if running else "when it is imported"
        test = running.partition("[")[0]
        place = [suite_run.place] if suite_run.place else []
        if suite_run.ended == "silence":
            yield f"Your project hangs {during}. We stopped the check there."
        elif suite_run.ended:
            yield f"That took too long. We stopped the check {during}."
        elif suite_run.of("ended"):
            yield f"Something ended the tests {during}:"
            yield from self._error(suite_run.of("ended")[0], test)
            return
        elif len(suite_run.of("finished")) < suite_run.workers:
            yield f"Your project ended the program {during}. Does it call os._exit?"
            if last := suite_run.output.strip().rpartition("\n")[2]:
                yield f"    the last line that it printed: {clean(last)}"
        else:
            return
        yield from (f"    in {path}, line {line}" for path, line in place)
        yield from self._hint(test, [path for path, _ in place])

    def _more_help(self) -> Iterator[str]:
        """The next degree of help: the step's lines, or how to ask for them."""
        path = self.hint.path if self.hint else ""
        if path and self.answer:
            yield f"The answer for {path} (“-” is your line, “+” is the step's):\n"
            yield of_files(self.step, self.folder, [path], wants_colour())
            whole = f"nox -s diff -- {self.step.number} {self.folder}"
            yield f"\nTo see everything that differs: {whole}"
            return
        yield "When you have changed something, check again. For more help, add:"
        if len(self.outcome.failures) > 1 and not self.everything:
            yield "    --all     to see everything that fails, with its error"
        if path:
            yield f"    --answer  to see how {path} should be"
        yield "    --watch   to check again whenever you save a file"


def _apart(lines: Iterable[str]) -> Iterator[str]:
    """Lines with an empty one before them, if there are any."""
    for number, line in enumerate(lines):
        yield from [""] * (number == 0)
        yield line


def _tests(count: int, verb: str = "") -> str:
    """Say how many tests do something: "1 test passes", "2 tests pass"."""
    one = {"pass": "passes", "begin": "begins", "were": "was"}.get(verb, verb)
    return f"1 test {one}".strip() if count == 1 else f"{count} tests {verb}".strip()
