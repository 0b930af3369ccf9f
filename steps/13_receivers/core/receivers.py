from django.core.exceptions import ValidationError

from .serializers import IdSerializer


class Receiver:
    """Carry out the frames of one `entity`: those that `actions` lists, no others.

    Each action is a method that takes the frame and gives what every tab is told.
    """

    entity = None
    actions = ()

    def __init__(self, user):
        self.user = user

    def handle(self, action, content):
        if action not in self.actions:
            raise ValidationError("Unknown type of frame.")
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
