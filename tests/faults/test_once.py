"""Four tabs type while all fails that can: each change is in the database once."""

import json
import random
import sqlite3
import subprocess
import time
from contextlib import ExitStack

import pytest

from tests.faults.flaky_proxy import Cable
from tests.faults.test_faults import LAST, SHOWN
from tools.chain.steps import find_step
from tools.servers.redis_server import redis_server
from tools.servers.step_server import HOST, free_port

SECONDS = 60
TYPING = 1.5
# Pages learn sooner that nobody answers; a ping is given four seconds.
CLOCK = {"core/static/core/clock.js": [("20_000", "5_000")]}
# While there is a file CRASH, a server dies between the commit and the answer.
ANSWER = '        self.send_json({"type": "ok"'
CRASH = """\
        import os, pathlib

        if os.path.exists(os.environ["CRASH"]):
            pathlib.Path(os.environ["CRASH"]).unlink()
            os.kill(os.getpid(), 9)
"""
EDITS = CLOCK | {"once/mixins.py": [(ANSWER, CRASH + ANSWER)]}
TYPE = """([form, text]) => {
  const chosen = document.querySelector(form);
  chosen.querySelector("input").value = text;
  chosen.requestSubmit();
}"""
TICK = """() => {
  const ticks = document.querySelectorAll("[name=done_at]");
  ticks[ticks.length - 1]?.click();
  return ticks.length;
}"""
WAITING = """() => Object.keys(sessionStorage).flatMap(
  (key) => JSON.parse(sessionStorage[key])).length"""
SAID = (
    """() => [...document.querySelectorAll("#log .text")].map((x) => x.textContent)"""
)


class Typist:
    """A tab behind a cable of its own, and what was typed into it."""

    def __init__(self, person, cable, form):
        self.person, self.cable, self.form = person, cable, form
        self.person.address = f"http://{HOST}:{cable.port}/"
        self.letter = ""
        self.typed: list[str] = []

    @property
    def page(self):
        return self.person.page

    def type(self):
        self.typed.append(f"{self.letter}{len(self.typed)}")
        self.page.evaluate(TYPE, [self.form, self.typed[-1]])


class Office:
    """Two servers; Alice has a checklist at each, and she and Bob chat."""

    def __init__(self, stage, stack, folder, step=LAST, edits=EDITS):
        self.crash = folder / "crash"
        port = free_port()
        stack.enter_context(redis_server(port))
        variables = {
            "REDIS_URL": f"redis://{HOST}:{port}/0",
            "CRASH": str(self.crash),
            "FRAME_BURST": "0",
        }
        first = stage.serve(step, edits, **variables)
        self.servers = [first, stage.beside(first)]
        self.lists = [self.typist(stage, stack, s, "#new-task") for s in self.servers]
        self.rooms = [
            self.typist(stage, stack, s, "#message-form") for s in self.servers
        ]
        self.typists = [*self.lists, *self.rooms]
        for letter, typist in zip("abcd", self.typists, strict=True):
            typist.letter = letter
        for typist in self.lists:
            typist.person.open_checklist("alice")
        alice, bob = (typist.person for typist in self.rooms)
        alice.log_in("alice", "/chat/")
        alice.make_room("lunch")
        bob.log_in("bob", "/chat/lunch/")
        for person in (alice, bob):
            person.wait_until_connected()
        self.ticks = 0

    def typist(self, stage, stack, server, form):
        cable = stack.enter_context(Cable(server.port))
        return Typist(stage.person(server), cable, form)

    def type(self, chance, seconds=TYPING):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            chance.choice(self.typists).type()
            self.lists[0].page.wait_for_timeout(chance.randrange(80))

    def mend(self):
        for typist in self.typists:
            typist.cable.plug()
        self.crash.unlink(missing_ok=True)
        for server in self.servers:
            if server.process.poll() is not None:
                server.kill()
                server.restart()

    def rows(self, query):
        path = f"file:{self.servers[0].database}?mode=ro"
        with sqlite3.connect(path, uri=True) as database:
            return database.execute(query).fetchall()

    def stored(self):
        """The texts in the order in which they were stored."""
        tasks = self.rows("SELECT name FROM checklist_task ORDER BY id")
        messages = self.rows("SELECT message FROM chat_message ORDER BY version")
        return [row[0] for row in tasks], [row[0] for row in messages]

    def waiting(self):
        return sum(typist.page.evaluate(WAITING) for typist in self.typists)

    def complaints(self) -> list[str]:
        """What is not as it should be."""
        tasks, messages = self.stored()
        found = []
        if waiting := self.waiting():
            found.append(f"{waiting} frames wait")
        for typist in self.typists:
            texts = tasks if typist in self.lists else messages
            its = [text for text in texts if text[0] == typist.letter]
            if its != typist.typed:
                found.append(f"of {typist.typed} there is {its}")
        saved = [[name] for name in tasks]
        for typist in self.lists:
            shown = [[title] for _, title, _ in typist.page.evaluate(SHOWN)]
            if shown != saved:
                found.append(f"{typist.letter} shows {shown}")
        for typist in self.rooms:
            # A page that comes back shows the last 50, and what is said from then on.
            shown = typist.page.evaluate(SAID)
            if len(shown) < min(50, len(messages)) or shown != messages[-len(shown) :]:
                found.append(f"{typist.letter} shows {shown}")
        if (version := self.version()) != len(tasks):
            found.append(f"version {version} after {len(tasks)} changes")
        return found

    def version(self):
        ((version,),) = self.rows("SELECT version FROM checklist_checklist")
        return version


