from django.core.exceptions import ImproperlyConfigured, ValidationError

from .serializers import IdSerializer


def action(method):
    """Let clients call a method of a receiver, and no other."""
    method.is_action = True
    return method


class Receiver:
    """Carry out the frames of one `entity`, each by a method marked as an `@action`.

    An action takes the frame and gives what every tab is told.
    """

    entity = None
    actions = ()

    def __init_subclass__(cls):
        own = [name for name in vars(cls) if hasattr(vars(cls)[name], "is_action")]
        cls.actions = (*cls.actions, *own)

    def __init__(self, scope):
        self.scope, self.user = scope, scope["user"]

    def handle(self, action, content):
        if action not in self.actions:
            raise ValidationError("Unknown type of frame.")
        self.action = action
        return getattr(self, action)(content)


class GenericReceiver(Receiver):
    """Create, update and delete the rows of `get_queryset`, through `serializer_class`.

    The serializer decides which related rows are allowed. Override `perform_` hooks.
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
        return {"request": self, "user": self.user}

    def get_serializer(self, *args, **kwargs):
        kwargs.setdefault("context", self.get_serializer_context())
        return self.get_serializer_class()(*args, **kwargs)

    @property
    def model(self):
        return self.get_serializer_class().Meta.model

    def lock_row(self, pk):
        """Lock a row by a query of its own: not every `get_queryset` can lock."""
        self.model._base_manager.select_for_update().filter(pk=pk).first()

    def get_object(self, content):
        serializer = self.id_serializer_class(data=content)
        serializer.is_valid(raise_exception=True)
        pk = serializer.validated_data["id"]
        self.lock_row(pk)
        row = self.get_queryset().filter(pk=pk).first()
        if row is None:
            raise ValidationError(f"There is no such {self.model._meta.verbose_name}.")
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
