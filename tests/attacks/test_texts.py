"""Texts that a database cannot hold, by every way in, on PostgreSQL: no answer is a 500."""

import subprocess
import sys
from urllib.parse import quote

import pytest

from tests.attacks.world import TOKEN, World

# As bytes, because halves of characters have none in UTF-8; a browser never sends them.
BYTES = [b"\0", b"nul\0nul\0nul", b"\xed\xa0\x80", b"\xff", "🍞".encode(), b"9" * 30]
# Into these goes the text, where the braces are; whoever asks is a superuser.
ADDRESSES = ["/{}", "/{}/", "/static/{}", "/chat/{}/", "/chat/?{}={}", "/health/?{}={}"]
ADDRESSES += ["/accounts/{}/", "/accounts/login/?next={}", "/accounts/reset/{}/{}/"]
ADDRESSES += ["/accounts/reset/MQ/{}/", "/admin/login/?next={}", "/admin/{}/{}/"]
ADDRESSES += ["/admin/r/{}/{}/", "/admin/r/1/{}/", "/admin/jsi18n/?{}={}"]
LISTS = ["chat/room", "checklist/item", "auth/user"]
for each in LISTS:
    ADDRESSES += [f"/admin/{each}/?{key}={{}}" for key in ("q", "o", "p", "id")]
    ADDRESSES += [f"/admin/{each}/?{{}}={{}}", f"/admin/{each}/?pk__in={{}}"]
    ADDRESSES += [
        f"/admin/{each}/?_to_field={{}}",
        f"/admin/{each}/add/?_to_field={{}}",
    ]
    ADDRESSES += [
        f"/admin/{each}/{{}}/{way}/" for way in ("change", "delete", "history")
    ]
    ADDRESSES += [f"/admin/{each}/add/?_changelist_filters={{}}"]
ADDRESSES += [
    "/admin/chat/room/add/?name={}",
    "/admin/chat/message/add/?room={}&user={}",
]
ADDRESSES += ["/admin/chat/room/?name__isnull={}", "/admin/chat/message/?room={}"]
ADDRESSES += [
    "/admin/chat/message/?timestamp__gte={}",
    "/admin/checklist/item/?done_at={}",
]
ADDRESSES += ["/admin/checklist/task/?user={}", "/admin/checklist/item/add/?task={}"]
ADDRESSES += ["/admin/auth/user/?is_staff__exact={}", "/admin/auth/user/{}/password/"]
ADDRESSES += ["/admin/auth/user/?groups__id__exact={}"]
ADDRESSES += ["/admin/autocomplete/?app_label={}&model_name={}&field_name={}&term={}"]
ADDRESSES += [
    "/admin/autocomplete/?app_label=chat&model_name=message&field_name=room&term={}"
]
# The admin hands these to the database as they come: the proxy has to refuse NUL.
FILTERS = ["/admin/chat/room/?name={}", "/admin/chat/room/?name__exact={}"]
FILTERS += ["/admin/chat/room/?name__in={}", "/admin/chat/room/?name__icontains={}"]
FILTERS += ["/admin/chat/room/?present={}", "/admin/chat/message/?message={}"]
FILTERS += ["/admin/auth/user/?username={}"]
FORMS = {
    "/chat/": ["name"],
    "/accounts/login/": ["username", "password", "next"],
    "/accounts/logout/?next=/": ["next", "csrfmiddlewaretoken"],
    "/accounts/password_change/": ["old_password", "new_password1"],
    "/accounts/password_reset/": ["email"],
    "/admin/login/": ["username", "password", "next"],
    "/admin/chat/room/add/": ["name", "_to_field"],
    "/admin/chat/message/add/": ["room", "user", "message"],
    "/admin/checklist/task/add/": ["user", "name"],
    "/admin/checklist/item/add/": ["task", "name", "done_at_0", "done_at_1", "done_by"],
    "/admin/auth/user/add/": ["username", "password1", "usable_password"],
    "/admin/auth/group/add/": ["name", "permissions"],
    "/admin/chat/room/": ["action", "_selected_action", "select_across", "index"],
}
BESIDES = {
    "action": "delete_selected",
    "_selected_action": "1",
    "room": "1",
    "user": "1",
}
BESIDES |= {"name": "x", "message": "x", "username": "person001", "password": "x"}
COOKIES = ["sessionid", "csrftoken", "messages"]
# In these charsets a form can hold what UTF-8 cannot.
CHARSETS = {"unicode_escape": b"\\ud800", "utf-7": b"+2AA-", "hex": b"00"}


@pytest.fixture(scope="module")
def world(tmp_path_factory, database_server):
    folder = tmp_path_factory.mktemp("world")
    with World(folder, postgres=database_server.url) as world:
        world.begin()
        world.database.execute(
            "UPDATE auth_user SET is_staff = true, is_superuser = true"
        )
        yield world


