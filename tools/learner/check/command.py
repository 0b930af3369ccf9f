"""Say how far a project is: `nox -s check -- 5 FOLDER`."""

import sys
import time
from argparse import Namespace, RawDescriptionHelpFormatter
from pathlib import Path

from tools.chain.cli import Refused, command, parser
from tools.chain.git import GitError
from tools.chain.steps import Step, find_step
from tools.learner import project
from tools.learner.check import page_hints, suite_run
from tools.learner.check.report import Report
from tools.learner.check.watch import Watch

PATIENCE = 4  # seconds after which a run says how far it is
DESCRIPTION = """\
Run a step's tests on a copy of your project. Your project stays as it is.

You get a hint about the first thing to mend: the file to look at, what the page says
about it, and where to read on. When the step is done, you see what an
exercise has left over, and which step is next.
"""


@command
def main(args: list[str]) -> int:
    """Test a copy of the project, say what to do next, and give the exit code."""
    options = parse(args)
    step = find_step(options.step)
    folder = project.find(options.folder, options.start)
    print(f"Checking {folder} against step {step.number}, {step.title} …", flush=True)
    if options.watch:
        return check_each_save(step, folder, options)
    return check(step, folder, options)


def parse(args: list[str]) -> Namespace:
    """Read the command line; `--help` and mistakes end the program as argparse does."""
    made = parser("check", DESCRIPTION)
    made.formatter_class = RawDescriptionHelpFormatter
    made.add_argument("step", help="the step that you are doing, by number or name")
    made.add_argument("folder", help="your project: the folder that holds manage.py")
    made.add_argument(
        "--all",
        action="store_true",
        help="explain every failing test, not only the first one",
    )
    made.add_argument(
        "--answer",
        action="store_true",
        help="also show how the file that the hint is about should be",
    )
    made.add_argument(
        "--watch",
        action="store_true",
        help="check again whenever you save a file, until you press Ctrl-C",
    )
    made.add_argument(
        "--limit",
        type=float,
        default=suite_run.LIMIT,
        metavar="SECONDS",
        help="stop the tests after this time (default: %(default)s)",
    )
    return made.parse_args(args)


def check(step: Step, folder: Path, options: Namespace) -> int:
    """Check once; give the exit code."""
    if missing := missing_folders(step, folder):
        raise Refused(_without(step, folder, missing))
    result = suite_run.run_suite(step, folder, Progress(), limit=options.limit)
    report = Report(step, folder, result, options.all, options.answer)
    print(report, flush=True)
    return 0 if report.passed else 1


def check_each_save(step: Step, folder: Path, options: Namespace) -> int:
    """Check now and after each saved change, until somebody presses Ctrl-C."""
    try:
        watch = Watch(folder)
        while folder.exists():
            try:
                check(step, folder, options)
            except Refused as error:
                print(error)
            except (GitError, OSError) as error:
                print(f"That did not work: {error}")
            print(f"\nWatching {folder}. Ctrl-C ends it.", flush=True)
            changed = watch.changed()
            more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
            print(f"\n{changed[0]}{more} changed. Checking again …", flush=True)
    except KeyboardInterrupt:
        print("\nNo longer watching.")
        return 0
    raise Refused(f"There is no folder {folder} any more.")


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
        f"Is it still to come, or renamed? These are there: {', '.join(sorted(there))}\n"
        f"    {page_hints.find(step, folder, '', paths)}"
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
