"""One user who floods by every means at once: a program of its own, for test_flood.py.

`python -m tests.load.flood ADDRESS AUTHORITY SESSION SECONDS` prints what it did.
"""

import asyncio
import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from contextlib import suppress
from types import SimpleNamespace

import websockets

from tests.load.crowd import connect

ODD = '{"type": "task.explode"}'
TASK = '{"type": "task.create", "name": "Buy bread"}'
BIG = json.dumps({"type": "task.create", "name": "x" * 1_000_000})
LIST = '{"type": "task.list"}'
CLOSED = (OSError, TimeoutError, websockets.WebSocketException)
PAUSE, BURST = 0.5, 20


class Flood:
    """What one user does until the end, and how often it was done."""

    def __init__(self, server, session: str, seconds: float):
        self.server, self.session = server, session
        self.end = time.monotonic() + seconds
        self.done: Counter[str] = Counter()

    def open(self):
        options = {"max_size": None, "ping_interval": None, "close_timeout": 1}
        return connect(self.server, "ws/checklist/", self.session, **options)

    async def again(self, act) -> None:
        """Do something until the end, on a new socket whenever one is lost or refused."""
        while time.monotonic() < self.end:
            try:
                await act(await self.open())
            except CLOSED:
                self.done["lost or refused"] += 1
                await asyncio.sleep(PAUSE)

    async def send(self, socket, name: str, frame: str) -> None:
        """Send a frame as often as the server takes it, and read what comes."""
        reading = asyncio.create_task(self.read(socket))
        try:
            while time.monotonic() < self.end:
                for _ in range(BURST):
                    await socket.send(frame)
                    self.done[name] += 1
                await asyncio.sleep(0.01)  # our other sockets want a turn, too
        finally:
            reading.cancel()
            socket.transport.abort()

    async def read(self, socket) -> None:
        with suppress(*CLOSED):
            async for _ in socket:
                self.done["answers"] += 1

    async def burst(self, socket) -> None:
        await self.send(socket, "frames", ODD)

    async def write(self, socket) -> None:
        await self.send(socket, "changes", TASK)

    async def ask(self, socket) -> None:
        await self.send(socket, "lists", LIST)

    async def big(self, socket) -> None:
        await self.send(socket, "big frames", BIG)

    async def come_and_go(self, socket) -> None:
        self.done["sockets"] += 1
        await socket.close()

    async def ping(self, socket) -> None:
        """Ping by the protocol, as often as the server takes it, and never read."""
        socket.transport.pause_reading()
        try:
            while time.monotonic() < self.end and not socket.transport.is_closing():
                for _ in range(100):
                    socket.protocol.send_ping(b"x" * 125)
                socket.transport.write(b"".join(socket.protocol.data_to_send()))
                self.done["pings"] += 100
                while socket.transport.get_write_buffer_size() > 65536:
                    await asyncio.sleep(0.01)
                    if time.monotonic() > self.end:
                        break
                await asyncio.sleep(0.01)
        finally:
            socket.transport.abort()

    def fail_to_log_in(self) -> None:
        """Send wrong passwords to the page, one after the other: in a thread."""
        url = f"{self.server.address}accounts/login/"
        https = urllib.request.HTTPSHandler(context=self.server.tls)
        cookies = urllib.request.HTTPCookieProcessor()
        browser = urllib.request.build_opener(https, cookies)
        with suppress(OSError):
            browser.open(url, timeout=60).close()
        jar = {cookie.name: cookie.value for cookie in cookies.cookiejar}
        form = {"username": "person000", "password": "wrong"}
        form["csrfmiddlewaretoken"] = jar.get("csrftoken", "")
        data = urllib.parse.urlencode(form).encode()
        while time.monotonic() < self.end:
            try:
                browser.open(
                    urllib.request.Request(url, data, {"Referer": url}), timeout=60
                ).close()
                self.done["log-ins"] += 1
            except urllib.error.HTTPError as error:
                self.done[f"log-ins, {error.code}"] += 1
                time.sleep(0.05)
            except OSError:
                self.done["log-ins, lost"] += 1

    async def run(self) -> None:
        """Use 20 sockets at once, and four browsers that log in."""
        sockets = [(self.burst, 4), (self.write, 4), (self.ask, 4), (self.big, 2)]
        sockets += [(self.come_and_go, 4), (self.ping, 2)]
        acts = [self.again(act) for act, count in sockets for _ in range(count)]
        logins = [asyncio.to_thread(self.fail_to_log_in) for _ in range(4)]
        async with asyncio.timeout_at(asyncio.get_running_loop().time() + 90):
            await asyncio.gather(*acts, *logins)


def main(address: str, authority: str, session: str, seconds: str) -> None:
    # Whoever floods has a computer of their own: here they get what the server leaves.
    os.nice(19)
    tls = ssl.create_default_context(cafile=authority)
    flood = Flood(SimpleNamespace(address=address, tls=tls), session, float(seconds))
    asyncio.run(flood.run())
    print(", ".join(f"{count:,} {what}" for what, count in flood.done.most_common()))


if __name__ == "__main__":
    main(*sys.argv[1:])
