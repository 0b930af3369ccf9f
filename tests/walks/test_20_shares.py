"""Walks of docs/20_shares.md."""

import re
from http.client import HTTPConnection
from subprocess import CalledProcessError
from urllib.parse import urlencode

import pytest

from tools.chain.steps import find_step
from tools.servers.step_server import HOST

STEP_BEFORE, STEP = "19_once", "20_shares"
SOCKET = "core/static/core/socket.js"
TASKS = 1000
# What the first piece of code on the page has done at the step before.
FILL = f"""
from django.contrib.auth import get_user_model
from checklist.models import Task
user = get_user_model().objects.get(username="alice")
names = [f"Task {{number}}" for number in range(1, {TASKS} + 1)]
Task.objects.bulk_create(Task(user=user, name=name) for name in names)
"""
# The page takes the code of the oldest for any other loss.
COMES_BACK = {SOCKET: [("if (ENDS.has(code))", "if (code === SESSION_ENDED)")]}
# Who has failed too often is known by the name alone.
BY_NAME = {"core/settings.py": [('[["username", "ip_address"]]', '["username"]')]}


def paste(person, number):
    """Paste into the console what the page says."""
    text = find_step(STEP).page.read_text("utf-8")
    code = re.findall(r"^```js\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[number]
    person.page.add_script_tag(content=code)


def ping(person):
    """Let a page ask now whether it is connected, and not with its next tick."""
    person.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def open_both(stage, server):
    """Open Alice's checklist, and Bob's with a task in it."""
    alice, bob = stage.person(server), stage.person(server)
    alice.open_checklist("alice")
    bob.open_checklist("bob")
    bob.add_task("Water the plants")
    bob.row("task", "Water the plants").wait_for()
    return alice, bob


def photograph(recorder, name, alice, bob):
    """Take the picture of both; it keeps all its texts, so a few tasks are enough."""
    alice.page.locator("#tasks").evaluate(
        "list => [...list.children].slice(3).forEach((card) => card.remove())"
    )
    for person in (alice, bob):
        person.page.evaluate("scrollTo(0, 0)")
    recorder.picture(name, {"Alice": alice, "Bob": bob})


def status(person):
    return person.page.locator("#status")


def try_to_log_in(person, name, password, times):
    for _ in range(times):
        person.page.get_by_label("Username").fill(name)
        person.page.get_by_label("Password").fill(password)
        person.page.get_by_role("button", name="Log in").click()


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("20"))


def test_step_before_lets_one_user_take_all(stage, recorder):
    server = stage.serve(STEP_BEFORE)
    alice, bob = open_both(stage, server)
    paste(alice, 0)
    alice.row("task", f"Task {TASKS}").wait_for(timeout=120_000)
    paste(alice, 1)
    alice.page.wait_for_function("greedy.length === 60", timeout=120_000)
    alice.page.wait_for_function("greedy.at(-1).readyState === 1")
    ping(bob)

    ping(alice)
    for person in (bob, alice):
        status(person).get_by_text("Offline").wait_for()

    photograph(recorder, "greedy", alice, bob)


def test_greedy_user_takes_a_share_and_the_oldest_page_closes(stage, recorder):
    server = stage.serve(STEP)
    server.manage("shell", "--no-imports", "-c", FILL)
    alice, bob = open_both(stage, server)
    paste(alice, 1)

    status(alice).get_by_text("too many pages open").wait_for()
    alice.page.wait_for_function("greedy.at(-1).readyState === 3", timeout=60_000)
    assert 20 < alice.page.evaluate("greedy.length") < 60
    for number in range(10):
        ping(bob)
        bob.add_task(f"Bob's {number}")
        bob.row("task", f"Bob's {number}").wait_for(timeout=4_000)
        assert status(bob).inner_text() == "Connected"
    for number in range(10):
        bob.delete("task", f"Bob's {number}")
        bob.row("task", f"Bob's {number}").wait_for(state="detached")

    photograph(recorder, "fair", alice, bob)


