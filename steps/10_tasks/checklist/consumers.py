from channels.exceptions import DenyConnection
from django.core.exceptions import ValidationError

from core.consumers import FrameConsumer
from core.parts import in_parts

from .models import Task


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
        parts = in_parts([task.as_dict() for task in self.user.task_set.all()])
        for number, tasks in enumerate(parts, start=1):
            which = {"part": number, "parts": len(parts)} if len(parts) > 1 else {}
            self.send_json({"type": "task.list", "tasks": tasks, **which})

    def receive_json(self, content):
        match content.get("type"):
            case "task.create":
                self.create_task(content)
            case "task.update":
                self.update_task(content)
            case "task.delete":
                self.delete_task(content)
            case "ping":
                pass
            case _:
                raise ValidationError("Unknown type of frame.")

    def create_task(self, content):
        task = Task(user=self.user, name=self.get_name(content))
        task.full_clean()
        task.save()
        self.broadcast("task.create", task.as_dict())

    def update_task(self, content):
        task = self.get_row(Task.objects, content.get("id"))
        if "name" in content:
            task.name = self.get_name(content)
        task.full_clean()
        task.save(update_fields=["name"])
        self.broadcast("task.update", task.as_dict())

    def delete_task(self, content):
        task = self.get_row(Task.objects, content.get("id"))
        data = {"id": task.pk}
        task.delete()
        self.broadcast("task.delete", data)

    def get_name(self, content):
        if not isinstance(content.get("name"), str):
            raise ValidationError("A name must be text.")
        return content["name"].strip()

    def get_row(self, rows, pk):
        # True is 1 to Python, and "7" and 7.9 are 7 to Django.
        if type(pk) is not int:
            raise ValidationError("An id must be a whole number.")
        row = rows.filter(pk=pk).first()
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
