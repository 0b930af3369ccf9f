"""Walks of docs/13_receivers.md."""

import ast
import re
from textwrap import indent

import pytest

from tests.walks.recorder import PINGS
from tests.walks.stage import answer
from tools.chain.changes import changes
from tools.chain.steps import find_step

STEP_BEFORE, STEP = "12_serializers", "13_receivers"
TALL = {"width": 460, "height": 530}
SMALL = {"width": 460, "height": 250}
CONSUMERS, RECEIVERS = "checklist/consumers.py", "checklist/receivers.py"
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
# Two seconds between reading an item and saving it.
# The new name, sent second, is read before the tick is saved, and saved after it.
SLOWLY = (
    "        done = {}\n",
    '        time.sleep(3 if "name" in content else 2)\n        done = {}\n',
)
SLOW = {
    STEP_BEFORE: {
        CONSUMERS: [("from channels.", "import time\n\nfrom channels."), SLOWLY]
    },
    STEP: {RECEIVERS: [("from core.", "import time\n\nfrom core."), SLOWLY]},
}
DELETE = '<button type="button" data-type="task.delete"'
# A receiver that does whatever it is asked, and a method that is for us alone.
LIST = """\
        if name not in self.actions:
            raise ValidationError("Unknown type of frame.")
"""
HELPER = """\
    def _start_again(self, content=None):
        self.get_queryset().delete()
        return {"tasks": []}
"""
OPEN = {
    "core/receivers.py": [(LIST, "")],
    RECEIVERS: [("class ItemReceiver", f"{HELPER}\n\nclass ItemReceiver")],
}


def methods(step):
    """The lines of each method of the step's consumer."""
    text = (find_step(step).folder / CONSUMERS).read_text("utf-8")
    lines = text.split("\n")
    return {
        node.name: lines[node.lineno - 1 : node.end_lineno]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    }


def as_task(text):
    return text.replace("item", "task").replace("Item", "Task")


def without_times(frames):
    """The frames as they are at any time, without the pings of a page that waits."""
    told = [frame for frame in frames if not frame.startswith(PINGS)]
    return [TIME.sub("2026-11-22T12:00:00Z", frame) for frame in told]


def use(stage, step):
    """Do in a step what one does with a list; give the tab."""
    alice = stage.person(stage.serve(step))
    alice.open_checklist("alice")
    alice.add_task("Bake a cake")
    alice.row("task", "Bake a cake").wait_for()
    for name in ("Flour", "Sugar", "Salt"):
        alice.add_item("Bake a cake", name)
        alice.row("item", name).wait_for()
    alice.row("item", "Flour").get_by_role("checkbox").check()
    alice.row("item", "Flour").get_by_text("alice, ").wait_for()
    alice.delete("item", "Salt")
    alice.row("item", "Salt").wait_for(state="detached")
    alice.rename("item", "Sugar", " ")
    alice.row("item", "Sugar").get_by_text("may not be blank").wait_for()
    alice.rename("task", "Bake a cake", "Bake two cakes")
    alice.row("task", "Bake two cakes").wait_for()
    return alice


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("13"))


def test_entity_costs_lines_all_over_the_consumer(recorder):
    before = methods(STEP_BEFORE)
    counts = {}
    for name, lines in before.items():
        if name == "receive_json":
            lines = [line for line in lines if "item" in line]
        elif "item" not in name:
            continue
        same = [line for line in lines if as_task(line) in before[as_task(name)]]
        counts[name] = len(lines), len(same)
    counts["together"] = tuple(map(sum, zip(*counts.values(), strict=True)))

    rows = [f"{name:12}{of:>8}{same:>14}" for name, (of, same) in counts.items()]
    head = f"{'for items':12}{'lines':>8}{'as for tasks':>14}"
    recorder.text("cost.txt", "\n".join([head, *rows, ""]))


