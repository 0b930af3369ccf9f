import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.backends import ModelBackend
from django.core import signing
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from rest_framework.authtoken.models import Token

from checklist.models import Task
from core import tickets, tokens
from once.models import CarriedOut

JSON = "application/json"
TASKS, TICKET = "/api/tasks", "/api/ticket"
LOGIN, LOGOUT = "/api/login", "/api/logout"
FRONT_END = "https://app.example"
CLOSED = {"type": "websocket.close", "code": 4401}


@pytest.fixture
def password(alice):
    alice.set_password("open-sesame")
    alice.save()
    return "open-sesame"


@pytest.fixture
def token(alice):
    return Token.objects.create(user=alice)


@pytest.fixture
def api(token):
    return Client(headers={"authorization": f"Token {token.key}"})


@pytest.fixture
def buy_ticket(api):
    @sync_to_async
    def buy_ticket():
        return api.post(TICKET).json()["ticket"]

    return buy_ticket


@pytest.fixture
def show(checklist):
    """Open the checklist's socket with a ticket, as a program does."""

    async def show(ticket, origin=None, **options):
        path = f"/ws/checklist/?ticket={ticket}"
        return await checklist(path=path, user=None, origin=origin, **options)

    return show


@pytest.fixture
def checklist(open_socket):
    async def open_checklist(path="/ws/checklist/", **options):
        socket = await open_socket(path, **options)
        socket.version = (await socket.receive_json_from())["version"]
        return socket

    return open_checklist


def ask_for_token(password, **options):
    data = {"username": "alice", "password": password}
    return Client().post(LOGIN, data, JSON, **options)


def make_old():
    old = timezone.now() - tokens.VALID + timedelta(seconds=0.2)
    Token.objects.update(created=old)


def test_token_is_given_for_a_password(password):
    key = ask_for_token(password).json()["token"]

    headers = {"authorization": f"Token {key}"}
    assert Client(headers=headers).get(TASKS).status_code == 200
    assert ask_for_token(password).json()["token"] == key


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "{}", '{"username": {}}', '{"username": "a\\u0000"}']
)
def test_token_is_not_given_for_a_bad_request(password, body):
    assert Client().post(LOGIN, body, JSON).status_code == 400


def test_passwords_are_not_guessed_here_either(password, monkeypatch):
    hashed = []
    authenticate = ModelBackend.authenticate

    def counted(self, request, **data):
        hashed.append(data["username"])
        return authenticate(self, request, **data)

    monkeypatch.setattr(ModelBackend, "authenticate", counted)
    for _ in range(5):
        ask_for_token("wrong")

    refused = ask_for_token(password)
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "300"
    assert hashed == ["alice"] * 5
    assert not Token.objects.exists()


def test_old_token_is_worthless_and_replaced(password, api, token):
    Token.objects.update(created=timezone.now() - tokens.VALID)

    assert api.get(TASKS).status_code == 401
    assert api.post(TICKET).status_code == 401
    assert ask_for_token(password).json()["token"] != token.key


def test_right_password_forgets_the_wrong_ones(password):
    for guess in ["wrong"] * 4 + [password, "wrong"]:
        ask_for_token(guess)

    assert ask_for_token(password).status_code == 200


@pytest.mark.parametrize("old", ["Token x", "Token", "Token a b", "Bearer x"])
def test_token_is_given_whatever_token_is_shown(password, old):
    headers = {"authorization": old}

    assert ask_for_token(password, headers=headers).status_code == 200


def test_form_gets_no_token_as_any_site_could_send_it(password):
    data = {"username": "alice", "password": password}

    assert Client().post(LOGIN, data).status_code == 415


def test_admin_does_not_show_tokens(admin_client, token):
    assert admin_client.get("/admin/authtoken/tokenproxy/").status_code == 404

    page = admin_client.get(f"/admin/auth/user/{token.user_id}/delete/")

    assert "API token" in page.content.decode()
    assert token.key not in page.content.decode()


