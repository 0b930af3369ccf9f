"""Requests to the API that Hypothesis makes: no answer is a 500, and a tab follows all."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.attacks.tabs import INSIDES
from tests.attacks.texts import GIANTS, Row, anything, list_frames, raw, spoils
from tests.attacks.world import World, token_of

PERSON = "person000"
KEY = token_of(PERSON)
STRANGER = "person001"  # to the list of the person
ADD = (
    "INSERT INTO checklist_task (name, user_id) SELECT 'Buy bread', id"
    " FROM auth_user WHERE username = 'person001'"
)
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
SHARE = (
    "WITH made AS (INSERT INTO checklist_checklist (version, access, user_id)"
    " SELECT 0, 0, id FROM auth_user WHERE username = '{owner}' RETURNING id)"
    " INSERT INTO checklist_membership (checklist_id, user_id, role)"
    f" SELECT made.id, u.id, '{{role}}' FROM made, auth_user u WHERE username = '{PERSON}'"
)
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
# In these lists the person is a reader and an editor; the others are nobody's.
OTHERS = ("person001", "person002", "nobody", "%00")
PATHS += [f"/api/checklists/{name}/tasks" for name in OTHERS]
PATHS += [f"/api/checklists/{name}/items/1" for name in OTHERS]
PATHS += ["/api/members", "/api/members/1", "/api/checklists/person002/members"]
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
        world.database.execute(SHARE.format(owner="person001", role="reader"))
        world.database.execute(SHARE.format(owner="person002", role="editor"))
        world.database.execute(ADD)
        yield world


@pytest.fixture(scope="module")
def tabs(world):
    """The owners' tabs of two lists, by their names."""
    tabs = {name: world.open(0, name, 0) for name in (PERSON, "person002")}
    yield tabs
    for tab in tabs.values():
        tab.close()


def ask(world, method, path, body=None, token=TOKENS[0], kind=KINDS[0]):
    """Ask, and fail where the server shows its insides; give the answer's status."""
    for person in (PERSON, STRANGER):
        world.give_token(person)
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


def known(world, owner, value):
    """The id of a row of a list that is there, where one is meant."""
    if not isinstance(value, Row):
        return value
    tasks = world.checklist(owner)
    rows = tasks if value.kind == "task" else [i for task in tasks for i in task[2]]
    return rows[value.number % len(rows)][0] if rows else 1


some_frames = st.lists(list_frames, min_size=3, max_size=12)
some_spoil = st.one_of(st.just({}), st.just({}), spoils)


def statuses(world, owner, frames, spoil, token=TOKENS[0]):
    """Ask for what frames ask for, of an owner's list; give the answers' statuses."""
    for frame in frames:
        entity, _, action = frame["type"].partition(".")
        if action not in CHANGES or entity == "member":
            continue
        body = {
            key: known(world, owner, value) for key, value in (frame | spoil).items()
        }
        path = f"/api/checklists/{owner}/{entity}s"
        if action != "create":
            path = f"{path}/{known(world, owner, frame['id'])}"
        conflict = {409} if "was" in body else set()
        yield ask(world, CHANGES[action], path, json.dumps(body), token), conflict


@pytest.mark.parametrize("owner", [PERSON, "person002"])
@given(frames=some_frames, spoil=some_spoil)
def test_tab_follows_all_that_requests_change(world, tabs, owner, frames, spoil):
    """Of the person's own list, and of one in which they are an editor."""
    for status, conflict in statuses(world, owner, frames, spoil):
        assert status in {200, 201, 204, 400, 404} | conflict

    tab = tabs[owner]
    tab.until(lambda: tab.version == world.version(owner))
    assert tab.shown() == world.checklist(owner)
    assert tab.gaps == 0


@given(frames=some_frames, spoil=some_spoil)
def test_reader_changes_nothing_by_a_request(world, frames, spoil):
    for status, _ in statuses(world, "person001", frames, spoil):
        assert status in {400, 403, 404}

    assert [name for _, name, _ in world.checklist("person001")] == ["Buy bread"]
    assert world.version("person001") == 0


@given(frames=some_frames, spoil=some_spoil)
def test_stranger_finds_nothing_by_a_request(world, frames, spoil):
    before = world.checklist(PERSON)

    for owner in (PERSON, "nobody"):
        token = f"Token {token_of(STRANGER)}"
        for status, _ in statuses(world, owner, frames, spoil, token):
            assert status in {400, 404}

    assert world.checklist(PERSON) == before
