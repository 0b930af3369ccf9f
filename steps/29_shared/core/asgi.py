import gc
import os

from django.core.asgi import get_asgi_application

# A server runs with the live settings; manage.py keeps those for developers.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.live")
django_application = get_asgi_application()

# Consumers import models, so the routes come after Django is set up.
from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from chat.routing import websocket_urlpatterns as chat_urlpatterns
from checklist.routing import websocket_urlpatterns as checklist_urlpatterns
from core.limits import Door
from core.origins import SameOriginValidator, refuse
from core.tickets import TicketMiddleware
from django.urls import re_path

# Without the last one, the router raises an error where no other matches.
routes = [*chat_urlpatterns, *checklist_urlpatterns, re_path("", refuse)]
sockets = URLRouter(routes)
by_session = SameOriginValidator(AuthMiddlewareStack(sockets))

application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": Door(TicketMiddleware(sockets, by_session)),
    }
)

# What is loaded by now stays, so the garbage collector can skip it from here on.
gc.freeze()
