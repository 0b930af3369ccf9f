"""Walks of docs/27_schema.md."""

import json
import re
import subprocess
import sys

import pytest
import requests

from tests.walks.stage import answer
from tools.chain.steps import find_step

STEP_BEFORE, STEP = "26_tickets", "27_schema"


def program(title):
    """Give the program that the page titles so."""
    page = find_step(STEP).page.read_text("utf-8")
    block = rf'^```python title="{re.escape(title)}"\n(.*?)^```$'
    return re.search(block, page, re.MULTILINE | re.DOTALL)[1]


def make_token(server):
    printed = server.manage("drf_create_token", "alice")
    return re.search("[0-9a-f]{40}", printed)[0]


@pytest.fixture
def alice(stage):
    """A server, and Alice's checklist with one item."""

    def alice(step=STEP, edits=None):
        server = stage.serve(step, edits)
        alice = stage.person(server)
        alice.open_checklist("alice")
        alice.add_task("Shopping")
        alice.add_item("Shopping", "Bread")
        alice.row("item", "Bread").wait_for()
        return server, alice

    return alice


@pytest.fixture
def run(tmp_path):
    """Run a program of the page beside a server; give what it prints."""

    def run(server, title):
        file = tmp_path / title
        code = program(title).replace("http://127.0.0.1:8000", server.address[:-1])
        file.write_text(code, "utf-8")
        command = [sys.executable, file]
        token = make_token(server)
        done = subprocess.run(command, input=token, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.removeprefix("Token: ")

    return run


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("27"))


def test_unknown_key_is_ignored(alice, run, recorder):
    server, alice = alice(STEP_BEFORE)

    recorder.text("ignored.txt", run(server, "tick.py"))

    item = alice.row("item", "Bread")
    assert not item.get_by_role("checkbox").is_checked()
    alice.page.get_by_label("New task").focus()
    recorder.picture("described", {"Alice's checklist": alice})


def test_program_looks_before_it_sends(alice, run, recorder):
    server, _ = alice()

    recorder.text("checked.txt", run(server, "checked.py"))


def test_frame_is_as_it_is_described(alice, recorder):
    server, alice = alice()
    headers = {"Authorization": f"Token {make_token(server)}"}
    asyncapi = requests.get(f"{server.address}api/asyncapi", headers=headers).json()
    known = asyncapi["channels"]["checklist"]["messages"]
    frame = {"receive.item.update": known["receive.item.update"]}
    alice.frames.clear()

    alice.row("item", "Bread").get_by_role("checkbox").check()
    alice.hears("item.update")
    alice.hears('"ok"')

    recorder.text("message.txt", json.dumps(frame, indent=2) + "\n")
    recorder.frames("frames.txt", {"Alice's page": alice})


def test_description_without_null_is_found_by_a_test(stage, recorder):
    edits = {"checklist/serializers.py": [("Field(allow_null=True)", "Field()")]}
    folder = stage.copy(STEP, stage.folder, edits)
    name = "test_answers_of_the_api_are_as_described"
    command = [sys.executable, "-m", "pytest", "-q", "-k", name, "tests/test_schema.py"]

    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)

    assert done.returncode == 1
    assert "1 failed" in done.stdout
    told = next(line for line in done.stdout.splitlines() if "not of type" in line)
    recorder.text(
        "not-null.txt", re.search(r"None is not of type 'string'", told)[0] + "\n"
    )


def test_answer_prints_the_document(alice):
    server, _ = alice(edits={"checklist/admin.py": []})
    ((path, code),) = answer(STEP, "python")
    for name in ("management", "management/commands"):
        (server.folder / "checklist" / name).mkdir()
        (server.folder / "checklist" / name / "__init__.py").touch()
    (server.folder / path).write_text(code, "utf-8")

    assert json.loads(server.manage("asyncapi"))["asyncapi"] == "3.0.0"
