from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
event = {"type": "chat.message", "id": 0, "user": "(server)", "message": "lunch!"}
async_to_sync(get_channel_layer().group_send)("chat.room.1", event)