def test_nothing_else_changes(recorder):
    lines = []
    for change in changes(find_step(STEP_BEFORE), find_step(STEP)):
        ops = [change.lines[index].op for index in change.changed]
        new, gone = ops.count("+"), ops.count("-")
        lines.append(f"{change.status}  {change.path:26}{new:>4} new{gone:>4} gone\n")
    recorder.text("differs.txt", "".join(lines))


def test_browser_sees_and_hears_the_same(stage, recorder):
    before, after = use(stage, STEP_BEFORE), use(stage, STEP)

    assert without_times(before.frames) == without_times(after.frames)
    for tab in (before, after):
        tab.page.set_viewport_size(TALL)
    recorder.picture("same", {"Step 12": before, "Step 13": after})


@pytest.mark.parametrize(("step", "file"), [(STEP_BEFORE, "lost"), (STEP, "kept")])
def test_two_processes_change_one_item_at_once(stage, recorder, step, file):
    server = stage.serve(step, SLOW[step], REDIS_URL=stage.redis())
    one, other = stage.person(server), stage.person(stage.beside(server))
    for tab in (one, other):
        tab.open_checklist("alice")
    one.add_task("Bake a cake")
    one.row("task", "Bake a cake").wait_for()
    one.add_item("Bake a cake", "Flour")
    for tab in (one, other):
        tab.row("item", "Flour").wait_for()
        tab.frames.clear()

    one.row("item", "Flour").get_by_role("checkbox").click()
    other.rename("item", "Flour", "Rye flour")
    for tab in (one, other):
        tab.row("item", "Rye flour").wait_for()
        tab.hears("Rye flour")

    one.frames = without_times(one.frames)
    recorder.frames(f"{file}.txt", {"the tab that ticks": one})
    one.page.reload()
    tick = one.row("item", "Rye flour").get_by_role("checkbox")
    tick.wait_for()
    assert tick.is_checked() == (step == STEP)


def test_receiver_without_a_list_does_whatever_it_is_asked(stage, recorder):
    server = stage.serve(STEP, OPEN)
    alice = stage.person(server)
    alice.open_checklist("alice")
    alice.add_task("Bake a cake")
    alice.row("task", "Bake a cake").wait_for()

    alice.send_raw('{"type": "task.__init__", "user": 2}')
    recorder.text("init.pytb", server.own_traceback())
    frame = '{"type": "task._start_again"}'
    recorder.answers("open.txt", [frame], alice.send_raw(frame))
    alice.page.reload()
    alice.wait_until_connected()
    alice.hears('"tasks": []')

    assert alice.page.locator(".card").count() == 0
    recorder.text("helper.py", HELPER)
    alice.page.set_viewport_size(SMALL)
    recorder.picture("emptied", {"Alice's browser, after a reload": alice})


def test_answer_clears_what_is_done_in_every_tab(stage):
    (method,), (handler,), (button,) = (
        [code for _, code in answer(STEP, language)]
        for language in ("python", "javascript", "html")
    )
    edits = {
        RECEIVERS: [
            (
                "\n\nclass ItemReceiver",
                f"{indent(method, '    ')}\n\nclass ItemReceiver",
            ),
        ],
        "checklist/static/checklist/checklist.js": [
            (
                '  ["task.update", showTask],\n',
                f'  ["task.update", showTask],\n{handler}',
            )
        ],
        "checklist/templates/checklist/index.html": [(DELETE, button + DELETE)],
    }
    server = stage.serve(STEP, edits)
    tabs = stage.person(server), stage.person(server)
    for tab in tabs:
        tab.open_checklist("alice")
    tabs[0].add_task("Bake a cake")
    tabs[0].row("task", "Bake a cake").wait_for()
    for name in ("Flour", "Sugar"):
        tabs[0].add_item("Bake a cake", name)
        tabs[1].row("item", name).wait_for()
    tabs[0].row("item", "Flour").get_by_role("checkbox").check()
    tabs[1].row("item", "Flour").get_by_text("alice, ").wait_for()

    tabs[1].page.get_by_role("button", name="Clear").click()

    for tab in tabs:
        tab.row("item", "Flour").wait_for(state="detached")
        assert tab.row("item", "Sugar").count() == 1
