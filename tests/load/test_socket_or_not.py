"""What docs/socket_or_not.md says: one list, shown live in three ways, over real connections."""

import asyncio
import json
import os
import re
import signal
import subprocess
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from urllib.parse import quote

import psutil
import pytest
import websockets

from tests.helpers.socket_or_not import TASKS, served
from tests.load.relay import Relay
from tools.chain.steps import ROOT
from tools.live.system import find_nginx
from tools.servers.step_server import HOST, answers, free_port, running

TABS = 50
EVERY = 2  # seconds between two polls
QUIET = 24  # seconds: longer than the 20 after which a silent connection says something
CHANGES = 20
# What Chromium sends along.
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/142.0.0.0 Safari/537.36",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "en-US,en;q=0.9",
    "Cookie": "sessionid=abcdefghijklmnopqrstuvwxyz012345",
}
FETCH = {
    "Accept": "*/*",
    "Connection": "keep-alive",
    "Sec-Fetch-Dest": "empty",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Site": "same-origin",
    "sec-ch-ua": '"Chromium";v="142", "Not_A Brand";v="99"',
    "sec-ch-ua-mobile": "?0",
    "sec-ch-ua-platform": '"Linux"',
}


def request(method: str, path: str, port: int, body: str = "") -> bytes:
    """Give a request as a browser's `fetch` writes it."""
    headers = {"Host": f"{HOST}:{port}", **FETCH, **BROWSER}
    if body:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        headers["Content-Length"] = str(len(body))
    lines = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join([*lines, "", body]).encode()


async def answer(reader) -> str:
    """Read one answer whose length is told; give its body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
    return (await reader.readexactly(int(length[1]))).decode() if length else ""


class Tab:
    """One open page, and the tasks that it has seen."""

    def __init__(self, port: int):
        self.port = port
        self.seen: set[str] = set()
        self.polls = 0
        self.reading: asyncio.Task | None = None

    async def leave(self) -> None:
        if self.reading:
            self.reading.cancel()
            with suppress(asyncio.CancelledError):
                await self.reading
        self.close()


class HttpTab(Tab):
    """A page that adds a task by a request of its own."""

    async def open(self) -> None:
        self.ask, self.say = await asyncio.open_connection(HOST, self.port)
        self.turn = asyncio.Lock()  # one request at a time on one connection

    async def fetch(self, method: str, body: str = "") -> str:
        async with self.turn:
            try:
                self.say.write(request(method, "/tasks/", self.port, body))
                return await answer(self.ask)
            except (ConnectionError, asyncio.IncompleteReadError):
                # The server closed it while it was idle: a browser opens another one.
                self.ask, self.say = await asyncio.open_connection(HOST, self.port)
                self.say.write(request(method, "/tasks/", self.port, body))
                return await answer(self.ask)

    async def add(self, name: str) -> None:
        await self.fetch("POST", f"name={quote(name)}")

    def close(self) -> None:
        self.say.close()


class PollingTab(HttpTab):
    async def poll(self) -> None:
        self.polls += 1
        for task in json.loads(await self.fetch("GET"))["tasks"]:
            self.seen.add(task["name"])

    async def keep_polling(self, after: float) -> None:
        await asyncio.sleep(after)
        while True:
            await self.poll()
            await asyncio.sleep(EVERY)


class EventTab(HttpTab):
    async def open(self) -> None:
        events, say = await asyncio.open_connection(HOST, self.port)
        self.events_writer = say
        say.write(request("GET", "/events/", self.port))
        self.reading = asyncio.create_task(self.read(events))

    async def add(self, name: str) -> None:
        # The stream is taken: a browser opens a second connection, and keeps it a while.
        await HttpTab.open(self)
        await HttpTab.add(self, name)
        self.say.close()

    async def read(self, events) -> None:
        while line := await events.readline():
            if line.startswith(b"data: "):
                self.seen.add(json.loads(line[6:])["name"])

    def close(self) -> None:
        self.events_writer.close()


class SocketTab(Tab):
    async def open(self) -> None:
        self.socket = await websockets.connect(
            f"ws://{HOST}:{self.port}/ws/tasks/",
            origin=f"http://{HOST}:{self.port}",
            additional_headers=BROWSER,
            user_agent_header=None,
            open_timeout=60,
            ping_interval=None,  # a browser answers pings, and sends none
        )
        self.reading = asyncio.create_task(self.read())

    async def add(self, name: str) -> None:
        await self.socket.send(json.dumps({"name": name}))

    async def read(self) -> None:
        async for text in self.socket:
            self.seen.add(json.loads(text)["name"])

    def close(self) -> None:
        self.socket.transport.close()


@asynccontextmanager
async def opened(kind, folder, count=TABS):
    """Open tabs of one kind; give them, their relay and the server's process."""
    async with AsyncExitStack() as stack:
        process, port = await asyncio.to_thread(stack.enter_context, served(folder))
        relay = await stack.enter_async_context(Relay(port))
        tabs = [kind(relay.port) for _ in range(count)]
        for tab in tabs:
            await tab.open()
            stack.push_async_callback(tab.leave)
        yield tabs, relay, psutil.Process(process.pid)


