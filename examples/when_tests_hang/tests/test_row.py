import pytest

from chat.models import Message


async def count(socket):
    await socket.connect()
    await socket.send_json_to({})
    answer = await socket.receive_json_from()
    await socket.disconnect()
    return answer["count"]


# --8<-- [start:broken]
@pytest.fixture
def message(db):
    return Message.objects.create(text="hello")


async def test_broken(socket, message):
    assert await count(socket) == 1


# --8<-- [end:broken]


# --8<-- [start:mended]
@pytest.fixture
def committed_message(transactional_db):
    return Message.objects.create(text="hello")


async def test_mended(socket, committed_message):
    assert await count(socket) == 1


# --8<-- [end:mended]
