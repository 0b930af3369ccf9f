"""The same on chanx: typed messages, which pydantic validates instead of DRF."""

# chanx lies in a folder of its own, which only `nox -s bench` fills.
# pyright: reportMissingImports=false

import logging
from datetime import datetime
from typing import Annotated, Literal

from django.core.asgi import get_asgi_application

get_asgi_application()

import structlog
from channels.db import database_sync_to_async
from chanx.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.core.decorators import ws_handler
from chanx.messages.base import BaseMessage
from pydantic import BaseModel, ConfigDict, StringConstraints

from bench.app import routing
from bench.app.models import Task

# Without this, chanx logs every disconnect, in a thread.
wrapper = structlog.make_filtering_bound_logger(logging.WARNING)
structlog.configure(wrapper_class=wrapper)

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128)
]


class ItemOut(BaseModel):
    id: int
    name: str
    task: int
    done_at: datetime | None
    done_by: str | None


class TaskOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    user: str
    item_set: list[ItemOut]


class NewTask(BaseModel):
    name: Name


class TaskId(BaseModel):
    id: int


class TaskChange(TaskId):
    name: Name


class TaskCreate(BaseMessage):
    action: Literal["task.create"] = "task.create"
    payload: NewTask


class TaskUpdate(BaseMessage):
    action: Literal["task.update"] = "task.update"
    payload: TaskChange


class TaskDelete(BaseMessage):
    action: Literal["task.delete"] = "task.delete"
    payload: TaskId


class TaskCreated(BaseMessage):
    action: Literal["task.created"] = "task.created"
    payload: TaskOut


class TaskUpdated(BaseMessage):
    action: Literal["task.updated"] = "task.updated"
    payload: TaskOut


class TaskDeleted(BaseMessage):
    action: Literal["task.deleted"] = "task.deleted"
    payload: TaskId


class TaskList(BaseMessage):
    action: Literal["task.list"] = "task.list"
    payload: list[TaskOut]


def shape(task, user):
    """Give a task as its tabs see it."""
    items = [
        ItemOut(
            id=item.pk,
            name=item.name,
            task=item.task_id,
            done_at=item.done_at,
            done_by=item.done_by and item.done_by.username,
        )
        for item in task.item_set.all()
    ]
    return TaskOut(id=task.pk, name=task.name, user=user.username, item_set=items)


class ChecklistConsumer(AsyncJsonWebsocketConsumer):
    emits = [TaskCreated, TaskUpdated, TaskDeleted, TaskList]
    # Said here, so that it doesn't look into the settings for each frame.
    send_completion = False
    camelize = False

    async def post_authentication(self):
        self.user = self.scope["user"]
        if self.user.is_anonymous:
            await self.close()
            return
        await self.join_group(f"checklist.{self.user.pk}")
        await self.send_message(TaskList(payload=await self.read_tasks()))

    @database_sync_to_async
    def read_tasks(self):
        tasks = Task.objects.filter(user=self.user)
        tasks = tasks.prefetch_related("item_set__done_by")
        return [shape(task, self.user) for task in tasks]

    @ws_handler
    async def create(self, message: TaskCreate) -> None:
        task = await self.save_new(message.payload.name)
        await self.broadcast_message(TaskCreated(payload=task))

    @ws_handler
    async def update(self, message: TaskUpdate) -> None:
        task = await self.rename(message.payload)
        await self.broadcast_message(TaskUpdated(payload=task))

    @ws_handler
    async def delete(self, message: TaskDelete) -> None:
        await self.remove(message.payload)
        await self.broadcast_message(TaskDeleted(payload=message.payload))

    # One way into the thread for each change.

    @database_sync_to_async
    def save_new(self, name):
        return shape(Task.objects.create(user=self.user, name=name), self.user)

    @database_sync_to_async
    def rename(self, change):
        task = Task.objects.get(pk=change.id, user=self.user)
        task.name = change.name
        task.save()
        return shape(task, self.user)

    @database_sync_to_async
    def remove(self, change):
        Task.objects.get(pk=change.id, user=self.user).delete()


application = routing.application(ChecklistConsumer)
