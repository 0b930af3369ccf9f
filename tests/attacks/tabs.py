"""Tabs without a browser: what they show follows from the frames they got, as in a page."""

import json
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from urllib.parse import quote

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

SECONDS = 30
# What no error may show: the server's insides.
INSIDES = ("Traceback", "Something went wrong", " object at 0x", "Error", "Exception")
INSIDES += ("Serializer", "django", "psycopg", "sqlite", "redis", "NoneType", "<class")
PARTS = {"type", "message", "request", "code", "errors", "frame_id"}


class Tab:
    """One open page of somebody's. Look at `seen` for the answers to what it has sent.

    It shows the cookie of a session, or, each time it opens, what `ticket` gives.
    """

    path = ""

    def __init__(
        self, server, person: str, session: str, ticket: Callable | None = None
    ):
        self.server, self.person, self.session = server, person, session
        self.ticket = ticket
        self.seen: list[dict] = []
        self.marks = 0
        self.open()

    def open(self):
        address = self.server.address.rstrip("/")
        self.pinged = time.monotonic()
        self.stack = ExitStack()
        cookie = {} if self.ticket else {"Cookie": f"sessionid={self.session}"}
        query = f"?ticket={quote(self.ticket())}" if self.ticket else ""
        self.socket = self.stack.enter_context(
            connect(
                address.replace("http", "ws") + self.path + query,
                origin=address,
                additional_headers=cookie,
                max_size=None,
                ping_interval=None,
                open_timeout=SECONDS,
                ssl=getattr(self.server, "tls", None),
            )
        )

    def close(self, politely: bool = True):
        if not politely:
            self.socket.socket.shutdown(socket.SHUT_RDWR)
        self.stack.close()

    def send(self, content: dict | str | bytes):
        raw = isinstance(content, str | bytes)
        self.socket.send(content if raw else json.dumps(content))

    def hear(self, seconds: float = SECONDS) -> dict:
        """Read one frame and show it, as the page does. Raises TimeoutError."""
        frame = json.loads(self.socket.recv(seconds))
        if frame["type"] == "error":
            check_error(frame)
        self.seen.append(frame)
        self.show(frame)
        return frame

    def mark(self) -> str:
        """Send what is answered, by an error, after all that was sent before."""
        self.marks += 1
        mark = f"mark-{self.marks}"
        self.send({"type": "mark", "frame_id": mark})
        return mark

    def answers(self, mark: str) -> list[dict]:
        """Read on until a mark is answered; give what was heard since the last time."""
        while self.hear().get("frame_id") != mark:
            pass
        heard, self.seen = self.seen[:-1], []
        return heard

    def until(self, condition):
        """Read on until a condition holds. Raises TimeoutError."""
        end = time.monotonic() + SECONDS
        while not condition():
            self.hear(max(0, end - time.monotonic()))

    def closes_with(self) -> int | None:
        """Read on until the socket closes; give the code."""
        with suppress(ConnectionClosed):
            while True:
                self.hear()
        return self.socket.close_code

    def show(self, frame: dict):
        raise NotImplementedError


def check_error(frame: dict):
    """Fail if an error says what is nobody's business."""
    assert frame.keys() <= PARTS, frame
    assert 0 < len(frame["message"]) < 500, frame
    said = frame["message"] + json.dumps(frame.get("errors", {}))
    assert not [inside for inside in INSIDES if inside in said], frame


class ListTab(Tab):
    """A checklist, by the rules of checklist.js: one's own, or that of an `owner`."""

    def __init__(self, server, person, session, ticket=None, owner=None):
        self.owner = owner or person
        self.path = f"/ws/checklist/{owner}/" if owner else "/ws/checklist/"
        super().__init__(server, person, session, ticket)

    def open(self):
        self.tasks: dict[int, str] = {}
        self.items: dict[int, list] = {}  # task, name, done by
        self.role, self.members = None, {}
        self.version, self.waiting, self.gaps = 0, False, 0
        self.listed = None
        super().open()
        self.until(lambda: self.listed is not None)
        self.seen.clear()

    def show(self, frame: dict):
        kind = frame["type"]
        if kind == "task.list":
            self.show_list(frame)
        elif kind == "pong" and frame["version"] != self.version:
            self.waiting = False
            self.ask()
        elif kind.partition(".")[0] in ("task", "item"):
            self.in_order(frame)

    def show_list(self, frame: dict):
        if frame.get("part", 1) == 1:
            self.tasks, self.items = {}, {}
            self.role = frame["role"]
            self.members = {row["user"]: row["id"] for row in frame["members"]}
        for task in frame["tasks"]:
            self.show_task(task)
        if frame.get("part", 1) == frame.get("parts", 1):
            self.listed = self.version = frame["version"]
            self.waiting = False

    def in_order(self, frame: dict):
        if frame["version"] <= self.version:
            return
        if frame["version"] > self.version + 1:
            self.ask()
            return
        self.version = frame["version"]
        match frame["type"].split("."):
            case "task", "delete":
                self.tasks.pop(frame["id"])
                self.items = {
                    i: row for i, row in self.items.items() if row[0] != frame["id"]
                }
            case "item", "delete":
                self.items.pop(frame["id"])
            case "task", _:
                self.show_task(frame)
            case "item", _:
                self.show_item(frame)

    def show_task(self, frame: dict):
        kept = {item["id"] for item in frame["item_set"]}
        self.tasks[frame["id"]] = frame["name"]
        self.items = {
            i: row
            for i, row in self.items.items()
            if row[0] != frame["id"] or i in kept
        }
        for item in frame["item_set"]:
            self.show_item(item)

    def show_item(self, frame: dict):
        assert (frame["done_at"] is None) == (frame["done_by"] is None)
        self.items[frame["id"]] = [frame["task"], frame["name"], frame["done_by"]]

    def ask(self):
        self.gaps += 1
        if not self.waiting:
            self.waiting = True
            self.send({"type": "task.list"})

    def shown(self) -> list:
        items = sorted(self.items.items())
        return [
            [pk, name, [[i, n, d] for i, (t, n, d) in items if t == pk]]
            for pk, name in sorted(self.tasks.items())
        ]


class ChatTab(Tab):
    """A room, by the rules of room.js."""

    def __init__(self, server, person, session, room: str, ticket=None):
        self.room, self.path = room, f"/ws/chat/{quote(room)}/"
        super().__init__(server, person, session, ticket)

    def open(self):
        self.here: set[str] | None = None
        self.log: list[tuple[str, str]] | None = None
        self.private: list[tuple[str, str]] = []
        super().open()
        self.until(lambda: self.log is not None and self.here is not None)
        self.seen.clear()

    def show(self, frame: dict):
        match frame["type"]:
            case "message.list":
                self.log = [(row["user"], row["message"]) for row in frame["messages"]]
            case "chat.message":
                self.log.append((frame["user"], frame["message"]))
            case "private.message":
                self.private.append((frame["user"], frame["message"]))
            case "user.list":
                self.here = set(frame["users"])
            case "user.join":
                self.here.add(frame["user"])
            case "user.leave":
                self.here.remove(frame["user"])
