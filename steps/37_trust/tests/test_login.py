import pytest
from django.test import Client


@pytest.fixture
def stranger():
    return Client()


@pytest.mark.parametrize("path", ["/", "/chat/", "/chat/general/", "/checklist/"])
def test_page_sends_a_stranger_to_the_login(stranger, room, path):
    response = stranger.get(path)

    assert response.headers["Location"] == f"/accounts/login/?next={path}"


def test_login_leads_home(stranger, alice):
    alice.set_password("secret")
    alice.save()

    response = stranger.post(
        "/accounts/login/", {"username": "alice", "password": "secret"}
    )

    assert response.headers["Location"] == "/"


def test_password_reset_is_not_offered(client):
    assert client.get("/accounts/password_reset/").status_code == 404


def test_logout_leads_to_the_login(client):
    assert client.post("/accounts/logout/").headers["Location"] == "/accounts/login/"


async def test_socket_refuses_a_stranger(connect):
    with pytest.raises(ConnectionRefusedError):
        await connect(user=None)


OTHER_PORTS = ["http://testserver:9000", "https://testserver", "ftp://testserver"]
NO_ORIGINS = ["null", "", "//testserver", "http://evil@testserver", "http://[::1"]


@pytest.mark.parametrize("origin", ["http://evil.example", *OTHER_PORTS, *NO_ORIGINS])
async def test_socket_refuses_a_foreign_origin(connect, origin):
    with pytest.raises(ConnectionRefusedError):
        await connect(origin=origin)


async def test_name_in_the_frame_is_ignored(connect):
    tab = await connect()

    await tab.send_json_to({"user": "bob", "message": "I owe alice 100"})

    assert (await tab.receive_json_from())["user"] == "alice"
