import json

import pytest
from django.core.management import call_command
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator
from rest_framework.authtoken.models import Token

from checklist.consumers import ChecklistConsumer
from checklist.models import Task
from core import parts

JSON = "application/json"
LISTS = "tasks", "results", "item_set", "members"
TIME = "2030-01-01T12:00:00Z"


@pytest.fixture
def api(alice):
    token = Token.objects.create(user=alice)
    return Client(headers={"authorization": f"Token {token.key}"})


@pytest.fixture
def openapi(api):
    return api.get("/api/openapi").json()


@pytest.fixture
def asyncapi(api):
    return api.get("/api/asyncapi").json()


def errors(document, schema, content):
    """What is wrong with some content, and which keys of it nobody has described."""
    strict = {"components": document["components"], "unevaluatedProperties": False}
    found = Draft202012Validator(schema | strict).iter_errors(content)
    inside = [one for key in LISTS for one in content.get(key, [])]
    wrong = [errors(document, row(kind_of(r)), r) for r in inside]
    return [error.message for error in found] + [each for one in wrong for each in one]


def kind_of(content):
    """An item has a task, a member has a role, and a task has neither."""
    if "task" in content:
        return "Item"
    return "Member" if "role" in content else "Task"


def messages(asyncapi, way):
    """The schema of each type of frame that goes this way."""
    refs = asyncapi["operations"][way]["messages"]
    keys = [ref["$ref"].removeprefix("#/channels/checklist/messages/") for ref in refs]
    known = asyncapi["channels"]["checklist"]["messages"]
    return {known[key]["name"]: known[key]["payload"] for key in keys}


def row(name):
    return {"$ref": f"#/components/schemas/{name}"}


def refs(document):
    """All references in a document, however deep."""
    if isinstance(document, list):
        return [ref for one in document for ref in refs(one)]
    if not isinstance(document, dict):
        return []
    own = [document["$ref"]] if "$ref" in document else []
    return own + [ref for one in document.values() for ref in refs(one)]


@pytest.mark.parametrize("path", ["/api/openapi", "/api/asyncapi"])
def test_schema_is_for_those_who_have_a_token(client, api, path):
    assert client.get(path).status_code == 401
    assert api.get(path).status_code == 200


def test_document_is_made_once(api, monkeypatch):
    before = [api.get(path).json() for path in ("/api/openapi", "/api/asyncapi")]
    monkeypatch.delattr(SchemaGenerator, "get_schema")

    after = [api.get(path).json() for path in ("/api/openapi", "/api/asyncapi")]

    assert after == before


