import logging
import threading
from asyncio import gather
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest
from channels.layers import get_channel_layer
from django.contrib.auth import get_user_model
from django.db import OperationalError, connection
from django.db.models import QuerySet

from chat.models import Message, Room
from checklist.models import Checklist, Item, Task


async def version_of(user):
    return await Checklist.objects.values_list("version", flat=True).aget(user=user)


async def change(tab, frame):
    await tab.send_json_to(frame)
    return await tab.receive_json_from()


async def test_each_change_is_one_higher(checklist, alice):
    tab = await checklist()

    task = await change(tab, {"type": "task.create", "name": "Buy bread"})
    item = {"type": "item.create", "task": task["id"], "name": "Flour"}
    item = await change(tab, item)
    done = {"type": "item.update", "id": item["id"], "done_at": "2026-11-22T12:00Z"}
    done = await change(tab, done)
    gone = await change(tab, {"type": "task.delete", "id": task["id"]})

    assert [x["version"] for x in (task, item, done, gone)] == [1, 2, 3, 4]
    assert await version_of(alice) == 4


async def test_list_says_how_new_it_is(checklist):
    tab = await checklist()
    assert tab.version == 0

    await change(tab, {"type": "task.create", "name": "Buy bread"})

    assert (await checklist()).version == 1


async def test_part_of_a_list_says_how_new_it_is(checklist, monkeypatch):
    monkeypatch.setattr("core.parts.SIZE", 10)
    tab = await checklist()
    for name in ("Buy bread", "Bake a cake"):
        await change(tab, {"type": "task.create", "name": name})

    await tab.send_json_to({"type": "task.list"})

    for part in (1, 2):
        frame = await tab.receive_json_from()
        assert (frame["part"], frame["version"]) == (part, 2)


async def test_list_that_is_asked_for_reaches_who_asked(checklist):
    tab, other = await checklist(), await checklist()
    await change(tab, {"type": "task.create", "name": "Buy bread"})
    await other.receive_json_from()

    answer = await change(tab, {"type": "task.list"})

    assert (answer["type"], answer["version"]) == ("task.list", 1)
    assert answer["tasks"][0]["name"] == "Buy bread"
    assert await other.receive_nothing(0.05)


async def test_ping_is_answered_with_the_version(checklist, alice):
    tab = await checklist()
    tab.ignored = ()
    await Checklist.objects.filter(user=alice).aupdate(version=7)

    answer = await change(tab, {"type": "ping"})

    assert answer == {"type": "pong", "version": 7}


async def test_change_that_is_refused_has_no_number(checklist, alice, assert_refused):
    tabs = [await checklist()]

    await assert_refused(tabs, {"type": "task.create", "name": ""}, "task.create")

    assert await version_of(alice) == 1  # of the change that shows that all goes on


async def test_numbers_of_two_people_are_apart(checklist, alice, bob):
    hers, his = await checklist(), await checklist(user=bob)

    await change(hers, {"type": "task.create", "name": "Buy bread"})
    told = await change(his, {"type": "task.create", "name": "Repair the bicycle"})

    assert told["version"] == 1


async def test_changes_of_many_tabs_have_each_number_once(checklist, alice):
    tabs = [await checklist() for _ in range(5)]

    frame = {"type": "task.create", "name": "Buy bread"}
    await gather(*(tab.send_json_to(frame) for tab in tabs for _ in range(4)))

    for tab in tabs:
        told = [(await tab.receive_json_from())["version"] for _ in range(20)]
        assert told == [*range(1, 21)]


@pytest.fixture
def broken_layer(monkeypatch):
    """A layer that fails to send changes, as when Redis has gone; the rest works."""

    def break_it():
        async def fail(group, event):
            if event["type"] != "presence.list":
                raise ConnectionError("no Redis")

        monkeypatch.setattr(get_channel_layer(), "group_send", fail)

    return break_it


async def test_change_that_is_not_broadcast_is_told_to_who_made_it(
    checklist, broken_layer, caplog
):
    tab, other = await checklist(), await checklist()
    broken_layer()

    told = await change(tab, {"type": "task.create", "name": "Buy bread"})

    task = await Task.objects.aget()
    assert (told["type"], told["id"], told["version"]) == ("task.create", task.pk, 1)
    saved = await tab.receive_json_from()
    assert (saved["type"], saved["request"]) == ("saved", "task.create")
    assert "Saved" in saved["message"]
    assert await other.receive_nothing(0.05)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_tab_that_was_not_told_learns_by_its_ping(checklist, broken_layer):
    tab, other = await checklist(), await checklist()
    other.ignored = ()
    broken_layer()
    await change(tab, {"type": "task.create", "name": "Buy bread"})

    pong = await change(other, {"type": "ping"})

    assert pong["version"] > other.version
    assert (await change(other, {"type": "task.list"}))["tasks"][0][
        "name"
    ] == "Buy bread"


