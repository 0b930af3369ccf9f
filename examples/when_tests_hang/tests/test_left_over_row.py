import pytest


async def count_after(socket, text):
    await socket.connect()
    await socket.send_json_to({"text": text})
    answer = await socket.receive_json_from()
    await socket.disconnect()
    return answer["count"]


# --8<-- [start:broken]
@pytest.mark.django_db
@pytest.mark.parametrize("text", ["hello", "bye"])
async def test_broken(socket, text):
    assert await count_after(socket, text) == 1


# --8<-- [end:broken]


# --8<-- [start:mended]
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("text", ["hello", "bye"])
async def test_mended(socket, text):
    assert await count_after(socket, text) == 1


# --8<-- [end:mended]
