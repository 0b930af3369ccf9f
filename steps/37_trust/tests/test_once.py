import logging
import threading
from asyncio import gather
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import sleep

import pytest
from channels.layers import get_channel_layer
from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from chat.consumers import ChatConsumer
from chat.models import Message
from checklist.models import Checklist, Task
from once.models import REMEMBERED, AlreadyCarriedOut, CarriedOut

BREAD = {"type": "task.create", "name": "Buy bread", "frame_id": "a-1"}
LUNCH = {"message": "Lunch is ready", "frame_id": "a-1"}
OK = {"type": "ok", "frame_id": "a-1"}
ODD = [None, 7, True, 1.5, "", " ", "x" * 65, "a\0", "\ud83c", "é", ["a"], {"a": 1}]


async def answer(tab, frame, kind=("ok", "error")):
    """Send a frame and give the answer to it, whatever else arrives before."""
    await tab.send_json_to(frame)
    while (answer := await tab.receive_json_from())["type"] not in kind:
        pass
    return answer


async def receive(tab, count):
    """Give so many frames in the order of their types: an answer may overtake others."""
    frames = [await tab.receive_json_from() for _ in range(count)]
    return sorted(frames, key=lambda frame: frame["type"])


async def test_change_is_answered(checklist):
    tab = await checklist()

    await tab.send_json_to(BREAD)

    ok, change = await receive(tab, 2)
    assert ok == OK
    assert (change["type"], change["name"]) == ("task.create", "Buy bread")


async def test_frame_with_an_id_needs_no_savepoint(checklist, monkeypatch):
    tab, statements = await checklist(), []
    await answer(tab, BREAD)
    execute = CursorWrapper.execute

    def note(cursor, sql, params=None):
        statements.append(sql)
        return execute(cursor, sql, params)

    monkeypatch.setattr(CursorWrapper, "execute", note)
    assert await answer(tab, BREAD | {"frame_id": "a-2"}) == OK | {"frame_id": "a-2"}

    assert any("INSERT" in sql for sql in statements)
    assert not [sql for sql in statements if "SAVEPOINT" in sql]


async def test_message_is_answered(connect):
    tab = await connect()

    await tab.send_json_to(LUNCH)

    message, ok = await receive(tab, 2)
    assert ok == OK
    assert message == {
        "type": "chat.message",
        "user": "alice",
        "message": "Lunch is ready",
        "version": 1,
    }


async def test_frame_without_an_id_is_not_answered(checklist, connect):
    tab, room = await checklist(), await connect()

    for socket, frame in ((tab, BREAD), (room, LUNCH)):
        await socket.send_json_to(without_id(frame))
        await socket.receive_json_from()
        assert await socket.receive_nothing(0.05)

    assert not await CarriedOut.objects.aexists()


def without_id(frame):
    return {key: value for key, value in frame.items() if key != "frame_id"}


async def test_change_that_comes_again_is_answered_and_not_made(checklist, alice):
    tab = await checklist()
    await answer(tab, BREAD)

    assert await answer(tab, BREAD) == OK

    assert await Task.objects.acount() == 1
    assert (await Checklist.objects.aget()).version == 1


async def test_message_that_comes_again_is_said_once(connect):
    tab = await connect()
    await answer(tab, LUNCH)

    assert await answer(await connect(), LUNCH) == OK

    assert await Message.objects.acount() == 1


async def test_whisper_that_comes_again_is_delivered_once(connect, bob):
    tab, his = await connect(), await connect(user=bob)
    whisper = {"message": "/pm bob psst", "frame_id": "a-1"}
    for _ in range(2):
        assert await answer(tab, whisper) == OK

    assert (await his.receive_json_from())["message"] == "psst"
    assert await his.receive_nothing(0.05)


async def test_change_that_two_tabs_send_at_once_is_made_once(checklist):
    tabs = [await checklist() for _ in range(5)]

    answers = await gather(*(answer(tab, BREAD) for tab in tabs))

    assert answers == [OK] * 5
    assert await Task.objects.acount() == 1
    assert (await Checklist.objects.aget()).version == 1


def carry_out_elsewhere(user, barrier):
    """Do as another process would, with a connection of its own."""
    barrier.wait()
    while True:
        try:
            with transaction.atomic():
                CarriedOut.remember(user, "a-1")
            return True
        except AlreadyCarriedOut:
            return False
        except OperationalError:
            sleep(0.01)  # SQLite waits for nobody where it is in memory
        finally:
            connection.close()


def test_frame_in_two_processes_at_once_is_carried_out_once(alice):
    barrier = threading.Barrier(2, timeout=5)
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(carry_out_elsewhere, alice, barrier) for _ in range(2)]

    assert sorted(future.result() for future in both) == [False, True]
    assert CarriedOut.objects.count() == 1


