"""Walks of docs/26_scroll.md."""

import re

import psycopg
import pytest
from playwright.sync_api import expect

from tools.chain.steps import find_step
from tools.servers.step_server import Server

STEP_BEFORE, STEP = "25_schema", "26_scroll"
SMALL = {"width": 460, "height": 520}
MILLION = 1_000_000
MESSAGES = """
insert into chat_message (room_id, message, timestamp, version)
select (select min(id) from chat_room), 'Message ' || n, now(), n
from generate_series(1, %s) n
"""
# How many rows PostgreSQL reads for a page of 50 that has 900,000 newer messages.
ROWS_READ = """
import json
from chat.models import Room

def read(messages):
    [plan] = json.loads(messages.explain(format="json", analyze=True))
    plan = plan["Plan"]
    while "Plans" in plan:
        [plan] = plan["Plans"]
    return int(plan["Actual Rows"])

messages = Room.objects.get().message_set.order_by("-pk")
oldest = messages.last().pk
print("by its number:", format(read(messages[900_000:900_050]), ","))
print("by its cursor:", format(read(messages.filter(pk__lt=oldest + 100_000)[:50]), ","))
"""


def program(title):
    """Give the program that the page titles so."""
    page = find_step(STEP).page.read_text("utf-8")
    block = rf'^```python title="{re.escape(title)}"\n(.*?)^```$'
    return re.search(block, page, re.MULTILINE | re.DOTALL)[1]


@pytest.fixture
def lunch(stage):
    """A room with 120 messages, and Alice in it."""

    def lunch(step=STEP):
        server = stage.serve(step)
        server.manage("shell", "-c", program("fill.py"))
        alice = stage.person(server)
        alice.page.set_viewport_size(SMALL)
        alice.log_in("alice", "/chat/lunch/")
        alice.wait_until_connected()
        alice.sees("Message 120")
        return server, alice

    return lunch


def scroll_up(person):
    person.page.get_by_role("log").hover()
    person.page.mouse.wheel(0, -100_000)


def lines(person):
    """The numbers of the messages in the log."""
    texts = person.page.locator("#log .text").all_inner_texts()
    return [int(text.split()[-1]) for text in texts]


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("26"))


def test_step_before_ends_at_fifty_messages(lunch, recorder):
    _, alice = lunch(STEP_BEFORE)

    scroll_up(alice)

    alice.page.get_by_text("Message 71", exact=True).wait_for()
    expect(alice.page.get_by_text("Message 70", exact=True)).to_have_count(0)
    recorder.picture("ends", {"Alice": alice})


def test_page_by_its_number_has_a_message_twice(lunch, recorder):
    server, _ = lunch(STEP_BEFORE)

    recorder.text("offset.txt", server.manage("shell", "-c", program("offset.py")))


def test_whole_history_can_be_scrolled_to_while_others_write(lunch, stage, recorder):
    server, alice = lunch()
    bob = stage.person(server)
    bob.log_in("bob", "/chat/lunch/")
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


def test_what_is_being_read_stays_where_it_is(lunch, stage):
    server, alice = lunch()
    bob = stage.person(server)
    bob.log_in("bob", "/chat/lunch/")
    button = alice.page.get_by_role("button", name="Earlier messages")
    first = alice.page.get_by_text("Message 71", exact=True)

    button.focus()
    first.scroll_into_view_if_needed()
    alice.page.get_by_text("Message 21", exact=True).wait_for(state="attached")

    bob.say("Are you there?")
    alice.sees("Are you there?")

    expect(first).to_be_in_viewport()
    alice.say("Yes")
    expect(alice.page.get_by_text("Yes", exact=True)).to_be_in_viewport()


def test_page_far_back_reads_fifty_rows(database_server, tmp_path, recorder):
    server = Server(find_step(STEP).folder, tmp_path)
    server.variables |= {
        "DATABASE_URL": database_server.url,
        "TUTORIAL_DATABASE": "postgres",
    }
    server.manage("migrate", "--verbosity", "0")
    with psycopg.connect(database_server.url, autocommit=True) as database:
        database.execute(
            "insert into chat_room (name, present, presence_version, message_version) values ('lunch', '[]', 0, 0)"
        )
        database.execute(MESSAGES, [MILLION])
        database.execute("vacuum analyze chat_message")

    recorder.text("rows.txt", server.manage("shell", "-v", "0", "-c", ROWS_READ))
