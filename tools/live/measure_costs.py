"""Measure what the simulation needs to know, on the real system with one worker."""

import asyncio
import json
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from ssl import SSLContext

import websockets
from websockets.typing import Origin

from tools.chain.steps import all_steps
from tools.live.system import Live
from tools.servers.demo_users import make_crowd
from tools.servers.missing_program import MissingProgram

MANY = 41  # tabs
COUNT, TIMES = 200, 5  # frames in a row, fewer than a burst; the quickest run counts


async def milliseconds(
    address: str, session: str, tls: SSLContext, tabs: int, frame: dict
) -> float:
    """Send a frame over and over; give the time that each needs to reach all tabs.

    Raises TimeoutError when they do not get there.
    """
    answer = "pong" if frame["type"] == "ping" else frame["type"]
    origin = Origin(address.rstrip("/"))
    address = f"{address.replace('http', 'ws', 1)}ws/checklist/"
    options = {"ssl": tls, "additional_headers": {"Cookie": f"sessionid={session}"}}
    async with asyncio.timeout(60), AsyncExitStack() as stack:
        open_tabs = [
            await stack.enter_async_context(
                websockets.connect(address, origin=origin, **options)
            )
            for _ in range(tabs)
        ]
        await asyncio.gather(*(_hear(tab, "task.list", 1) for tab in open_tabs))
        start = time.perf_counter()
        hearing = [asyncio.create_task(_hear(tab, answer, COUNT)) for tab in open_tabs]
        for _ in range(COUNT):
            await open_tabs[0].send(json.dumps(frame))
        await asyncio.gather(*hearing)
        return (time.perf_counter() - start) / COUNT * 1000


async def _hear(tab, type: str, count: int) -> None:
    while count:
        count -= json.loads(await tab.recv())["type"] == type


def costs(live: Live) -> tuple[float, float, float]:
    """Give what a change, a delivery and a ping cost the thread, in milliseconds."""
    ((_, session),) = make_crowd(live, 1).items()
    task = "from checklist.models import Task; print(Task.objects.create(user_id=1).pk)"
    pk = int(live.manage("shell", "--no-imports", "--command", task))
    change = {"type": "task.update", "id": pk, "name": "Bake a cake"}
    ping = {"type": "ping"}

    def measured(tabs, frame):
        work = milliseconds(live.address, session, live.tls, tabs, frame)
        return asyncio.run(work)

    runs = [
        (measured(1, change), measured(MANY, change), measured(1, ping))
        for _ in range(TIMES)
    ]
    one, many, ping = (min(each) for each in zip(*runs, strict=True))
    delivery = (many - one) / (MANY - 1)
    return round(one - delivery, 1), round(delivery, 2), round(ping, 1)


def main() -> int:
    """Start the system, print the three times; give the exit code."""
    print("Measuring, about a minute …", flush=True)
    try:
        with (
            tempfile.TemporaryDirectory(
                prefix="live-", ignore_cleanup_errors=True
            ) as name,
            Live(all_steps()[-1], Path(name), workers=1) as live,
        ):
            change, delivery, ping = costs(live)
    except MissingProgram as error:
        print(error, file=sys.stderr)
        return 1
    print(f"--change {change} --delivery {delivery} --ping {ping}")
    return 0
