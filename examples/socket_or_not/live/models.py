from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import models, transaction


class Task(models.Model):
    name = models.CharField(max_length=128)


def all_tasks():
    return list(Task.objects.order_by("pk").values("id", "name"))


def add_task(name):
    """Save a task, and tell everybody who listens."""
    task = Task.objects.create(name=name)
    event = {"type": "task.added", "task": {"id": task.pk, "name": task.name}}
    send = async_to_sync(get_channel_layer().group_send)
    transaction.on_commit(lambda: send("tasks", event))
