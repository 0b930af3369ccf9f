"""The list at connect: until a tab has all tasks of its user, changed or unchanged."""

import asyncio
import time
from functools import partial

from bench.client import open_tab
from bench.protocols import Trouble
from bench.servers import Servers
from bench.work import Column, Numbers, Work, for_seconds, percentile

COLUMNS = (
    Column("cpu", "CPU, ms", 2, compared=True),
    Column("again", "unchanged since: CPU, ms", 2, compared=True),
    Column("time", "ms", 1),
    Column("time_again", "unchanged since: ms", 1),
    Column("queries", "queries", 1),
    Column("bytes", "KiB"),
)


async def change(servers: Servers, session: str) -> None:
    """Rename the first task of a user, in a tab that closes again."""
    tab = await open_tab(servers.ports[0], session, servers.contender.dialect)
    await tab.update(tab.tasks[0]["id"], "Renamed")
    await tab.socket.close()


async def read(servers: Servers, session: str, count: int) -> float:
    """Open a tab and close it; give the seconds until it had that many tasks."""
    start = time.perf_counter()
    tab = await open_tab(servers.ports[0], session, servers.contender.dialect)
    took = time.perf_counter() - start
    await tab.socket.close()
    if len(tab.tasks) != count or any(len(t["item_set"]) != 2 for t in tab.tasks):
        raise Trouble(f"{len(tab.tasks)} tasks instead of {count}")
    servers.bytes = tab.size
    return took


async def run(servers: Servers, count: int, seconds: float) -> Numbers:
    """Change each person's list, read each the first time since, then again for so long."""
    sessions = servers.sessions
    for session in sessions:
        await change(servers, session)
    await asyncio.sleep(0.2)  # the last tab has gone by then
    before = servers.queries.stat().st_size
    with servers.measured() as first:
        times = [await read(servers, session, count) for session in sessions]
    queries = servers.queries.stat().st_size - before
    await asyncio.sleep(0.2)
    with servers.measured() as again:
        times_again = [
            await read(servers, sessions[number % len(sessions)], count)
            for number in for_seconds(seconds)
        ]
    return {
        "cpu": first.cpu / len(times) * 1000,
        "again": again.cpu / len(times_again) * 1000,
        "time": percentile(times, 50) * 1000,
        "time_again": percentile(times_again, 50) * 1000,
        "queries": queries / len(times),
        "bytes": servers.bytes / 1024,
    }


def works(quick: bool) -> list[Work]:
    sizes = {1_000: 4} if quick else {10: 100, 100: 20, 1_000: 4, 10_000: 2}
    return [
        Work(
            f"List of {size:,} tasks at connect",
            partial(run, count=size, seconds=1 if quick else 2),
            COLUMNS,
            people=people,
            tasks=size,
            count=True,
        )
        for size, people in sizes.items()
    ]
