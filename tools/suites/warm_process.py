"""Processes that have Django imported already, in which a step's tests stand alone.

Each is forked from one that holds what every suite imports, where a system can fork;
elsewhere it is started anew.
"""

import importlib.util
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.context import BaseContext
from pathlib import Path

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
# The fork server's socket lies in the folder for temporary files, and its path may have
# some hundred characters; multiprocessing adds about forty.
LONGEST = 60
# What a person's shell says must not reach a project's settings or its tests.
FOREIGN = ("DJANGO_", "PYTEST_", "PYTHON", "DATABASE_", "REDIS_", "COVERAGE_")


def warm_context() -> BaseContext:
    """Give the context whose processes begin with everything imported."""
    can_fork = "forkserver" in multiprocessing.get_all_start_methods()
    can_fork = can_fork and len(tempfile.gettempdir()) < LONGEST
    context = multiprocessing.get_context("forkserver" if can_fork else "spawn")
    if can_fork:
        context.set_forkserver_preload([m for m in PRELOADED if _is_there(m)])
    return context


def _is_there(module: str) -> bool:
    with suppress(ModuleNotFoundError):
        return importlib.util.find_spec(module) is not None
    return False


@contextmanager
def alone(folder: Path, output: int, variables: dict[str, str]) -> Iterator[None]:
    """Stand in a folder where nothing of the repository, nor of a person's shell, is seen.

    What this process prints goes to the file descriptor `output` from now on, and it reads
    nothing. `variables` are added to the environment.
    """
    for name in [name for name in os.environ if name.upper().startswith(FOREIGN)]:
        del os.environ[name]
    os.environ.update(variables)
    here, path = os.getcwd(), sys.path[:]
    ours = [name for name in sys.modules if name.partition(".")[0] == "tools"]
    modules = {name: sys.modules.pop(name) for name in ours}
    sys.path[:] = [each for each in path if each not in ("", here, str(ROOT))]
    os.chdir(folder)
    _redirect(output)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.chdir(here)
        sys.path[:] = path
        sys.modules.update(modules)


def _redirect(output: int) -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        stream.reconfigure(encoding="utf-8", errors="replace")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
