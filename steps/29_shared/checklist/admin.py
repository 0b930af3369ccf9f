from django.contrib import admin
from django.db import transaction

from .models import Checklist, Item, Membership, Task


@admin.register(Item, Membership, Task)
class NumberedAdmin(admin.ModelAdmin):
    """What is changed here is told too: by its number, so pages ask for the list."""

    def save_model(self, request, obj, form, change):
        before = self.model.objects.filter(pk=obj.pk)
        self.number([*before, obj])
        super().save_model(request, obj, form, change)

    def delete_model(self, request, obj):
        self.number([obj])
        super().delete_model(request, obj)

    @transaction.atomic
    def delete_queryset(self, request, queryset):
        self.number(queryset)
        super().delete_queryset(request, queryset)

    def number(self, rows):
        """One change for each user whose rows these are."""
        for user in {row.owner for row in rows}:
            Checklist.lock(user=user).broadcast("pong", {})
