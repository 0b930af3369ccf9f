"""Walks of docs/22_stream.md."""

import os
import re
import subprocess
import sys
import time

import pytest
from websockets.sync.client import connect

from tests.walks.stage import answer
from tools.chain.steps import find_step
from tools.servers.step_server import HOST, answers, free_port

STEP_BEFORE, STEP = "21_live", "22_stream"
COMMAND = "chat/management/commands/slow_source.py"
ANSWERING, CONSUMERS = "chat/answering.py", "chat/consumers.py"
PAUSE = "time.sleep(0.3)"
LUNCH, WHY = "/ask What is for lunch?", "/ask Why?"
END = "            transaction.on_commit(partial(self.tell, save(message)))\n"
# What differs from run to run in what Python prints of tasks.
VOLATILE = [
    (r"Task-\d+", "Task-42"),
    (r" created at \S+", ""),
    (r" wait_for=<.*(?= took)", ""),
    (r"took \d\.\d+ seconds", "took 1.002 seconds"),
]


def naive():
    """The synchronous way, as the page has it under “See it break”."""
    page = find_step(STEP).page.read_text("utf-8")
    return re.search(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[1]


@pytest.fixture
def start_source(stage):
    """Start `manage.py slow_source`, in whose loop `pause` stands; give its process."""

    def start_source(pause="time.sleep(0.3)"):
        stage.sources = getattr(stage, "sources", 0) + 1
        folder = stage.folder / f"source-{stage.sources}"
        folder.mkdir()
        copy = stage.copy(STEP, folder, {COMMAND: [(PAUSE, pause)]})
        port = free_port()
        url = f"http://{HOST}:{port}/v1"
        process = subprocess.Popen(
            [sys.executable, "-u", "manage.py", "slow_source"],
            cwd=copy,
            env=os.environ | {"ANSWER_URL": url},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        stage.stack.callback(process.wait)
        stage.stack.callback(process.kill)
        process.said = process.stdout.readline().replace(str(port), "8100")
        assert answers(port, process)
        process.url = url
        return process

    return start_source


@pytest.fixture
def lunch(stage, start_source):
    """A server with a source, and Alice and Bob in the room lunch."""

    def lunch(edits=None, pause="time.sleep(0.3)", step=STEP, **variables):
        source = start_source(pause)
        server = stage.serve(step, edits, ANSWER_URL=source.url, **variables)
        alice, bob = stage.room(server, "alice", "bob", room="lunch")
        alice.sees("bob joined")
        return server, source, alice, bob

    return lunch


def before(stage):
    """Step 21 in a copy, asking the synchronous way."""
    settings = (find_step(STEP).folder / "core/settings.py").read_text("utf-8")
    (asks,) = re.findall(r"^# Who answers.*?\n\n", settings, re.MULTILINE | re.DOTALL)
    return {
        "core/settings.py": [("DATABASES = {\n", f"{asks}DATABASES = {{\n")],
        CONSUMERS: [(END, END + naive())],
    }


def ping(server, person, asks):
    """Give the seconds in which a ping is answered that is sent a while after `asks`."""
    (session,) = [
        each["value"]
        for each in person.page.context.cookies()
        if each["name"] == "sessionid"
    ]
    address = server.address.replace("http", "ws") + "ws/chat/lunch/"
    headers = {"Cookie": f"sessionid={session}"}
    origin = server.address.rstrip("/")
    with connect(address, origin=origin, additional_headers=headers) as socket:
        while '"user.list"' not in socket.recv():
            pass
        asks()
        time.sleep(1)
        start = time.monotonic()
        socket.send('{"type": "ping"}')
        while '"pong"' not in socket.recv():
            pass
        return time.monotonic() - start


def record(recorder, name, seconds):
    """Record what was measured, or look whether the recording is about as long."""
    said = "Bob's ping is answered after {} s\n"
    if not recorder.write:
        recorded = (recorder.folder / name).read_text("utf-8")
        number = float(re.fullmatch(said.format(r"([\d.]+)"), recorded)[1])
        assert 0.2 < (number + 1) / (seconds + 1) < 5
        seconds = number
    recorder.text(name, said.format(f"{seconds:.2f}"))


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("22"))


def test_source_says_where_it_is(start_source, recorder):
    recorder.text("source.txt", start_source().said)


def test_synchronous_answer_makes_every_page_give_up(stage, lunch, recorder):
    _, _, alice, bob = lunch(before(stage), "time.sleep(2)", STEP_BEFORE)

    alice.say(LUNCH)
    alice.page.get_by_text(f"{LUNCH} (sending…)").wait_for()
    bob.say("I hope it is soup.")

    for person in (alice, bob):
        person.page.get_by_text("Offline, trying again…").wait_for()
    bob.page.get_by_text("I hope it is soup. (sending…)").wait_for()
    recorder.picture("frozen", {"Alice": alice, "Bob": bob})


def test_synchronous_answer_holds_up_a_ping(stage, lunch, recorder):
    server, _, alice, bob = lunch(before(stage), step=STEP_BEFORE)

    took = ping(server, bob, lambda: alice.say(LUNCH))

    assert took > 1.5
    record(recorder, "ping-sync.txt", took)


def test_asynchronous_answer_holds_up_nobody(lunch, recorder):
    server, _, alice, bob = lunch(pause="time.sleep(1)")

    took = ping(server, bob, lambda: alice.say(LUNCH))
    bob.say("I hope it is soup.")

    bob.sees("I hope it is soup.")
    assert took < 3  # the answer takes over ten
    assert "You" in bob.page.locator("#speaking").inner_text()
    record(recorder, "ping-async.txt", took)


def test_answer_appears_word_by_word_while_others_chat(lunch, recorder):
    patient = {"chat/source.py": [("timeout=10", "timeout=60")]}
    slow = "time.sleep(45 if word == 'thought' else 0.3)"
    _, _, alice, bob = lunch(patient, slow)

    alice.say(LUNCH)
    bob.sees(LUNCH)
    bob.say("I hope it is soup.")

    half = "You ask “What is for lunch?” I thought …"
    for person in (alice, bob):
        person.sees("I hope it is soup.")
        person.sees(half)
    recorder.picture("speaking", {"Alice": alice, "Bob": bob})


def test_complete_answer_is_a_message(lunch, recorder):
    _, _, alice, bob = lunch()
    bob.frames.clear()
    said = "You ask “Why?” I thought for long, and cannot say."

    alice.say(WHY)
    bob.hears("answer.end")

    recorder.frames("frames.txt", {"Bob's page": bob})
    for person in (alice, bob):
        person.sees(said)
        assert person.page.locator("#speaking").inner_text() == ""
    bob.go("/chat/lunch/")
    bob.sees(said)


def test_source_that_breaks_off_is_told(lunch, recorder):
    _, source, alice, bob = lunch(pause="time.sleep(60 if word == 'thought' else 0.3)")
    alice.say(WHY)
    bob.sees("You ask “Why?” I thought …")
    bob.hears("I thought")
    bob.frames.clear()

    source.kill()
    bob.hears("answer.end")

    recorder.frames("frames-broken.txt", {"Bob's page": bob})
    there = "There is no answer: its source broke off, or is not there."
    bob.sees(f"You ask “Why?” I thought … ({there})")


def test_tab_that_is_closed_stops_its_answer(lunch):
    _, _, alice, bob = lunch(pause="time.sleep(60 if word == 'thought' else 0.3)")
    alice.say(WHY)
    bob.sees("You ask “Why?” I thought …")

    alice.page.close()

    bob.sees("You ask “Why?” I thought … (The answer was stopped.)")


def test_question_without_a_source_is_answered_with_an_error(lunch):
    _, source, alice, bob = lunch()
    source.kill()

    alice.say(WHY)

    there = "There is no answer: its source broke off, or is not there."
    bob.sees(f"({there})")


def test_orm_on_the_event_loop_is_refused(lunch, recorder):
    old = "await database_sync_to_async(self.find_question)()"
    server, _, alice, _ = lunch({ANSWERING: [(old, "self.find_question()")]})

    alice.say(WHY)

    told = server.own_traceback().partition('  File "chat/answering.py"')
    recorder.text("sync-only.txt", told[1] + told[2])
    alice.page.get_by_text("nobody could be asked").wait_for()


def test_debug_mode_of_asyncio_names_a_blocking_call(lunch, recorder):
    old = "await asyncio.sleep(0.05)"
    edits = {ANSWERING: [(old, "__import__('time').sleep(1)")]}
    server, _, alice, _ = lunch(edits, PYTHONASYNCIODEBUG="1")

    alice.say(WHY)

    until = time.monotonic() + 20
    while not (found := re.findall(r"Executing <Task.*answering.*", server.printed)):
        assert time.monotonic() < until, server.printed
        time.sleep(0.1)
    recorder.text("blocking.txt", steady(found[0], server))


def steady(text, server):
    for pattern, instead in VOLATILE:
        text = re.sub(pattern, instead, text)
    return text.replace(f"{server.folder}/", "") + "\n"


def test_failure_of_a_forgotten_task_is_not_logged(lunch):
    text = (find_step(STEP).folder / ANSWERING).read_text("utf-8")
    caught = re.search(r"        except Exception:\n.*\n.*\n", text)[0]
    server, source, alice, bob = lunch(
        {ANSWERING: [(caught, "")]}, "time.sleep(60 if word == 'thought' else 0.3)"
    )
    alice.say(WHY)
    bob.sees("You ask “Why?” I thought …")

    source.kill()
    bob.hears("answer.end")
    alice.page.close()

    time.sleep(2)
    assert "RuntimeError" not in server.printed


def test_answer_lets_one_stop(lunch):
    (new,) = [code for _, code in answer(STEP, "javascript")]
    script = "chat/static/chat/room.js"
    old = "  form.reset();\n"
    _, _, alice, bob = lunch(
        {script: [(old, old + new)]}, "time.sleep(60 if word == 'thought' else 0.3)"
    )
    alice.say(WHY)
    alice.sees("You ask “Why?” I thought …")

    alice.say("/stop")

    bob.sees("You ask “Why?” I thought … (The answer was stopped.)")
    assert "/stop" not in "".join(bob.log)
