"""Walks of docs/33_unread.md."""

import psycopg
import pytest
from playwright.sync_api import expect

from tools.chain.steps import find_step
from tools.servers.step_server import Server

STEP_BEFORE, STEP = "32_edits", "33_unread"
SMALL = {"width": 460, "height": 520}
# A hundred rooms with ten thousand messages each; somebody has read half of each.
FILL = """
insert into auth_user (username, password, first_name, last_name, email, is_staff,
is_active, is_superuser, date_joined)
values ('reader', '', '', '', '', false, true, false, now());
insert into chat_room (name, present, presence_version, message_version, last_at)
select 'room ' || n, '[]', 0, 10000, now() - n * interval '1 minute'
from generate_series(1, 100) n;
insert into chat_message (room_id, message, timestamp, version)
select id, n, now(), n from chat_room, generate_series(1, 10000) n;
insert into chat_readmark (user_id, room_id, version)
select auth_user.id, chat_room.id, 5000 from auth_user, chat_room;
vacuum analyze
"""
# How many rows PostgreSQL reads to know all counts. Counting may begin at the message that
# was read last, and has the index that the messages of a room are in.
ROWS_READ = """
from chat.models import Room
from django.contrib.auth import get_user_model
from django.db import connection

def rows(plan):
    if "Plans" in plan:
        return sum(map(rows, plan["Plans"]))
    return int(plan["Actual Rows"] * plan["Actual Loops"])

def read(sql, params=()):
    with connection.cursor() as cursor:
        cursor.execute("explain (analyze, format json) " + sql, params)
        [plan] = cursor.fetchone()[0]
    return f"{rows(plan['Plan']):,}"

with connection.cursor() as cursor:
    cursor.execute("set max_parallel_workers_per_gather = 0")
    cursor.execute(
        "create table mark as select room_id, id from chat_message where version = 5000"
    )
counted = "select room_id, (select count(*) from chat_message where"
counted += " room_id = mark.room_id and id > mark.id) from mark"
print("counted:", read(counted))
listed = Room.listed(get_user_model().objects.get())
assert {room.unread for room in listed} == {5000}
print("subtracted:", read(*listed.query.sql_with_params()))
"""


@pytest.fixture
def rooms(stage):
    """Alice in the kitchen, and Bob who looks at the list of the two rooms."""

    def rooms(step=STEP):
        server = stage.serve(step)
        alice, bob = stage.person(server), stage.person(server)
        alice.log_in("alice", "/chat/")
        alice.make_room("Kitchen")
        alice.go("/chat/")
        alice.make_room("Garden")
        alice.go("/chat/Kitchen/")
        alice.wait_until_connected()
        for person in alice, bob:
            person.page.set_viewport_size(SMALL)
        bob.log_in("bob", "/chat/")
        return server, alice, bob

    return rooms


def line(person, room):
    link = person.page.get_by_role("link", name=room, exact=True)
    return person.page.get_by_role("listitem").filter(has=link)


def names(person):
    return person.page.locator(".rooms a").all_inner_texts()


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("33"))


def test_step_before_tells_nobody_who_is_not_there(rooms, recorder):
    _, alice, bob = rooms(STEP_BEFORE)

    alice.say("Dinner is ready!")
    alice.sees("Dinner is ready!")

    recorder.picture("silent", {"Alice": alice, "Bob": bob})
    assert names(bob) == ["Garden", "Kitchen"]


def test_list_counts_and_reading_counts_down(rooms, stage, recorder):
    server, alice, bob = rooms()
    alice.say("Dinner is ready!")
    expect(line(bob, "Kitchen")).to_contain_text("1 unread")
    bob.frames.clear()
    bob.page.reload()
    bob.wait_until_connected()
    bob.hears("room.list")

    alice.say("It is getting cold.")

    expect(line(bob, "Kitchen")).to_contain_text("2 unread")
    assert names(bob) == ["Kitchen", "Garden"]
    recorder.picture("unread", {"Alice": alice, "Bob": bob})
    other = stage.person(server)
    other.log_in("bob", "/chat/Kitchen/")
    other.sees("It is getting cold.")
    expect(line(bob, "Kitchen")).not_to_contain_text("unread")
    other.frames[:] = [frame for frame in other.frames if "message.read" in frame]
    recorder.frames("frames.txt", {"Bob": bob, "Bob in the kitchen": other})


def test_what_is_not_in_view_is_not_read(rooms, stage):
    server, alice, bob = rooms()
    for number in range(30):
        alice.say(f"Message {number}")
        alice.sees(f"Message {number}")
    other = stage.person(server)
    other.page.set_viewport_size(SMALL)
    other.log_in("bob", "/chat/Kitchen/")
    other.sees("Message 29")
    expect(line(bob, "Kitchen")).not_to_contain_text("unread")

    log = other.page.get_by_role("log")
    log.evaluate("log => log.scrollTop = 0")
    alice.say("Are you there?")
    expect(line(bob, "Kitchen")).to_contain_text("1 unread")
    log.evaluate("log => log.scrollTop = log.scrollHeight")

    expect(line(bob, "Kitchen")).not_to_contain_text("unread")


