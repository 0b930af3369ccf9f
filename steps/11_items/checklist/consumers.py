from channels.exceptions import DenyConnection
from django.core.exceptions import ValidationError

from core.consumers import FrameConsumer
from core.parts import in_parts

from .models import Item, Task


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
        tasks = self.get_tasks().prefetch_related("item_set__done_by")
        parts = in_parts([task.as_dict() for task in tasks])
        for number, tasks in enumerate(parts, start=1):
            which = {"part": number, "parts": len(parts)} if len(parts) > 1 else {}
            self.send_json({"type": "task.list", "tasks": tasks, **which})

    def get_tasks(self):
        return self.user.task_set.all()

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
        task = Task(user=self.user, name=self.get_name(content))
        task.full_clean()
        task.save()
        self.broadcast("task.create", task.as_dict())

    def update_task(self, content):
        task = self.get_row(self.get_tasks(), content.get("id"))
        if "name" in content:
            task.name = self.get_name(content)
        task.full_clean()
        task.save(update_fields=["name"])
        self.broadcast("task.update", task.as_dict())

    def delete_task(self, content):
        task = self.get_row(self.get_tasks(), content.get("id"))
        data = {"id": task.pk}
        task.delete()
        self.broadcast("task.delete", data)

    def create_item(self, content):
        task = self.get_row(self.get_tasks(), content.get("task"))
        item = Item(task=task, name=self.get_name(content))
        item.full_clean()
        item.save()
        self.broadcast("item.create", item.as_dict())

    def update_item(self, content):
        item = self.get_row(self.get_items(), content.get("id"))
        if "task" in content:
            item.task = self.get_row(self.get_tasks(), content["task"])
        if "name" in content:
            item.name = self.get_name(content)
        if "done_at" in content:
            item.done_at = self.get_time(content["done_at"])
            item.done_by = self.user if item.done_at else None
        item.full_clean()
        item.save(update_fields=["task", "name", "done_at", "done_by"])
        self.broadcast("item.update", item.as_dict())

    def delete_item(self, content):
        item = self.get_row(self.get_items(), content.get("id"))
        data = {"id": item.pk}
        item.delete()
        self.broadcast("item.delete", data)

    def get_name(self, content):
        if not isinstance(content.get("name"), str):
            raise ValidationError("A name must be text.")
        return content["name"].strip()

    def get_time(self, value):
        if value is not None and not isinstance(value, str):
            raise ValidationError("A time must be text, or null.")
        return value  # full_clean reads it

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
