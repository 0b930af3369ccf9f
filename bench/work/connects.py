"""Connects: ten at a time, each until it has its list, which is empty."""

import asyncio
import time
from functools import partial

from bench.client import open_tab
from bench.servers import Servers
from bench.work import Column, Numbers, Work, percentile

AT_ONCE = 10
COLUMNS = (
    Column("cpu", "CPU, ms a connect", 2, compared=True),
    Column("rate", "connects/s"),
    Column("p50", "median, ms", 1),
    Column("p99", "p99, ms", 1),
)


async def run(servers: Servers, count: int) -> Numbers:
    """Open and close that many sockets."""
    times: list[float] = []

    async def come_and_go(number: int, share: int) -> None:
        port = servers.ports[number % len(servers.ports)]
        for _ in range(share):
            start = time.perf_counter()
            session = servers.sessions[number]
            tab = await open_tab(port, session, servers.contender.dialect)
            times.append(time.perf_counter() - start)
            await tab.socket.close()

    await come_and_go(0, 2)
    times.clear()
    with servers.measured() as cost:
        await asyncio.gather(
            *(come_and_go(number, count // AT_ONCE) for number in range(AT_ONCE))
        )
    return {
        "rate": count / cost.wall,
        "p50": percentile(times, 50) * 1000,
        "p99": percentile(times, 99) * 1000,
        "cpu": cost.cpu / count * 1000,
    }


def works(quick: bool) -> list[Work]:
    count = 100 if quick else 300
    return [Work("Connects", partial(run, count=count), COLUMNS, people=AT_ONCE)]
