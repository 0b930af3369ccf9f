"""The same on djangochannelsrestframework: its mixins change, its observer tells."""

# The library lies in a folder of its own, which only `nox -s bench` fills, and takes
# three methods of one name for parts of one observer.
# pyright: reportMissingImports=false, reportRedeclaration=false

from django.core.asgi import get_asgi_application

get_asgi_application()

from djangochannelsrestframework.generics import GenericAsyncAPIConsumer
from djangochannelsrestframework.mixins import (
    CreateModelMixin,
    DeleteModelMixin,
    ListModelMixin,
    PatchModelMixin,
)
from djangochannelsrestframework.observer import model_observer
from djangochannelsrestframework.permissions import IsAuthenticated

from bench.app import routing
from bench.app.models import Task
from bench.app.serializers import TaskSerializer


class TaskConsumer(
    ListModelMixin,
    CreateModelMixin,
    PatchModelMixin,
    DeleteModelMixin,
    GenericAsyncAPIConsumer,
):
    serializer_class = TaskSerializer
    permission_classes = (IsAuthenticated,)

    async def accept(self, **kwargs):
        await super().accept(**kwargs)
        await self.task_change.subscribe(user=self.scope["user"])

    def get_queryset(self, **kwargs):
        tasks = Task.objects.filter(user=self.scope["user"]).select_related("user")
        if kwargs["action"] == "list":
            tasks = tasks.prefetch_related("item_set__done_by")
        return tasks

    def perform_create(self, serializer, **kwargs):
        serializer.save(user=self.scope["user"])

    @model_observer(Task)
    async def task_change(self, message, action=None, **kwargs):
        await self.send_json({"type": f"task.{action}", **message})

    @task_change.serializer
    def task_change(self, instance, action, **kwargs):
        if action.value == "delete":
            return {"id": instance.pk}
        return TaskSerializer(instance).data

    @task_change.groups_for_signal
    def task_change(self, instance, **kwargs):
        yield f"checklist.{instance.user_id}"

    @task_change.groups_for_consumer
    def task_change(self, user, **kwargs):
        yield f"checklist.{user.pk}"


application = routing.application(TaskConsumer)
