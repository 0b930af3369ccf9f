from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from drf_spectacular.utils import extend_schema
from rest_framework.authtoken.models import Token
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.exceptions import Throttled
from rest_framework.response import Response
from rest_framework.views import APIView

from .serializers import TicketSerializer
from .tickets import make_ticket
from .tokens import valid_tokens


class LoginView(ObtainAuthToken):
    """POST gives a token for a user's name and password."""

    authentication_classes = ()
    parser_classes = APIView.parser_classes

    def post(self, request):
        serializer = self.get_serializer(data=request.data)
        if not serializer.is_valid() and getattr(request, "axes_locked_out", False):
            raise Throttled(settings.AXES_COOLOFF_TIME * 3600)
        serializer.is_valid(raise_exception=True)
        user = serializer.validated_data["user"]
        user_logged_in.send(type(user), request=request, user=user)  # axes hears it
        Token.objects.filter(user=user).exclude(pk__in=valid_tokens()).delete()
        return Response({"token": Token.objects.get_or_create(user=user)[0].key})


class LogoutView(APIView):
    """POST makes the token worthless, and closes its sockets."""

    @extend_schema(request=None, responses={204: None})
    def post(self, request):
        request.auth.delete()
        return Response(status=204)


class TicketView(APIView):
    """POST gives a ticket, with which a token's owner can open one socket, and soon."""

    @extend_schema(request=None, responses=TicketSerializer)
    def post(self, request):
        return Response({"ticket": make_ticket(request.auth)})
