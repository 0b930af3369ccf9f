import asyncio
import json
import logging
import re
from contextlib import suppress
from time import monotonic

from asgiref.sync import async_to_sync
from channels.exceptions import StopConsumer
from channels.generic.websocket import JsonWebsocketConsumer
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError
from redis import RedisError
from rest_framework import serializers

from .outbox import Outbox, SlowReader
from .shares import share_of

logger = logging.getLogger(__name__)
AWAY = (InterfaceError, OperationalError)
BUSY = "The database is busy. This is tried again in a moment."


def all_texts(errors):
    """The texts of a serializer's errors, however deep they are nested."""
    if isinstance(errors, str):
        return [errors]
    rows = errors.values() if isinstance(errors, dict) else errors
    return [text for row in rows for text in all_texts(row)]


def is_frame_id(value):
    """Whether a page may name a frame so, to tell the answers to it from others."""
    return isinstance(value, str) and re.fullmatch("[0-9A-Za-z-]{1,64}", value)


class FrameMixin:
    """Let a JSON consumer answer a bad frame with an error frame and live on.

    Raise ValidationError from `receive_json`, with a message for the person who sent
    the frame.
    """

    channel_name = ""
    cost = 0  # tokens that a frame turns out to need, besides its one

    async def __call__(self, scope, receive, send):
        self.who = {"user": getattr(scope["user"], "pk", None), "path": scope["path"]}
        self.frames = {"frames": 0, "slowest": 0.0}  # in milliseconds
        self.outbox = Outbox(send)
        self.share = share_of(scope["user"])
        limits = self.share.limits
        if not limits.bucket.take():
            return await send({"type": "websocket.close"})

        async def receive_within_limits():
            while reason := limits.refuse(message := await receive()):
                text = json.dumps({"type": "error", "message": reason})
                await self.outbox.put({"type": "websocket.send", "text": text})
            return message

        logger.info("connect", extra=self.who)
        sending = asyncio.create_task(self.outbox.run())
        try:
            await self.share.enter(self)
            await super().__call__(scope, receive_within_limits, self.outbox.put)
        except SlowReader:
            text = "A socket is closed: its browser does not read"
            logger.warning(text, extra=self.who)
            with suppress(StopConsumer):
                await self.dispatch({"type": "websocket.disconnect", "code": 1008})
        except RedisError as error:
            logger.error("Redis does not answer: %s", error)
            await send({"type": "websocket.close", "code": 1013})
        finally:
            self.share.sockets.pop(self, None)
            sending.cancel()
            logger.info("disconnect", extra=self.who | self.frames)
            await self.forget_channel()

    async def forget_channel(self):
        """Layers forget a channel if waiting for it is cancelled, and only then."""
        while self.channel_name in self.channel_layer.channels:
            waiting = asyncio.create_task(self.channel_receive())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])

    async def dispatch(self, message):
        """One at a time for each user: who sends much waits for themselves."""
        try:
            async with self.share.turn:
                await super().dispatch(message)
        except (*AWAY, RedisError) as error:
            logger.error("A socket ends, for want of the database or Redis: %s", error)
            if message["type"] == "websocket.disconnect":
                raise StopConsumer from None
            await self.outbox.put({"type": "websocket.close", "code": 1013})
        finally:
            self.share.limits.bucket.tokens -= self.cost
            self.cost = 0

    def join(self, group):
        async_to_sync(self.channel_layer.group_add)(group, self.channel_name)
        # The base class leaves these on disconnect.
        self.groups = [*self.groups, group]

    def send_to_group(self, group, type, **data):
        async_to_sync(self.channel_layer.group_send)(group, {"type": type, **data})

    def websocket_receive(self, message):
        start = monotonic()
        super().websocket_receive(message)
        took = round((monotonic() - start) * 1000, 1)
        self.frames["frames"] += 1
        self.frames["slowest"] = max(self.frames["slowest"], took)

    def receive(self, text_data=None, bytes_data=None, **kwargs):
        content = {}
        try:
            content = self.decode_json(text_data)
            self.carry_out(content)
        except serializers.ValidationError as error:
            errors = serializers.as_serializer_error(error)
            message = " ".join(all_texts(errors))
            logger.warning("Frame refused: %s", message, extra=self.who)
            self.send_error(message, content, errors=errors)
        except ValidationError as error:
            logger.warning("Frame refused: %s", error.messages, extra=self.who)
            self.send_error(" ".join(error.messages), content)
        except AWAY as error:
            logger.error("The database does not answer: %s", error)
            # Without its id, so that a page keeps the frame and sends it again.
            self.send_error(BUSY, {"type": content.get("type")})
        except Exception:
            logger.exception("A frame could not be handled", extra=self.who)
            self.send_error("Something went wrong on the server.", content)

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

    def send_error(self, message, content, **extra):
        frame = {"type": "error", "message": message, **extra}
        request = content.get("type")
        if isinstance(request, str) and len(request) < 100:
            frame["request"] = request
        if is_frame_id(content.get("frame_id")):
            frame["frame_id"] = content["frame_id"]
        self.send_json(frame)


class FrameConsumer(FrameMixin, JsonWebsocketConsumer):
    """A JSON consumer that outlives bad frames."""
