import logging

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)

ROOMS = "chat.rooms"  # the group of whoever looks at the list of them


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
    tell_rooms(message.room)


def tell_rooms(room):
    tell_lists(ROOMS, type="room.message", **room.as_dict())


def tell_lists(group, **event):
    """Tell lists of rooms; one that misses this gets a new list with its ping."""
    try:
        async_to_sync(get_channel_layer().group_send)(group, event)
    except Exception:
        logger.exception("The lists of rooms were not told")
