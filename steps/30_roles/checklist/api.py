from django.db import transaction
from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import NotAuthenticated, NotFound, ParseError
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from core.receivers import GenericReceiver
from core.shares import share_of

from .consumers import ROWS_A_TOKEN
from .models import Checklist
from .receivers import ItemReceiver, TaskReceiver


class ReceiverViewSet(ReadOnlyModelViewSet):
    """Serve the rows of `receiver_class`, and let it carry out the changes."""

    receiver_class = GenericReceiver
    lookup_value_converter = "int"

    def dispatch(self, request, *, owner=None, **kwargs):
        self.owner = owner
        return super().dispatch(request, **kwargs)

    @transaction.atomic
    def get_receiver(self):
        try:
            checklist = Checklist.lock(self.request.user, self.owner)
        except Checklist.DoesNotExist as error:
            raise NotFound(str(error)) from None
        scope = {"user": self.request.user, "checklist": checklist}
        return self.receiver_class(scope)

    @cached_property
    def receiver(self):
        """What is read; what is to be changed has to be locked while it is."""
        if self.request.user.is_anonymous:
            raise NotAuthenticated  # who describes the API looks at the view
        return self.get_receiver()

    def get_queryset(self):
        return self.receiver.get_queryset()

    def get_serializer_class(self):
        return self.receiver_class.serializer_class

    def get_serializer_context(self):
        context = self.receiver.get_serializer_context()
        return {**context, **super().get_serializer_context()}

    def list(self, request):
        response = super().list(request)
        rows = [1 + len(row.get("item_set", [])) for row in response.data["results"]]
        share_of(request.user).limits.bucket.tokens -= sum(rows) // ROWS_A_TOKEN
        return response

    def create(self, request):
        return Response(self.change("create", request.data), status.HTTP_201_CREATED)

    def partial_update(self, request, pk):
        if not request.data:
            raise ParseError("Send a JSON object, and its Content-Length.")
        content = request.data | {"id": self.get_object().pk}
        return Response(self.change("update", content))

    def destroy(self, request, pk):
        self.change("delete", {"id": self.get_object().pk})
        return Response(status=status.HTTP_204_NO_CONTENT)

    def change(self, action, content):
        with transaction.atomic():
            receiver = self.get_receiver()
            data = receiver.handle(action, content)
            receiver.checklist.broadcast(f"{receiver.entity}.{action}", data)
        return data


class TaskViewSet(ReceiverViewSet):
    """The tasks of a list."""

    receiver_class = TaskReceiver


class ItemViewSet(ReceiverViewSet):
    """The items of a list's tasks."""

    receiver_class = ItemReceiver


@extend_schema(exclude=True)
class DocumentView(APIView):
    """Show what a function gives."""

    document = dict

    def get(self, request):
        return Response(self.document())


router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("tasks", TaskViewSet, "task")
router.register("items", ItemViewSet, "item")