def octal(raw: bytes) -> str:
    """A cookie's value that may hold anything, as Python writes one."""
    return '"' + "".join(f"\\{byte:03o}" for byte in raw) + '"'


PARTS = "multipart/form-data; boundary=---b"


def parts(fields: dict[str, bytes], boundary: bytes = b"---b") -> bytes:
    """A form as a browser sends files."""
    lines = [
        b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        % (boundary, name.encode(), value)
        for name, value in fields.items()
    ]
    return b"".join(lines) + b"--%s--\r\n" % boundary


def fields_of(path: str, name: str, raw: bytes) -> dict[str, bytes]:
    """A form's fields, of which one holds the text."""
    given = {each: BESIDES.get(each, "x").encode() for each in FORMS[path]}
    return {"csrfmiddlewaretoken": TOKEN.encode()} | given | {name: raw}


def by_address(world, way, raw):
    return world.ask(
        "GET", way.replace("{}", quote(raw, safe="")), session=session(world)
    )


def session(world):
    return world.people["person000"]


def by_form(world, way, raw):
    path, name = way
    body = "&".join(
        f"{key}={quote(value, safe='')}"
        for key, value in fields_of(path, name, raw).items()
    )
    return world.ask("POST", path, body, session(world))


def by_parts(world, way, raw):
    path, name = way
    body = parts(fields_of(path, name, raw))
    return world.ask("POST", path, body, session(world), Content_Type=PARTS)


@pytest.fixture
def holds(world):
    """Say how a way in answers to all bytes; log in again after what logs out."""

    def holds(send, way, *args):
        bad = {}
        for raw in BYTES:
            world.log_in("person000")
            status, text = send(world, way, raw, *args)
            if status >= 500:
                bad[raw] = status, text.split("</title>")[0][-300:]
        return bad

    return holds


@pytest.mark.parametrize("way", ADDRESSES)
def test_address_with_any_text_is_no_server_error(holds, way):
    assert holds(by_address, way) == {}


ways = [(path, name) for path, names in FORMS.items() for name in names]


@pytest.mark.parametrize("way", ways, ids="{0[0]} {0[1]}".format)
def test_form_with_any_text_is_no_server_error(holds, way):
    assert holds(by_form, way) == {}
    assert holds(by_parts, way) == {}


@pytest.mark.parametrize("way", FILTERS)
def test_filter_of_the_live_admin_with_any_text_is_no_server_error(live, way):
    statuses = {raw: live.ask("GET", way.format(quote(raw, safe=""))) for raw in BYTES}

    assert max(statuses.values()) < 500, statuses
    assert statuses[b"\0"] == 400
    assert statuses["🍞".encode()] in (200, 302)


@pytest.mark.parametrize("way", COOKIES)
@pytest.mark.parametrize("path", ["/chat/", "/ws/chat/general/"])
def test_live_cookie_with_any_text_is_no_server_error(live, path, way):
    short = [raw for raw in BYTES if len(raw) < 100]

    statuses = {
        raw: live.ask("GET", path, cookies=f"{way}={octal(raw)}") for raw in short
    }

    assert max(statuses.values()) < 500, statuses
    assert statuses[b"\0"] == 400


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("way", [("/chat/", "name"), ("/accounts/login/", "username")])
def test_live_form_in_another_charset_is_refused(live, way, charset):
    body = parts(fields_of(*way, CHARSETS[charset]))
    for kind in (f"charset={charset}", f'charset="{charset}"', f"charset*=''{charset}"):
        headers = {"Content_Type": f"{PARTS}; {kind}"}
        assert live.ask("POST", way[0], body, **headers) == 415


@pytest.mark.parametrize("kind", ["", "; charset=UTF-8", '; charset="utf-8"'])
def test_live_form_of_a_browser_is_taken(live, kind):
    name = f"🍞{kind}"
    body = parts(fields_of("/chat/", "name", name.encode()))

    status = live.ask("POST", "/chat/", body, Content_Type=f"{PARTS}{kind}")

    assert status == 302
    assert live.ask("GET", f"/chat/{quote(name)}/") == 200


# As the system hands them over: an argument may hold any bytes but NUL.
@pytest.mark.parametrize("raw", [b"\xff", "🍞".encode()])
def test_command_with_any_text_fails_in_one_sentence(world, raw):
    for room, message in ((raw, b"hello"), (b"general", raw)):
        done = subprocess.run(
            [sys.executable, "manage.py", "send_message", room, message],
            cwd=world.servers[0].folder,
            env=world.servers[0].env,
            capture_output=True,
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        assert done.returncode in (0, 1)
