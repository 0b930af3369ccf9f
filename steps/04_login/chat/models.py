from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse


def validate_room_name(name):
    """Refuse what cannot be one part of an address."""
    if "/" in name or name in (".", ".."):
        raise ValidationError(
            "The name becomes part of an address: no slash, and not “.” or “..”."
        )


class Room(models.Model):
    """A place to talk: its name is for people, its primary key for the group."""

    name = models.CharField(
        max_length=128, unique=True, validators=[validate_room_name]
    )

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("chat:room", args=[self.name])

    @property
    def group_name(self):
        return f"chat.room.{self.pk}"
