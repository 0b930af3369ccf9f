from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

from core.numbering import Numbered
from core.validators import validate_text

GROUP = "checklist.user.{}"  # every tab that shows this user's list

# A task and its items travel in one frame.
MOST_ITEMS = 100


class Checklist(Numbered):
    """How many changes a user's tasks and items have had."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)

    @property
    def group(self):
        return GROUP.format(self.user_id)


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
