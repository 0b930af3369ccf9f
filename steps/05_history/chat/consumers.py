from asgiref.sync import async_to_sync
from channels.exceptions import DenyConnection
from django.core.exceptions import ValidationError

from core.consumers import FrameConsumer

from .models import Message, Room


class ChatConsumer(FrameConsumer):
    """Keep every message and send it to everyone who is in the same room."""

    def connect(self):
        self.user = self.scope["user"]
        if self.user.is_anonymous:
            raise DenyConnection
        name = self.scope["url_route"]["kwargs"]["name"]
        self.room = Room.objects.filter(name=name).first()
        if self.room is None:
            raise DenyConnection
        self.join(self.room.group_name)
        self.accept()
        self.send_history()

    def join(self, group):
        async_to_sync(self.channel_layer.group_add)(group, self.channel_name)
        # The base class leaves these on disconnect.
        self.groups = [*self.groups, group]

    def send_history(self):
        messages = self.room.last_messages()
        self.listed = {message.pk for message in messages}
        self.send_json(
            {
                "type": "message.list",
                "messages": [message.as_dict() for message in messages],
            }
        )

    def send_to_group(self, group, type, **data):
        async_to_sync(self.channel_layer.group_send)(group, {"type": type, **data})

    def receive_json(self, content):
        if not isinstance(content.get("message"), str):
            raise ValidationError("A message must be text.")
        text = content["message"].strip()
        message = Message(room=self.room, user=self.user, message=text)
        message.full_clean()
        message.save()
        data = {"user": self.user.get_username(), "message": message.message}
        group = self.room.group_name
        self.send_to_group(group, "chat.message", id=message.pk, **data)

    def chat_message(self, event):
        # What was saved while we read the history is in it already.
        if event.pop("id") not in self.listed:
            self.send_json(event)
