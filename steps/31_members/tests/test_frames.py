import json
import logging

import pytest
from django.db import InterfaceError, OperationalError

from chat.consumers import ChatConsumer
from chat.models import Message, Room

TEXTS = ["", "{", "NaN", "[]", "null", "1", '"text"', "[" * 100_000, '{"a":' * 100_000]
MESSAGES = [None, True, 1, 0.5, 10**30, [], ["a"], {}, {"a": 1}]
MESSAGES += ["", "   ", "nul\0", "\ud800", "x" * 513]


@pytest.fixture
async def tabs(connect, bob):
    return await connect(), await connect(user=bob)


async def assert_refused(tab, other):
    """The sender gets an error and can go on; nobody else hears, nothing is saved."""
    error = await tab.receive_json_from()
    assert error["type"] == "error"
    assert "Traceback" not in error["message"]
    assert await other.receive_nothing(0.05)
    assert not await Message.objects.aexists()
    await tab.send_json_to({"message": "still here"})
    assert (await tab.receive_json_from())["message"] == "still here"
    assert (await other.receive_json_from())["message"] == "still here"


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:10])
async def test_text_that_is_no_object_is_refused(tabs, text):
    await tabs[0].send_input({"type": "websocket.receive", "text": text})

    await assert_refused(*tabs)


@pytest.mark.parametrize("data", [b"", b"\x00\xff", b'{"message": "hello"}'])
async def test_binary_frame_is_refused(tabs, data):
    await tabs[0].send_input({"type": "websocket.receive", "bytes": data})

    await assert_refused(*tabs)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: repr(message)[:10])
async def test_message_that_is_no_text_is_refused(tabs, message):
    await tabs[0].send_to(text_data=json.dumps({"message": message}))

    await assert_refused(*tabs)


async def test_frame_without_a_message_is_refused(tabs):
    await tabs[0].send_json_to({"massage": "hello"})

    await assert_refused(*tabs)


async def test_longest_message_is_saved_before_it_is_sent(tabs):
    await tabs[0].send_json_to({"message": "x" * 512})

    assert len((await tabs[1].receive_json_from())["message"]) == 512
    assert await Message.objects.acount() == 1


async def test_extra_keys_are_ignored(tabs):
    frame = {"message": "hello", "user": 1, "room": 2, "id": 3, "pk": 4}
    await tabs[0].send_json_to(frame)

    hello = {"type": "chat.message", "user": "alice", "message": "hello", "version": 1}
    assert await tabs[1].receive_json_from() == hello


async def test_room_deleted_under_a_socket_answers_with_an_error(connect, room):
    tab = await connect()
    await Room.objects.all().adelete()

    await tab.send_json_to({"message": "hello"})

    gone = {"type": "error", "message": "This room is gone."}
    assert await tab.receive_json_from() == gone
    await tab.send_json_to({"message": "again"})
    assert await tab.receive_json_from() == gone


async def test_failure_of_ours_is_logged_once_and_told_without_details(
    tabs, monkeypatch, caplog
):
    def fail(*args, **kwargs):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(Message, "save", fail)
    await tabs[0].send_json_to({"message": "hello"})

    error = await tabs[0].receive_json_from()
    assert error == {"type": "error", "message": "Something went wrong on the server."}
    assert await tabs[1].receive_nothing(0.05)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


@pytest.fixture(params=[OperationalError, InterfaceError])
def away(request):
    """What a database does that has gone, or that waited for a lock in vain."""

    def away(*args, **kwargs):
        raise request.param("secret detail")

    return away


async def test_frame_while_the_database_is_away_may_be_sent_again(
    tabs, away, monkeypatch, caplog
):
    with monkeypatch.context() as patch:
        patch.setattr(Message, "save", away)
        await tabs[0].send_json_to({"message": "hello"})
        error = await tabs[0].receive_json_from()
    assert error["message"].startswith("The database is busy.")
    (record,) = caplog.records
    assert (record.levelno, record.exc_info) == (logging.ERROR, None)

    await tabs[0].send_json_to({"message": "hello"})

    for tab in tabs:
        assert (await tab.receive_json_from())["message"] == "hello"


async def test_socket_is_refused_while_the_database_is_away(
    connect, away, monkeypatch, caplog
):
    monkeypatch.setattr(ChatConsumer, "connect", away)

    with pytest.raises(ConnectionRefusedError):
        await connect()

    (record,) = caplog.records
    assert (record.levelno, record.exc_info) == (logging.ERROR, None)


async def test_socket_whose_list_cannot_be_read_closes_and_is_to_come_again(
    connect, away, monkeypatch
):
    monkeypatch.setattr(Room, "last_messages", away)

    with pytest.raises(AssertionError, match="websocket.close"):
        await connect()
