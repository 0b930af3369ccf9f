from itertools import chain

import pytest
from django.db import connection

from chat.models import PAGE, Message, Room


@pytest.fixture
def write(room, alice):
    """Write messages that are numbers."""

    async def write(*numbers, room=room):
        messages = [
            Message(room=room, user=alice, message=str(number)) for number in numbers
        ]
        return await Message.objects.abulk_create(messages)

    return write


@pytest.fixture
def enter(open_socket, room):
    """Open a socket to the room; give it, and the list that it got."""

    async def enter():
        tab = await open_socket("/ws/chat/general/")
        newest = await tab.receive_json_from()
        await tab.receive_json_from()  # who is here
        return tab, newest

    return enter


async def ask(tab, before):
    await tab.send_json_to({"type": "message.older", "before": before})
    return await tab.receive_json_from()


async def pages_back(tab, page):
    """Ask for one page after the other; give them all, the oldest first."""
    pages = [page]
    while pages[0]["earlier"] is not None:
        pages.insert(0, await ask(tab, pages[0]["earlier"]))
    return pages


def texts(*pages):
    entries = chain.from_iterable(page["messages"] for page in pages)
    return [entry["message"] for entry in entries]


@pytest.mark.parametrize("count", [0, 1, PAGE, PAGE + 1, 2 * PAGE, 2 * PAGE + 20])
async def test_pages_have_each_message_once_in_its_order(enter, write, count):
    await write(*range(count))

    pages = await pages_back(*await enter())

    assert texts(*pages) == [*map(str, range(count))]
    assert len(pages) == max(1, -(-count // PAGE))


async def test_page_says_what_it_answers(enter, write):
    await write(*range(PAGE + 1))
    tab, newest = await enter()

    page = await ask(tab, newest["earlier"])

    assert page["type"] == "message.older"
    assert page["before"] == newest["earlier"]


async def test_seam_holds_while_others_write_and_delete(enter, write):
    messages = await write(*range(3 * PAGE))
    tab, newest = await enter()
    older = await ask(tab, newest["earlier"])

    await write(*range(900, 920))
    gone = {messages[0].pk, messages[PAGE].pk}  # one above the seam, one at it
    await Message.objects.filter(pk__in=gone).adelete()
    oldest = await ask(tab, older["earlier"])

    assert texts(oldest, older, newest) == [*map(str, range(1, 3 * PAGE))]


async def test_messages_of_another_room_stay_there(enter, write):
    await write(*range(PAGE + 10))
    other = await Room.objects.acreate(name="other")
    await write(*range(900, 1000), room=other)
    await write(*range(100, 120))

    pages = await pages_back(*await enter())

    assert texts(*pages) == [*map(str, range(PAGE + 10)), *map(str, range(100, 120))]


async def test_room_that_is_gone_has_no_beginning(enter, room):
    tab, _ = await enter()
    await room.adelete()

    error = await ask(tab, 1)

    assert (error["type"], error["message"]) == ("error", "This room is gone.")


async def test_page_that_others_asked_for_is_not_theirs(enter, write):
    await write(*range(PAGE + 1))
    (tab, newest), (other, _) = await enter(), await enter()

    await ask(tab, newest["earlier"])

    assert await other.receive_nothing(0.05)


@pytest.mark.parametrize(
    "before", [None, True, 1.5, "1", "", [], {}, [1], "\0", 1e300, "1; DROP TABLE"]
)
async def test_cursor_that_is_no_whole_number_is_refused(enter, before):
    tab, _ = await enter()

    error = await ask(tab, before)

    assert error["type"] == "error"
    assert "whole number" in error["message"]


@pytest.mark.parametrize("before", [0, -1, -(10**30), 2**63, 10**30])
async def test_cursor_that_no_page_has_given_does_no_harm(enter, write, before):
    await write(1, 2)
    tab, _ = await enter()

    page = await ask(tab, before)

    assert texts(page) == (["1", "2"] if before > 0 else [])
    assert page["earlier"] is None


async def test_frame_without_a_cursor_is_refused(enter):
    tab, _ = await enter()

    await tab.send_json_to({"type": "message.older"})

    assert (await tab.receive_json_from())["type"] == "error"


def test_page_is_one_query(room, alice, django_assert_num_queries):
    message = Message(room=room, user=alice, message="hello")
    message.save()

    with django_assert_num_queries(1):
        messages, _ = room.last_messages(message.pk + 1)
        assert [each.as_dict()["user"] for each in messages] == ["alice"]


def test_index_has_the_order_of_a_page(transactional_db):
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "chat_message")

    indexes = [each["columns"] for each in constraints.values() if each["index"]]
    assert ["room_id", "id"] in indexes
    assert ["room_id"] not in indexes
