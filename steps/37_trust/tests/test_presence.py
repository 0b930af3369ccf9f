import asyncio
import sys
from datetime import timedelta
from importlib import import_module

import pytest
from channels.layers import get_channel_layer
from django.db import OperationalError
from django.db.utils import ConnectionHandler
from django.utils import timezone

from chat.models import STALE, Connection, Room


@pytest.fixture
async def tab(connect):
    """Alice's tab, which hears who comes and goes."""
    tab = await connect()
    tab.ignored = ("pong",)
    return tab


async def make_stale(**who):
    then = timezone.now() - STALE - timedelta(seconds=1)
    await Connection.objects.filter(**who).aupdate(last_seen=then)


async def test_person_who_comes_is_announced_to_the_others(connect, tab, bob):
    bobs_tab = await connect(user=bob)

    assert tab.users == ["alice"]
    assert bobs_tab.users == ["alice", "bob"]
    assert await tab.receive_json_from() == {"type": "user.join", "user": "bob"}
    assert await bobs_tab.receive_nothing(0.05)


async def test_person_with_three_tabs_joins_and_leaves_once(connect, tab, bob):
    tabs = [await connect(user=bob) for _ in range(3)]
    for bobs_tab in tabs:
        assert bobs_tab.users == ["alice", "bob"]
        await bobs_tab.disconnect()

    assert await tab.receive_json_from() == {"type": "user.join", "user": "bob"}
    assert await tab.receive_json_from() == {"type": "user.leave", "user": "bob"}
    assert await tab.receive_nothing(0.05)


async def test_person_in_another_room_is_not_here(connect, tab, bob):
    await Room.objects.acreate(name="other")
    await connect("/ws/chat/other/", user=bob)

    assert await tab.receive_nothing(0.05)


async def test_refused_socket_leaves_no_connection(connect, tab):
    with pytest.raises(ConnectionRefusedError):
        await connect(user=None)

    assert await Connection.objects.acount() == 1


async def test_ghost_is_swept_by_a_ping_and_announced(connect, tab, bob):
    await connect(user=bob)
    await tab.receive_json_from()
    await make_stale(user=bob)

    await tab.send_json_to({"type": "ping"})

    assert await tab.receive_json_from() == {"type": "user.leave", "user": "bob"}
    assert await Connection.objects.acount() == 1


async def test_ghost_of_a_person_with_a_living_tab_is_not_announced(
    connect, tab, room, bob
):
    await connect(user=bob)
    await tab.receive_json_from()
    ghost = await Connection.objects.acreate(room=room, user=bob)
    await make_stale(pk=ghost.pk)

    await tab.send_json_to({"type": "ping"})

    tab.ignored = ()
    assert await tab.receive_json_from() == {"type": "pong", "version": 0}
    assert await tab.receive_nothing(0.05)
    assert not await Connection.objects.filter(pk=ghost.pk).aexists()


async def test_ghost_is_not_in_the_list_of_who_comes(connect, room, bob):
    await Connection.objects.acreate(room=room, user=bob)
    await make_stale(user=bob)

    assert (await connect()).users == ["alice"]


async def test_person_who_was_deleted_is_no_ghost(connect, tab, bob):
    bobs_tab = await connect(user=bob)
    await tab.receive_json_from()

    await bob.adelete()
    await bobs_tab.disconnect()

    assert await tab.receive_json_from() == {"type": "user.leave", "user": "bob"}


async def test_room_that_was_deleted_can_be_left(tab):
    await Room.objects.all().adelete()

    await tab.disconnect()


async def test_ping_keeps_a_connection_alive(tab):
    await make_stale()

    await tab.send_json_to({"type": "ping"})

    tab.ignored = ()
    assert await tab.receive_json_from() == {"type": "pong", "version": 0}
    seen = (await Connection.objects.aget()).last_seen
    assert timezone.now() - seen < STALE


