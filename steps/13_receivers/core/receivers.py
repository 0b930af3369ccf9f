from django.core.exceptions import ValidationError

from .serializers import IdSerializer


def action(method):
    """Mark a method of a receiver that clients may call."""
    method.is_action = True
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

    def __init_subclass__(cls):
        cls.actions = marked(cls, "is_action")

    def __init__(self, scope):
        self.scope, self.user = scope, scope["user"]

    def handle(self, name, content):
        if name not in self.actions:
            raise ValidationError("Unknown type of frame.")
        self.action = name
        return getattr(self, name)(content)

    def get_row(self, rows, content):
        serializer = IdSerializer(data=content)
        serializer.is_valid(raise_exception=True)
        rows = rows.select_for_update(of=("self",))
        row = rows.filter(pk=serializer.validated_data["id"]).first()
        if row is None:
            name = rows.model._meta.verbose_name
            raise ValidationError(f"There is no such {name}.")
        return row
