import json
import logging

from asgiref.sync import sync_to_async
from channels.exceptions import StopConsumer
from channels.generic.websocket import JsonWebsocketConsumer
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError

logger = logging.getLogger(__name__)
AWAY = (InterfaceError, OperationalError)
BUSY = "The database is busy. Try again in a moment."


class FrameConsumer(JsonWebsocketConsumer):
    """A JSON consumer that answers a bad frame with an error frame and lives on.

    Raise ValidationError from `receive_json`, with a message for the person who sent
    the frame.
    """

    async def __call__(self, scope, receive, send):
        async def send_while_open(message):
            try:
                await send(message)
            except Exception as error:
                # Mostly the browser has gone: let `disconnect` still be called.
                logger.warning("A frame was not sent: %r", error)

        await super().__call__(scope, receive, send_while_open)

    async def dispatch(self, message):
        try:
            await super().dispatch(message)
        except AWAY as error:
            logger.error("The database does not answer: %s", error)
            if message["type"] == "websocket.disconnect":
                raise StopConsumer from None
            await sync_to_async(self.close)(1013)  # try again later

    def receive(self, text_data=None, bytes_data=None, **kwargs):
        try:
            self.receive_json(self.decode_json(text_data))
        except ValidationError as error:
            logger.warning("Frame refused: %s", error.messages)
            self.send_error(" ".join(error.messages))
        except AWAY as error:
            logger.error("The database does not answer: %s", error)
            self.send_error(BUSY)
        except Exception:
            logger.exception("A frame could not be handled")
            self.send_error("Something went wrong on the server.")

    @classmethod
    def decode_json(cls, text_data):
        try:
            content = json.loads(text_data)
        except (TypeError, ValueError, RecursionError):
            raise ValidationError("A frame must be JSON.") from None
        if not isinstance(content, dict):
            raise ValidationError("A frame must be a JSON object.")
        return content

    def send_error(self, message):
        self.send_json({"type": "error", "message": message})
