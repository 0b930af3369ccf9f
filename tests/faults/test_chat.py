"""Somebody speaks while Redis restarts: both pages show the room as it is, in order."""

import sqlite3
import time
from contextlib import ExitStack

import pytest

from tests.faults.test_faults import LAST
from tests.walks.lost import deaf
from tests.walks.stage import Person
from tools.chain.steps import find_step
from tools.servers.redis_server import redis_server
from tools.servers.step_server import HOST, free_port

PING = 2_000
PINGS = {"core/static/core/clock.js": [("20_000", f"{PING}")]}
# What two pings take, and on a busy machine the answers to them.
SECONDS = 2 * PING / 1000 + 1
SAID = (
    """() => [...document.querySelectorAll("#log .text")].map((x) => x.textContent)"""
)
SAY = """(text) => {
  const form = document.querySelector("#message-form");
  form.elements.message.value = text;
  form.requestSubmit();
}"""


class Room:
    """Alice and Bob in a room, each at a server of their own, behind one Redis."""

    def __init__(self, stage, stack: ExitStack, step: str):
        self.port = free_port()
        self.redis = stack.enter_context(ExitStack())
        self.start_redis()
        self.url = f"redis://{HOST}:{self.port}/0"
        self.server = stage.serve(step, PINGS, REDIS_URL=self.url)
        (self.alice,) = stage.room(self.server, "alice", room="lunch")
        self.bob = stage.person(stage.beside(self.server))
        self.bob.log_in("bob", "/chat/lunch/")
        self.bob.wait_until_connected()
        self.alice.sees("bob joined")
        self.number = 0

    def start_redis(self):
        self.redis.enter_context(redis_server(self.port))

    def stop_redis(self):
        self.redis.close()

    def say(self, count: int, *people: Person):
        """Let people say something, in turns."""
        for _ in range(count):
            person = people[self.number % len(people)]
            self.number += 1
            person.page.evaluate(SAY, f"{self.number}")
            person.page.wait_for_timeout(100)

    def stored(self) -> list[str]:
        path = f"file:{self.server.database}?mode=ro"
        with sqlite3.connect(path, uri=True) as database:
            rows = database.execute("SELECT message FROM chat_message ORDER BY id")
            return [text for (text,) in rows]

    def shown(self) -> list[list[str]]:
        return [person.page.evaluate(SAID) for person in (self.alice, self.bob)]

    def wait_until_stored(self):
        """A server that waits for Redis carries out later what it was sent."""
        until = time.monotonic() + 60
        while len(self.stored()) < self.number:
            assert time.monotonic() < until, self.stored()
            self.alice.page.wait_for_timeout(100)

    def wait_until_shown(self):
        """After two pings, both pages show all that is stored, in its order."""
        since = time.monotonic()
        while self.shown() != [self.stored()] * 2:
            took = time.monotonic() - since
            assert took < SECONDS, f"{took:.0f} s: {self.stored()}, {self.shown()}"
            self.alice.page.wait_for_timeout(50)


@pytest.fixture
def open_room(stage, needs_redis):
    with ExitStack() as stack:
        yield lambda step=LAST: Room(stage, stack, step)


def test_both_pages_show_what_was_said_while_redis_restarted(open_room):
    room = open_room()
    people = room.alice, room.bob
    room.say(6, *people)

    room.stop_redis()
    room.say(2, *people)
    room.start_redis()
    room.say(6, *people)

    room.wait_until_stored()
    room.wait_until_shown()
    assert len(room.stored()) == 14


def test_page_whose_server_heard_nothing_shows_it_after_two_pings(open_room):
    room = open_room()
    room.say(1, room.alice)
    room.bob.sees("1")

    with deaf(room.url):
        room.say(6, room.alice)
        room.wait_until_stored()
        room.alice.sees("7")
    room.wait_until_shown()
    room.say(6, room.alice, room.bob)
    room.wait_until_stored()
    room.wait_until_shown()

    assert len(room.stored()) == 13


def test_step_without_numbers_never_shows_it(open_room):
    """The control: this can see that a page lacks messages."""
    room = open_room(find_step("limits").name)
    room.say(1, room.alice)
    room.bob.sees("1")

    with deaf(room.url):
        room.say(1, room.alice)
        room.alice.sees("2")
    room.say(1, room.alice)
    room.bob.sees("3")
    room.bob.page.wait_for_timeout(2 * SECONDS * 1000)

    assert room.shown() == [["1", "2", "3"], ["1", "3"]]