@pytest.mark.parametrize("wrong", [timedelta(seconds=-60), timedelta(seconds=60)])
async def test_server_whose_clock_is_wrong_makes_nobody_leave(
    connect, tab, bob, monkeypatch, wrong
):
    now = timezone.now
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "now", lambda: now() + wrong)
        bobs_tab = await connect(user=bob)
        await bobs_tab.send_json_to({"type": "ping"})
        await bobs_tab.send_json_to({"message": "Are you here?"})
        await bobs_tab.receive_json_from()
    await tab.send_json_to({"type": "ping"})
    await tab.send_json_to({"message": "Yes"})

    heard = [(await tab.receive_json_from())["type"] for _ in range(3)]
    assert heard == ["user.join", "chat.message", "chat.message"]
    assert await Connection.objects.acount() == 2


async def test_tab_that_was_swept_comes_back_with_its_ping(connect, tab, bob):
    bobs_tab = await connect(user=bob)
    await tab.receive_json_from()
    bobs_tab.ignored = ("pong",)
    await make_stale(user=bob)
    await tab.send_json_to({"type": "ping"})
    for each in (tab, bobs_tab):
        assert await each.receive_json_from() == {"type": "user.leave", "user": "bob"}

    await bobs_tab.send_json_to({"type": "ping"})

    for each in (tab, bobs_tab):
        assert await each.receive_json_from() == {"type": "user.join", "user": "bob"}


async def test_late_news_of_an_older_list_is_not_believed(connect, tab, room, bob):
    await connect(user=bob)
    await tab.receive_json_from()

    late = {"type": "presence.list", "version": 1, "users": ["alice"]}
    await get_channel_layer().group_send(room.group_name, late)

    assert await tab.receive_nothing(0.05)


@pytest.mark.parametrize("kind", ["pong", "user.join", "", 0, [], {}, "chat_message"])
async def test_frame_of_an_unknown_type_is_refused(tab, kind):
    await tab.send_json_to({"type": kind, "message": "hello"})

    assert (await tab.receive_json_from())["type"] == "error"


async def test_ping_with_extra_keys_is_a_ping(tab):
    await tab.send_json_to({"type": "ping", "message": None, "user": "bob"})

    tab.ignored = ()
    assert await tab.receive_json_from() == {"type": "pong", "version": 0}


async def test_room_deleted_under_a_socket_answers_a_ping_with_an_error(tab):
    await Room.objects.all().adelete()

    await tab.send_json_to({"type": "ping"})

    message = "This room is gone."
    gone = {"type": "error", "message": message, "request": "ping"}
    assert await tab.receive_json_from() == gone


async def test_socket_that_closes_under_a_frame_still_leaves(
    connect, tab, room, bob, caplog
):
    bobs_tab = await connect(user=bob)
    await tab.receive_json_from()
    bobs_tab.broken = True

    await tab.send_json_to({"message": "hello"})
    await tab.receive_json_from()
    await asyncio.wait_for(bobs_tab.tried.wait(), 5)
    await bobs_tab.disconnect()

    assert await tab.receive_json_from() == {"type": "user.leave", "user": "bob"}
    assert "A frame was not sent" in caplog.text


@pytest.fixture
def away(monkeypatch):
    """Let what looks who is here fail, as it does when the database is away."""

    def fail(self):
        raise OperationalError("secret detail")

    return lambda: monkeypatch.setattr(Room, "check_presence", fail)


async def test_socket_whose_leave_fails_ends_and_leaves_no_traceback(tab, away, caplog):
    away()

    await tab.disconnect()

    assert tab.future.exception() is None
    (record,) = caplog.records
    assert record.exc_info is None


async def test_socket_that_cannot_look_who_is_here_closes_and_is_to_come_again(
    connect, away
):
    away()

    with pytest.raises(AssertionError, match="websocket.close"):
        await connect()


def test_lock_is_waited_for_three_seconds_and_no_longer(tmp_path, monkeypatch, db):
    monkeypatch.delenv("DATABASE_URL", raising=False)  # step 21 reads it
    monkeypatch.delitem(sys.modules, "core.settings", raising=False)
    config = import_module("core.settings").DATABASES["default"]
    config["NAME"] = tmp_path / "db"
    database = ConnectionHandler({"default": config})["default"]

    (milliseconds,) = database.cursor().execute("PRAGMA busy_timeout").fetchone()

    assert milliseconds == 3_000
    database.close()
