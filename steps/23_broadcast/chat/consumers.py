import logging
from functools import partial

from asgiref.sync import async_to_sync
from channels.exceptions import DenyConnection
from django.core.exceptions import ValidationError
from django.db import transaction

from core.consumers import FrameConsumer
from core.sessions import SessionMixin
from once.mixins import OnceMixin

from .models import Message, Room
from .posting import save
from .presence import PresenceMixin
from .private import PrivateMixin, inbox

logger = logging.getLogger(__name__)

SAVED = "Saved. The others will see it in a moment."


class ChatConsumer(SessionMixin, OnceMixin, PresenceMixin, PrivateMixin, FrameConsumer):
    """Keep every message and send it to everyone who is in the same room."""

    def connect(self):
        self.user = self.scope["user"]
        if self.user.is_anonymous:
            raise DenyConnection
        name = self.scope["url_route"]["kwargs"]["name"]
        self.room = Room.objects.filter(name=name).first()
        if self.room is None:
            raise DenyConnection
        self.enter()
        self.join(inbox(self.user))
        self.accept()
        self.send_history()

    def disconnect(self, code):
        if self.connection:
            self.leave()

    def send_history(self, after=-1):
        if type(after) is not int:
            raise ValidationError("The version after which to begin is a whole number.")
        version, messages = self.room.get_version(), self.room.last_messages()
        self.listed = max([version, *(message.version for message in messages)])
        missing = [message for message in messages if message.version > after]
        self.send_json(
            {
                "type": "message.list",
                "version": self.listed,
                "after": after if len(missing) < len(messages) else None,  # begin anew
                "messages": [message.as_dict() for message in missing],
            }
        )

    def send_to_channel(self, channel, type):
        async_to_sync(self.channel_layer.send)(channel, {"type": type})

    def receive_json(self, content):
        match content.get("type"):
            case None:
                self.receive_message(content)
            case "ping":
                self.ping()
                self.send_json({"type": "pong", "version": self.room.get_version()})
            case "message.list":
                self.send_history(content.get("after", -1))
            case _:
                raise ValidationError("Unknown type of frame.")

    def receive_message(self, content):
        if not isinstance(content.get("message"), str):
            raise ValidationError("A message must be text.")
        text = content["message"].strip()
        message = Message(room=self.room, user=self.user, message=text)
        if text.split()[:1] == ["/pm"]:
            message.full_clean()
            self.send_private(text)
        else:
            transaction.on_commit(partial(self.tell, save(message)))

    def tell(self, event):
        try:
            self.send_to_group(self.room.group_name, **event)
        except Exception:
            logger.exception("A message was saved and not broadcast")
            self.chat_message(event)
            self.send_json({"type": "saved", "message": SAVED})

    def chat_message(self, event):
        # What was saved while we read the history is in it already.
        if event["version"] > self.listed:
            self.send_json(event)

    async def dispatch(self, message):
        if not message["type"].startswith("answer."):
            return await super().dispatch(message)
        text = self.encode_json(message)
        await self.outbox.put({"type": "websocket.send", "text": text})
