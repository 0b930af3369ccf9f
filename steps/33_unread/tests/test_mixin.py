import random
from datetime import date
from uuid import UUID

import pytest
from channels.generic.websocket import JsonWebsocketConsumer
from channels.testing import WebsocketCommunicator
from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.permissions import BasePermission

from checklist.models import Item, Task
from core.receivers import Receiver, ReceiverMixin, action, reply


class CounterReceiver(Receiver):
    entity = "counter"

    @action
    def add(self, content):
        return {"sum": sum(content["numbers"])}

    @reply
    def check(self, content):
        return {"right": sum(content["numbers"]) == content["sum"]}

    @action
    def read(self, content):
        return {"type": "of a row"}


class GreetingReceiver(Receiver):
    entity = "greeting"

    @action
    def say(self, content):
        return {"text": f"Hello, {self.user}!"}


class TinyConsumer(ReceiverMixin, JsonWebsocketConsumer):
    """No model, no user's rows, no page: the mixin and two receivers."""

    receiver_classes = (CounterReceiver, GreetingReceiver)
    group = "tiny"

    def connect(self):
        self.join(self.group)
        self.accept()


class MisplacedConsumer(JsonWebsocketConsumer, ReceiverMixin):
    receiver_classes = (CounterReceiver, GreetingReceiver)
    group = "tiny"


@pytest.fixture
async def open_tiny(layer, transactional_db):
    sockets = []

    async def open_tiny(consumer=TinyConsumer):
        socket = WebsocketCommunicator(consumer.as_asgi(), "/")
        socket.scope["user"] = "alice"
        await socket.connect()
        sockets.append(socket)
        return socket

    yield open_tiny
    for socket in sockets:
        await socket.disconnect()


async def test_any_consumer_carries_out_frames_of_any_receiver(open_tiny):
    tabs = await open_tiny(), await open_tiny()

    await tabs[0].send_json_to({"type": "counter.add", "numbers": [1, 2]})
    await tabs[1].send_json_to({"type": "greeting.say"})

    told = [
        {"type": "counter.add", "sum": 3},
        {"type": "greeting.say", "text": "Hello, alice!"},
    ]
    for tab in tabs:
        frames = [await tab.receive_json_from() for _ in told]
        assert sorted(frames, key=str) == told


async def test_reply_reaches_its_sender_alone(open_tiny):
    tabs = await open_tiny(), await open_tiny()

    await tabs[0].send_json_to({"type": "counter.check", "numbers": [1], "sum": 2})

    told = {"type": "counter.check", "right": False}
    assert await tabs[0].receive_json_from() == told
    assert await tabs[1].receive_nothing(0.05)


def test_method_that_is_overridden_answers_whom_it_answered():
    class Overridden(CounterReceiver):
        def add(self, content):
            return {}

        def check(self, content):
            return {}

    assert Overridden.actions == CounterReceiver.actions == ("add", "check", "read")
    assert Overridden.replies == ("check",)


def test_actions_come_from_all_bases_and_can_be_taken_away():
    class Whisper:
        @reply
        def whisper(self, content):
            return {}

    bases = (Whisper, CounterReceiver, GreetingReceiver)

    both = type("Both", bases, {"check": None})

    assert both.actions == ("say", "add", "read", "whisper")
    assert both.replies == ("whisper",)


async def test_what_django_rest_framework_can_write_is_written(open_tiny, monkeypatch):
    def add(self, content):
        return {"key": UUID(int=7), "day": date(2026, 11, 22)}

    monkeypatch.setattr(CounterReceiver, "add", add)
    tab = await open_tiny()

    await tab.send_json_to({"type": "counter.add"})

    assert await tab.receive_json_from() == {
        "type": "counter.add",
        "key": "00000000-0000-0000-0000-000000000007",
        "day": "2026-11-22",
    }


async def test_field_with_a_name_of_the_frame_is_an_error(open_tiny, caplog):
    tab = await open_tiny()

    await tab.send_json_to({"type": "counter.read"})

    assert (await tab.receive_json_from())["type"] == "error"
    assert "multiple values for keyword argument 'type'" in caplog.text


async def test_groups_of_a_class_stay_as_they_are(open_tiny):
    class GroupedConsumer(TinyConsumer):
        groups = ["news"]

    await open_tiny(GroupedConsumer)

    assert GroupedConsumer.groups == ["news"]


