"""A relay between browsers and a server that counts what goes through it."""

import asyncio
from contextlib import suppress
from typing import Self

from tools.servers.step_server import HOST


class Relay:
    """Carry bytes to a server's port and back, and count them; TCP's own are not seen."""

    def __init__(self, target: int):
        self.target = target
        self.bytes = 0
        self.open = 0

    async def __aenter__(self) -> Self:
        self.server = await asyncio.start_server(self._connect, HOST, 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exception) -> None:
        self.server.close()

    async def _connect(self, reader, writer) -> None:
        theirs, to_server = await asyncio.open_connection(HOST, self.target)
        self.open += 1
        up, down = self._carry(reader, to_server), self._carry(theirs, writer)
        with suppress(asyncio.CancelledError):
            await asyncio.gather(up, down)
        self.open -= 1

    async def _carry(self, reader, writer) -> None:
        with suppress(ConnectionError, asyncio.CancelledError):
            while data := await reader.read(65536):
                self.bytes += len(data)
                writer.write(data)
                await writer.drain()
        writer.close()
