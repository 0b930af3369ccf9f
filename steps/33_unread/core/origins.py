from io import BytesIO

from channels.security.websocket import WebsocketDenier
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest

# Answers a handshake with 403, and the server's log with one line.
refuse = WebsocketDenier.as_asgi()


class SameOriginValidator:
    """Let in only the sockets of pages that come from this server."""

    def __init__(self, application):
        self.application = application

    async def __call__(self, scope, receive, send):
        application = self.application if is_same_origin(scope) else refuse
        return await application(scope, receive, send)


def is_same_origin(scope):
    """Say whether page and socket have scheme, host and port in common."""
    # Django knows hosts and proxies by its requests, so it gets one.
    scheme = "https" if scope.get("scheme") == "wss" else "http"
    asked = {"method": "GET", "scheme": scheme, "query_string": ""}
    request = ASGIRequest(scope | asked, BytesIO())
    try:
        ours = f"{request.scheme}://{request.get_host()}"
    except DisallowedHost:
        return False
    return request.headers.get("Origin") == ours
