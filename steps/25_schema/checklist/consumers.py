from channels.exceptions import DenyConnection
from channels.generic.websocket import JsonWebsocketConsumer
from django.db import transaction

from core.parts import in_parts
from core.receivers import ReceiverMixin
from core.sessions import SessionMixin
from once.mixins import OnceMixin

from .models import GROUP, Checklist
from .receivers import ItemReceiver, TaskReceiver
from .serializers import TaskSerializer

# So many rows of a list cost as much as one frame.
ROWS_A_TOKEN = 25


class ChecklistConsumer(SessionMixin, OnceMixin, ReceiverMixin, JsonWebsocketConsumer):
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

    def send_list(self):
        with transaction.atomic():
            version = Checklist.lock(self.user).version
            tasks = list(TaskReceiver(self.scope).get_queryset())
        rows = TaskSerializer(tasks, many=True).data
        self.cost = sum(1 + len(row["item_set"]) for row in rows) // ROWS_A_TOKEN
        parts = in_parts(rows)
        for number, tasks in enumerate(parts, start=1):
            which = {"part": number, "parts": len(parts)} if len(parts) > 1 else {}
            frame = {"type": "task.list", "version": version, "tasks": tasks}
            self.send_json(frame | which)

    def receive_json(self, content):
        match content.get("type"):
            case "ping":
                self.send_pong()
            case "task.list":
                self.send_list()
            case _:
                with transaction.atomic(savepoint=False):
                    self.checklist = Checklist.lock(self.user)
                    super().receive_json(content)

    def send_pong(self):
        checklists = Checklist.objects.filter(user=self.user)
        version = checklists.values_list("version", flat=True).first()
        self.send_json({"type": "pong", "version": version})

    def broadcast(self, type, data):
        self.checklist.broadcast(type, data, self.tell)
