"""The apps' pages, as the last step has them, are for everyone: axe finds nothing serious."""

import pytest

from tests.helpers import axe
from tools.chain.steps import all_steps

LAST = all_steps()[-1].name
SCHEMES = ("light", "dark")


@pytest.fixture
def server(stage):
    return stage.serve(LAST)


def faults(person) -> list[str]:
    """Give what axe finds in both colour schemes."""
    found = []
    for scheme in SCHEMES:
        person.page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {fault}" for fault in axe.faults(person.page)]
    return found


def test_login_and_its_error(stage, server):
    person = stage.person(server)
    person.go("/")
    person.page.get_by_role("heading", name="Log in").wait_for()
    assert faults(person) == []

    person.page.get_by_label("Username").fill("alice")
    person.page.get_by_label("Password").fill("wrong")
    person.page.get_by_role("button", name="Log in").click()
    person.page.get_by_text("Please enter a correct username").wait_for()
    assert faults(person) == []


def test_home_and_list_of_rooms(stage, server):
    alice = stage.person(server)
    alice.log_in("alice", "/")
    alice.page.get_by_role("button", name="Log out").wait_for()
    assert faults(alice) == []

    alice.go("/chat/")
    alice.make_room("general")
    alice.go("/chat/")
    alice.page.get_by_label("Name").fill("this/that")
    alice.page.get_by_role("button", name="Make a room").click()
    alice.page.get_by_text("no slash").wait_for()
    assert faults(alice) == []


def test_chat_with_messages_whisper_and_refusal(stage, server):
    alice, bob = stage.room(server, "alice", "bob")
    bob.say("/pm alice psst")
    alice.sees("bob to you: psst")
    alice.say("x" * 5_000)
    alice.page.get_by_role("alert").get_by_text("at most 512").wait_for()

    assert faults(alice) == []


def test_checklist_with_a_tick_and_a_refusal(stage, server):
    alice = stage.person(server)
    alice.open_checklist("alice")
    alice.add_task("Buy bread")
    alice.add_item("Buy bread", "Flour")
    alice.row("item", "Flour").get_by_role("checkbox").check()
    alice.row("item", "Flour").get_by_text("alice, ").wait_for()
    alice.rename("item", "Flour", " ")
    alice.page.get_by_role("alert").get_by_text("may not be blank").wait_for()

    assert faults(alice) == []


def test_page_that_is_offline(stage, server):
    (alice,) = stage.room(server, "alice")
    server.kill()
    alice.page.get_by_text("Offline").wait_for()

    assert faults(alice) == []
