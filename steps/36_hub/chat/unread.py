from functools import partial

from channels.exceptions import DenyConnection
from django.core.exceptions import ValidationError
from django.db import transaction

from core.consumers import FrameConsumer
from core.sessions import SessionMixin

from .models import ReadMark, Room
from .posting import ROOMS, tell_lists

MOST_LISTED = 100


def marks_of(user):
    """The group of all lists of rooms that a person looks at."""
    return f"chat.marks.{user.pk}"


class RoomsConsumer(SessionMixin, FrameConsumer):
    """Keep somebody's list of rooms right: its order, and what they have not read."""

    def connect(self):
        if self.scope["user"].is_anonymous:
            raise DenyConnection
        self.join(ROOMS)
        self.join(marks_of(self.scope["user"]))
        self.accept()
        self.send_rooms()

    def send_rooms(self):
        rooms = Room.listed(self.scope["user"])[:MOST_LISTED]
        rows = [room.as_dict(read=room.read) for room in rooms]
        self.send_json({"type": "room.list", "rooms": rows})

    def receive_json(self, content):
        if content.get("type") != "ping":
            raise ValidationError("Unknown type of frame.")
        self.send_rooms()  # it is the pong, and heals what was lost

    async def dispatch(self, message):
        if not message["type"].startswith("room."):
            return await super().dispatch(message)
        text = self.encode_json(message)
        await self.outbox.put({"type": "websocket.send", "text": text})


class ReadMixin:
    """Let a consumer of `self.room` be told how far its user has read."""

    def mark_read(self, version):
        if type(version) is not int:
            raise ValidationError("The version that was read is a whole number.")
        read = ReadMark.forward(self.user, self.room, version)
        if read is not None:
            transaction.on_commit(partial(self.tell_read, read))

    def tell_read(self, read):
        tell_lists(marks_of(self.user), type="room.read", id=self.room.pk, read=read)
