import pytest
from channels.testing import WebsocketCommunicator
from django.test import AsyncClient

from chat.models import Room
from core.asgi import application

NAMES = ["café", "two words", "v1.0", "...", "会議室", 'say "hi"', "it's <b>", "100%"]
NAMES += ["a?b#c", "back\\slash", "-", "n" * 128]


@pytest.fixture(params=NAMES)
def any_name(request):
    return request.param


@pytest.fixture
def room(transactional_db):
    return Room.objects.create(name="general")


@pytest.fixture
def alice(transactional_db, django_user_model):
    return django_user_model.objects.create_user("alice")


@pytest.fixture
def bob(transactional_db, django_user_model):
    return django_user_model.objects.create_user("bob")


@pytest.fixture
def client(client, alice):
    client.force_login(alice)
    return client


@pytest.fixture
async def connect(room, alice):
    """Open any number of sockets, as a browser would, and close them in the end."""
    sockets = []

    async def open_socket(
        path="/ws/chat/general/", user=alice, origin="http://testserver"
    ):
        headers = [(b"host", b"testserver")]
        if origin:
            headers.append((b"origin", origin.encode()))
        if user:
            browser = AsyncClient()
            await browser.aforce_login(user)
            session = browser.cookies["sessionid"].value
            headers.append((b"cookie", f"sessionid={session}".encode()))
        socket = WebsocketCommunicator(application, path, headers)
        connected, _ = await socket.connect()
        if not connected:
            raise ConnectionRefusedError(path)
        sockets.append(socket)
        socket.history = (await socket.receive_json_from())["messages"]
        return socket

    yield open_socket
    for socket in sockets:
        if not socket.future.done():
            await socket.disconnect(timeout=10)
