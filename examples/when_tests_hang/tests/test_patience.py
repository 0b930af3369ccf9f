import asyncio

import pytest
from channels.layers import get_channel_layer


# --8<-- [start:broken]
async def test_broken():
    layer = get_channel_layer()
    await layer.send("mailbox", {"type": "mail"})
    await layer.receive("mail.box")


# --8<-- [end:broken]


# --8<-- [start:mended]
async def test_mended():
    layer = get_channel_layer()
    await layer.send("mailbox", {"type": "mail"})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await layer.receive("mail.box")


# --8<-- [end:mended]
