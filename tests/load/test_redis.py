"""What holds when Redis is idle, or restarts."""

import asyncio
import subprocess

import pytest

from tests.load.crowd import enter, make_crowd, settled
from tools.chain.steps import all_steps
from tools.servers.redis_server import redis_server
from tools.servers.step_server import Server, answers, free_port


@pytest.fixture
def server(tmp_path, needs_redis):
    """One server of the last step, for a Redis on a port of its own."""
    server = Server(all_steps()[-1].folder, tmp_path)
    server.redis_port = free_port()
    server.variables["REDIS_URL"] = f"redis://127.0.0.1:{server.redis_port}/0"
    server.prepare(people=False)
    with (
        (tmp_path / "log.txt").open("w") as log,
        server.start(free_port(), stdout=log, stderr=subprocess.STDOUT) as process,
    ):
        assert answers(server.port, process)
        yield server


async def test_idle_and_restarted_redis_keeps_sockets(server):
    with redis_server(server.redis_port):
        crowd = await asyncio.to_thread(make_crowd, server, 2)
        one, other = [await enter(server, *person) for person in crowd.items()]
        await asyncio.sleep(7)  # longer than the time-outs of redis-py
        await one.say("after a pause")
        await settled(lambda: other.heard == ["after a pause"], 10)

    with redis_server(server.redis_port):
        await until_heard(one, other)
        texts = [f"after the restart {number}" for number in range(20)]
        for text in texts:
            await one.say(text)
        await settled(lambda: other.heard[-20:] == one.heard[-20:] == texts, 20)


async def until_heard(one, other):
    """Knock until it is heard: servers need a moment to find Redis again."""
    async with asyncio.timeout(30):
        while "knock" not in other.heard:
            await one.say("knock")
            await asyncio.sleep(0.2)
    await settled(lambda: other.heard[-1] == one.heard[-1], 10)
