import asyncio
import logging
from collections import defaultdict
from functools import partial

from core.limits import Bucket

logger = logging.getLogger(__name__)


class PresenceMixin:
    """Let the sockets of a `group` tell each other what is true for a moment only.

    Nothing of it is stored, and what is lost on the way is not sent again. List it after
    SessionMixin, and set `is_shared` once somebody else may listen.
    """

    is_shared = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.unsaid, self.saying = [], None
        self.buckets = defaultdict(partial(Bucket, burst=1, rate=1))

    def say(self, kind, channel=None, **extra):
        """Tell the group, or one channel, once the frame at hand is dealt with."""
        if self.is_shared:
            frame = {"type": kind, "user": self.user.get_username()}
            event = {"type": "list.moment", "frame": frame, **extra}
            send = self.channel_layer.send if channel else self.channel_layer.group_send
            self.unsaid.append(partial(send, channel or self.group, event))

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
            if self.unsaid and (self.saying is None or self.saying.done()):
                self.saying = asyncio.create_task(self.say_all())

    async def hear(self, type, frame, newcomer=None):
        """Pass on what another user says, and answer where that is called for."""
        if frame["user"] != self.user.get_username():
            text = self.encode_json(frame)
            await self.outbox.put({"type": "websocket.send", "text": text})
            if newcomer:
                self.say("list.here", newcomer)
        elif frame["type"] == "list.gone":
            self.say("list.here")  # from this tab, which is still open

    async def say_all(self):
        """Beside all else: while Redis is away, no frame waits for this."""
        try:
            while self.unsaid:
                await self.unsaid.pop(0)()
        except Exception as error:
            self.unsaid.clear()
            logger.warning("The others do not hear who is here: %s", error)
