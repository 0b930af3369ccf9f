import pytest


# --8<-- [start:broken]
async def test_broken(socket):
    await socket.connect()
    with pytest.raises(TimeoutError):
        await socket.receive_json_from()
    await socket.disconnect()


# --8<-- [end:broken]


# --8<-- [start:mended]
async def test_mended(socket):
    await socket.connect()
    assert await socket.receive_nothing()
    await socket.disconnect()


# --8<-- [end:mended]
