from datetime import timedelta

from django.utils import timezone
from rest_framework import authentication, exceptions
from rest_framework.authtoken.models import Token

VALID = timedelta(days=30)
# Whoever deletes a user in the admin is shown what goes with them, but no secret.
Token.__str__ = lambda token: "API token"


def valid_tokens():
    oldest = timezone.now() - VALID
    return Token.objects.filter(created__gt=oldest, user__is_active=True)


class TokenAuthentication(authentication.TokenAuthentication):
    """A token is valid for 30 days."""

    def authenticate_credentials(self, key):
        token = valid_tokens().select_related("user").filter(key=key).first()
        if token is None:
            raise exceptions.AuthenticationFailed("Invalid token.")
        return token.user, token
