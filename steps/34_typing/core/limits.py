from time import monotonic

from django.conf import settings

MOST_BYTES = 64 * 1024
MOST_ENTERING = 20


class Bucket:
    """A token for each frame that may come now; more drop in all the time.

    Without a burst or a rate there is no limit.
    """

    def __init__(self, burst, rate):
        self.burst, self.rate = burst, rate
        self.tokens, self.looked_at = burst, monotonic()

    def take(self):
        """Take a token; False when there is none."""
        if self.burst <= 0 or self.rate <= 0:
            return True
        now = monotonic()
        more = (now - self.looked_at) * self.rate
        self.tokens, self.looked_at = min(self.burst, self.tokens + more), now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Limits:
    """What may come: how much at a time, and how fast."""

    def __init__(self):
        self.bucket = Bucket(settings.FRAME_BURST, settings.FRAME_RATE)

    def refuse(self, message):
        """Why this frame is not even read; None where nothing is wrong."""
        if message["type"] != "websocket.receive":
            return None
        if not self.bucket.take():
            return "Too many frames. Wait a moment."
        content = message.get("bytes") or (message.get("text") or "").encode(
            "utf-8", "replace"
        )
        if len(content) > MOST_BYTES:
            return "A frame holds at most 64 KiB."
        return None


class Door:
    """Let only so many sockets enter at a time, and refuse the others: they come again.

    A browser does not wait for long, and a handshake that it gave up costs as much.
    """

    def __init__(self, application):
        self.application, self.entering = application, set()

    async def __call__(self, scope, receive, send):
        if len(self.entering) >= MOST_ENTERING:
            return await send({"type": "websocket.close"})
        self.entering.add(id(scope))

        async def send_and_count(message):
            self.entering.discard(id(scope))  # accepted, or refused
            await send(message)

        try:
            await self.application(scope, receive, send_and_count)
        finally:
            self.entering.discard(id(scope))
