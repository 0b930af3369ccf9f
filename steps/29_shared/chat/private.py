from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError

from .models import Connection

USAGE = "Write /pm, a name and a text: /pm bob hello"


def inbox(user):
    """The group of everything that a person has open, in whatever room."""
    return f"chat.user.{user.pk}"


class PrivateMixin:
    """Send `/pm USER TEXT` to everything that one person has open."""

    def send_private(self, text):
        name, message = self.parse(text)
        target = get_user_model().objects.filter(username=name).first()
        if target is None:
            raise ValidationError("There is nobody of that name.")
        if not Connection.of(target).exists():
            raise ValidationError("They are not here now.")
        user = self.user.get_username()
        self.send_to_group(inbox(target), "private.message", user=user, message=message)
        self.send_json(
            {"type": "private.message.delivered", "target": name, "message": message}
        )

    def parse(self, text):
        words = text.split(maxsplit=2)
        if len(words) < 3:
            raise ValidationError(USAGE)
        return words[1], words[2]

    def private_message(self, event):
        self.send_json(event)
