"""Walks of docs/26_tickets.md."""

import os
import subprocess
import sys
from queue import Queue
from threading import Thread
from types import SimpleNamespace

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.walks.programs import (
    SITE,
    TOKEN,
    FrontEnd,
    blocks,
    make_token,
    place,
    steady,
)
from tests.walks.stage import answer
from tools.chain.steps import find_step
from tools.servers.demo_users import PASSWORD
from tools.servers.step_server import HOST, answers, free_port

STEP_BEFORE, STEP = "25_tokens", "26_tickets"


class Listener:
    """The page's program, which runs beside a server."""

    def __init__(self, stage, server, code):
        program = stage.folder / "listen.py"
        program.write_text(code.replace(SITE, place(server)), "utf-8")
        self.process = subprocess.Popen(
            [sys.executable, "-u", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        stage.stack.callback(self.process.wait)
        stage.stack.callback(self.process.kill)
        self.process.stdin.write(make_token(server) + "\n")
        self.process.stdin.flush()
        self.lines = Queue()
        Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put("")

    def prints(self):
        """Wait for its next line; give an empty text when it has ended."""
        return self.lines.get(timeout=20)

    def rest(self):
        return "".join(iter(self.prints, ""))


@pytest.fixture
def alice(stage):
    """A server, and Alice at her checklist."""

    def alice(edits=None, step=STEP, **variables):
        server = stage.serve(step, edits, **variables)
        alice = stage.person(server)
        alice.open_checklist("alice")
        return server, alice

    return alice


def last_line(text):
    return text.rstrip("\n").rpartition("\n")[2] + "\n"


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("26"))


def test_program_without_a_cookie_is_refused(stage, recorder):
    server = stage.serve(STEP_BEFORE)

    listener = Listener(stage, server, blocks(STEP, "listen.py")[0])

    recorder.text("no-cookie.txt", last_line(listener.rest()))


def test_token_in_an_address_is_in_the_log(stage, recorder):
    server = stage.serve(STEP_BEFORE)
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "core.asgi:application"]
    process = subprocess.Popen(
        [*command, "--port", str(port)],
        cwd=server.folder,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "core.settings"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    stage.stack.callback(process.wait)
    stage.stack.callback(process.kill)
    assert answers(port, process)

    with pytest.raises(InvalidStatus):
        connect(f"ws://{HOST}:{port}/ws/checklist/?token={TOKEN}")

    line = next(line for line in process.stdout if "token=" in line)
    recorder.text("token-in-log.txt", steady(line))


def test_program_listens_until_its_token_is_taken_away(stage, alice, recorder):
    server, alice = alice()
    listener = Listener(stage, server, blocks(STEP, "listen.py")[1])
    printed = [listener.prints().removeprefix("Token: ")]

    alice.add_task("Buy bread")
    printed.append(listener.prints())
    make_token(server, "-r")

    recorder.text("ended.txt", last_line(listener.rest()))
    frames = [f"← {frame.rstrip()}" for frame in printed]
    recorder.frames("frames.txt", {"listen.py": SimpleNamespace(frames=frames)})
    assert alice.page.get_by_text("Connected").is_visible()


def test_front_end_elsewhere_follows_the_list(stage, alice, recorder):
    front_end = FrontEnd(stage)
    server, alice = alice(FRONT_ENDS=front_end.origin)
    alice.add_task("Buy bread")
    alice.row("task", "Buy bread").wait_for()

    (html,) = blocks(STEP, "index.html")
    typed = {"Name": "alice", "Password": PASSWORD}
    elsewhere = front_end.open(server, html, typed)
    elsewhere.page.get_by_text("Buy bread").wait_for()
    alice.add_task("Sell the car")

    elsewhere.page.get_by_text("Sell the car").wait_for()
    alice.row("task", "Sell the car").wait_for()
    recorder.picture(
        "front-end", {"Alice's checklist": alice, "A front end elsewhere": elsewhere}
    )


def test_answer_ends_the_programs_with_a_logout(stage, alice):
    tokens = "core/tokens.py"
    ((path, code),) = answer(STEP, "python")
    assert path == tokens
    text = (find_step(STEP).folder / tokens).read_text("utf-8")
    server, alice = alice({tokens: [(text, f"{text}\n\n{code}")]})
    listener = Listener(stage, server, blocks(STEP, "listen.py")[1])
    assert "task.list" in listener.prints()

    alice.page.get_by_role("button", name="Log out").click()

    assert "4401" in listener.rest()
