from datetime import UTC, datetime

import pytest

from checklist.consumers import ChecklistConsumer
from checklist.models import Checklist, Item, Task

NOON = "2026-11-22T12:00:00Z"


@pytest.fixture
async def task(alice):
    return await Task.objects.acreate(user=alice, name="Buy bread")


@pytest.fixture
async def item(task):
    return await Item.objects.acreate(task=task, name="Flour")


@pytest.fixture
async def done(task, alice):
    noon = datetime.fromisoformat(NOON)
    return await Item.objects.acreate(
        task=task, name="Yeast", done_at=noon, done_by=alice
    )


async def test_list_has_the_items_of_each_task(checklist, task, item, done):
    (listed,) = (await checklist()).tasks

    flour, yeast = listed["item_set"]
    expected = {"id": item.pk, "name": "Flour", "task": task.pk}
    assert flour == {**expected, "done_at": None, "done_by": None}
    assert datetime.fromisoformat(yeast["done_at"]) == done.done_at
    assert yeast["done_by"] == "alice"


async def test_task_that_changes_is_told_with_its_items(checklist, task, item):
    tab = await checklist()

    await tab.send_json_to({"type": "task.update", "id": task.pk, "name": "Bake"})

    frame = await tab.receive_json_from()
    assert [row["name"] for row in frame["item_set"]] == ["Flour"]


async def test_created_item_reaches_every_tab_of_the_user(checklist, task, bob):
    tabs = [await checklist(), await checklist()]
    other = await checklist(user=bob)

    frame = {"type": "item.create", "task": task.pk, "name": " Flour "}
    await tabs[0].send_json_to(frame)

    frames = [await tab.receive_json_from() for tab in tabs]
    item = await Item.objects.aget()
    told = {"id": item.pk, "name": "Flour", "task": task.pk}
    told |= {"type": "item.create", "done_at": None, "done_by": None}
    assert all(frame.items() >= told.items() for frame in frames)
    assert await other.receive_nothing(0.05)


async def test_ticked_item_says_who_and_when(checklist, item, alice):
    tab = await checklist()

    await tab.send_json_to({"type": "item.update", "id": item.pk, "done_at": NOON})

    frame = await tab.receive_json_from()
    assert datetime.fromisoformat(frame["done_at"]) == datetime.fromisoformat(NOON)
    assert (frame["done_by"], frame["name"]) == ("alice", "Flour")
    saved = await Item.objects.select_related("done_by").aget()
    assert saved.done_by == alice
    assert saved.done_at == datetime(2026, 11, 22, 12, tzinfo=UTC)


async def test_unticked_item_says_nobody(checklist, done):
    tab = await checklist()

    await tab.send_json_to({"type": "item.update", "id": done.pk, "done_at": None})

    frame = await tab.receive_json_from()
    assert (frame["done_at"], frame["done_by"]) == (None, None)
    saved = await Item.objects.aget()
    assert (saved.done_at, saved.done_by_id) == (None, None)


async def test_renamed_item_stays_ticked(checklist, done):
    tab = await checklist()

    await tab.send_json_to({"type": "item.update", "id": done.pk, "name": "Sourdough"})

    frame = await tab.receive_json_from()
    assert (frame["name"], frame["done_by"]) == ("Sourdough", "alice")
    assert datetime.fromisoformat(frame["done_at"]) == done.done_at


async def test_item_moves_to_another_task_of_the_user(checklist, item, alice):
    other = await Task.objects.acreate(user=alice, name="Bake")
    tab = await checklist()

    await tab.send_json_to({"type": "item.update", "id": item.pk, "task": other.pk})

    assert (await tab.receive_json_from())["task"] == other.pk


async def test_deleted_item_is_told_to_every_tab_of_the_user(checklist, item):
    tabs = [await checklist(), await checklist()]

    await tabs[0].send_json_to({"type": "item.delete", "id": item.pk})

    deleted = {"type": "item.delete", "id": item.pk}
    for tab in tabs:
        assert (await tab.receive_json_from()).items() >= deleted.items()
    assert not await Item.objects.aexists()


async def test_deleted_task_takes_its_items_along_and_is_told_once(
    checklist, task, item, done
):
    tab = await checklist()

    await tab.send_json_to({"type": "task.delete", "id": task.pk})

    deleted = {"type": "task.delete", "id": task.pk}
    assert (await tab.receive_json_from()).items() >= deleted.items()
    assert await tab.receive_nothing(0.05)
    assert not await Item.objects.aexists()


async def test_extra_keys_of_an_item_are_ignored(checklist, task, item, bob):
    extra = {"pk": 99, "done_by": bob.pk, "done_by_id": bob.pk, "user": bob.pk}
    tab = await checklist()

    frame = {"type": "item.create", "task": task.pk, "name": "Yeast", "id": 99}
    await tab.send_json_to({**frame, "done_at": NOON, **extra})
    created = await tab.receive_json_from()
    await tab.send_json_to({"type": "item.update", "id": item.pk, **extra})
    updated = await tab.receive_json_from()

    assert created["id"] != 99
    for frame in (created, updated):
        assert (frame["done_at"], frame["done_by"]) == (None, None)


async def test_item_too_many_is_refused(checklist, task, item):
    names = [str(number) for number in range(99)]
    await Item.objects.abulk_create(Item(task=task, name=name) for name in names)
    tab = await checklist()

    await tab.send_json_to({"type": "item.create", "task": task.pk, "name": "Salt"})

    assert "at most 100" in (await tab.receive_json_from())["message"]
    assert await Item.objects.acount() == 100
    await tab.send_json_to({"type": "item.update", "id": item.pk, "name": "Rye"})
    assert (await tab.receive_json_from())["name"] == "Rye"


async def test_task_with_all_its_items_fits_into_a_frame(checklist, task):
    name = "é" * 128
    await Item.objects.abulk_create(Item(task=task, name=name) for _ in range(100))
    tab = await checklist()

    await tab.send_json_to({"type": "task.update", "id": task.pk, "name": "Bake"})

    assert len(await tab.receive_from()) < 1024**2


@pytest.mark.parametrize("count", [1, 20])
def test_list_costs_the_same_number_of_queries(
    alice, monkeypatch, django_assert_num_queries, count
):
    for _ in range(count):
        task = Task.objects.create(user=alice, name="Buy bread")
        for name in ("Flour", "Yeast"):
            Item.objects.create(task=task, name=name, done_by=alice)
    sent = []
    Checklist.objects.create(user=alice)
    consumer = ChecklistConsumer()
    consumer.user = alice
    consumer.scope = {"user": alice}
    monkeypatch.setattr(consumer, "send_json", sent.append)

    # The transaction's two, the version, then three for the list.
    with django_assert_num_queries(6):
        consumer.send_list()

    assert len(sent[0]["tasks"]) == count
