import pytest
from rest_framework import serializers

from checklist.models import Item, Task
from core.consumers import all_texts


@pytest.fixture
async def task(alice):
    return await Task.objects.acreate(user=alice, name="Buy bread")


async def test_blank_name_is_told_by_field(checklist):
    tab = await checklist()

    await tab.send_json_to({"type": "task.create", "name": " "})

    reason = "This field may not be blank."
    assert await tab.receive_json_from() == {
        "type": "error",
        "message": reason,
        "request": "task.create",
        "errors": {"name": [reason]},
    }


async def test_each_field_that_is_wrong_is_told(checklist, task):
    item = await Item.objects.acreate(task=task, name="Flour")
    tab = await checklist()

    frame = {"type": "item.update", "id": item.pk, "name": "", "done_at": "noon"}
    await tab.send_json_to(frame)

    error = await tab.receive_json_from()
    assert error["errors"].keys() == {"name", "done_at"}
    for (text,) in error["errors"].values():
        assert text in error["message"]


@pytest.mark.parametrize("missing", [True, False])
async def test_task_of_somebody_else_is_told_by_field(checklist, bob, missing):
    theirs = await Task.objects.acreate(user=bob, name="Bob's")
    tab = await checklist()

    pk = 999_999 if missing else theirs.pk
    await tab.send_json_to({"type": "item.create", "task": pk, "name": "Flour"})

    errors = (await tab.receive_json_from())["errors"]
    assert errors == {"task": ["There is no such task."]}


async def test_id_that_is_none_is_told_by_field(checklist, task):
    tab = await checklist()

    await tab.send_json_to({"type": "task.delete", "id": str(task.pk)})

    errors = (await tab.receive_json_from())["errors"]
    assert errors == {"id": ["An id must be a whole number."]}


async def test_chat_needs_no_errors_by_field(connect):
    tab = await connect()

    await tab.send_json_to({"message": ""})

    assert (await tab.receive_json_from()).keys() == {"type", "message"}


def test_texts_of_nested_errors_are_found():
    error = serializers.ValidationError({"item_set": [{"name": ["Blank."]}, {}]})

    assert all_texts(serializers.as_serializer_error(error)) == ["Blank."]
