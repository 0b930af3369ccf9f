import json
import logging
from functools import partial

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import models, transaction
from rest_framework.utils.encoders import JSONEncoder

logger = logging.getLogger(__name__)


class Numbered(models.Model):
    """What counts its changes, so that a page which misses one finds out.

    Let `group` say which group hears of them.
    """

    version = models.PositiveBigIntegerField(default=0)

    class Meta:
        abstract = True

    @classmethod
    def lock(cls, **which):
        """Get the row, or make it; nobody else locks it until the transaction ends."""
        numbered, _ = cls.objects.select_for_update().get_or_create(**which)
        return numbered

    def next_version(self):
        self.version += 1
        self.save(update_fields=["version"])
        return self.version

    def broadcast(self, type, data, send=None):
        """Number a change; after the commit, tell every tab, or let `send` do it."""
        frame = dict(type=type, **data, version=self.next_version())
        send = send or self.send
        transaction.on_commit(partial(send, type, json.dumps(frame, cls=JSONEncoder)))

    def send(self, type, text):
        group, event = self.group, {"type": "entity.change", "text": text}
        try:
            async_to_sync(get_channel_layer().group_send)(group, event)
        except Exception:  # the tabs will see that it is missing, and ask
            logger.exception("A change was saved and not broadcast")


class NumberingMixin:
    """Number the changes of a ReceiverMixin, and answer a ping with the last number.

    List it before ReceiverMixin, and let `lock` give what is numbered, locked.
    """

    numbered = None

    def receive_json(self, content, **kwargs):
        if content.get("type") == "ping":
            self.send_pong()
            return
        with transaction.atomic(savepoint=False):
            self.numbered = self.lock()
            super().receive_json(content, **kwargs)

    def send_pong(self):
        if self.numbered is None:  # no other frame has come so far
            with transaction.atomic():
                self.numbered = self.lock()
        numbered = type(self.numbered).objects.filter(pk=self.numbered.pk)
        version = numbered.values_list("version", flat=True).first()
        self.send_json({"type": "pong", "version": version})

    def broadcast(self, type, data):
        self.numbered.broadcast(type, data, self.tell)