async def until(condition, seconds=60) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


class Meter:
    """Bytes and the server's CPU since it was made."""

    def __init__(self, relay: Relay, process: psutil.Process):
        self.relay, self.process = relay, process
        self.start = self.now()

    def now(self) -> tuple[int, float]:
        times = self.process.cpu_times()
        return self.relay.bytes, 1000 * (times.user + times.system)

    @property
    def spent(self) -> tuple[float, float]:
        """Give bytes, and milliseconds of CPU."""
        return tuple(
            now - then for now, then in zip(self.now(), self.start, strict=True)
        )


async def add_and_see(tabs, name: str) -> None:
    """Add a task, and wait until each tab has seen it."""
    await tabs[0].add(name)
    await until(lambda: all(name in tab.seen for tab in tabs))


async def measure(kind, folder) -> dict[str, float]:
    """Give what one way costs: in a quiet minute, and when something changes."""
    polling = kind is PollingTab
    async with opened(kind, folder) as (tabs, relay, process):
        if polling:
            for number, tab in enumerate(tabs):
                start = EVERY * number / len(tabs)
                tab.reading = asyncio.create_task(tab.keep_polling(start))
        await until(lambda: all(len(tab.seen) == TASKS for tab in tabs))
        await asyncio.sleep(1)

        polls = sum(tab.polls for tab in tabs)
        quiet = Meter(relay, process)
        await asyncio.sleep(QUIET)
        byte, cpu = quiet.spent
        held = relay.open
        minute = 60 / QUIET
        if polling:  # a busy machine polls less often: count what a minute should have
            minute = TABS * 60 / EVERY / (sum(tab.polls for tab in tabs) - polls)

        if polling:
            for tab in tabs:
                tab.reading.cancel()
            await asyncio.sleep(0.5)
            await asyncio.gather(*(tab.reading for tab in tabs), return_exceptions=True)
            for tab in tabs:  # a poll that was cut off is still on its way
                tab.say.close()
                await tab.open()
        change = Meter(relay, process)
        for number in range(CHANGES):
            if polling:
                await tabs[0].add(f"Change {number}")
                await asyncio.gather(*(tab.poll() for tab in tabs))
            else:
                await add_and_see(tabs, f"Change {number}")
        bytes_of_change, cpu_of_change = change.spent
    return {
        "held": held,
        "quiet bytes": byte * minute / TABS,
        "quiet CPU": cpu * minute,
        "bytes": bytes_of_change / CHANGES / TABS,
        "CPU": cpu_of_change / CHANGES,
    }


ROWS = {
    "held": "Connections that the server holds",
    "quiet bytes": "A quiet minute: bytes for one tab",
    "quiet CPU": "A quiet minute: server CPU, ms",
    "bytes": "One change: bytes for one tab",
    "CPU": "One change: server CPU, ms",
}
KINDS = {"Polling": PollingTab, "Events": EventTab, "Socket": SocketTab}


def table(found: dict[str, dict[str, float]]) -> str:
    lines = [f"| | {' | '.join(found)} |", "| --- |" + " ---: |" * len(found)]
    for key, title in ROWS.items():
        lines.append(
            f"| {title} | {' | '.join(f'{v[key]:,.0f}' for v in found.values())} |"
        )
    return "\n".join(lines) + "\n"


def numbers(text: str) -> dict[str, dict[str, float]]:
    """Read such a table again."""
    cells = [[c.strip() for c in line.split("|")[1:-1]] for line in text.split("\n")]
    cells = [line for line in cells if line and not line[0].startswith("---")]
    keys = {title: key for key, title in ROWS.items()}
    return {
        name: {keys[l[0]]: float(l[n].replace(",", "")) for l in cells[1:]}
        for n, name in enumerate(cells[0])
        if n
    }


