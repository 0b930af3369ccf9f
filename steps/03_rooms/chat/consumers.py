from asgiref.sync import async_to_sync
from channels.exceptions import DenyConnection
from channels.generic.websocket import JsonWebsocketConsumer

from .models import Room


class ChatConsumer(JsonWebsocketConsumer):
    """Send every message to everyone who is in the same room."""

    def connect(self):
        name = self.scope["url_route"]["kwargs"]["name"]
        room = Room.objects.filter(name=name).first()
        if room is None:
            raise DenyConnection
        self.group = room.group_name
        self.join(self.group)
        self.accept()

    def join(self, group):
        async_to_sync(self.channel_layer.group_add)(group, self.channel_name)
        # The base class leaves these on disconnect.
        self.groups = [*self.groups, group]

    def receive_json(self, content):
        event = {"type": "chat.message", "message": content["message"]}
        async_to_sync(self.channel_layer.group_send)(self.group, event)

    def chat_message(self, event):
        self.send_json(event)
