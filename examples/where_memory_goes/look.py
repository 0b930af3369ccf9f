"""Serve the project, and say what its memory holds whenever SIGUSR1 comes.

uvicorn look:application, and then: kill -USR1 and the number of the process.
"""

import asyncio
import gc
import json
import signal
import sys
import tracemalloc
from collections import Counter

import psutil
from channels.consumer import AsyncConsumer
from channels.layers import get_channel_layer

from core.asgi import application

__all__ = ["application"]


def look(*_):
    gc.collect()
    objects = gc.get_objects()
    layer = get_channel_layer()
    found = {
        "rss": psutil.Process().memory_info().rss // 2**20,
        "objects": len(objects),
        "consumers": sum(isinstance(each, AsyncConsumer) for each in objects),
        "tasks": len(asyncio.all_tasks()),
        "channels": len(layer.channels),
        "members": sum(map(len, layer.groups.values())),
        "most": Counter(type(each).__name__ for each in objects).most_common(3),
    }
    if tracemalloc.is_tracing():
        lines = tracemalloc.take_snapshot().statistics("lineno")
        found["lines"] = [str(line) for line in lines[:10]]
    print("look", json.dumps(found), file=sys.stderr, flush=True)


signal.signal(signal.SIGUSR1, look)
