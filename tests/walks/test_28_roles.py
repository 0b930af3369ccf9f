"""Walks of docs/28_roles.md."""

import pytest
from playwright.sync_api import expect

STEP_BEFORE, STEP = "26_scroll", "28_roles"
PHONE = {"width": 360, "height": 640}


def choose_role(person, name):
    """Alice gives Bob another role in the admin, in a second tab of hers."""
    tab = person.page.context.new_page()
    tab.goto(f"{person.address}admin/checklist/membership/")
    tab.get_by_role("link", name="bob").click()
    tab.get_by_label("Role").select_option(name)
    tab.get_by_role("button", name="Save", exact=True).click()
    tab.get_by_text("was changed successfully").wait_for()
    tab.close()


@pytest.fixture
def team(stage):
    """Alice at her list, with something to do, and Bob who shares it."""

    def team(role="editor"):
        server = stage.serve(STEP)
        alice, bob = stage.person(server), stage.person(server)
        alice.open_checklist("alice")
        alice.wait_until_connected()
        alice.add_task("Shopping")
        alice.add_item("Shopping", "Bread")
        alice.page.get_by_label("Done: Bread").wait_for()
        server.share("alice", "bob", role)
        bob.open_checklist("bob")
        bob.page.get_by_role("link", name="alice’s list").click()
        bob.page.get_by_label("Done: Bread").wait_for()
        return server, alice, bob

    return team


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("28"))


def test_step_before_knows_one_person_a_list(stage, recorder):
    server = stage.serve(STEP_BEFORE)
    bob = stage.person(server)
    bob.open_checklist("bob")

    bob.go("/checklist/alice/")

    title = bob.page.locator("h1").inner_text()
    recorder.text("no-list.txt", " ".join(title.split()) + "\n")


def test_two_people_share_a_list(team, recorder):
    _, alice, bob = team()
    bob.page.get_by_label("Done: Bread").check()
    expect(alice.page.get_by_label("Done: Bread")).to_be_checked()
    alice.page.get_by_text("bob, ").wait_for()
    recorder.picture("shared", {"Alice": alice, "Bob": bob})
    bob.frames.clear()

    choose_role(alice, "reader")

    expect(bob.page.get_by_label("Done: Bread")).to_be_disabled()
    expect(bob.page.get_by_label("New task")).to_be_hidden()
    bob.frames.clear()
    assert bob.send_raw('{"type": "task.create", "name": "Cake"}')
    recorder.frames("frames.txt", {"Bob": bob})
    recorder.picture("reader", {"Bob": bob})


def test_who_is_removed_is_told_when_the_page_asks(team):
    server, alice, bob = team()
    server.unshare()

    bob.page.get_by_label("Done: Bread").check()

    bob.page.get_by_text("You may not see this any more. Home").wait_for()
    expect(alice.page.get_by_label("Done: Bread")).not_to_be_checked()


def test_reader_sees_a_list_on_a_phone(team):
    _, _, bob = team("reader")
    bob.page.set_viewport_size(PHONE)

    expect(bob.page.get_by_label("Item", exact=True)).to_have_value("Bread")
    wide = "document.documentElement.scrollWidth"
    assert bob.page.evaluate(wide) <= PHONE["width"]


def test_removal_while_a_tab_is_offline_is_told_when_it_comes_back(team):
    server, _, bob = team()
    server.kill()
    bob.page.get_by_text("Offline, trying again…").wait_for()
    server.unshare()

    server.restart()

    bob.page.get_by_text("You may not see this any more.").wait_for()
