"""A real PostgreSQL server for one run: data and port are its own, and gone with it."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tools.servers.missing_program import MissingProgram

HOST = "127.0.0.1"
# Where packages put the programs of a server: Debian, Homebrew, Fedora.
PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/pgsql-*/bin",
)
HOW_TO_GET_ONE = """There is no PostgreSQL server on this machine. Either of these commands installs one:
  sudo apt install postgresql        Debian, Ubuntu
  brew install postgresql@17         macOS"""


def find_postgres() -> Path:
    """Give the folder with `initdb` and `postgres`, the newest there is. Raises MissingProgram."""
    found = [Path(path).parent for path in [shutil.which("initdb")] if path]
    for place in PLACES:
        root, _, pattern = place[1:].partition("/")
        found += Path("/", root).glob(pattern)
    found = [folder for folder in found if (folder / "initdb").exists()]
    if not found:
        raise MissingProgram(HOW_TO_GET_ONE)
    return max(found)


class Postgres:
    """A server with data in a folder; `start` and `stop` it as often as you like."""

    def __init__(self, folder: Path, port: int):
        self.folder, self.port = folder, port
        self.programs = find_postgres()
        self.url = f"postgres://app@{HOST}:{port}/postgres"
        # PostgreSQL refuses to run as root: then it runs as the user of its package.
        self.user = {}
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            self.user = {"user": "postgres", "group": "postgres", "extra_groups": []}
            shutil.chown(folder, "postgres", "postgres")

    def prepare(self) -> None:
        """Make the data's folder, with a superuser `app` who needs no password."""
        command = [self.programs / "initdb", "--pgdata", self.folder / "data"]
        command += ["--username", "app", "--auth", "trust", "--encoding", "UTF8"]
        command += ["--no-sync", "--locale", "C"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **self._run)

    def start(self) -> None:
        """Start it and wait until it answers. Raises psycopg.OperationalError."""
        command = [self.programs / "postgres", "-D", self.folder / "data"]
        command += ["-p", str(self.port), "-k", self.folder, "-h", HOST]
        # What it has written survives its own end, not the machine's: that is enough here.
        command += ["-c", "fsync=off", "-c", "full_page_writes=off"]
        log = (self.folder / "log.txt").open("ab")
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self._run
        )
        until = time.monotonic() + 30
        while True:
            try:
                return self._greet()
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def _greet(self) -> None:
        """Connect once. Raises psycopg.OperationalError, also where another one answers."""
        with psycopg.connect(self.url) as database:
            [(data,)] = database.execute("SHOW data_directory")
        if Path(data) != self.folder / "data":
            text = f"Another server is already using port {self.port}"
            raise psycopg.OperationalError(text)

    def stop(self, crash: bool = False) -> None:
        """End it: by its “fast” way, or with `crash` at once and without a word."""
        # PostgreSQL's own signals; on SIGQUIT it leaves all as it is and recovers later.
        self.process.send_signal(signal.SIGQUIT if crash else signal.SIGINT)
        self.process.wait(20)

    @property
    def _run(self) -> dict:
        return {"cwd": self.folder, **self.user}


@contextmanager
def postgres_server(port: int) -> Iterator[Postgres]:
    """Run a server as long as the block lasts.

    Raises MissingProgram where there is none, psycopg.OperationalError when it does not answer.
    """
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        server = Postgres(Path(name), port)
        server.prepare()
        server.start()
        try:
            yield server
        finally:
            if server.process.poll() is None:
                server.stop()
