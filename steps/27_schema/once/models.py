from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, models
from django.utils import timezone

# A page gives a frame back after one day, so two are enough.
REMEMBERED = timedelta(days=2)


class AlreadyCarriedOut(Exception):
    """A frame has come again."""


class CarriedOut(models.Model):
    """A frame of a user's that was carried out, and must not be once more."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    frame_id = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "frame_id"], name="once")
        ]

    @classmethod
    def remember(cls, user, frame_id):
        """Call this at the beginning of the transaction that carries out the frame."""
        try:
            cls.objects.create(user=user, frame_id=frame_id)
        except IntegrityError:
            raise AlreadyCarriedOut from None

    @classmethod
    def forget_old(cls):
        cls.objects.filter(at__lt=timezone.now() - REMEMBERED).delete()