async def test_any_consumer_outlives_bad_frames(open_tiny):
    tab = await open_tiny()

    for text in ("{", "[]", '{"type": "tiny.add"}', '{"type": "counter.add"}'):
        await tab.send_to(text_data=text)
        assert (await tab.receive_json_from())["type"] == "error"
    await tab.send_json_to({"type": "counter.add", "numbers": [3]})

    assert (await tab.receive_json_from())["sum"] == 3


@pytest.mark.parametrize(
    ("error", "message", "code"),
    [
        (Http404("No such sum."), "No such sum.", "not_found"),
        (PermissionDenied(), "You do not have permission", "permission_denied"),
        (exceptions.NotFound(), "Not found.", "not_found"),
        (exceptions.PermissionDenied("No."), "No.", "permission_denied"),
        (exceptions.Throttled(), "Request was throttled.", "throttled"),
    ],
)
async def test_exception_of_django_and_drf_is_answered_with_a_code(
    open_tiny, monkeypatch, error, message, code
):
    def add(self, content):
        raise error

    monkeypatch.setattr(CounterReceiver, "add", add)
    tab = await open_tiny()

    await tab.send_json_to({"type": "counter.add"})

    frame = await tab.receive_json_from()
    assert frame["message"].startswith(message)
    assert frame["code"] == code


def test_permission_refuses_with_a_code_of_its_own():
    class Closed(BasePermission):
        code = "closed"

        def has_permission(self, request, view):
            return False

    class GuardedReceiver(CounterReceiver):
        permission_classes = (Closed,)

    with pytest.raises(exceptions.PermissionDenied) as refused:
        GuardedReceiver({"user": None}).handle("add", {"numbers": []})

    assert refused.value.get_codes() == "closed"


async def test_mixin_after_the_consumer_is_bypassed_in_silence(open_tiny):
    tab = await open_tiny(MisplacedConsumer)

    await tab.send_json_to({"type": "counter.add", "numbers": [1, 2]})

    assert await tab.receive_nothing(0.05)


class Page:
    """What a tab shows, from the list that it got and the changes that it heard."""

    def __init__(self, tasks):
        self.tasks, self.items, self.ends = {}, {}, 0
        for task in tasks:
            self.hear({"type": "task.create", **task})

    def hear(self, frame):
        match frame["type"].split("."):
            case ["task", "delete"]:
                del self.tasks[frame["id"]]
                left = [item for item in self.items.values() if item[1] in self.tasks]
                self.items = {item[0]: item for item in left}
            case ["task", _]:
                self.tasks[frame["id"]] = frame["name"]
                self.ends += frame["name"] == "the end"
                for item in frame["item_set"]:
                    self.hear({"type": "item.create", **item})
            case ["item", "delete"]:
                del self.items[frame["id"]]
            case ["item", _]:
                row = (frame["id"], frame["task"], frame["name"], frame["done_by"])
                self.items[frame["id"]] = row


async def database():
    rows = Item.objects.values_list("id", "task_id", "name", "done_by__username")
    items = {row[0]: row async for row in rows}
    return dict([row async for row in Task.objects.values_list("id", "name")]), items


def random_change(chance, name):
    """A change of a row that is there, or was, or never will be."""
    task, item = chance.randrange(1, 60), chance.randrange(1, 80)
    return chance.choice(
        [
            {"type": "task.create", "name": name},
            {"type": "task.update", "id": task, "name": name},
            {"type": "task.delete", "id": task},
            {"type": "item.create", "task": task, "name": name},
            {"type": "item.create", "task": task, "name": name},
            {"type": "item.update", "id": item, "name": name, "task": task},
            {"type": "item.update", "id": item, "done_at": "2026-11-22T12:00:00Z"},
            {"type": "item.update", "id": item, "done_at": None},
            {"type": "item.delete", "id": item},
        ]
    )


@pytest.mark.parametrize("seed", range(3))
async def test_two_tabs_that_write_at_once_both_equal_the_database(
    checklist, alice, seed
):
    chance = random.Random(seed)
    for number in range(30):
        task = await Task.objects.acreate(user=alice, name=str(number))
        await Item.objects.acreate(task=task, name=str(number))
    tabs = await checklist(), await checklist()

    for number in range(100):
        for tab in tabs:
            await tab.send_json_to(random_change(chance, f"new {number}"))
    for tab in tabs:
        await tab.send_json_to({"type": "task.create", "name": "the end"})

    for tab in tabs:
        page = Page(tab.tasks)
        while page.ends < 2:
            frame = await tab.receive_json_from(timeout=10)
            if frame["type"] != "error":
                page.hear(frame)
        assert (page.tasks, page.items) == await database()
