import threading
import time
from asyncio import gather, sleep
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from chat.models import Connection, Message, Room
from checklist.consumers import ROWS_A_TOKEN, ChecklistConsumer
from checklist.models import Item, Task
from core import limits
from core.shares import TOO_MANY_SOCKETS, most

TOO_MANY = {"type": "error", "message": "Too many frames. Wait a moment."}
BREAD = {"type": "task.create", "name": "Buy bread"}
PING, LIST = {"type": "ping"}, {"type": "task.list"}


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is told."""
    clock = [100.0]
    monkeypatch.setattr(limits, "monotonic", lambda: clock[0])
    return clock


def test_limit_comes_from_the_environment(monkeypatch):
    assert most("MOST_TASKS", 7) == 7

    monkeypatch.setenv("MOST_TASKS", "0")

    assert most("MOST_TASKS", 7) == 0


@pytest.mark.parametrize("value", ["many", "-1", "1.5", "", " ", "1e3"])
def test_limit_that_is_no_number_is_refused_at_the_start(monkeypatch, value):
    monkeypatch.setenv("MOST_TASKS", value)

    with pytest.raises(ImproperlyConfigured, match="MOST_TASKS must be .* number"):
        most("MOST_TASKS", 7)


async def test_task_over_the_share_is_refused_until_one_is_deleted(
    checklist, settings, assert_refused
):
    settings.MOST_TASKS = 2
    tab = await checklist()
    for _ in range(2):
        await tab.send_json_to(BREAD)
        task = await tab.receive_json_from()

    await tab.send_json_to(BREAD | {"frame_id": "a-1"})
    error = await tab.receive_json_from()
    assert error["message"] == "You can have at most 2 tasks."
    assert error["frame_id"] == "a-1"

    await tab.send_json_to({"type": "task.delete", "id": task["id"]})
    await tab.receive_json_from()
    await tab.send_json_to(BREAD)
    assert (await tab.receive_json_from())["type"] == "task.create"


async def test_tasks_of_another_user_are_another_share(checklist, settings, bob):
    settings.MOST_TASKS = 1

    for tab in (await checklist(), await checklist(user=bob)):
        await tab.send_json_to(BREAD)
        assert (await tab.receive_json_from())["type"] == "task.create"


async def test_full_list_can_still_be_changed(checklist, settings):
    settings.MOST_TASKS = 1
    tab = await checklist()
    await tab.send_json_to(BREAD)
    task = await tab.receive_json_from()

    await tab.send_json_to({"type": "task.update", "id": task["id"], "name": "Bread"})

    assert (await tab.receive_json_from())["name"] == "Bread"


async def test_tabs_that_add_at_once_share_what_is_left(checklist, settings):
    settings.MOST_TASKS = 3
    tabs = [await checklist() for _ in range(5)]

    await gather(*(tab.send_json_to(BREAD) for tab in tabs))
    for tab in tabs:
        while (await tab.receive_json_from())["type"] != "error":
            if await tab.receive_nothing(0.05):
                break

    assert await Task.objects.acount() == 3


async def test_no_limit_is_no_limit(checklist, settings):
    settings.MOST_TASKS = settings.MOST_SOCKETS = 0
    tabs = [await checklist() for _ in range(3)]

    await tabs[0].send_json_to(BREAD)

    for tab in tabs:
        assert (await tab.receive_json_from())["type"] == "task.create"


def make_room(client, name):
    return client.post("/chat/", {"name": name})


def test_room_over_the_share_is_refused(client, alice, settings):
    settings.MOST_ROOMS = 2
    Room.objects.create(name="nobody's")
    for name in ("lunch", "tea"):
        assert make_room(client, name).status_code == 302

    response = make_room(client, "supper")

    assert response.context["form"].errors["name"] == ["You can have at most 2 rooms."]
    assert {room.name for room in alice.room_set.all()} == {"lunch", "tea"}
    assert Room.objects.count() == 3


def test_rooms_of_another_user_are_another_share(client, bob, settings):
    settings.MOST_ROOMS = 1
    make_room(client, "lunch")
    client.force_login(bob)

    assert make_room(client, "tea").status_code == 302


def test_room_stays_when_its_owner_goes(client, alice):
    make_room(client, "lunch")

    alice.delete()

    assert Room.objects.get().owner is None


def test_any_number_of_rooms_where_there_is_no_limit(client, settings):
    settings.MOST_ROOMS = 0

    assert make_room(client, "lunch").status_code == 302


def make_room_elsewhere(cookies, name, barrier):
    """Do as another process would, with a connection of its own."""
    client = Client(raise_request_exception=False)
    client.cookies = cookies
    barrier.wait()
    # SQLite waits for nobody where it is in memory.
    while (status := make_room(client, name).status_code) == 500:
        time.sleep(0.01)
    connection.close()
    return status


def test_two_rooms_at_once_share_what_is_left(client, settings):
    settings.MOST_ROOMS = 1
    barrier = threading.Barrier(2, timeout=5)
    with ThreadPoolExecutor() as pool:
        both = [
            pool.submit(make_room_elsewhere, client.cookies, name, barrier)
            for name in ("lunch", "tea")
        ]

    assert sorted(future.result() for future in both) == [200, 302]
    assert Room.objects.count() == 1


async def test_room_keeps_its_newest_messages(connect, settings):
    settings.MOST_MESSAGES = 3
    other = await Room.objects.acreate(name="other")
    await Message.objects.acreate(room=other, message="Still here")
    tab = await connect()

    for number in range(5):
        await tab.send_json_to({"message": str(number)})
        await tab.receive_json_from()

    assert [row["message"] for row in (await connect()).history] == ["2", "3", "4"]
    assert await Message.objects.acount() == 3 + 1


async def test_room_without_a_limit_keeps_all_messages(connect, settings):
    settings.MOST_MESSAGES = 0
    tab = await connect()

    for number in range(3):
        await tab.send_json_to({"message": str(number)})
        await tab.receive_json_from()

    assert await Message.objects.acount() == 3


@pytest.mark.parametrize(("limit", "left"), [(2, 3), (0, 6)])
def test_command_prunes_every_room(room, settings, capsys, limit, left):
    settings.MOST_MESSAGES = limit
    other = Room.objects.create(name="other")
    rooms = [room] * 5 + [other]
    Message.objects.bulk_create(Message(room=room, message="Hello") for room in rooms)

    call_command("prune_messages")

    assert Message.objects.count() == left
    assert capsys.readouterr().out == f"Messages deleted: {6 - left}.\n"


async def close_code(tab):
    while (event := await tab.receive_output(timeout=5))["type"] != "websocket.close":
        pass
    return event["code"]


async def test_oldest_socket_closes_where_there_are_too_many(connect, settings):
    settings.MOST_SOCKETS = 2
    tabs = [await connect() for _ in range(3)]

    assert await close_code(tabs[0]) == TOO_MANY_SOCKETS

    await tabs[0].disconnect()
    assert await Connection.objects.acount() == 2
    await tabs[1].send_json_to({"message": "Still here"})
    for tab in tabs[1:]:
        assert (await tab.receive_json_from())["message"] == "Still here"


async def test_sockets_of_both_apps_count_together(connect, checklist, settings):
    settings.MOST_SOCKETS = 1
    tab = await checklist()

    await connect()

    assert await close_code(tab) == TOO_MANY_SOCKETS


async def test_sockets_of_another_user_are_another_share(connect, bob, settings):
    settings.MOST_SOCKETS = 1
    tab = await connect()

    await connect(user=bob)

    await tab.send_json_to({"message": "Still here"})
    assert (await tab.receive_json_from())["message"] == "Still here"


async def test_socket_that_was_closed_leaves_its_place(checklist, settings):
    settings.MOST_SOCKETS = 2
    tab = await checklist()

    for _ in range(3):
        await (await checklist()).disconnect()

    await tab.send_json_to(BREAD)
    assert (await tab.receive_json_from())["name"] == "Buy bread"


async def ask_for_list(tab):
    """Give how many frames the list has, or the error."""
    await tab.send_json_to(LIST)
    return await tab.receive_json_from()


@pytest.fixture
async def long_list(alice):
    """A list that costs ten tokens, besides the one of its frame."""
    task = await Task.objects.acreate(user=alice, name="Buy bread")
    rows = [Item(task=task, name="Rye") for _ in range(10 * ROWS_A_TOKEN - 1)]
    await Item.objects.abulk_create(rows)


async def test_list_costs_by_its_length(checklist, settings, clock, long_list):
    settings.FRAME_BURST, settings.FRAME_RATE = 20, 1
    tab = await checklist()  # to get in costs one, and the list ten

    assert (await ask_for_list(tab))["type"] == "task.list"
    assert await ask_for_list(tab) == TOO_MANY  # two are owed

    clock[0] += 2
    assert await ask_for_list(tab) == TOO_MANY
    clock[0] += 1
    assert (await ask_for_list(tab))["type"] == "task.list"


async def test_short_list_costs_no_more_than_its_frame(checklist, settings, clock):
    settings.FRAME_BURST, settings.FRAME_RATE = 11, 1
    tab = await checklist()

    for _ in range(10):
        assert (await ask_for_list(tab))["type"] == "task.list"


async def test_second_socket_brings_no_tokens_for_a_long_list(
    checklist, settings, clock, long_list, bob
):
    settings.FRAME_BURST, settings.FRAME_RATE = 20, 1
    for _ in range(2):
        tab = await checklist()

    assert await ask_for_list(tab) == TOO_MANY

    assert (await ask_for_list(await checklist(user=bob)))["type"] == "task.list"


async def test_who_owes_tokens_gets_no_other_socket_in(
    checklist, settings, clock, long_list, bob
):
    settings.FRAME_BURST, settings.FRAME_RATE = 5, 1
    tab = await checklist()  # six are owed now

    with pytest.raises(ConnectionRefusedError):
        await checklist()

    await checklist(user=bob)
    clock[0] += 7
    await checklist()
    assert await ask_for_list(tab) == TOO_MANY


async def test_sockets_of_a_user_together_send_as_much_as_one(
    checklist, settings, clock
):
    settings.FRAME_BURST, settings.FRAME_RATE = 10, 1
    answers = []
    for tab in [await checklist() for _ in range(4)]:  # four tokens are gone
        answers += [(await ask_for_list(tab))["type"] for _ in range(3)]

    assert answers == ["task.list"] * 6 + ["error"] * 6


async def test_frames_of_one_user_wait_for_each_other_and_not_the_others(
    checklist, bob, monkeypatch
):
    tabs = [await checklist() for _ in range(5)]
    his, order = await checklist(user=bob), []
    send_list = ChecklistConsumer.send_list

    def slow(self):
        time.sleep(0.1)
        order.append(self.user.username)
        send_list(self)

    monkeypatch.setattr(ChecklistConsumer, "send_list", slow)
    for tab in tabs:
        await tab.send_json_to(LIST)
    await sleep(0.05)
    await his.send_json_to(LIST)
    for tab in (*tabs, his):
        await tab.receive_json_from()

    assert order.index("bob") <= 2


LOGIN = "/accounts/login/"


@pytest.fixture
def log_in(alice, bob, settings):
    """Try to log in, from an address; give the response."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for user in (alice, bob):
        user.set_password("secret")
        user.is_staff = True
        user.save()

    def log_in(password, username="alice", address="10.0.0.1", path=LOGIN, **headers):
        data = {"username": username, "password": password}
        return Client().post(path, data, REMOTE_ADDR=address, headers=headers)

    return log_in


