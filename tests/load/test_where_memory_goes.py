"""What docs/where_memory_goes.md says: an hour of coming and going, in two minutes."""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial
from textwrap import dedent
from urllib.request import urlopen

import pytest
import redis
from channels.exceptions import StopConsumer
from channels.layers import InMemoryChannelLayer
from channels.utils import await_many_dispatch
from channels_redis.core import RedisChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer

from tests.load.crowd import connect, make_crowd
from tools.chain.steps import ROOT, all_steps, copy_step
from tools.servers.redis_server import redis_server
from tools.servers.step_server import HOST, Server, answers, free_port, running

# How many crowds come: on Redis as many as in an hour, and otherwise enough to compare.
ROUNDS = {"memory": 2, "redis": 6, "without": 3}
SOCKETS = 50
FRAMES = 5  # that each of them sends
ROOMS = 10  # new ones in each round
ENTERING = 10  # at a time: the step's door lets 20 in
MAKE_ROOMS = """
from chat.models import Room
Room.objects.bulk_create(Room(name=f"room{number}") for number in range(60))
"""
FORGETS = "await self.forget_channel()\n"
EVENTS = 1000

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there is no SIGUSR1")


@pytest.fixture(params=ROUNDS)
def server(request, tmp_path):
    """The last step on uvicorn, with the page's look.py beside it.

    In memory, on Redis, and on Redis without the step's `forget_channel`.
    """
    folder = tmp_path / "step"
    copy_step(all_steps()[-1], folder)
    if request.param == "without":
        path = folder / "core/consumers.py"
        text = path.read_text("utf-8")
        assert text.count(FORGETS) == 1
        path.write_text(text.replace(FORGETS, "pass\n"), "utf-8")
    shutil.copy(ROOT / "examples/where_memory_goes/look.py", folder)
    server = Server(folder, tmp_path)
    server.layer = request.param
    server.log = tmp_path / "log.txt"
    if request.param != "memory":
        request.getfixturevalue("needs_redis")
        server.variables["REDIS_URL"] = request.getfixturevalue("redis_url")
    server.prepare(people=False)
    server.port = free_port()
    command = [sys.executable, "-m", "uvicorn", "look:application", "--lifespan", "off"]
    command += ["--host", HOST, "--port", str(server.port)]
    with server.log.open("w") as log:
        options = {"cwd": folder, "env": server.env, "stdout": log, "stderr": log}
        with running(subprocess.Popen(command, **options)) as server.process:
            assert answers(server.port, server.process, 120)
            yield server


@pytest.fixture
def redis_url(needs_redis):
    with redis_server(free_port()) as url:
        yield url


async def look(server) -> dict:
    """Ask the server what its memory holds."""
    before = looks(server)
    server.process.send_signal(signal.SIGUSR1)
    async with asyncio.timeout(30):
        while len(found := looks(server)) == len(before):
            await asyncio.sleep(0.05)
    return found[-1]


def looks(server) -> list[dict]:
    found = re.findall(r"^look (.+)$", server.log.read_text("utf-8"), re.MULTILINE)
    return [json.loads(each) for each in found]


async def come(server, session, number, door):
    """Open a room, say something, and stay."""
    async with door:
        # It reads on by itself, as a browser does, and sends no pings of its own.
        options = {"max_queue": None, "ping_interval": None}
        socket = await connect(server, f"ws/chat/room{number}/", session, **options)
    for frame in range(FRAMES):
        await socket.send(json.dumps({"message": f"{number}, {frame}"}))
    async with asyncio.timeout(120):
        while True:
            frame = json.loads(await socket.recv())
            if frame.get("message") == f"{number}, {FRAMES - 1}":
                return socket


async def churn(server, sessions, start) -> dict:
    """Let a crowd come, speak and go; give what the memory holds with it and after it."""
    door = asyncio.Semaphore(ENTERING)
    rooms = range(start, start + ROOMS)
    sockets = await asyncio.gather(
        *(come(server, s, rooms[n % ROOMS], door) for n, s in enumerate(sessions))
    )
    full = await look(server)
    await asyncio.gather(*(socket.close() for socket in sockets))
    async with asyncio.timeout(120):
        while (empty := await look(server))["consumers"]:
            await asyncio.sleep(0.5)
    return {"full": full, "empty": empty}


HEAD = """\
| Sockets so far | MB | objects while open | objects after | channels | members |
| ---: | ---: | ---: | ---: | ---: | ---: |
"""
SHOWN = ("objects", "channels", "members")


def table(first: dict, rounds: list[dict]) -> str:
    shown = " | ".join(f"{first[key]:,}" for key in SHOWN)
    lines = [f"| 0 | {first['rss']} | | {shown} |"]
    for number, found in enumerate(rounds, 1):
        full, empty = found["full"], found["empty"]
        shown = " | ".join(f"{empty[key]:,}" for key in SHOWN)
        lines.append(
            f"| {number * SOCKETS:,} | {empty['rss']} | {full['objects']:,} | {shown} |"
        )
    return HEAD + "\n".join(lines) + "\n"


