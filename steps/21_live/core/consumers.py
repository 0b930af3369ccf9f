import asyncio
import json
import logging
from contextlib import suppress
from time import monotonic

from asgiref.sync import async_to_sync
from channels.exceptions import StopConsumer
from channels.generic.websocket import JsonWebsocketConsumer
from django.core.exceptions import ValidationError
from rest_framework import serializers

from .limits import Limits
from .outbox import Outbox, SlowReader

logger = logging.getLogger(__name__)


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

    async def __call__(self, scope, receive, send):
        self.who = {"user": getattr(scope["user"], "pk", None), "path": scope["path"]}
        self.outbox = Outbox(send)
        limits = Limits()

        async def receive_within_limits():
            while reason := limits.refuse(message := await receive()):
                text = self.encode_json({"type": "error", "message": reason})
                await self.outbox.put({"type": "websocket.send", "text": text})
            return message

        logger.info("connect", extra=self.who)
        sending = asyncio.create_task(self.outbox.run())
        try:
            await super().__call__(scope, receive_within_limits, self.outbox.put)
        except SlowReader:
            text = "A socket is closed: its browser does not read"
            logger.warning(text, extra=self.who)
            with suppress(StopConsumer):
                await self.dispatch({"type": "websocket.disconnect", "code": 1008})
        finally:
            sending.cancel()
            logger.info("disconnect", extra=self.who)

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
        logger.info("frame", extra=self.who | {"milliseconds": took})

    def receive(self, text_data=None, bytes_data=None, **kwargs):
        request = None
        try:
            content = self.decode_json(text_data)
            request = content.get("type")
            self.carry_out(content)
        except serializers.ValidationError as error:
            errors = serializers.as_serializer_error(error)
            message = " ".join(all_texts(errors))
            logger.warning("Frame refused: %s", message, extra=self.who)
            self.send_error(message, request, errors=errors)
        except ValidationError as error:
            logger.warning("Frame refused: %s", error.messages, extra=self.who)
            self.send_error(" ".join(error.messages), request)
        except Exception:
            logger.exception("A frame could not be handled", extra=self.who)
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
