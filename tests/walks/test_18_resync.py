"""Walks of docs/18_resync.md."""

from contextlib import ExitStack

import pytest

from tests.walks.lost import deaf
from tests.walks.stage import answer
from tools.servers.redis_server import redis_server
from tools.servers.step_server import free_port

STEP_BEFORE, STEP = "17_limits", "18_resync"
TALL = {"width": 460, "height": 660}
CLOCK = "core/static/core/clock.js"
NUMBERING, ROOM = "core/numbering.py", "chat/static/chat/room.js"


def pings_every(milliseconds):
    return {CLOCK: [("20_000", f"{milliseconds}")]}


# What a page learns in time is told by the changes alone.
NO_PINGS = pings_every(3_600_000)
# The number is read before the transaction; meanwhile somebody else reads it too.
TOO_EARLY = {
    NUMBERING: [
        ("from django.db", "import time\n\nfrom django.db"),
        (
            """\
        with transaction.atomic():
            self.numbered = self.lock()
            super().receive_json(content, **kwargs)
""",
            """\
        self.numbered = self.lock()
        time.sleep(8 if "cake" in content["name"] else 5)
        super().receive_json(content, **kwargs)
""",
        ),
    ]
}


def is_ping(frame):
    return '"type":"ping"' in frame or '"type": "pong"' in frame


def forget_pings(*tabs):
    for tab in tabs:
        tab.frames = [frame for frame in tab.frames if not is_ping(frame)]


@pytest.fixture
def open_tabs(stage):
    """Two tabs of Alice's, each at a server of its own."""

    def open_tabs(step, edits, url=None):
        server = stage.serve(step, edits, REDIS_URL=url or stage.redis())
        servers = server, stage.beside(server)
        tabs = [stage.person(each) for each in servers]
        for tab in tabs:
            tab.open_checklist("alice")
            tab.hears("task.list")
            tab.page.set_viewport_size(TALL)
        return tabs

    return open_tabs


def add(name, sender, *tabs):
    """Add a task in one tab and wait until it and others have heard of it."""
    sender.add_task(name)
    for tab in (sender, *tabs):
        tab.row("task", name).wait_for()
        tab.hears(f'"{name}"')


def lose_one_of_three(one, other, url):
    """Three tasks; of the second, the other tab's server hears nothing."""
    add("Buy bread", one, other)
    with deaf(url):
        add("Bake a cake", one)
    add("Call Bob", one, other)


def titles(tab):
    return tab.page.locator(".title").evaluate_all("all => all.map((x) => x.value)")


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("18"))


@pytest.fixture
def open_room(stage):
    """Alice and Bob in a room, each at a server of their own."""

    def open_room(step, edits, url):
        server = stage.serve(step, edits, REDIS_URL=url)
        (alice,) = stage.room(server, "alice", room="lunch")
        bob = stage.person(stage.beside(server))
        bob.log_in("bob", "/chat/lunch/")
        bob.wait_until_connected()
        alice.sees("bob joined")
        return alice, bob

    return open_room


def say(text, alice, *others):
    alice.say(text)
    for person in (alice, *others):
        person.sees(text)
        person.hears(f'"{text}"')


def miss_one_of_three(alice, bob, url):
    """Three messages; of the second, Bob's server hears nothing."""
    say("Lunch is ready", alice, bob)
    with deaf(url):
        say("It gets cold", alice)
    say("Too late", alice, bob)


def said(person):
    """What stands in the log, without who comes and goes."""
    return person.page.locator("#log .text").all_inner_texts()


def forget_people(*people):
    for person in people:
        person.frames = [frame for frame in person.frames if '"user.' not in frame]


def test_step_before_leaves_a_page_wrong(open_room, stage, recorder):
    url = stage.redis()
    alice, bob = open_room(STEP_BEFORE, NO_PINGS, url)

    miss_one_of_three(alice, bob, url)

    assert said(alice) == ["Lunch is ready", "It gets cold", "Too late"]
    assert said(bob) == ["Lunch is ready", "Too late"]
    forget_people(bob)
    recorder.frames("lost.txt", {"Bob's page": bob})
    recorder.picture("wrong", {"Alice": alice, "Bob": bob})
    bob.page.reload()
    bob.sees("It gets cold")


def test_step_before_leaves_a_checklist_wrong(open_tabs, stage):
    url = stage.redis()
    one, other = open_tabs(STEP_BEFORE, NO_PINGS, url)

    lose_one_of_three(one, other, url)

    assert titles(one) == ["Buy bread", "Bake a cake", "Call Bob"]
    assert titles(other) == ["Buy bread", "Call Bob"]


def test_gap_in_a_room_is_seen_and_healed(open_room, stage, recorder):
    url = stage.redis()
    alice, bob = open_room(STEP, NO_PINGS, url)

    miss_one_of_three(alice, bob, url)
    bob.sees("It gets cold")

    assert said(bob) == said(alice) == ["Lunch is ready", "It gets cold", "Too late"]
    forget_people(bob)
    recorder.frames("frames-gap.txt", {"Bob's page": bob})
    recorder.picture("healed", {"Alice": alice, "Bob": bob})


