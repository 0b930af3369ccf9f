from channels.exceptions import DenyConnection
from channels.generic.websocket import JsonWebsocketConsumer
from django.db import transaction

from core.numbering import NumberingMixin
from core.parts import in_parts
from core.receivers import ReceiverMixin
from core.sessions import SessionMixin
from once.mixins import OnceMixin

from .models import Checklist
from .receivers import ItemReceiver, TaskReceiver
from .serializers import TaskSerializer


class ChecklistConsumer(
    SessionMixin, OnceMixin, NumberingMixin, ReceiverMixin, JsonWebsocketConsumer
):
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

    def lock(self):
        return Checklist.lock(user=self.user)

    def send_list(self):
        with transaction.atomic():
            self.numbered = self.lock()
            tasks = list(TaskReceiver(self.scope).get_queryset())
        parts = in_parts(TaskSerializer(tasks, many=True).data)
        head = {"type": "task.list", "version": self.numbered.version}
        for number, tasks in enumerate(parts, start=1):
            which = {"part": number, "parts": len(parts)} if len(parts) > 1 else {}
            self.send_json({**head, "tasks": tasks, **which})

    def receive_json(self, content):
        if content.get("type") == "task.list":
            self.send_list()
        else:
            super().receive_json(content)
