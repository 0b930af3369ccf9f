import json
import logging
from functools import partial

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import transaction
from rest_framework.utils.encoders import JSONEncoder

from .consumers import FrameMixin
from .serializers import IdSerializer

logger = logging.getLogger(__name__)

SAVED = "Saved. Your other tabs will follow in a moment."


def action(method):
    """Mark a method of a receiver that clients may call."""
    method.is_action = True
    return method


def reply(method):
    """Let clients call it too, and answer the sender alone. It changes nothing."""
    method.is_action = method.is_reply = True
    return method


def marked(cls, mark):
    """The methods that have a mark, in a class or in one of its bases; None is none."""
    bases = reversed(cls.__mro__)
    names = [
        name for each in bases for name in vars(each) if hasattr(vars(each)[name], mark)
    ]
    return tuple(name for name in dict.fromkeys(names) if getattr(cls, name))


class Receiver:
    """Carry out the frames of one `entity`, each by a method marked as an `@action`.

    An action takes the frame and gives what every tab is told.
    """

    entity = None
    action = None
    actions = ()
    replies = ()

    def __init_subclass__(cls):
        cls.actions = marked(cls, "is_action")
        cls.replies = marked(cls, "is_reply")

    def __init__(self, scope):
        self.scope, self.user = scope, scope["user"]

    def handle(self, name, content):
        if name not in self.actions:
            raise ValidationError("Unknown type of frame.")
        self.action = name
        return getattr(self, name)(content)


class GenericReceiver(Receiver):
    """Create, update and delete the rows of `get_queryset`, through `serializer_class`.

    The serializer decides which related rows are allowed. To save or delete a row in
    another way, override a `perform_` hook.
    """

    serializer_class = None
    id_serializer_class = IdSerializer

    def get_queryset(self):
        raise ImproperlyConfigured(f"{type(self).__name__} needs a get_queryset().")

    def get_serializer_class(self):
        if self.serializer_class is None:
            raise ImproperlyConfigured(f"{type(self).__name__} lacks serializer_class.")
        return self.serializer_class

    def get_serializer_context(self):
        return {"request": self, "view": self, "user": self.user}

    def get_serializer(self, *args, **kwargs):
        kwargs.setdefault("context", self.get_serializer_context())
        return self.get_serializer_class()(*args, **kwargs)

    @property
    def model(self):
        return self.get_serializer_class().Meta.model

    def lock_row(self, rows):
        """Lock the one row by a query of its own: not every `get_queryset` can lock."""
        locked = rows.model._base_manager.select_for_update()
        locked.filter(pk__in=rows.values("pk")).first()

    def get_object(self, content):
        serializer = self.id_serializer_class(data=content)
        serializer.is_valid(raise_exception=True)
        rows = self.get_queryset().filter(pk=serializer.validated_data["id"])
        self.lock_row(rows)
        if self.action == "delete":
            rows = rows.prefetch_related(None)  # the answer is only an id
        row = rows.first()
        if row is None:
            raise ValidationError(f"There is no such {rows.model._meta.verbose_name}.")
        return row

    @action
    def create(self, content):
        serializer = self.get_serializer(data=content)
        serializer.is_valid(raise_exception=True)
        self.perform_create(serializer)
        return serializer.data

    @action
    def update(self, content):
        row = self.get_object(content)
        serializer = self.get_serializer(row, data=content, partial=True)
        serializer.is_valid(raise_exception=True)
        self.perform_update(serializer)
        return serializer.data

    @action
    def delete(self, content):
        row = self.get_object(content)
        data = self.id_serializer_class({"id": row.pk}).data
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
        entity, _, name = str(content.get("type")).partition(".")
        with transaction.atomic(savepoint=False):
            receiver = self.get_receiver(entity)
            data = receiver.handle(name, content)
            if name in receiver.replies:
                self.send_json(dict(type=content["type"], **data))
            else:
                self.broadcast(content["type"], data)

    def get_receiver(self, entity):
        for receiver_class in self.receiver_classes:
            if receiver_class.entity == entity:
                return receiver_class(self.scope)
        raise ValidationError("Unknown type of frame.")

    @classmethod
    def encode_json(cls, content):
        """Write what Django REST framework can write, as dates and UUIDs."""
        return json.dumps(content, cls=JSONEncoder)

    def broadcast(self, type, data):
        """Encode a change once; after the commit, send it to the whole group."""
        text = self.encode_json(dict(type=type, **data))
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
