import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from .tokens import valid_tokens

logger = logging.getLogger(__name__)

SESSION_ENDED = 4401
EVERY = 1  # second


def ended(sockets):
    """Those of some sockets whose session, token or user may not go on."""
    sessions = Session.objects.filter(
        session_key__in={socket.session_key for socket in sockets} - {None},
        expire_date__gt=timezone.now(),
    )
    users = get_user_model().objects.filter(
        pk__in={socket.scope["user"].pk for socket in sockets}, is_active=True
    )
    keys = set(sessions.values_list("session_key", flat=True))
    if tokens := {socket.token for socket in sockets} - {None}:
        keys.update(valid_tokens().filter(pk__in=tokens).values_list("pk", flat=True))
    # A new password gives a user another hash.
    hashes = {user.pk: user.get_session_auth_hash() for user in users}
    return [
        socket
        for socket in sockets
        if (socket.token or socket.session_key) not in keys
        or socket.auth_hash != hashes.get(socket.scope["user"].pk)
    ]


def look(sockets):
    """What `ended` gives, asked in a thread that keeps no connection open."""
    try:
        return ended(sockets)
    finally:
        connection.close()


class Watch:
    """Ask once a second about all sockets of this process, and close those that ended.

    It asks in a thread of its own: the sockets share theirs, and may keep it waiting.
    """

    def __init__(self):
        self.sockets = set()
        self.task = None
        thread = {"thread_sensitive": False, "executor": ThreadPoolExecutor(1)}
        self.look = database_sync_to_async(look, **thread)

    def add(self, socket):
        self.sockets.add(socket)
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self.run())

    async def run(self):
        while self.sockets:
            await asyncio.sleep(EVERY)
            try:
                for socket in await self.look([*self.sockets]):
                    self.sockets.discard(socket)
                    # A browser that takes nothing holds up no other socket.
                    socket.ending = asyncio.create_task(socket.end())
            except Exception:
                logger.exception("The sessions could not be looked up")


watch = Watch()


class SessionMixin:
    """Let a FrameMixin's socket live no longer than its session or token: then 4401.

    What arrives on it after that is not carried out.
    """

    auth_hash = None

    async def __call__(self, scope, receive, send):
        self.scope = scope
        self.token = scope.get("token")
        self.session_key = None if self.token else scope["session"].session_key
        if scope["user"].is_authenticated:
            self.auth_hash = scope["user"].get_session_auth_hash()
            watch.add(self)
        try:
            await super().__call__(scope, receive, send)
        finally:
            watch.sockets.discard(self)

    async def end(self):
        await self.outbox.put({"type": "websocket.close", "code": SESSION_ENDED})

    def carry_out(self, content):
        if ended([self]):
            self.close(SESSION_ENDED)
        else:
            super().carry_out(content)
