"""A process in which a step's tests stand alone, with Django imported already."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path

from tools.chain.steps import ROOT
from tools.servers.warm_process import redirect

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
# What a person's shell says must not reach a project's settings or its tests.
FOREIGN = ("DJANGO_", "PYTEST_", "PYTHON", "DATABASE_", "REDIS_", "COVERAGE_")


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
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    redirect(output)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.chdir(here)
        sys.path[:] = path
        sys.modules.update(modules)
