import pytest
from channels.testing import WebsocketCommunicator

from chat.consumers import ChatConsumer


@pytest.fixture
def socket():
    return WebsocketCommunicator(ChatConsumer.as_asgi(), "/")
