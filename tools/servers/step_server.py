"""A step as a real server process, with data of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tools.chain.processes import end_tree
from tools.chain.steps import ROOT
from tools.servers.demo_users import MAKE_PEOPLE

HOST = "127.0.0.1"
MIGRATE = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
"""


class PortTaken(Exception):
    """No port that was asked for is free; the message says which."""


def free_port() -> int:
    """Give a free port that the system chooses."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


@contextmanager
def reserved_port(first: int, count: int = 1, host: str = HOST) -> Iterator[int]:
    """Give the first free one of `count` ports, no other run's until the block ends.

    `host` is the address at which it has to be free. The UDP port of the same number
    is the mark by which runs see each other before their servers listen. Raises
    PortTaken.
    """
    for port in range(first, first + count):
        with socket.socket(type=socket.SOCK_DGRAM) as mark:
            if _binds(mark, port) and _is_free(port, host):
                yield port
                return
    last = f" to {first + count - 1}" if count > 1 else ""
    raise PortTaken(f"Port {first}{last} is taken.")


def _is_free(port: int, host: str) -> bool:
    with socket.socket() as probe:
        if os.name == "posix":  # what a stopped server left behind does not count
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return _binds(probe, port, host)


def _binds(probe: socket.socket, port: int, host: str = HOST) -> bool:
    try:
        probe.bind((host, port))
    except OSError:
        return False
    return True


class Server:
    """The server of one step.

    `folder` is the step's folder (or a copy of it), `data` an empty folder that holds
    its database. `host` is the address at which it listens.
    """

    def __init__(self, folder: Path, data: Path, host: str = HOST):
        self.folder = folder
        self.host = host
        self.hosts: list[str] = []
        self.port = 0
        self.database = data / "db.sqlite3"
        self.variables = {
            "DJANGO_SETTINGS_MODULE": "tools.servers.step_settings",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "TUTORIAL_DATABASE": str(self.database),
            "TUTORIAL_HOSTS": "",
        }

    @property
    def env(self) -> dict[str, str]:
        return os.environ | self.variables

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}/"

    @property
    def others(self) -> list[str]:
        """The addresses that other machines can open."""
        return [f"http://{host}:{self.port}/" for host in self.hosts]

    def let_in(self, hosts: list[str]) -> None:
        """Answer to these names too; without this, to those of this machine alone."""
        self.hosts = hosts
        self.variables["TUTORIAL_HOSTS"] = ",".join([*hosts, HOST, "localhost"])

    def manage(self, *args: str) -> str:
        """Run a management command and give what it prints.

        Raises subprocess.CalledProcessError, whose `stdout` holds the output.
        """
        done = subprocess.run(
            [sys.executable, "manage.py", *args],
            cwd=self.folder,
            # Not what the system's pipes have by themselves: a name may hold any letter.
            env=self.env | {"PYTHONIOENCODING": "utf-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=True,
        )
        return done.stdout

    def prepare(self, people: bool) -> None:
        """Make the database and, where wanted, the demo people."""
        code = MIGRATE + (MAKE_PEOPLE if people else "")
        self.manage("shell", "--no-imports", "--command", code)

    @contextmanager
    def start(self, port: int, reload: bool = False, **kwargs) -> Iterator:
        """Run the server as long as the block lasts; `kwargs` go to Popen."""
        self.port = port
        command = [sys.executable, "manage.py", "runserver", f"{self.host}:{port}"]
        command += [] if reload else ["--noreload"]
        process = subprocess.Popen(command, cwd=self.folder, env=self.env, **kwargs)
        with running(process):
            yield process


@contextmanager
def running(process: subprocess.Popen) -> Iterator[subprocess.Popen]:
    """Give a process for the block, then end it: politely, and after 3 seconds at once.

    After Ctrl-C it first gets a second to end by itself.
    """
    try:
        yield process
    except KeyboardInterrupt:
        # A terminal has told the process too. A second signal, in the middle of its
        # end, would show the user a traceback.
        with suppress(subprocess.TimeoutExpired):
            process.wait(1)
        raise
    finally:
        if sys.platform == "win32":
            # There no end is polite, and a server that reloads would outlive its parent.
            end_tree(process)
        else:
            process.terminate()
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            # A server that reloads has a child that serves, and would outlive it.
            import psutil  # only here, since it takes a while

            with suppress(psutil.NoSuchProcess):
                for child in psutil.Process(process.pid).children(recursive=True):
                    child.kill()
            process.kill()
            process.wait()


def answers(port: int, process: subprocess.Popen, seconds: float = 30) -> bool:
    """Wait until a server answers; give False when its process ended or took too long."""
    until = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection((HOST, port), 1).close()
            return True
        except OSError:
            time.sleep(0.05)
    return False
