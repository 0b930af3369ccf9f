import logging

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from checklist.consumers import ChecklistConsumer
from checklist.models import Task
from checklist.receivers import ItemReceiver, TaskReceiver
from core.receivers import Receiver, action


class TinyReceiver(Receiver):
    entity = "tiny"

    @action
    def double(self, content):
        return {"number": 2 * content["number"]}

    def secret(self, content):
        raise AssertionError("nobody may ask for this")


def test_receiver_carries_out_an_action():
    assert TinyReceiver({"user": None}).handle("double", {"number": 4}) == {"number": 8}


def test_receiver_refuses_what_is_not_an_action():
    for name in ("secret", "handle", "__init__", "user", "entity", "", "nothing"):
        with pytest.raises(ValidationError):
            TinyReceiver({"user": None}).handle(name, {})


@pytest.mark.parametrize("receiver", [TaskReceiver, ItemReceiver])
async def test_client_reaches_nothing_but_the_actions(
    checklist, assert_refused, receiver
):
    tabs = await checklist(), await checklist()

    for name in sorted(set(dir(receiver)) - set(receiver.actions)):
        frame = {"type": f"{receiver.entity}.{name}"}
        error = await assert_refused(tabs, frame, frame["type"])
        assert error["message"] == "Unknown type of frame."


def fail(name):
    raise RuntimeError("secret detail")


def give_what_is_no_json(name):
    return {"name": name, "when": object()}


def give_nothing(name):
    return None


@pytest.mark.parametrize("end", [fail, give_what_is_no_json, give_nothing])
async def test_what_fails_halfway_leaves_nothing_and_is_not_told(
    checklist, alice, monkeypatch, caplog, end
):
    def create(self, content):
        Task.objects.create(user=self.user, name="Half of it")
        return end(content["name"])

    monkeypatch.setattr(TaskReceiver, "create", create)
    tabs = await checklist(), await checklist()
    await tabs[0].send_json_to({"type": "task.create", "name": "Buy bread"})

    error = await tabs[0].receive_json_from()
    assert error["message"] == "Something went wrong on the server."
    assert not await Task.objects.aexists()
    assert await tabs[1].receive_nothing(0.05)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_change_is_told_after_the_commit(checklist, monkeypatch):
    send_to_group = ChecklistConsumer.send_to_group
    moments = []

    def noted(*args, **data):
        moments.append("within" if connection.in_atomic_block else "after")
        send_to_group(*args, **data)

    monkeypatch.setattr(ChecklistConsumer, "send_to_group", noted)
    tab = await checklist()

    await tab.send_json_to({"type": "task.create", "name": "Buy bread"})

    await tab.receive_json_from()
    assert moments == ["after"]
