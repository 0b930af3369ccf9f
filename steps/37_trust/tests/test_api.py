import json
import os
import subprocess
import sys

import pytest
from asgiref.sync import sync_to_async
from channels.layers import InMemoryChannelLayer
from django.db import OperationalError
from django.test import Client
from rest_framework.authtoken.models import Token

from checklist.models import Checklist, Item, Task
from core.shares import share_of

TASKS, ITEMS = "/api/tasks", "/api/items"
JSON = "application/json"
DEEP = "[" * 100_000
PADDED = '{"name": "Buy bread"}' + " " * 65 * 1024 + "}"
LONG = json.dumps({"name": "x" * 65 * 1024})


def header(user):
    token, _ = Token.objects.get_or_create(user=user)
    return {"authorization": f"Token {token.key}"}


@pytest.fixture
def api(alice):
    return Client(headers=header(alice))


@pytest.fixture
def ask(api):
    """Ask the API from an async test, by the name of the method."""

    async def ask(method, *args):
        return await sync_to_async(getattr(api, method))(*args)

    return ask


def told(frame):
    """What a frame says of a row."""
    return {key: frame[key] for key in frame if key not in ("type", "version")}


async def test_change_by_the_api_moves_every_tab(checklist, ask):
    tabs = [await checklist(), await checklist()]

    async def assert_told(response, status, type):
        assert response.status_code == status
        frames = [await tab.receive_json_from() for tab in tabs]
        assert frames[0] == frames[1]
        assert frames[0]["type"] == type
        assert status == 204 or told(frames[0]) == response.json()
        return frames[0]["id"], frames[0]["version"]

    async def create(url, data, type):
        response = await ask("post", url, data, JSON)
        return await assert_told(response, 201, type)

    task, first = await create(TASKS, {"name": "Shopping"}, "task.create")
    item, _ = await create(ITEMS, {"task": task, "name": "Bread"}, "item.create")
    for url, pk, data in [
        (TASKS, task, {"name": "Market"}),
        (ITEMS, item, {"done_at": "2030-01-01T12:00:00Z"}),
    ]:
        changed = await ask("patch", f"{url}/{pk}", data, JSON)
        await assert_told(changed, 200, f"{url[5:9]}.update")
    for url, pk in (ITEMS, item), (TASKS, task):
        gone = await ask("delete", f"{url}/{pk}")
        _, last = await assert_told(gone, 204, f"{url[5:9]}.delete")

    assert last == first + 5


async def test_item_ticked_by_the_api_says_who_did_it(ask, alice):
    item = await Item.objects.acreate(
        task=await Task.objects.acreate(user=alice, name="Shopping"), name="Bread"
    )

    done = {"done_at": "2030-01-01T12:00:00Z", "done_by": "bob"}
    response = await ask("patch", f"{ITEMS}/{item.pk}", done, JSON)

    assert response.json()["done_by"] == "alice"


async def test_tab_of_somebody_else_hears_nothing(checklist, ask, bob):
    tab = await checklist(user=bob)

    await ask("post", TASKS, {"name": "Buy bread"}, JSON)

    assert await tab.receive_nothing()