def test_counts_are_right_at_two_servers_and_after_a_restart(stage):
    server = stage.serve(STEP, REDIS_URL=stage.redis())
    other = stage.beside(server)
    alice, bob, phone = [stage.person(each) for each in (server, other, server)]
    alice.log_in("alice", "/chat/")
    alice.make_room("Kitchen")
    alice.wait_until_connected()
    for tab in bob, phone:
        tab.log_in("bob", "/chat/")
        tab.wait_until_connected()
    alice.say("Dinner is ready!")
    for tab in bob, phone:
        expect(line(tab, "Kitchen")).to_contain_text("1 unread")

    other.kill()
    bob.page.get_by_text("Offline, trying again…").wait_for()
    alice.say("It is getting cold.")
    expect(line(phone, "Kitchen")).to_contain_text("2 unread")
    other.restart()
    expect(line(bob, "Kitchen")).to_contain_text("2 unread", timeout=30_000)

    phone.page.get_by_role("link", name="Kitchen", exact=True).click()
    phone.sees("It is getting cold.")
    expect(line(bob, "Kitchen")).not_to_contain_text("unread")


def test_ping_brings_what_was_lost(rooms):
    server, _, bob = rooms()
    bob.wait_until_connected()
    expect(line(bob, "Garden")).to_be_visible()
    code = """
from chat.models import Message, Room
Message(room=Room.objects.get(name="Garden"), message="Hello").save()
Room.objects.get(name="Kitchen").delete()
"""
    server.manage("shell", "-c", code)

    bob.page.evaluate("dispatchEvent(new Event('online'))")

    expect(line(bob, "Garden")).to_contain_text("1 unread")
    expect(line(bob, "Kitchen")).to_have_count(0)


def test_list_that_changes_nothing_touches_no_line(rooms):
    _, alice, bob = rooms()
    bob.wait_until_connected()
    alice.say("Dinner is ready!")
    expect(line(bob, "Kitchen")).to_contain_text("1 unread")
    bob.frames.clear()
    watch = """list => {
        window.touched = 0;
        const count = (changes) => { window.touched += changes.length };
        new MutationObserver(count).observe(list, { childList: true });
    }"""
    bob.page.locator(".rooms").evaluate(watch)

    bob.page.evaluate("dispatchEvent(new Event('online'))")

    bob.hears("room.list")
    assert bob.page.evaluate("touched") == 0


def test_mark_that_is_refused_is_sent_again(rooms, stage):
    server, alice, bob = rooms()
    other = stage.person(server)
    other.log_in("bob", "/chat/Kitchen/")
    other.wait_until_connected()
    table = "ALTER TABLE chat_readmark RENAME TO {}"
    rename = f"from django.db import connection as c; c.cursor().execute({table!r})"
    server.manage("shell", "-c", rename.format("gone"))
    code = """
from chat.models import Message, Room
from chat.posting import post
post(Message(room=Room.objects.get(name="Kitchen"), message="Dinner is ready!"))
"""
    alice.page.goto("about:blank")
    server.manage("shell", "-c", code)
    other.page.evaluate("dispatchEvent(new Event('online'))")
    other.hears("message.read")

    server.manage(
        "shell", "-c", rename.replace("chat_readmark", "gone").format("chat_readmark")
    )
    other.page.evaluate("dispatchEvent(new Event('online'))")

    bob.page.reload()
    expect(line(bob, "Kitchen")).to_be_visible()
    expect(line(bob, "Kitchen")).not_to_contain_text("unread")
    expect(other.page.locator("#error")).to_be_empty()


def test_line_that_moves_keeps_the_focus(rooms):
    _, alice, bob = rooms()
    bob.wait_until_connected()
    link = bob.page.get_by_role("link", name="Kitchen", exact=True)
    link.focus()

    alice.say("Dinner is ready!")

    expect(line(bob, "Kitchen")).to_contain_text("1 unread")
    expect(link).to_be_focused()


def test_first_room_of_all_appears_in_an_empty_list(stage):
    server = stage.serve(STEP)
    alice, bob = stage.person(server), stage.person(server)
    bob.log_in("bob", "/chat/")
    bob.wait_until_connected()
    expect(bob.page.get_by_text("There are no rooms yet.")).to_be_visible()

    alice.log_in("alice", "/chat/")
    alice.make_room("Kitchen")

    expect(line(bob, "Kitchen")).to_be_visible()
    expect(bob.page.get_by_text("There are no rooms yet.")).to_be_hidden()


def test_counts_of_a_million_messages_read_no_message(
    database_server, tmp_path, recorder
):
    server = Server(find_step(STEP).folder, tmp_path)
    server.variables |= {
        "DATABASE_URL": database_server.url,
        "TUTORIAL_DATABASE": "postgres",
    }
    server.manage("migrate", "--verbosity", "0")
    with psycopg.connect(database_server.url, autocommit=True) as database:
        for statement in FILL.split(";"):
            database.execute(statement)

    recorder.text("rows.txt", server.manage("shell", "-v", "0", "-c", ROWS_READ))
