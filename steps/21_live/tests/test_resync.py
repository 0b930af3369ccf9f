import logging
from asyncio import gather

import pytest
from channels.layers import get_channel_layer
from django.contrib.auth import get_user_model
from django.db.models import QuerySet

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
    """A layer that fails to send, as when Redis has gone; what came before works."""

    def break_it():
        async def fail(*args):
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
