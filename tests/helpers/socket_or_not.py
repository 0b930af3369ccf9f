"""The server of examples/socket_or_not, with a list of tasks."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.chain.steps import ROOT
from tools.servers.step_server import HOST, answers, free_port, running

PROJECT = ROOT / "examples/socket_or_not"
TASKS = 20
MAKE = f"""
from django.core.management import call_command
call_command("migrate", run_syncdb=True, verbosity=0)
from live.models import Task
Task.objects.bulk_create(Task(name=f"Task {{n}}") for n in range({TASKS}))
"""


@contextmanager
def served(
    folder: Path, application: str = "live.asgi:application", **options
) -> Iterator[tuple[subprocess.Popen, int]]:
    """Run the example on uvicorn, its data in a folder; give process and port.

    `options` go to the server's Popen.
    """
    folder.mkdir(exist_ok=True)
    env = os.environ | {"DATABASE": str(folder / "db.sqlite3")}
    env |= {"DJANGO_SETTINGS_MODULE": "live.settings"}
    env |= {"PYTHONPATH": str(folder)}
    place = {"cwd": PROJECT, "env": env}
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", MAKE]
    subprocess.run(command, check=True, **place)
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", application]
    command += ["--host", HOST, "--port", str(port), "--lifespan", "off"]
    command += ["--log-level", "warning"]
    with running(subprocess.Popen(command, **place, **options)) as process:
        assert answers(port, process, 120)
        yield process, port
