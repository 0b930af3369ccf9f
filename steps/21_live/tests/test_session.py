from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.contrib.sessions.models import Session
from django.core.checks import run_checks
from django.db import OperationalError
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
    tab = await checklist()
    ended = sessions.ended

    def fail_once(sockets):
        monkeypatch.setattr(sessions, "ended", ended)
        raise RuntimeError("no database")

    monkeypatch.setattr(sessions, "ended", fail_once)
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
            assert await socket.receive_json_from() == {
                "type": "error",
                "message": "Something went wrong on the server.",
                "request": frame["type"],
            }

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