@pytest.fixture
def locked(log_in):
    """Somebody has tried too often to log in as Alice."""
    for _ in range(5):
        response = log_in("wrong")
    return response


def test_page_says_how_long_to_wait(locked):
    assert locked.status_code == 429
    assert "Wait 5 minutes" in " ".join(locked.text.split())


def test_fourth_attempt_may_be_the_right_one_and_resets_the_count(log_in):
    for _ in range(2):
        for _ in range(4):
            assert log_in("wrong").status_code == 200
        assert log_in("secret").status_code == 302


@pytest.mark.parametrize("path", [LOGIN, "/admin/login/"])
def test_right_password_is_refused_and_not_even_hashed(
    locked, log_in, monkeypatch, path
):
    hashed = []
    monkeypatch.setattr(
        ModelBackend, "authenticate", lambda *_, **data: hashed.append(1)
    )

    assert log_in("secret", path=path).status_code == 429
    assert hashed == []


@pytest.mark.parametrize("path", [LOGIN, "/admin/login/"])
def test_every_login_page_counts(log_in, path):
    for _ in range(5):
        response = log_in("wrong", path=path)

    assert response.status_code == 429


def test_another_name_from_there_and_alice_from_elsewhere_may_log_in(locked, log_in):
    assert log_in("secret", username="bob").status_code == 302
    assert log_in("secret", address="10.0.0.2").status_code == 302


def test_another_browser_is_no_other_address(locked, log_in):
    assert log_in("secret", **{"user-agent": "another"}).status_code == 429


def test_attempts_while_locked_do_not_lock_for_longer(locked, log_in):
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=4))
    log_in("wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=6))

    assert log_in("secret").status_code == 302


def test_session_goes_on_while_nobody_may_log_in(client, alice, locked):
    client.force_login(alice)

    assert client.get("/").status_code == 200


@pytest.mark.parametrize("name", ["nul\0", "x" * 300, "\N{BREAD}", "<b>", "a'b", ""])
def test_odd_name_is_no_error(log_in, name):
    statuses = {log_in("wrong", username=name).status_code for _ in range(6)}

    assert statuses <= {200, 429}


def test_any_number_of_attempts_where_there_is_no_limit(log_in, settings):
    settings.AXES_ENABLED = False

    assert {log_in("wrong").status_code for _ in range(7)} == {200}
