import asyncio
import logging
import threading

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from chat.models import Connection
from core import limits, outbox
from core.limits import MOST_BYTES, Bucket, Door
from core.outbox import Outbox, SlowReader

TOO_MANY = {"type": "error", "message": "Too many frames. Wait a moment."}
PING = {"type": "ping"}


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is told."""
    clock = [100.0]
    monkeypatch.setattr(limits, "monotonic", lambda: clock[0])
    return clock


def test_bucket_allows_a_burst_and_then_a_rate(clock):
    bucket = Bucket(burst=3, rate=2)

    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    clock[0] += 1
    assert [bucket.take() for _ in range(3)] == [True, True, False]


def test_bucket_never_holds_more_than_a_burst(clock):
    bucket = Bucket(burst=3, rate=2)

    clock[0] += 3600

    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


@pytest.mark.parametrize(("burst", "rate"), [(0, 2), (3, 0), (0, 0), (-1, -1)])
def test_bucket_of_nothing_has_no_limit(burst, rate):
    bucket = Bucket(burst, rate)

    assert all(bucket.take() for _ in range(1000))


async def test_flood_is_refused_and_the_socket_goes_on(checklist, settings, clock):
    settings.FRAME_BURST, settings.FRAME_RATE = 6, 1  # one more, to get in
    tab = await checklist()
    for _ in range(5):
        await tab.send_json_to(PING)

    await tab.send_json_to({"type": "task.create", "name": "Too many"})

    assert await tab.receive_json_from() == TOO_MANY
    clock[0] += 1
    await tab.send_json_to({"type": "task.create", "name": "Buy bread"})
    assert (await tab.receive_json_from())["name"] == "Buy bread"


async def test_flood_of_one_socket_leaves_the_others_alone(
    checklist, bob, settings, clock
):
    settings.FRAME_BURST, settings.FRAME_RATE = 3, 1  # one more, to get in
    flooding, other = await checklist(), await checklist(user=bob)
    for _ in range(10):
        await flooding.send_json_to(PING)
    for _ in range(8):
        assert await flooding.receive_json_from() == TOO_MANY

    await other.send_json_to({"type": "task.create", "name": "Buy bread"})

    assert (await other.receive_json_from())["name"] == "Buy bread"


async def test_end_of_a_flooding_socket_is_noticed(connect, settings, clock):
    settings.FRAME_BURST, settings.FRAME_RATE = 2, 1  # one more, to get in
    tab = await connect()
    for _ in range(3):
        await tab.send_json_to(PING)

    await tab.disconnect()

    assert not await Connection.objects.aexists()


@pytest.mark.parametrize("character", ["x", "é", "\N{BREAD}"])
async def test_frame_over_64_kib_is_refused(checklist, character):
    size = MOST_BYTES // len(character.encode()) + 1
    tab = await checklist()

    await tab.send_to(text_data=character * size)
    assert (await tab.receive_json_from())["message"] == "A frame holds at most 64 KiB."
    await tab.send_to(bytes_data=b"x" * (MOST_BYTES + 1))
    assert (await tab.receive_json_from())["message"] == "A frame holds at most 64 KiB."

    await tab.send_json_to({"type": "task.create", "name": "Buy bread"})
    assert (await tab.receive_json_from())["name"] == "Buy bread"


async def test_frame_of_64_kib_is_read(checklist):
    tab = await checklist()

    await tab.send_to(text_data="x" * MOST_BYTES)

    assert (await tab.receive_json_from())["message"] == "A frame must be JSON."


async def test_outbox_takes_no_more_than_it_can_hold(monkeypatch):
    monkeypatch.setattr(outbox, "MOST_WAITING", 10)
    waiting = Outbox(send=None)

    await waiting.put({"type": "websocket.send", "text": "x" * 10})

    with pytest.raises(SlowReader):
        await waiting.put({"type": "websocket.send", "text": "x"})


async def test_reader_that_never_reads_is_let_go_and_nobody_waits_for_it(
    connect, bob, monkeypatch, caplog
):
    monkeypatch.setattr(outbox, "MOST_WAITING", 1000)
    deaf, tab = await connect(), await connect(user=bob)
    deaf.reading.clear()
    tab.ignored = ()

    for _ in range(4):
        await tab.send_json_to({"message": "x" * 400})
    frames = [await tab.receive_json_from() for _ in range(5)]

    assert sum(frame["type"] == "chat.message" for frame in frames) == 4
    assert {"type": "user.leave", "user": "alice"} in frames
    assert "its browser does not read" in caplog.text
    assert logging.ERROR not in [record.levelno for record in caplog.records]
    assert await Connection.objects.acount() == 1


async def test_change_reaches_a_tab_while_the_thread_is_busy(checklist, alice):
    tab = await checklist()
    released = threading.Event()
    busy = asyncio.create_task(database_sync_to_async(released.wait)(10))

    event = {"type": "entity.change", "text": '{"type": "task.delete", "id": 1}'}
    await get_channel_layer().group_send(f"checklist.user.{alice.pk}", event)

    assert (await tab.receive_json_from())["id"] == 1
    released.set()
    assert await busy


async def enter(door):
    """Come to the door with a handshake; give what is sent about it so far."""
    sent = []

    async def send(message):
        sent.append(message["type"])

    entering = asyncio.create_task(door({}, None, send))
    await asyncio.sleep(0)
    return sent, entering


async def test_crowd_enters_a_few_at_a_time(monkeypatch):
    monkeypatch.setattr(limits, "MOST_ENTERING", 2)
    turn = asyncio.Event()

    async def slow(scope, receive, send):
        await turn.wait()
        await send({"type": "websocket.accept"})
        await asyncio.Event().wait()

    door = Door(slow)
    handshakes = [await enter(door) for _ in range(3)]
    assert [sent for sent, _ in handshakes] == [[], [], ["websocket.close"]]

    turn.set()
    while not handshakes[1][0]:
        await asyncio.sleep(0)

    assert [(await enter(door))[0] for _ in range(3)] == [["websocket.accept"]] * 3


async def test_handshake_that_fails_gives_its_place_back(monkeypatch):
    monkeypatch.setattr(limits, "MOST_ENTERING", 1)

    async def broken(scope, receive, send):
        raise ConnectionResetError

    door = Door(broken)
    for _ in range(2):
        sent, entering = await enter(door)
        with pytest.raises(ConnectionResetError):
            await entering
        assert sent == []


async def test_application_has_a_door(monkeypatch, connect):
    monkeypatch.setattr(limits, "MOST_ENTERING", 0)

    with pytest.raises(ConnectionRefusedError):
        await connect()
