import pytest
from channels.testing import WebsocketCommunicator

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
async def connect(room):
    """Open any number of sockets, as a browser would, and close them in the end."""
    sockets = []

    async def open_socket(path="/ws/chat/general/"):
        socket = WebsocketCommunicator(application, path)
        connected, _ = await socket.connect()
        if not connected:
            raise ConnectionRefusedError(path)
        sockets.append(socket)
        return socket

    yield open_socket
    for socket in sockets:
        if not socket.future.done():
            await socket.disconnect(timeout=10)
