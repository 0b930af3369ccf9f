from datetime import timedelta

from django.utils import timezone
from rest_framework import authentication, exceptions
from rest_framework.authtoken.models import Token

VALID = timedelta(days=30)


def oldest():
    return timezone.now() - VALID


def valid_tokens():
    return Token.objects.filter(created__gt=oldest(), user__is_active=True)


class TokenAuthentication(authentication.TokenAuthentication):
    """A token is valid for 30 days."""

    def authenticate_credentials(self, key):
        user, token = super().authenticate_credentials(key)
        if token.created <= oldest():
            raise exceptions.AuthenticationFailed("Invalid token.")
        return user, token
