import pytest

from checklist.models import Item, Task

NAMES = [None, True, [], {}, "", "   ", "nul\0", "\ud800", "x" * 129]
IDS = [None, True, False, 0, -1, 0.5, 1e999, 10**30, "", "x", "1", [], [1], {}]
TIMES = [True, 1, 0.5, "", "noon", "2026-13-01T00:00:00Z", [], {}, "\ud800"]
TIMES += ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]


@pytest.fixture
async def item(alice):
    gone = await Task.objects.acreate(user=alice, name="Takes an id")
    await gone.item_set.acreate(name="Takes an id")
    await gone.adelete()  # so that the next rows do not get 1
    task = await Task.objects.acreate(pk=1, user=alice, name="Buy bread")
    return await Item.objects.acreate(pk=1, task=task, name="Flour")


@pytest.fixture
async def tabs(checklist, item):
    return await checklist(), await checklist()


@pytest.mark.parametrize("action", ["create", "update"])
async def test_name_that_is_no_name_is_refused(tabs, assert_refused, item, action):
    frame = {"type": f"item.{action}", "id": item.pk, "task": item.task_id}

    for name in NAMES:
        await assert_refused(tabs, frame | {"name": name}, frame["type"])


@pytest.mark.parametrize("action", ["update", "delete"])
async def test_id_that_is_no_id_is_refused(tabs, assert_refused, item, action):
    frame = {"type": f"item.{action}", "name": "Other"}
    resembling = [str(item.pk), float(item.pk), item.pk + 0.7]

    for pk in IDS + resembling:
        await assert_refused(tabs, frame | {"id": pk}, frame["type"])


@pytest.mark.parametrize("action", ["create", "update"])
async def test_task_that_is_no_id_is_refused(tabs, assert_refused, item, action):
    frame = {"type": f"item.{action}", "id": item.pk, "name": "Other"}

    for pk in IDS:
        await assert_refused(tabs, frame | {"task": pk}, frame["type"])


async def test_time_that_is_no_time_is_refused(tabs, assert_refused, item):
    frame = {"type": "item.update", "id": item.pk}

    for time in TIMES:
        await assert_refused(tabs, frame | {"done_at": time}, "item.update")


async def test_item_without_a_task_is_refused(tabs, assert_refused):
    frame = {"type": "item.create", "name": "Flour"}

    await assert_refused(tabs, frame, "item.create")
