import pytest


# --8<-- [start:broken]
async def hello(socket):
    await socket.connect()
    await socket.send_json_to({})
    await socket.receive_json_from()
    await socket.disconnect()


@pytest.mark.django_db(transaction=True)
async def test_broken_of_rows(socket):
    await hello(socket)


async def test_broken_without_rows(socket):
    await socket.connect()
    await socket.disconnect()


# --8<-- [end:broken]


# --8<-- [start:mended]
@pytest.mark.django_db(transaction=True)
class TestMended:
    async def test_of_rows(self, socket):
        await hello(socket)

    async def test_without_rows(self, socket):
        await socket.connect()
        await socket.disconnect()


# --8<-- [end:mended]