async def test_equal_id_of_another_user_is_another_frame(checklist, bob):
    hers, his = await checklist(), await checklist(user=bob)

    for tab in (hers, his):
        assert await answer(tab, BREAD) == OK

    assert await Task.objects.acount() == 2


@pytest.mark.parametrize("odd", ODD)
async def test_odd_id_is_refused(checklist, assert_refused, odd):
    error = await assert_refused(
        [await checklist()], BREAD | {"frame_id": odd}, "task.create"
    )

    assert "1 to 64" in error["message"]
    assert "frame_id" not in error


async def test_refused_frame_has_its_id_and_may_be_sent_again(checklist):
    tab = await checklist()
    error = await answer(tab, BREAD | {"name": ""})
    assert (error["type"], error["frame_id"]) == ("error", "a-1")
    assert not await CarriedOut.objects.aexists()

    assert await answer(tab, BREAD) == OK

    assert await Task.objects.acount() == 1


async def test_refused_message_has_its_id_and_leaves_no_row(connect):
    tab = await connect()

    error = await answer(tab, LUNCH | {"message": " "})

    assert (error["type"], error["frame_id"]) == ("error", "a-1")
    assert not await CarriedOut.objects.aexists()


async def test_error_after_a_refused_id_has_none(checklist):
    tab = await checklist()
    await answer(tab, BREAD | {"name": ""})

    await tab.send_to("no JSON")

    assert "frame_id" not in await tab.receive_json_from()


async def test_change_whose_transaction_fails_may_be_sent_again(checklist, monkeypatch):
    tab = await checklist()
    with monkeypatch.context() as patch:
        patch.setattr(Checklist, "next_version", lambda self: 1 / 0)
        error = await answer(tab, BREAD)
    assert (error["type"], error["frame_id"]) == ("error", "a-1")
    assert not await CarriedOut.objects.aexists()

    assert await answer(tab, BREAD) == OK

    assert await Task.objects.acount() == 1


async def test_change_while_the_database_is_away_stays_with_its_page(
    checklist, monkeypatch
):
    tab = await checklist()

    def fail(*args):
        raise OperationalError("the server has gone away")

    with monkeypatch.context() as patch:
        patch.setattr(Checklist, "next_version", fail)
        error = await answer(tab, BREAD)
    assert error == {
        "type": "error",
        "message": "The database is busy. This is tried again in a moment.",
        "request": "task.create",
    }

    assert await answer(tab, BREAD) == OK

    assert await Task.objects.acount() == 1


@pytest.fixture
def broken_layer(monkeypatch):
    """A layer that fails to send anything but who is here, as when Redis has gone."""

    def break_it():
        async def fail(group, event):
            if event["type"] != "presence.list":
                raise ConnectionError("no Redis")

        monkeypatch.setattr(get_channel_layer(), "group_send", fail)

    return break_it


async def test_message_that_is_not_broadcast_is_stored_and_its_sender_is_told(
    connect, broken_layer, caplog
):
    tab, other = await connect(), await connect()
    broken_layer()

    await tab.send_json_to(LUNCH)

    message, ok, saved = await receive(tab, 3)
    assert (message["type"], message["message"]) == ("chat.message", "Lunch is ready")
    assert ok == OK
    assert saved["type"] == "saved"
    assert await Message.objects.acount() == 1
    assert await other.receive_nothing(0.05)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_change_that_is_not_broadcast_is_answered(checklist, broken_layer):
    tab = await checklist()
    broken_layer()

    assert await answer(tab, BREAD) == OK

    assert await Task.objects.acount() == 1


async def test_whisper_that_is_not_delivered_may_be_sent_again(
    connect, bob, broken_layer
):
    tab = await connect()
    await connect(user=bob)
    broken_layer()

    error = await answer(tab, {"message": "/pm bob psst", "frame_id": "a-1"})

    assert (error["type"], error["frame_id"]) == ("error", "a-1")
    assert not await CarriedOut.objects.aexists()


async def test_message_is_broadcast_after_the_commit(connect, monkeypatch):
    tab = await connect()
    in_transaction = []
    send = ChatConsumer.send_to_group

    def look(self, *args, **data):
        in_transaction.append(connection.in_atomic_block)
        send(self, *args, **data)

    monkeypatch.setattr(ChatConsumer, "send_to_group", look)

    assert await answer(tab, LUNCH) == OK

    assert in_transaction == [False]


async def test_old_frames_are_forgotten_when_somebody_connects(checklist, alice, bob):
    now = timezone.now()
    for frame_id, age in (("old", REMEMBERED), ("young", timedelta(days=1))):
        await CarriedOut.objects.acreate(user=bob, frame_id=frame_id, at=now - age)

    await checklist()

    assert [row.frame_id async for row in CarriedOut.objects.all()] == ["young"]
