import pytest
from channels.layers import get_channel_layer


# --8<-- [start:broken]
@pytest.mark.parametrize("text", ["hello", "bye"])
async def test_broken(text):
    layer = get_channel_layer()
    await layer.group_add("room", "watcher")
    for each in (text, "the end"):
        await layer.group_send("room", {"type": "chat.message", "text": each})

    assert (await layer.receive("watcher"))["text"] == text


# --8<-- [end:broken]


# --8<-- [start:mended]
@pytest.fixture
async def layer():
    yield get_channel_layer()
    await get_channel_layer().flush()


@pytest.mark.parametrize("text", ["hello", "bye"])
async def test_mended(layer, text):
    await layer.group_add("room", "watcher")
    for each in (text, "the end"):
        await layer.group_send("room", {"type": "chat.message", "text": each})

    assert (await layer.receive("watcher"))["text"] == text


# --8<-- [end:mended]
