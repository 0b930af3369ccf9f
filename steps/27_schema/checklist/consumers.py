from channels.exceptions import DenyConnection
from channels.generic.websocket import JsonWebsocketConsumer
from django.db import transaction

from core.numbering import NumberingMixin
from core.parts import in_parts
from core.receivers import ReceiverMixin
from core.sessions import SessionMixin
from once.mixins import OnceMixin

from .models import GROUP, Checklist
from .receivers import ItemReceiver, TaskReceiver
from .serializers import TaskSerializer

# So many rows of a list cost as much as one frame.
ROWS_A_TOKEN = 25


class ChecklistConsumer(
    SessionMixin, OnceMixin, NumberingMixin, ReceiverMixin, JsonWebsocketConsumer
):
    """Send a user's tasks, then each change to every tab that the user has open."""

    receiver_classes = (TaskReceiver, ItemReceiver)

    def connect(self):
        self.user = self.scope["user"]
        if self.user.is_anonymous:
            raise DenyConnection
        self.group = GROUP.format(self.user.pk)
        self.join(self.group)
        self.accept()
        self.send_list()

    def lock(self):
        return Checklist.lock(user=self.user)

    def send_list(self):
        with transaction.atomic():
            self.numbered = self.lock()
            tasks = list(TaskReceiver(self.scope).get_queryset())
        rows = TaskSerializer(tasks, many=True).data
        self.cost = sum(1 + len(row["item_set"]) for row in rows) // ROWS_A_TOKEN
        parts = in_parts(rows)
        head = {"type": "task.list", "version": self.numbered.version}
        for number, tasks in enumerate(parts, start=1):
            which = {"part": number, "parts": len(parts)} if len(parts) > 1 else {}
            self.send_json({**head, "tasks": tasks, **which})

    def receive_json(self, content):
        if content.get("type") == "task.list":
            self.send_list()
        else:
            super().receive_json(content)
