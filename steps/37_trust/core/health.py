import asyncio
import logging
from contextvars import Context

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import JsonResponse

logger = logging.getLogger(__name__)

PATIENCE = 2  # seconds


@database_sync_to_async
def ask_database():
    connection.cursor().execute("SELECT 1")


async def ask_layer():
    """Send something to a group that nobody is in: a channel of our own would stay."""
    await get_channel_layer().group_send("health", {"type": "health"})


async def state_of(name, ask):
    try:
        async with asyncio.timeout(PATIENCE):
            # Not in this request's thread, but in the one that all sockets share.
            await asyncio.create_task(ask(), context=Context())
    except Exception:
        logger.exception("The %s does not answer", name)
        return "down"
    return "up"


@login_not_required
async def health(request):
    """Say whether the database and the layer answer, to people and to monitors."""
    parts = {"database": ask_database, "layer": ask_layer}
    states = {name: await state_of(name, ask) for name, ask in parts.items()}
    return JsonResponse(states, status=503 if "down" in states.values() else 200)
