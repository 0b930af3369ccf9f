from channels.exceptions import DenyConnection
from django.core.exceptions import ValidationError

from core.consumers import FrameConsumer
from core.parts import in_parts
from core.serializers import IdSerializer

from .models import Item
from .serializers import ItemSerializer, TaskSerializer


class ChecklistConsumer(FrameConsumer):
    """Send a user's tasks, then each change to every tab that the user has open."""

    def connect(self):
        self.user = self.scope["user"]
        if self.user.is_anonymous:
            raise DenyConnection
        self.group = f"checklist.user.{self.user.pk}"
        self.join(self.group)
        self.accept()
        self.send_list()

    def send_list(self):
        parts = in_parts(TaskSerializer(self.get_tasks(), many=True).data)
        for number, tasks in enumerate(parts, start=1):
            which = {"part": number, "parts": len(parts)} if len(parts) > 1 else {}
            self.send_json({"type": "task.list", "tasks": tasks, **which})

    def get_tasks(self):
        return self.user.task_set.prefetch_related("item_set__done_by")

    def get_items(self):
        return Item.objects.filter(task__user=self.user)

    def receive_json(self, content):
        match content.get("type"):
            case "task.create":
                self.create_task(content)
            case "task.update":
                self.update_task(content)
            case "task.delete":
                self.delete_task(content)
            case "item.create":
                self.create_item(content)
            case "item.update":
                self.update_item(content)
            case "item.delete":
                self.delete_item(content)
            case "ping":
                pass
            case _:
                raise ValidationError("Unknown type of frame.")

    def create_task(self, content):
        serializer = TaskSerializer(data=content)
        serializer.is_valid(raise_exception=True)
        serializer.save(user=self.user)
        self.broadcast("task.create", serializer.data)

    def update_task(self, content):
        task = self.get_row(self.get_tasks(), content)
        serializer = TaskSerializer(task, data=content, partial=True)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        self.broadcast("task.update", serializer.data)

    def delete_task(self, content):
        task = self.get_row(self.get_tasks(), content)
        data = {"id": task.pk}
        task.delete()
        self.broadcast("task.delete", data)

    def create_item(self, content):
        context = {"user": self.user}
        serializer = ItemSerializer(data=content, context=context)
        serializer.is_valid(raise_exception=True)
        serializer.save(done_at=None)
        self.broadcast("item.create", serializer.data)

    def update_item(self, content):
        item = self.get_row(self.get_items(), content)
        context = {"user": self.user}
        serializer = ItemSerializer(item, data=content, partial=True, context=context)
        serializer.is_valid(raise_exception=True)
        done = {}
        if "done_at" in serializer.validated_data:
            done_at = serializer.validated_data["done_at"]
            done["done_by"] = self.user if done_at else None
        serializer.save(**done)
        self.broadcast("item.update", serializer.data)

    def delete_item(self, content):
        item = self.get_row(self.get_items(), content)
        data = {"id": item.pk}
        item.delete()
        self.broadcast("item.delete", data)

    def get_row(self, rows, content):
        serializer = IdSerializer(data=content)
        serializer.is_valid(raise_exception=True)
        row = rows.filter(pk=serializer.validated_data["id"]).first()
        if row is None:
            name = rows.model._meta.verbose_name
            raise ValidationError(f"There is no such {name}.")
        return row

    def broadcast(self, type, data):
        """Encode a change once and send it to every tab of the user."""
        text = self.encode_json({"type": type, **data})
        self.send_to_group(self.group, "entity.change", text=text)

    def entity_change(self, event):
        self.send(text_data=event["text"])
