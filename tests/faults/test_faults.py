"""Two tabs write at random while something fails: in the end both equal the database."""

import random
import sqlite3
import time
from contextlib import ExitStack

import pytest
import redis

from tests.faults.flaky_proxy import Cable
from tests.walks.lost import deaf
from tools.chain.steps import all_steps, find_step
from tools.servers.redis_server import redis_server
from tools.servers.step_server import HOST, free_port

LAST = all_steps()[-1].name
# Pages ping every 20 seconds, and a socket that has died wants to be opened anew.
SECONDS = 25
WRITING = 4
# Change something as a person does, by the page's own forms.
CHANGE = """([chance, name]) => {
  const any = (selector) => {
    const found = [...document.querySelectorAll(selector)];
    return found[Math.floor(chance * 1000) % found.length];
  };
  const write = (form) => {
    if (!form) return;
    form.elements.name.value = name;
    form.requestSubmit();
  };
  const rename = (input) => {
    if (!input) return;
    input.value = name;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  [
    () => write(document.querySelector("#new-task")),
    () => write(any(".new-item")),
    () => write(any(".new-item")),
    () => rename(any("#tasks .card [name=name]:not(.new-item *)")),
    () => any(".items [type=checkbox]")?.click(),
    () => any("#tasks .card button[data-type$=delete]")?.click(),
  ][Math.floor(chance * 6)]();
}"""
SHOWN = """() => [...document.querySelectorAll("#tasks .card")].map((card) => [
  Number(card.dataset.id),
  card.querySelector(".title").value,
  [...card.querySelectorAll(".items > li")].map((item) => [
    Number(item.dataset.id),
    item.querySelector("[aria-label=Item]").value,
    item.querySelector("[type=checkbox]").checked,
  ]),
])"""


class Party:
    """Two servers behind one Redis, and a tab of Alice's at each."""

    def __init__(self, stage, stack: ExitStack, step: str = LAST):
        self.stack = stack
        self.redis_port = free_port()
        self.redis = stack.enter_context(ExitStack())
        self.start_redis()
        self.url = f"redis://{HOST}:{self.redis_port}/0"
        self.server = stage.serve(step, REDIS_URL=self.url)
        self.beside = stage.beside(self.server)
        self.cable = stack.enter_context(Cable(self.server.port))
        self.tabs = [stage.person(self.server), stage.person(self.beside)]
        self.tabs[0].address = f"http://{HOST}:{self.cable.port}/"
        for tab in self.tabs:
            tab.open_checklist("alice")

    def start_redis(self):
        self.redis.enter_context(redis_server(self.redis_port))

    def stop_redis(self):
        self.redis.close()

    def write(self, chance: random.Random, seconds: float):
        """Let both tabs change something, again and again."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            tab = chance.choice(self.tabs)
            name = f"{chance.randrange(10**6)}"
            tab.page.evaluate(CHANGE, [chance.random(), name])
            tab.page.wait_for_timeout(chance.randrange(60))

    def saved(self) -> list:
        """What the database has, as a page shows it."""
        with sqlite3.connect(f"file:{self.server.database}?mode=ro", uri=True) as db:
            items = db.execute(
                "SELECT task_id, id, name, done_at IS NOT NULL FROM checklist_item"
                " ORDER BY id"
            ).fetchall()
            tasks = db.execute("SELECT id, name FROM checklist_task ORDER BY id")
            return [
                [pk, name, [[i, n, bool(d)] for t, i, n, d in items if t == pk]]
                for pk, name in tasks
            ]

    def wrong(self) -> list:
        """The tabs that show something else than the database has."""
        saved = self.saved()
        return [tab for tab in self.tabs if tab.page.evaluate(SHOWN) != saved]


def restart_redis(party, write):
    party.stop_redis()
    party.start_redis()


def kill_redis_for_ten_seconds(party, write):
    party.stop_redis()
    write(10)
    party.start_redis()


def flush_redis(party, write):
    redis.Redis(port=party.redis_port).flushall()


def drop_events(party, write):
    """Redis forgets its subscribers: what is published until they are back is lost."""
    for _ in range(3):
        redis.Redis(port=party.redis_port).client_kill_filter(_type="pubsub")
        write(1)


def kill_a_server(party, write):
    party.beside.kill()
    write(3)
    party.beside.restart()


def sleep(party, write):
    """One tab's connection is dead and nobody is told."""
    party.cable.unplug()
    write(12)
    party.cable.plug()


def sleep_over_a_ping(party, write):
    """The page notices, and tries to connect where nobody answers."""
    party.cable.unplug()
    write(25)
    party.cable.plug()


def lose_and_sleep(party, write):
    """Two at once."""
    party.cable.unplug()
    restart_redis(party, write)
    write(2)
    party.cable.plug()


FAULTS = [restart_redis, kill_redis_for_ten_seconds, flush_redis, drop_events]
FAULTS += [kill_a_server, sleep, lose_and_sleep, sleep_over_a_ping]


@pytest.fixture
def party(stage, needs_redis):
    with ExitStack() as stack:
        yield Party(stage, stack)


def test_both_tabs_equal_the_database_after_a_fault(party, seed):
    fault = FAULTS[seed % len(FAULTS)]
    chance = random.Random(seed)

    def write(seconds):
        party.write(chance, seconds)

    write(WRITING)
    fault(party, write)
    write(WRITING)

    healed = time.monotonic()
    while party.wrong():
        took = time.monotonic() - healed
        assert took < SECONDS, f"{fault.__name__}: a tab is wrong for {took:.0f} s"
        party.tabs[0].page.wait_for_timeout(200)
    saved = party.saved()
    took = time.monotonic() - healed
    print(
        f"seed {seed}, {fault.__name__}: {len(saved)} tasks, right after {took:.1f} s"
    )
    assert saved, "nobody has written anything"


def test_faults_find_the_step_without_numbers_wrong(stage, needs_redis):
    """The control: one lost event is enough for the step before, and this can see it."""
    with ExitStack() as stack:
        party = Party(stage, stack, find_step("limits").name)
        one, other = party.tabs
        one.add_task("Buy bread")
        other.row("task", "Buy bread").wait_for()
        with deaf(party.url):
            one.add_task("Bake a cake")
            one.row("task", "Bake a cake").wait_for()
        one.add_task("Call Bob")
        other.row("task", "Call Bob").wait_for()

        other.page.wait_for_timeout(SECONDS * 1000)

        assert party.wrong() == [other]