def test_page_that_was_closed_stays_closed_until_it_is_asked(stage):
    server = stage.serve(STEP, MOST_SOCKETS="1")
    alice = stage.person(server)
    alice.open_checklist("alice")
    alice.send_raw()
    closed = status(alice).get_by_text("this was the oldest")
    closed.wait_for()

    alice.page.wait_for_timeout(1500)  # longer than the first delay of a reconnect
    ping(alice)
    alice.page.wait_for_timeout(500)
    assert closed.is_visible()

    alice.page.get_by_role("link", name="Connect it again").click()
    alice.wait_until_connected()


def test_pages_that_come_back_push_each_other_out(stage):
    server = stage.serve(STEP, COMES_BACK, MOST_SOCKETS="1")
    alice = stage.person(server)
    alice.open_checklist("alice")
    other = alice.page.context.new_page()
    other.goto(alice.page.url)

    alice.frames.clear()
    for _ in range(100):
        alice.page.wait_for_timeout(100)
        if sum('"task.list"' in frame for frame in alice.frames) >= 3:
            return
    raise AssertionError(alice.frames)


def test_task_and_frame_over_the_share_are_refused(stage, recorder):
    server = stage.serve(STEP, MOST_TASKS="1")
    alice = stage.person(server)
    alice.open_checklist("alice")
    alice.add_task("Buy bread")
    alice.row("task", "Buy bread").wait_for()
    frames = ['{"type": "task.create", "name": "Bake a cake"}']

    recorder.answers("answers.txt", frames, alice.send_raw(*frames))

    alice.add_task("Bake a cake")
    alice.page.get_by_text("at most 1 tasks").wait_for()
    assert alice.page.get_by_label("New task").input_value() == "Bake a cake"


def test_room_over_the_share_is_refused(stage):
    server = stage.serve(STEP, MOST_ROOMS="1")
    alice = stage.person(server)
    alice.log_in("alice", "/chat/")
    alice.make_room("lunch")
    alice.wait_until_connected()
    alice.go("/chat/")

    alice.make_room("tea")

    alice.page.get_by_text("You can have at most 1 rooms.").wait_for()


def test_who_fails_too_often_waits(stage, recorder):
    server = stage.serve(STEP)
    alice = stage.person(server)
    alice.go("/")

    try_to_log_in(alice, "alice", "guess", 5)

    alice.page.get_by_text("Wait 5 minutes").wait_for()
    recorder.picture("locked", {"Somebody who guesses": alice})


def test_lock_by_the_name_alone_shuts_alice_out(stage, recorder):
    server = stage.serve(STEP, BY_NAME)
    for _ in range(5):
        log_in_from("127.0.0.2", server)

    alice = stage.person(server)
    alice.log_in("alice")

    alice.page.get_by_text("Wait 5 minutes").wait_for()


def test_lock_by_the_address_too_lets_alice_in(stage):
    server = stage.serve(STEP)
    for _ in range(5):
        status = log_in_from("127.0.0.2", server)
    assert status == 429

    alice = stage.person(server)
    alice.log_in("alice")

    alice.page.get_by_role("heading", name="Home").wait_for()


def log_in_from(address, server):
    """Guess a password of Alice's at another address of this machine."""
    client = HTTPConnection(HOST, server.port, source_address=(address, 0))
    client.request("GET", "/accounts/login/")
    response = client.getresponse()
    page = response.read().decode()
    cookie = response.headers["Set-Cookie"].partition(";")[0]
    token = re.search('csrfmiddlewaretoken" value="([^"]+)', page)[1]
    form = {"csrfmiddlewaretoken": token, "username": "alice", "password": "guess"}
    headers = {
        "Cookie": cookie,
        "Content-Type": "application/x-www-form-urlencoded",
    }
    client.request("POST", "/accounts/login/", urlencode(form), headers)
    return client.getresponse().status


def test_invalid_limit_ends_the_start(stage, recorder):
    server = stage.serve(STEP)
    server.variables["MOST_TASKS"] = "many"

    with pytest.raises(CalledProcessError) as failed:
        server.manage("check")

    recorder.text("invalid.txt", failed.value.stdout.splitlines()[-1] + "\n")
