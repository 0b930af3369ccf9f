from asgiref.sync import sync_to_async

from chat.consumers import announce


# --8<-- [start:broken]
async def test_broken(socket):
    await socket.connect()
    announce("hello")
    assert await socket.receive_json_from() == {"text": "hello"}
    await socket.disconnect()


# --8<-- [end:broken]


# --8<-- [start:mended]
async def test_mended(socket):
    await socket.connect()
    await sync_to_async(announce)("hello")
    assert await socket.receive_json_from() == {"text": "hello"}
    await socket.disconnect()


# --8<-- [end:mended]
