import asyncio
import json
import re
import runpy
import socket
import sys
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from rest_framework import serializers

from checklist import consumers
from checklist.consumers import ROWS_A_TOKEN
from checklist.models import Item, Membership, Task
from checklist.serializers import ItemSerializer, NameField, TaskSerializer
from checklist.snapshots import PAUSE, snapshots
from core.layers import redis_cache
from core.rows import shape_rows
from core.shares import share_of

LIST = {"type": "task.list"}
ROWS = {"checklist_task", "checklist_item"}
AWAY = "The cache does not answer"


@pytest.fixture
def task(alice):
    task = Task.objects.create(user=alice, name="Shopping")
    Item.objects.create(task=task, name="Bread")
    return task


@asynccontextmanager
async def asked():
    """The tables that sockets ask while the block runs."""

    @sync_to_async
    def the_connection():
        return connections["default"]

    queries, tables = CaptureQueriesContext(await the_connection()), set()
    await sync_to_async(queries.__enter__)()
    yield tables
    await sync_to_async(queries.__exit__)(None, None, None)
    for query in queries:
        tables.update(re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"]))


def names(frame):
    return [task["name"] for task in frame["tasks"]]


async def test_second_tab_gets_the_same_and_no_task_is_read(checklist, task):
    first = await checklist()

    async with asked() as tables:
        second = await checklist()

    assert second.texts == first.texts
    assert {"django_session", "checklist_checklist"} <= tables
    assert not tables & ROWS


async def test_tab_that_asks_again_gets_the_same_and_no_task_is_read(checklist, task):
    tab = await checklist()

    async with asked() as tables:
        await tab.send_json_to(LIST)
        text = await tab.receive_from()

    assert [text] == tab.texts
    assert not tables & ROWS


async def test_change_makes_another_snapshot(checklist, task):
    tab = await checklist()
    await tab.send_json_to({"type": "task.update", "id": task.pk, "name": "Baking"})
    await tab.receive_json_from()

    async with asked() as tables:
        other = await checklist()

    assert (other.version, other.tasks[0]["name"]) == (tab.version + 1, "Baking")
    assert tables >= ROWS


async def test_change_in_the_admin_makes_another_snapshot(checklist, task, client):
    await checklist()
    await get_user_model().objects.aupdate(is_staff=True, is_superuser=True)

    url = f"/admin/checklist/task/{task.pk}/change/"
    data = {"user": task.user_id, "name": "Baking"}
    await sync_to_async(client.post)(url, data)

    assert (await checklist()).tasks[0]["name"] == "Baking"


async def test_change_by_rest_makes_another_snapshot(checklist, task, alice, api_of):
    await checklist()

    patch = (await sync_to_async(api_of)(alice)).patch
    json_type = "application/json"
    await sync_to_async(patch)(f"/api/tasks/{task.pk}", {"name": "Baking"}, json_type)

    assert (await checklist()).tasks[0]["name"] == "Baking"


async def test_reader_and_editor_get_different_snapshots(
    open_list, share, alice, bob, carol, task
):
    for user, role in (bob, "reader"), (carol, "editor"):
        await sync_to_async(share)(user, role)

    tabs = [await open_list(user=user) for user in (alice, bob, carol) * 2]

    roles = [tab.list.pop("role") for tab in tabs]
    assert roles == ["owner", "reader", "editor"] * 2
    assert [tab.list for tab in tabs] == [tabs[0].list] * 6


async def test_new_role_is_in_the_next_list(open_list, share, bob, answer, task):
    member = await sync_to_async(share)(bob, "editor")
    hers, his = await open_list(), await open_list(user=bob)
    frame = {"type": "member.update", "id": member.pk, "role": "reader"}
    await hers.send_json_to(frame)

    assert (await his.receive_json_from())["role"] == "reader"
    assert (await answer(his, LIST))["role"] == "reader"


async def test_removed_member_gets_no_snapshot(open_list, share, bob, task):
    await sync_to_async(share)(bob)
    his = await open_list(user=bob)
    await Membership.objects.all().adelete()  # which tells nobody

    await his.send_json_to(LIST)

    close = {"type": "websocket.close", "code": 4403}
    assert await his.receive_output(timeout=5) == close
    with pytest.raises(ConnectionRefusedError):
        await open_list(user=bob)


async def test_who_comes_by_a_snapshot_is_here(open_list, share, bob):
    await sync_to_async(share)(bob)
    hers = await open_list(moments=True)

    for _ in range(2):
        await open_list(user=bob)

        frame = await hers.receive_json_from()
        assert frame == {"type": "list.here", "user": "bob"}


async def test_parts_are_kept_whole(checklist, alice, monkeypatch):
    monkeypatch.setattr("core.parts.SIZE", 100)
    await Task.objects.abulk_create(Task(user=alice, name="x" * 50) for _ in range(3))

    first, second = await checklist(), await checklist()

    assert first.texts == second.texts
    assert [json.loads(text)["part"] for text in second.texts] == [1, 2, 3]
    assert len(second.tasks) == 3


async def test_snapshot_costs_as_much_as_a_list(
    checklist, answer, alice, task, monkeypatch
):
    monkeypatch.setattr("core.limits.monotonic", lambda: 1000.0)
    items = [Item(task=task, name="Bread") for _ in range(3 * ROWS_A_TOKEN)]
    await Item.objects.abulk_create(items)
    bucket, left = share_of(alice).limits.bucket, []

    for _ in range(3):
        tab = await checklist()
        await answer(tab, {"type": "nothing"})  # by now the list is paid
        left.append(bucket.tokens)

    # The handshake, the list's three, and the frame.
    assert left[0] - left[1] == left[1] - left[2] == 5


async def test_list_is_shaped_while_it_is_locked(checklist, task, monkeypatch):
    shape, locked = consumers.shape_rows, []

    def look(*args):
        locked.append(connection.in_atomic_block)
        return shape(*args)

    monkeypatch.setattr(consumers, "shape_rows", look)

    await checklist()

    assert locked == [True]


async def test_change_without_a_number_is_seen_when_the_snapshot_ends(
    checklist, answer, task, alice, monkeypatch
):
    monkeypatch.setattr("checklist.snapshots.SECONDS", 3)
    tab = await checklist()
    await get_user_model().objects.filter(pk=alice.pk).aupdate(username="alicia")

    async def owner():
        return (await answer(tab, LIST))["tasks"][0]["user"]

    assert await owner() == "alice"
    async with asyncio.timeout(20):
        while await owner() != "alicia":
            await asyncio.sleep(0.1)  # a cache tells nobody when something ends


async def test_long_list_is_sent_and_not_kept(checklist, task, monkeypatch):
    monkeypatch.setattr("checklist.snapshots.MOST_KEPT", 100)
    first = await checklist()

    async with asked() as tables:
        second = await checklist()

    assert first.texts == second.texts
    assert tables >= ROWS


@pytest.mark.parametrize("url", ["", "redis://127.0.0.1:1/0"])
def test_memory_is_bounded_and_redis_is_not_waited_for_long(monkeypatch, url):
    monkeypatch.setenv("REDIS_URL", url)
    monkeypatch.delitem(sys.modules, "core.settings")

    cache = runpy.run_module("core.settings")["CACHES"]["default"]

    bounds = {"socket_timeout": 1, "socket_connect_timeout": 1}
    assert cache["OPTIONS"] == (bounds if url else {"MAX_ENTRIES": 50})


async def test_all_sockets_share_one_connection_to_the_cache(
    checklist, task, monkeypatch
):
    made, create = [], caches.create_connection

    def count(alias):
        made.append(alias)
        return create(alias)

    monkeypatch.setattr(caches, "create_connection", count)

    for _ in range(3):
        await checklist()

    assert made == []


@pytest.fixture
def clock(monkeypatch):
    """The time that snapshots see, which stands still unless a test moves it."""
    now = [1000.0]
    monkeypatch.setattr("checklist.snapshots.monotonic", lambda: now[0])
    return now


async def test_list_is_sent_without_a_cache(
    checklist, task, use_cache, clock, caplog, monkeypatch
):
    use_cache(redis_cache("redis://127.0.0.1:1/0"))

    tabs = [await checklist() for _ in range(3)]

    assert [tab.tasks[0]["name"] for tab in tabs] == ["Shopping"] * 3
    assert caplog.text.count(AWAY) == 1
    clock[0] += PAUSE
    await checklist()
    assert caplog.text.count(AWAY) == 2


async def test_cache_is_asked_again_when_it_is_back(
    checklist, task, clock, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.delattr(type(snapshots.cache), "get")
        await checklist()
    for pause in 0, PAUSE:
        clock[0] += pause
        async with asked() as tables:
            await checklist()
        assert tables >= ROWS

    async with asked() as tables:
        await checklist()

    assert not tables & ROWS


async def test_cache_that_hangs_is_not_waited_for_long(
    checklist, task, use_cache, caplog
):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        use_cache(redis_cache(f"redis://127.0.0.1:{port}/0"))
        start = time.monotonic()

        tabs = [await checklist() for _ in range(5)]

    assert time.monotonic() - start < 3
    assert [tab.tasks[0]["name"] for tab in tabs] == ["Shopping"] * 5
    assert caplog.text.count(AWAY) == 1


@pytest.fixture
def rows(alice, bob, any_name):
    """Tasks as odd as can be: without items, with all of them, and in no order."""
    moment = datetime(2026, 11, 22, 12, 0, 0, 1, tzinfo=UTC)
    moments = [None, moment, moment.replace(microsecond=0), moment.replace(year=1)]
    for number in range(5):
        task = Task.objects.create(user=(alice, bob)[number % 2], name=any_name)
        for done_at in moments[number:]:
            Item.objects.create(name=any_name, task=task, done_at=done_at)
            Item.objects.create(task=Task.objects.first(), name="é\u2028", done_by=bob)
    return Task.objects.all()


@pytest.mark.parametrize("change", ["all", "reverse", "none"])
def test_rows_are_shaped_as_by_the_serializer(rows, change):
    queryset = getattr(rows, change)()

    shaped = shape_rows(TaskSerializer, queryset)

    data = TaskSerializer(queryset, many=True).data
    assert shaped == data
    assert json.dumps(shaped) == json.dumps(data)


def test_rows_of_a_slice_and_without_nesting_are_shaped_so_too(rows):
    queryset = Item.objects.order_by("-name", "pk")[2:9]

    data = ItemSerializer(queryset, many=True).data
    assert json.dumps(shape_rows(ItemSerializer, queryset)) == json.dumps(data)


class PersonSerializer(serializers.ModelSerializer):
    task_set = TaskSerializer(many=True, read_only=True)
    called = serializers.CharField(source="username")
    email = serializers.EmailField(write_only=True)

    class Meta:
        model = get_user_model()
        fields = ["called", "date_joined", "task_set", "email"]


@pytest.mark.parametrize("any_name", ["Bread"], indirect=True)
def test_rows_are_nested_as_deep_as_the_serializer_is(rows, django_assert_num_queries):
    queryset = get_user_model().objects.order_by("-pk")

    with django_assert_num_queries(3):
        shaped = shape_rows(PersonSerializer, queryset)

    assert shaped == PersonSerializer(queryset, many=True).data
    assert len(shaped) == 2


class OwnShape(TaskSerializer):
    def to_representation(self, task):
        return {"name": task.name.upper()}


class OwnAttribute(serializers.CharField):
    def get_attribute(self, task):
        return task.name.upper()


class OwnName(NameField):
    def to_representation(self, user):
        return user.username.upper()


MORE = {
    "text": serializers.StringRelatedField(source="user"),
    "method": serializers.SerializerMethodField(),
    "property": serializers.CharField(source="owner"),
    "relation": serializers.CharField(source="user"),
    "dotted": serializers.CharField(source="user.username"),
    "attribute": OwnAttribute(source="name"),
    "own_name": OwnName("username", source="user", read_only=True),
    "no_column": NameField("get_username", source="user", read_only=True),
    "not_to_one": NameField("name", source="name", read_only=True),
    "many_keys": serializers.PrimaryKeyRelatedField(
        source="item_set", many=True, read_only=True
    ),
    "one": PersonSerializer(source="user", read_only=True),
    "unknown": TaskSerializer(source="member_set", many=True, read_only=True),
}


@pytest.mark.parametrize("name", MORE)
def test_field_that_shows_more_than_a_column_is_refused(transactional_db, name):
    Meta = type("Meta", (), {"model": Task, "fields": ["id", name]})
    members = {"Meta": Meta, name: MORE[name], "get_method": str}
    serializer_class = type("MoreSerializer", (serializers.ModelSerializer,), members)

    with pytest.raises(ImproperlyConfigured, match=rf"MoreSerializer\.{name} "):
        shape_rows(serializer_class, Task.objects.all())


def test_serializer_that_shapes_by_itself_is_refused(transactional_db):
    with pytest.raises(ImproperlyConfigured, match="OwnShape"):
        shape_rows(OwnShape, Task.objects.all())


def test_list_is_shaped_by_few_queries(rows):
    with CaptureQueriesContext(connection) as queries:
        shape_rows(TaskSerializer, rows)

    assert len(queries) == 2
