"""What should become of a frame, written down once more and without Django.

The model knows nothing of serializers, forms and queries: it is what pages 5 to 19 say
about frames, in as few lines as that takes.
"""

import json
import re
from dataclasses import dataclass, field

KINDS = ("create", "update", "delete")
MOST_BYTES = 64 * 1024
MOST_ITEMS = 100
TIMES = re.compile(r"2026-11-22T12:00:00(\.5)?(Z|\+14:00)")
ERROR = frozenset({"error"})


@dataclass
class Item:
    name: str
    done_by: str | None = None


@dataclass
class Task:
    name: str
    items: dict[int, Item] = field(default_factory=dict)


def is_text(text: str, longest: int) -> bool:
    """Whether a database can hold a text, and a person can see it."""
    half = any("\ud800" <= letter <= "\udfff" for letter in text)
    return bool(text.strip()) and len(text) <= longest and "\0" not in text and not half


def name_in(content: dict) -> str | None:
    """The name that would be saved; numbers are written out."""
    name = content.get("name")
    if isinstance(name, bool) or not isinstance(name, str | int | float):
        return None
    name = str(name).strip()
    return name if is_text(name, 128) else None


def read(text: str | bytes) -> dict | None:
    """The object in a frame, or None where there is none that anybody may send."""
    if isinstance(text, bytes) or len(text.encode()) > MOST_BYTES:
        return None
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def is_frame_id(value) -> bool:
    return isinstance(value, str) and bool(re.fullmatch("[0-9A-Za-z-]{1,64}", value))


@dataclass
class Person:
    """One user: the checklist, how many changes it has had, and the frames carried out."""

    name: str
    tasks: dict[int, Task] = field(default_factory=dict)
    version: int = 0
    roles: dict[str, str] = field(default_factory=dict)  # of others, in this list
    carried_out: set[str] = field(default_factory=set)

    def task_of(self, item: int) -> Task | None:
        return next((task for task in self.tasks.values() if item in task.items), None)

    def row(self, key: str, content: dict, rows) -> int | None:
        """The id in a frame, if it is that of one of these rows."""
        pk = content.get(key)
        return pk if type(pk) is int and pk in rows else None

    def answers(self, content: dict) -> frozenset[str]:
        """The types of frame one of which has to answer this one; changes nothing."""
        type = content.get("type")
        if type in ("ping", "task.list", "list.typing"):  # the last has no answer
            return frozenset({{"ping": "pong"}.get(type, type)})
        entity, _, action = type.partition(".") if isinstance(type, str) else ("",) * 3
        if entity not in ("task", "item") or action not in KINDS:
            return ERROR
        items = [pk for task in self.tasks.values() for pk in task.items]
        rows = self.tasks if entity == "task" else items
        if action != "create" and self.row("id", content, rows) is None:
            return ERROR
        # What these people say that they saw was never so.
        if action != "create" and content.get("was", {}) != {}:
            return ERROR
        if action == "delete":
            return frozenset({type})
        if ("name" in content or action == "create") and name_in(content) is None:
            return ERROR
        if entity == "task":
            return frozenset({type})
        return self._item_answers(type, action, content)

    def _item_answers(self, type: str, action: str, content: dict) -> frozenset[str]:
        if "task" in content or action == "create":
            task = self.row("task", content, self.tasks)
            if task is None:
                return ERROR
            there = self.tasks[task].items
            moves = action == "create" or content["id"] not in there
            if moves and len(there) >= MOST_ITEMS:
                return ERROR
        time = content.get("done_at")
        if time is None or (isinstance(time, str) and TIMES.fullmatch(time)):
            return frozenset({type})
        # There are many ways to write a time: it is right to take one, or to refuse it.
        return frozenset({type, "error"}) if isinstance(time, str) else ERROR

    def may(self, who: str, content: dict) -> bool:
        """Whether the role of somebody in this list allows a frame."""
        is_reader = self.roles.get(who) == "reader"
        return not is_reader or content.get("type") in ("ping", "task.list")

    def carry_out(self, content: dict, new_id: int | None, who: str) -> None:
        """Make the change of a frame that was not refused; a new row gets an id."""
        entity, _, action = content["type"].partition(".")
        self.version += 1
        pk = new_id if action == "create" else content["id"]
        if entity == "task":
            self._change_task(action, pk, content)
        else:
            self._change_item(action, pk, content, who)

    def _change_task(self, action: str, pk: int, content: dict) -> None:
        if action == "delete":
            del self.tasks[pk]
            return
        task = self.tasks.setdefault(pk, Task(""))
        task.name = name_in(content) or task.name

    def _change_item(self, action: str, pk: int, content: dict, who: str) -> None:
        old = self.task_of(pk)
        item = old.items.pop(pk) if old else Item("")
        if action == "delete":
            return
        item.name = name_in(content) or item.name
        if "done_at" in content and action == "update":
            item.done_by = None if content["done_at"] is None else who
        target = self.tasks[content["task"]] if "task" in content else old
        target.items[pk] = item

    def shown(self) -> list:
        """The checklist as a page shows it."""
        return [
            [
                pk,
                task.name,
                [[i, it.name, it.done_by] for i, it in sorted(task.items.items())],
            ]
            for pk, task in sorted(self.tasks.items())
        ]


def chat_answers(content: dict, present: set[str], people: set[str]) -> frozenset[str]:
    """The types of frame one of which has to answer one to a room; changes nothing."""
    if content.get("type") == "ping":
        return frozenset({"pong"})
    if content.get("type") == "message.older":
        is_cursor = type(content.get("before")) is int
        return frozenset({"message.older"}) if is_cursor else ERROR
    if content.get("type") == "message.read":
        is_version = type(content.get("version")) is int
        return frozenset({"message.read"}) if is_version else ERROR  # it has no answer
    text = content.get("message")
    if content.get("type") is not None or not isinstance(text, str):
        return ERROR
    text = text.strip()
    if not is_text(text, 512):
        return ERROR
    if text.split()[0] != "/pm":
        return frozenset({"chat.message"})
    words = text.split(maxsplit=2)
    if len(words) < 3 or words[1] not in people & present:
        return ERROR
    return frozenset({"private.message.delivered"})
