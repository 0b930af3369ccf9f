"""Changes: one user's, one after the other, then those of 20 users at once, of each step too."""

import asyncio
import time
from dataclasses import replace
from functools import partial
from itertools import pairwise

from bench.client import Tab, tabs
from bench.lineup import each_step, with_postgres
from bench.servers import Servers
from bench.work import Column, Numbers, Work, for_seconds, percentile

P50 = Column("p50", "median, ms", 1)
P99 = Column("p99", "p99, ms", 1)
RATE = Column("rate", "changes/s")
CPU = Column("cpu", "CPU, ms a change", 2, compared=True)


async def round_of_changes(tab: Tab, name: str) -> list[float]:
    """Create, rename and delete a task; give the seconds of each until it was heard."""
    times = [time.perf_counter()]
    pk = await tab.create(name)
    times.append(time.perf_counter())
    await tab.update(pk, f"{name}, renamed")
    times.append(time.perf_counter())
    await tab.delete(pk)
    times.append(time.perf_counter())
    return [end - start for start, end in pairwise(times)]


async def run(servers: Servers, seconds: float) -> Numbers:
    """Let each person do rounds of changes for so long."""

    async def work(tab: Tab) -> list[float]:
        done = [await round_of_changes(tab, f"Task {n}") for n in for_seconds(seconds)]
        return [seconds for times in done for seconds in times]

    dialect = servers.contender.dialect
    async with tabs(servers.ports, servers.sessions, dialect) as found:
        await asyncio.gather(*(round_of_changes(tab, "warm") for tab in found))
        with servers.measured() as cost:
            all_times = await asyncio.gather(*map(work, found))
    times = [seconds for times in all_times for seconds in times]
    return {
        "rate": len(times) / cost.wall,
        "p50": percentile(times, 50) * 1000,
        "p99": percentile(times, 99) * 1000,
        "cpu": cost.cpu / len(times) * 1000,
    }


def works(quick: bool) -> list[Work]:
    together = Work(
        "20 users at once",
        partial(run, seconds=1 if quick else 2),
        (CPU, RATE, P50, P99),
        people=20,
        contenders=with_postgres,
    )
    if quick:
        return [together]
    return [
        Work(
            "One user's changes",
            partial(run, seconds=2),
            (CPU, P50, P99, RATE),
            contenders=with_postgres,
        ),
        together,
        replace(
            together,
            name="What each step costs",
            columns=(CPU, P50),
            contenders=each_step,
        ),
    ]
