from django.urls import re_path

from .answering import AnswerConsumer
from .consumers import ChatConsumer

websocket_urlpatterns = [
    re_path(r"^ws/chat/(?P<name>[^/\0]+)/$", ChatConsumer.as_asgi()),
    re_path(r"^ws/chat/(?P<name>[^/\0]+)/answer/$", AnswerConsumer.as_asgi()),
]
