from django.conf import settings

from core.receivers import GenericReceiver
from core.shares import check_share

from .serializers import ItemSerializer, TaskSerializer


class ChecklistReceiver(GenericReceiver):
    """What is in one checklist: the user's own, if it is told no other."""

    def __init__(self, scope):
        super().__init__(scope)
        self.owner = scope["checklist"].user if "checklist" in scope else self.user


class TaskReceiver(ChecklistReceiver):
    """The tasks of a list."""

    entity = "task"
    serializer_class = TaskSerializer

    def get_queryset(self):
        return self.owner.task_set.prefetch_related("item_set__done_by")

    def perform_create(self, serializer):
        check_share(self.owner.task_set, settings.MOST_TASKS, "tasks")
        serializer.save(user=self.owner)


class ItemReceiver(ChecklistReceiver):
    """The items of a list's tasks."""

    entity = "item"
    serializer_class = ItemSerializer

    def get_queryset(self):
        items = self.model.objects.filter(task__user=self.owner)
        return items.select_related("done_by")

    def perform_create(self, serializer):
        serializer.save(done_at=None)

    def perform_update(self, serializer):
        done = {}
        if "done_at" in serializer.validated_data:
            done_at = serializer.validated_data["done_at"]
            done["done_by"] = self.user if done_at else None
        serializer.save(**done)
