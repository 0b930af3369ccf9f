"""A network cable between a browser and a server that can be pulled out."""

import asyncio
import threading
from contextlib import suppress
from typing import Self

from tools.servers.step_server import HOST


class Cable:
    """Carry bytes from a port of its own to a server's.

    While it is unplugged they vanish, and nobody is told: as when a laptop sleeps. The
    connections of that time stay dead after it is plugged in again. It can also be
    unplugged in one direction: from the browser up to the server, or down from it.
    """

    def __init__(self, target: int):
        self.target = target
        self.unplugged: set[str] = set()
        self.connections: list[asyncio.StreamWriter] = []
        self.dead: set[tuple[asyncio.StreamWriter, str]] = set()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        start = asyncio.start_server(self._connect, HOST, 0)
        self.server = asyncio.run_coroutine_threadsafe(start, self.loop).result()
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *exception) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    async def _end(self) -> None:
        self.server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def unplug(self, *directions: str) -> None:
        """Let what goes up or down vanish; without a direction, both."""
        self.unplugged = set(directions or ("up", "down"))
        for connection in self.connections:
            self._cut(connection)

    def plug(self) -> None:
        self.unplugged = set()

    def _cut(self, connection: asyncio.StreamWriter) -> None:
        self.dead.update((connection, direction) for direction in self.unplugged)

    async def _connect(self, reader, writer) -> None:
        self.connections.append(writer)
        self._cut(writer)
        if "up" in self.unplugged:
            return
        try:
            there = await asyncio.open_connection(HOST, self.target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(
            self._carry(reader, there[1], (writer, "up")),
            self._carry(there[0], writer, (writer, "down")),
        )

    async def _carry(self, reader, to, way) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                if way not in self.dead:
                    to.write(data)
                    await to.drain()
        if way not in self.dead:
            to.close()