def test_token_that_has_ended_answers_like_one_that_never_was(api, token, alice):
    never = Client(headers={"authorization": f"Token {'0' * 40}"}).get(TASKS)

    Token.objects.update(created=timezone.now() - tokens.VALID)
    assert api.get(TASKS).json() == never.json()

    Token.objects.update(created=timezone.now())
    assert api.get(TASKS).status_code == 200
    alice.is_active = False
    alice.save()
    assert api.get(TASKS).json() == never.json()


def test_token_that_is_given_back_is_worthless(api):
    assert api.post(LOGOUT).status_code == 204

    assert api.get(TASKS).status_code == 401
    assert api.post(LOGOUT).status_code == 401
    assert Client().post(LOGOUT).status_code == 401


def test_ticket_is_for_tokens_alone(client):
    """The client has a session, as a browser does."""
    assert client.post(TICKET).status_code == 401


async def test_program_with_a_ticket_hears_and_is_heard(checklist, show, buy_ticket):
    tab, program = await checklist(), await show(await buy_ticket())

    await tab.send_json_to({"type": "task.create", "name": "Buy bread"})
    assert (await program.receive_json_from())["name"] == "Buy bread"
    assert (await tab.receive_json_from())["name"] == "Buy bread"
    await program.send_json_to({"type": "task.create", "name": "Sell it"})

    for socket in tab, program:
        assert (await socket.receive_json_from())["name"] == "Sell it"


async def test_program_with_a_ticket_chats(connect, buy_ticket):
    tab = await connect()
    path = f"/ws/chat/general/?ticket={await buy_ticket()}"
    program = await connect(path, user=None, origin=None)

    await program.send_json_to({"message": "hello"})

    message = await tab.receive_json_from()
    assert (message["user"], message["message"]) == ("alice", "hello")


async def test_ticket_opens_one_socket(show, buy_ticket):
    ticket = await buy_ticket()
    await show(ticket)

    with pytest.raises(ConnectionRefusedError):
        await show(ticket)


async def test_ticket_that_is_shown_twice_at_once_opens_one_socket(show, buy_ticket):
    ticket = await buy_ticket()

    shown = [show(ticket) for _ in range(4)]
    found = await asyncio.gather(*shown, return_exceptions=True)

    refused = [each for each in found if isinstance(each, ConnectionRefusedError)]
    assert len(refused) == 3


async def test_old_ticket_is_refused(show, buy_ticket, monkeypatch):
    ticket = await buy_ticket()
    monkeypatch.setattr(tickets, "SECONDS", -1)

    with pytest.raises(ConnectionRefusedError):
        await show(ticket)


def forge(**content):
    content = {"user": 1, "token_made": "2030-01-01T12:00:00+00:00"} | content
    return signing.dumps(content, salt="another")


@pytest.mark.parametrize(
    "ticket", ["", "x", ":", "a:b:c", "%00", "%ff", "é", "x" * 5000, forge(id="x")]
)
async def test_what_is_no_ticket_is_refused(show, checklist, ticket):
    """Also to somebody who has a session."""
    with pytest.raises(ConnectionRefusedError):
        await show(ticket)
    with pytest.raises(ConnectionRefusedError):
        await checklist(f"/ws/checklist/?ticket={ticket}")


async def give_back(alice, token):
    await Token.objects.all().adelete()


async def rotate(alice, token):
    await Token.objects.all().adelete()
    await Token.objects.acreate(user=alice)


async def expire(alice, token):
    await sync_to_async(make_old)()
    await asyncio.sleep(0.3)


async def deactivate(alice, token):
    alice.is_active = False
    await alice.asave()


async def delete_user(alice, token):
    await alice.adelete()


ENDS = [give_back, rotate, expire, deactivate, delete_user]


