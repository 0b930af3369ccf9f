"""What the admin, locks and PostgreSQL do while people write, on the whole live system.

Whatever happens, no frame stays without an answer for long, what was acknowledged is in
the database, every tab equals it in the end, and nobody is a ghost for over 60 seconds.
"""

import asyncio
import itertools
import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress

import psycopg
import pytest
import requests

from tools.chain.steps import all_steps
from tools.live.clients import ChatPage, ChecklistPage
from tools.live.system import Live
from tools.servers.demo_users import make_crowd

# A lock is waited for 3 seconds, a connection as long, and two of our workers are slow.
ANSWERED, HEALED, GHOST = 20, 25, 60
ENDED = 4401
BUSY = "The database is busy. This is tried again in a moment."
ALICE, BOB, CAROL, ADMIN = (f"person{number:03}" for number in range(4))
MAKE_ADMIN = f"""
from django.contrib.auth import get_user_model
get_user_model().objects.filter(username={ADMIN!r}).update(
    is_staff=True, is_superuser=True)
"""
WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
NUMBERS = itertools.count()


class Tab(ChecklistPage):
    """A checklist whose frames have ids; `answers` has what came back for each."""

    def __init__(self, *args):
        self.answers: dict[str, str] = {}
        self.codes: list[int | None] = []
        super().__init__(*args)

    def hear(self, frame):
        if "frame_id" in frame:
            self.answers[frame["frame_id"]] = frame["type"]
        else:
            super().hear(frame)

    async def write(self, type, frame_id=None, **frame):
        """Send a frame; give the id by which it is answered."""
        frame_id = frame_id or f"frame-{next(NUMBERS)}"
        await self.send(type=type, frame_id=frame_id, **frame)
        return frame_id


class System:
    """The live system, its people, and the admin."""

    def __init__(self, live, crowd):
        self.live, self.crowd = live, crowd

    def page(self, kind, name):
        return kind(self.live.address, name, self.crowd[name], self.live.tls)

    @asynccontextmanager
    async def open(self, *wanted):
        """Open pages, each a kind and a name, and close them in the end."""
        pages = [self.page(*each) for each in wanted]
        try:
            async with asyncio.timeout(60):
                await asyncio.gather(*(page.ready.wait() for page in pages))
            yield pages
        finally:
            await asyncio.gather(*(page.close() for page in pages))

    def rows(self, query, *args):
        with psycopg.connect(self.live.postgres.url, autocommit=True) as database:
            return database.execute(query, args).fetchall()

    def tasks(self, name):
        query = "SELECT t.id, t.name FROM checklist_task t JOIN auth_user u"
        return dict(self.rows(f"{query} ON u.id = user_id WHERE username = %s", name))

    def user(self, name):
        return self.rows("SELECT id FROM auth_user WHERE username = %s", name)[0][0]

    def press(self, path, **form):
        """Press a button of the admin; give the status of the answer."""
        browser = requests.Session()
        browser.trust_env = False  # a machine may have authorities of its own
        browser.verify = str(self.live.folder / "authority.pem")
        browser.cookies["sessionid"] = self.crowd[ADMIN]
        url = f"{self.live.address}admin/{path}"
        page = browser.get(url, timeout=30)
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        if not found:
            return page.status_code
        form |= {"csrfmiddlewaretoken": found[1], "post": "yes"}
        done = browser.post(
            url, form, headers={"Referer": url}, timeout=30, allow_redirects=False
        )
        return done.status_code


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    with Live(all_steps()[-1], tmp_path_factory.mktemp("live"), workers=2) as live:
        yield live


@pytest.fixture(scope="module")
def crowd(live):
    crowd = make_crowd(live, 12)
    live.manage("shell", "--no-imports", "--command", MAKE_ADMIN)
    return crowd


@pytest.fixture
def system(needs_everything, live, crowd):
    return System(live, crowd)


async def until(condition, seconds, said):
    """Wait until a condition holds, or fail with what we say."""
    end = time.monotonic() + seconds
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < end, f"after {seconds} s: {said()}"
        await asyncio.sleep(0.1)


