import json
import logging
from functools import partial

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction

from core.validators import validate_text

logger = logging.getLogger(__name__)

GROUP = "checklist.user.{}"  # every tab that shows this user's list

# A task and its items travel in one frame.
MOST_ITEMS = 100


class Checklist(models.Model):
    """How many changes a user's tasks and items have had."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    version = models.PositiveBigIntegerField(default=0)

    @classmethod
    def lock(cls, user):
        """Nobody else reads or changes this until the transaction ends."""
        checklist, _ = cls.objects.select_for_update().get_or_create(user=user)
        return checklist

    def next_version(self):
        self.version += 1
        self.save(update_fields=["version"])
        return self.version

    def broadcast(self, type, data, send=None):
        """Number a change; after the commit, tell every tab, or let `send` do it."""
        frame = dict(type=type, **data, version=self.next_version())
        send = send or self.send
        transaction.on_commit(partial(send, type, json.dumps(frame)))

    def send(self, type, text):
        event = {"type": "entity.change", "text": text}
        try:
            group_send = async_to_sync(get_channel_layer().group_send)
            group_send(GROUP.format(self.user_id), event)
        except Exception:  # the tabs will see that it is missing, and ask
            logger.exception("A change was saved and not broadcast")


class Task(models.Model):
    """One entry of a user's list."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    name = models.CharField(max_length=128, validators=[validate_text])

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.name

    @property
    def owner(self):
        return self.user

    def check_space(self, item=None):
        """Refuse an item, a new one or this one, when the task is full."""
        others = self.item_set.exclude(pk=item.pk if item else None)
        if others.count() >= MOST_ITEMS:
            raise ValidationError(f"A task holds at most {MOST_ITEMS} items.")


class Item(models.Model):
    """One thing to do for a task; who did it, and when, once it is ticked."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE)
    name = models.CharField(max_length=128, validators=[validate_text])
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.name

    @property
    def owner(self):
        return self.task.user

    def clean(self):
        if self.task_id:
            self.task.check_space(self)
