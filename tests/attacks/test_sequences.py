"""Any frames in any order, from several people on several tabs: nothing comes apart.

Real servers, because between a socket and a row is most of what could go wrong: threads,
the outbox, the layer, transactions. One frame costs about 10 milliseconds of CPU there.
A step in one process without sockets would need half of that, and prove less.
"""

import json
import sys
import time
from collections import Counter
from contextlib import ExitStack, suppress

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.attacks import texts
from tests.attacks.model import ERROR, Person, chat_answers, is_frame_id, read
from tests.attacks.tabs import ChatTab, ListTab
from tests.attacks.world import ROOMS, World
from tests.conftest import need
from tools.chain.steps import all_steps, copy_step
from tools.servers.redis_server import find_redis, redis_server
from tools.servers.step_server import free_port

MOST_TABS = 10
PING_SECONDS = 8
STEPS = 20
# What answers one who asks; all else is told to everybody whom it concerns.
DIRECT = {"error", "ok", "saved", "pong", "task.list", "message.older"}
DIRECT.add("private.message.delivered")
SESSION_ENDED, NOT_SHARED = 4401, 4403
# The tabs that are there from the start: what, whose, at which server, by a token or not.
BEGIN = [(0, 0, 0), (0, 1, 1), (0, 0, 1, True), (1, 0, 0), (1, 1, 1, True), (2, 0, 1)]
# And who shares the first person's list from then on.
SHARED = {1: "editor", 2: "reader"}
CHANGES = {f"{kind}.{action}" for kind in ("task", "item") for action in texts.KINDS}
tab_numbers = st.integers(0, MOST_TABS - 1)


def in_some_order(log):
    """A room's messages. Two processes may tell what came at once in another order."""
    at_once = [message for message in log if message[1].startswith("all ")]
    return [message for message in log if message not in at_once], sorted(at_once)


