from django.conf import settings

from core.receivers import GenericReceiver
from core.shares import check_share

from .serializers import ItemSerializer, TaskSerializer


class TaskReceiver(GenericReceiver):
    """The user's own tasks."""

    entity = "task"
    serializer_class = TaskSerializer

    def get_queryset(self):
        return self.user.task_set.prefetch_related("item_set__done_by")

    def perform_create(self, serializer):
        check_share(self.user.task_set, settings.MOST_TASKS, "tasks")
        serializer.save(user=self.user)


class ItemReceiver(GenericReceiver):
    """The items of the user's own tasks."""

    entity = "item"
    serializer_class = ItemSerializer

    def get_queryset(self):
        items = self.model.objects.filter(task__user=self.user)
        return items.select_related("done_by")

    def perform_create(self, serializer):
        serializer.save(done_at=None)

    def perform_update(self, serializer):
        done = {}
        if "done_at" in serializer.validated_data:
            done_at = serializer.validated_data["done_at"]
            done["done_by"] = self.user if done_at else None
        serializer.save(**done)