async def test_hour_of_coming_and_going_leaves_nothing_behind(server, record, request):
    crowd = await asyncio.to_thread(make_crowd, server, SOCKETS)
    await asyncio.to_thread(server.manage, "shell", "--no-imports", "-c", MAKE_ROOMS)
    # Django loads the addresses of a project when it is asked for the first of them.
    await asyncio.to_thread(urlopen, f"http://{HOST}:{server.port}/accounts/login/")
    first = await look(server)

    rounds = []
    for number in range(ROUNDS[server.layer]):
        rounds.append(await churn(server, crowd.values(), number * ROOMS))

    text = table(first, rounds)
    print(f"{server.layer}\n{text}")
    if request.config.getoption("--record") and server.layer != "memory":
        record(f"churn_{server.layer}.txt", text)
    for found in rounds:
        full, empty = found["full"], found["empty"]
        assert full["consumers"] == SOCKETS
        of_crowd, left = (each["objects"] - first["objects"] for each in (full, empty))
        assert of_crowd > 2 * left
        assert (empty["consumers"], empty["members"]) == (0, 0)
    # What comes with the first crowds is kept for the next; nothing is added after.
    second, last = rounds[1]["empty"], rounds[-1]["empty"]
    assert last["rss"] - second["rss"] < 10
    assert last["tasks"] <= second["tasks"] + 1
    if server.layer == "without":  # see the last test of this module
        kept = [found["empty"]["channels"] for found in rounds]
        assert 0 < kept[0] < kept[1] < kept[2]
    else:
        assert not any(found["empty"]["channels"] for found in rounds)


def in_process(layer) -> int:
    """The events that wait in the memory of this process."""
    queues = getattr(layer, "channels", None) or getattr(layer, "receive_buffer", {})
    return sum(queue.qsize() for queue in queues.values())


def in_redis(url: str) -> int:
    """The events that wait in Redis."""
    with redis.Redis.from_url(url) as server:
        # Channels are named so; what was just received waits under another name.
        keys = server.scan_iter("asgispecific*!")
        return sum(server.zcard(key) for key in keys)


async def passed_on(layer) -> None:
    """Wait until Redis has passed on what was sent before."""
    witness = await layer.new_channel()
    await layer.send(witness, {"type": "witness"})
    receiving = asyncio.create_task(layer.receive(witness))
    async with asyncio.timeout(60):
        await receiving
    # Layers forget a channel if waiting for it is cancelled, and only then.
    receiving = asyncio.create_task(layer.receive(witness))
    await asyncio.sleep(0)
    receiving.cancel()
    await asyncio.wait([receiving])


async def send_many(layer) -> None:
    for number in range(EVENTS):
        await layer.group_send("room", {"type": "chat.message", "number": number})
    if isinstance(layer, RedisPubSubChannelLayer):
        await passed_on(layer)


async def end_receiver(layer, channel, url) -> None:
    """Receive as a consumer does, and end as one that raises: without leaving the group."""
    while in_process(layer) or in_redis(url):
        await layer.receive(channel)
    receiver = asyncio.create_task(layer.receive(channel))
    await asyncio.sleep(0.1)
    receiver.cancel()
    await asyncio.gather(receiver, return_exceptions=True)


async def test_channel_that_nobody_receives_from_is_kept(redis_url, record):
    layers = (
        InMemoryChannelLayer(),
        RedisPubSubChannelLayer(hosts=[redis_url]),
        RedisChannelLayer(hosts=[redis_url]),
    )
    lines = ["| Layer | in the process | in Redis | after its consumer raised |"]
    lines.append("| --- | ---: | ---: | ---: |")
    for layer in layers:
        channel = await layer.new_channel()
        await layer.group_add("room", channel)
        await send_many(layer)
        cells = [in_process(layer), in_redis(redis_url)]
        await end_receiver(layer, channel, redis_url)
        await send_many(layer)
        cells.append(in_process(layer) + in_redis(redis_url))
        lines.append(
            f"| `{type(layer).__name__}` | {' | '.join(f'{n:,}' for n in cells)} |"
        )
        await layer.flush()
    record("unreceived.txt", "\n".join(lines) + "\n")


async def test_channel_is_kept_when_an_event_comes_while_its_consumer_leaves(redis_url):
    layer = RedisPubSubChannelLayer(hosts=[redis_url])

    async def leave(late: bool) -> str:
        """Let Channels run a consumer that leaves; give the name of its channel."""
        channel = await layer.new_channel()

        async def dispatch(message):
            if late:
                await layer.send(channel, {"type": "chat.message"})
                await passed_on(layer)
            raise StopConsumer

        async def receive():
            return {"type": "websocket.disconnect"}

        with suppress(StopConsumer):
            await await_many_dispatch(
                [receive, partial(layer.receive, channel)], dispatch
            )
        return channel

    assert await leave(late=False) not in layer.channels
    assert await leave(late=True) in layer.channels
    await layer.flush()


def test_page_shows_how_the_last_step_forgets_a_channel():
    code = (all_steps()[-1].folder / "core/consumers.py").read_text("utf-8")
    method = re.search(r"    async def forget_channel.+?(?=\n\n)", code, re.DOTALL)[0]
    page = (ROOT / "docs/where_memory_goes.md").read_text("utf-8")

    assert f"\n{dedent(method)}\n```" in page
