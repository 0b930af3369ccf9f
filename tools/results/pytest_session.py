"""Run one of the repository's own pytest sessions, but for the modules proved before.

`python -m tools.results.pytest_session SESSION --folder tests --workers "-n auto"` runs
them; pytest's own arguments after these choose tests, and then nothing is kept.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tools.chain.git import GitError
from tools.chain.steps import ROOT, all_steps
from tools.results.fingerprint import fingerprint, forget_contents
from tools.results.store import Result, Store, unchanged

# Tests that read of a page no more than its front matter. All others, and new ones,
# depend on every file of the repository.
WITHOUT_PAGES = ("tests/walks", "tests/load", "tests/faults", "tests/attacks")
WITHOUT_PAGES += ("tests/tools/live", "tests/tools/maintainer", "tests/tools/proof")
WITHOUT_PAGES += ("tests/tools/servers", "tests/tools/suites", "tests/tools/results")
WITHOUT_PAGES += ("tests/tools/classroom", "tests/test_bench.py", "tests/examples")
# What those depend on, besides the tests in their own folder.
NOT_PAGES = (
    "steps",
    "examples",
    "tools",
    "bench",
    "docs/recorded",
    "docs/site.css",
    "mkdocs.yml",
)
NOT_PAGES += ("README.md", "CONTRIBUTING.md", ".ci", ".github", "tests/helpers")
NOT_PAGES += ("tests/__init__.py", "tests/conftest.py", "tests/walks")

# Pytest's exit codes of a run that came to its end: after any other, of a module that
# passed so far some tests may not have been run.
WHOLE = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)


@dataclass
class Unit:
    """What came of the tests of one unit; `wall` is in seconds."""

    counts: Counter = field(default_factory=Counter)
    wall: float = 0.0

    @property
    def proved(self) -> bool:
        """Whether all of its tests were run, and passed."""
        return bool(self.counts["passed"]) and set(+self.counts) == {"passed"}


def module_of(nodeid: str) -> str:
    """Give the path of the module of a test."""
    return nodeid.partition("::")[0]


class Collector:
    """A plugin of pytest that notes what came of each unit of tests, from all workers."""

    def __init__(self, unit_of: Callable[[str], str] = module_of):
        self.unit_of = unit_of
        self.units: dict[str, Unit] = {}

    def pytest_runtest_logreport(self, report):
        unit = self.units.setdefault(self.unit_of(report.nodeid), Unit())
        unit.wall += report.duration
        if report.when == "call" or not report.passed:
            unit.counts[report.outcome] += 1

    def pytest_collectreport(self, report):
        if not report.passed:
            name = self.unit_of(report.nodeid)
            self.units.setdefault(name, Unit()).counts[report.outcome] += 1

    def keep(self, store: Store, keys: dict[str, str], now: dict[str, str]) -> None:
        """Keep what passed whole, but for what has changed since its `keys` were made."""
        for name, unit in self.units.items():
            if unit.proved and keys.get(name) and keys[name] == now.get(name):
                result = Result(keys[name], unit.counts["passed"], unit.wall)
                store.keep(name, result)


def parse(args: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Read our part of the command line; the rest is pytest's."""
    parser = argparse.ArgumentParser(prog="pytest_session", allow_abbrev=False)
    parser.add_argument("session", help="the name under which the results are kept")
    parser.add_argument("--folder", required=True, help="where the tests are")
    parser.add_argument(
        "--without", action="append", default=[], help="a folder in it that is left out"
    )
    parser.add_argument("--workers", default="", help="pytest options for every run")
    parser.add_argument(
        "--all", action="store_true", help="run everything, also what was proved before"
    )
    return parser.parse_known_args(args)


def modules_of(folder: str, without: list[str], root: Path) -> list[str]:
    """Give the paths of the test modules in a folder, but for those in others."""
    found = (root / folder).rglob("test_*.py")
    paths = sorted(path.relative_to(root).as_posix() for path in found)
    return [p for p in paths if not p.startswith(tuple(f"{each}/" for each in without))]


def key_of(module: str, root: Path) -> str:
    """Give the hash of all that a module's result depends on."""
    if not module.startswith(WITHOUT_PAGES):
        return fingerprint(root, [""])
    own_page = f"docs/{Path(module).stem.removeprefix('test_')}.md"
    own_tests = "/".join(module.split("/")[:2])  # tests/walks, tests/test_bench.py
    heads = [f"{step.name} {step.meta}" for step in all_steps(root)]
    return fingerprint(root, [*NOT_PAGES, own_page, own_tests], *heads)


def main(args: list[str], root: Path = ROOT) -> int:
    """Run the modules that are not proved yet, keep those that pass; give the exit code."""
    options, chosen = parse(args)
    always = options.workers.split()
    if chosen:
        named = any((root / each.partition("::")[0]).exists() for each in chosen)
        ignored = [f"--ignore={each}" for each in options.without]
        where = [] if named else [options.folder, *ignored]
        return int(pytest.main([*where, *always, *chosen]))
    forget_contents()
    store = Store(options.session, root / ".nox" / "results")
    try:
        modules = modules_of(options.folder, options.without, root)
        keys = {module: key_of(module, root) for module in modules}
    except GitError as error:
        print(error, file=sys.stderr)
        return 2
    kept = {} if options.all else {m: store.get(m, key) for m, key in keys.items()}
    if proved := [result for result in kept.values() if result]:
        print(unchanged(proved, "modules"), flush=True)
    todo = [module for module in modules if not kept.get(module)]
    if not todo:
        print(f"{sum(result.count for result in proved)} passed, 0 failed")
        return 0
    collector = Collector()
    code = int(pytest.main([*always, *todo], plugins=[collector]))
    forget_contents()
    if code in WHOLE:
        collector.keep(store, keys, {module: key_of(module, root) for module in todo})
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
