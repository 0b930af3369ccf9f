"""Walks of docs/24_api.md."""

import re
import shlex
import subprocess

import pytest
import requests

from tests.walks.programs import TOKEN, make_token, steady
from tests.walks.stage import Person, answer
from tools.chain.steps import find_step

STEP_BEFORE, STEP = "23_broadcast", "24_api"
BREAD = '{"name": "Buy bread"}'


def page_text():
    return find_step(STEP).page.read_text("utf-8")


def naive():
    """The API without the receivers, as the page has it under “See it break”."""
    return re.search(r"^```python\n(.*?)^```$", page_text(), re.MULTILINE | re.DOTALL)[
        1
    ]


def curl(server, path, token=None, body=BREAD):
    """Type the page's command for a path; give what it prints."""
    commands = re.findall(r"^    (curl (?:.*\\\n)*.*)$", page_text(), re.MULTILINE)
    (command,) = [line for line in commands if line.endswith(path)]
    command = command.replace("\\\n", " ").replace(TOKEN, token or TOKEN)
    command = command.replace("http://127.0.0.1:8000/", server.address)
    words = shlex.split(command.replace(BREAD, body))
    done = subprocess.run([words[0], "-s", *words[1:]], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout + "\n"


@pytest.fixture
def tabs(stage):
    """A server, and two tabs of Alice's checklist."""

    def tabs(edits=None, **variables):
        server = stage.serve(STEP, edits, **variables)
        alice = stage.person(server)
        alice.open_checklist("alice")
        other = Person(alice.page.context.new_page(), server.address)
        other.go("/checklist/")
        other.wait_until_connected()
        for tab in (alice, other):
            tab.hears("task.list")
            tab.frames.clear()
        return server, alice, other

    return tabs


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("24"))


def test_naive_api_saves_and_tells_nobody(stage, recorder):
    urls = "checklist/urls.py"
    text = (find_step(STEP_BEFORE).folder / urls).read_text("utf-8")
    edits = {urls: [(text, f"{text}\n{naive()}")]}
    server = stage.serve(STEP_BEFORE, edits)
    alice = stage.person(server)
    alice.open_checklist("alice")
    alice.hears("task.list")
    alice.frames.clear()

    recorder.text("naive.txt", curl(server, "/checklist/tasks/"))
    alice.page.evaluate("dispatchEvent(new Event('online'))")
    alice.hears('"pong"')

    assert len(alice.frames) == 2
    recorder.frames("pong.txt", {"Alice's page": alice}, pings=True)
    recorder.picture("silent", {"Alice's checklist": alice})
    alice.page.reload()
    alice.row("task", "Buy bread").wait_for()


def test_change_by_a_request_is_told(tabs, recorder):
    server, alice, other = tabs()
    printed = server.manage("drf_create_token", "alice")
    token = make_token(server)  # the same one again

    recorder.text("token.txt", steady(printed))
    recorder.text("created.txt", curl(server, "/api/tasks", token))
    for tab in (alice, other):
        tab.row("task", "Buy bread").wait_for()
    recorder.picture("told", {"Alice's checklist": alice, "Another tab": other})

    assert curl(server, "/api/tasks/1", token).strip() == ""
    for tab in (alice, other):
        tab.row("task", "Buy bread").wait_for(state="detached")
        tab.hears("task.delete")
        tab.frames = [frame for frame in tab.frames if '"task.' in frame]
    assert other.frames == alice.frames
    recorder.frames("frames.txt", {"Each of Alice's tabs": alice})


def test_refused_requests_say_why(tabs, recorder):
    server, alice, _ = tabs()
    token = make_token(server)

    blank = curl(server, "/api/tasks", token, '{"name": ""}')
    recorder.text("refused.txt", blank + curl(server, "/api/tasks"))

    assert alice.page.locator(".card").count() == 0


def test_cookie_alone_is_refused_where_cookies_count(tabs, recorder):
    (old,) = re.findall(r".*TokenAuthentication.*", settings())
    server, alice, _ = tabs(
        {"core/settings.py": [(old, old.replace("Token", "Session"))]}
    )
    session = alice.page.context.cookies()
    cookies = {cookie["name"]: cookie["value"] for cookie in session}

    url = f"{server.address}api/tasks"
    answer = requests.post(url, json={"name": "Buy bread"}, cookies=cookies, timeout=30)

    assert answer.status_code == 403
    recorder.text("csrf.txt", answer.text + "\n")


def settings():
    return (find_step(STEP).folder / "core/settings.py").read_text("utf-8")


def test_answer_lists_what_is_still_to_be_done(tabs):
    ((path, code),) = answer(STEP, "python")
    text = (find_step(STEP).folder / path).read_text("utf-8")
    (old,) = re.findall(
        r"^class ItemViewSet.*?\n(?=\n\n)", text, re.DOTALL | re.MULTILINE
    )
    server, alice, _ = tabs({path: [(old, code)]})
    token = make_token(server)
    alice.add_task("Shopping")
    for name in ("Bread", "Salt"):
        alice.add_item("Shopping", name)
        alice.row("item", name).wait_for()
    alice.row("item", "Bread").get_by_role("checkbox").check()
    alice.hears("item.update")

    names = [
        [item["name"] for item in listed(server, token, query)]
        for query in ("", "?open=1")
    ]

    assert names == [["Bread", "Salt"], ["Salt"]]


def listed(server, token, query):
    url = f"{server.address}api/items{query}"
    headers = {"Authorization": f"Token {token}"}
    return requests.get(url, headers=headers, timeout=30).json()["results"]
