import pytest

from checklist.models import Item, Task

MISSING = 999_999


@pytest.fixture
async def mine(alice):
    task = await Task.objects.acreate(user=alice, name="Alice's")
    return await Item.objects.acreate(task=task, name="Alice's item")


@pytest.fixture
async def theirs(bob):
    task = await Task.objects.acreate(user=bob, name="Bob's")
    return await Item.objects.acreate(task=task, name="Bob's item")


async def test_row_of_somebody_else_answers_like_a_missing_one(
    checklist, bob, mine, theirs, assert_refused
):
    tabs = await checklist(), await checklist()
    bobs = await checklist(user=bob)
    task, item = theirs.task_id, theirs.pk
    noon = "2026-11-22T12:00:00Z"

    for frame, key in [
        ({"type": "task.update", "id": task, "name": "x"}, "id"),
        ({"type": "task.delete", "id": task}, "id"),
        ({"type": "item.update", "id": item, "name": "x"}, "id"),
        ({"type": "item.update", "id": item, "done_at": noon}, "id"),
        ({"type": "item.update", "id": item, "task": mine.task_id}, "id"),
        ({"type": "item.delete", "id": item}, "id"),
        ({"type": "item.create", "task": task, "name": "x"}, "task"),
        ({"type": "item.update", "id": mine.pk, "task": task}, "task"),
    ]:
        refused = await assert_refused(tabs, frame, frame["type"])
        missing = frame | {key: MISSING}
        assert await assert_refused(tabs, missing, frame["type"]) == refused

    assert await bobs.receive_nothing(0.05)


async def test_own_rows_stay_ones_own(checklist, mine, theirs, bob):
    bobs = await checklist(user=bob)

    await bobs.send_json_to({"type": "item.delete", "id": theirs.pk})

    assert (await bobs.receive_json_from())["type"] == "item.delete"
    assert (await checklist()).tasks[0]["item_set"][0]["id"] == mine.pk