def test_api_is_described_without_a_warning(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", file=tmp_path / "o")


def test_answers_of_the_api_are_as_described(api, openapi, alice, bob):
    said = [("Ticket", api.post("/api/ticket").json())]
    task = Task.objects.create(user=alice, name="More")
    for kind, path, given, changed in [
        ("Task", "/api/tasks", {"name": "Shopping"}, {"name": "Market"}),
        ("Item", "/api/items", {"name": "Bread", "task": task.pk}, {"done_at": TIME}),
        (
            "Member",
            "/api/members",
            {"user": "bob", "role": "editor"},
            {"role": "reader"},
        ),
    ]:
        created = api.post(path, given, JSON).json()
        one = f"{path}/{created['id']}"
        said += [(kind, created), (kind, api.patch(one, changed, JSON).json())]
        said += [(kind, api.get(one).json())]
        said += [(f"Paginated{kind}List", api.get(path).json())]

    assert [errors(openapi, row(name), content) for name, content in said] == [[]] * 13


def test_request_has_no_keys_that_only_the_server_sets(openapi):
    given = openapi["components"]["schemas"]["ItemRequest"]["properties"]

    assert given.keys() == {"name", "task", "done_at"}


async def test_frames_of_the_socket_are_as_described(
    checklist, asyncapi, monkeypatch, alice, bob
):
    tab, frames, sent = await checklist(), [], []
    tab.ignored = ()
    frames += [json.loads(text) for text in tab.texts]

    async def send(type, **data):
        sent.append({"type": type, **data})
        await tab.send_json_to(sent[-1])
        frames.append(await tab.receive_json_from())
        return frames[-1]

    task = (await send("task.create", name="Shopping"))["id"]
    item = (await send("item.create", name="Bread", task=task))["id"]
    for data in {"done_at": TIME}, {"done_at": None}, {"name": "Rye bread"}:
        await send("item.update", id=item, **data)
    await send("task.update", id=task, name="Market", frame_id="a-1")
    frames.append(await tab.receive_json_from())  # ok, before or after the change
    await send("ping")
    await Task.objects.acreate(user=alice, name="One more")
    monkeypatch.setattr(parts, "SIZE", 1)
    await send("task.list")
    frames.append(await tab.receive_json_from())  # the other part
    monkeypatch.undo()
    await send("member.create", user="bob", role="reader")
    member = frames[-1]["members"][0]["id"]
    await send("member.update", id=member, role="editor")
    await send("member.delete", id=member)
    await send("item.delete", id=item)
    await send("task.delete", id=task)
    good = len(sent)
    await send("task.create", name="", frame_id="a-2")
    await send("nothing")

    hears, tells = messages(asyncapi, "receive"), messages(asyncapi, "send")
    assert {frame["type"] for frame in frames} == tells.keys() - {"saved"}
    wrong = [errors(asyncapi, tells[frame["type"]], frame) for frame in frames]
    assert wrong == [[]] * len(frames)
    assert {frame["type"] for frame in sent[:good]} == hears.keys()
    wrong = [errors(asyncapi, hears[frame["type"]], frame) for frame in sent[:good]]
    assert wrong == [[]] * good


ODD = [None, True, "7", [], {}, "", " ", "x" * 129, TIME, "noon", "\0"]
# DRF makes a text of a number that is sent as a name.
PAIRS = [(key, value) for key in ("name", "task", "done_at") for value in ODD]
PAIRS += [(key, number) for key in ("task", "done_at") for number in (7, 0.5, -1)]


@pytest.mark.parametrize(("key", "value"), PAIRS, ids=repr)
def test_what_is_taken_is_described(api, openapi, alice, key, value):
    """What the description refuses, the server refuses as well."""
    task = Task.objects.create(user=alice, name="Shopping")
    given = {"name": "Bread", "task": task.pk} | {key: value}

    taken = api.post("/api/items", given, JSON).status_code == 201

    assert not (taken and errors(openapi, row("ItemRequest"), given))


async def test_change_that_is_saved_and_not_told_is_as_described(
    checklist, asyncapi, monkeypatch
):
    tab = await checklist()

    def fail(*args, **data):
        raise ConnectionError("Redis is away")

    monkeypatch.setattr(ChecklistConsumer, "send_to_group", fail)
    await tab.send_json_to({"type": "task.create", "name": "Shopping"})

    for kind in "task.create", "saved":
        frame = await tab.receive_json_from()
        assert frame["type"] == kind
        assert errors(asyncapi, messages(asyncapi, "send")[kind], frame) == []


def test_frame_without_one_of_its_keys_is_not_as_described(asyncapi):
    pong = {"type": "pong", "version": 7}
    schema = messages(asyncapi, "send")["pong"]

    assert errors(asyncapi, schema, pong) == []
    for key in pong:
        rest = {other: pong[other] for other in pong if other != key}
        assert errors(asyncapi, schema, rest)


def test_document_refers_to_nothing_that_is_missing(asyncapi):
    for ref in refs(asyncapi):
        found = asyncapi
        for key in ref.removeprefix("#/").split("/"):
            found = found[key]


def test_each_action_is_described_both_ways(asyncapi):
    kinds = {
        f"{e}.{a}" for e in ("task", "item") for a in ("create", "update", "delete")
    }
    sharing = {"member.create", "member.update", "member.delete"}
    others = {"ping", "task.list"}

    assert messages(asyncapi, "receive").keys() == kinds | sharing | others
    assert kinds < messages(asyncapi, "send").keys()
    assert not sharing & messages(asyncapi, "send").keys()
