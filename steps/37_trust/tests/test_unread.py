from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from chat import unread
from chat.models import Message, ReadMark, Room
from chat.posting import ROOMS, post
from core.sessions import SESSION_ENDED


@pytest.fixture
def rooms(open_socket, room):
    """Open a list of rooms; its `rows` are what it got."""

    async def rooms(**options):
        tab = await open_socket("/ws/rooms/", **options)
        tab.rows = (await tab.receive_json_from())["rooms"]
        return tab

    return rooms


@sync_to_async
def save(room, count=1):
    """Save messages that nobody is told of."""
    for number in range(count):
        Message(room=room, message=str(number)).save()


def mark_of(user):
    marks = ReadMark.objects.filter(user=user).values_list("version", flat=True)
    return marks.afirst()


async def read(tab, version):
    await tab.send_json_to({"type": "message.read", "version": version})


async def test_list_counts_what_its_user_has_not_read(rooms, room, alice, bob):
    await save(room, 3)
    await ReadMark.objects.acreate(user=alice, room=room, version=1)

    [alices], [bobs] = (await rooms()).rows, (await rooms(user=bob)).rows

    assert alices == {
        "id": room.pk,
        "name": "general",
        "url": "/chat/general/",
        "version": 3,
        "read": 1,
    }
    assert bobs == alices | {"read": 0}


async def test_room_that_was_spoken_in_last_comes_first(rooms, room):
    await Room.objects.aupdate(last_at=timezone.now() - timedelta(hours=1))
    other = await Room.objects.acreate(name="other")
    tab = await rooms()
    assert [row["name"] for row in tab.rows] == ["other", "general"]

    await sync_to_async(post)(Message(room=room, message="Hello"))

    frame = await tab.receive_json_from()
    assert (frame["type"], frame["name"], frame["version"]) == (
        "room.message",
        "general",
        1,
    )
    assert [row["name"] for row in (await rooms()).rows] == ["general", "other"]
    assert (await Room.objects.aget(pk=other.pk)).message_version == 0


async def test_message_from_a_tab_is_told_to_every_list(rooms, connect, bob):
    tabs = [await rooms(), await rooms(user=bob)]
    chat = await connect()

    await chat.send_json_to({"message": "Hello"})

    for tab in tabs:
        assert (await tab.receive_json_from())["version"] == 1


async def test_who_writes_has_read(rooms, connect, alice):
    tab, chat = await rooms(), await connect()

    await chat.send_json_to({"message": "Hello", "frame_id": "a-1"})

    told = [await tab.receive_json_from() for _ in range(2)]
    assert [(frame.get("version"), frame.get("read")) for frame in told] == [
        (1, None),
        (None, 1),
    ]
    assert await mark_of(alice) == 1


async def test_room_is_told_by_the_name_that_it_has_now(rooms, connect, room):
    chat, tab = await connect(), await rooms()
    await Room.objects.filter(pk=room.pk).aupdate(name="kitchen")

    await chat.send_json_to({"message": "Hello"})

    frame = await tab.receive_json_from()
    assert (frame["name"], frame["url"]) == ("kitchen", "/chat/kitchen/")


async def test_room_is_in_every_list_when_it_is_made(rooms, client):
    tab = await rooms()

    await sync_to_async(client.post)("/chat/", {"name": "new"})

    frame = await tab.receive_json_from()
    assert (frame["name"], frame["version"]) == ("new", 0)


async def test_mark_is_told_to_all_lists_of_its_user(rooms, connect, room, bob):
    await save(room, 2)
    one, two, bobs = await rooms(), await rooms(), await rooms(user=bob)

    await read(await connect(), 2)

    expected = {"type": "room.read", "id": room.pk, "read": 2}
    assert await one.receive_json_from() == expected
    assert await two.receive_json_from() == expected
    assert await bobs.receive_nothing()


async def test_mark_is_told_when_it_is_in_the_database(connect, room, monkeypatch):
    await save(room)
    chat, atomic = await connect(), []

    def tell_lists(group, **event):
        atomic.append(connection.in_atomic_block)

    monkeypatch.setattr(unread, "tell_lists", tell_lists)
    await chat.send_json_to({"type": "message.read", "version": 1, "frame_id": "a"})

    assert (await chat.receive_json_from())["type"] == "ok"
    assert atomic == [False]


