"""Servers and people, as a walk needs them."""

import re
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page

from tests.helpers.warm_server import WarmServer
from tools.chain.steps import ROOT, Step, find_step
from tools.servers.demo_users import PASSWORD
from tools.servers.redis_server import redis_server
from tools.servers.step_server import HOST, answers, free_port

VIEWPORT = {"width": 460, "height": 480}
# What differs from run to run in what a server prints.
VOLATILE = [
    (re.compile(r"^[A-Z][a-z]+ \d\d, \d{4} - [\d:]{8}$", re.MULTILINE), "{date}"),
    (re.compile(r"\[127\.0\.0\.1:\d+\]"), "[127.0.0.1:50000]"),
    (re.compile(r"http://127\.0\.0\.1:\d+/"), "http://127.0.0.1:8000/"),
]
# For each file, the texts to replace, each of which stands in it once; or None for a file
# that is not there yet.
Edits = dict[str, list[tuple[str, str]] | None]
DATE = "November 22, 2026 - 12:00:00"


def without_volatile(text: str) -> str:
    """Replace what differs from run to run: dates and ports."""
    for pattern, instead in VOLATILE:
        text = pattern.sub(instead.format(date=DATE), text)
    return text


def answer(step: str, language: str) -> list[tuple[str, str]]:
    """Give title and code of each block of a language in the answer on a step's page."""
    page = find_step(step).page.read_text("utf-8")
    folded = page.partition('??? success "An answer"')[2]
    block = rf'^    ```{language}(?: title="([^"\n]+)")?\n(.*?)^    ```$'
    found = re.findall(block, folded, re.MULTILINE | re.DOTALL)
    return [(title, re.sub("(?m)^    ", "", code)) for title, code in found]


SEND_RAW = """texts => new Promise((done) => {
  const socket = new WebSocket(`ws://${location.host}/ws${location.pathname}`);
  const answers = [];
  const next = () => texts.length ? socket.send(texts.shift()) : done(answers);
  socket.onopen = () => setTimeout(next, 300);
  socket.onmessage = ({ data }) => {
    if (!/"type": "(error|chat.message|(task|item).(?!list)\\w+)"/.test(data))
      return;
    answers.push(data);
    next();
  };
  socket.onclose = () => done([...answers, "the socket closes"]);
})"""


