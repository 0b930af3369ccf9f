"""Walks of docs/36_hub.md."""

import json
import re
from contextlib import ExitStack

import psutil
import pytest
from websockets.sync.client import connect

STEP_BEFORE, STEP = "35_snapshot", "36_hub"
TABS, CHANGES = 200, 50
SAYS = "Taken from the layer:"
# What the page tells people to add for a while, and below which line.
BEFORE = '        if message["type"] == "entity.change":\n'
AFTER = "                event = await self.layer.receive(self.channel)\n"
SAYING = {
    STEP_BEFORE: {
        "core/receivers.py": [
            (BEFORE, f'{BEFORE}            print("{SAYS}", message["text"])\n')
        ]
    },
    STEP: {
        "core/hub.py": [
            (AFTER, f'{AFTER}                print("{SAYS}", event["text"])\n')
        ]
    },
}


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("36"))


@pytest.mark.parametrize(
    ("step", "count", "name"),
    [(STEP_BEFORE, 5, "five.txt"), (STEP, 1, "once.txt")],
    ids=["before", "after"],
)
def test_change_is_taken_from_the_layer(stage, recorder, step, count, name):
    server = stage.serve(step, SAYING[step])
    alice, *others = [stage.person(server) for _ in range(5)]
    for tab in alice, *others:
        tab.open_checklist("alice")
        tab.wait_until_connected()

    for tab in alice, *others:
        tab.frames.clear()
    alice.add_task("Buy bread")

    for tab in alice, *others:
        tab.page.get_by_label("Task", exact=True).wait_for()
    said = re.findall(rf"^{SAYS}.*\n", server.printed, re.MULTILINE)
    assert len(said) == count
    recorder.text(name, "".join(said))
    if step == STEP:
        recorder.picture("tabs", {"A tab": alice, "Another one": others[0]})
        recorder.frames("frames.txt", {"A tab": alice, "Another one": others[0]})


def cost(stage, step):
    """Give the server's milliseconds of CPU for a change that many tabs hear of."""
    server = stage.serve(step, MOST_SOCKETS="0", FRAME_BURST="0")
    alice = stage.person(server)
    alice.open_checklist("alice")
    alice.wait_until_connected()
    (session,) = [
        cookie["value"]
        for cookie in alice.page.context.cookies()
        if cookie["name"] == "sessionid"
    ]
    alice.page.close()
    address = server.address.replace("http", "ws") + "ws/checklist/"
    options = {
        "origin": server.address.rstrip("/"),
        "additional_headers": {"Cookie": f"sessionid={session}"},
    }
    with ExitStack() as stack:
        tabs = [stack.enter_context(connect(address, **options)) for _ in range(TABS)]
        for tab in tabs:
            assert '"task.list"' in tab.recv()
        process = psutil.Process(server.process.pid)
        before = process.cpu_times()
        for number in range(CHANGES):
            name = f"Task {number}"
            tabs[0].send(json.dumps({"type": "task.create", "name": name}))
            for tab in tabs:
                assert json.loads(tab.recv())["name"] == name
        after = process.cpu_times()
    spent = after.user + after.system - before.user - before.system
    return spent / CHANGES * 1000


@pytest.mark.parametrize(
    ("step", "name"),
    [(STEP_BEFORE, "cost-before.txt"), (STEP, "cost-after.txt")],
    ids=["before", "after"],
)
def test_change_has_its_price(stage, recorder, step, name):
    found = cost(stage, step)
    said = f"A change that {TABS} tabs hear of: {{}} ms of the server's CPU\n"
    if not recorder.write:
        recorded = (recorder.folder / name).read_text("utf-8")
        number = re.fullmatch(said.format(r"(\d+)"), recorded)
        assert number, recorded
        assert 1 / 5 < int(number[1]) / found < 5
        found = int(number[1])
    recorder.text(name, said.format(round(found)))
