from channels.exceptions import DenyConnection
from channels.generic.websocket import JsonWebsocketConsumer
from django.db import transaction

from core.numbering import NumberingMixin
from core.parts import in_parts
from core.receivers import ReceiverMixin
from core.sessions import SESSION_ENDED, SessionMixin, ended
from once.mixins import OnceMixin

from .models import Checklist
from .receivers import ItemReceiver, TaskReceiver
from .serializers import TaskSerializer

NOT_SHARED = 4403

# So many rows of a list cost as much as one frame.
ROWS_A_TOKEN = 25


class ChecklistConsumer(
    SessionMixin, OnceMixin, NumberingMixin, ReceiverMixin, JsonWebsocketConsumer
):
    """Send the tasks of a list, then each change to every tab that shows it."""

    receiver_classes = (TaskReceiver, ItemReceiver)

    def connect(self):
        self.user = self.scope["user"]
        if self.user.is_anonymous:
            raise DenyConnection
        self.owner = self.scope["url_route"]["kwargs"].get("owner")
        try:
            with transaction.atomic():
                self.numbered = self.lock()
        except Checklist.DoesNotExist:
            raise DenyConnection from None
        self.join(self.group)
        self.accept()
        try:
            self.send_list()
        except Checklist.DoesNotExist:  # it was shared until just now
            self.close(NOT_SHARED)

    def lock(self):
        """Lock the list, if it is still shared."""
        checklist = Checklist.lock(self.user, self.owner)
        if self.numbered not in (None, checklist):
            raise Checklist.DoesNotExist  # somebody else has the owner's name by now
        self.group, self.scope["checklist"] = checklist.group, checklist
        return checklist

    def send_list(self):
        with transaction.atomic():
            self.numbered = self.lock()
            tasks = list(self.get_receiver("task").get_queryset())
        rows = TaskSerializer(tasks, many=True).data
        self.cost = sum(1 + len(row["item_set"]) for row in rows) // ROWS_A_TOKEN
        state = {"version": self.numbered.version, "role": self.numbered.role}
        parts = in_parts(rows)
        for number, tasks in enumerate(parts, start=1):
            which = {"part": number, "parts": len(parts)} if len(parts) > 1 else {}
            self.send_json({"type": "task.list", **state, "tasks": tasks, **which})

    def carry_out(self, content):
        try:
            super().carry_out(content)
        except Checklist.DoesNotExist:  # or it is the user who is gone
            self.close(SESSION_ENDED if ended([self]) else NOT_SHARED)

    def receive_json(self, content):
        if content.get("type") == "task.list":
            self.send_list()
        else:
            super().receive_json(content)
