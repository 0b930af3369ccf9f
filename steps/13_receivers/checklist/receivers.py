from core.receivers import Receiver, action

from .models import Item
from .serializers import ItemSerializer, TaskSerializer


class TaskReceiver(Receiver):
    """The user's own tasks."""

    entity = "task"

    def get_queryset(self):
        return self.user.task_set.prefetch_related("item_set__done_by")

    @action
    def create(self, content):
        serializer = TaskSerializer(data=content)
        serializer.is_valid(raise_exception=True)
        serializer.save(user=self.user)
        return serializer.data

    @action
    def update(self, content):
        task = self.get_row(self.get_queryset(), content)
        serializer = TaskSerializer(task, data=content, partial=True)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return serializer.data

    @action
    def delete(self, content):
        task = self.get_row(self.get_queryset(), content)
        data = {"id": task.pk}
        task.delete()
        return data


class ItemReceiver(Receiver):
    """The items of the user's own tasks."""

    entity = "item"

    def get_queryset(self):
        return Item.objects.filter(task__user=self.user)

    @action
    def create(self, content):
        context = {"user": self.user}
        serializer = ItemSerializer(data=content, context=context)
        serializer.is_valid(raise_exception=True)
        serializer.save(done_at=None)
        return serializer.data

    @action
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

    @action
    def delete(self, content):
        item = self.get_row(self.get_queryset(), content)
        data = {"id": item.pk}
        item.delete()
        return data
