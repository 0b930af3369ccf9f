from django.contrib import admin

from .models import Message, Room


@admin.register(Message, Room)
class ChatAdmin(admin.ModelAdmin):
    """Save what was edited alone; a message stays in the room that numbered it."""

    def get_readonly_fields(self, request, obj=None):
        return ["room"] if isinstance(obj, Message) else []

    def save_model(self, request, obj, form, change):
        obj.save(update_fields=form.changed_data if change else None)
