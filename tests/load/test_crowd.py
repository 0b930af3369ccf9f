"""What holds when many people do it at once, over real sockets."""

import asyncio
import random
from itertools import cycle

import pytest
import websockets

from tests.load.crowd import enter, make_crowd, settled

CHANGES = 600
# As in the step's socket.js: seconds before a page tries again, twice as many each time.
FIRST_DELAY, LONGEST_DELAY = 0.5, 10
TEXTS = [str(number) for number in range(2_000)]


async def enter_again(server, name, session):
    """Enter as a page does: a handshake that the crowd holds up is tried again.

    Whoever tries again sooner than a page keeps a slow server busy with handshakes that
    nobody waits for any longer.
    """
    delay = FIRST_DELAY
    while True:
        try:
            return await enter(server, name, session, ping_timeout=None)
        except (OSError, websockets.InvalidHandshake):
            await asyncio.sleep(delay * (0.5 + random.random()))
            delay = min(delay * 2, LONGEST_DELAY)


async def test_everyone_is_right_after_a_hundred_people_came_and_went(servers):
    crowd = await asyncio.to_thread(make_crowd, servers[0], 100)
    chance = random.Random(8)
    tabs = []

    async def change(name):
        if tabs and chance.random() < 0.5:
            await tabs.pop(chance.randrange(len(tabs))).leave()
        else:
            tabs.append(await enter_again(chance.choice(servers), name, crowd[name]))

    for _ in range(CHANGES // 10):
        await asyncio.gather(*(change(name) for name in chance.choices([*crowd], k=10)))

    here = {tab.name for tab in tabs}
    await settled(lambda: all(tab.here == here for tab in tabs), 120)


async def test_two_hundred_people_who_come_at_once_all_see_each_other(servers):
    crowd = await asyncio.to_thread(make_crowd, servers[0], 200)
    start = asyncio.get_running_loop().time()

    where = zip(cycle(servers), crowd.items(), strict=False)
    tabs = await asyncio.gather(
        *(enter_again(server, *person) for server, person in where)
    )
    await settled(lambda: all(tab.here == set(crowd) for tab in tabs), 240)

    took = asyncio.get_running_loop().time() - start
    print(
        f"200 people in {len(servers)} processes: everyone is right after {took:.1f} s"
    )


async def test_two_thousand_messages_reach_every_reader_in_order(servers):
    crowd = await asyncio.to_thread(make_crowd, servers[0], 21)
    (writer, *names) = crowd
    where = zip(cycle(servers), names, strict=False)
    readers = [await enter(server, name, crowd[name]) for server, name in where]
    sender = await enter(servers[0], writer, crowd[writer])
    readers[0].delay = 0.002

    for text in TEXTS:
        await sender.say(text)

    await settled(lambda: all(len(tab.heard) == len(TEXTS) for tab in readers), 120)
    assert all(tab.heard == TEXTS for tab in readers)


@pytest.mark.parametrize("servers", ["redis"], indirect=True)
async def test_command_reaches_every_process(servers):
    crowd = await asyncio.to_thread(make_crowd, servers[0], 2)
    where = zip(servers, crowd.items(), strict=True)
    tabs = [await enter(server, *person) for server, person in where]

    await asyncio.to_thread(servers[0].manage, "send_message", "general", "hello")

    await settled(lambda: all(tab.heard == ["hello"] for tab in tabs), 10)
