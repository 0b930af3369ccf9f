from rest_framework import serializers


class IdField(serializers.IntegerField):
    """A whole number: True is 1 to Python, and "7" and 7.0 are 7 to the base class."""

    default_error_messages = {"invalid": "An id must be a whole number."}

    def to_internal_value(self, data):
        if type(data) is not int:
            self.fail("invalid")
        return data


class IdSerializer(serializers.Serializer):
    """The row that a frame is about."""

    id = IdField()
