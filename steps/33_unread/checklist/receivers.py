from django.conf import settings

from core.receivers import GenericReceiver
from core.shares import check_share

from .models import Checklist
from .permissions import IsEditor, IsOwnerOrSelf
from .serializers import ItemSerializer, MemberSerializer, TaskSerializer


class ChecklistReceiver(GenericReceiver):
    """What is in one checklist: the user's own, if it is told no other."""

    permission_classes = (IsEditor,)

    def __init__(self, scope):
        super().__init__(scope)
        self.checklist = scope.get("checklist") or Checklist.lock(self.user)
        self.owner = self.checklist.user
        self.role = self.checklist.role

    def lock_row(self, rows):
        """The list is locked, and with it all that is in it."""

    def get_serializer_context(self):
        return {**super().get_serializer_context(), "checklist": self.checklist}


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


class MemberReceiver(ChecklistReceiver):
    """Who shares a list."""

    entity = "member"
    permission_classes = (IsOwnerOrSelf,)
    serializer_class = MemberSerializer
    is_told = False  # all tabs get the list anew, if they may still see it

    def get_queryset(self):
        return self.checklist.membership_set.select_related("user")

    def handle(self, name, content):
        data = super().handle(name, content)
        self.checklist.change_access()
        return data

    def perform_create(self, serializer):
        check_share(self.get_queryset(), settings.MOST_MEMBERS, "members")
        serializer.save(checklist=self.checklist)
