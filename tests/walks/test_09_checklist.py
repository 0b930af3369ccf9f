"""Walks of docs/09_checklist.md."""

import re
from subprocess import CalledProcessError

import pytest

from tests.walks.stage import Person, answer

STEP = "09_checklist"
SMALL = {"width": 460, "height": 340}
TASKS = ("Buy lemonade", "Book the hall", "Bake a cake")
UNKNOWN = {"core/settings.py": [('    "checklist",\n', "")]}
# A view of all rows, where the template asks for those of one user.
EVERYBODY = """\
    path(
        "",
        ListView.as_view(model=Task, template_name="checklist/index.html"),
        name="index",
    ),
"""
OWN = """\
    path("", TemplateView.as_view(template_name="checklist/index.html"), name="index"),
"""
FOR_ALL = {
    "checklist/urls.py": [
        ("import TemplateView\n", "import ListView\n\nfrom .models import Task\n"),
        (OWN, EVERYBODY),
    ],
    "checklist/templates/checklist/index.html": [("user.task_set.all", "task_list")],
}


def open_list(stage, server, name):
    person = stage.person(server)
    person.log_in(name, "/checklist/")
    person.page.get_by_role("heading", name="Checklist").wait_for()
    person.page.set_viewport_size(SMALL)
    return person


def another_tab(person):
    tab = Person(person.page.context.new_page(), person.address)
    tab.page.set_viewport_size(SMALL)
    return tab


def add_in_the_admin(person, name, user="alice"):
    person.go("/admin/checklist/task/add/")
    person.page.locator("[name=user]").select_option(label=user)
    person.page.locator("[name=name]").fill(name)
    person.page.get_by_role("button", name="Save", exact=True).click()
    person.page.get_by_text("was added successfully").wait_for()


def tasks(person):
    return person.page.get_by_role("list", name="Tasks").locator("li").all_inner_texts()


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("9"))


def test_step_before_has_only_a_log_for_a_list(stage, recorder):
    server = stage.serve("08_outside")
    alice, bob = stage.room(server, "alice", "bob", room="lunch")

    alice.say("To do: buy lemonade, book the hall")
    bob.sees("To do: buy lemonade, book the hall")
    bob.say("The hall is booked")
    alice.sees("The hall is booked")
    alice.say("Not lemonade, juice. And bake a cake")
    bob.sees("Not lemonade, juice. And bake a cake")
    for person in (alice, bob):
        person.hears("And bake a cake")

    recorder.picture("log", {"Alice's browser": alice, "Bob's browser": bob})
    bob.frames = [frame for frame in bob.frames if "chat.message" in frame]
    recorder.frames("log.txt", {"What Bob's browser receives": bob})


def test_tasks_of_the_admin_are_on_the_page(stage, recorder):
    server = stage.serve(STEP)
    alice = open_list(stage, server, "alice")
    admin = another_tab(alice)

    assert tasks(alice) == ["Nothing to do."]
    for name in TASKS:
        add_in_the_admin(admin, name)
    alice.page.reload()

    assert tasks(alice) == [*TASKS]
    admin.page.locator(".messagelist").evaluate("list => list.remove()")
    for person in (alice, admin):
        person.page.set_viewport_size({"width": 460, "height": 540})
    windows = {"Alice's checklist": alice, "The admin, in another tab": admin}
    recorder.picture("list", windows)


def test_page_that_is_open_asks_for_nothing(stage, recorder):
    server = stage.serve(STEP)
    alice = open_list(stage, server, "alice")
    add_in_the_admin(another_tab(alice), "Buy lemonade")

    alice.page.wait_for_timeout(1000)
    assert tasks(alice) == ["Nothing to do."]
    alice.page.reload()
    assert tasks(alice) == ["Buy lemonade"]

    asked = re.findall(
        r"^HTTP \w+ /(?:admin/)?checklist/\S* \d+", server.printed, re.MULTILINE
    )
    recorder.text("requests.txt", "\n".join(asked[1:]) + "\n")


def test_app_that_django_does_not_know_gets_no_migration(stage, recorder):
    server = stage.serve(STEP)
    server.folder = stage.copy(STEP, stage.folder, UNKNOWN)

    with pytest.raises(CalledProcessError) as failed:
        server.manage("makemigrations", "checklist")

    recorder.text("unknown.txt", failed.value.stdout)


def test_view_that_asks_for_all_rows_shows_them_to_everybody(stage, recorder):
    server = stage.serve(STEP, FOR_ALL)
    alice = open_list(stage, server, "alice")
    add_in_the_admin(another_tab(alice), "A present for Bob")

    bob = open_list(stage, server, "bob")

    assert tasks(bob) == ["A present for Bob"]
    recorder.text("everybody.py", EVERYBODY)
    recorder.picture("everybody", {"Bob's checklist": bob})


def test_answer_shows_whose_a_task_is(stage):
    ((_, code),) = answer(STEP, "python")
    edits = {"checklist/admin.py": [("admin.site.register(Task)\n", code)]}
    server = stage.serve(STEP, edits)
    alice = open_list(stage, server, "alice")

    add_in_the_admin(alice, "Buy juice", user="bob")

    row = alice.page.locator("#result_list tbody tr")
    assert row.locator("td, th").all_inner_texts()[1:] == ["Buy juice", "bob"]
