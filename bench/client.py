"""The one client of all contenders: tabs that say and hear, and miss nothing."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import websockets
from websockets.asyncio.client import ClientConnection
from websockets.typing import Origin

from bench.protocols import Dialect, Event, Trouble

PATIENCE = 20.0  # seconds after which a frame counts as lost


class Tab:
    """One open socket of a user's."""

    def __init__(self, socket: ClientConnection, dialect: Dialect):
        self.socket = socket
        self.dialect = dialect
        self.size = 0  # of the list, in bytes
        self.tasks: list[dict] = []

    async def say(self, frame: dict) -> None:
        await self.socket.send(json.dumps(frame))

    async def read_list(self) -> None:
        """Read the whole list, in however many parts it comes."""
        if self.dialect.opening:
            await self.say(self.dialect.opening)
        last = False
        while not last:
            event, size = await self._next()
            if event.kind != "list":
                raise Trouble(f"{event.kind} before the list")
            self.tasks += event.tasks
            self.size += size
            last = event.last

    async def hear(self, kind: str, name: str | None = None) -> Event:
        """Give the next change. Raises Trouble where it is lost or another one."""
        event, _ = await self._next()
        if (event.kind, event.name) != (kind, name):
            raise Trouble(f"heard {event.kind} {event.name!r}, not {kind} {name!r}")
        return event

    async def _next(self) -> tuple[Event, int]:
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    data = await self.socket.recv(decode=False)
                    if event := self.dialect.read(json.loads(data)):
                        return event, len(data)
        except TimeoutError:
            raise Trouble(f"a frame lost: nothing for {PATIENCE:.0f} s") from None
        except websockets.ConnectionClosed as error:
            raise Trouble(f"the socket was closed: {error}") from None

    async def create(self, name: str) -> int:
        """Create a task, and wait until this tab hears of it; give its id. Raises Trouble."""
        await self.say(self.dialect.create(name))
        event = await self.hear("create", name)
        if event.id is None:
            raise Trouble(f"heard create {name!r} without an id")
        return event.id

    async def update(self, pk: int, name: str) -> None:
        await self.say(self.dialect.update(pk, name))
        await self.hear("update", name)

    async def delete(self, pk: int) -> None:
        await self.say(self.dialect.delete(pk))
        await self.hear("delete")


async def open_tab(port: int, session: str, dialect: Dialect) -> Tab:
    """Open a socket as the user of a session, and read the list. Raises Trouble."""
    try:
        socket = await websockets.connect(
            f"ws://127.0.0.1:{port}/ws/checklist/",
            origin=Origin(f"http://127.0.0.1:{port}"),
            additional_headers={"Cookie": f"sessionid={session}"},
            compression=None,
            max_size=None,
            ping_interval=None,
            open_timeout=PATIENCE,
        )
    except (OSError, TimeoutError, websockets.InvalidHandshake) as error:
        raise Trouble(f"no connection: {error}") from error
    tab = Tab(socket, dialect)
    try:
        await tab.read_list()
    except BaseException:
        await socket.close()
        raise
    return tab


@asynccontextmanager
async def tabs(
    ports: list[int], sessions: list[str], dialect: Dialect
) -> AsyncIterator[list[Tab]]:
    """Open a tab for each session, the processes by turns; close all in the end."""
    async with AsyncExitStack() as stack:
        found = []
        for number, session in enumerate(sessions):
            port = ports[number % len(ports)]
            tab = await open_tab(port, session, dialect)
            stack.push_async_callback(tab.socket.close)
            found.append(tab)
        yield found
