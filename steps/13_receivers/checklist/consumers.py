from functools import partial

from channels.exceptions import DenyConnection
from django.core.exceptions import ValidationError
from django.db import transaction

from core.consumers import FrameConsumer
from core.parts import in_parts

from .receivers import ItemReceiver, TaskReceiver
from .serializers import TaskSerializer


class ChecklistConsumer(FrameConsumer):
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
        if content.get("type") == "ping":
            return
        entity, _, name = str(content.get("type")).partition(".")
        with transaction.atomic():
            data = self.get_receiver(entity).handle(name, content)
            self.broadcast(content["type"], data)

    def get_receiver(self, entity):
        for receiver_class in self.receiver_classes:
            if receiver_class.entity == entity:
                return receiver_class(self.scope)
        raise ValidationError("Unknown type of frame.")

    def broadcast(self, type, data):
        """Encode a change once; after the commit, send it to every tab of the user."""
        text = self.encode_json({"type": type, **data})
        send = partial(self.send_to_group, self.group, "entity.change", text=text)
        transaction.on_commit(send)

    def entity_change(self, event):
        self.send(text_data=event["text"])
