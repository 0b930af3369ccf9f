from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.contrib.sessions.models import Session
from django.db import connections
from django.test import AsyncClient
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from checklist.models import Checklist, Task
from core import sessions

CLOSED = {"type": "websocket.close", "code": 4401}


@pytest.fixture
def clock(monkeypatch):
    """Seconds that pass when a test says so, in which the watch does not look."""
    monkeypatch.setattr(sessions, "EVERY", 60)
    now = [1000.0]
    monkeypatch.setattr(sessions, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def asked(monkeypatch):
    """How many sockets were asked about, each time that it was asked."""
    counts, ended = [], sessions.ended

    def count(sockets):
        dead = ended(sockets)
        counts.append(len(sockets))
        return dead

    monkeypatch.setattr(sessions, "ended", count)
    return counts


async def log_out(user, browser):
    await browser.post("/accounts/logout/")


async def deactivate(user, browser):
    await type(user).objects.filter(pk=user.pk).aupdate(is_active=False)


async def change_password(user, browser):
    user.set_password("another")
    await user.asave()


async def delete_user(user, browser):
    await user.adelete()


async def let_expire(user, browser):
    await Session.objects.aupdate(expire_date=timezone.now() - timedelta(seconds=1))


@pytest.fixture
def add(answer):
    """Let a tab add a task."""

    async def add(tab, name):
        return await answer(tab, {"type": "task.create", "name": name})

    return add


@pytest.mark.parametrize(
    "end", [log_out, deactivate, change_password, delete_user, let_expire]
)
async def test_no_frame_is_carried_out_later_than_a_second_after_the_end(
    checklist, alice, add, clock, end
):
    browser = AsyncClient()
    await browser.aforce_login(alice)
    tab = await checklist(browser=browser)
    await add(tab, "In time")
    clock[0] += 0.4
    await end(alice, browser)
    clock[0] += 0.7

    await tab.send_json_to({"type": "task.create", "name": "Too late"})

    assert await tab.receive_output(timeout=5) == CLOSED
    assert not await Task.objects.filter(name="Too late").aexists()


async def test_frame_that_is_trusted_asks_nothing(checklist, add, clock, asked):
    tab = await checklist()

    for number in range(5):
        await add(tab, f"Task {number}")

    assert asked == [1]


async def test_frames_do_not_renew_the_trust(checklist, add, clock, asked):
    tab = await checklist()

    for number in range(6):
        await add(tab, f"Task {number}")
        clock[0] += 0.4

    assert asked == [1, 1]  # after 0 seconds and 1.2


async def test_trust_begins_with_the_question(
    checklist, add, clock, asked, monkeypatch
):
    """An answer that comes late says how it was when it was asked for."""
    tab = await checklist()
    get_user_model = sessions.get_user_model

    def slow():
        clock[0] += 0.7
        return get_user_model()

    monkeypatch.setattr(sessions, "get_user_model", slow)
    await add(tab, "First")
    clock[0] += 0.7
    await add(tab, "Second")

    assert asked == [1, 1]


@database_sync_to_async
def start_capturing():
    queries = CaptureQueriesContext(connections["default"])
    return queries.__enter__()


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "task.create", "name": "Baking"},
        {"type": "task.update", "id": "task", "name": "Baking"},
        {"type": "task.delete", "id": "task"},
        {"type": "item.create", "task": "task", "name": "Flour"},
        {"type": "item.update", "id": "item", "name": "Flour"},
        {"type": "item.update", "id": "item", "done_at": "2030-01-01T12:00:00Z"},
        {"type": "item.delete", "id": "item"},
    ],
    ids=lambda frame: frame["type"],
)
async def test_change_takes_few_queries(checklist, answer, alice, monkeypatch, frame):
    monkeypatch.setattr(sessions, "TRUSTED", 60)
    task = await Task.objects.acreate(user=alice, name="Shopping")
    item = await task.item_set.acreate(name="Bread")
    ids = {"task": task.pk, "item": item.pk}
    frame = {key: ids.get(value, value) for key, value in frame.items()}
    tab = await checklist()
    await answer(tab, {"type": "item.update", "id": item.pk, "name": "Rye bread"})

    queries = await start_capturing()
    await answer(tab, frame)
    await database_sync_to_async(queries.__exit__)(None, None, None)

    made = [query["sql"].split()[0] for query in queries.captured_queries]
    assert (made[0], made[-1]) == ("BEGIN", "COMMIT")
    assert len(made) - 2 <= 5


async def test_connect_locks_the_list_once(checklist, monkeypatch):
    lock, locked = Checklist.lock, []

    def count(*args):
        locked.append(args)
        return lock(*args)

    monkeypatch.setattr(Checklist, "lock", count)

    await checklist()

    assert len(locked) == 1


async def test_watch_asks_for_all(checklist, connect, add, monkeypatch, asked):
    monkeypatch.setattr(sessions, "EVERY", 0.05)
    monkeypatch.setattr(sessions, "TRUSTED", 60)
    tabs = [await checklist(), await connect()]
    while 2 not in asked:
        await database_sync_to_async(list)(asked)
    before = asked.count(1)

    await add(tabs[0], "Task")

    assert asked.count(1) == before


async def test_socket_that_has_ended_is_not_trusted(checklist, alice, clock):
    tab = await checklist()
    await deactivate(alice, None)

    for _ in range(2):
        dead = await database_sync_to_async(sessions.ended)([*sessions.watch.sockets])
        assert [socket.alive_at for socket in dead] == [0]
    await tab.send_json_to({"type": "task.create", "name": "Too late"})

    assert await tab.receive_output(timeout=5) == CLOSED
