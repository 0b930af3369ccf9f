"""Programs that the pages print, and what they need: tokens, and a server for front ends."""

import re
import subprocess
import sys
import time

from tests.walks.stage import Person, Running, Stage
from tools.chain.steps import find_step
from tools.servers.step_server import HOST, answers, free_port

TOKEN = "9f1c27b3a4d84e05b6c7d8e9f0a1b2c3d4e5f607"  # as the pages print one
SITE = "127.0.0.1:8000"  # whom the pages' programs ask
# What differs from run to run in what programs print.
VOLATILE = [
    (r"[0-9a-f]{40}", TOKEN),
    (r"127\.0\.0\.1:\d+ - ", "127.0.0.1:50000 - "),
]


def steady(text: str) -> str:
    for pattern, instead in VOLATILE:
        text = re.sub(pattern, instead, text)
    return text


def blocks(step: str, title: str) -> list[str]:
    """Give the blocks of code that a step's page titles so."""
    page = find_step(step).page.read_text("utf-8")
    block = rf'^( *)```\w+ title="{re.escape(title)}"\n(.*?)^\1```$'
    found = re.findall(block, page, re.MULTILINE | re.DOTALL)
    return [re.sub(f"(?m)^{indent}", "", code) for indent, code in found]


def place(server: Running) -> str:
    return server.address.removeprefix("http://").rstrip("/")


def make_token(server: Running, *options: str) -> str:
    printed = server.manage("drf_create_token", *options, "alice")
    return re.search("[0-9a-f]{40}", printed)[0]


class FrontEnd:
    """A page on a server of its own, at the port 8001 of which the pages speak."""

    def __init__(self, stage: Stage):
        self.stage = stage
        folder = stage.folder / "front-end"
        folder.mkdir()
        self.file = folder / "index.html"
        self.port = free_port()
        command = [sys.executable, "-m", "http.server", str(self.port), "--bind", HOST]
        process = subprocess.Popen(
            [*command, "--directory", folder], stderr=subprocess.DEVNULL
        )
        stage.stack.callback(process.wait)
        stage.stack.callback(process.kill)
        assert answers(self.port, process)
        self.origin = f"http://localhost:{self.port}"
        self.said: list[str] = []

    def open(
        self, server: Running, html: str, typed: dict[str, str], origin: str = ""
    ) -> Person:
        """Open it in a browser of somebody's own, who types what it asks for."""
        self.file.write_text(html.replace(SITE, place(server)), "utf-8")
        person = self.stage.person(server)
        person.page.on("console", lambda message: self.said.append(message.text))
        person.page.on("dialog", lambda dialog: dialog.accept(typed[dialog.message]))
        person.page.goto(origin or self.origin)
        return person

    def complaint(self, person: Person) -> str:
        """Wait for what the browser's console says of CORS, and give it."""
        until = time.monotonic() + 30
        while not any("CORS" in text for text in self.said):
            assert time.monotonic() < until, self.said
            person.page.wait_for_timeout(20)  # lets Playwright hear the console
        text = next(text for text in self.said if "CORS" in text)
        # The port of the front end, and any other is that of the server.
        text = text.replace(f":{self.port}", ":8001")
        return re.sub(r":(?!8001)\d{4,5}\b", ":8000", text) + "\n"
