import pytest
from channels.layers import get_channel_layer
from channels.testing import WebsocketCommunicator

from chat.consumers import ChatConsumer


def members():
    return len(get_channel_layer().groups.get("room", ()))


# --8<-- [start:broken]
@pytest.mark.parametrize("number", [1, 2])
async def test_broken(socket, number):
    await socket.connect()

    assert members() == 1


# --8<-- [end:broken]


# --8<-- [start:mended]
@pytest.fixture
async def polite_socket():
    socket = WebsocketCommunicator(ChatConsumer.as_asgi(), "/")
    yield socket
    await socket.disconnect()


@pytest.mark.parametrize("number", [1, 2])
async def test_mended(polite_socket, number):
    await polite_socket.connect()

    assert members() == 1


# --8<-- [end:mended]
