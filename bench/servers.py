"""A contender's servers as real processes, and what they cost."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import psutil

from bench.lineup import Contender
from bench.processes import command, environment, fill, seed
from tools.servers.postgres_server import postgres_server
from tools.servers.redis_server import redis_server
from tools.servers.step_server import answers, free_port


@dataclass
class Cost:
    """Seconds of the clock, and of the servers' processors."""

    wall: float = 0.0
    cpu: float = 0.0


class Servers:
    """The running servers of a contender: their ports, their people's sessions."""

    def __init__(self, contender: Contender, sessions: list[str], queries: Path):
        self.contender = contender
        self.sessions = sessions
        self.ports: list[int] = []
        self.processes: list[psutil.Process] = []
        self.services: list[psutil.Process] = []  # Redis, PostgreSQL
        self.queries = queries
        self.bytes = 0

    def memory(self) -> int:
        """Give the bytes that the servers hold, Redis and PostgreSQL apart."""
        return sum(process.memory_info().rss for process in self.processes)

    def cpu(self) -> float:
        """Give the seconds of processor that they have used, Redis and PostgreSQL too."""
        workers = (s.children(recursive=True) for s in self.services)
        processes = [*self.processes, *self.services, *chain.from_iterable(workers)]
        return sum(map(_cpu_seconds, processes))

    @contextmanager
    def measured(self) -> Iterator[Cost]:
        """Measure what the block costs; the numbers are there when it has ended."""
        cost, cpu, start = Cost(), self.cpu(), time.perf_counter()
        yield cost
        cost.wall, cost.cpu = time.perf_counter() - start, self.cpu() - cpu


def _cpu_seconds(process: psutil.Process) -> float:
    """What a process has used, and those of its children that have ended."""
    with suppress(psutil.NoSuchProcess):
        return sum(process.cpu_times()[:4])
    return 0.0


@contextmanager
def running(
    contender: Contender, data: Path, people: int, tasks: int = 0, count: bool = False
) -> Iterator[Servers]:
    """Run a contender with that many people, each with that many tasks.

    `data` is an empty folder; databases to copy stay in the folder around it. With
    `count` the servers note each query in the file that `queries` names. Raises
    MissingProgram where there is no Redis or PostgreSQL for those who need it.
    """
    env = environment(contender, data)
    with ExitStack() as stack:
        if contender.postgres:
            postgres = stack.enter_context(postgres_server(free_port()))
            env |= {"DATABASE_URL": postgres.url, "TUTORIAL_DATABASE": "postgres"}
            sessions = seed(contender, env, people, tasks)
        else:
            sessions = fill(contender, data, people, tasks)
        servers = Servers(contender, sessions, data / "queries")
        if count:
            env["BENCH_QUERIES"] = str(servers.queries)
        if contender.redis:
            env["REDIS_URL"] = stack.enter_context(redis_server(free_port()))
        servers.services = psutil.Process().children()
        for _ in range(contender.processes):
            port = free_port()
            process = stack.enter_context(_server(contender, port, env, data))
            servers.ports.append(port)
            servers.processes.append(psutil.Process(process.pid))
        yield servers


@contextmanager
def _server(contender: Contender, port: int, env: dict[str, str], data: Path):
    """Run one server process; what it says is in `log.txt`."""
    with (data / "log.txt").open("a") as log:
        process = subprocess.Popen(
            command(contender, port),
            cwd=contender.folder,
            env=env,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            if not answers(port, process):
                raise RuntimeError((data / "log.txt").read_text("utf-8")[-2000:])
            yield process
        finally:
            # Nothing is worth a farewell, for which Daphne takes up to ten seconds.
            process.kill()
            process.wait()
