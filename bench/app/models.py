from django.conf import settings
from django.db import models


class Task(models.Model):
    """One entry of a user's list."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    name = models.CharField(max_length=128)

    class Meta:
        ordering = ["pk"]


class Item(models.Model):
    """One thing to do for a task."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE)
    name = models.CharField(max_length=128)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True
    )

    class Meta:
        ordering = ["pk"]
