import pytest
from channels.testing import WebsocketCommunicator

from core.asgi import application


@pytest.fixture
async def connect():
    """Open any number of sockets, as a browser would, and close them in the end."""
    sockets = []

    async def open_socket(path="/ws/chat/"):
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