def swallow(*directions):
    """One tab's cable carries nothing any more in these directions."""

    def swallow(office, chance):
        chance.choice(office.typists).cable.unplug(*directions)

    swallow.__name__ = f"swallow {' and '.join(directions)}"
    return swallow


def unplug_all(office, chance):
    for typist in office.typists:
        typist.cable.unplug()


def kill_a_server(office, chance):
    chance.choice(office.servers).process.kill()


def kill_between_commit_and_answer(office, chance):
    office.crash.touch()


def stop_a_server(office, chance):
    server = chance.choice(office.servers)
    server.process.terminate()
    try:
        server.process.wait(10)
    except subprocess.TimeoutExpired:
        # A consumer's thread waits for the event loop, which has ended: runserver hangs.
        # What looks after servers does this then.
        server.process.kill()
        server.process.wait(10)


FAULTS = [swallow("up"), swallow("down"), swallow("up", "down"), unplug_all]
FAULTS += [kill_a_server, kill_between_commit_and_answer, stop_a_server]


@pytest.fixture
def open_office(stage, needs_redis, tmp_path):
    with ExitStack() as stack:
        yield lambda **options: Office(stage, stack, tmp_path, **options)


def test_all_that_is_typed_is_there_once(open_office, once_seed):
    office, chance = open_office(), random.Random(once_seed)
    faults = chance.sample(FAULTS, len(FAULTS))
    for fault in faults:
        office.type(chance)
        fault(office, chance)
        office.type(chance)
        # Some faults are over before anybody has noticed.
        office.lists[0].page.wait_for_timeout(chance.choice([0, 3_000, 8_000]))
        office.mend()
    office.type(chance)

    since = time.monotonic()
    while complaints := office.complaints():
        office.mend()  # a server may have died after its fault was over
        took = time.monotonic() - since
        order = ", ".join(fault.__name__ for fault in faults)
        assert took < SECONDS, f"seed {once_seed}: {order}: {complaints}"
        office.lists[0].page.wait_for_timeout(300)
    tasks, messages = office.stored()
    assert len(tasks) > 20
    assert len(messages) > 20
    print(f"seed {once_seed}: {len(tasks)} tasks and {len(messages)} messages, once")


def test_frame_whose_server_died_before_it_answered_is_carried_out_once(open_office):
    """What the seeds do by chance, on its own: the row is there, the answer is not."""
    office = open_office()
    typist = office.lists[0]
    office.crash.touch()

    typist.type()
    typist.person.page.get_by_text("Offline").wait_for()
    assert office.stored()[0] == ["a0"]
    assert office.waiting() == 1
    office.mend()

    typist.person.page.get_by_text("Connected").wait_for()
    while office.waiting():
        typist.page.wait_for_timeout(100)
    assert office.complaints() == []


def test_duplicate_of_a_tab_sends_the_same_frames_and_they_count_once(open_office):
    office = open_office()
    typist = office.lists[0]
    typist.cable.unplug()
    for _ in range(3):
        typist.type()
    # A browser that duplicates a tab copies its session storage.
    copy = json.dumps(typist.page.evaluate("() => ({ ...sessionStorage })"))
    page = typist.page.context.new_page()
    page.add_init_script(f"Object.assign(sessionStorage, {copy})")
    sent = []

    def hear(frame):
        sent.append(frame)

    page.on("websocket", lambda socket: socket.on("framesent", hear))
    typist.cable.plug()
    page.goto(f"{office.servers[1].address}checklist/")

    until = time.monotonic() + SECONDS
    while office.complaints():
        assert time.monotonic() < until, office.complaints()
        page.wait_for_timeout(100)
    assert sum('"a0"' in frame for frame in sent) == 1


def test_step_without_ids_loses_what_is_typed_into_a_dead_socket(open_office):
    """The control: what this module looks for, the step before has not."""
    office = open_office(step=find_step("resync").name, edits=CLOCK)
    typist = office.lists[0]
    typist.type()
    typist.person.row("task", "a0").wait_for()

    typist.cable.unplug()
    typist.type()
    typist.person.page.get_by_text("Offline").wait_for()
    typist.cable.plug()
    typist.person.page.get_by_text("Connected").wait_for()

    assert office.stored()[0] == ["a0"]
    assert [c for c in office.complaints() if "['a0', 'a1'] there is ['a0']" in c]
