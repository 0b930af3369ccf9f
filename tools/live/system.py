"""The last step, or a person's own project, as it runs live: without Docker.

What `compose.yaml` describes is started from the system's own packages: PostgreSQL,
Redis, several processes of the application, and nginx in front of them.
"""

import os
import re
import shlex
import shutil
import signal
import ssl
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

import redis
import trustme
import yaml

from tools.chain.cli import Refused
from tools.chain.steps import Step, copy_step
from tools.learner import project
from tools.servers.missing_program import MissingProgram
from tools.servers.postgres_server import find_postgres, postgres_server
from tools.servers.redis_server import redis_server
from tools.servers.step_server import HOST, answers, free_port

NAME = "localhost"
HOW_TO_GET_NGINX = """There is no nginx on this machine. Either of these commands installs it:
  sudo apt install nginx             Debian, Ubuntu
  brew install nginx                 macOS"""
# What nginx needs besides, to run in a folder of its own.
NGINX = """\
{user}
pid nginx.pid;
daemon off;
"""
NGINX_HTTP = """http {
    access_log off;
    client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp;
    uwsgi_temp_path tmp; scgi_temp_path tmp;
"""


class DoesNotStart(RuntimeError):
    """A part of the system ended at once; the message holds what it said."""


def find_nginx() -> str:
    """Give the path of nginx. Raises MissingProgram."""
    if found := shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin"):
        return found
    raise MissingProgram(HOW_TO_GET_NGINX)


def expanded(text: str) -> str:
    """Put variables into a text of compose.yaml, as Docker does: `${NAME:-or this}`."""
    return re.sub(
        r"\$\{(\w+)(?::-([^}]*))?[^}]*\}",
        lambda found: os.environ.get(found[1]) or found[2] or "",
        text,
    )


@dataclass(frozen=True)
class Part:
    """One process of the system; `pid` gives None while it is gone."""

    name: str
    port: int
    pid: Callable[[], int | None]
    start: Callable[[], None]


