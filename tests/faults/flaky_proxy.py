"""A network cable between a browser and a server that can be pulled out."""

import asyncio
import threading
from contextlib import suppress
from typing import Self

from tools.servers.step_server import HOST


class Cable:
    """Carry bytes from a port of its own to a server's.

    While it is unplugged they vanish, and nobody is told: as when a laptop sleeps. The
    connections of that time stay dead after it is plugged in again.
    """

    def __init__(self, target: int):
        self.target = target
        self.plugged = True
        self.connections: list[asyncio.StreamWriter] = []
        self.dead: set[asyncio.StreamWriter] = set()
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

    def unplug(self) -> None:
        self.plugged = False
        self.dead.update(self.connections)

    def plug(self) -> None:
        self.plugged = True

    async def _connect(self, reader, writer) -> None:
        self.connections.append(writer)
        if not self.plugged:
            self.dead.add(writer)
            return
        try:
            there = await asyncio.open_connection(HOST, self.target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(
            self._carry(reader, there[1], writer), self._carry(there[0], writer, writer)
        )

    async def _carry(self, reader, to, connection) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                if connection not in self.dead:
                    to.write(data)
                    await to.drain()
        if connection not in self.dead:
            to.close()