class Running(WarmServer):
    """A running server, with what it has printed so far."""

    def __init__(self, folder: Path, data: Path):
        super().__init__(folder, data)
        self.variables["TUTORIAL_FAST_LOGIN"] = "1"
        self.output = data / "output.txt"
        self.running = ExitStack()

    def restart(self) -> None:
        """Start on the port it has, or on a free one the first time."""
        server = self.start_into(self.output, self.port or free_port())
        self.process = self.running.enter_context(server)
        assert answers(self.port, self.process), self.printed

    def kill(self) -> None:
        """End the server as a power cut does: at once, and it cannot clean up."""
        self.process.kill()
        self.running.close()

    @property
    def printed(self) -> str:
        """What the server printed, as it prints it in a folder of one's own."""
        text = without_volatile(self.output.read_text("utf-8"))
        return text.replace("tools.servers.step_settings", "core.settings")

    def share(self, owner: str, user: str, role: str = "editor") -> None:
        """Let a user share an owner's list, and tell nobody; step 29 knows no role."""
        more = {"role": role} if role else {}
        code = f"""
from checklist.models import Checklist
from django.contrib.auth.models import User
checklist = Checklist.objects.get(user__username={owner!r})
user = User.objects.get(username={user!r})
checklist.membership_set.create(user=user, **{more})
"""
        self.manage("shell", "-c", code)

    def make_reader(self, user: str) -> None:
        """Let a member of lists only read them from now on, and tell nobody."""
        code = f"""
from checklist.models import Membership
Membership.objects.filter(user__username={user!r}).update(role="reader")
"""
        self.manage("shell", "-c", code)

    def unshare(self) -> None:
        """Remove all members of all lists, and tell nobody."""
        code = (
            "from checklist.models import Membership; Membership.objects.all().delete()"
        )
        self.manage("shell", "-c", code)

    def printed_line(self, start: str) -> str:
        """Wait for a line that starts so, and give it."""
        until = time.monotonic() + 30
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
            if own and line.startswith(" ") and not marks:
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

    def prepare(self, server: Running, step: Step) -> None:
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
        self.name = ""
        self.frames: list[str] = []
        page.on("websocket", self._listen)

    def _listen(self, socket) -> None:
        socket.on("framesent", lambda frame: self.frames.append(f"→ {frame}"))
        socket.on("framereceived", lambda frame: self.frames.append(f"← {frame}"))

    def go(self, path: str) -> None:
        self.page.goto(self.address + path.lstrip("/"))

    def wait_until_connected(self) -> None:
        """Wait for the socket, and where a room says who is here, until it says so.

        Then everyone else's page is told before anything that this person does next.
        """
        self.page.get_by_text("Connected").wait_for()
        here = self.page.get_by_role("list", name="Here now")
        if self.name and here.count():
            here.get_by_text(self.name, exact=True).wait_for()

    def log_in(self, name: str, path: str = "/") -> None:
        """Log in by the form, as a person does, on the way to a page."""
        self.name = name
        self.go(path)
        self.page.get_by_label("Username").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()

    def say(self, text: str) -> None:
        self.page.get_by_label("Message", exact=True).fill(text)
        self.page.get_by_role("button", name="Send").click()

    def send_raw(self, *texts: str) -> list[str]:
        """Open a socket of one's own in the browser's console; give what it answers.

        Each text waits for the answer to the one before; the last answer may be the
        socket's end.
        """
        return self.page.evaluate(SEND_RAW, list(texts))

    def make_room(self, name: str) -> None:
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_role("button", name="Make a room").click()

    def open_checklist(self, name: str) -> None:
        """Log in and wait until the checklist is there."""
        self.log_in(name, "/checklist/")
        self.wait_until_connected()

    def row(self, entity: str, name: str) -> Locator:
        """Give the card of a task, or the line of an item, that bears a name."""
        rows = {"task": ".card", "item": ".items > li"}[entity]
        delete = self.page.get_by_role("button", name=f"Delete {name}", exact=True)
        return self.page.locator(rows).filter(has=delete).last

    def add_task(self, name: str) -> None:
        self.page.get_by_label("New task").fill(name)
        self.page.keyboard.press("Enter")

    def add_item(self, task: str, name: str) -> None:
        self.row("task", task).get_by_label("New item").fill(name)
        self.page.keyboard.press("Enter")

    def rename(self, entity: str, name: str, to: str) -> None:
        """Write another name over the one of a task or an item, and press Enter."""
        label = {"task": "Task", "item": "Item"}[entity]
        self.row(entity, name).get_by_label(label, exact=True).first.fill(to)
        self.page.keyboard.press("Enter")

    def delete(self, entity: str, name: str) -> None:
        row = self.row(entity, name)
        row.get_by_role("button", name=f"Delete {name}", exact=True).click()

    def sees(self, text: str) -> None:
        """Wait until a text stands in the log."""
        self.page.get_by_role("log").get_by_text(text, exact=True).first.wait_for()

    def hears(self, text: str) -> None:
        """Wait until a text has stood in a frame that the page received."""
        until = time.monotonic() + 30
        while not any(text in frame for frame in self.frames if frame[0] == "←"):
            assert time.monotonic() < until, f"never heard “{text}”: {self.frames}"
            self.page.wait_for_timeout(20)  # lets Playwright hear the frames

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

    def serve(self, step: str, edits: Edits | None = None, **variables: str) -> Running:
        """Start a step's server; `edits` change a copy of it, `variables` its environment."""
        self.servers += 1
        data = self.folder / f"server-{self.servers}"
        data.mkdir()
        folder = find_step(step).folder
        if edits:
            folder = self.copy(step, data, edits)
        server = Running(folder, data)
        server.variables |= variables
        self.databases.prepare(server, find_step(step))
        server.restart()
        self.stack.callback(server.kill)
        return server

    def printed_by_run(self, step: str) -> str:
        """Open a step as people do, stop it, and give what it printed."""
        command = [sys.executable, "-m", "tools.classroom.run", step, "--no-browser"]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.stack.callback(process.wait)
        self.stack.callback(process.terminate)
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                # The port that it takes when it is free.
                port = 8000 + find_step(step).number
                return without_volatile("".join(lines)).replace(":8000/", f":{port}/")
        raise AssertionError("".join(lines))

    def beside(self, server: Running) -> Running:
        """Start a second process of a server, with the same data."""
        data = self.folder / "beside"
        data.mkdir()
        other = Running(server.folder, data)
        other.variables = server.variables
        other.restart()
        self.stack.callback(other.kill)
        return other

    def redis(self) -> str:
        """Start a Redis server and give its URL."""
        return self.stack.enter_context(redis_server(free_port()))

    def copy(self, step: str, folder: Path, edits: Edits | None = None) -> Path:
        """Copy a step into a folder, with its files as `edits` has them."""
        copy = folder / step
        shutil.copytree(find_step(step).folder, copy)
        for path, pairs in (edits or {}).items():
            if pairs is None:
                (copy / path).unlink()
                continue
            text = (copy / path).read_text("utf-8")
            for old, new in pairs:
                assert text.count(old) == 1, (
                    f"{path} has {text.count(old)} times {old!r}"
                )
                text = text.replace(old, new)
            (copy / path).write_text(text, "utf-8")
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

    def person(self, server: Running, **options) -> Person:
        """Open a browser of somebody's own; `options` go to Playwright."""
        options = {"viewport": VIEWPORT, "device_scale_factor": 2} | options
        context = self.browser.new_context(**options)
        self.stack.callback(context.close)
        return Person(context.new_page(), server.address)

    def room(self, server: Running, *names: str, room: str = "general") -> list[Person]:
        """Log people in, each in a browser of their own, and bring them into a room."""
        people = [self.person(server) for _ in names]
        people[0].log_in(names[0], "/chat/")
        people[0].make_room(room)
        for person, name in zip(people[1:], names[1:], strict=True):
            person.log_in(name, f"/chat/{room}/")
        for person in people:
            person.wait_until_connected()
        return people

    def tabs(self, server: Running, path: str, count: int = 2) -> list[Person]:
        """Open a page in several browsers and wait until all are connected."""
        people = [self.person(server) for _ in range(count)]
        for person in people:
            person.go(path)
            person.wait_until_connected()
        return people
