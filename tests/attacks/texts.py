"""What Hypothesis makes frames of: texts, numbers and shapes that somebody may send."""

import json
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.attacks.model import KINDS

BIDI = "\u202eabc\u2066\u202c\u200f"
NASTY = ["", " ", "\0", "nul\0", "\ud800", "half \udfff", "\ufffe", "\ufeff", BIDI]
NASTY += ["🍞" * 128, "🍞" * 129, "x" * 128, "x" * 129, "\x85", "\u2028"]
NASTY += ["<b>é</b>", "' OR 1=1 --", "%s %(x)s {0}", "é", "e\u0301", "null", "𐍈"]
texts = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=12),
    st.text(st.characters(), max_size=6),  # with halves of characters
)
# What a person types: most of it is saved.
names = st.one_of(st.text(min_size=1, max_size=9), st.sampled_from(["🍞", BIDI, "x"]))
numbers = st.one_of(
    st.integers(-3, 3),
    st.sampled_from([2**31, 2**63, -(2**63), 10**30, 10**400, 1e308, 0.5, 1.0]),
    st.floats(),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
    ),
    max_leaves=5,
)


@dataclass(frozen=True)
class Row:
    """The id of a row, of whomever it is; which one is known when the frame is sent."""

    kind: str
    number: int


task_ids = st.builds(Row, st.just("task"), st.integers(0, 9))
item_ids = st.builds(Row, st.just("item"), st.integers(0, 9))
GOOD_TIMES = ["2026-11-22T12:00:00Z", "2026-11-22T12:00:00.5+14:00", None]
ODD_TIMES = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30"]
ODD_TIMES += ["2026-11-22", "20261122T120000Z", "2026-11-22T24:00:00Z", "noon", "12:00"]
times = st.sampled_from(GOOD_TIMES + ODD_TIMES)
cursors = st.one_of(st.integers(-1, 20), st.integers(), anything)
frame_ids = st.sampled_from(["a", "b-1", "Z" * 64])


def frame(type, **fields):
    """A frame as the page makes it."""
    return st.fixed_dictionaries({"type": st.just(type)} | fields)


list_frames = st.one_of(
    frame("task.create", name=names),
    frame("task.create", name=names),
    frame("item.create", task=task_ids, name=names),
    frame("item.create", task=task_ids, name=names),
    frame("task.update", id=task_ids, name=names),
    frame("item.update", id=item_ids, name=names),
    frame("item.update", id=item_ids, task=task_ids),
    frame("item.update", id=item_ids, done_at=times),
    frame("task.delete", id=task_ids),
    frame("task.delete", id=task_ids, was=anything),
    frame("item.update", id=item_ids, name=names, was=anything),
    frame("item.delete", id=item_ids),
    # None of these is anybody's name, and no member is ever meant: see Attack.share.
    frame("member.create", user=scalars, role=st.sampled_from(["editor", "reader", 7])),
    frame("member.update", id=numbers, role=st.sampled_from(["editor", "", None])),
    frame("member.delete", id=numbers),
    frame("task.list"),
    frame("list.typing"),
    frame("ping"),
)
whispers = st.builds(
    "{} {} {}".format,
    st.sampled_from(["/pm", " /pm", "/pm ", "/PM", "/pm\u2003"]),
    st.sampled_from(["person000", "person001", "person002", "nobody"]),
    texts,
)
chat_frames = st.one_of(
    st.fixed_dictionaries({"message": names}),
    st.fixed_dictionaries({"message": st.one_of(names, whispers)}),
    frame("message.older", before=cursors),
    frame("message.read", version=cursors),
    frame("ping"),
)
# What a spoiled frame has besides, or in the place of what the page sends.
TYPES = [f"{entity}.{action}" for entity in ("task", "item") for action in KINDS]
TYPES += [
    "task.list",
    "list.typing",
    "list.here",
    "list.moment",
    "message.older",
    "message.read",
    "ping",
    "task",
    "task.",
    ".create",
    "task.explode",
    "chat.message",
]
TYPES += ["task.__init__", "task.create.x", "presence.check", "websocket.close"]
KEYS = ["type", "id", "task", "name", "done_at", "message", "frame_id"]
KEYS += ["user", "done_by", "version", "pk", "item_set", "room", "text", "before"]
spoils = st.lists(
    st.tuples(st.sampled_from(KEYS), anything | st.sampled_from(TYPES)),
    min_size=1,
    max_size=2,
).map(dict)


def spoiled(frames):
    """Some frames, with or without ids of their own, of which every third is broken."""
    named = st.one_of(st.just({}), st.fixed_dictionaries({"frame_id": frame_ids}))
    spoil = st.one_of(st.just({}), st.just({}), spoils)
    frame = st.builds(lambda a, b, c: a | b | c, frames, named, spoil)
    return st.lists(frame, min_size=1, max_size=6)


RAW = ["", " ", "{", "[]", "[{}]", "null", "1", "NaN", '"text"', "\0", "{}", "\ufeff{}"]
RAW += ['{"type": "ping", "type": "nothing"}', "{'type': 'ping'}", '{"type": "ping"} x']
RAW += ['{"type": "ping",}']
NUMBER = "9" * 5_000
# By name, because a failure prints them.
GIANTS = {
    "deep lists": "[" * 50_000,
    "deep objects": '{"name":' * 8_000,
    "long name": json.dumps({"type": "task.create", "name": "x" * 60_000}),
    "long message": json.dumps({"message": "🍞" * 5_000, "frame_id": "a"}),
    "long number": f'{{"type": "task.create", "name": {NUMBER}}}',
    "long negative": f'{{"message": -{NUMBER}}}',
    "too long": json.dumps({"type": "task.create", "name": "x" * 70_000}),
    "spaces": "{" + " " * 70_000,
}
raw = st.one_of(
    st.sampled_from(RAW),
    st.sampled_from([*GIANTS]),
    st.text(max_size=9),
    st.binary(max_size=9),
    anything.map(json.dumps),
)
