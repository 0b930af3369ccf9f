from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from chat.models import Room
group = Room.objects.get(name="lunch").group_name
event = {"type": "chat.message", "id": 0, "user": "(server)", "message": "Soup!"}
async_to_sync(get_channel_layer().group_send)(group, event)
