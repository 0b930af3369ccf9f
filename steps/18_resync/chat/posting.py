from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer


def post(message):
    """Validate, save, then tell everyone in the room, from whatever process."""
    message.full_clean()
    message.save()
    event = {
        "type": "chat.message",
        "version": message.version,
        "user": message.author,
        "message": message.message,
    }
    async_to_sync(get_channel_layer().group_send)(message.room.group_name, event)
