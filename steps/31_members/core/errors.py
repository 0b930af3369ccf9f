from django.core.exceptions import ValidationError
from rest_framework import exceptions
from rest_framework.views import exception_handler

from .consumers import AWAY


def handle_error(error, context):
    """Answer what receivers raise as a view does."""
    if isinstance(error, ValidationError):
        error = exceptions.ValidationError({"detail": " ".join(error.messages)})
    elif isinstance(error, AWAY):
        error = exceptions.APIException("The database is busy. Try again.", "busy")
        error.status_code = 503
    return exception_handler(error, context)