@pytest.fixture
def admin(client, alice):
    get_user_model().objects.update(is_staff=True, is_superuser=True)
    return client


def test_change_in_the_admin_is_numbered(admin, alice, bob):
    data = {"user": alice.pk, "name": "Buy bread"}
    admin.post("/admin/checklist/task/add/", data)
    task = Task.objects.get()
    assert Checklist.objects.get(user=alice).version == 1

    data = {"user": bob.pk, "name": "Buy bread"}
    admin.post(f"/admin/checklist/task/{task.pk}/change/", data)
    assert Checklist.objects.get(user=alice).version == 2
    assert Checklist.objects.get(user=bob).version == 1

    admin.post(f"/admin/checklist/task/{task.pk}/delete/", {"post": "yes"})
    assert Checklist.objects.get(user=bob).version == 2
    assert not Task.objects.exists()


def test_rows_deleted_in_the_admin_are_numbered(admin, alice):
    task = Task.objects.create(user=alice, name="Buy bread")
    items = [Item.objects.create(task=task, name=name) for name in ("Flour", "Salt")]
    chosen = [item.pk for item in items]
    data = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}

    admin.post("/admin/checklist/item/", data)

    assert not Item.objects.exists()
    assert Checklist.objects.get(user=alice).version == 1


def test_rows_that_cannot_be_deleted_in_the_admin_have_no_number(
    admin, alice, monkeypatch
):
    def fail(queryset):
        raise ConnectionError("no database")

    task = Task.objects.create(user=alice, name="Buy bread")
    data = {"action": "delete_selected", "post": "yes", "_selected_action": task.pk}
    monkeypatch.setattr(QuerySet, "delete", fail)

    with pytest.raises(ConnectionError):
        admin.post("/admin/checklist/task/", data)

    assert not Checklist.objects.exists()


async def ask(tab, after):
    return await change(tab, {"type": "message.list", "after": after})


def versions(frame):
    return [message["version"] for message in frame["messages"]]


async def say(tab, *texts):
    return [await change(tab, {"message": text}) for text in texts]


async def ping(tab):
    tab.ignored = ("user.join", "user.leave")
    return await change(tab, {"type": "ping"})


async def test_each_message_is_one_higher(connect):
    tab = await connect()

    told = await say(tab, "Lunch is ready", "It gets cold")

    assert [frame["version"] for frame in told] == [1, 2]
    assert await ping(tab) == {"type": "pong", "version": 2}
    assert [message["version"] for message in (await connect()).history] == [1, 2]


async def test_page_that_asks_gets_the_messages_that_it_has_missed(connect):
    tab, other = await connect(), await connect()
    for frame in await say(tab, "Lunch is ready", "It gets cold", "Too late"):
        assert await other.receive_json_from() == frame

    answer = await ask(tab, 1)

    assert (answer["type"], answer["after"], answer["version"]) == (
        "message.list",
        1,
        3,
    )
    assert versions(answer) == [2, 3]
    assert await other.receive_nothing(0.05)


async def test_page_that_has_missed_more_than_fifty_begins_anew(connect, room, alice):
    for number in range(1, 61):
        await Message.objects.acreate(room=room, user=alice, message=str(number))
    tab = await connect()

    cut, whole = [await ask(tab, after) for after in (5, 10)]
    rest = await ask(tab, 11)

    for answer in (cut, whole):
        assert (answer["after"], answer["version"]) == (None, 60)
        assert versions(answer) == [*range(11, 61)]
    assert (rest["after"], versions(rest)) == (11, [*range(12, 61)])


async def test_message_that_is_not_broadcast_is_learned_by_a_ping(
    connect, broken_layer, caplog
):
    tab, other = await connect(), await connect()
    broken_layer()
    await tab.send_json_to({"message": "Lunch is ready"})

    while (pong := await ping(other))["version"] == 0:
        pass

    assert pong["version"] == 1
    (missed,) = (await ask(other, 0))["messages"]
    assert (missed["version"], missed["message"]) == (1, "Lunch is ready")


async def test_person_whose_leaving_is_not_broadcast_is_gone_with_a_ping(
    connect, bob, monkeypatch
):
    tab, his = await connect(), await connect(user=bob)
    await tab.send_json_to({"message": "hello"})
    await tab.receive_json_from()  # by now it has heard that Bob came
    tab.ignored = ("pong",)

    async def lose(group, event):
        pass

    with monkeypatch.context() as patch:
        patch.setattr(get_channel_layer(), "group_send", lose)
        await his.disconnect()
    assert await tab.receive_nothing(0.05)

    left = await change(tab, {"type": "ping"})

    assert left == {"type": "user.leave", "user": "bob"}


async def test_messages_of_many_tabs_arrive_with_each_number_once(connect):
    tabs = [await connect() for _ in range(5)]

    await gather(*(tab.send_json_to({"message": "hi"}) for tab in tabs * 4))

    for tab in tabs:
        told = [(await tab.receive_json_from())["version"] for _ in range(20)]
        assert told == [*range(1, 21)]


