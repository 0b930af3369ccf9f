from contextlib import suppress

from django.core.exceptions import ValidationError
from django.db import transaction

from core.consumers import is_frame_id

from .models import AlreadyCarriedOut, CarriedOut


class OnceMixin:
    """Let a FrameMixin carry out a frame with a `frame_id` once, however often it comes.

    List it after SessionMixin. What `receive_json` changes is in one transaction with
    the memory of it, so send to groups by `transaction.on_commit`.
    """

    def websocket_connect(self, message):
        CarriedOut.forget_old()
        super().websocket_connect(message)

    def carry_out(self, content):
        if "frame_id" not in content:
            super().carry_out(content)
            return
        frame_id = content["frame_id"]
        if not is_frame_id(frame_id):
            raise ValidationError(
                "A frame_id has 1 to 64 characters: letters, digits and hyphens."
            )
        with suppress(AlreadyCarriedOut), transaction.atomic():
            CarriedOut.remember(self.scope["user"], frame_id)
            super().carry_out(content)
        self.send_json({"type": "ok", "frame_id": frame_id})
