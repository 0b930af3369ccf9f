from django.core.exceptions import ValidationError
from django.db.models.functions import Now

from .models import Room


class PresenceMixin:
    """Know who is in `self.room`; the consumer calls `enter`, `leave` and `ping`."""

    connection = None
    users = None  # whom the page shows, and the number of that list
    version = 0

    def enter(self):
        """Add this connection; the check comes back when others have entered too."""
        self.connection = self.room.connection_set.create(user=self.user)
        self.join(self.room.group_name)
        self.send_to_channel(self.channel_name, "presence.check")

    def leave(self):
        self.connection.delete()
        if Room.objects.filter(pk=self.room.pk).exists():
            self.check()

    def ping(self):
        """Say that this connection lives, and remove those that do not."""
        if not Room.objects.filter(pk=self.room.pk).exists():
            raise ValidationError("This room is gone.")
        mine = self.room.connection_set.filter(pk=self.connection.pk)
        if not mine.update(last_seen=Now()):
            self.enter()  # it was silent for too long and counted as gone
        elif self.room.stale_connections().exists():
            self.check()
        if not Room.objects.filter(pk=self.room.pk, presence_version=self.version):
            self.show(*self.check())  # an event was lost

    def check(self):
        """Tell everyone who is here, if anybody has come or gone."""
        version, users, changed = self.room.check_presence()
        if changed:
            group = self.room.group_name
            self.send_to_group(group, "presence.list", version=version, users=users)
        return version, users

    def presence_check(self, event):
        self.show(*self.check())

    def presence_list(self, event):
        if self.users is not None:
            self.show(event["version"], event["users"])

    def show(self, version, users):
        """Send the first list whole, of later and newer ones the differences."""
        if self.users is None:
            self.send_json({"type": "user.list", "users": users})
        elif version <= self.version:
            return
        else:
            for name in sorted(self.users.difference(users)):
                self.send_json({"type": "user.leave", "user": name})
            for name in sorted(set(users).difference(self.users)):
                self.send_json({"type": "user.join", "user": name})
        self.users, self.version = set(users), version
