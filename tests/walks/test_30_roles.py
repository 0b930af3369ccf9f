"""Walks of docs/30_roles.md."""

import pytest
import requests
from playwright.sync_api import expect

from tools.servers.demo_users import PASSWORD

STEP_BEFORE, STEP = "29_shared", "30_roles"
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

    def team(role="editor", step=STEP):
        server = stage.serve(step)
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


def program_of(person, name):
    """Log a program in; give what sends a request of its own to Alice's list."""
    login = {"username": name, "password": PASSWORD}
    answered = requests.post(f"{person.address}api/login", json=login, timeout=30)
    headers = {"Authorization": f"Token {answered.json()['token']}"}
    tasks = f"{person.address}api/checklists/alice/tasks"

    def send(method, path=""):
        return requests.request(method, tasks + path, headers=headers, timeout=30)

    return send


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("30"))


def test_step_before_lets_everybody_change_everything(team, recorder):
    _, alice, bob = team(role="", step=STEP_BEFORE)
    assert program_of(bob, "bob")("GET").status_code == 404
    bob.frames.clear()

    bob.delete("task", "Shopping")

    alice.page.get_by_text("This list is empty.").wait_for()
    for kind in '"ok"', '"task.delete"':
        bob.hears(kind)
    recorder.frames("deleted.txt", {"Bob": bob})


def test_editor_becomes_a_reader(team, recorder):
    _, alice, bob = team()
    bob.page.get_by_label("Done: Bread").check()
    alice.page.get_by_text("bob, ").wait_for()

    choose_role(alice, "reader")

    expect(bob.page.get_by_label("Done: Bread")).to_be_disabled()
    expect(bob.page.get_by_label("New task")).to_be_hidden()
    bob.frames.clear()
    assert bob.send_raw('{"type": "task.create", "name": "Cake"}')
    recorder.frames("frames.txt", {"Bob": bob})
    recorder.picture("reader", {"Alice": alice, "Bob": bob})
    send = program_of(bob, "bob")
    assert send("GET").json()["count"] == 1
    refused = send("DELETE", "/1")
    recorder.text("api.txt", f"{refused.status_code} {refused.text}\n")


def test_reader_sees_a_list_on_a_phone(team):
    _, _, bob = team("reader")
    bob.page.set_viewport_size(PHONE)

    expect(bob.page.get_by_label("Item", exact=True)).to_have_value("Bread")
    wide = "document.documentElement.scrollWidth"
    assert bob.page.evaluate(wide) <= PHONE["width"]


def test_reader_is_told_that_a_frame_came_too_late(team):
    server, _, bob = team()
    server.kill()
    bob.page.get_by_text("Offline, trying again…").wait_for()
    bob.add_task("Cake")
    server.make_reader("bob")

    server.restart()

    bob.page.get_by_text("You may read this list, but not change it.").wait_for()
    expect(bob.page.get_by_label("New task")).to_have_value("Cake")
    expect(bob.page.get_by_label("New task")).to_be_disabled()