async def test_change_is_saved_though_the_layer_fails(
    checklist, ask, monkeypatch, settings, caplog
):
    settings.CHANNEL_LAYERS = {
        "default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    }
    tab = await checklist()

    async def fail(*args):
        raise ConnectionError("Redis is away")

    with monkeypatch.context() as patch:
        patch.setattr(InMemoryChannelLayer, "group_send", fail)
        response = await ask("post", TASKS, {"name": "Buy bread"}, JSON)
    tab.ignored = ()
    await tab.send_json_to({"type": "ping"})

    assert response.status_code == 201
    assert "Redis is away" in caplog.text
    pong = await tab.receive_json_from()
    assert pong == {"type": "pong", "version": tab.version + 1}


BODIES = {
    "nothing": "",
    "no JSON": "{",
    "no object": '["name"]',
    "a number": "7",
    "not UTF-8": b'{"name": "\xff"}',
    "deep": DEEP,
    "long": LONG,
    "long after its end": PADDED,
    "blank": '{"name": "  "}',
    "NUL": '{"name": "a\\u0000b"}',
    "half a character": '{"name": "\\ud800"}',
    "a list for a name": '{"name": ["Bread"]}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("url", [TASKS, ITEMS])
def test_bad_request_is_refused_and_changes_nothing(api, alice, url, body):
    response = api.post(url, body, JSON)

    assert response.status_code == 400
    assert response.json()
    assert not Task.objects.exists()
    assert not Checklist.objects.filter(version__gt=0).exists()


def test_request_that_is_no_json_is_refused(api):
    assert api.post(TASKS, {"name": "Buy bread"}).status_code == 415


def test_change_without_a_body_is_refused(api, alice):
    """The body of a request without its length is not read at all."""
    task = Task.objects.create(user=alice, name="Buy bread")

    response = api.patch(f"{TASKS}/{task.pk}", "", JSON)

    assert response.status_code == 400
    assert not Checklist.objects.filter(version__gt=0).exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_address_with_a_slash_too_many_is_not_found(api, method):
    """To send it elsewhere would make a GET of a POST, and lose what it says."""
    assert getattr(api, method)(f"{TASKS}/", {}, JSON).status_code == 404


def test_refusal_names_the_field(api):
    assert api.post(TASKS, {"name": ""}, JSON).json() == {
        "name": ["This field may not be blank."]
    }


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
@pytest.mark.parametrize("url", [TASKS, ITEMS])
def test_row_of_somebody_else_answers_like_a_missing_one(api, bob, url, method):
    theirs = Task.objects.create(user=bob, name="Private")
    if url == ITEMS:
        theirs = theirs.item_set.create(name="Private")

    request = getattr(api, method)
    answers = [
        request(f"{url}/{pk}", {"name": "Mine"} if method == "patch" else {}, JSON)
        for pk in (theirs.pk, theirs.pk + 1, 10**17)
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({answer.content for answer in answers}) == 1
    theirs.refresh_from_db()
    assert theirs.name == "Private"


@pytest.mark.parametrize("pk", ["", "x", "-1", "1.5", "0" * 19, "²", "%00"])
def test_id_that_is_none_is_not_found(api, pk):
    assert api.get(f"{TASKS}/{pk}").status_code == 404


def test_task_of_somebody_else_takes_no_item(api, bob):
    task = Task.objects.create(user=bob, name="Private")

    response = api.post(ITEMS, {"task": task.pk, "name": "Mine"}, JSON)

    assert response.status_code == 400
    assert response.json() == {"task": ["There is no such task."]}


def test_keys_of_ours_in_a_request_are_ignored(api, alice, bob):
    data = {"id": 7, "user": bob.pk, "version": 70, "type": "x", "name": "Buy bread"}

    created = api.post(TASKS, data, JSON).json()
    url = f"{TASKS}/{created['id']}"
    changed = api.patch(url, data | {"name": "Buy rye bread"}, JSON).json()

    assert changed == created | {"name": "Buy rye bread"}
    assert changed["user"] == "alice"
    assert Checklist.objects.get(user=alice).version == 2


@pytest.mark.parametrize(
    "token", [None, "Token ", "Token wrong", "Token a b", "Bearer"]
)
def test_nobody_is_let_in_without_a_token(client, token):
    """The client has a session, as a browser does."""
    headers = {"authorization": token} if token else {}

    response = client.post(TASKS, {"name": "Buy bread"}, JSON, headers=headers)

    assert response.status_code == 401
    assert not Task.objects.exists()


def test_user_who_was_deactivated_is_not_let_in(api, alice):
    alice.is_active = False
    alice.save()

    assert api.get(TASKS).status_code == 401


def test_token_that_was_deleted_lets_nobody_in(api):
    Token.objects.all().delete()

    assert api.get(TASKS).status_code == 401


def test_list_comes_in_pages_with_as_many_queries_for_many(
    api, alice, django_assert_num_queries
):
    Checklist.objects.create(user=alice)
    tasks = [Task(user=alice, name=f"Task {number}") for number in range(30)]
    Item.objects.bulk_create(
        Item(task=task, name="Item") for task in Task.objects.bulk_create(tasks)
    )

    # The token, the list in its transaction, the count, tasks and items.
    with django_assert_num_queries(7):
        first = api.get(TASKS).json()
    second = api.get(first["next"]).json()

    assert first["count"] == 30
    names = [task["name"] for task in first["results"] + second["results"]]
    assert names == [task.name for task in tasks]
    assert first["results"][0]["item_set"][0]["name"] == "Item"


def test_list_of_items_takes_as_many_queries_for_many(
    api, alice, django_assert_num_queries
):
    task = Task.objects.create(user=alice, name="Shopping")
    Checklist.objects.create(user=alice)
    items = [Item(task=task, name="Bread", done_by=alice) for _ in range(30)]
    Item.objects.bulk_create(items)

    # The token, the list in its transaction, the count and the page.
    with django_assert_num_queries(6):
        assert len(api.get(ITEMS).json()["results"]) == 25


def test_list_costs_by_its_length(api, alice):
    task = Task.objects.create(user=alice, name="Shopping")
    Item.objects.bulk_create(Item(task=task, name="Bread") for _ in range(99))
    bucket = share_of(alice).limits.bucket
    before = bucket.tokens

    api.get(TASKS)

    assert before - bucket.tokens == pytest.approx(1 + 100 // 25, abs=0.5)


def test_list_holds_nothing_of_others(api, alice, bob):
    for user in alice, bob:
        Task.objects.create(user=user, name=user.username).item_set.create(name="x")

    for url in TASKS, ITEMS:
        assert len(api.get(url).json()["results"]) == 1


def test_share_of_a_user_holds_for_the_api(api, alice, settings):
    settings.MOST_TASKS = 1
    Task.objects.create(user=alice, name="Buy bread")

    response = api.post(TASKS, {"name": "One more"}, JSON)

    assert response.status_code == 400
    assert response.json() == {"detail": "You can have at most 1 tasks."}


async def test_requests_take_the_tokens_of_a_users_sockets(checklist, ask, settings):
    settings.FRAME_BURST, settings.FRAME_RATE = 3, 0.001
    tab = await checklist()  # one, for the handshake

    answers = [await ask("get", TASKS) for _ in range(3)]
    await tab.send_json_to({"type": "task.create", "name": "Buy bread"})

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["retry-after"] == "1"
    refused = await tab.receive_json_from()
    assert refused["message"] == "Too many frames. Wait a moment."


def test_database_that_is_busy_is_told(api, monkeypatch):
    def busy(*args):
        raise OperationalError("database is locked")

    monkeypatch.setattr(Checklist, "lock", busy)

    response = api.post(TASKS, {"name": "Buy bread"}, JSON)

    assert response.status_code == 503
    assert response.json() == {"detail": "The database is busy. Try again."}


@pytest.mark.parametrize("method", ["put", "delete"])
def test_list_as_a_whole_cannot_be_changed(api, alice, method):
    Task.objects.create(user=alice, name="Buy bread")

    assert getattr(api, method)(TASKS, {}, JSON).status_code == 405


@pytest.mark.parametrize("name", ["core.api", "core.errors", "checklist.api"])
def test_module_can_be_imported_before_the_others(name):
    """DRF imports what the settings name while it is imported itself."""
    code = (
        f"import django, importlib; django.setup(); importlib.import_module({name!r})"
    )
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "core.settings"}

    subprocess.run([sys.executable, "-c", code], env=env, check=True)


async def test_request_and_frame_do_the_same(checklist, ask):
    """Whatever is sent, both refuse it, or both make of it the same row."""
    tab = await checklist()
    for name in "Buy bread", " Buy  bread ", "", "x" * 129, "<b>", None, 7, {}, True:
        await tab.send_json_to({"type": "task.create", "name": name})
        frame = await tab.receive_json_from()
        response = await ask("post", TASKS, {"name": name}, JSON)
        if response.status_code == 201:
            await tab.receive_json_from()
            assert response.json() == told(frame) | {"id": frame["id"] + 1}
        else:
            assert response.status_code == 400
            assert response.json() == frame["errors"]
    assert await Task.objects.acount() == 8
