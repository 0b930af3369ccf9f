from django.core.exceptions import ValidationError

from core.serializers import IdSerializer

from .models import Item
from .serializers import ItemSerializer, TaskSerializer


class Receiver:
    """Carry out the frames of one `entity`: those that `actions` lists, no others.

    Each action is a method that takes the frame and gives what every tab is told.
    """

    entity = None
    actions = ()

    def __init__(self, user):
        self.user = user

    def handle(self, action, content):
        if action not in self.actions:
            raise ValidationError("Unknown type of frame.")
        return getattr(self, action)(content)

    def get_row(self, rows, content):
        serializer = IdSerializer(data=content)
        serializer.is_valid(raise_exception=True)
        rows = rows.select_for_update(of=("self",))
        row = rows.filter(pk=serializer.validated_data["id"]).first()
        if row is None:
            name = rows.model._meta.verbose_name
            raise ValidationError(f"There is no such {name}.")
        return row


class TaskReceiver(Receiver):
    """The user's own tasks."""

    entity = "task"
    actions = ("create", "update", "delete")

    def get_queryset(self):
        return self.user.task_set.prefetch_related("item_set__done_by")

    def create(self, content):
        serializer = TaskSerializer(data=content)
        serializer.is_valid(raise_exception=True)
        serializer.save(user=self.user)
        return serializer.data

    def update(self, content):
        task = self.get_row(self.get_queryset(), content)
        serializer = TaskSerializer(task, data=content, partial=True)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return serializer.data

    def delete(self, content):
        task = self.get_row(self.get_queryset(), content)
        data = {"id": task.pk}
        task.delete()
        return data


class ItemReceiver(Receiver):
    """The items of the user's own tasks."""

    entity = "item"
    actions = ("create", "update", "delete")

    def get_queryset(self):
        return Item.objects.filter(task__user=self.user)

    def create(self, content):
        context = {"user": self.user}
        serializer = ItemSerializer(data=content, context=context)
        serializer.is_valid(raise_exception=True)
        serializer.save(done_at=None)
        return serializer.data

    def update(self, content):
        item = self.get_row(self.get_queryset(), content)
        context = {"user": self.user}
        serializer = ItemSerializer(item, data=content, partial=True, context=context)
        serializer.is_valid(raise_exception=True)
        done = {}
        if "done_at" in serializer.validated_data:
            done_at = serializer.validated_data["done_at"]
            done["done_by"] = self.user if done_at else None
        serializer.save(**done)
        return serializer.data

    def delete(self, content):
        item = self.get_row(self.get_queryset(), content)
        data = {"id": item.pk}
        item.delete()
        return data
