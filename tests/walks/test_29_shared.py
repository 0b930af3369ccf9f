"""Walks of docs/29_shared.md."""

import pytest
from playwright.sync_api import expect

STEP_BEFORE, STEP = "28_scroll", "29_shared"


def in_admin(person, path):
    """Open a page of the admin in a second tab of somebody's."""
    tab = person.page.context.new_page()
    tab.goto(f"{person.address}admin/checklist/membership/{path}")
    return tab


@pytest.fixture
def team(stage):
    """Alice at her list, with something to do, and Bob who shares it."""

    def team():
        server = stage.serve(STEP)
        alice, bob = stage.person(server), stage.person(server)
        alice.open_checklist("alice")
        alice.wait_until_connected()
        alice.add_task("Shopping")
        alice.add_item("Shopping", "Bread")
        alice.page.get_by_label("Done: Bread").wait_for()
        server.share("alice", "bob", role="")
        bob.open_checklist("bob")
        bob.page.get_by_role("link", name="alice’s list").click()
        bob.page.get_by_label("Done: Bread").wait_for()
        return server, alice, bob

    return team


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("29"))


def test_step_before_knows_one_person_a_list(stage, recorder):
    server = stage.serve(STEP_BEFORE)
    bob = stage.person(server)
    bob.open_checklist("bob")

    bob.go("/checklist/alice/")

    title = bob.page.locator("h1").inner_text()
    recorder.text("no-list.txt", " ".join(title.split()) + "\n")


def test_owner_shares_a_list_in_the_admin(stage):
    server = stage.serve(STEP)
    alice, bob = stage.person(server), stage.person(server)
    alice.open_checklist("alice")
    alice.wait_until_connected()
    tab = in_admin(alice, "add/")
    tab.get_by_label("Checklist").select_option("alice’s list")
    tab.get_by_label("User").select_option("bob")
    tab.get_by_role("button", name="Save", exact=True).click()
    tab.get_by_text("was added successfully").wait_for()

    bob.log_in("bob", "/checklist/alice/")
    bob.wait_until_connected()
    bob.add_task("Garden")

    alice.page.get_by_role("button", name="Delete Garden").wait_for()


def test_two_people_share_a_list(team, recorder):
    _, alice, bob = team()
    bob.page.get_by_label("Done: Bread").check()
    expect(alice.page.get_by_label("Done: Bread")).to_be_checked()
    alice.page.get_by_text("bob, ").wait_for()
    recorder.picture("shared", {"Alice": alice, "Bob": bob})
    bob.frames.clear()

    tab = in_admin(alice, "")
    tab.get_by_role("link", name="bob").click()
    tab.get_by_role("link", name="Delete").click()
    tab.get_by_role("button", name="Yes").click()

    bob.page.get_by_text("You may not see this any more. Home").wait_for()
    recorder.frames("frames.txt", {"Bob": bob}, pings=True)
    recorder.picture("removed", {"Bob": bob})


def test_who_is_removed_is_told_when_the_page_asks(team):
    server, alice, bob = team()
    server.unshare()

    bob.page.get_by_label("Done: Bread").check()

    bob.page.get_by_text("You may not see this any more. Home").wait_for()
    expect(alice.page.get_by_label("Done: Bread")).not_to_be_checked()


def test_removal_while_a_tab_is_offline_is_told_when_it_comes_back(team):
    server, _, bob = team()
    server.kill()
    bob.page.get_by_text("Offline, trying again…").wait_for()
    bob.add_task("Late")
    bob.page.get_by_text("Late (sending…)").wait_for()
    server.unshare()

    server.restart()

    bob.page.get_by_text("You may not see this any more.").wait_for()
    bob.page.get_by_text("This was not sent.").wait_for()
    expect(bob.page.get_by_label("New task")).to_have_value("Late")
    expect(bob.page.locator(".waiting")).to_have_count(0)
    assert not bob.page.evaluate("JSON.stringify(sessionStorage)").count("Late")
    assert bob.page.locator("#new-task").evaluate("form => !!form.closest('[inert]')")
