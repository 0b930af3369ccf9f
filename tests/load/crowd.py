"""Many people at once, over real sockets: what the load tests are made of."""

import asyncio
import json
from contextlib import suppress

import websockets

from tools.servers.demo_users import make_crowd

__all__ = ["connect", "enter", "make_crowd", "settled"]

PING_SECONDS = 20  # as in the step's socket.js


class Member:
    """One open socket, and the room as its page would show it."""

    def __init__(self, socket, name: str):
        self.socket = socket
        self.name = name
        self.here: set[str] = set()
        self.heard: list[str] = []
        self.delay = 0.0  # a slow reader waits before each frame
        self.tasks = [
            asyncio.create_task(task) for task in (self._read(), self._ping())
        ]

    async def _ping(self) -> None:
        """Say that the page lives, as often as it does: who is silent counts as gone."""
        with suppress(websockets.ConnectionClosed):
            while True:
                await asyncio.sleep(PING_SECONDS)
                await self.socket.send(json.dumps({"type": "ping"}))

    async def _read(self) -> None:
        async for text in self.socket:
            if self.delay:
                await asyncio.sleep(self.delay)
            frame = json.loads(text)
            match frame["type"]:
                case "user.list":
                    self.here = set(frame["users"])
                case "user.join":
                    self.here.add(frame["user"])
                case "user.leave":
                    self.here.discard(frame["user"])
                case "chat.message":
                    self.heard.append(frame["message"])

    async def say(self, text: str) -> None:
        await self.socket.send(json.dumps({"message": text}))

    async def leave(self) -> None:
        for task in self.tasks:
            task.cancel()
        await self.socket.close()


async def connect(server, path: str, session: str, **options):
    """Open a socket as the user of a session, as a browser would."""
    return await websockets.connect(
        server.address.replace("http", "ws") + path,
        origin=server.address.rstrip("/"),
        additional_headers={"Cookie": f"sessionid={session}"},
        ssl=getattr(server, "tls", None),
        open_timeout=120,
        **options,
    )


async def enter(server, name: str, session: str, **options) -> Member:
    """Open a socket to the room as somebody."""
    return Member(await connect(server, "ws/chat/general/", session, **options), name)


async def settled(condition, seconds: float) -> float:
    """Wait until the condition holds; give the seconds it took, or raise TimeoutError."""
    start = asyncio.get_running_loop().time()
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.05)
    return asyncio.get_running_loop().time() - start
