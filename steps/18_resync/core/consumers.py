import asyncio
import json
import logging
from contextlib import suppress

from asgiref.sync import async_to_sync
from channels.exceptions import StopConsumer
from channels.generic.websocket import JsonWebsocketConsumer
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError
from redis import RedisError
from rest_framework import serializers

from .limits import Limits
from .outbox import Outbox, SlowReader

logger = logging.getLogger(__name__)
AWAY = (InterfaceError, OperationalError)
BUSY = "The database is busy. Try again in a moment."


def all_texts(errors):
    """The texts of a serializer's errors, however deep they are nested."""
    if isinstance(errors, str):
        return [errors]
    rows = errors.values() if isinstance(errors, dict) else errors
    return [text for row in rows for text in all_texts(row)]


class FrameMixin:
    """Let a JSON consumer answer a bad frame with an error frame and live on.

    Raise ValidationError from `receive_json`, with a message for the person who sent
    the frame.
    """

    channel_name = ""

    async def __call__(self, scope, receive, send):
        self.outbox = Outbox(send)
        limits = Limits()

        async def receive_within_limits():
            while reason := limits.refuse(message := await receive()):
                text = json.dumps({"type": "error", "message": reason})
                await self.outbox.put({"type": "websocket.send", "text": text})
            return message

        sending = asyncio.create_task(self.outbox.run())
        try:
            await super().__call__(scope, receive_within_limits, self.outbox.put)
        except SlowReader:
            logger.warning("A socket is closed: its browser does not read")
            with suppress(StopConsumer):
                await self.dispatch({"type": "websocket.disconnect", "code": 1008})
        except RedisError as error:
            logger.error("Redis does not answer: %s", error)
            await send({"type": "websocket.close", "code": 1013})
        finally:
            sending.cancel()
            await self.forget_channel()

    async def forget_channel(self):
        """Layers forget a channel if waiting for it is cancelled, and only then."""
        while self.channel_name in self.channel_layer.channels:
            waiting = asyncio.create_task(self.channel_receive())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])

    async def dispatch(self, message):
        try:
            await super().dispatch(message)
        except (*AWAY, RedisError) as error:
            logger.error("A socket ends, for want of the database or Redis: %s", error)
            if message["type"] == "websocket.disconnect":
                raise StopConsumer from None
            await self.outbox.put({"type": "websocket.close", "code": 1013})

    def join(self, group):
        async_to_sync(self.channel_layer.group_add)(group, self.channel_name)
        # The base class leaves these on disconnect.
        self.groups = [*self.groups, group]

    def send_to_group(self, group, type, **data):
        async_to_sync(self.channel_layer.group_send)(group, {"type": type, **data})

    def receive(self, text_data=None, bytes_data=None, **kwargs):
        request = None
        try:
            content = self.decode_json(text_data)
            request = content.get("type")
            self.carry_out(content)
        except serializers.ValidationError as error:
            errors = serializers.as_serializer_error(error)
            message = " ".join(all_texts(errors))
            logger.warning("Frame refused: %s", message)
            self.send_error(message, request, errors=errors)
        except ValidationError as error:
            logger.warning("Frame refused: %s", error.messages)
            self.send_error(" ".join(error.messages), request)
        except AWAY as error:
            logger.error("The database does not answer: %s", error)
            self.send_error(BUSY, request)
        except Exception:
            logger.exception("A frame could not be handled")
            self.send_error("Something went wrong on the server.", request)

    def carry_out(self, content):
        """Do what a frame asks for; a mixin may look at it first."""
        self.receive_json(content)

    @classmethod
    def decode_json(cls, text_data):
        try:
            content = json.loads(text_data)
        except (TypeError, ValueError, RecursionError):
            raise ValidationError("A frame must be JSON.") from None
        if not isinstance(content, dict):
            raise ValidationError("A frame must be a JSON object.")
        return content

    def send_error(self, message, request, **extra):
        frame = {"type": "error", "message": message, **extra}
        if isinstance(request, str) and len(request) < 100:
            frame["request"] = request
        self.send_json(frame)


class FrameConsumer(FrameMixin, JsonWebsocketConsumer):
    """A JSON consumer that outlives bad frames."""