async def all_right(system, tabs):
    """Wait until every tab equals the database."""

    def wrong():
        return [tab for tab in tabs if tab.tasks != system.tasks(tab.name)]

    for tab in tabs:
        await tab.send(type="ping")
    await until(lambda: not wrong(), HEALED, lambda: f"{len(wrong())} tabs are wrong")


async def all_see(pages, names):
    """Wait until every page of the room shows these people."""

    def wrong():
        return [page.here for page in pages if page.here != names]

    await until(lambda: not wrong(), GHOST, wrong)


async def write(tabs, names, written):
    """Add tasks as fast as they are answered, and change others, until cancelled."""
    for tab in itertools.cycle(tabs):
        name = f"{names} {next(NUMBERS)}"
        frames = [await tab.write("task.create", name=name)]
        written[frames[0]] = name
        for pk in [*tab.tasks][:2]:
            frames.append(await tab.write("task.update", id=pk, name="Changed"))
            frames.append(await tab.write("item.create", task=pk, name="Flour"))
        start = time.monotonic()
        while not all(frame in tab.answers for frame in frames):
            waits = time.monotonic() - start
            assert waits < ANSWERED, "a frame has had no answer"
            if tab.code == ENDED:
                return
            await asyncio.sleep(0.005)


async def test_tasks_deleted_in_the_admin_while_two_tabs_write(system):
    async with system.open((Tab, ALICE), (Tab, ALICE)) as tabs:
        for number in range(30):
            await tabs[0].write("task.create", name=f"Victim {number}")
        await until(lambda: len(system.tasks(ALICE)) == 30, 20, lambda: "no tasks")
        victims = [*system.tasks(ALICE)]
        written: dict[str, str] = {}
        writing = asyncio.create_task(write(tabs, "Keep", written))

        statuses = []
        for pk in victims[:10]:
            path = f"checklist/task/{pk}/delete/"
            statuses.append(await asyncio.to_thread(system.press, path))
        action = {"action": "delete_selected", "_selected_action": victims[10:]}
        path = "checklist/task/"
        statuses.append(await asyncio.to_thread(system.press, path, **action))

        assert not writing.done(), writing.exception()
        writing.cancel()
        assert set(statuses) == {302}
        await all_right(system, tabs)
        assert not set(victims) & set(system.tasks(ALICE))
        stored = system.tasks(ALICE).values()
        told = [
            name
            for frame, name in written.items()
            if any(tab.answers.get(frame) == "ok" for tab in tabs)
        ]
        assert len(told) > 1
        # The oldest were renamed by the tabs after the victims had gone.
        lost = [name for name in told if name not in stored]
        assert len(lost) <= [*stored].count("Changed")


async def test_user_deleted_while_typing_is_gone_and_no_ghost(system):
    async with system.open(
        (Tab, CAROL), (Tab, CAROL), (ChatPage, CAROL), (ChatPage, BOB), (Tab, BOB)
    ) as (*tabs, _room, others, other):
        await until(lambda: CAROL in others.here, 20, lambda: "Carol is not seen")
        writing = asyncio.create_task(write(tabs, "Carol's", {}))
        await asyncio.sleep(1)

        path = f"auth/user/{system.user(CAROL)}/delete/"
        # Django collects what to delete, and a row that is written after that is in the
        # way (500). Whoever deletes presses again.
        for _ in range(20):
            status = await asyncio.to_thread(system.press, path)
            if status == 302:
                break
        deleted = time.monotonic()

        assert status == 302
        frame = await other.write("task.create", name="Buy bread")
        await until(lambda: other.answers.get(frame), ANSWERED, lambda: "no answer")
        assert other.answers[frame] == "ok"
        await until(lambda: CAROL not in others.here, GHOST, lambda: "a ghost")
        print(f"the ghost is gone after {time.monotonic() - deleted:.1f} s")
        await until(lambda: tabs[0].code == ENDED, 10, lambda: tabs[0].code)
        writing.cancel()
        for table in ("auth_user WHERE username", "chat_connection WHERE '' || id"):
            assert system.rows(f"SELECT * FROM {table} = %s", CAROL) == []


