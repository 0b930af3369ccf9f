import pytest
from django.contrib.auth.backends import ModelBackend
from django.test import Client
from django.utils import timezone
from rest_framework.authtoken.models import Token

from core import tokens

JSON = "application/json"
TASKS = "/api/tasks"
LOGIN, LOGOUT = "/api/login", "/api/logout"
FRONT_END = "https://app.example"


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


def ask_for_token(password, **options):
    data = {"username": "alice", "password": password}
    return Client().post(LOGIN, data, JSON, **options)


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
