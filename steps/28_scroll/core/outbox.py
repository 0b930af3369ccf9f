import asyncio
import logging

logger = logging.getLogger(__name__)

# The list of 10,000 tasks with five items each has 5 million characters.
MOST_WAITING = 10_000_000


class SlowReader(Exception):
    """A browser does not take what we send."""


class Outbox:
    """Frames on their way to one browser: if it is slow, nobody else waits for it."""

    def __init__(self, send):
        self.send = send
        self.queue = asyncio.Queue()
        self.waiting = 0

    async def put(self, message):
        self.waiting += len(message.get("text") or "")
        if self.waiting > MOST_WAITING:
            raise SlowReader
        self.queue.put_nowait(message)

    async def run(self):
        """Send one after the other until one says that the socket closes."""
        type = None
        while type != "websocket.close":
            message = await self.queue.get()
            type = message["type"]
            try:
                await self.send(message)
            except Exception as error:
                # Mostly the browser has gone: let `disconnect` still be called.
                logger.warning("A frame was not sent: %r", error)
            self.waiting -= len(message.get("text") or "")
