from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer


def save(message):
    """Validate and save; give the event that tells the room."""
    message.full_clean()
    message.save()
    message.room.prune()
    return {
        "type": "chat.message",
        "version": message.version,
        "user": message.author,
        "message": message.message,
    }


def post(message):
    """Save, then tell everyone in the room, from whatever process."""
    event = save(message)
    async_to_sync(get_channel_layer().group_send)(message.room.group_name, event)