class Attack(RuleBasedStateMachine):
    """People, their tabs and a model; `world` is set by the test that runs this."""

    world: World

    @initialize()
    def begin(self):
        self.tabs: list = []
        self.world.begin()
        self.people = {name: Person(name) for name in self.world.people}
        self.rooms: dict[str, list] = {room: [] for room in ROOMS}
        self.private: dict = {}  # by tab, what it should have been told
        self.texts = 0
        for tab in BEGIN:
            self.open(*tab)
        for who, role in SHARED.items():
            self.share(who, role)
            self.open(3, who, who, by_token=who == 1)
        for tab in self.tabs[:2]:
            self.sent([tab], {"type": "task.create", "name": "Buy bread"})
            task = self.resolved({"task": texts.Row("task", -1)})
            self.sent([tab], {"type": "item.create", "name": "Flour", **task})

    @invariant()
    def ping(self):
        """Say that pages live, as they do themselves: on a slow machine they would go."""
        for tab in getattr(self, "tabs", []):
            if time.monotonic() - tab.pinged > PING_SECONDS:
                tab.pinged = time.monotonic()
                tab.send({"type": "ping"})
                tab.answers(tab.mark())

    # What people do

    @precondition(lambda self: len(self.tabs) < MOST_TABS)
    @rule(
        place=st.integers(0, 3),
        who=st.integers(0, 2),
        server=st.integers(0, 1),
        by_token=st.booleans(),
    )
    def open_tab(self, place, who, server, by_token):
        owner, *_ = self.people.values()
        if place == 3 and who and [*self.people][who] not in owner.roles:
            with pytest.raises(InvalidStatus):
                self.open(place, who, server, by_token)
        else:
            self.open(place, who, server, by_token)

    @rule(
        who=st.integers(1, 2),
        role=st.sampled_from(["editor", "reader", None]),
        sends=st.booleans(),
    )
    def change_role(self, who, role, sends):
        self.share(who, role, sends)

    @precondition(lambda self: self.tabs)
    @rule(number=tab_numbers, politely=st.booleans())
    def close(self, number, politely):
        self.closed(self.tab(number), politely)

    @precondition(lambda self: self.tabs)
    @rule(number=tab_numbers, politely=st.booleans())
    def reload(self, number, politely):
        tab = self.tab(number)
        self.closed(tab, politely)
        tab.open()
        self.opened(tab)

    @precondition(lambda self: self.tabs)
    @rule(number=tab_numbers, frames=texts.spoiled(texts.list_frames))
    def change_checklist(self, number, frames):
        for frame in frames:
            self.sent([self.tab(number, ListTab)], self.resolved(frame))

    @precondition(lambda self: self.tabs)
    @rule(number=tab_numbers, frames=texts.spoiled(texts.list_frames))
    def change_two_checklists(self, number, frames):
        for frame in frames:
            number += 1
            self.sent([self.tab(number, ListTab)], self.resolved(frame))

    @precondition(lambda self: self.tabs)
    @rule(number=tab_numbers, frames=texts.spoiled(texts.chat_frames))
    def chat(self, number, frames):
        for frame in frames:
            self.sent([self.tab(number, ChatTab)], self.resolved(frame))

    @precondition(lambda self: self.tabs)
    @rule(number=tab_numbers, text=texts.raw)
    def send_raw(self, number, text):
        self.sent([self.tab(number)], texts.GIANTS.get(text, text))

    @precondition(lambda self: self.tabs)
    @rule(number=tab_numbers, data=st.data(), id=texts.frame_ids)
    def send_twice_at_once(self, number, data, id):
        """By two tabs of one person that show the same, if there are two."""
        tab = self.tab(number)
        frames = texts.list_frames if isinstance(tab, ListTab) else texts.chat_frames
        frame = self.resolved(data.draw(frames)) | {"frame_id": id}
        alike = [t for t in self.tabs if (t.person, t.path) == (tab.person, tab.path)]
        self.sent([alike[0], alike[-1]], frame)

    @precondition(lambda self: self.tabs)
    @rule()
    def all_write_at_once(self):
        """Each tab adds something of its own. Who was first is known by nobody."""
        self.texts += 1
        written, marks = {}, []
        for number, tab in enumerate(self.tabs):
            text = f"all {self.texts}.{number}"
            tab.send(
                {"type": "task.create", "name": text}
                if isinstance(tab, ListTab)
                else {"message": text}
            )
            if getattr(tab, "role", None) != "reader":
                written[text] = getattr(tab, "owner", tab.person)
            marks.append(tab.mark())
        for tab, mark in zip(self.tabs, marks, strict=True):
            types = {each["type"] for each in tab.answers(mark)}
            is_refused = getattr(tab, "role", None) == "reader"
            assert ("error" in types) == is_refused
        self.believe(written)
        self.catch_up()
        for tab in self.tabs:
            if getattr(tab, "gaps", 0):  # it has asked for the list, and gets it
                tab.gaps = 0
                tab.answers(tab.mark())

    def believe(self, written):
        """Take the order of what was written at once from the database."""
        for name, person in self.people.items():
            for pk, text, _ in self.world.checklist(name):
                if text in written and pk not in person.tasks:
                    assert written.pop(text) == name
                    person.carry_out({"type": "task.create", "name": text}, pk, name)
        for room, messages in self.rooms.items():
            for name, text in self.world.messages(room)[len(messages) :]:
                assert written.pop(text) == name
                messages.append((name, text))
        assert not written

    @precondition(lambda self: self.tabs)
    @rule(number=tab_numbers)
    def log_out(self, number):
        """End the session of a tab, or its token, and all tabs that were opened by it."""
        person, by_token = self.tab(number).person, bool(self.tab(number).ticket)
        end = self.world.end_token if by_token else self.world.log_out
        end(person)
        mine = [tab for tab in self.tabs if tab.person == person]
        ended = [tab for tab in mine if bool(tab.ticket) == by_token]
        # For a second, what they send may still be carried out: so they send nothing.
        self.ended(ended, SESSION_ENDED, sends=False)

    # What the model makes of it

    def tab(self, number, kind=object):
        some = [tab for tab in self.tabs if isinstance(tab, kind)] or self.tabs
        return some[number % len(some)]

    def open(self, place, who, server, by_token=False):
        person = [*self.people][who]
        self.opened(self.world.open(place, person, server, by_token))

    def share(self, who, role, sends=False):
        """Let the first person invite somebody, give them another role, or remove them."""
        owner, name = next(iter(self.people.values())), [*self.people][who]
        if role == owner.roles.get(name):
            return
        lists = [tab for tab in self.tabs if isinstance(tab, ListTab)]
        tab = next((tab for tab in lists if tab.person == owner.name), None)
        if tab is None:
            self.open(0, 0, 0)
            tab = self.tabs[-1]
        frame = {"type": "member.create", "user": name, "role": role}
        if name in owner.roles:
            id = tab.members[name]
            frame = {"type": "member.update", "id": id, "role": role}
            if role is None:
                frame = {"type": "member.delete", "id": id}
        tab.send(frame)
        heard = tab.answers(tab.mark())
        assert "error" not in {each["type"] for each in heard}, heard
        owner.version += 1
        owner.roles[name] = role
        if role is None:
            del owner.roles[name]
            out = [t for t in lists if (t.person, t.owner) == (name, owner.name)]
            self.ended(out, NOT_SHARED, sends)
        self.catch_up()
        for each in self.tabs:
            each.seen.clear()  # the list that each got without asking

    def ended(self, tabs, code, sends):
        """What is sent to sockets that have ended is not carried out, and they close."""
        for tab in tabs:
            with suppress(ConnectionClosed):
                if sends:
                    tab.send({"type": "task.create", "name": "late"})
                    tab.send({"message": "late"})
            assert tab.closes_with() == code
        self.forget(*tabs)

    def opened(self, tab):
        self.tabs.append(tab)
        self.private[tab] = []

    def closed(self, tab, politely):
        tab.close(politely)
        self.forget(tab)

    def forget(self, *tabs):
        self.tabs = [tab for tab in self.tabs if tab not in tabs]
        rooms = [tab for tab in self.tabs if not isinstance(tab, ListTab)]
        present = Counter(tab.person for tab in rooms)
        self.world.until(lambda: self.world.present() == present)

    def resolved(self, frame):
        """The frame with the ids of rows, of whomever they are, as they now stand."""
        people = self.people.values()
        tasks = [task for person in people for task in person.tasks.items()]
        rows = {
            "task": [pk for pk, _ in tasks],
            "item": [pk for _, task in tasks for pk in task.items],
        }

        def pk(value):
            if not isinstance(value, texts.Row):
                return value
            some = rows[value.kind]
            return some[value.number % len(some)] if some else 1

        return {key: pk(value) for key, value in frame.items()}

    def sent(self, tabs, frame):
        """Send a frame by each of some tabs that show the same; look at the answers."""
        if isinstance(frame, dict) and str(frame.get("type")).startswith("member."):
            frame = frame | {"id": 0}
        raw = frame if isinstance(frame, str | bytes) else json.dumps(frame)
        for tab in tabs:
            tab.send(raw)
        marks = [(tab, tab.mark()) for tab in dict.fromkeys(tabs)]
        heard = [each for tab, mark in marks for each in tab.answers(mark)]
        direct = [each for each in heard if each["type"] in DIRECT]
        content = read(raw)
        allowed = self.allowed(tabs[0], content)
        frame_id = (content or {}).get("frame_id")
        frame_id = frame_id if is_frame_id(frame_id) else None
        if any(each["type"] == "error" for each in direct):
            assert "error" in allowed, (direct, frame)
            assert [each.get("frame_id") for each in direct] == [frame_id] * len(tabs)
            assert {each["type"] for each in direct} == ERROR
            return
        types = Counter(each["type"] for each in direct)
        if frame_id:
            assert types.pop("ok", 0) == len(tabs)
        if frame_id in self.people[tabs[0].person].carried_out:
            assert not types, direct
            return
        (type,) = allowed - ERROR or {"error"}
        assert types == ({type: 1} if type in DIRECT else {}), (direct, frame)
        self.carried_out(tabs[0], type, content)

    def allowed(self, tab, content):
        """The types of frame one of which is the answer to one that is no repetition."""
        person = self.people[tab.person]
        if content is None:
            return ERROR
        if "frame_id" in content and not is_frame_id(content["frame_id"]):
            return ERROR
        if content.get("frame_id") in person.carried_out:
            return frozenset({"ok"})
        if isinstance(tab, ListTab):
            owner = self.people[tab.owner]
            may = owner.may(tab.person, content)
            return owner.answers(content) if may else ERROR
        present = {each.person for each in self.tabs if not isinstance(each, ListTab)}
        return chat_answers(content, present, {*self.people})

    def carried_out(self, tab, type, content):
        """Do to the model what was done, and wait until all are told who should be."""
        if "frame_id" in content:
            self.people[tab.person].carried_out.add(content["frame_id"])
        if type in CHANGES:
            person = self.people[tab.owner]
            gaps = tab.gaps
            tab.until(lambda: tab.version > person.version)
            shown, known = (
                tab.items,
                {i for t in person.tasks.values() for i in t.items},
            )
            if type == "task.create":
                shown, known = tab.tasks, person.tasks.keys()
            new = shown.keys() - known if type.endswith(".create") else {None}
            person.carry_out(content, *new, tab.person)
            assert tab.gaps == gaps, "the page has missed a change"
        elif type == "chat.message":
            self.rooms[tab.room].append((tab.person, content["message"].strip()))
        elif type == "private.message.delivered":
            _, target, text = content["message"].strip().split(maxsplit=2)
            for each in self.tabs:
                if each.person == target:
                    self.private[each].append((tab.person, text))
        self.catch_up()

    def catch_up(self):
        """Let each tab read what it should have been told by now."""
        for tab in self.tabs:
            with suppress(TimeoutError):
                tab.until(lambda tab=tab: self.view(tab) == self.wanted(tab))
            assert self.view(tab) == self.wanted(tab), (tab.person, tab.path)

    def view(self, tab):
        """What a tab shows."""
        if isinstance(tab, ListTab):
            return tab.version, tab.role, tab.shown()
        return tab.here, in_some_order(tab.log), tab.private

    def wanted(self, tab):
        """What a tab should show."""
        if isinstance(tab, ListTab):
            owner = self.people[tab.owner]
            role = owner.roles.get(tab.person, "owner")
            return owner.version, role, owner.shown()
        messages = self.rooms[tab.room]
        heard = max(min(50, len(messages)), len(tab.log))
        here = {t.person for t in self.tabs if getattr(t, "room", None) == tab.room}
        log = messages[max(0, len(messages) - heard) :]
        return here, in_some_order(log), self.private[tab]

    def compare(self):
        """The model, the database and every tab agree, and every socket lives."""
        self.catch_up()
        for tab in self.tabs:
            heard = tab.answers(tab.mark())
            assert "error" not in {each["type"] for each in heard}
        for name, person in self.people.items():
            assert self.world.checklist(name) == person.shown()
            assert self.world.version(name) == person.version
        for room, messages in self.rooms.items():
            assert self.world.messages(room) == messages
        assert not self.world.complaints()

    def teardown(self):
        with ExitStack() as stack:
            for tab in getattr(self, "tabs", []):
                stack.callback(tab.close)
            if sys.exception() is None:
                self.compare()


