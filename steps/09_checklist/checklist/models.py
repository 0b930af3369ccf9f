from django.conf import settings
from django.db import models

from core.validators import validate_text


class Task(models.Model):
    """One entry of a user's list."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    name = models.CharField(max_length=128, validators=[validate_text])

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.name
