from contextlib import suppress

from django.core.exceptions import ValidationError
from rest_framework.exceptions import ParseError
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import JSONParser
from rest_framework.throttling import BaseThrottle

from .consumers import FrameMixin
from .limits import MOST_BYTES
from .shares import share_of


class ObjectParser(JSONParser):
    """A request holds what a frame holds: a JSON object."""

    def parse(self, stream, media_type=None, parser_context=None):
        text = stream.read(MOST_BYTES + 1)
        if len(text) <= MOST_BYTES:
            with suppress(ValidationError):
                return FrameMixin.decode_json(text)
        raise ParseError("Send a JSON object of at most 64 KiB.")


class Pagination(PageNumberPagination):
    """DRF's pages, described as OpenAPI 3.1 says that something may be null."""

    def get_paginated_response_schema(self, schema):
        described = super().get_paginated_response_schema(schema)
        address = {"type": ["string", "null"], "format": "uri"}
        described["properties"] |= {"next": address, "previous": address}
        return described


class ShareThrottle(BaseThrottle):
    """A request takes a token of its user's, as a frame does."""

    def allow_request(self, request, view):
        return share_of(request.user).limits.bucket.take()

    def wait(self):
        return 1  # second
