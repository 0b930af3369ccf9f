"""Walks of docs/12_serializers.md."""

import json
from textwrap import indent

from tests.walks.stage import answer

SMALL = {"width": 460, "height": 460}
# An id in quotes, and a blank name.
TWO_MISTAKES = '{"type": "item.create", "task": "1", "name": " "}'
# Without it, DRF makes the field: any task of anybody's.
ANY_TASK = {
    "checklist/serializers.py": [("    task = OwnTaskField(pk_field=IdField())\n", "")]
}
SHOW_FIELDS = """
from checklist.serializers import ItemSerializer
print(repr(ItemSerializer()))
"""
ROW_BY_ROW = {
    "checklist/consumers.py": [
        ('.prefetch_related("item_set__done_by")', ".all()"),
    ]
}
COUNT_QUERIES = """
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from checklist.consumers import ChecklistConsumer
from checklist.models import Item, Task
consumer = ChecklistConsumer()
consumer.user = get_user_model().objects.get(username="alice")
consumer.send_json = lambda frame: None
for count in (1, 20, 100):
    while consumer.user.task_set.count() < count:
        task = Task.objects.create(user=consumer.user, name="Bake")
        for name in ("Flour", "Yeast"):
            Item.objects.create(task=task, name=name, done_by=consumer.user)
    with CaptureQueriesContext(connection) as queries:
        consumer.send_list()
    print(len(queries))
"""


def open_list(stage, server):
    """Alice has one task with one item."""
    alice = stage.person(server)
    alice.open_checklist("alice")
    alice.add_task("Bake a cake")
    alice.row("task", "Bake a cake").wait_for()
    alice.add_item("Bake a cake", "Flour")
    alice.row("item", "Flour").wait_for()
    return alice


def count_queries(server):
    printed = server.manage("shell", "--no-imports", "--command", COUNT_QUERIES)
    return [int(line) for line in printed.split()]


def in_lines(frame):
    return json.dumps(json.loads(frame), indent=2) + "\n"


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("12"))


def test_step_before_names_no_field(stage, recorder):
    server = stage.serve("11_items")
    alice = open_list(stage, server)

    answers = alice.send_raw(TWO_MISTAKES)

    recorder.answers("no-field.txt", [TWO_MISTAKES], answers)


def test_each_wrong_field_is_named(stage, recorder):
    server = stage.serve("12_serializers")
    alice = open_list(stage, server)
    frames = ['{"type": "item.create", "task": 99, "name": "Yeast"}']
    frames += ['{"type": "item.delete", "id": true}']
    frames += ['{"type": "item.update", "id": 1, "name": " Rye flour "}']

    (answer,) = alice.send_raw(TWO_MISTAKES)
    recorder.text("by-field.json", in_lines(answer))
    recorder.answers("answers.txt", frames, alice.send_raw(*frames))


def test_blank_name_turns_red_and_the_old_one_comes_back(stage, recorder):
    server = stage.serve("12_serializers")
    alice = open_list(stage, server)
    alice.hears("item.create")
    alice.frames.clear()

    alice.rename("item", "Flour", "   ")
    alice.page.get_by_role("alert").get_by_text("may not be blank").wait_for()
    item = alice.row("item", "Flour").get_by_label("Item", exact=True)
    assert item.input_value() == "Flour"
    assert item.get_attribute("aria-invalid") == "true"
    alice.page.set_viewport_size(SMALL)
    recorder.picture("red", {"Alice's browser": alice})
    recorder.frames("frames.txt", {"Alice's browser": alice})

    alice.rename("item", "Flour", "Rye flour")
    item = alice.row("item", "Rye flour").get_by_label("Item", exact=True)
    assert item.get_attribute("aria-invalid") == "false"


def test_field_for_any_task_writes_into_the_list_of_another(stage, recorder):
    server = stage.serve("12_serializers", ANY_TASK)
    bob = stage.person(server)
    bob.open_checklist("bob")
    bob.add_task("Clean the kitchen")
    bob.row("task", "Clean the kitchen").wait_for()
    alice = stage.person(server)
    alice.open_checklist("alice")

    frame = '{"type": "item.create", "task": 1, "name": "And wash my car"}'
    printed = server.manage("shell", "--no-imports", "--command", SHOW_FIELDS)
    recorder.text("fields.py", printed)
    recorder.answers("any-task.txt", [frame], alice.send_raw(frame))
    assert bob.row("item", "And wash my car").count() == 0
    bob.page.reload()
    bob.row("item", "And wash my car").wait_for()

    bob.page.set_viewport_size(SMALL)
    recorder.picture("any-task", {"Bob's browser, after a reload": bob})


def test_list_without_prefetch_asks_for_every_row(stage, recorder):
    with_it = count_queries(stage.serve("12_serializers"))
    without = count_queries(stage.serve("12_serializers", ROW_BY_ROW))

    lines = ["tasks  with prefetch_related  without\n"]
    for row in zip((1, 20, 100), with_it, without, strict=True):
        lines.append("{:>5}{:>23}{:>9}\n".format(*row))
    recorder.text("queries.txt", "".join(lines))


def test_answer_refuses_what_is_done_in_the_future(stage):
    ((_, method),) = answer("12_serializers", "python")
    imports = "from datetime import timedelta\n\nfrom django.utils import timezone\n"
    before = "    def validate_task("
    edits = {
        "checklist/serializers.py": [
            ("from rest_framework", f"{imports}from rest_framework"),
            (before, f"{indent(method, '    ')}\n{before}"),
        ]
    }
    alice = open_list(stage, stage.serve("12_serializers", edits))
    frame = '{"type": "item.update", "id": 1, "done_at": "%s"}'

    (refused,) = alice.send_raw(frame % "2999-01-01T00:00:00Z")
    (told,) = alice.send_raw(frame % "2026-11-22T12:00:00Z")

    assert json.loads(refused)["errors"] == {"done_at": ["That is in the future."]}
    assert json.loads(told)["done_by"] == "alice"
