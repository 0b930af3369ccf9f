"""What a person can do on the checklist's page, with the last step."""

import pytest

from tools.chain.steps import all_steps

LAST = all_steps()[-1].name


@pytest.fixture
def server(stage):
    return stage.serve(LAST)


@pytest.fixture
def alice(stage, server):
    alice = stage.person(server)
    alice.open_checklist("alice")
    alice.add_task("Buy bread")
    alice.add_item("Buy bread", "Flour")
    alice.row("item", "Flour").wait_for()
    return alice


def value(person, entity, name):
    label = {"task": "Task", "item": "Item"}[entity]
    return person.row(entity, name).get_by_label(label, exact=True).first.input_value()


def reason(row):
    """The text beside the input of a row that is marked as wrong."""
    wrong = row.page.locator("[aria-invalid=true]")
    return row.locator("form").filter(has=wrong).get_by_role("alert")


def test_every_tab_of_a_person_follows_and_nobody_else_does(stage, server, alice):
    other = stage.person(server)
    other.open_checklist("alice")
    bob = stage.person(server)
    bob.open_checklist("bob")
    bob.add_task("Bob's own")
    bob.row("task", "Bob's own").wait_for()

    other.row("item", "Flour").get_by_role("checkbox").check()
    alice.row("item", "Flour").get_by_text("alice, ").wait_for()
    alice.rename("item", "Flour", "Rye flour")
    alice.rename("task", "Buy bread", "Bake bread")
    other.row("item", "Rye flour").wait_for()
    other.row("task", "Bake bread").wait_for()
    alice.row("item", "Rye flour").get_by_role("checkbox").uncheck()
    other.page.locator("small:empty").wait_for(state="attached")
    other.delete("item", "Rye flour")
    alice.row("item", "Rye flour").wait_for(state="detached")
    other.delete("task", "Bake bread")
    alice.row("task", "Bake bread").wait_for(state="detached")

    assert bob.page.locator("#tasks .card").count() == 1
    assert not any("bread" in frame for frame in bob.frames)


def test_refused_change_says_why_where_it_was_typed(alice):
    for entity, name in (("task", "Buy bread"), ("item", "Flour")):
        alice.rename(entity, name, "")

        row = alice.row(entity, name)
        reason(row).get_by_text("This field may not be blank.").wait_for()
        assert value(alice, entity, name) == name
        alice.rename(entity, name, name + "!")
        alice.row(entity, name + "!").wait_for()
        assert alice.page.get_by_role("alert").all_inner_texts() == [""] * 4
        alice.rename(entity, name + "!", name)
        alice.row(entity, name).wait_for()


def test_refused_new_row_keeps_what_was_typed(alice):
    long = "x" * 129
    alice.add_task(long)

    alice.page.locator("#new-task").get_by_text("no more than 128").wait_for()
    assert alice.page.get_by_label("New task").input_value() == long


def test_keyboard_alone_is_enough(alice):
    press = alice.page.keyboard.press
    alice.page.get_by_label("New task").focus()
    press("Tab")  # its button
    press("Tab")
    alice.page.keyboard.type("Bake ")  # the whole name is selected by tabbing into it
    press("Enter")
    alice.row("task", "Bake").wait_for()
    press("Tab")  # delete the task
    press("Tab")
    press("Space")  # tick
    alice.row("item", "Flour").get_by_text("alice, ").wait_for()
    press("Tab")
    alice.page.keyboard.type("Nonsense")
    press("Escape")
    assert value(alice, "item", "Flour") == "Flour"
    press("Tab")
    press("Enter")  # delete the item
    alice.row("item", "Flour").wait_for(state="detached")

    assert alice.page.evaluate("document.activeElement.tagName") == "INPUT"


def test_offline_page_says_so_and_comes_back_with_a_fresh_list(stage, server, alice):
    new_task = alice.page.locator("#new-task")
    server.kill()
    alice.page.get_by_text("Offline, trying again").wait_for()
    alice.add_task("Call Bob")
    new_task.get_by_text("Call Bob (sending…)").wait_for()
    assert alice.page.get_by_label("New task").input_value() == ""
    alice.row("item", "Flour").get_by_role("checkbox").click()
    alice.row("item", "Flour").get_by_text("(sending…)").wait_for()

    change = "from checklist.models import Item, Task; Item.objects.update(name='Rye');"
    change += "Task.objects.create(user=Task.objects.get().user, name='Meanwhile')"
    server.manage("shell", "--no-imports", "-c", change)
    server.restart()

    alice.row("task", "Meanwhile").wait_for()
    alice.wait_until_connected()
    alice.row("task", "Call Bob").wait_for()
    alice.row("item", "Rye").get_by_text("alice, ").wait_for()
    assert alice.page.get_by_text("sending…").count() == 0


def test_text_of_a_user_is_never_markup(alice):
    alice.add_task("<img src=x onerror=alert(1)>")

    alice.row("task", "<img src=x onerror=alert(1)>").wait_for()
    assert alice.page.locator("img").count() == 0
