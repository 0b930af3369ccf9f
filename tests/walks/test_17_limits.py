"""Walks of docs/17_limits.md."""

import re
import time

from tests.walks.stage import answer
from tools.chain.steps import find_step

STEP_BEFORE, STEP = "16_session", "17_limits"
FRAMES = 2000
LAST = f"Hello {FRAMES}"
# A limit that all sockets of the process share, and whose tokens hardly come back.
SHARED = """\
    bucket = Bucket(settings.FRAME_BURST, settings.FRAME_RATE)
"""
OWN = """\
    def __init__(self):
        self.bucket = Bucket(settings.FRAME_BURST, settings.FRAME_RATE)
"""
FOR_ALL = {
    "core/limits.py": [(OWN, SHARED)],
    "core/settings.py": [('int(os.environ.get("FRAME_RATE", "100"))', "0.001")],
}
ODD = '{"type": "task.delete", "id": 99}'


def flood(person):
    """Paste into the console what the page says."""
    text = find_step(STEP).page.read_text("utf-8")
    (code,) = re.findall(r"^```js\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert f"n <= {FRAMES}" in code
    person.page.add_script_tag(content=code)


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("17"))


def test_step_before_carries_out_whatever_one_socket_sends(stage, recorder):
    server = stage.serve(STEP_BEFORE)
    alice, bob = stage.room(server, "alice", "bob", room="lunch")
    bob.say("Where do we eat?")
    alice.sees("Where do we eat?")

    flood(alice)
    last = bob.page.get_by_role("log").get_by_text(LAST, exact=True)
    last.wait_for(timeout=300_000)

    assert sum("Hello" in line for line in bob.log) == FRAMES
    assert alice.page.evaluate("refused") == 0
    alice.sees(LAST)
    for person in (alice, bob):  # a picture keeps all its texts: a few are enough
        person.page.get_by_role("log").evaluate(
            "log => [...log.querySelectorAll('li')].slice(0, -20)"
            ".forEach((line) => line.remove())"
        )
    recorder.picture("flood", {"Alice's browser": alice, "Bob's browser": bob})


def test_flood_ends_at_the_limit(stage):
    server = stage.serve(STEP, FRAME_BURST="20", FRAME_RATE="1")
    alice, bob = stage.room(server, "alice", "bob", room="lunch")
    until = time.monotonic() + 300

    flood(alice)
    while (heard := sum("Hello" in line for line in bob.log)) + alice.page.evaluate(
        "refused"
    ) < FRAMES:
        assert time.monotonic() < until, heard
        alice.page.wait_for_timeout(500)

    assert 20 <= heard < FRAMES / 2
    bob.say("Where do we eat?")
    alice.sees("Where do we eat?")


def test_frames_over_the_limit_are_refused(stage, recorder):
    server = stage.serve(STEP, FRAME_BURST="2", FRAME_RATE="1")
    alice = stage.person(server)
    alice.open_checklist("alice")
    frames = [f'{{"type": "item.delete", "id": {number}}}' for number in range(1, 4)]

    recorder.answers("answers-flood.txt", frames, alice.send_raw(*frames))


def test_bucket_of_all_sockets_refuses_who_has_sent_one_frame(stage, recorder):
    server = stage.serve(STEP, FOR_ALL, FRAME_BURST="3")
    alice, bob = stage.person(server), stage.person(server)
    for person, name in ((alice, "alice"), (bob, "bob")):
        person.open_checklist(name)

    alice.send_raw(ODD, ODD, ODD)

    recorder.text("shared.py", SHARED)
    recorder.answers("shared.txt", [ODD], bob.send_raw(ODD))


def test_answer_logs_a_flood_once(stage):
    (_, head), (_, limits) = answer(STEP, "python")
    old = (find_step(STEP).folder / "core/limits.py").read_text("utf-8")
    bucket = old[old.index("\n\nclass Bucket") : old.index("class Limits")]
    door = old[old.index("\n\nclass Door") :]
    edits = {"core/limits.py": [(old, head + bucket + limits + door)]}
    server = stage.serve(STEP, edits, FRAME_BURST="2", FRAME_RATE="1")
    alice = stage.person(server)
    alice.open_checklist("alice")

    told = alice.send_raw(*[ODD] * 8)

    assert sum("Too many" in answer for answer in told) > 1
    assert server.printed.count("A socket sends too much") == 1
