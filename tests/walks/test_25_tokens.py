"""Walks of docs/25_tokens.md."""

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
import requests

from tests.walks.programs import SITE, FrontEnd, blocks, make_token, place, steady
from tests.walks.stage import answer
from tools.chain.steps import find_step
from tools.servers.demo_users import PASSWORD

STEP_BEFORE, STEP = "24_api", "25_tokens"
TYPED = {"Name": "alice", "Password": PASSWORD}


@pytest.fixture
def alice(stage):
    """A server, and Alice at her checklist, which has one task."""

    def alice(step=STEP, edits=None, **variables):
        server = stage.serve(step, edits, **variables)
        alice = stage.person(server)
        alice.open_checklist("alice")
        alice.add_task("Buy bread")
        alice.row("task", "Buy bread").wait_for()
        alice.hears("task.create")
        alice.frames.clear()
        return server, alice

    return alice


def start(stage, server, code, typed):
    """Start one of the page's programs, and type what it asks for; give what it prints."""
    program = stage.folder / "tasks.py"
    program.write_text(code.replace(SITE, place(server)), "utf-8")
    done = subprocess.run(
        [sys.executable, program],
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    question, _, rest = done.stdout.partition(": ")
    return f"{question}: {typed}{steady(rest)}"


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("25"))


def test_front_end_of_the_step_before_is_kept_out(stage, alice, recorder):
    front_end = FrontEnd(stage)
    server, alice = alice(STEP_BEFORE)

    html = blocks(STEP, "index.html")[0]
    elsewhere = front_end.open(server, html, {"Token": make_token(server)})

    recorder.text("blocked.txt", front_end.complaint(elsewhere))
    recorder.picture(
        "blocked", {"Alice's checklist": alice, "A front end elsewhere": elsewhere}
    )


def test_token_of_the_step_before_never_ends(stage, alice, recorder):
    server, _ = alice(STEP_BEFORE)
    token = make_token(server)
    page = find_step(STEP).page.read_text("utf-8")
    command = next(line for line in page.split("\n") if "shell -c" in line)
    server.manage("shell", "-c", command.split('"')[1])
    year = server.manage("shell", "-c", "print(Token.objects.get().created.year)")
    assert "2006" in year

    code = blocks(STEP, "tasks.py")[0]
    printed = start(stage, server, code, f"{token}\n")

    recorder.text("forever.txt", steady(printed))


def test_program_logs_in_and_out(stage, alice, recorder):
    server, _ = alice()

    code = blocks(STEP, "tasks.py")[1]

    recorder.text("program.txt", start(stage, server, code, f"{PASSWORD}\n"))


def test_program_that_guesses_has_to_wait(stage, alice, recorder):
    server, _ = alice()
    code = blocks(STEP, "tasks.py")[1]

    printed = [start(stage, server, code, "guess\n") for _ in range(5)]
    printed.append(start(stage, server, code, f"{PASSWORD}\n"))

    assert len(set(printed[:4])) == 1
    recorder.text("guessed.txt", "\n".join(printed[3:]))


def test_front_end_elsewhere_logs_in_and_adds_a_task(stage, alice, recorder):
    front_end = FrontEnd(stage)
    server, alice = alice(FRONT_ENDS=front_end.origin)

    elsewhere = front_end.open(server, blocks(STEP, "index.html")[1], TYPED)
    elsewhere.page.get_by_text("Buy bread").wait_for()
    elsewhere.page.get_by_label("New task").fill("Sell the car")
    elsewhere.page.keyboard.press("Enter")

    elsewhere.page.get_by_text("Sell the car").wait_for()
    alice.row("task", "Sell the car").wait_for()
    alice.hears("Sell the car")
    recorder.frames("frames.txt", {"Alice's page": alice})
    recorder.picture(
        "front-end", {"Alice's checklist": alice, "A front end elsewhere": elsewhere}
    )


def test_front_end_that_is_not_on_the_list_is_kept_out(stage, alice, recorder):
    front_end = FrontEnd(stage)
    server, _ = alice(FRONT_ENDS=front_end.origin)

    elsewhere = front_end.open(
        server,
        blocks(STEP, "index.html")[1],
        TYPED,
        front_end.origin.replace("localhost", "127.0.0.1"),
    )

    recorder.text("cors.txt", front_end.complaint(elsewhere))
    assert "HTTP OPTIONS /api/login 200" in server.printed
    assert "POST /api/login" not in server.printed


def test_program_may_name_any_origin(alice):
    """As a quiz says: CORS is a matter of browsers."""
    server, _ = alice()
    headers = {"Authorization": f"Token {make_token(server)}"}

    answered = requests.get(
        f"{server.address}api/tasks",
        headers=headers | {"Origin": "https://evil.example"},
        timeout=30,
    )

    assert answered.status_code == 200
    assert "Access-Control-Allow-Origin" not in answered.headers


def test_answer_says_when_a_token_ends(alice):
    ((views, code),) = answer(STEP, "python")
    text = (find_step(STEP).folder / views).read_text("utf-8")
    (old,) = re.findall(r"^ +return Response\({.token.*\n", text, re.MULTILINE)
    edits = [(old, code), (" import valid_tokens", " import VALID, valid_tokens")]
    server, _ = alice(edits={views: edits})

    data = {"username": "alice", "password": PASSWORD}
    url = f"{server.address}api/login"
    answered = requests.post(url, json=data, timeout=30).json()

    ends = datetime.fromisoformat(answered["expires"]) - datetime.now(UTC)
    assert timedelta(days=29) < ends < timedelta(days=30)
