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

        It is the user's own list, or an owner's, and has the user's `role` there.
        """
        rows = cls.objects.select_for_update(of=("self",))
        if owner in (None, user.get_username()):
            checklist, _ = rows.get_or_create(user=user)
            checklist.user = user  # so it isn't read again
        else:
            checklist = rows.select_related("user").filter(user__username=owner).first()
        # Asked last: while this waited for the lock, the user may have been removed.
        role = checklist and checklist.role_of(user)
        if role is None:
            raise cls.DoesNotExist("There is no such list.")
        checklist.role = role
        return checklist

    @property
    def group(self):
        """Every tab that shows this list."""
        return f"checklist.user.{self.user_id}"

    def role_of(self, user):
        if user.pk == self.user_id:
            return "owner"
        roles = self.membership_set.filter(user=user).values_list("role", flat=True)
        return roles.first()


class Membership(models.Model):
    """Somebody who shares a list: an editor changes it, a reader looks on."""

    class Role(models.TextChoices):
        EDITOR = "editor"
        READER = "reader"

    checklist = models.ForeignKey(Checklist, on_delete=models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    role = models.CharField(max_length=8, choices=Role.choices)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["checklist", "user"], name="member_once")
        ]

    def __str__(self):
        return f"{self.user}, {self.role}"

    def clean(self):
        if self.checklist_id and self.user_id == self.checklist.user_id:
            raise ValidationError("The owner needs no membership.")

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
