from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

from core.numbering import Numbered
from core.validators import validate_text

# A task and its items travel in one frame.
MOST_ITEMS = 100


class Checklist(Numbered):
    """How many changes a user's tasks, items and members have had."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)

    def __str__(self):
        return f"{self.user}’s list"

    @classmethod
    def lock(cls, user, owner=None):
        """Nobody else locks this until the transaction ends.

        It is the user's own list, or that of an owner who shares it with them.
        """
        rows = cls.objects.select_for_update(of=("self",))
        if owner in (None, user.get_username()):
            checklist, _ = rows.get_or_create(user=user)
            checklist.user = user  # so it isn't read again
        else:
            checklist = rows.select_related("user").filter(user__username=owner).first()
        # Asked last: while this waited for the lock, the user may have been removed.
        if checklist is None or not checklist.is_open_to(user):
            raise cls.DoesNotExist("There is no such list.")
        return checklist

    @property
    def group(self):
        """Every tab that shows this list."""
        return f"checklist.user.{self.user_id}"

    def is_open_to(self, user):
        return user.pk == self.user_id or self.membership_set.filter(user=user).exists()


class Membership(models.Model):
    """Somebody who shares a list."""

    checklist = models.ForeignKey(Checklist, on_delete=models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["checklist", "user"], name="member_once")
        ]

    def __str__(self):
        return str(self.user)

    @property
    def owner(self):
        return self.checklist.user


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
