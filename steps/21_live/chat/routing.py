from django.urls import re_path

from .consumers import ChatConsumer

websocket_urlpatterns = [
    re_path(r"^ws/chat/(?P<name>[^/\0]+)/$", ChatConsumer.as_asgi()),
]
