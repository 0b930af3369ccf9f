"""Walks of docs/32_edits.md."""

import pytest
from playwright.sync_api import expect

STEP_BEFORE, STEP = "31_members", "32_edits"


@pytest.fixture
def team(stage):
    """Alice at her list, and Bob who shares it and has begun to rename its item."""

    def team(step=STEP):
        server = stage.serve(step)
        alice, bob = stage.person(server), stage.person(server)
        alice.open_checklist("alice")
        alice.wait_until_connected()
        alice.add_task("Shopping")
        alice.add_item("Shopping", "Bread")
        server.share("alice", "bob")
        bob.open_checklist("bob")
        bob.page.get_by_role("link", name="alice’s list").click()
        field(bob).fill("White bread")
        field(alice).fill("Rye bread")
        field(alice).press("Enter")
        for person in alice, bob:
            expect(person.page.get_by_label("Delete Rye bread")).to_be_visible()
            person.frames.clear()
        return alice, bob

    return team


def field(person):
    return person.page.get_by_label("Item", exact=True)


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("32"))


def test_step_before_overwrites_what_nobody_has_seen(team, recorder):
    alice, bob = team(STEP_BEFORE)

    field(bob).press("Enter")

    expect(field(alice)).to_have_value("White bread")
    recorder.frames("lost.txt", {"Alice": alice})


def test_later_of_two_people_is_told(team, recorder):
    alice, bob = team()

    field(bob).press("Enter")

    bob.page.get_by_text("Not saved: White bread").wait_for()
    expect(field(bob)).to_have_value("Rye bread")
    expect(field(alice)).to_have_value("Rye bread")
    recorder.picture("told", {"Bob": bob})
    recorder.frames("frames.txt", {"Bob": bob})
    field(bob).fill("White rye bread")
    field(bob).press("Enter")
    expect(field(alice)).to_have_value("White rye bread")


def test_row_that_has_another_name_by_now_is_not_deleted(team):
    alice, bob = team()

    bob.page.get_by_label("Delete Rye bread").click()

    bob.page.get_by_text("Somebody else has changed this").first.wait_for()
    expect(field(alice)).to_have_value("Rye bread")


def test_who_takes_a_name_back_has_seen_the_new_one(team):
    alice, bob = team()

    field(bob).press("Escape")
    expect(field(bob)).to_have_value("Rye bread")
    field(bob).fill("Toast")
    field(bob).press("Enter")

    expect(field(alice)).to_have_value("Toast")


def test_refused_change_of_a_member_is_told(stage):
    server = stage.serve(STEP)
    alice = stage.person(server)
    alice.open_checklist("alice")
    alice.wait_until_connected()
    server.share("alice", "bob")
    alice.page.reload()
    alice.page.locator("summary").click()
    alice.page.get_by_label("Role of bob").wait_for()
    server.unshare()

    alice.page.get_by_label("Role of bob").select_option("reader")

    alice.page.get_by_text("There is no such membership.").wait_for()
    alice.add_task("Still here")
    alice.row("task", "Still here").wait_for()


def test_one_person_renames_twice_without_an_answer(stage):
    server = stage.serve(STEP)
    alice = stage.person(server)
    alice.open_checklist("alice")
    alice.wait_until_connected()
    alice.add_task("Shopping")
    alice.add_item("Shopping", "Bread")
    expect(field(alice)).to_have_value("Bread")
    server.kill()
    alice.page.get_by_text("Offline, trying again…").wait_for()

    for name in "Rye bread", "Toast":
        field(alice).fill(name)
        field(alice).press("Enter")
    server.restart()
    alice.wait_until_connected()
    expect(alice.page.locator(".waiting")).to_have_count(0)

    expect(field(alice)).to_have_value("Toast")
    alice.page.reload()
    expect(field(alice)).to_have_value("Toast")
    alice.page.get_by_label("Delete Toast").click()
    expect(field(alice)).to_have_count(0)