@pytest.fixture(scope="module", params=["memory", "redis"])
def redis_url(request):
    """The address of a Redis that two servers share, or nothing for one server."""
    if request.param == "memory":
        yield None
        return
    need(find_redis)
    with redis_server(free_port()) as url:
        yield url


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def postgres_url(request):
    if request.param == "sqlite":
        yield None
        return
    yield request.getfixturevalue("database_server").url


@pytest.fixture(scope="module")
def world(tmp_path_factory, redis_url, postgres_url):
    """In memory on Daphne and SQLite, the others on uvicorn."""
    kind = "uvicorn" if redis_url or postgres_url else "daphne"
    folder = tmp_path_factory.mktemp("world")
    with World(folder, kind, redis=redis_url, postgres=postgres_url) as world:
        yield world


def attack(world, **options):
    """Let Hypothesis attack some servers, as often as its settings say."""
    machine = type("Attack", (Attack,), {"world": world})
    options = settings(stateful_step_count=STEPS, **options)
    run_state_machine_as_test(machine, settings=options)


def test_no_sequence_of_frames_parts_model_database_and_tabs(world):
    attack(world)


FAULTS = {
    "role": (
        "checklist/receivers.py",
        "permission_classes = (IsEditor,)",
        "permission_classes = ()",
    ),
    "foreign": ("checklist/receivers.py", ".filter(task__user=self.owner)", ".all()"),
    "twice": (
        "once/mixins.py",
        'CarriedOut.remember(self.scope["user"], frame_id)',
        "pass",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_attack_finds_a_planted_fault(tmp_path, fault):
    path, old, new = FAULTS[fault]
    copy_step(all_steps()[-1], tmp_path / "step")
    file = tmp_path / "step" / path
    text = file.read_text("utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), "utf-8")
    generate = {"phases": [Phase.generate], "database": None, "max_examples": 50}
    with (
        World(tmp_path, step=tmp_path / "step") as world,
        # A tab also says KeyError: it hears of a row that it never had.
        pytest.raises((AssertionError, KeyError)),
    ):
        attack(world, **generate)
