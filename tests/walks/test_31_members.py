"""Walks of docs/31_members.md."""

import re

import pytest
from playwright.sync_api import expect

from tools.chain.steps import find_step

STEP_BEFORE, STEP = "30_roles", "31_members"
TALL = {"width": 460, "height": 760}


def invite(alice, name):
    alice.page.get_by_label("Share with").fill(name)
    alice.page.keyboard.press("Enter")


@pytest.fixture
def team(stage):
    """Alice at her list, with something to do, and Bob at his."""

    def team(edits=None):
        server = stage.serve(STEP, edits)
        people = stage.person(server), stage.person(server)
        for person, name in zip(people, ("alice", "bob"), strict=True):
            person.open_checklist(name)
            person.wait_until_connected()
        people[0].add_task("Shopping")
        people[0].add_item("Shopping", "Bread")
        people[0].page.get_by_label("Done: Bread").wait_for()
        return people

    return team


def program(title):
    """Give the code that the page titles so."""
    page = find_step(STEP).page.read_text("utf-8")
    block = rf'^```javascript title="{re.escape(title)}"\n(.*?)^```$'
    return re.search(block, page, re.MULTILINE | re.DOTALL)[1]


def listen(person):
    """What the page's lines print into the console from now on, and once it is open."""
    printed = []
    person.page.on("console", lambda message: printed.append(message.text))
    person.page.evaluate(f"{program('Console')} window.listening = socket; undefined")
    person.page.wait_for_function("listening.readyState === 1")
    return printed


def share(alice, bob, role="editor"):
    """Alice invites Bob, who opens her list."""
    alice.page.locator("summary").click()
    alice.page.get_by_label("Role", exact=True).select_option(role)
    invite(alice, "bob")
    alice.page.get_by_text("Shared with bob").wait_for()
    bob.page.reload()
    bob.page.get_by_role("link", name="alice’s list").click()
    bob.page.get_by_label("Done: Bread").wait_for()


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("31"))


def test_step_before_lets_the_removed_listen(stage, recorder):
    server = stage.serve(STEP_BEFORE)
    alice, bob = stage.person(server), stage.person(server)
    alice.open_checklist("alice")
    alice.wait_until_connected()
    server.share("alice", "bob")
    bob.open_checklist("bob")
    bob.page.get_by_role("link", name="alice’s list").click()
    bob.wait_until_connected()
    printed = listen(bob)
    admin = alice.page.context.new_page()
    admin.goto(alice.address + "admin/checklist/membership/")
    admin.get_by_role("link", name="bob").click()
    admin.get_by_role("link", name="Delete").click()
    admin.get_by_role("button", name="Yes").click()
    bob.page.get_by_text("You may not see this any more.").wait_for()

    with bob.page.expect_console_message(lambda message: "present" in message.text):
        alice.add_task("A present for Bob")

    recorder.text("heard.txt", "".join(f"{text}\n" for text in printed[1:]))


def test_program_of_the_removed_is_closed(team):
    alice, bob = team()
    share(alice, bob)
    listen(bob)

    alice.page.get_by_role("button", name="Remove bob").click()

    bob.page.wait_for_function("listening.readyState === 3")
    expect(alice.page.get_by_text("Not shared")).to_be_focused()


def test_two_people_share_a_list(team, recorder):
    alice, bob = team()
    for person in (alice, bob):
        person.page.set_viewport_size(TALL)
    alice.frames.clear()
    share(alice, bob)
    recorder.picture("shared", {"Alice": alice, "Bob": bob})
    bob.frames.clear()

    bob.page.get_by_label("Done: Bread").check()
    expect(alice.page.get_by_label("Done: Bread")).to_be_checked()
    alice.page.get_by_text("bob, ").wait_for()
    alice.page.get_by_label("Role of bob").select_option("reader")
    expect(bob.page.get_by_label("Done: Bread")).to_be_disabled()
    expect(bob.page.get_by_label("New task")).to_be_hidden()
    alice.page.get_by_role("button", name="Remove bob").click()
    bob.page.get_by_text("You may not see this any more. Home").wait_for()
    alice.page.get_by_text("Not shared").wait_for()
    recorder.picture("removed", {"Alice": alice, "Bob": bob})
    recorder.frames("frames.txt", {"Alice": alice, "Bob": bob})


def test_member_leaves_by_a_button(team):
    alice, bob = team()
    share(alice, bob)

    bob.page.locator("summary").click()
    bob.page.get_by_role("button", name="Leave").click()

    bob.page.get_by_text("You may not see this any more.").wait_for()
    opacity = "form => getComputedStyle(form).opacity"
    assert bob.page.locator("#new-task").evaluate(opacity) == "0.5"
    alice.page.get_by_text("Not shared").wait_for()


def test_unknown_member_is_refused_where_the_owner_looks(team):
    alice, _ = team()
    alice.page.locator("summary").click()

    alice.page.get_by_label("Role", exact=True).select_option("editor")
    invite(alice, "carol")

    alice.page.get_by_text("There is no such user.").wait_for()
    expect(alice.page.get_by_label("Role", exact=True)).to_have_value("editor")
    expect(alice.page.get_by_label("Share with")).to_have_value("carol")
    expect(alice.page.get_by_text("Not shared")).to_be_visible()
