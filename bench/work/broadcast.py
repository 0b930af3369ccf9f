"""One change to many tabs: until the last one has heard it, then the next change."""

import asyncio
import time
from functools import partial

from bench.client import tabs
from bench.servers import Servers
from bench.work import Column, Numbers, Work, for_seconds, percentile

COLUMNS = (
    Column("cpu", "CPU, µs a delivery", compared=True),
    Column("rate", "deliveries/s"),
    Column("p50", "median, ms", 1),
    Column("p99", "p99, ms", 1),
)


async def run(servers: Servers, count: int, seconds: float) -> Numbers:
    """Open that many tabs of one user, and let each hear messages for so long."""
    times: list[float] = []

    async def listen(tab, name, start):
        await tab.hear("create", name)
        times.append(time.perf_counter() - start)

    async def tell(name):
        start = time.perf_counter()
        await found[0].say(dialect.create(name))
        await asyncio.gather(*(listen(tab, name, start) for tab in found))

    sessions = servers.sessions * count
    dialect = servers.contender.dialect
    async with tabs(servers.ports, sessions, dialect) as found:
        await tell("warm")
        times.clear()
        with servers.measured() as cost:
            for number in for_seconds(seconds):
                await tell(f"Task {number}")
    return {
        "rate": len(times) / cost.wall,
        "p50": percentile(times, 50) * 1000,
        "p99": percentile(times, 99) * 1000,
        "cpu": cost.cpu / len(times) * 1_000_000,
    }


def works(quick: bool) -> list[Work]:
    sizes, seconds = ((100, 500), 1) if quick else ((10, 100, 500, 2000), 2)
    return [
        Work(
            f"One message to {n:,} tabs",
            partial(run, count=n, seconds=seconds),
            COLUMNS,
        )
        for n in sizes
    ]
