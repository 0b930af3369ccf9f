from django.urls import path, re_path

from .consumers import ChecklistConsumer

websocket_urlpatterns = [
    path("ws/checklist/", ChecklistConsumer.as_asgi()),
    re_path(r"^ws/checklist/(?P<owner>[^/\0]+)/$", ChecklistConsumer.as_asgi()),
]
