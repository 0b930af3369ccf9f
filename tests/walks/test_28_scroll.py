"""Walks of docs/28_scroll.md."""

import re

import psycopg
import pytest
from playwright.sync_api import expect

from tools.chain.steps import find_step
from tools.servers.step_server import Server

STEP_BEFORE, STEP = "27_schema", "28_scroll"
SMALL = {"width": 460, "height": 520}
TALL = {"width": 460, "height": 800}
MILLION = 1_000_000
# Every thousandth message is in a room of its own.
FILL = """
insert into chat_room (name, present, presence_version, message_version)
values ('busy', '[]', 0, 0), ('quiet', '[]', 0, 0);
insert into chat_message (room_id, message, timestamp, version)
select (select id from chat_room where (name = 'quiet') = (n % 1000 = 0)), n, now(), n
from generate_series(1, {}) n;
vacuum analyze chat_message
"""
# How many rows PostgreSQL reads for a page and one message more.
ROWS_READ = """
import json
from chat.models import PAGE, Message, Room
from django.db import connection

def read(messages):
    [plan] = json.loads(messages.explain(format="json", analyze=True))
    plan = plan["Plan"]
    while "Plans" in plan:
        [plan] = plan["Plans"]
    rows = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    return f"{int(rows):,}"

def by_cursor(name, newer):
    messages = Room.objects.get(name=name).message_set.order_by("-pk")
    cursor = messages[newer - 1].pk
    return read(messages.filter(pk__lt=cursor)[: PAGE + 1])

connection.cursor().execute("set max_parallel_workers_per_gather = 0")
messages = Room.objects.get(name="busy").message_set.order_by("-pk")
print("busy room, by its number:", read(messages[900_000 : 900_000 + PAGE + 1]))
print("busy room, by its cursor:", by_cursor("busy", 900_000))
print("quiet room, by its cursor:", by_cursor("quiet", 900))
with connection.cursor() as cursor:
    cursor.execute("drop index " + Message._meta.indexes[0].name)
    cursor.execute("create index on chat_message (room_id)")
print("quiet room, with Django's index:", by_cursor("quiet", 900))
"""


def program(title):
    """Give the program that the page titles so."""
    page = find_step(STEP).page.read_text("utf-8")
    block = rf'^```python title="{re.escape(title)}"\n(.*?)^```$'
    return re.search(block, page, re.MULTILINE | re.DOTALL)[1]


@pytest.fixture
def history(stage):
    """A room with 120 messages, and Alice in it."""

    def history(step=STEP):
        server = stage.serve(step)
        server.manage("shell", "-c", program("fill.py"))
        alice = stage.person(server)
        alice.page.set_viewport_size(SMALL)
        alice.log_in("alice", "/chat/history/")
        alice.wait_until_connected()
        alice.sees("Message 120")
        return server, alice

    return history


def scroll_up(person):
    person.page.get_by_role("log").hover()
    person.page.mouse.wheel(0, -100_000)


def lines(person):
    """The numbers of the messages in the log."""
    texts = person.page.locator("[role=log] .text").all_inner_texts()
    return [int(text.split()[-1]) for text in texts]


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("28"))


def test_step_before_ends_at_fifty_messages(history, recorder):
    _, alice = history(STEP_BEFORE)

    scroll_up(alice)

    alice.page.get_by_text("Message 71", exact=True).wait_for()
    expect(alice.page.get_by_text("Message 70", exact=True)).to_have_count(0)
    recorder.picture("ends", {"Alice": alice})


def test_page_by_its_number_has_a_message_twice(history, recorder):
    server, _ = history(STEP_BEFORE)

    recorder.text("offset.txt", server.manage("shell", "-c", program("offset.py")))


def test_whole_history_can_be_scrolled_to_while_others_write(history, stage, recorder):
    server, alice = history()
    bob = stage.person(server)
    bob.log_in("bob", "/chat/history/")
    bob.wait_until_connected()
    alice.page.get_by_role("list", name="Here now").get_by_text("bob").wait_for()
    alice.frames.clear()

    scroll_up(alice)
    alice.page.get_by_text("Message 21", exact=True).wait_for()
    bob.say("Message 121")
    alice.sees("Message 121")
    scroll_up(alice)
    alice.page.get_by_text("Message 1", exact=True).wait_for()

    assert lines(alice) == [*range(1, 122)]
    expect(alice.page.get_by_role("button", name="Earlier messages")).to_be_hidden()
    alice.frames[:] = map(without_most, alice.frames)
    recorder.frames("frames.txt", {"Alice": alice})
    scroll_up(alice)
    recorder.picture("scrolled", {"Alice": alice})


def without_most(frame):
    """Leave out all messages of a frame but the first and the last."""
    return re.sub(r"(\[\{.*?\}, ).*, (\{.*?\}\])", r"\1\2", frame)


def test_what_is_being_read_stays_where_it_is(history, stage):
    server, alice = history()
    alice.page.set_viewport_size(TALL)
    alice.page.reload()
    alice.wait_until_connected()
    bob = stage.person(server)
    bob.log_in("bob", "/chat/history/")
    alice.sees("bob joined")
    first = alice.page.get_by_text("Message 71", exact=True)
    bob.say("Hello")
    expect(alice.page.get_by_text("Hello", exact=True)).to_be_in_viewport()

    scroll_up(alice)
    alice.page.get_by_text("Message 21", exact=True).wait_for(state="attached")
    expect(first).to_be_in_viewport()
    bob.say("Are you there?")
    alice.sees("Are you there?")
    expect(first).to_be_in_viewport()

    alice.say("Yes")
    expect(alice.page.get_by_text("Yes", exact=True)).to_be_in_viewport()


def test_line_of_another_day_shows_the_day(history):
    server, alice = history()
    code = """
from chat.models import Message
from datetime import UTC, datetime
Message.objects.update(timestamp=datetime(2026, 11, 22, 12, tzinfo=UTC))
"""
    server.manage("shell", "-c", code)

    alice.page.reload()
    alice.say("Today")
    alice.sees("Today")

    shown = alice.page.locator("[data-time]")
    assert "11/22/26" in shown.first.get_attribute("data-time")
    assert "/" not in shown.last.get_attribute("data-time")


def test_button_asks_once_and_gives_the_focus_back_in_the_end(history):
    _, alice = history()
    button = alice.page.get_by_role("button", name="Earlier messages")

    button.dblclick()
    alice.page.get_by_text("Message 21", exact=True).wait_for()
    button.press("Enter")
    alice.page.get_by_text("Message 1", exact=True).wait_for()

    assert lines(alice) == [*range(1, 121)]
    expect(button).to_be_hidden()
    expect(alice.page.get_by_role("log")).to_be_focused()


def test_page_far_back_reads_that_page_alone(database_server, tmp_path, recorder):
    server = Server(find_step(STEP).folder, tmp_path)
    server.variables |= {
        "DATABASE_URL": database_server.url,
        "TUTORIAL_DATABASE": "postgres",
    }
    server.manage("migrate", "--verbosity", "0")
    with psycopg.connect(database_server.url, autocommit=True) as database:
        for statement in FILL.format(MILLION).split(";"):
            database.execute(statement)

    recorder.text("rows.txt", server.manage("shell", "-v", "0", "-c", ROWS_READ))
