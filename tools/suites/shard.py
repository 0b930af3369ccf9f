"""Some modules of a step's tests, run in a process that has Django imported already.

Each process is forked from one that holds what every suite imports, where a system can
fork; elsewhere it is started anew.
"""

import importlib.util
import io
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tools.chain.steps import ROOT

# Imports of every suite that need no settings. What is loaded here is loaded once.
PRELOADED = ["pytest", "pytest_asyncio.plugin", "pytest_django.plugin", "django.test"]
PRELOADED += ["channels.testing", "channels_redis.pubsub", "daphne.server"]
PRELOADED += ["django.contrib.admin", "django.db.backends.sqlite3.base", "environ"]
PRELOADED += ["django.contrib.staticfiles.handlers", "rest_framework.serializers"]
PRELOADED += [
    "django.core.management.commands.migrate",
    "uvicorn",
    "tools.suites.shard",
]
# What a person's shell says must not reach the tests.
FOREIGN = ("DJANGO", "PYTEST", "PYTHONPATH", "DATABASE_URL", "REDIS_URL")


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


def pool(processes: int) -> ProcessPoolExecutor:
    """Give a pool whose processes run one shard each."""
    can_fork = "forkserver" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if can_fork else "spawn")
    if can_fork:
        context.set_forkserver_preload([m for m in PRELOADED if _is_there(m)])
    return ProcessPoolExecutor(processes, context, max_tasks_per_child=1)


def _is_there(module: str) -> bool:
    with suppress(ModuleNotFoundError):
        return importlib.util.find_spec(module) is not None
    return False


def run_shard(folder: Path, args: list[str], variables: dict[str, str]) -> Outcome:
    """Run pytest with `args` in a folder, in this process, which ends with it.

    Nothing of the repository can be imported there: a step stands alone. `variables` are
    added to its environment.
    """
    start, began = time.monotonic(), time.process_time()
    counter = Counter()
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]
    os.environ.update(variables)
    options = ["-q", "-p", "no:cacheprovider", *args]
    plugins = [_plugin().FastSuite(), counter]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        with _alone(folder):
            _print_to(output)
            code = pytest.main(options, plugins=plugins)
            sys.stdout.flush()
        output.seek(0)
        text = output.read().strip()
    times = time.monotonic() - start, time.process_time() - began
    return Outcome(int(code), text, counter.counts, *times)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Stand in a folder, and be able to import nothing of the repository."""
    here, path = os.getcwd(), sys.path[:]
    ours = {name for name in sys.modules if name.partition(".")[0] == "tools"}
    modules = {name: sys.modules.pop(name) for name in ours}
    sys.path[:] = [each for each in path if each not in ("", here, str(ROOT))]
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)
        sys.path[:] = path
        sys.modules.update(modules)


def _print_to(file: io.TextIOBase) -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os.dup2(file.fileno(), 1)
    os.dup2(file.fileno(), 2)


def _plugin():
    """The plugin as a module that belongs to no package."""
    path = Path(__file__).with_name("pytest_plugin.py")
    spec = importlib.util.spec_from_file_location("fast_suite", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Counter:
    """A plugin of pytest that counts what tests did."""

    def __init__(self):
        self.counts = {"passed": 0, "failed": 0, "skipped": 0}

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or not report.passed:
            self.counts[report.outcome] += 1
