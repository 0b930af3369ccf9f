"""Servers as processes: uvicorn in Daphne's place, and the memory that one holds."""

import subprocess
import sys
from contextlib import contextmanager

from tools.servers.step_server import HOST, free_port, running


@contextmanager
def uvicorn(server, **kwargs):
    """Run a step's application on uvicorn instead of Daphne; `kwargs` go to Popen."""
    server.port = free_port()
    command = [sys.executable, "-m", "uvicorn", "core.asgi:application"]
    command += ["--host", HOST, "--port", str(server.port), "--lifespan", "off"]
    process = subprocess.Popen(command, cwd=server.folder, env=server.env, **kwargs)
    with running(process):
        yield process


def megabytes(process):
    """The memory that a process has at this moment."""
    command = ["ps", "-o", "rss=", "-p", str(process.pid)]
    return int(subprocess.check_output(command)) / 1024
