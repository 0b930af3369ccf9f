"""A plain consumer, as many are written by hand: sync, DRF, no tuning."""

from django.core.asgi import get_asgi_application

get_asgi_application()

from asgiref.sync import async_to_sync
from channels.generic.websocket import JsonWebsocketConsumer

from bench.app import routing
from bench.app.models import Task
from bench.app.serializers import TaskSerializer


class ChecklistConsumer(JsonWebsocketConsumer):
    def connect(self):
        self.user = self.scope["user"]
        if not self.user.is_authenticated:
            self.close()
            return
        self.group = f"checklist_{self.user.pk}"
        async_to_sync(self.channel_layer.group_add)(self.group, self.channel_name)
        self.accept()
        tasks = TaskSerializer(Task.objects.filter(user=self.user), many=True).data
        self.send_json({"type": "task.list", "tasks": tasks})

    def disconnect(self, code):
        if self.user.is_authenticated:
            async_to_sync(self.channel_layer.group_discard)(
                self.group, self.channel_name
            )

    def receive_json(self, content):
        if content["type"] == "task.create":
            self.create_task(content)
        elif content["type"] == "task.update":
            self.update_task(content)
        elif content["type"] == "task.delete":
            self.delete_task(content)

    def create_task(self, content):
        serializer = TaskSerializer(data=content)
        if serializer.is_valid():
            serializer.save(user=self.user)
            self.broadcast("task.create", serializer.data)
        else:
            self.send_json({"type": "error", "errors": serializer.errors})

    def update_task(self, content):
        task = Task.objects.get(pk=content["id"], user=self.user)
        serializer = TaskSerializer(task, data=content, partial=True)
        if serializer.is_valid():
            serializer.save()
            self.broadcast("task.update", serializer.data)
        else:
            self.send_json({"type": "error", "errors": serializer.errors})

    def delete_task(self, content):
        Task.objects.get(pk=content["id"], user=self.user).delete()
        self.broadcast("task.delete", {"id": content["id"]})

    def broadcast(self, type, data):
        event = {"type": "task_change", "data": {"type": type, **data}}
        async_to_sync(self.channel_layer.group_send)(self.group, event)

    def task_change(self, event):
        self.send_json(event["data"])


application = routing.application(ChecklistConsumer)
