import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
django_application = get_asgi_application()

# Consumers import models, so the routes come after Django is set up.
from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from chat.routing import websocket_urlpatterns as chat_urlpatterns
from checklist.routing import websocket_urlpatterns as checklist_urlpatterns
from core.origins import SameOriginValidator, refuse
from django.urls import re_path

# Without the last one, the router raises an error where no other matches.
routes = [*chat_urlpatterns, *checklist_urlpatterns, re_path("", refuse)]

application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": SameOriginValidator(AuthMiddlewareStack(URLRouter(routes))),
    }
)
