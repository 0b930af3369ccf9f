import asyncio
import threading
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.contrib.sessions.models import Session
from django.core.checks import run_checks
from django.db import OperationalError, connection
from django.db.backends.utils import CursorWrapper
from django.test import AsyncClient
from django.utils import timezone

from checklist.models import Task
from core import sessions

CLOSED = {"type": "websocket.close", "code": 4401}


@pytest.fixture
async def browser(alice):
    """Alice's browser, logged in: its sockets share a session."""
    browser = AsyncClient()
    await browser.aforce_login(alice)
    return browser


@pytest.fixture
def hers(checklist, browser):
    async def hers():
        return await checklist(browser=browser)

    return hers


async def log_out(user, browser):
    await browser.post("/accounts/logout/")


async def deactivate(user, browser):
    await type(user).objects.filter(pk=user.pk).aupdate(is_active=False)


async def change_password(user, browser):
    user.set_password("another")
    await user.asave()


async def delete_user(user, browser):
    await user.adelete()


async def delete_session(user, browser):
    await Session.objects.all().adelete()


async def let_expire(user, browser):
    soon = timezone.now() + timedelta(seconds=0.2)
    await Session.objects.aupdate(expire_date=soon)


ENDS = [log_out, deactivate, change_password, delete_user, delete_session, let_expire]


@pytest.mark.parametrize("end", ENDS)
async def test_every_socket_closes_within_two_seconds(
    hers, connect, alice, browser, end
):
    tabs = [await hers(), await hers()]

    await end(alice, browser)

    for tab in tabs:
        assert await tab.receive_output(timeout=2) == CLOSED


async def test_socket_of_the_chat_closes_too(connect, alice):
    tab = await connect()

    await deactivate(alice, None)

    assert await tab.receive_output(timeout=2) == CLOSED


def delete_all_sessions():
    """Delete them as another process would, with a connection of its own."""
    Session.objects.all().delete()
    connection.close()


async def test_socket_closes_while_the_thread_of_the_sockets_waits_for_a_lock(hers):
    tab = await hers()
    unlocked = threading.Event()
    waiting = asyncio.create_task(database_sync_to_async(unlocked.wait)(10))

    await asyncio.to_thread(delete_all_sessions)

    try:
        assert await tab.receive_output(timeout=5) == CLOSED
        assert not waiting.done()
    finally:
        unlocked.set()
        await waiting


async def test_socket_that_does_not_close_holds_up_no_other(hers, browser, monkeypatch):
    monkeypatch.setattr(sessions, "EVERY", 0.05)
    tabs = [await hers(), await hers()]
    end, never, stuck = sessions.SessionMixin.end, asyncio.Event(), []

    async def get_stuck_once(socket):
        stuck.append(socket)
        if len(stuck) == 1:
            await never.wait()
        await end(socket)

    monkeypatch.setattr(sessions.SessionMixin, "end", get_stuck_once)
    await delete_session(None, browser)

    closing = [asyncio.create_task(tab.receive_output(timeout=5)) for tab in tabs]
    closed, _ = await asyncio.wait(closing, return_when=asyncio.FIRST_COMPLETED)
    assert [task.result() for task in closed] == [CLOSED]
    never.set()
    assert await asyncio.gather(*closing) == [CLOSED] * 2


@pytest.mark.parametrize("end", ENDS[:-1])
async def test_frame_after_the_end_is_not_carried_out(
    hers, alice, browser, monkeypatch, end
):
    monkeypatch.setattr(sessions, "EVERY", 60)
    tab = await hers()
    await end(alice, browser)

    await tab.send_json_to({"type": "task.create", "name": "Too late"})

    assert await tab.receive_output() == CLOSED
    await tab.send_json_to({"type": "task.create", "name": "Much too late"})
    await tab.receive_nothing(0.05)
    assert not await Task.objects.aexists()


async def test_socket_of_another_session_stays(hers, checklist, alice, browser):
    tab, elsewhere = await hers(), await checklist()

    await log_out(alice, browser)

    assert await tab.receive_output(timeout=2) == CLOSED
    await elsewhere.send_json_to({"type": "task.create", "name": "Buy bread"})
    assert (await elsewhere.receive_json_from())["name"] == "Buy bread"


async def test_sockets_are_looked_at_again_after_a_failure(
    checklist, alice, monkeypatch, caplog
):
    monkeypatch.setattr(sessions, "EVERY", 0.05)
    ended = sessions.ended

    def fail_once(sockets):
        monkeypatch.setattr(sessions, "ended", ended)
        raise RuntimeError("no database")

    monkeypatch.setattr(sessions, "ended", fail_once)
    tab = await checklist()
    await deactivate(alice, None)

    assert await tab.receive_output(timeout=2) == CLOSED
    assert "The sessions could not be looked up" in caplog.text


async def test_frame_while_the_database_is_away_is_answered_and_the_socket_stays(
    hers, connect, monkeypatch
):
    tab, room = await hers(), await connect()

    def fail(*args):
        raise OperationalError("the server has gone away")

    with monkeypatch.context() as patch:
        patch.setattr(CursorWrapper, "execute", fail)
        for socket, frame in [
            (tab, {"type": "task.create", "name": "Lost"}),
            (room, {"type": "ping"}),
        ]:
            await socket.send_json_to(frame)
            error = await socket.receive_json_from()
            assert (error["type"], error["request"]) == ("error", frame["type"])
            assert error["message"].startswith("The database is busy.")

    await tab.send_json_to({"type": "task.create", "name": "Buy bread"})
    assert (await tab.receive_json_from())["name"] == "Buy bread"
    await room.send_json_to({"message": "Hello"})
    assert (await room.receive_json_from())["message"] == "Hello"


@pytest.mark.parametrize("engine", ["db", "cached_db"])
def test_check_takes_sessions_that_are_in_the_database(db, settings, engine):
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"

    assert run_checks() == []


@pytest.mark.parametrize("engine", ["cache", "file", "signed_cookies"])
def test_check_refuses_sessions_that_are_elsewhere(db, settings, engine):
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"

    (error,) = run_checks()

    assert error.id == "core.E001"
    assert settings.SESSION_ENGINE in error.msg
    assert "django.contrib.sessions.backends.db" in str(error)


@pytest.mark.parametrize("count", [1, 50])
async def test_all_sockets_cost_two_queries(
    checklist, count, django_assert_num_queries
):
    tabs = [await checklist() for _ in range(count)]

    @database_sync_to_async
    def look():
        with django_assert_num_queries(2):
            return sessions.ended([*sessions.watch.sockets])

    assert len(sessions.watch.sockets) == len(tabs)
    assert await look() == []


async def test_socket_that_is_closed_is_not_looked_at(checklist):
    tab = await checklist()

    await tab.disconnect()

    assert not sessions.watch.sockets
