import asyncio
import logging
from contextlib import aclosing, suppress

from channels.db import database_sync_to_async
from channels.exceptions import DenyConnection
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from redis import RedisError

from core.consumers import FrameMixin
from core.sessions import SessionMixin

from .models import Message
from .posting import post
from .source import words

logger = logging.getLogger(__name__)
turns = asyncio.Semaphore(20)  # so many answers at a time in a process; more wait


class AnswerConsumer(SessionMixin, FrameMixin, AsyncJsonWebsocketConsumer):
    """Answer its user's last question, to the whole room, as long as it is connected."""

    task = None

    async def connect(self):
        await database_sync_to_async(self.find_question)()
        await self.accept()
        self.task = asyncio.create_task(self.answer())

    def find_question(self):
        user, name = self.scope["user"], self.scope["url_route"]["kwargs"]["name"]
        asked = Message.objects.filter(user_id=user.pk or 0, room__name=name)
        asked = asked.filter(message__startswith="/ask ").select_related("room")
        self.asked = asked.last()
        if self.asked is None:
            raise DenyConnection
        group = f"chat.asker.{user.pk}"
        self.send_to_group(group, "asked.again", question=self.asked.pk)
        self.join(group)

    async def asked_again(self, event):
        if event["question"] > self.asked.pk:  # on Redis, it may be our own
            await self.disconnect(None)

    async def disconnect(self, code):
        if self.task:
            self.task.cancel()

    async def websocket_receive(self, message):
        await self.send_json({"type": "error", "message": "This socket only answers."})

    async def answer(self):
        answer, error = Message(room=self.asked.room), "The answer was stopped."
        try:
            async with turns, asyncio.timeout(50), aclosing(words(self.asked)) as said:
                async for word in said:
                    answer.message = (answer.message + word).lstrip()[:512]
                    await self.tell("answer.text", text=answer.message)
                    if len(answer.message) == 512:
                        break
                    await asyncio.sleep(0.05)  # whoever reads is slower than a model
            await database_sync_to_async(post)(answer)
            error = None
        except Exception:
            logger.exception("An answer broke off", extra=self.who)
            error = "There is no answer: its source broke off, or is not there."
        finally:
            await self.tell("answer.end", error=error)
            await self.close()

    async def tell(self, type, **data):
        event = {"type": type, "id": self.asked.pk, **data}
        with suppress(RedisError):  # the next word repeats this one
            await self.channel_layer.group_send(self.asked.room.group_name, event)
