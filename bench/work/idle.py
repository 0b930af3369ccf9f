"""Memory: what a server holds for a socket that does nothing."""

import asyncio
from functools import partial

from bench.client import tabs
from bench.servers import Servers
from bench.work import Column, Numbers, Work

COLUMNS = (
    Column("memory", "KiB a socket", 1, compared=True),
    Column("rest", "MiB at rest"),
)
WARM = 20


async def run(servers: Servers, count: int) -> Numbers:
    """Open that many sockets on servers that have seen some before."""
    dialect, sessions = servers.contender.dialect, servers.sessions
    async with tabs(servers.ports, sessions * WARM, dialect):
        pass
    await asyncio.sleep(0.5)
    before = servers.memory()
    async with tabs(servers.ports, sessions * count, dialect):
        await asyncio.sleep(0.5)
        after = servers.memory()
    return {"memory": (after - before) / count / 1024, "rest": before / 1024**2}


def works(quick: bool) -> list[Work]:
    count = 150 if quick else 300
    return [Work("Memory of an idle socket", partial(run, count=count), COLUMNS)]