def say_elsewhere(room, barrier):
    """Say five things as another process would, with a connection of its own."""
    barrier.wait()
    said = []
    while len(said) < 5:
        try:
            said.append(Message.objects.create(room=room, message="hi"))
        except OperationalError:
            sleep(0.01)  # SQLite waits for nobody where it is in memory
        finally:
            connection.close()
    return said


def test_messages_of_two_processes_have_each_number_once(room):
    barrier = threading.Barrier(2, timeout=5)
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(say_elsewhere, room, barrier) for _ in range(2)]

    said = [message.version for future in both for message in future.result()]
    assert sorted(said) == [*range(1, 11)]
    in_order = Message.objects.order_by("pk").values_list("version", flat=True)
    assert [*in_order] == [*range(1, 11)]


async def test_message_that_is_refused_and_one_in_private_have_no_number(connect, bob):
    tab, his = await connect(), await connect(user=bob)

    refused, whispered = await say(tab, " ", "/pm bob psst")
    (said,) = await say(tab, "hello")

    assert (refused["type"], said["version"]) == ("error", 1)
    assert whispered["type"] == "private.message.delivered"
    assert "version" not in await his.receive_json_from()


async def test_numbers_of_two_rooms_are_apart(connect):
    await Room.objects.acreate(name="lunch")
    tab, other = await connect(), await connect("/ws/chat/lunch/")

    (here,), (there,) = await say(tab, "hello"), await say(other, "hello")

    assert here["version"] == there["version"] == 1


async def test_message_that_is_saved_while_we_read_is_in_the_list_and_comes_once(
    connect, room, monkeypatch
):
    tab, read = await connect(), Room.last_messages

    def read_late(self):
        message = Message.objects.create(room=room, message="Meanwhile")
        assert message.version == 1
        return read(self)

    with monkeypatch.context() as patch:
        patch.setattr(Room, "last_messages", read_late)
        answer = await ask(tab, 0)
    event = {"type": "chat.message", "version": 1, "user": "", "message": "Meanwhile"}
    await get_channel_layer().group_send(room.group_name, event)

    assert (answer["version"], versions(answer)) == (1, [1])
    (next_one,) = await say(tab, "hello")
    assert next_one["version"] == 2


async def test_room_whose_messages_are_deleted_still_says_how_many_it_had(connect):
    tab = await connect()
    await say(tab, "one", "two", "three")

    await Message.objects.filter(version=2).adelete()
    answer = await ask(tab, 1)
    assert (answer["version"], versions(answer)) == (3, [3])

    await Message.objects.all().adelete()
    answer = await ask(tab, 1)
    assert (answer["version"], answer["after"], versions(answer)) == (3, None, [])
    assert (await ping(tab))["version"] == 3
    assert (await say(tab, "four"))[0]["version"] == 4


@pytest.mark.parametrize("odd", [None, True, 1.5, "1", "", [1], {"a": 1}])
async def test_page_that_asks_in_an_odd_way_is_refused(connect, odd):
    tab = await connect()

    error = await ask(tab, odd)

    assert (error["type"], error["request"]) == ("error", "message.list")
    assert "whole number" in error["message"]
    assert (await say(tab, "hello"))[0]["version"] == 1


@pytest.mark.parametrize(("far", "count"), [(10**30, 0), (-(10**30), 1)])
async def test_page_may_ask_from_any_number_on(connect, far, count):
    tab = await connect()
    await say(tab, "hello")

    assert len((await ask(tab, far))["messages"]) == count


async def test_page_that_asks_in_a_room_that_is_gone_is_told_so(connect):
    tab = await connect()
    await Room.objects.all().adelete()

    assert (await ask(tab, 0))["message"] == "This room is gone."


def test_message_of_the_admin_is_numbered_and_stays_in_its_room(admin, room):
    other = Room.objects.create(name="lunch")
    data = {"room": room.pk, "message": "hello"}
    admin.post("/admin/chat/message/add/", data)
    message = Message.objects.get()
    assert message.version == 1

    data = {"room": other.pk, "message": "good morning"}
    admin.post(f"/admin/chat/message/{message.pk}/change/", data)

    message.refresh_from_db()
    assert (message.message, message.room, message.version) == ("good morning", room, 1)


def test_room_that_is_renamed_in_the_admin_goes_on_counting(admin, room, monkeypatch):
    """Somebody speaks after the admin has read the room, and before it saves."""
    save = Room.save

    def save_late(self, **kwargs):
        if "message_version" not in (kwargs["update_fields"] or ()):
            Message.objects.create(room=room, message="Meanwhile")
        save(self, **kwargs)

    monkeypatch.setattr(Room, "save", save_late)
    admin.post(f"/admin/chat/room/{room.pk}/change/", {"name": "lunch"})

    room.refresh_from_db()
    assert (room.name, room.message_version) == ("lunch", 1)
