import asyncio
import logging
from collections import defaultdict
from functools import partial

from core.limits import Bucket

logger = logging.getLogger(__name__)


class Voice:
    """Say what the sockets of this process have to say, one after the other."""

    def __init__(self):
        self.unsaid, self.task = {}, None

    def add(self, unsaid):
        self.unsaid |= unsaid
        if self.unsaid and (self.task is None or self.task.done()):
            self.task = asyncio.create_task(self.say_all())

    async def say_all(self):
        """Say it beside all else; while Redis is away, all that waits is dropped."""
        try:
            while self.unsaid:
                await self.unsaid.pop(next(iter(self.unsaid)))()
        except Exception as error:
            logger.warning("The others do not hear who is here: %s", error)
        finally:
            self.unsaid.clear()


voice = Voice()


class PresenceMixin:
    """Let the sockets of a `group` tell each other what is true for a moment only.

    Nothing of it is stored, and what is lost on the way is not sent again. List it after
    SessionMixin, and set `is_shared` once somebody else may listen.
    """

    is_shared = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.unsaid = {}
        self.buckets = defaultdict(partial(Bucket, burst=1, rate=1))

    def say(self, kind, channel=None, **extra):
        """Tell the group, or one channel, once the frame at hand is dealt with."""
        if self.is_shared:
            frame = {"type": kind, "user": self.user.get_username()}
            event = {"type": "list.moment", "group": self.group, "frame": frame} | extra
            send = self.channel_layer.send if channel else self.channel_layer.group_send
            # Under one key, so that several tabs say the same once.
            self.unsaid[channel, str(event)] = partial(
                send, channel or self.group, event
            )

    def repeat(self, kind):
        """Say what a page repeats: once a second, and what is more is dropped."""
        if self.buckets[kind].take():
            self.say(kind)

    def disconnect(self, code):
        self.say("list.gone")

    async def dispatch(self, message):
        try:
            if message["type"] == "list.moment":
                await self.hear(**message)
            else:
                await super().dispatch(message)
        finally:
            voice.add(self.unsaid)
            self.unsaid = {}

    async def hear(self, type, group, frame, newcomer=None):
        """Pass on what another user says, and answer where that is called for."""
        if group != self.group:
            return  # it was said before somebody was removed
        if frame["user"] != self.user.get_username():
            text = self.encode_json(frame)
            await self.outbox.put({"type": "websocket.send", "text": text})
            if newcomer:
                self.say("list.here", newcomer)
        elif frame["type"] == "list.gone":
            self.say("list.here")  # from this tab, which is still open
