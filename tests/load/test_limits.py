"""What one socket may take from the others: floods, readers that do not read, memory."""

import asyncio
import json
import os
import random
from contextlib import suppress
from itertools import count

import pytest
import websockets

from tests.helpers.processes import megabytes
from tests.load.crowd import connect, make_crowd

FLOOD = 5_000
ODD = '{"type": "task.explode"}'
# Each change of it is a frame of 80 KB that hardly gets smaller when it is compressed.
MAKE_HEAVY = """
import random
from django.contrib.auth import get_user_model
from checklist.models import Item, Task
user = get_user_model().objects.order_by("pk").first()
task = Task.objects.create(user=user, name="Buy bread")
chance = random.Random(15)
for _ in range(100):
    name = "".join(chr(chance.randrange(0x4E00, 0x9F00)) for _ in range(128))
    Item.objects.create(task=task, name=name)
"""
only_uvicorn = pytest.mark.parametrize("server", ["uvicorn"], indirect=True)
needs_ps = pytest.mark.skipif(
    os.name == "nt", reason="there is no ps to ask for memory"
)


async def open_list(server, session):
    """Open a socket to the checklist, as a browser does, and read the list."""
    options = {"max_size": None, "ping_interval": None}
    socket = await connect(server, "ws/checklist/", session, **options)
    await socket.recv()
    return socket


async def add_task(socket):
    """Add a task and wait until the socket is told of it; give the seconds it took."""
    clock = asyncio.get_running_loop().time
    name, start = str(random.random()), clock()
    await socket.send(json.dumps({"type": "task.create", "name": name}))
    async with asyncio.timeout(30):
        while json.loads(await socket.recv()).get("name") != name:
            pass
    return clock() - start


async def test_flood_is_answered_and_holds_up_nobody(server):
    crowd = await asyncio.to_thread(make_crowd, server, 2)
    flooding, other = [await open_list(server, each) for each in crowd.values()]
    answers, took = [], []

    async def read():
        while len(answers) < FLOOD:
            answers.append(json.loads(await flooding.recv())["message"])

    reading = asyncio.create_task(read())
    for _ in range(FLOOD):
        await flooding.send(ODD)
    while not reading.done():
        took.append(await add_task(other))
        await asyncio.sleep(0.2)  # it is no flood of its own
    await reading
    await asyncio.sleep(1)
    await add_task(flooding)

    refused = answers.count("Too many frames. Wait a moment.")
    assert answers.count("Unknown type of frame.") == FLOOD - refused
    assert 0 < refused <= FLOOD - 990  # its list cost some tokens
    assert max(took) < 2
    print(
        f"{refused} of {FLOOD} frames refused, another waits {max(took):.2f} s at most"
    )


@needs_ps
@only_uvicorn
async def test_reader_that_never_reads_is_let_go_and_holds_up_nobody(server):
    crowd = await asyncio.to_thread(make_crowd, server, 2)
    alice, bob = crowd.values()
    await asyncio.to_thread(server.manage, "shell", "--no-imports", "-c", MAKE_HEAVY)
    writer, deaf = [await open_list(server, alice) for _ in range(2)]
    other = await open_list(server, bob)
    deaf.transport.pause_reading()
    log = server.database.parent / "log.txt"
    before, took = megabytes(server.process), []

    async with asyncio.timeout(50):
        for number in count():
            name = f"Bread {number}"
            frame = {"type": "task.update", "id": 1, "name": name}
            await writer.send(json.dumps(frame))
            assert json.loads(await writer.recv())["name"] == name
            took.append(await add_task(other))
            if "its browser does not read" in log.read_text("utf-8"):
                break
    grown = megabytes(server.process) - before
    deaf.transport.resume_reading()

    async with asyncio.timeout(30):  # it ends, for the socket is closed
        with suppress(websockets.ConnectionClosed):
            while True:
                await deaf.recv()
    assert max(took) < 2
    assert grown < 100
    print(
        f"a deaf socket is let go after {number} changes and {grown:.0f} MB more,"
        f" another waits {max(took):.2f} s at most"
    )


@needs_ps
@only_uvicorn
async def test_five_hundred_idle_sockets_fit_into_memory(server):
    crowd = await asyncio.to_thread(make_crowd, server, 500)
    before = megabytes(server.process)

    sockets = [await open_list(server, session) for session in crowd.values()]
    await asyncio.sleep(3)  # the sessions of all are looked up thrice

    after = megabytes(server.process)
    print(f"500 idle sockets: {before:.0f} MB without, {after:.0f} MB with them")
    assert after < 300
    await asyncio.gather(*(socket.close() for socket in sockets))
