"""Say how far a project is: `nox -s check -- 5 FOLDER`."""

import sys
import time
from pathlib import Path

from tools.chain.cli import Refused, command, parser
from tools.chain.steps import Step, find_step
from tools.learner import project
from tools.learner.check import page_hints, suite_run
from tools.learner.check.report import Report

PATIENCE = 4  # seconds after which a run says how far it is


@command
def main(args: list[str]) -> int:
    """Test a copy of the project, say what holds, and give the exit code."""
    options = parse(args)
    step = find_step(options.step)
    folder = project.find(options.folder, options.start)
    if missing := missing_folders(step, folder):
        raise Refused(_without(step, folder, missing))
    print(f"Checking {folder} against step {step.number}, {step.title} …", flush=True)
    result = suite_run.run_suite(step, folder, Progress(), limit=options.limit)
    report = Report(step, folder, result)
    print(report)
    return 0 if report.passed else 1


def parse(args: list[str]):
    """Read the command line; `--help` and mistakes end the program as argparse does."""
    made = parser("check", "Run a step's tests on a copy of your project.")
    made.add_argument("step", help="the step that you do, its number or name")
    made.add_argument("folder", help="your project: the folder with manage.py")
    made.add_argument(
        "--limit",
        type=float,
        default=suite_run.LIMIT,
        metavar="SECONDS",
        help="when to stop whatever still runs (%(default)s)",
    )
    return made.parse_args(args)


def missing_folders(step: Step, folder: Path) -> list[str]:
    """Give the step's own folders that a project lacks."""
    tops = {path.partition("/")[0] for path in project.files_of(step) if "/" in path}
    return sorted(name for name in tops - {"tests"} if not (folder / name).is_dir())


def _without(step: Step, folder: Path, missing: list[str]) -> str:
    there = {path.partition("/")[0] for path in project.files(folder) if "/" in path}
    paths = [path for path in project.files_of(step) if path.startswith(missing[0])]
    return (
        f"{folder} has no folder {' and no folder '.join(missing)}, "
        f"which the tests of step {step.number} import.\n"
        f"Is it still to come, or renamed? There are: {', '.join(sorted(there))}\n"
        f"    {page_hints.hint(step, folder, '', paths)}"
    )


class Progress:
    """Say now and then how far a long run is."""

    def __init__(self):
        self.said = time.monotonic()

    def __call__(self, now: suite_run.SuiteRun) -> None:
        collected = [note["count"] for note in now.of("collected")]
        soon = time.monotonic() - self.said < PATIENCE
        if soon or len(collected) < now.workers:
            return
        self.said = time.monotonic()
        begun, count = len(now.of("start")) - now.workers, sum(collected)
        print(f"  … {begun} of {count} tests", flush=True)


if __name__ == "__main__":
    sys.exit(main())