async def test_two_users_at_a_room_whose_row_is_locked(system):
    query = "SELECT * FROM chat_room WHERE name = 'general' FOR UPDATE"
    names = [f"person{number:03}" for number in range(4, 10)]
    async with system.open((ChatPage, ALICE), (ChatPage, BOB)) as pages:
        for seconds in (1, 5):  # shorter, and longer, than anybody waits for a lock
            with psycopg.connect(system.live.postgres.url) as database:
                database.execute(query)
                coming = [system.page(ChatPage, name) for name in names]
                await asyncio.sleep(seconds)
            await all_see([*pages, *coming], {ALICE, BOB, *names})
            await asyncio.gather(*(page.close() for page in coming))
            await all_see(pages, {ALICE, BOB})


async def test_full_pool_of_connections_is_told_and_heals(system):
    async with system.open((Tab, ALICE), (Tab, BOB)) as (alice, bob):
        await alice.write("task.create", name="Victim")
        await until(
            lambda: "Victim" in system.tasks(ALICE).values(), 20, lambda: "no task"
        )
        victim = max(system.tasks(ALICE))
        path = f"checklist/task/{victim}/delete/"
        query = "SELECT * FROM checklist_checklist WHERE user_id = %s FOR UPDATE"
        with psycopg.connect(system.live.postgres.url) as database:
            database.execute(query, [system.user(ALICE)])
            # Each of these holds a connection and waits for the row: there are 24.
            loop, many = asyncio.get_running_loop(), ThreadPoolExecutor(60)
            presses = [
                loop.run_in_executor(many, system.press, path) for _ in range(60)
            ]
            await until(
                lambda: len(system.rows(WAITING)) > 10, 10, lambda: "nobody waits"
            )
            frame = await bob.write("task.create", name="Bob's")
            # He gets a connection in time, or hears that the database is busy: that has no
            # id, so that his page keeps the frame.
            await until(
                lambda: frame in bob.answers or bob.errors,
                ANSWERED,
                lambda: "no answer",
            )
            told = bob.answers.get(frame) or bob.errors
            print(f"with a full pool, Bob is answered: {told}")
            assert told in ("ok", [BUSY])
        statuses = Counter(await asyncio.gather(*presses))
        print(f"the admin answers {dict(statuses)}")

        again = await bob.write("task.create", frame, name="Bob's")
        await until(lambda: bob.answers.get(again) == "ok", 30, lambda: bob.answers)
        await all_right(system, [alice, bob])
        assert [*system.tasks(BOB).values()].count("Bob's") == 1


async def test_postgresql_restarted_in_the_middle_of_transactions(system):
    query = "SELECT * FROM checklist_checklist WHERE user_id = %s FOR UPDATE"
    async with system.open((Tab, ALICE), (Tab, ALICE), (ChatPage, BOB)) as pages:
        *tabs, room = pages
        texts = {f"restart-{number}": f"Restart {number}" for number in range(20)}

        async def send(frames):
            for frame, tab in zip(frames, itertools.cycle(tabs), strict=False):
                await tab.write("task.create", frame, name=texts[frame])

        def missing():
            told = [
                frame
                for tab in tabs
                for frame, type in tab.answers.items()
                if type == "ok"
            ]
            return [frame for frame in texts if frame not in told]

        database = psycopg.connect(system.live.postgres.url)
        database.execute(query, [system.user(ALICE)])
        await send(texts)
        await asyncio.sleep(0.5)  # they have begun, and wait for the row
        postgres = system.live.postgres
        await asyncio.to_thread(postgres.stop)
        await asyncio.to_thread(postgres.start)
        with suppress(psycopg.Error):
            database.close()

        async with asyncio.timeout(90):
            while missing():
                await asyncio.gather(*(tab.ready.wait() for tab in tabs))
                await send(missing())
                await asyncio.sleep(1)
        await all_right(system, tabs)
        names = [*system.tasks(ALICE).values()]
        assert all(names.count(text) == 1 for text in texts.values())
        await until(lambda: room.here == {BOB}, GHOST, lambda: room.here)
