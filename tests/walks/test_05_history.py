"""Walks of docs/05_history.md."""

import re

from tools.chain.steps import find_step


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("5"))


def test_step_before_forgets_with_a_reload(stage, recorder):
    server = stage.serve("04_login")
    alice, bob = stage.room(server, "alice", "bob", room="lunch")
    alice.say("The door code is 4711")
    bob.sees("The door code is 4711")
    bob.page.reload()
    bob.wait_until_connected()

    assert bob.log == []
    people = {"Alice's browser": alice, "Bob's browser, after a reload": bob}
    recorder.picture("forgotten", people)


def test_step_before_sends_anything_to_everyone(stage):
    server = stage.serve("04_login")
    alice, bob = stage.room(server, "alice", "bob", room="lunch")

    alice.say("x" * 5_000)

    bob.sees("x" * 5_000)


def test_step_before_loses_the_socket_to_a_bad_frame(stage, recorder):
    server = stage.serve("04_login")
    (alice,) = stage.room(server, "alice", room="lunch")

    assert alice.send_raw('{"text": "hello"}') == ["the socket closes"]
    recorder.text("bad-frame.pytb", server.own_traceback())


def test_history_outlives_a_reload_and_a_restart(stage, recorder):
    server = stage.serve("05_history")
    alice, bob = stage.room(server, "alice", "bob", room="lunch")
    alice.say("The door code is 4711")
    bob.sees("The door code is 4711")

    bob.page.reload()
    bob.hears('"timestamp"')
    people = {"Alice's browser": alice, "Bob's browser, which is reloaded": bob}
    recorder.frames("frames.txt", people)
    server.kill()
    alice.page.get_by_text("Offline").wait_for()
    server.restart()
    alice.wait_until_connected()

    assert alice.log == bob.log == ["alice The door code is 4711"]


def test_refused_message_stays_where_it_was_typed(stage, recorder):
    server = stage.serve("05_history")
    alice, bob = stage.room(server, "alice", "bob", room="lunch")
    alice.say("Dear all")
    bob.sees("Dear all")

    alice.say("x" * 5_000)
    alice.page.get_by_role("alert").get_by_text("at most 512").wait_for()

    assert alice.page.get_by_label("Message", exact=True).input_value() == "x" * 5_000
    assert bob.log == ["alice Dear all"]
    recorder.picture("refused", {"Alice's browser": alice, "Bob's browser": bob})


def test_bad_frames_are_answered(stage, recorder):
    server = stage.serve("05_history")
    (alice,) = stage.room(server, "alice", room="lunch")
    frames = ["hello", "[1, 2]", '{"text": "hello"}', '{"message": 5}']
    frames += ['{"message": "   "}', '{"message": "hello"}']

    answers = alice.send_raw(*frames)

    recorder.answers("answers.txt", frames, answers)


def test_lines_for_the_console_open_a_socket(stage):
    page = find_step("05_history").page.read_text("utf-8")
    blocks = re.findall(r"^```js\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (opening,) = [block for block in blocks if "new WebSocket" in block]
    (bad,) = [block for block in blocks if "send(" in block]
    server = stage.serve("05_history")
    (alice,) = stage.room(server, "alice", room="lunch")

    with alice.page.expect_console_message(lambda said: "message.list" in said.text):
        alice.page.evaluate(opening)
    with alice.page.expect_console_message(lambda said: "must be text" in said.text):
        alice.page.evaluate(bad)
