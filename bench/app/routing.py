import gc
import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path


def application(consumer):
    """Serve a consumer to logged in users, as each contender does."""
    routes = URLRouter([path("ws/checklist/", consumer.as_asgi())])
    guarded = AllowedHostsOriginValidator(AuthMiddlewareStack(routes))
    if os.environ.get("BENCH_TUNED"):
        gc.freeze()
    return ProtocolTypeRouter({"websocket": guarded})