@pytest.mark.parametrize("end", ENDS)
async def test_ticket_ends_with_its_token(show, buy_ticket, alice, token, end):
    ticket = await buy_ticket()

    await end(alice, token)

    with pytest.raises(ConnectionRefusedError):
        await show(ticket)


async def change_password(alice, token):
    alice.set_password("another")
    await alice.asave()


async def test_new_password_leaves_the_token(show, buy_ticket, alice, token):
    await change_password(alice, token)

    await show(await buy_ticket())


@pytest.mark.parametrize("end", [*ENDS, change_password])
async def test_socket_ends_with_its_token(show, buy_ticket, alice, token, end):
    program = await show(await buy_ticket())

    await end(alice, token)

    assert await program.receive_output(timeout=2) == CLOSED


async def test_frame_after_the_end_of_a_token_is_not_carried_out(
    show, buy_ticket, alice, token
):
    program = await show(await buy_ticket())
    await give_back(alice, token)

    await program.send_json_to({"type": "task.create", "name": "Too late"})

    assert await program.receive_output(timeout=2) == CLOSED
    assert not await Task.objects.aexists()


async def test_end_of_a_session_leaves_the_programs(show, buy_ticket, client):
    program = await show(await buy_ticket())

    await sync_to_async(client.logout)()

    assert await program.receive_nothing(timeout=1.5)


async def test_page_of_a_front_end_may_show_a_ticket(show, buy_ticket, settings):
    settings.CORS_ALLOWED_ORIGINS = [FRONT_END]

    await show(await buy_ticket(), origin=FRONT_END)


async def test_program_may_name_our_own_origin(show, buy_ticket):
    await show(await buy_ticket(), origin="http://testserver")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://app"])
async def test_page_of_another_site_may_not(show, buy_ticket, settings, origin):
    """Nor can anybody use its ticket then, which may be in a log."""
    settings.CORS_ALLOWED_ORIGINS = [FRONT_END]
    ticket = await buy_ticket()

    for each in origin, FRONT_END:
        with pytest.raises(ConnectionRefusedError):
            await show(ticket, origin=each)


async def test_page_of_a_front_end_needs_a_ticket(checklist, settings):
    """Its visitor may be logged in here."""
    settings.CORS_ALLOWED_ORIGINS = [FRONT_END]

    with pytest.raises(ConnectionRefusedError):
        await checklist(origin=FRONT_END)


async def test_ticket_is_still_good_after_the_database_was_away(
    show, buy_ticket, monkeypatch, caplog
):
    ticket = await buy_ticket()

    def away(*args):
        raise OperationalError("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(CarriedOut, "remember", away)
        with pytest.raises(ConnectionRefusedError):
            await show(ticket)
    assert "the database is away" in caplog.text

    await show(ticket)


@pytest.mark.parametrize("path", [TASKS, LOGIN])
def test_front_end_may_use_the_api(api, settings, path):
    settings.CORS_ALLOWED_ORIGINS = [FRONT_END]
    headers = {"access-control-request-method": "POST"}

    for origin, allowed in (FRONT_END, FRONT_END), ("https://evil.example", None):
        asked = api.options(path, headers=headers | {"origin": origin})
        answer = api.get(path, headers={"origin": origin})
        assert asked.headers.get("access-control-allow-origin") == allowed
        assert answer.headers.get("access-control-allow-origin") == allowed
        assert "access-control-allow-credentials" not in answer.headers  # no cookies
        if allowed:
            may_send = asked.headers["access-control-allow-headers"].split(", ")
            assert {"authorization", "content-type"} <= {*may_send}


def test_front_end_may_not_read_pages(client, settings):
    settings.CORS_ALLOWED_ORIGINS = [FRONT_END]

    api, page = [
        client.get(path, headers={"origin": FRONT_END})
        for path in (TASKS, "/checklist/")
    ]

    assert api.headers["access-control-allow-origin"] == FRONT_END
    assert "access-control-allow-origin" not in page.headers
