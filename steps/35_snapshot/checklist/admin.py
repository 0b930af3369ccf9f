from operator import attrgetter

from django.contrib import admin
from django.db import transaction

from .models import Checklist, Item, Membership, Task


@admin.register(Item, Task)
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
        """One change for each user whose rows these are; locked in one order."""
        for user in sorted({row.owner for row in rows}, key=attrgetter("pk")):
            Checklist.lock(user).broadcast("pong", {})


@admin.register(Membership)
class MembershipAdmin(NumberedAdmin):
    """Who is removed here is out as if the owner had done it."""

    def number(self, rows):
        for user in sorted({row.owner for row in rows}, key=attrgetter("pk")):
            Checklist.lock(user).change_access()