async def test_mark_moves_forward_only(rooms, connect, room, alice):
    await save(room, 3)
    chat, tab = await connect(), await rooms()

    for version in (2, 1, 2, 3):
        await read(chat, version)

    assert (await tab.receive_json_from())["read"] == 2
    assert (await tab.receive_json_from())["read"] == 3
    assert await mark_of(alice) == 3


@pytest.mark.parametrize("version", [3, 2**63, 10**30])
async def test_mark_is_not_beyond_the_last_message(
    rooms, connect, room, alice, version
):
    await save(room, 2)
    chat, tab = await connect(), await rooms()

    await read(chat, version)

    assert (await tab.receive_json_from())["read"] == 2
    assert await mark_of(alice) == 2


@pytest.mark.parametrize("version", [0, -1, -(10**30)])
async def test_mark_before_the_first_message_does_no_harm(
    rooms, connect, room, alice, version
):
    await save(room)
    chat, tab = await connect(), await rooms()

    await read(chat, version)
    await read(chat, 1)

    assert (await tab.receive_json_from())["read"] == 1


@pytest.mark.parametrize("version", [None, True, 1.5, "1", [], {}, [1]])
async def test_mark_that_is_no_number_is_refused(connect, room, alice, version):
    await save(room)
    chat = await connect()

    await read(chat, version)

    error = await chat.receive_json_from()
    assert error["message"] == "The version that was read is a whole number."
    assert await mark_of(alice) is None


async def test_ping_is_answered_with_what_was_lost(rooms, room, alice):
    tab = await rooms()
    await save(room, 2)
    await ReadMark.objects.acreate(user=alice, room=room, version=1)

    await tab.send_json_to({"type": "ping"})

    frame = await tab.receive_json_from()
    assert frame["type"] == "room.list"
    assert [(row["version"], row["read"]) for row in frame["rooms"]] == [(2, 1)]


@pytest.mark.parametrize("count", [1, 100])
def test_page_of_rooms_needs_as_many_queries_for_one_as_for_a_hundred(
    client, alice, django_assert_num_queries, count
):
    rooms = Room.objects.bulk_create(Room(name=str(n)) for n in range(count))
    marks = [ReadMark(user=alice, room=room, version=0) for room in rooms]
    ReadMark.objects.bulk_create(marks)

    # The session and its user, how many rooms there are, and the rooms.
    with django_assert_num_queries(4):
        client.get("/chat/")


def test_list_of_rooms_needs_one_query(alice, django_assert_num_queries):
    Room.objects.bulk_create(Room(name=str(n)) for n in range(100))

    with django_assert_num_queries(1):
        assert [room.unread for room in Room.listed(alice)] == [0] * 100


def test_page_shows_what_is_unread(client, room):
    Message(room=room, message="Hello").save()

    assert "1 unread" in client.get("/chat/").content.decode()


async def test_message_is_told_though_lists_cannot_be(rooms, connect, monkeypatch):
    chat, layer = await connect(), get_channel_layer()
    send = layer.group_send

    async def send_to_no_list(group, event):
        if group == ROOMS:
            raise OSError
        await send(group, event)

    monkeypatch.setattr(layer, "group_send", send_to_no_list)

    await chat.send_json_to({"message": "Hello"})

    assert (await chat.receive_json_from())["type"] == "chat.message"
    assert await chat.receive_nothing()


async def test_list_answers_what_it_does_not_know(rooms):
    tab = await rooms()

    for frame in ({}, {"type": "room.list"}, {"message": "Hello"}):
        await tab.send_json_to(frame)
        error = await tab.receive_json_from()
        assert (error["type"], error["message"]) == ("error", "Unknown type of frame.")

    await tab.send_json_to({"type": "ping"})
    assert (await tab.receive_json_from())["type"] == "room.list"


async def test_list_ends_with_its_session(rooms):
    tab = await rooms()

    await Session.objects.all().adelete()

    closed = await tab.receive_output(5)
    assert (closed["type"], closed["code"]) == ("websocket.close", SESSION_ENDED)


async def test_list_is_for_those_who_are_logged_in(rooms):
    with pytest.raises(ConnectionRefusedError):
        await rooms(user=None)
