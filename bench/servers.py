"""A contender's servers as real processes, and what they cost."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.lineup import Contender
from bench.processes import command, environment, fill
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
        self.brokers: list[psutil.Process] = []
        self.queries = queries
        self.bytes = 0

    def memory(self) -> int:
        """Give the bytes that the servers hold, Redis apart."""
        return sum(process.memory_info().rss for process in self.processes)

    def cpu(self) -> float:
        """Give the seconds of processor that they have used, Redis too."""
        times = [p.cpu_times() for p in [*self.processes, *self.brokers]]
        return sum(time.user + time.system for time in times)

    @contextmanager
    def measured(self) -> Iterator[Cost]:
        """Measure what the block costs; the numbers are there when it has ended."""
        cost, cpu, start = Cost(), self.cpu(), time.perf_counter()
        yield cost
        cost.wall, cost.cpu = time.perf_counter() - start, self.cpu() - cpu


@contextmanager
def running(
    contender: Contender, data: Path, people: int, tasks: int = 0, count: bool = False
) -> Iterator[Servers]:
    """Run a contender with that many people, of whom the first has that many tasks.

    `data` is an empty folder; databases to copy stay in the folder around it. With `count` the servers note each query in the file that `queries` names.
    """
    env = environment(contender, data)
    sessions = fill(contender, data, people, tasks)
    servers = Servers(contender, sessions, data / "queries")
    if count:
        env["BENCH_QUERIES"] = str(servers.queries)
    with ExitStack() as stack:
        if contender.redis:
            env["REDIS_URL"] = stack.enter_context(redis_server(free_port()))
            servers.brokers = psutil.Process().children(recursive=True)
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
