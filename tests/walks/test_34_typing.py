"""Walks of docs/34_typing.md."""

import re

import pytest
from playwright.sync_api import expect

from tools.chain.steps import find_step

STEP_BEFORE, STEP = "33_unread", "34_typing"
HEAD = "    def receive_json(self, content):\n"
NAIVE = """\
        if content.get("type") in ("typing.start", "typing.stop"):
            frame = {"type": content["type"], "user": self.user.get_username()}
            return self.tell(content["type"], self.encode_json(frame))
"""


def program():
    """Give what the page pastes into the console."""
    page = find_step(STEP).page.read_text("utf-8")
    block = r'^```javascript title="Console"\n(.*?)^```$'
    return re.search(block, page, re.MULTILINE | re.DOTALL)[1]


@pytest.fixture
def team(stage):
    """Alice at her list, and Bob at hers."""

    def team(step=STEP, edits=None, role="editor", **options):
        server = stage.serve(step, edits)
        alice, bob = stage.person(server, **options), stage.person(server, **options)
        alice.open_checklist("alice")
        alice.add_task("Shopping")
        alice.add_item("Shopping", "Bread")
        alice.page.get_by_label("Done: Bread").wait_for()
        server.share("alice", "bob", role)
        alice.page.reload()
        alice.wait_until_connected()
        alice.page.get_by_text("Shared with bob").wait_for()
        bob.open_checklist("bob")
        for person in alice, bob:
            person.frames.clear()
        open_list(bob)
        return server, alice, bob

    return team


def open_list(bob):
    bob.page.get_by_role("link", name="alice’s list").click()
    bob.page.get_by_label("Done: Bread").wait_for()


def here(person):
    return person.page.locator("#here")


def typing(person):
    return person.page.locator("#typing")


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("34"))


def test_start_without_an_end_is_believed_for_ever(team, recorder):
    recorder.text("naive.py", NAIVE)
    edits = {"checklist/consumers.py": [(HEAD, HEAD + NAIVE)]}
    _, alice, bob = team(STEP_BEFORE, edits)
    alice.frames.clear()

    bob.page.evaluate(f"{program()} undefined")
    alice.hears("typing.start")
    bob.page.context.close()
    alice.add_item("Shopping", "Milk")
    alice.page.get_by_label("Done: Milk").wait_for()

    recorder.frames("for-ever.txt", {"Alice": alice})


def test_two_people_see_each_other_type(team, recorder):
    _, alice, bob = team()
    expect(here(alice)).to_have_text("Here: bob")
    expect(here(bob)).to_have_text("Here: alice")

    bob.page.get_by_label("Item", exact=True).fill("Rye bread")
    expect(typing(alice)).to_have_text("bob is typing…")
    recorder.picture("typing", {"Alice": alice, "Bob": bob})
    expect(typing(bob)).to_be_empty()
    expect(typing(alice)).to_be_empty(timeout=8_000)
    bob.page.keyboard.press("Escape")
    bob.page.close()
    expect(here(alice)).to_be_empty(timeout=8_000)
    recorder.frames("frames.txt", {"Alice": alice, "Bob": bob})


def test_killed_server_leaves_nobody_typing(stage):
    server = stage.serve(STEP, REDIS_URL=stage.redis())
    other = stage.beside(server)
    alice, bob = stage.person(server), stage.person(other)
    alice.page.clock.install()
    alice.open_checklist("alice")
    alice.add_task("Shopping")
    alice.page.get_by_label("New item").wait_for()
    server.share("alice", "bob")
    alice.page.reload()
    alice.wait_until_connected()
    bob.open_checklist("bob")
    bob.page.get_by_role("link", name="alice’s list").click()
    bob.page.get_by_label("New item").fill("Bread")
    expect(typing(alice)).to_have_text("bob is typing…")

    other.kill()

    bob.page.get_by_text("Offline, trying again…").wait_for()
    alice.page.clock.fast_forward(4_000)
    expect(typing(alice)).to_be_empty()
    expect(here(alice)).to_have_text("Here: bob")
    alice.page.clock.fast_forward(45_000)
    expect(here(alice)).to_be_empty()


def test_person_with_two_tabs_stays(team):
    _, alice, bob = team()
    other = bob.page.context.new_page()
    other.goto(bob.page.url)
    other.get_by_text("Here: alice").wait_for()
    alice.frames.clear()

    bob.page.close()
    alice.hears("list.gone")
    alice.hears("list.here")
    alice.page.wait_for_timeout(3_500)  # longer than a name outlives a "gone"

    expect(here(alice)).to_have_text("Here: bob")


def test_reload_is_no_departure(team):
    _, alice, bob = team()
    expect(here(alice)).to_have_text("Here: bob")
    alice.page.evaluate(
        """window.shown = [];
        new MutationObserver(() => shown.push(here.textContent))
          .observe(here, { childList: true })"""
    )
    alice.frames.clear()

    bob.page.reload()
    alice.hears("list.gone")
    alice.hears("list.here")

    assert alice.page.evaluate("shown") == []


def test_who_is_removed_is_here_no_more(team):
    _, alice, bob = team()
    expect(here(alice)).to_have_text("Here: bob")

    alice.page.locator("summary").click()
    alice.page.get_by_role("button", name="Remove bob").click()

    bob.page.get_by_text("You may not see this any more.").wait_for()
    expect(here(alice)).to_be_empty(timeout=1_000)


def test_page_says_seldom_that_somebody_types(team):
    _, alice, bob = team()
    bob.frames.clear()

    bob.page.get_by_label("New task").press_sequentially("Milk", delay=20)
    bob.page.get_by_label("Item", exact=True).press_sequentially("!", delay=20)
    alice.hears("list.typing")

    assert sum("list.typing" in frame for frame in bob.frames) == 1


def test_line_fits_onto_a_phone(team):
    _, alice, bob = team(viewport={"width": 320, "height": 640})
    bob.page.get_by_label("New task").fill("Milk")
    expect(typing(alice)).to_have_text("bob is typing…")

    width = alice.page.evaluate("document.documentElement.scrollWidth")
    assert width == 320


def test_many_names_leave_room_for_who_is_typing_and_move_nothing(team):
    _, alice, bob = team(viewport={"width": 320, "height": 640})
    expect(here(alice)).to_have_text("Here: bob")
    box = alice.page.locator("#list").bounding_box()
    names = ", ".join(f"somebody{number}" for number in range(50))
    here(alice).evaluate(f"here => here.textContent = 'Here: {names}'")

    bob.page.get_by_label("New task").fill("Milk")
    expect(typing(alice)).to_have_text("bob is typing…")

    assert alice.page.locator("#list").bounding_box() == box
    assert typing(alice).evaluate("p => p.scrollWidth <= p.clientWidth")
