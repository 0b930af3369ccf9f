"""The list at connect: until a tab has all tasks of its user."""

import time
from functools import partial

from bench.client import open_tab
from bench.protocols import Trouble
from bench.servers import Servers
from bench.work import Column, Numbers, Work, percentile

COLUMNS = (
    Column("time", "ms", 1),
    Column("queries", "queries"),
    Column("bytes", "KiB"),
    Column("cpu", "server CPU, ms", 1),
)


async def read(servers: Servers, count: int) -> float:
    """Open a tab and close it; give the seconds until it had that many tasks."""
    start = time.perf_counter()
    dialect = servers.contender.dialect
    tab = await open_tab(servers.ports[0], servers.sessions[0], dialect)
    took = time.perf_counter() - start
    await tab.socket.close()
    if len(tab.tasks) != count or any(len(t["item_set"]) != 2 for t in tab.tasks):
        raise Trouble(f"{len(tab.tasks)} tasks instead of {count}")
    servers.bytes = tab.size
    return took


async def run(servers: Servers, count: int, repeats: int) -> Numbers:
    """Read the list that many times; the first time warms up, and counts queries."""
    await read(servers, count)
    queries = servers.queries.stat().st_size
    with servers.measured() as cost:
        times = [await read(servers, count) for _ in range(repeats)]
    return {
        "time": percentile(times, 50) * 1000,
        "queries": queries,
        "bytes": servers.bytes / 1024,
        "cpu": cost.cpu / repeats * 1000,
    }


def works(quick: bool) -> list[Work]:
    sizes = {10: 1} if quick else {10: 20, 100: 10, 1_000: 3, 10_000: 1}
    return [
        Work(
            f"List of {n:,} tasks at connect",
            partial(run, count=n, repeats=k),
            COLUMNS,
            tasks=n,
            count=True,
        )
        for n, k in sizes.items()
    ]
