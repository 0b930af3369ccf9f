"""Walks of docs/37_trust.md."""

import re

import psutil
import pytest
from playwright.sync_api import expect
from websockets.sync.client import connect

STEP_BEFORE, STEP = "36_hub", "37_trust"
PINGS = 500
ASKS = "        if ended([self]):\n"
SAYS = "Asked because of a frame:"
# What the page tells people to add for a while.
SAYING = {
    "core/sessions.py": [
        (ASKS, f'        print("{SAYS}", content.get("type"))\n' + ASKS),
    ]
}


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("37"))


def test_each_frame_asks(stage, recorder):
    server = stage.serve(STEP_BEFORE, SAYING)
    alice = stage.person(server)
    alice.open_checklist("alice")
    alice.wait_until_connected()
    alice.add_task("Shopping")
    alice.add_item("Shopping", "Bread")
    bread = alice.page.get_by_label("Done: Bread")

    bread.wait_for()
    alice.frames.clear()
    bread.check()
    alice.page.get_by_text("alice, ").wait_for()
    bread.uncheck()
    alice.page.get_by_text("alice, ").wait_for(state="hidden")

    recorder.frames("frames.txt", {"Alice": alice})
    said = re.findall(rf"^{SAYS} item\.update\n", server.printed, re.MULTILINE)
    recorder.text("asked.txt", "".join(said))


def session_of(person):
    cookies = person.page.context.cookies()
    return next(each["value"] for each in cookies if each["name"] == "sessionid")


@pytest.mark.parametrize(
    ("step", "name"),
    [(STEP_BEFORE, "before.txt"), (STEP, "after.txt")],
    ids=["before", "after"],
)
def test_ping_has_its_price(stage, recorder, step, name):
    server = stage.serve(step, FRAME_BURST="0")
    alice = stage.person(server)
    alice.log_in("alice")
    address = server.address.replace("http", "ws") + "ws/checklist/"
    options = {
        "origin": server.address.rstrip("/"),
        "additional_headers": {"Cookie": f"sessionid={session_of(alice)}"},
    }
    process = psutil.Process(server.process.pid)
    with connect(address, **options) as tab:
        assert '"task.list"' in tab.recv()
        before = process.cpu_times()
        for _ in range(PINGS):
            tab.send('{"type": "ping"}')
            assert '"pong"' in tab.recv()
        after = process.cpu_times()
    spent = after.user + after.system - before.user - before.system
    found = spent / PINGS * 1000
    said = "A ping and its answer: {} ms of the server's CPU\n"
    if not recorder.write:
        recorded = (recorder.folder / name).read_text("utf-8")
        number = re.fullmatch(said.format(r"([\d.]+)"), recorded)
        assert number, recorded
        assert 1 / 5 < float(number[1]) / found < 5
        found = float(number[1])
    recorder.text(name, said.format(f"{found:.1f}"))


def test_log_out_still_ends_the_other_tab(stage, recorder):
    server = stage.serve(STEP)
    alice = stage.person(server)
    alice.open_checklist("alice")
    alice.wait_until_connected()
    alice.add_task("Shopping")
    alice.page.get_by_label("Task", exact=True).wait_for()
    other = alice.page.context.new_page()
    other.goto(server.address)

    other.get_by_role("button", name="Log out").click()

    expect(alice.page.get_by_text("Your session has ended.")).to_be_visible(
        timeout=2000
    )
    recorder.picture("ended", {"Alice": alice})
