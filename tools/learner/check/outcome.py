"""What a run of a step's tests has shown: what passes, what fails, what was left out."""

from tools.chain.steps import Step
from tools.learner.check.simplest_first import rank
from tools.learner.check.suite_run import SuiteRun


class Outcome:
    """The facts of one run; `failures` are notes by test, the simplest test first."""

    def __init__(self, step: Step, suite_run: SuiteRun):
        self.suite_run = suite_run
        unread, failed = suite_run.of("unread"), suite_run.of("failed")
        first = {note["test"] for note in unread}
        by_test = _by_test([*unread, *failed])
        # A file of tests that cannot be imported lacks something that all of it needs.
        tests = sorted(by_test, key=lambda test: (test not in first, rank(step, test)))
        self.failures = [(test, by_test[test]) for test in tests]
        self.skipped = {
            note["test"]: note["reason"] for note in suite_run.of("skipped")
        }
        self.untried = {note["test"] for note in suite_run.of("untried")}
        self.failed = {note["test"] for note in failed}
        # A test whose fixtures fail at its end has passed before that.
        self.passing = {note["test"] for note in suite_run.of("passed")} - self.failed

    @property
    def passed(self) -> bool:
        """Whether all is well."""
        codes = [note["code"] for note in self.suite_run.of("finished")]
        finished = codes == [0] * self.suite_run.workers
        return finished and bool(self.passing) and not self.failures

    @property
    def total(self) -> int:
        """How many tests were found."""
        return sum(note["count"] for note in self.suite_run.of("collected"))

    @property
    def not_run(self) -> int:
        """How many tests were found and then not begun, because too much failed."""
        seen = self.passing | self.failed | self.skipped.keys() | self.untried
        return self.total - len(seen) if self.suite_run.of("finished") else 0


def _by_test(notes: list[dict]) -> dict[str, list[dict]]:
    """Notes by their test without its parameters."""
    found: dict[str, list[dict]] = {}
    for note in notes:
        found.setdefault(note["test"].partition("[")[0], []).append(note)
    return found
