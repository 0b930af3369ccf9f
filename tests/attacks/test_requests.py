"""Requests to the API that Hypothesis makes: no answer is a 500, and a tab follows all."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.attacks.tabs import INSIDES
from tests.attacks.texts import GIANTS, Row, anything, list_frames, raw, spoils
from tests.attacks.world import World

PERSON = "person000"
KEY = "b" * 40
GIVE_TOKEN = (
    "INSERT INTO authtoken_token (key, created, user_id) SELECT"
    f" '{KEY}', now(), id FROM auth_user WHERE username = '{PERSON}'"
    " ON CONFLICT DO NOTHING"
)
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
CHANGES = {"create": "POST", "update": "PATCH", "delete": "DELETE"}
PATHS = ["/api/tasks", "/api/items", "/api/tasks/1", "/api/items/1", "/api/ticket"]
PATHS += ["/api/openapi", "/api/asyncapi"]
PATHS += [
    "/api/login",
    "/api/logout",
    "/api/tasks/%00",
    "/api/items/-1",
    "/api/tasks?page=%00",
]
PATHS += ["/api/items?page=99", f"/api/tasks/{'9' * 30}", "/api/tasks/", "/api"]
KINDS = ["application/json", "application/json; charset=utf-16", "text/plain", ""]
KINDS += ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded"]
TOKENS = [f"Token {KEY}", f"Token {KEY}x", "Token", "token \xff", "Bearer a", ""]


def most_often(first, *others):
    return st.sampled_from([first] * len(others) + [first, *others])


@pytest.fixture(scope="module")
def world(tmp_path_factory, database_server):
    folder = tmp_path_factory.mktemp("requests")
    with World(folder, postgres=database_server.url) as world:
        world.begin()
        yield world


@pytest.fixture(scope="module")
def tab(world):
    tab = world.open(0, PERSON, 0)
    yield tab
    tab.close()


def ask(world, method, path, body=None, token=TOKENS[0], kind=KINDS[0]):
    """Ask, and fail where the server shows its insides; give the answer's status."""
    world.database.execute(GIVE_TOKEN)
    headers = {"Authorization": token.encode("latin-1"), "Content_Type": kind}
    status, text = world.ask(method, path, body, **headers)
    assert status < 500, (status, text[-300:])
    # Where no address is, this server shows what Django shows in debug mode.
    shown = text if status != 404 else ""
    assert not [inside for inside in INSIDES if inside in shown], text
    assert world.complaints() == ""
    return status


@given(
    method=st.sampled_from(METHODS),
    path=st.sampled_from(PATHS),
    body=raw | anything.map(json.dumps) | spoils.map(json.dumps),
    token=most_often(*TOKENS),
    kind=most_often(*KINDS),
)
def test_request_of_any_kind_is_no_server_error(world, method, path, body, token, kind):
    body = GIANTS.get(body, body) if isinstance(body, str) else body
    body = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body

    ask(world, method, path, body, token, kind)


def known(world, value):
    """The id of a row that is there, where one is meant."""
    if not isinstance(value, Row):
        return value
    tasks = world.checklist(PERSON)
    rows = tasks if value.kind == "task" else [i for task in tasks for i in task[2]]
    return rows[value.number % len(rows)][0] if rows else 1


@given(
    frames=st.lists(list_frames, min_size=3, max_size=12),
    spoil=st.one_of(st.just({}), st.just({}), spoils),
)
def test_tab_follows_all_that_requests_change(world, tab, frames, spoil):
    for frame in frames:
        entity, _, action = frame["type"].partition(".")
        if action not in CHANGES:
            continue
        body = {key: known(world, value) for key, value in (frame | spoil).items()}
        path = f"/api/{entity}s"
        if action != "create":
            path = f"{path}/{known(world, frame['id'])}"
        status = ask(world, CHANGES[action], path, json.dumps(body))
        conflict = {409} if "was" in body else set()
        assert status in {200, 201, 204, 400, 404} | conflict

    tab.until(lambda: tab.version == world.version(PERSON))
    assert tab.shown() == world.checklist(PERSON)
    assert tab.gaps == 0
