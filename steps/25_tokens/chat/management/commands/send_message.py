from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import ConnectionError, TimeoutError

from chat.models import Message, Room
from chat.posting import post


class Command(BaseCommand):
    help = "Say something in a room, from outside of any browser."

    def add_arguments(self, parser):
        parser.add_argument("room", help="the room's name")
        parser.add_argument("message", help="up to 512 characters")

    def handle(self, *, room, message, **options):
        # An argument may hold any bytes, a database holds text.
        name = room.encode(errors="replace").decode()
        found = Room.objects.filter(name=name).first()
        if found is None:
            raise CommandError(f"There is no room “{room}”.")
        try:
            post(Message(room=found, message=message.strip()))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except (ConnectionError, TimeoutError) as error:
            raise CommandError(f"Stored, but not sent: {error}") from None
        if isinstance(get_channel_layer(), InMemoryChannelLayer):
            warning = (
                "Stored, but nobody hears it: the layer is in this process's memory."
            )
            self.stderr.write(self.style.WARNING(f"{warning} Set REDIS_URL."))
        else:
            self.stdout.write(self.style.SUCCESS(f"Sent to {found}."))
