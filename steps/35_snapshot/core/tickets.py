import logging
from secrets import token_hex
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from django.conf import settings
from django.core import signing
from django.db import transaction
from rest_framework.authtoken.models import Token

from once.models import AlreadyCarriedOut, CarriedOut

from .consumers import AWAY
from .origins import is_same_origin, refuse
from .tokens import valid_tokens

logger = logging.getLogger(__name__)

SECONDS = 30


def make_ticket(token):
    """A text with which a token's owner can open one socket, and soon."""
    made = token.created.isoformat()
    content = {"user": token.user_id, "token_made": made, "id": token_hex(16)}
    return signing.dumps(content, salt="ticket")


def redeem(ticket):
    """The token for which this ticket was given; None if it is not valid, or not any more."""
    try:
        content = signing.loads(ticket, salt="ticket", max_age=SECONDS)
        tokens = valid_tokens().select_related("user")
        token = tokens.get(user=content["user"], created=content["token_made"])
        with transaction.atomic():
            CarriedOut.remember(token.user, content["id"])
    except AWAY as error:
        logger.error("A ticket is refused, for want of the database: %s", error)
    except (signing.BadSignature, Token.DoesNotExist, AlreadyCarriedOut):
        pass
    else:
        return token


class TicketMiddleware:
    """Let in whoever shows a ticket; who shows none is a matter for `otherwise`."""

    def __init__(self, application, otherwise):
        self.application, self.otherwise = application, otherwise

    async def __call__(self, scope, receive, send):
        query = scope["query_string"].decode("latin-1")
        tickets = parse_qs(query, keep_blank_values=True).get("ticket")
        if tickets is None:
            return await self.otherwise(scope, receive, send)
        token = await database_sync_to_async(redeem)(tickets[0])
        # A browser always names an origin, and a program need not.
        origin = dict(scope["headers"]).get(b"origin", b"").decode("latin-1")
        known = not origin or origin in settings.CORS_ALLOWED_ORIGINS
        if token is None or not (known or is_same_origin(scope)):
            return await refuse(scope, receive, send)
        scope = scope | {"user": token.user, "token": token.key}
        return await self.application(scope, receive, send)
