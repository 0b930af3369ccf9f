import json
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from checklist import consumers
from checklist.models import Task
from core import numbering


async def test_list_arrives_on_connect(checklist, alice):
    first = await Task.objects.acreate(user=alice, name="Buy bread")
    second = await Task.objects.acreate(user=alice, name="Write the talk")

    tasks = (await checklist()).tasks

    assert [(task["id"], task["name"], task["user"]) for task in tasks] == [
        (first.pk, "Buy bread", "alice"),
        (second.pk, "Write the talk", "alice"),
    ]


async def test_list_of_somebody_else_is_not_shown(checklist, alice, bob):
    await Task.objects.acreate(user=alice, name="Buy bread")

    assert (await checklist(user=bob)).tasks == []


async def test_small_list_is_one_frame(open_socket, alice):
    await Task.objects.acreate(user=alice, name="Buy bread")

    frame = await (await open_socket("/ws/checklist/")).receive_json_from()

    assert "parts" not in frame


async def test_long_list_comes_in_parts_that_a_server_carries(checklist, alice):
    names = [f"{number:04}".ljust(128, "é") for number in range(3000)]
    await Task.objects.abulk_create(Task(user=alice, name=name) for name in names)

    tab = await checklist()

    assert [task["name"] for task in tab.tasks] == names
    assert len(tab.texts) > 1
    assert all(len(text) < 1024**2 for text in tab.texts)


async def test_created_task_reaches_every_tab_of_the_user(checklist, bob):
    tabs = [await checklist(), await checklist()]
    other = await checklist(user=bob)

    await tabs[0].send_json_to({"type": "task.create", "name": "  Buy bread "})

    frames = [await tab.receive_json_from() for tab in tabs]
    task = await Task.objects.aget()
    told = {"type": "task.create", "id": task.pk, "name": "Buy bread", "user": "alice"}
    assert all(frame.items() >= told.items() for frame in frames)
    assert (await checklist()).tasks[0]["name"] == "Buy bread"
    assert await other.receive_nothing(0.05)


async def test_renamed_task_reaches_every_tab_of_the_user(checklist, alice):
    task = await Task.objects.acreate(user=alice, name="Buy bread")
    tabs = [await checklist(), await checklist()]

    await tabs[0].send_json_to({"type": "task.update", "id": task.pk, "name": "Bake"})

    for tab in tabs:
        frame = await tab.receive_json_from()
        assert (frame["type"], frame["id"]) == ("task.update", task.pk)
        assert frame["name"] == "Bake"
    assert await Task.objects.aget() == task
    assert (await Task.objects.aget()).name == "Bake"


async def test_name_that_is_left_out_stays(checklist, alice):
    task = await Task.objects.acreate(user=alice, name="Buy bread")
    tab = await checklist()

    await tab.send_json_to({"type": "task.update", "id": task.pk})

    assert (await tab.receive_json_from())["name"] == "Buy bread"


async def test_deleted_task_is_told_to_every_tab_of_the_user(checklist, alice):
    task = await Task.objects.acreate(user=alice, name="Buy bread")
    tabs = [await checklist(), await checklist()]

    await tabs[0].send_json_to({"type": "task.delete", "id": task.pk})

    deleted = {"type": "task.delete", "id": task.pk}
    for tab in tabs:
        assert (await tab.receive_json_from()).items() >= deleted.items()
    assert not await Task.objects.aexists()


async def test_extra_keys_are_ignored(checklist, bob):
    tab = await checklist()
    frame = {"name": "Mine", "id": 99, "pk": 99, "user": bob.pk, "user_id": bob.pk}
    await tab.send_json_to({"type": "task.create", **frame})
    task_id = (await tab.receive_json_from())["id"]

    await tab.send_json_to({"type": "task.update", **frame, "id": task_id})

    assert (await tab.receive_json_from())["user"] == "alice"
    task = await Task.objects.select_related("user").aget()
    assert (task.pk, task.user.username) == (task_id, "alice")
    assert task_id != 99


@pytest.mark.parametrize("name", ["send_list", "in_parts"])
async def test_change_around_the_list_is_in_it_or_comes_after(
    checklist, alice, monkeypatch, name
):
    """Somebody adds a task before the list is read, or while it is sent."""
    owner = {"send_list": consumers.ChecklistConsumer, "in_parts": consumers}[name]
    original = getattr(owner, name)

    def meanwhile(argument):
        task = Task.objects.create(user=alice, name="Meanwhile")
        text = json.dumps({"type": "task.create", "id": task.pk})
        send = async_to_sync(get_channel_layer().group_send)
        group = f"checklist.user.{alice.pk}"
        send(group, {"type": "entity.change", "text": text})
        return original(argument)

    monkeypatch.setattr(owner, name, meanwhile)
    tab = await checklist()

    listed = [task["name"] for task in tab.tasks]
    assert listed == {"send_list": ["Meanwhile"], "in_parts": []}[name]
    assert (await tab.receive_json_from())["type"] == "task.create"


async def test_change_is_encoded_once_for_all_tabs(checklist, monkeypatch):
    tabs = [await checklist() for _ in range(3)]
    encoded = []

    def counted(content, **options):
        encoded.append(content)
        return json.dumps(content, **options)

    monkeypatch.setattr(numbering, "json", SimpleNamespace(dumps=counted))
    await tabs[0].send_json_to({"type": "task.create", "name": "Buy bread"})

    for tab in tabs:
        await tab.receive_json_from()
    assert len(encoded) == 1


async def test_checklist_refuses_a_stranger(checklist):
    with pytest.raises(ConnectionRefusedError):
        await checklist(user=None)


async def test_checklist_refuses_a_foreign_origin(checklist):
    with pytest.raises(ConnectionRefusedError):
        await checklist(origin="https://evil.example")
