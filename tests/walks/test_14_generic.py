"""Walks of docs/14_generic.md."""

import ast
import re
from textwrap import dedent, indent

from tests.walks.stage import answer
from tools.chain.steps import find_step

PATH = "checklist/receivers.py"
# The copy of a receiver in which one thing was forgotten.
COPY = [
    (
        "ItemSerializer(item, data=content, partial=True,",
        "ItemSerializer(item, data=content,",
    )
]
LACKING = [("    serializer_class = TaskSerializer\n", "")]
HOOK = """    def perform_create(self, serializer):
        serializer.save(user=self.user)
"""
# The method that one overrides first: it works, for a name that is one.
NAIVE = """    def create(self, content):
        task = self.user.task_set.create(name=content["name"])
        return self.get_serializer(task).data
"""


def receivers(step: str) -> dict[str, list[str]]:
    """Each class's lines of code, as they stand in the step."""
    text = (find_step(step).folder / PATH).read_text("utf-8")
    lines = text.split("\n")
    return {
        node.name: [x for x in lines[node.lineno - 1 : node.end_lineno] if x.strip()]
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef)
    }


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("14"))


def test_entity_of_the_step_before_repeats_another(recorder):
    classes = receivers("13_receivers")
    task, item = classes["TaskReceiver"], classes["ItemReceiver"]
    renamed = [line.replace("Item", "Task").replace("item", "task") for line in item]
    same = [line for line in renamed if line in task]

    assert len(same) > len(item) / 2
    recorder.text(
        "cost.txt",
        f"{PATH}, step 13, class ItemReceiver\n"
        f"  lines of code:                                  {len(item)}\n"
        f"  that TaskReceiver has too, but for the names:   {len(same)}\n",
    )


def test_line_forgotten_in_a_copy_is_seen_by_whoever_ticks(stage, recorder):
    server = stage.serve("13_receivers", {PATH: COPY})
    alice = stage.person(server)
    alice.open_checklist("alice")
    alice.add_task("Buy bread")
    alice.add_item("Buy bread", "Flour")

    alice.row("item", "Flour").get_by_role("checkbox").click()
    alice.page.get_by_text("This field is required.").wait_for()

    recorder.picture("forgotten", {"Alice's browser": alice})


def test_checklist_works_as_before(stage, recorder):
    server = stage.serve("14_generic")
    tabs = stage.person(server), stage.person(server)
    for tab in tabs:
        tab.open_checklist("alice")
    one, other = tabs

    # Each change reaches both tabs before the next: the frames keep this order.
    one.add_task("Buy bread")
    for tab in tabs:
        tab.row("task", "Buy bread").wait_for()
    for name in ("Flour", "Salt"):
        other.add_item("Buy bread", name)
        for tab in tabs:
            tab.row("item", name).wait_for()
    other.rename("item", "Flour", "Rye flour")
    for tab in tabs:
        tab.row("item", "Rye flour").wait_for()
    one.row("item", "Rye flour").get_by_role("checkbox").check()
    for tab in tabs:
        tab.row("item", "Rye flour").get_by_text("alice,").wait_for()
    other.delete("item", "Salt")
    for tab in tabs:
        tab.row("item", "Salt").wait_for(state="detached")
        tab.row("item", "Rye flour").get_by_text("alice,").wait_for()

        tab.hears("item.delete")
    recorder.frames("frames.txt", {"one browser": one, "the other": other})

    one.page.mouse.move(0, 0)
    recorder.picture("unchanged", {"Alice's browser": one, "Her other browser": other})


def test_receiver_without_a_serializer_is_named_in_the_log(stage, recorder):
    server = stage.serve("14_generic", {PATH: LACKING})
    alice = stage.person(server)
    alice.open_checklist("alice")

    alice.add_task("Buy bread")
    alice.page.get_by_text("Something went wrong on the server.").wait_for()

    recorder.text("lacking.pytb", server.own_traceback())


def test_entity_costs_less_than_before(recorder):
    before, after = receivers("13_receivers"), receivers("14_generic")
    lines = ["lines of code      step 13   step 14"]
    for name in ("TaskReceiver", "ItemReceiver"):
        counts = len(before[name]), len(after[name])
        assert counts[1] * 2 < counts[0] + 2
        lines.append(f"{name:<18} {counts[0]:>7}   {counts[1]:>7}")

    recorder.text("cost-now.txt", "\n".join(lines) + "\n")


def test_create_that_is_overridden_validates_nothing(stage, recorder):
    frames = ['{"type": "task.create", "name": "   "}', '{"type": "task.create"}']
    before = stage.serve("14_generic")
    alice = stage.person(before)
    alice.open_checklist("alice")
    refused = alice.send_raw(*frames)
    assert all('"errors": {"name": ' in answer for answer in refused)

    server = stage.serve("14_generic", {PATH: [(HOOK, NAIVE)]})
    alice = stage.person(server)
    alice.open_checklist("alice")
    alice.add_task("Buy bread")
    alice.row("task", "Buy bread").wait_for()
    answers = alice.send_raw(*frames)
    alice.hears('"name": "   "')
    alice.page.set_viewport_size({"width": 460, "height": 540})

    recorder.text("naive.py", dedent(NAIVE))
    recorder.answers("overridden.txt", frames, answers)
    recorder.picture("nameless", {"Alice's browser": alice})


def test_task_with_items_stays_by_a_hook(stage):
    ((_, extension),) = answer("14_generic", "python")
    more = f"{HOOK}\n{indent(extension, '    ')}"
    page = find_step("14_generic").page.read_text("utf-8")
    (needs,) = re.findall(r"`(from .* import ValidationError)`", page)
    head = "from core.receivers"
    edits = [(HOOK, more), (head, f"{needs}\n\n{head}")]
    server = stage.serve("14_generic", {PATH: edits})
    alice = stage.person(server)
    alice.open_checklist("alice")
    alice.add_task("Buy bread")
    alice.add_item("Buy bread", "Flour")

    alice.delete("task", "Buy bread")
    alice.page.get_by_text("Delete its items first.").wait_for()
    alice.delete("item", "Flour")
    alice.row("item", "Flour").wait_for(state="detached")
    alice.delete("task", "Buy bread")
    alice.row("task", "Buy bread").wait_for(state="detached")
