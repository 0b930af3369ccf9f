import os
from asyncio import Lock
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError

from .limits import Limits

TOO_MANY_SOCKETS = 4429


def most(name, default):
    """A limit for the settings that the environment may change; 0 is no limit."""
    text = os.environ.get(name, str(default))
    if not text.isdecimal():
        raise ImproperlyConfigured(f"{name} must be 0 or a whole number, not “{text}”.")
    return int(text)


def check_share(rows, limit, what):
    """Refuse one more row where a user has as many as the limit allows."""
    if 0 < limit <= rows.count():
        raise ValidationError(f"You can have at most {limit} {what}.")


def username(request, credentials):
    return (credentials or request.POST).get("username", "")[:255]  # as much as fits


class Share:
    """What one user has of this process: sockets, limits, and a turn in the thread."""

    def __init__(self):
        self.sockets = {}  # the oldest first
        self.limits = Limits()
        self.turn = Lock()

    async def enter(self, socket):
        """Count a socket; where there are too many, the oldest closes."""
        self.sockets[socket] = None
        if 0 < settings.MOST_SOCKETS < len(self.sockets):
            oldest = next(iter(self.sockets))
            del self.sockets[oldest]
            close = {"type": "websocket.close", "code": TOO_MANY_SOCKETS}
            await oldest.outbox.put(close)


@lru_cache(maxsize=10_000)
def share_of(user):
    return Share()
