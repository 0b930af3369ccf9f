import logging
from functools import partial

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import transaction
from rest_framework.exceptions import APIException, PermissionDenied

from .consumers import FrameMixin
from .serializers import IdSerializer

logger = logging.getLogger(__name__)

SAVED = "Saved. Your other tabs will follow in a moment."


class Conflict(APIException):
    """Somebody else was faster."""

    status_code = 409
    default_code = "conflict"


class Receiver:
    """Carry out the frames of one `entity`: those that `actions` lists, no others.

    Each action is a method that takes the frame and gives what every tab is told.
    """

    entity = None
    actions = ()
    permission_classes = ()  # those of DRF: a receiver is both request and view to them
    is_told = True  # whether all tabs hear what an action gives

    def __init__(self, user, **kwargs):
        self.user, self.kwargs = user, kwargs

    def handle(self, action, content):
        if action not in self.actions:
            raise ValidationError("Unknown type of frame.")
        self.action = action
        self.check_permissions()
        return getattr(self, action)(content)

    def check_permissions(self, *row):
        ask = "has_object_permission" if row else "has_permission"
        for permission in [each() for each in self.permission_classes]:
            if not getattr(permission, ask)(self, self, *row):
                raise PermissionDenied(getattr(permission, "message", None))


class GenericReceiver(Receiver):
    """Create, update and delete the rows of `get_queryset`, through `serializer_class`.

    The serializer decides which related rows are allowed. Override `perform_` hooks.
    """

    actions = ("create", "update", "delete")
    serializer_class = None

    def get_queryset(self):
        raise ImproperlyConfigured(f"{type(self).__name__} needs a get_queryset().")

    def get_serializer(self, *args, **kwargs):
        if self.serializer_class is None:
            raise ImproperlyConfigured(f"{type(self).__name__} lacks serializer_class.")
        context = {"user": self.user} | self.kwargs
        return self.serializer_class(*args, context=context, **kwargs)

    @property
    def model(self):
        return self.get_serializer().Meta.model

    def get_object(self, content):
        serializer = IdSerializer(data=content)
        serializer.is_valid(raise_exception=True)
        rows = self.get_queryset().select_for_update(of=("self",))
        row = rows.filter(pk=serializer.validated_data["id"]).first()
        if row is None:
            raise ValidationError(f"There is no such {self.model._meta.verbose_name}.")
        self.check_permissions(row)
        self.check_unchanged(row, content)
        return row

    def check_unchanged(self, row, content):
        """Refuse what is based on something else than `was`, what its sender saw."""
        was = content.get("was", {})
        if not isinstance(was, dict):
            raise ValidationError("What a row was is told as an object.")
        now = self.get_serializer(row).data if was else {}
        for name in was:
            if name not in now or was[name] != now[name]:
                raise Conflict("Somebody else has changed this in the meantime.")

    def create(self, content):
        serializer = self.get_serializer(data=content)
        serializer.is_valid(raise_exception=True)
        self.perform_create(serializer)
        return serializer.data

    def update(self, content):
        row = self.get_object(content)
        serializer = self.get_serializer(row, data=content, partial=True)
        serializer.is_valid(raise_exception=True)
        self.perform_update(serializer)
        return serializer.data

    def delete(self, content):
        row = self.get_object(content)
        data = {"id": row.pk}
        self.perform_delete(row)
        return data

    def perform_create(self, serializer):
        serializer.save()

    def perform_update(self, serializer):
        serializer.save()

    def perform_delete(self, row):
        row.delete()


class ReceiverMixin(FrameMixin):
    """Let any JsonWebsocketConsumer carry out the frames of any number of receivers.

    List it before the consumer class. Set `receiver_classes` and a `group` to send to.
    """

    receiver_classes = ()

    def receive_json(self, content, **kwargs):
        entity, _, action = str(content.get("type")).partition(".")
        with transaction.atomic(savepoint=False):
            receiver = self.get_receiver(entity)
            data = receiver.handle(action, content)
            if receiver.is_told:
                self.broadcast(content["type"], data)

    def get_receiver(self, entity):
        for receiver_class in self.receiver_classes:
            if receiver_class.entity == entity:
                return receiver_class(self.scope["user"], **self.get_receiver_kwargs())
        raise ValidationError("Unknown type of frame.")

    def get_receiver_kwargs(self):
        """What the receivers have to know besides the user."""
        return {}

    def broadcast(self, type, data):
        """Encode a change once; after the commit, send it to the whole group."""
        text = self.encode_json({"type": type, **data})
        transaction.on_commit(partial(self.tell, type, text))

    def tell(self, type, text):
        try:
            self.send_to_group(self.group, "entity.change", text=text)
        except Exception:
            logger.exception("A change was saved and not broadcast")
            self.send(text_data=text)
            self.send_json({"type": "saved", "request": type, "message": SAVED})

    async def dispatch(self, message):
        """What the group hears needs no thread: put it into the outbox right here."""
        if message["type"] == "entity.change":
            await self.outbox.put({"type": "websocket.send", "text": message["text"]})
        else:
            await super().dispatch(message)
