"""Some modules of a step's tests, run by pytest in a process of their own."""

import importlib.util
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tools.servers.warm_process import warm_context
from tools.suites.isolated_process import PRELOADED, alone

# What Django will remove is an error in a step, from its first warning on.
STRICT = [
    f"-Werror::django.utils.deprecation.Removed{when}NextVersionWarning"
    for when in ("In", "After")
]
# Windows can wait for no more processes than these.
MOST = 61


@dataclass
class Outcome:
    """What came of some tests: pytest's exit code and output, and how many did what.

    `wall` and `cpu` are in seconds.
    """

    code: int
    output: str
    counts: dict[str, int] = field(default_factory=dict)
    wall: float = 0.0
    cpu: float = 0.0


class Counter:
    """A plugin of pytest that counts what tests did."""

    def __init__(self):
        self.counts = {"passed": 0, "failed": 0, "skipped": 0}

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or not report.passed:
            self.counts[report.outcome] += 1


def pool(processes: int) -> ProcessPoolExecutor:
    """Give a pool whose processes, at most MOST of them, run one shard each."""
    return ProcessPoolExecutor(
        min(processes, MOST), warm_context(PRELOADED), max_tasks_per_child=1
    )


def run_shard(folder: Path, args: list[str], variables: dict[str, str]) -> Outcome:
    """Run pytest with `args` in a folder, in this process, which ends with it.

    Nothing of the repository can be imported there: a step stands alone. `variables` are
    added to its environment.
    """
    start, began = time.monotonic(), time.process_time()
    counter = Counter()
    options = ["-q", "-p", "no:cacheprovider", *STRICT, *args]
    # Whoever has PostgreSQL has Redis. In memory, the tests run on SQLite.
    layer = "redis" if variables.get("DATABASE_URL") else ""
    plugins = [_plugin().FastSuite(layer), counter]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        with alone(folder, output.fileno(), variables):
            code = pytest.main(options, plugins=plugins)
        output.seek(0)
        text = output.read().strip()
    times = time.monotonic() - start, time.process_time() - began
    return Outcome(int(code), text, counter.counts, *times)


def _plugin():
    """The plugin as a module that belongs to no package."""
    path = Path(__file__).with_name("pytest_plugin.py")
    spec = importlib.util.spec_from_file_location("fast_suite", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
