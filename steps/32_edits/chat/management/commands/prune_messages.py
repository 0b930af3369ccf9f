from django.core.management.base import BaseCommand

from chat.models import Room


class Command(BaseCommand):
    help = "Delete the oldest messages of each room that has more than MOST_MESSAGES."

    def handle(self, **options):
        deleted = sum(room.prune() for room in Room.objects.all())
        self.stdout.write(f"Messages deleted: {deleted}.")
