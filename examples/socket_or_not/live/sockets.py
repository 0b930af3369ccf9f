from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from .models import add_task, all_tasks


class TaskConsumer(AsyncJsonWebsocketConsumer):
    groups = ["tasks"]

    async def connect(self):
        await self.accept()
        for task in await database_sync_to_async(all_tasks)():
            await self.send_json(task)

    async def receive_json(self, content):
        await database_sync_to_async(add_task)(content["name"])

    async def task_added(self, event):
        await self.send_json(event["task"])
