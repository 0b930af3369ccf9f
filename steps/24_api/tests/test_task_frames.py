import logging

import pytest

from checklist.models import Task

TEXTS = ["", "{", "NaN", "[]", "null", '"task.create"', "[" * 100_000, '{"type":']
TYPES = [None, True, 1, [], {}, "", "task", ".", "task.", ".create", "task.create."]
TYPES += ["task.explode", "task.__init__", "Task.create", "\ud800", "x" * 60_000]
NAMES = [None, True, [], ["a"], {}, "", "   ", "nul\0", "\ud800", "x" * 129]
IDS = [None, True, False, 0, -1, 0.5, 1e999, 10**30, "", "x", [], [1], {}, "\0"]


@pytest.fixture
async def task(alice):
    gone = await Task.objects.acreate(user=alice, name="Takes an id")
    await gone.adelete()  # so that the next task does not get 1
    return await Task.objects.acreate(pk=1, user=alice, name="Buy bread")


@pytest.fixture
async def tabs(checklist, task):
    return await checklist(), await checklist()


async def test_text_that_is_no_object_is_refused(tabs, assert_refused):
    for text in TEXTS:
        await assert_refused(tabs, text)


async def test_unknown_type_is_refused(tabs, assert_refused):
    for type in TYPES:
        request = type if isinstance(type, str) and len(type) < 100 else None
        error = await assert_refused(tabs, {"type": type, "id": 1}, request)
        assert error["message"] == "Unknown type of frame."


@pytest.mark.parametrize("action", ["create", "update"])
async def test_name_that_is_no_name_is_refused(tabs, assert_refused, task, action):
    frame = {"type": f"task.{action}", "id": task.pk}

    for name in NAMES:
        await assert_refused(tabs, frame | {"name": name}, frame["type"])


async def test_task_without_a_name_is_refused(tabs, assert_refused):
    await assert_refused(tabs, {"type": "task.create"}, "task.create")


@pytest.mark.parametrize("action", ["update", "delete"])
async def test_id_that_is_no_id_is_refused(tabs, assert_refused, task, action):
    frame = {"type": f"task.{action}", "name": "Other"}
    resembling = [str(task.pk), float(task.pk), task.pk + 0.7]

    for pk in IDS + resembling:
        await assert_refused(tabs, frame | {"id": pk}, frame["type"])


async def test_frame_without_an_id_is_refused(tabs, assert_refused):
    await assert_refused(tabs, {"type": "task.delete"}, "task.delete")


async def test_failure_to_save_is_logged_once_and_not_told_to_others(
    tabs, monkeypatch, caplog
):
    def fail(*args, **kwargs):
        raise RuntimeError("secret detail")

    with monkeypatch.context() as patch:
        patch.setattr(Task, "save", fail)
        await tabs[0].send_json_to({"type": "task.create", "name": "Buy bread"})
        error = await tabs[0].receive_json_from()

    assert error == {
        "type": "error",
        "message": "Something went wrong on the server.",
        "request": "task.create",
    }
    assert await tabs[1].receive_nothing(0.05)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
