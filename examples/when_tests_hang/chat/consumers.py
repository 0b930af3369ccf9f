import threading

from asgiref.sync import async_to_sync
from channels.generic.websocket import JsonWebsocketConsumer
from channels.layers import get_channel_layer

from .models import Message

released = threading.Event()


def announce(text):
    """Tell everybody in the room, from synchronous code."""
    event = {"type": "chat.message", "text": text}
    async_to_sync(get_channel_layer().group_send)("room", event)


class ChatConsumer(JsonWebsocketConsumer):
    """Keep each message, and answer with the number of all."""

    groups = ["room"]

    def receive_json(self, content):
        if "text" in content:
            Message.objects.create(text=content["text"])
        self.send_json({"count": Message.objects.count()})

    def chat_message(self, event):
        self.send_json({"text": event["text"]})


class GateConsumer(JsonWebsocketConsumer):
    """Wait until somebody else opens the gate: for ever, or for some seconds."""

    patience = None

    def receive_json(self, content):
        if content == "open":
            released.set()
        else:
            self.send_json({"open": released.wait(self.patience)})


class PatientGateConsumer(GateConsumer):
    patience = 0.2
