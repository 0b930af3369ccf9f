from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Now
from django.urls import reverse

from core.validators import validate_text

# Pages ping every 20 seconds and sweep then: a ghost is gone after less than 60.
STALE = timedelta(seconds=35)

# So many messages travel in one frame.
PAGE = 50


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
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True
    )
    # The last list of who is here that everyone was told, and its number.
    present = models.JSONField(default=list, editable=False)
    presence_version = models.PositiveIntegerField(default=0, editable=False)
    message_version = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("chat:room", args=[self.name])

    @property
    def group_name(self):
        return f"chat.room.{self.pk}"

    def stale_connections(self):
        return self.connection_set.filter(last_seen__lt=Now() - STALE)

    @transaction.atomic
    def check_presence(self):
        """Remove ghosts; give the list of who is here, its number, and if it is new."""
        room = Room.objects.select_for_update().get(pk=self.pk)
        room.stale_connections().delete()
        names = room.connection_set.values_list("user__username", flat=True)
        users = sorted(set(names))
        changed = users != room.present
        if changed:
            room.present = users
            room.presence_version += 1
            room.save(update_fields=["present", "presence_version"])
        return room.presence_version, users, changed

    def get_version(self):
        """How many messages the room has had; some may be deleted by now."""
        rooms = Room.objects.filter(pk=self.pk)
        if (version := rooms.values_list("message_version", flat=True).first()) is None:
            raise ValidationError("This room is gone.")
        return version

    def last_messages(self, before=None):
        """The last messages, or those before a cursor, and the cursor for older ones.

        The oldest of them comes first. The new cursor is None where nothing is older.
        """
        messages = self.message_set.select_related("user").order_by("-pk")
        if before is not None:
            messages = messages.filter(pk__lt=before)
        page = list(messages[: PAGE + 1])
        earlier = page[PAGE - 1].pk if len(page) > PAGE else None
        return page[:PAGE][::-1], earlier

    def prune(self):
        """Delete the oldest messages, where there are too many; give how many went."""
        if not settings.MOST_MESSAGES:
            return 0
        newest = self.message_set.order_by("-pk").values("pk")
        old = self.message_set.filter(pk__in=newest[settings.MOST_MESSAGES :])
        return old.delete()[0]


class Message(models.Model):
    """What somebody said in a room."""

    room = models.ForeignKey(
        Room,
        on_delete=models.CASCADE,
        db_index=False,  # the one in Meta begins with it, too
        error_messages={"invalid": "This room is gone."},
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True
    )
    message = models.CharField(max_length=512, validators=[validate_text])
    timestamp = models.DateTimeField(auto_now_add=True)
    version = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        indexes = [models.Index(fields=["room", "-id"])]

    def __str__(self):
        return f"{self.author}: {self.message}"

    @transaction.atomic
    def save(self, **kwargs):
        """Number a new message; until the commit nobody else does so in this room."""
        if self._state.adding:
            room = Room.objects.select_for_update().get(pk=self.room_id)
            self.version = room.message_version = room.message_version + 1
            room.save(update_fields=["message_version"])
        super().save(**kwargs)

    @property
    def author(self):
        """Who said it; brackets cannot be in a user's name."""
        return self.user.get_username() if self.user else "(server)"

    def as_dict(self):
        return {
            "version": self.version,
            "user": self.author,
            "message": self.message,
            "timestamp": self.timestamp.isoformat(),
        }


class Connection(models.Model):
    """One open socket; a person with three tabs has three."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    # By the database's clock: those of our processes may differ.
    last_seen = models.DateTimeField(db_default=Now())

    @classmethod
    def of(cls, user):
        """The living connections of a person, in whatever room."""
        return cls.objects.filter(user=user, last_seen__gte=Now() - STALE)
