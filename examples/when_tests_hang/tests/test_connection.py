import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async

from chat.models import Message


# --8<-- [start:broken]
@pytest.mark.django_db(transaction=True)
async def test_broken():
    assert await sync_to_async(Message.objects.count)() == 0


# --8<-- [end:broken]


# --8<-- [start:mended]
@pytest.mark.django_db(transaction=True)
async def test_mended():
    assert await database_sync_to_async(Message.objects.count)() == 0


# --8<-- [end:mended]
