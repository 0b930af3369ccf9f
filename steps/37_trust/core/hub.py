import asyncio
import logging
from contextlib import suppress
from functools import lru_cache

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from redis import RedisError

from .outbox import SlowReader

logger = logging.getLogger(__name__)


def addressed(group, text):
    """The group of all hubs, and the event, that bring a text to a group's sockets."""
    return f"hub.{group}", {"type": "entity.change", "to": group, "text": text}


class Hub:
    """Hear once what a group is told, for all sockets of this process that follow it."""

    def __init__(self):
        self.layer = get_channel_layer()
        self.sockets = {}  # by group
        self.lock = asyncio.Lock()  # who comes and who goes wait for each other
        self.task = None

    async def add(self, group, socket):
        async with self.lock:
            if self.task is None:
                self.channel = await self.layer.new_channel()
                self.task = asyncio.create_task(self.run())
            hub_group, _ = addressed(group, None)
            await self.layer.group_add(hub_group, self.channel)
            await self.layer.group_add(group, socket.channel_name)
            if not socket.gone:  # while this waited
                self.sockets.setdefault(group, set()).add(socket)

    async def discard(self, group, socket):
        async with self.lock:
            sockets = self.sockets.get(group, set())
            sockets.discard(socket)
            if not sockets and self.sockets.pop(group, None) is not None:
                hub_group, _ = addressed(group, None)
                with suppress(RedisError):  # what still comes goes to nobody
                    await self.layer.group_discard(hub_group, self.channel)

    async def run(self):
        while True:
            try:
                event = await self.layer.receive(self.channel)
                for socket in [*self.sockets.get(event["to"], ())]:
                    await self.pass_on(event["text"], socket)
            except Exception:
                logger.exception("The hub could not pass a change on")
                await asyncio.sleep(0.1)

    async def pass_on(self, text, socket):
        try:
            await socket.overhear(text)
        except SlowReader:
            # Only the socket itself can end. Nobody else waits until it is told to.
            socket.ending = asyncio.create_task(self.end(socket))

    async def end(self, socket):
        try:
            await self.layer.send(socket.channel_name, {"type": "slow.reader"})
        except Exception:  # it is tried again with the next change
            logger.exception("A slow reader could not be told to end")


@lru_cache(maxsize=1)
def hub_of(loop):
    """The hub of an event loop: a server has one loop, and each test has another."""
    return Hub()


class HubMixin:
    """Let a FrameMixin's socket hear by the hub what its groups are told."""

    gone = False
    heard = None  # what is told while a message is dealt with

    async def __call__(self, scope, receive, send):
        self.hub = hub_of(asyncio.get_running_loop())
        self.followed = set()
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.gone = True
            for group in [*self.followed]:
                await self.hub.discard(group, self)

    def join(self, group):
        self.followed.add(group)
        async_to_sync(self.hub.add)(group, self)
        self.groups = [*self.groups, group]

    def leave(self, group):
        self.groups = [each for each in self.groups if each != group]
        async_to_sync(self.hub.discard)(group, self)
        self.followed.discard(group)
        async_to_sync(self.channel_layer.group_discard)(group, self.channel_name)

    async def dispatch(self, message):
        """What the hub passes on meanwhile waits until this message is dealt with."""
        self.heard = []
        await super().dispatch(message)  # if this raises, the socket ends
        heard, self.heard = self.heard, None
        for text in heard:
            await self.overhear(text)

    async def overhear(self, text):
        if self.heard is None:
            await self.outbox.put({"type": "websocket.send", "text": text})
        else:
            self.heard.append(text)

    def slow_reader(self, event):
        raise SlowReader
