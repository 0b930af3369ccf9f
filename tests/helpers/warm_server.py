"""A step's server that begins with Django imported, for tests that start a hundred.

It costs a sixth of the CPU of one that is started anew. What it runs is `manage.py`, with
the same arguments, in the same folder and environment.
"""

import itertools
import os
import runpy
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.servers.step_server import Server, running
from tools.servers.warm_process import can_fork, redirect, warm_context

# All that a server imports and that needs no settings. Not `daphne.server`: on import it
# makes the event loop, and forked processes would share it.
PRELOADED = ["django.test", "django.contrib.admin", "django.views.generic"]
PRELOADED += ["django.contrib.messages", "django.contrib.staticfiles.finders"]
PRELOADED += ["django.contrib.staticfiles.handlers", "django.db.backends.sqlite3.base"]
PRELOADED += ["django.core.management.commands.migrate", "environ"]
PRELOADED += ["django.core.management.commands.runserver"]
PRELOADED += ["django.template.defaulttags", "django.template.loader_tags"]
PRELOADED += ["channels.generic.websocket", "channels.layers", "channels_redis.pubsub"]
PRELOADED += ["rest_framework.serializers", "daphne.ws_protocol", "twisted.web.http"]
PRELOADED += ["autobahn.twisted.websocket", "twisted.internet.asyncioreactor"]
PRELOADED += ["tests.helpers.warm_server"]


def run_manage(folder: str, env: dict[str, str], args: list[str], output: str) -> None:
    """Be `python manage.py ARGS` in a folder, and add what it prints to a file."""
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    sys.path.insert(0, folder)
    sys.argv[:] = ["manage.py", *args]
    redirect(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND))
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", write_through=True)
    try:
        runpy.run_path("manage.py", run_name="__main__")
    except Exception:
        traceback.print_exc()
        sys.exit(1)


class WarmProcess:
    """A forked process, with those methods of subprocess.Popen that tests use."""

    def __init__(self, *args):
        context = warm_context(PRELOADED)
        self.process = context.Process(target=run_manage, args=args, daemon=True)
        self.process.start()
        self.pid = self.process.pid
        self.terminate = self.process.terminate
        self.kill = self.process.kill

    def poll(self) -> int | None:
        return self.process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self.process.join(timeout)
        if self.process.exitcode is None:
            raise subprocess.TimeoutExpired("manage.py", timeout)
        return self.process.exitcode


class WarmServer(Server):
    """The server of one step; as its parent where a system cannot fork."""

    def __init__(self, folder: Path, data: Path):
        super().__init__(folder, data)
        self.outputs = (data / f"manage-{n}.txt" for n in itertools.count())

    @contextmanager
    def start_into(self, log: Path, port: int) -> Iterator:
        """Run the server as long as the block lasts; what it prints is added to a file."""
        if can_fork():
            self.port = port
            args = ["runserver", f"{self.host}:{port}", "--noreload"]
            with running(self._forked(args, log)) as process:
                yield process
            return
        with log.open("a", encoding="utf-8") as output:
            options = {"stdout": output, "stderr": subprocess.STDOUT}
            with self.start(port, **options) as process:
                yield process

    def manage(self, *args: str) -> str:
        """Run a management command and give what it prints, as the parent does."""
        if not can_fork():
            return super().manage(*args)
        output = next(self.outputs)
        code = self._forked([*args], output).wait()
        printed = output.read_text("utf-8")
        if code:
            raise subprocess.CalledProcessError(code, ["manage.py", *args], printed)
        return printed

    def _forked(self, args: list[str], output: Path) -> WarmProcess:
        return WarmProcess(str(self.folder), dict(self.env), args, str(output))
