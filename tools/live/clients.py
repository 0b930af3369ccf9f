"""Clients that do over a socket what the pages of the last step do, without a browser."""

import asyncio
import json
import random
import time
from contextlib import suppress
from ssl import SSLContext

import websockets
from websockets.asyncio.client import ClientConnection
from websockets.typing import Origin

# As in core/static/core/socket.js of the last step.
PING, PATIENCE, FIRST_DELAY, LONGEST_DELAY = 20, 4, 0.5, 10
RESTARTING, SPREAD = 1012, 5


class Page:
    """One open page: it comes back by itself, and remembers what it was told is saved."""

    path = "/"

    def __init__(
        self, address: str, name: str, session: str, tls: SSLContext | None = None
    ):
        self.address, self.name, self.session, self.tls = address, name, session, tls
        self.socket: ClientConnection | None = None
        self.saved: set = set()  # what the server told us that it has
        self.ready = asyncio.Event()
        self.came_back: list[float] = []
        self.code: int | None = None
        self.task = asyncio.create_task(self._live())

    async def send(self, **frame) -> None:
        """Send a frame, or let it fall while offline, as a person would see."""
        with suppress(websockets.ConnectionClosed):
            if self.socket:
                await self.socket.send(json.dumps(frame))

    async def close(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task

    def hear(self, frame: dict) -> None:
        """Take a frame in; what a page shows is in the class for it."""

    async def _live(self) -> None:
        delay = FIRST_DELAY
        while True:
            try:
                async with self._connect() as socket:
                    self.socket = socket
                    delay = FIRST_DELAY
                    self.came_back.append(time.monotonic())
                    await self._read(socket)
                self.code = socket.close_code
            except (OSError, websockets.WebSocketException, TimeoutError):
                self.code = self.socket.close_code if self.socket else None
            self.ready.clear()
            wait = SPREAD if self.code == RESTARTING else delay
            await asyncio.sleep(wait * (0.5 + random.random()))
            delay = min(delay * 2, LONGEST_DELAY)

    def _connect(self):
        address = self.address.replace("http", "ws", 1) + self.path.lstrip("/")
        return websockets.connect(
            address,
            ssl=self.tls,
            origin=Origin(self.address.rstrip("/")),
            additional_headers={"Cookie": f"sessionid={self.session}"},
            max_size=None,
            ping_interval=None,
            open_timeout=30,
            close_timeout=1,
        )

    async def _read(self, socket: ClientConnection) -> None:
        pinging = asyncio.create_task(self._ping(socket))
        try:
            async for text in socket:
                self.heard = True
                self.hear(json.loads(text))
        finally:
            pinging.cancel()

    async def _ping(self, socket: ClientConnection) -> None:
        while True:
            await asyncio.sleep(PING)
            self.heard = False
            await self.send(type="ping")
            await asyncio.sleep(PATIENCE)
            if not self.heard:
                socket.transport.abort()


class ChatPage(Page):
    """A room: who is there, and our own messages that came back."""

    path = "/ws/chat/general/"
    here: frozenset[str] | set[str] = frozenset()

    def hear(self, frame: dict) -> None:
        match frame["type"]:
            case "user.list":
                self.here = set(frame["users"])
                self.ready.set()
            case "user.join":
                self.here |= {frame["user"]}
            case "user.leave":
                self.here -= {frame["user"]}
            case "chat.message" if frame["user"] == self.name:
                self.saved.add(frame["message"])


class ChecklistPage(Page):
    """The tasks that the page shows, by id; `saved` has the ids that it was ever told."""

    path = "/ws/checklist/"
    version = 0
    waiting = False

    def __init__(self, *args):
        super().__init__(*args)
        self.tasks: dict[int, str] = {}
        self.errors: list[str] = []

    def hear(self, frame: dict) -> None:
        match frame["type"]:
            case "task.list":
                if frame.get("part", 1) == 1:
                    self.tasks = {}
                self.tasks |= {task["id"]: task["name"] for task in frame["tasks"]}
                self.version, self.waiting = frame["version"], False
                self.ready.set()
            case "task.create" | "task.update" | "task.delete":
                if frame["type"] == "task.create":
                    self.saved.add(frame["id"])
                self._change(frame)
            case "pong" if frame["version"] != self.version:
                self._ask()
            case "error":
                self.errors.append(frame["message"])

    def _change(self, frame):
        if frame["version"] <= self.version:
            return
        if frame["version"] > self.version + 1:
            if not self.waiting:
                self._ask()
            return
        self.version = frame["version"]
        self.tasks.pop(frame["id"], None)
        if frame["type"] != "task.delete":
            self.tasks[frame["id"]] = frame["name"]

    def _ask(self):
        self.waiting = True
        self.asking = asyncio.create_task(self.send(type="task.list"))
