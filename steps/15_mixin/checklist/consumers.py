from channels.exceptions import DenyConnection
from channels.generic.websocket import JsonWebsocketConsumer

from core.parts import in_parts
from core.receivers import ReceiverMixin

from .receivers import ItemReceiver, TaskReceiver
from .serializers import TaskSerializer


class ChecklistConsumer(ReceiverMixin, JsonWebsocketConsumer):
    """Send a user's tasks, then each change to every tab that the user has open."""

    receiver_classes = (TaskReceiver, ItemReceiver)

    def connect(self):
        self.user = self.scope["user"]
        if self.user.is_anonymous:
            raise DenyConnection
        self.group = f"checklist.user.{self.user.pk}"
        self.join(self.group)
        self.accept()
        self.send_list()

    def send_list(self):
        rows = TaskReceiver(self.scope).get_queryset()
        parts = in_parts(TaskSerializer(rows, many=True).data)
        for number, tasks in enumerate(parts, start=1):
            which = {"part": number, "parts": len(parts)} if len(parts) > 1 else {}
            self.send_json({"type": "task.list", "tasks": tasks, **which})

    def receive_json(self, content):
        if content.get("type") != "ping":
            super().receive_json(content)
