"""Servers and people, as a walk needs them."""

import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, Page

from tutorial import chain
from tutorial.people import PASSWORD
from tutorial.server import HOST, Server, answers, free_port

VIEWPORT = {"width": 460, "height": 440}
# What differs from run to run in what a server prints.
VOLATILE = [
    (re.compile(r"^[A-Z][a-z]+ \d\d, \d{4} - [\d:]{8}$", re.MULTILINE), "{date}"),
    (re.compile(r"\[127\.0\.0\.1:\d+\]"), "[127.0.0.1:50000]"),
    (re.compile(r"http://127\.0\.0\.1:\d+/"), "http://127.0.0.1:8000/"),
    (re.compile(r"tutorial\.outside_settings"), "core.settings"),
]
DATE = "November 22, 2026 - 12:00:00"


def without_volatile(text: str) -> str:
    """Replace what differs from run to run: dates, ports, the settings' name."""
    for pattern, instead in VOLATILE:
        text = pattern.sub(instead.format(date=DATE), text)
    return text


class Running(Server):
    """A running server, with what it has printed so far."""

    def __init__(self, folder: Path, data: Path):
        super().__init__(folder, data)
        self.output = data / "output.txt"
        self.running = ExitStack()

    def restart(self) -> None:
        """Start on the port it has, or on a free one the first time."""
        log = self.running.enter_context(self.output.open("a", encoding="utf-8"))
        server = self.start(
            self.port or free_port(), stdout=log, stderr=subprocess.STDOUT
        )
        process = self.running.enter_context(server)
        assert answers(self.port, process), self.printed

    def stop(self) -> None:
        self.running.close()

    @property
    def printed(self) -> str:
        """What the server printed, without what differs from run to run."""
        return without_volatile(self.output.read_text("utf-8"))

    def printed_line(self, start: str) -> str:
        """Wait for a line that starts so, and give it."""
        until = time.monotonic() + 10
        while time.monotonic() < until:
            for line in self.printed.split("\n"):
                if line.startswith(start):
                    return f"{line}\n"
            time.sleep(0.05)  # a log file has no event to wait for
        raise AssertionError(f"never printed “{start}”:\n{self.printed}")

    def own_traceback(self) -> str:
        """Give the last traceback, without the frames of other people's code."""
        self.printed_line("Traceback")
        text = self.output.read_text("utf-8").rpartition("Traceback")[2]
        frames, own = [], False
        for line in text.split("\n")[1:]:
            if line.startswith("  File "):
                own = str(self.folder) in line
            marks = not line.strip(" ^~")
            if own and not marks:
                frames.append(line.replace(f"{self.folder}/", ""))
            elif line.startswith("  File ") and frames[-1:] != ["  …"]:
                frames.append("  …")
            elif not line.startswith(" "):
                frames.append(line)
                break
        return "\n".join(["Traceback (most recent call last):", *frames]) + "\n"


class Databases:
    """Each step's fresh database, made once and copied for every server."""

    def __init__(self, folder: Path):
        self.folder = folder

    def prepare(self, server: Running, step: chain.Step) -> None:
        made = self.folder / f"{step.name}.sqlite3"
        if not made.exists():
            server.prepare(people=step.has_people)
            shutil.copyfile(server.database, made)
        shutil.copyfile(made, server.database)


class Person:
    """A person with a browser of their own: a page and the frames of its socket."""

    def __init__(self, page: Page, address: str):
        self.page = page
        self.address = address
        self.frames: list[str] = []
        page.on("websocket", self._listen)

    def _listen(self, socket) -> None:
        socket.on("framesent", lambda frame: self.frames.append(f"→ {frame}"))
        socket.on("framereceived", lambda frame: self.frames.append(f"← {frame}"))

    def go(self, path: str) -> None:
        self.page.goto(self.address + path.lstrip("/"))

    def wait_until_connected(self) -> None:
        self.page.get_by_text("Connected").wait_for()

    def log_in(self, name: str, path: str = "/") -> None:
        """Log in by the form, as a person does, on the way to a page."""
        self.go(path)
        self.page.get_by_label("Username").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()

    def say(self, text: str) -> None:
        self.page.get_by_label("Message", exact=True).fill(text)
        self.page.get_by_role("button", name="Send").click()

    def make_room(self, name: str) -> None:
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_role("button", name="Make a room").click()

    def sees(self, text: str) -> None:
        """Wait until a text stands in the log."""
        self.page.get_by_role("log").get_by_text(text, exact=True).first.wait_for()

    @property
    def log(self) -> list[str]:
        return self.page.get_by_role("log").get_by_role("listitem").all_inner_texts()


class Stage:
    """Starts servers and people, and ends them with the walk."""

    def __init__(self, browser, databases: "Databases", folder: Path, stack: ExitStack):
        self.browser: Browser = browser
        self.databases = databases
        self.folder = folder
        self.stack = stack
        self.servers = 0

    def serve(
        self, step: str, edits: dict[str, tuple[str, str]] | None = None
    ) -> Running:
        """Start a step's server; `edits` replace a text in files of a copy of it."""
        self.servers += 1
        data = self.folder / f"server-{self.servers}"
        data.mkdir()
        folder = chain.find(step).folder
        if edits:
            folder = self.copy(step, data, edits)
        server = Running(folder, data)
        self.databases.prepare(server, chain.find(step))
        self.stack.callback(server.stop)
        server.restart()
        return server

    def printed_by_run(self, step: str) -> str:
        """Open a step as people do, stop it, and give what it printed."""
        command = [sys.executable, "-m", "tutorial.run", step, "--no-browser"]
        process = subprocess.Popen(
            command,
            cwd=chain.ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.stack.callback(process.wait)
        self.stack.callback(process.send_signal, signal.SIGINT)
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                # The port that it takes when it is free.
                port = 8000 + chain.find(step).number
                return without_volatile("".join(lines)).replace(":8000/", f":{port}/")
        raise AssertionError("".join(lines))

    def copy(self, step: str, folder: Path, edits: dict | None = None) -> Path:
        """Copy a step into a folder, replacing one text in each file of `edits`."""
        copy = folder / step
        shutil.copytree(chain.find(step).folder, copy)
        for path, (old, new) in (edits or {}).items():
            text = (copy / path).read_text("utf-8")
            assert text.count(old) == 1, f"{path} has {text.count(old)} times {old!r}"
            (copy / path).write_text(text.replace(old, new), "utf-8")
        return copy

    def other_site(self, html: str) -> str:
        """Serve a page under another host name, and give its address."""
        folder = self.folder / "other-site"
        folder.mkdir()
        (folder / "index.html").write_text(html, "utf-8")
        port = free_port()
        command = [sys.executable, "-m", "http.server", "--directory", str(folder)]
        command += ["--bind", HOST, str(port)]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        self.stack.callback(process.wait)
        self.stack.callback(process.terminate)
        assert answers(port, process)
        return f"http://kittens.localhost:{port}/"

    def person(self, server: Running) -> Person:
        """Open a browser of somebody's own."""
        context = self.browser.new_context(viewport=VIEWPORT, device_scale_factor=2)
        self.stack.callback(context.close)
        return Person(context.new_page(), server.address)

    def tabs(self, server: Running, path: str, count: int = 2) -> list[Person]:
        """Open a page in several browsers and wait until all are connected."""
        people = [self.person(server) for _ in range(count)]
        for person in people:
            person.go(path)
            person.wait_until_connected()
        return people
