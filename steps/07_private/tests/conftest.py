import asyncio

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
def carol(transactional_db, django_user_model):
    return django_user_model.objects.create_user("carol")


@pytest.fixture
def client(client, alice):
    client.force_login(alice)
    return client


class Tab(WebsocketCommunicator):
    """A socket that does not mind who comes and goes, unless `ignored` is emptied."""

    ignored = ("user.join", "user.leave")
    broken = False

    def __init__(self, application, path, headers):
        self.tried = asyncio.Event()

        async def breakable(scope, receive, send):
            async def send_unless_broken(message):
                if self.broken:
                    self.tried.set()
                    raise OSError("the socket is closed")
                await send(message)

            await application(scope, receive, send_unless_broken)

        super().__init__(breakable, path, headers)

    async def receive_json_from(self, timeout=5):
        frame = await super().receive_json_from(timeout)
        while frame["type"] in self.ignored:
            frame = await super().receive_json_from(timeout)
        return frame


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
        socket = Tab(application, path, headers)
        connected, _ = await socket.connect(timeout=5)
        if not connected:
            raise ConnectionRefusedError(path)
        sockets.append(socket)
        socket.history = (await socket.receive_json_from())["messages"]
        socket.users = (await socket.receive_json_from())["users"]
        return socket

    yield open_socket
    for socket in sockets:
        if not socket.future.done():
            await socket.disconnect(timeout=10)
