from asgiref.sync import async_to_sync
from channels.generic.websocket import JsonWebsocketConsumer


class ChatConsumer(JsonWebsocketConsumer):
    """Send every message to everyone who has the page open."""

    groups = ["chat"]

    def connect(self):
        self.accept()

    def receive_json(self, content):
        event = {"type": "chat.message", "message": content["message"]}
        async_to_sync(self.channel_layer.group_send)("chat", event)

    def chat_message(self, event):
        self.send_json(event)
