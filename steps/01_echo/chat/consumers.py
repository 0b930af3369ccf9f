from channels.generic.websocket import JsonWebsocketConsumer


class ChatConsumer(JsonWebsocketConsumer):
    """Send every message back to the browser it came from."""

    def connect(self):
        self.accept()

    def receive_json(self, content):
        self.send_json({"type": "chat.message", "message": content["message"]})