def test_ping_heals_a_room_that_heard_nothing(open_room, stage):
    url = stage.redis()
    alice, bob = open_room(STEP, pings_every(2_000), url)
    say("Lunch is ready", alice, bob)

    with deaf(url):
        say("It gets cold", alice)
    bob.sees("It gets cold")

    assert said(bob) == ["Lunch is ready", "It gets cold"]
    assert '→ {"type":"message.list","after":1}' in bob.frames
    bob.page.wait_for_timeout(5_000)
    asked = [frame for frame in bob.frames if frame.startswith('→ {"type":"message')]
    assert len(asked) == 1


def test_page_that_has_missed_more_than_fifty_begins_anew(open_room, stage):
    url = stage.redis()
    alice, bob = open_room(STEP, NO_PINGS, url)
    say("Lunch is ready", alice, bob)

    with deaf(url):
        for number in range(55):
            alice.say(f"{number}")
        alice.sees("54")
    bob.page.evaluate("dispatchEvent(new Event('online'))")
    bob.sees("54")

    assert said(bob) == [f"{number}" for number in range(5, 55)]


def test_gap_in_a_checklist_is_seen_and_healed(open_tabs, stage):
    url = stage.redis()
    one, other = open_tabs(STEP, NO_PINGS, url)

    lose_one_of_three(one, other, url)
    for tab in (one, other):
        tab.row("task", "Bake a cake").wait_for()

    assert titles(other) == titles(one) == ["Buy bread", "Bake a cake", "Call Bob"]
    assert other.frames.count('→ {"type":"task.list"}') == 1


def test_ping_heals_a_tab_that_heard_nothing(open_tabs, stage, recorder):
    url = stage.redis()
    one, other = open_tabs(STEP, pings_every(2_000), url)
    add("Buy bread", one, other)

    with deaf(url):
        add("Bake a cake", one)
    other.row("task", "Bake a cake").wait_for()
    other.hears('"Bake a cake"')

    # Other pings may lie between, before and after.
    asked = other.frames.index('→ {"type":"task.list"}')
    ping, pong = other.frames.index('→ {"type":"ping"}'), asked - 1
    frames = [other.frames[ping], other.frames[pong], *other.frames[asked:]]
    other.frames = frames[:2] + [x for x in frames[2:] if not is_ping(x)]
    assert not any("task.create" in frame for frame in other.frames)
    recorder.frames("frames-ping.txt", {"the second tab": other}, pings=True)


def test_change_without_redis_is_saved_and_followed(open_tabs, recorder, stage):
    port = free_port()
    with ExitStack() as redis:
        url = redis.enter_context(redis_server(port))
        one, other = open_tabs(STEP, pings_every(2_000), url)
        add("Buy bread", one, other)
        forget_pings(one)
        one.frames.clear()

    one.add_task("Bake a cake")
    one.page.get_by_role("alert").get_by_text("Saved. Your other tabs").wait_for()
    one.hears('"saved"')
    other.row("task", "Bake a cake").wait_for()
    assert not any('"saved"' in frame for frame in other.frames)
    forget_pings(one)
    recorder.frames("frames-saved.txt", {"the first tab": one})
    recorder.picture("saved", {"Alice's first tab": one, "Alice's second tab": other})

    stage.stack.enter_context(redis_server(port))
    one.add_task("Call Bob")
    for tab in (one, other):
        tab.row("task", "Call Bob").wait_for()


def test_number_of_another_transaction_is_given_twice(open_tabs, recorder):
    edits = TOO_EARLY | NO_PINGS
    one, other = open_tabs(STEP, edits)

    one.add_task("Buy bread")
    other.add_task("Bake a cake")
    for tab in (one, other):
        tab.hears("Buy bread")
        tab.hears("Bake a cake")

    for tab in (one, other):
        assert titles(tab) == ["Buy bread"]
    # The page asks how new the list is, and all looks well.
    one.page.evaluate("dispatchEvent(new Event('online'))")
    one.hears('"pong"')
    assert '→ {"type":"task.list"}' not in one.frames
    recorder.frames("twice.txt", {"the first tab": one}, pings=True)


def test_answer_says_how_many_messages_came_late(open_room, stage):
    ((_, code),) = answer(STEP, "javascript")
    line = "  messages.filter(isNew).forEach(addMessage);\n"
    url = stage.redis()
    alice, bob = open_room(STEP, {ROOM: [(line, code)]} | NO_PINGS, url)

    miss_one_of_three(alice, bob, url)
    bob.sees("It gets cold")

    assert bob.log[-4:] == [
        "alice Lunch is ready",
        "Missed messages: 2",
        "alice It gets cold",
        "alice Too late",
    ]
