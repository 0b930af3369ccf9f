from django.core.exceptions import ValidationError

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

    def get_row(self, rows, content):
        serializer = IdSerializer(data=content)
        serializer.is_valid(raise_exception=True)
        rows = rows.select_for_update(of=("self",))
        row = rows.filter(pk=serializer.validated_data["id"]).first()
        if row is None:
            name = rows.model._meta.verbose_name
            raise ValidationError(f"There is no such {name}.")
        return row
