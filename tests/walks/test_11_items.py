"""Walks of docs/11_items.md."""

NOON = "2026-11-22T12:00:00Z"
CONSUMERS = "checklist/consumers.py"
# Every task may get an item, whoever's it is.
ANY_TASK = {
    CONSUMERS: [
        (
            'task = self.get_row(self.get_tasks(), content.get("task"))',
            'task = self.get_row(Task.objects, content.get("task"))',
        ),
        (
            'item.task = self.get_row(self.get_tasks(), content["task"])',
            'item.task = self.get_row(Task.objects, content["task"])',
        ),
    ]
}
# Looks the row up everywhere, and tells somebody whose it is not.
TELLS = """\
        row = rows.model.objects.filter(pk=pk).first()
        if row and row not in rows:
            raise ValidationError("This is not yours.")
"""
TELLING = {CONSUMERS: [("        row = rows.filter(pk=pk).first()\n", TELLS)]}


def party(stage, step, edits=None):
    """Alice has two tasks, Bob one; give the server and their browsers."""
    server = stage.serve(step, edits)
    alice, bob = stage.person(server), stage.person(server)
    for person, name, tasks in (
        (alice, "alice", ["Buy juice", "Bake a cake"]),
        (bob, "bob", ["Repair the bicycle"]),
    ):
        person.open_checklist(name)
        for task in tasks:
            person.add_task(task)
            person.row("task", task).wait_for()
    return server, alice, bob


def add_items(person, task, *names):
    for name in names:
        person.add_item(task, name)
        person.row("item", name).wait_for()


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("11"))


def test_step_before_lets_anybody_rename(stage, recorder):
    _, alice, bob = party(stage, "10_tasks")

    frames = ['{"type": "task.update", "id": 2, "name": "Wash the car of Bob"}']
    recorder.answers("renamed.txt", frames, bob.send_raw(*frames))
    alice.page.reload()
    for person in (alice, bob):
        person.row("task", "Wash the car of Bob").wait_for()

    people = {"Alice's browser, after a reload": alice, "Bob's browser": bob}
    recorder.picture("renamed", people)


def test_items_are_shared_by_the_tabs_of_one_person(stage, recorder):
    server, alice, bob = party(stage, "11_items")
    other = stage.person(server)
    other.open_checklist("alice")
    add_items(alice, "Buy juice", "Oranges", "Lemons", "Ice")
    add_items(bob, "Repair the bicycle", "Find the pump")

    other.row("item", "Oranges").get_by_role("checkbox").check()
    alice.row("item", "Oranges").get_by_text("alice, ").wait_for()
    other.rename("item", "Lemons", "Limes")
    alice.row("item", "Limes").wait_for()
    other.delete("item", "Ice")
    alice.row("item", "Ice").wait_for(state="detached")
    alice.row("item", "Limes").get_by_role("checkbox").check()
    other.row("item", "Limes").get_by_text("alice, ").wait_for()
    alice.row("item", "Limes").get_by_role("checkbox").uncheck()
    for tab in (alice, other):
        tab.row("item", "Limes").get_by_text("alice, ").wait_for(state="detached")

    assert alice.row("item", "Oranges").get_by_role("checkbox").is_checked()
    assert not other.row("item", "Limes").get_by_role("checkbox").is_checked()
    people = {"Alice's browser": alice, "Bob's browser": bob}
    for person in people.values():
        person.page.set_viewport_size({"width": 460, "height": 640})
    recorder.picture("items", people)


def test_frames_of_two_tabs_that_share_a_task(stage, recorder):
    server = stage.serve("11_items")
    one, other = stage.person(server), stage.person(server)
    for tab in (one, other):
        tab.open_checklist("alice")
        tab.hears("task.list")

    # Each change reaches both tabs before the next: the frames keep this order.
    one.add_task("Buy juice")
    for tab in (one, other):
        tab.row("task", "Buy juice").wait_for()
    other.add_item("Buy juice", "Oranges")
    for tab in (one, other):
        tab.row("item", "Oranges").wait_for()
    one.row("item", "Oranges").get_by_role("checkbox").check()
    for tab in (one, other):
        tab.row("item", "Oranges").get_by_text("alice, ").wait_for()
    late = stage.person(server)
    late.open_checklist("alice")
    late.row("item", "Oranges").wait_for()
    one.delete("item", "Oranges")
    tabs = {"one tab": one, "the other": other, "one that opens before the end": late}
    for tab in tabs.values():
        tab.row("item", "Oranges").wait_for(state="detached")
        tab.hears("item.delete")

    recorder.frames("frames.txt", tabs)


def test_tick_says_who_and_when(stage, recorder):
    _, alice, _ = party(stage, "11_items")
    add_items(alice, "Buy juice", "Oranges")

    frames = [
        f'{{"type": "item.update", "id": 1, "done_at": "{NOON}"}}',
        '{"type": "item.update", "id": 1, "name": "Limes", "done_by": "bob"}',
    ]
    recorder.answers("ticked.txt", frames, alice.send_raw(*frames))


def test_ids_of_somebody_else_are_refused(stage, recorder):
    _, alice, bob = party(stage, "11_items")
    add_items(alice, "Buy juice", "Oranges")

    frames = [
        '{"type": "task.update", "id": 2, "name": "Wash the car of Bob"}',
        '{"type": "task.update", "id": 99, "name": "Wash the car of Bob"}',
        '{"type": "item.create", "task": 2, "name": "Wax it too"}',
        '{"type": "item.delete", "id": 1}',
        '{"type": "task.update", "id": 3, "name": "Repair both bicycles"}',
    ]
    recorder.answers("refused.txt", frames, bob.send_raw(*frames))


def test_task_of_anybody_lets_items_in(stage, recorder):
    _, alice, bob = party(stage, "11_items", ANY_TASK)
    add_items(alice, "Buy juice", "Oranges")

    frames = ['{"type": "item.create", "task": 1, "name": "Champagne for Bob"}']
    recorder.answers("planted.txt", frames, bob.send_raw(*frames))
    alice.page.reload()
    alice.row("item", "Champagne for Bob").wait_for()

    people = {"Alice's browser, after a reload": alice, "Bob's browser": bob}
    for person in people.values():
        person.page.set_viewport_size({"width": 460, "height": 610})
    recorder.picture("planted", people)


def test_answer_that_differs_tells_which_ids_exist(stage, recorder):
    _, _, bob = party(stage, "11_items", TELLING)

    frames = [f'{{"type": "task.delete", "id": {number}}}' for number in (1, 2, 4)]
    recorder.text("telling.py", TELLS)
    recorder.answers("told.txt", frames, bob.send_raw(*frames))


def test_error_does_not_say_which_field(stage, recorder):
    _, alice, _ = party(stage, "11_items")
    add_items(alice, "Buy juice", "Oranges")

    frames = ['{"type": "item.update", "id": 1, "name": "", "done_at": "noon"}']
    recorder.answers("which.txt", frames, alice.send_raw(*frames))