def holds(found: dict[str, dict[str, float]]) -> None:
    """What the page says of the table, whoever measured it."""
    polling, events, socket = found["Polling"], found["Events"], found["Socket"]
    assert polling["quiet bytes"] > 100 * max(
        events["quiet bytes"], socket["quiet bytes"]
    )
    assert polling["quiet CPU"] > 10 * max(events["quiet CPU"], socket["quiet CPU"])
    assert polling["bytes"] > 5 * max(events["bytes"], socket["bytes"])
    assert polling["CPU"] > 2 * max(events["CPU"], socket["CPU"])
    assert abs(events["CPU"] - socket["CPU"]) < polling["CPU"] / 4
    assert events["held"] == socket["held"] == TABS


async def test_three_ways_cost_what_the_page_says(tmp_path, record, request):
    runs = (measure(kind, tmp_path / name) for name, kind in KINDS.items())
    found = dict(zip(KINDS, await asyncio.gather(*runs), strict=True))
    text = table(found)
    print(text)

    holds(found)
    path = ROOT / "docs/recorded/socket_or_not/costs.txt"
    if request.config.getoption("--record"):
        record("costs.txt", text)
    recorded = numbers(path.read_text("utf-8"))
    holds(recorded)
    for name, values in recorded.items():  # bytes do not depend on the machine
        assert values["bytes"] == pytest.approx(found[name]["bytes"], rel=0.1)


PLAIN = """\
{user}
pid nginx.pid;
daemon off;
events {{}}
http {{
    access_log off;
    client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp;
    uwsgi_temp_path tmp; scgi_temp_path tmp;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_set_header Host $http_host;
            proxy_pass http://127.0.0.1:{target};
            {more}
        }}
    }}
}}
"""
UPGRADE = """proxy_http_version 1.1;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection upgrade;"""


@contextmanager
def proxied(folder, target: int, more: str = ""):
    """Run nginx before a server, with no more than what it is told; give its port."""
    folder.mkdir()
    port = free_port()
    user = "user root;" if os.geteuid() == 0 else ""
    text = PLAIN.format(user=user, port=port, target=target, more=more)
    (folder / "nginx.conf").write_text(text, "utf-8")
    command = [find_nginx(), "-p", folder, "-c", "nginx.conf", "-e", "nginx.log"]
    with running(subprocess.Popen(command, cwd=folder)) as process:
        assert answers(port, process)
        yield port


async def sees_tasks(kind, port: int) -> bool:
    """Open a page; say whether it gets the list, or is refused."""
    tab = kind(port)
    try:
        await tab.open()
        if kind is PollingTab:
            await tab.poll()
        await until(lambda: len(tab.seen) == TASKS)
    except websockets.InvalidStatus:
        return False
    else:
        return True
    finally:
        if kind is not SocketTab or hasattr(tab, "socket"):
            await tab.leave()


@pytest.mark.usefixtures("needs_everything")
@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", [True, True, False]),
        (UPGRADE, [True, True, True]),
    ],
    ids=["plain", "with upgrade"],
)
async def test_proxy_needs_what_the_page_says(tmp_path, more, expected):
    with (
        served(tmp_path / "server") as (_, target),
        proxied(tmp_path / "nginx", target, more) as port,
    ):
        assert [await sees_tasks(kind, port) for kind in KINDS.values()] == expected


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGUSR1")
async def test_stream_leaves_its_group_when_the_browser_leaves(tmp_path):
    look = (ROOT / "examples/where_memory_goes/look.py").read_text("utf-8")
    code = look.replace("from core.asgi", "from live.asgi")
    (tmp_path / "look.py").write_text(code, "utf-8")
    log = tmp_path / "log.txt"
    with (
        log.open("w") as output,
        served(tmp_path, "look:application", stderr=output) as (process, port),
    ):

        async def members() -> int:
            before = log.read_text("utf-8")
            process.send_signal(signal.SIGUSR1)
            await until(
                lambda: log.read_text("utf-8").count("look ") > before.count("look ")
            )
            return int(re.findall(r'"members": (\d+)', log.read_text("utf-8"))[-1])

        tab = EventTab(port)
        await tab.open()
        await until(lambda: len(tab.seen) == TASKS)
        assert await members() == 1
        await tab.leave()
        async with asyncio.timeout(30):
            while await members():
                await asyncio.sleep(0.1)