class Live:
    """The whole system, in an empty folder of its own.

    `source` is a step, or the folder of somebody's own project: what runs is a copy.
    Start it as a context manager. Raises MissingProgram, whose message says how to get
    it, Refused where the project does not fit, and DoesNotStart.
    """

    def __init__(self, source: Step | Path, folder: Path, workers: int = 3):
        find_postgres()
        find_nginx()
        self.folder, self.app = folder, folder / "app"
        if isinstance(source, Step):
            copy_step(source, self.app)
        else:
            project.copy(source, project.files(source), self.app)
        self.compose = yaml.safe_load((self.app / "compose.yaml").read_text("utf-8"))
        self.ports = [free_port() for _ in range(workers)]
        self.workers: list[subprocess.Popen | None] = [None] * workers
        self.port, self.redis_port = free_port(), free_port()
        self.stack, self.redis = ExitStack(), ExitStack()
        self.variables: dict[str, str] = {}

    @property
    def address(self) -> str:
        """Where the proxy listens."""
        return f"https://{NAME}:{self.port}/"

    @property
    def env(self) -> dict[str, str]:
        """The environment of the application: what compose.yaml gives it, with our places."""
        described = self.compose["services"]["web"]["environment"]
        given = {name: expanded(str(value)) for name, value in described.items()} | {
            "SECRET_KEY": "only-for-this-run-and-as-long-as-a-secret-key-should-be-9",
            "ALLOWED_HOSTS": NAME,
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": f"redis://{HOST}:{self.redis_port}/0",
        }
        return os.environ | given | self.variables

    def __enter__(self) -> Self:
        try:
            self.postgres = self.stack.enter_context(postgres_server(free_port()))
            self.start_redis()
            self.stack.callback(self.stop_redis)
            for command in (["migrate", "-v0"], ["collectstatic", "-v0", "--noinput"]):
                self.manage(*command)
            self.stack.callback(self.stop_workers)
            for number in range(len(self.workers)):
                self.start_worker(number)
            self._start_proxy()
        except BaseException:
            self.stack.close()
            raise
        return self

    def __exit__(self, *exception) -> None:
        self.stack.close()

    @property
    def tls(self) -> ssl.SSLContext:
        """What a client needs to trust the proxy's certificate."""
        return ssl.create_default_context(cafile=self.folder / "authority.pem")

    def manage(self, *args: str) -> str:
        """Run a management command; give what it prints."""
        command = [sys.executable, "manage.py", *args]
        done = subprocess.run(
            command,
            cwd=self.app,
            env=self.env,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    @property
    def parts(self) -> list[Part]:
        """The processes that somebody may kill: the workers, and Redis."""
        return [
            *(
                Part(
                    f"worker {number + 1}",
                    port,
                    partial(self._worker_pid, number),
                    partial(self.start_worker, number),
                )
                for number, port in enumerate(self.ports)
            ),
            Part("Redis", self.redis_port, self._redis_pid, self._restart_redis),
        ]

    def start_redis(self) -> None:
        self.redis.enter_context(redis_server(self.redis_port))

    def stop_redis(self) -> None:
        self.redis.close()

    def _restart_redis(self) -> None:
        self.stop_redis()  # what kept the server is still there
        self.start_redis()

    def _redis_pid(self) -> int | None:
        try:
            with redis.Redis(host=HOST, port=self.redis_port) as server:
                return server.info("server")["process_id"]
        except redis.ConnectionError:
            return None

    def _worker_pid(self, number: int) -> int | None:
        worker = self.workers[number]
        return worker.pid if worker and worker.poll() is None else None

    def start_worker(self, number: int) -> None:
        """Start one process of the application by the command of compose.yaml."""
        words = shlex.split(self.compose["services"]["web"]["command"])
        words[words.index("--host") + 1] = HOST
        words[words.index("--port") + 1] = str(self.ports[number])
        with (self.folder / f"web-{number}.log").open("ab") as log:
            worker = self.workers[number] = subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=self.app,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if not answers(self.ports[number], worker):
            raise DoesNotStart(f"A worker did not start:\n{self.log(number)[-2000:]}")

    def stop_worker(self, number: int, sign: int = signal.SIGTERM) -> None:
        """End one process by a signal, and wait until it has ended."""
        if worker := self.workers[number]:
            worker.send_signal(sign)
            worker.wait(30)

    def stop_workers(self) -> None:
        for number, worker in enumerate(self.workers):
            if worker and worker.poll() is None:
                self.stop_worker(number)

    def log(self, number: int) -> str:
        """What one process has written."""
        return (self.folder / f"web-{number}.log").read_text("utf-8", "replace")

    def _start_proxy(self) -> None:
        tls = self.folder / "tls"
        tls.mkdir()
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.folder / "authority.pem"))
        certificate = authority.issue_cert(NAME)
        certificate.private_key_pem.write_to_path(str(tls / "key.pem"))
        for number, part in enumerate(certificate.cert_chain_pems):
            part.write_to_path(str(tls / "cert.pem"), append=number > 0)
        text = (self.app / "nginx.conf").read_text("utf-8")
        servers = " ".join(f"server {HOST}:{port};" for port in self.ports)
        for theirs, ours in (
            ("http {\n", NGINX_HTTP),
            # Only nginx 1.27.3 and newer know `resolve`.
            ("server web:8000 resolve;", servers),
            ("listen 443 ssl", f"listen {HOST}:{self.port} ssl"),
            ("/etc/nginx/tls", str(tls)),
        ):
            if theirs not in text:
                raise Refused(f"nginx.conf has no “{theirs.strip()}”.")
            text = text.replace(theirs, ours)
        is_root = hasattr(os, "geteuid") and os.geteuid() == 0
        nginx = NGINX.format(user="user root;" if is_root else "")
        (self.folder / "nginx.conf").write_text(nginx + text, "utf-8")
        command = [
            find_nginx(),
            "-p",
            self.folder,
            "-c",
            "nginx.conf",
            "-e",
            "nginx.log",
        ]
        process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL)
        self.stack.callback(process.wait)
        self.stack.callback(process.terminate)
        if not answers(self.port, process):
            raise DoesNotStart((self.folder / "nginx.log").read_text("utf-8"))
