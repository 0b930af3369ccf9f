from django.db import transaction
from rest_framework import status
from rest_framework.exceptions import ParseError
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import ReadOnlyModelViewSet

from core.receivers import GenericReceiver
from core.shares import share_of

from .consumers import ROWS_A_TOKEN
from .models import Checklist
from .receivers import ItemReceiver, TaskReceiver


class ReceiverViewSet(ReadOnlyModelViewSet):
    """Serve the rows of `receiver_class`, and let it carry out the changes."""

    receiver_class = GenericReceiver

    @property
    def receiver(self):
        return self.receiver_class({"user": self.request.user})

    def get_queryset(self):
        return self.receiver.get_queryset()

    def get_serializer_class(self):
        return self.receiver_class.serializer_class

    def get_serializer_context(self):
        return {**super().get_serializer_context(), "user": self.request.user}

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
            checklist = Checklist.lock(user=self.request.user)
            data = self.receiver.handle(action, content)
            checklist.broadcast(f"{self.receiver.entity}.{action}", data)
        return data


class TaskViewSet(ReceiverViewSet):
    receiver_class = TaskReceiver


class ItemViewSet(ReceiverViewSet):
    receiver_class = ItemReceiver


router = SimpleRouter(trailing_slash=False)
router.register("tasks", TaskViewSet, "task")
router.register("items", ItemViewSet, "item")
