from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse

from core.validators import validate_text


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

    def last_messages(self):
        """The last 50 messages, the oldest of them first."""
        messages = self.message_set.select_related("user").order_by("-pk")
        return list(reversed(messages[:50]))


class Message(models.Model):
    """What somebody said in a room."""

    room = models.ForeignKey(
        Room,
        on_delete=models.CASCADE,
        error_messages={"invalid": "This room is gone."},
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    message = models.CharField(max_length=512, validators=[validate_text])
    timestamp = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return f"{self.user}: {self.message}"

    def as_dict(self):
        return {
            "user": self.user.get_username(),
            "message": self.message,
            "timestamp": self.timestamp.isoformat(),
        }
