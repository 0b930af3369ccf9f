import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "live.settings")
django_application = get_asgi_application()

# The consumer imports models, so it comes after Django is set up.
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from live.sockets import TaskConsumer

routes = URLRouter([path("ws/tasks/", TaskConsumer.as_asgi())])
application = ProtocolTypeRouter(
    {"http": django_application, "websocket": AllowedHostsOriginValidator(routes)}
)
