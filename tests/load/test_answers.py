"""Ten people are answered word by word, and another one's pings are not held up."""

import asyncio
import json
import os
import subprocess
import sys
from contextlib import AsyncExitStack
from statistics import quantiles

import pytest

from tests.load.crowd import connect, make_crowd
from tools.chain.steps import all_steps, copy_step
from tools.servers.step_server import (
    HOST,
    answers,
    free_port,
    running,
)

COMMAND = "chat/management/commands/slow_source.py"
ASKING = 10
# On a quiet machine it is under 50 ms. One that waits for an answer waits for 15 seconds.
MOST_SECONDS = 3


@pytest.fixture
def source(tmp_path, monkeypatch):
    """The last step's slow source as a process of its own, known to servers that start."""
    copy_step(all_steps()[-1], tmp_path / "source")
    command = tmp_path / "source" / COMMAND
    text = command.read_text("utf-8")
    assert text.count("time.sleep(0.3)") == 1
    # All ten have to have asked before the first answer is complete.
    command.write_text(text.replace("time.sleep(0.3)", "time.sleep(1)"), "utf-8")
    port = free_port()
    monkeypatch.setenv("ANSWER_URL", f"http://{HOST}:{port}/v1")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "slow_source"],
        cwd=tmp_path / "source",
        env=os.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with running(process):
        assert answers(port, process)
        yield process


async def wait_for(socket, type):
    """Read until a frame of a type comes; give it."""
    async with asyncio.timeout(60):
        while (frame := json.loads(await socket.recv()))["type"] != type:
            pass
    return frame


async def pings(socket, stop):
    """Ping until told to stop; give the seconds that each answer took."""
    clock, took = asyncio.get_running_loop().time, []
    while not stop.is_set():
        start = clock()
        await socket.send('{"type": "ping"}')
        await wait_for(socket, "pong")
        took.append(clock() - start)
        await asyncio.sleep(0.02)
    return took


def p99(took):
    return quantiles(took, n=100)[98]


async def test_ping_is_not_held_up_while_ten_people_are_answered(source, server):
    crowd = await asyncio.to_thread(make_crowd, server, ASKING + 1)
    make_room = 'from chat.models import Room; Room.objects.create(name="{}")'
    for name in ("lunch", "quiet"):
        await asyncio.to_thread(
            server.manage, "shell", "--no-imports", "-c", make_room.format(name)
        )
    *sessions, session = crowd.values()
    async with AsyncExitStack() as stack:

        async def enter(path, session):
            return await stack.enter_async_context(await connect(server, path, session))

        other = await enter("ws/chat/quiet/", session)
        before = await before_that(other)
        askers = [await enter("ws/chat/lunch/", each) for each in sessions]
        for asker, each in zip(askers, sessions, strict=True):
            await asker.send(
                '{"message": "/ask Why is the sky blue?", "frame_id": "1"}'
            )
            await wait_for(asker, "ok")
            await enter("ws/chat/lunch/answer/", each)
        stop = asyncio.Event()
        pinging = asyncio.create_task(pings(other, stop))

        heard = await asyncio.gather(*(ends(asker, ASKING) for asker in askers))
        stop.set()
        took = await pinging

    assert heard == [[None] * ASKING] * ASKING
    assert len(took) > 20
    print(
        f"p99 of {len(took)} pings while {ASKING} people are answered:"
        f" {p99(took) * 1000:.0f} ms; of {len(before)} before: {p99(before) * 1000:.0f} ms"
    )
    assert p99(took) < MOST_SECONDS


async def before_that(socket):
    """Give the same of a server that does nothing else."""
    stop = asyncio.Event()
    pinging = asyncio.create_task(pings(socket, stop))
    await asyncio.sleep(2)
    stop.set()
    return await pinging


async def ends(socket, count):
    """Wait until so many answers have ended in a room; give their errors."""
    return [(await wait_for(socket, "answer.end"))["error"] for _ in range(count)]
