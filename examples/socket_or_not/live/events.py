import asyncio
import json

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.http import StreamingHttpResponse

from .models import all_tasks

HEARTBEAT = 20  # seconds


async def stream():
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add("tasks", channel)
    try:
        for task in await sync_to_async(all_tasks)():
            yield f"data: {json.dumps(task)}\n\n"
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT):
                    event = await layer.receive(channel)
            except TimeoutError:
                yield ": still here\n\n"
            else:
                yield f"data: {json.dumps(event['task'])}\n\n"
    finally:
        await layer.group_discard("tasks", channel)


async def events(request):
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(
        stream(), content_type="text/event-stream", headers=headers
    )
