from functools import cache

from drf_spectacular.generators import SchemaGenerator

from .consumers import ChecklistConsumer

INTEGER, STRING = {"type": "integer"}, {"type": "string"}
ERRORS = {"type": "object", "additionalProperties": {"type": "array", "items": STRING}}
ROLE = {"enum": ["owner", "editor", "reader"]}
FRAME_ID = {"type": "string", "pattern": "^[0-9A-Za-z-]{1,64}$"}
ID = {"type": "object", "required": ["id"], "properties": {"id": INTEGER}}


@cache
def openapi():
    """What may be requested, in the words of OpenAPI."""
    return SchemaGenerator().get_schema(public=True)


def row(receiver, prefix="", suffix=""):
    """What OpenAPI says of a receiver's serializer."""
    name = receiver.serializer_class.__name__.removesuffix("Serializer")
    return {"$ref": f"#/components/schemas/{prefix}{name}{suffix}"}


def message(name, *schemas, optional=None, **required):
    """A frame of this type, with some properties, and with all that `schemas` say."""
    required = {"type": {"const": name}} | required
    properties = required | (optional or {})
    own = {"type": "object", "required": [*required], "properties": properties}
    return {"name": name, "payload": {"allOf": [own, *schemas]}}


def heard(receiver):
    """The frames that a receiver carries out."""
    whole, part = row(receiver, suffix="Request"), row(receiver, "Patched", "Request")
    schemas = {"create": [whole], "update": [ID, part], "delete": [ID]}
    for action in receiver.actions:
        name = f"{receiver.entity}.{action}"
        yield message(name, *schemas.get(action, ()), optional={"frame_id": FRAME_ID})


def told(receiver):
    """The frames by which all tabs hear of it."""
    schemas = {"create": [row(receiver)], "update": [row(receiver)], "delete": [ID]}
    for action in receiver.actions:
        name = f"{receiver.entity}.{action}"
        yield message(name, *schemas.get(action, ()), version=INTEGER)


def operation(way, frames):
    """What the server does with these frames: it receives them, or sends them."""
    channel = "#/channels/checklist"
    refs = [{"$ref": f"{channel}/messages/{way}.{one['name']}"} for one in frames]
    return {"action": way, "channel": {"$ref": channel}, "messages": refs}


@cache
def asyncapi():
    """What travels on the socket of the checklist, in the words of AsyncAPI."""
    ways = {"receive": [message("ping"), message("task.list")], "send": []}
    for receiver in ChecklistConsumer.receiver_classes:
        ways["receive"] += heard(receiver)
        ways["send"] += told(receiver)
    tasks = {"type": "array", "items": {"$ref": "#/components/schemas/Task"}}
    more = {"role": ROLE}
    parts = {"part": INTEGER, "parts": INTEGER}
    extra = {"request": STRING, "code": STRING, "errors": ERRORS, "frame_id": FRAME_ID}
    ways["send"] += [
        message("task.list", version=INTEGER, tasks=tasks, **more, optional=parts),
        message("pong", version=INTEGER),
        message("ok", frame_id=FRAME_ID),
        message("saved", request=STRING, message=STRING),
        message("error", message=STRING, optional=extra),
    ]
    named = {f"{way}.{one['name']}": one for way in ways for one in ways[way]}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Checklist", "version": "1"},
        "defaultContentType": "application/json",
        "channels": {
            "checklist": {"address": "/ws/checklist/", "messages": named},
            "shared": {
                "address": "/ws/checklist/{owner}/",
                "parameters": {"owner": {}},
                "messages": named,
            },
        },
        "operations": {way: operation(way, ways[way]) for way in ways},
        "components": {"schemas": openapi()["components"]["schemas"]},
    }
