"""Walks of docs/19_once.md."""

import os
import signal
import sqlite3
import textwrap
import time
from contextlib import closing

import pytest

from tests.faults.flaky_proxy import Cable
from tests.walks.stage import answer
from tools.servers.step_server import HOST

STEP_BEFORE, STEP = "18_resync", "19_once"
SOCKET, OUTBOX = "core/static/core/socket.js", "core/static/core/outbox.js"
CLOCK = "core/static/core/clock.js"
# While there is a file “die” beside manage.py, a server dies as it wants to answer.
OK = '        self.send_json({"type": "ok"'
DIE = """\
        from django.conf import settings

        if (settings.BASE_DIR / "die").exists():
            __import__("os").kill(__import__("os").getpid(), 9)
"""
DIES = {"once/mixins.py": [(OK, DIE + OK)]}
# The page comes back only when it is loaded again.
STAYS_AWAY = {SOCKET: [("const FIRST_DELAY = 500", "const FIRST_DELAY = 3_600_000")]}
# The memory is committed before the change.
REMEMBER = '            CarriedOut.remember(self.scope["user"], frame_id)\n'
FORGETS = {
    "once/mixins.py": [
        (
            "suppress(AlreadyCarriedOut), transaction.atomic()",
            "suppress(AlreadyCarriedOut)",
        ),
        (REMEMBER, REMEMBER + textwrap.indent(DIE, "    ")),
    ]
}
# What is sent again gets an id of its own.
NEW_IDS = {
    SOCKET: [
        (
            "if (outbox.first && send(outbox.first))",
            "if (outbox.first && send(outbox.renew()))",
        )
    ],
    OUTBOX: [
        (
            "  keep(entries) {",
            """\
  renew() {
    this.first.frame_id = newId();
    return this.first;
  }

  keep(entries) {""",
        )
    ],
}


def titles(tab):
    return tab.page.locator(".title").evaluate_all("all => all.map((x) => x.value)")


@pytest.fixture
def lunch(stage):
    """Alice and Bob in the room lunch; Alice's address may be that of a cable."""

    def lunch(server, address=None):
        alice, bob = stage.person(server), stage.person(server)
        alice.address = address or alice.address
        alice.log_in("alice", "/chat/")
        alice.make_room("lunch")
        alice.wait_until_connected()
        bob.log_in("bob", "/chat/lunch/")
        bob.wait_until_connected()
        alice.sees("bob joined")
        return alice, bob

    return lunch


@pytest.fixture
def cable(stage):
    def cable(server):
        return stage.stack.enter_context(Cable(server.port))

    return cable


def address(cable):
    return f"http://{HOST}:{cable.port}/"


def nothing_waits(tab):
    tab.page.wait_for_function(
        "() => Object.values({...sessionStorage}).every((text) => text === '[]')"
    )


def die_once(server, tab, change):
    """Let the server die while it carries out a change, and start it again."""
    die = server.folder / "die"
    die.touch()
    change()
    tab.page.get_by_text("Offline").wait_for()
    server.kill()
    die.unlink()
    server.restart()
    tab.page.get_by_text("Connected").wait_for()


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("19"))


def test_step_before_loses_what_a_stopped_server_has_not_read(stage, lunch, recorder):
    server = stage.serve(STEP_BEFORE)
    alice, bob = lunch(server)

    os.kill(server.process.pid, signal.SIGSTOP)
    alice.say("Lunch is ready")
    server.kill()
    alice.page.get_by_text("Offline").wait_for()
    server.restart()
    for person in (alice, bob):
        person.page.get_by_text("Connected").wait_for()
        person.page.get_by_role("list", name="Here now").get_by_text("bob").wait_for()

    time.sleep(1)  # nothing comes, however long one waits
    assert alice.page.get_by_label("Message", exact=True).input_value() == ""
    assert not any("Lunch is ready" in line for line in alice.log + bob.log)
    sent = [frame for frame in alice.frames if "Lunch is ready" in frame]
    assert sent == ['→ {"message":"Lunch is ready"}']
    recorder.picture("lost", {"Alice": alice, "Bob": bob})


def test_what_a_stopped_server_has_not_read_arrives(stage, lunch, recorder):
    server = stage.serve(STEP)
    alice, bob = lunch(server)

    os.kill(server.process.pid, signal.SIGSTOP)
    alice.say("Lunch is ready")
    alice.say("It gets cold")
    alice.page.get_by_text("It gets cold (sending…)").wait_for()
    server.kill()
    alice.page.get_by_text("Offline").wait_for()
    recorder.picture("waiting", {"Alice": alice, "Bob": bob})
    server.restart()

    for person in (alice, bob):
        person.sees("Lunch is ready")
        person.sees("It gets cold")
    nothing_waits(alice)
    texts = [
        line for line in bob.log if line.startswith("alice ") and "join" not in line
    ]
    assert texts == ["alice Lunch is ready", "alice It gets cold"]


def test_change_is_answered(stage, recorder):
    server = stage.serve(STEP)
    alice = stage.person(server)
    alice.open_checklist("alice")
    alice.hears("task.list")
    alice.frames.clear()

    alice.add_task("Buy bread")
    alice.row("task", "Buy bread").wait_for()
    alice.add_task("x" * 129)
    alice.page.locator("#new-task").get_by_text("no more than 128").wait_for()

    assert alice.page.get_by_label("New task").input_value() == "x" * 129
    alice.frames = [frame.replace("x" * 129, "xxx…") for frame in alice.frames]
    recorder.frames("frames-ok.txt", {"Alice's tab": alice})


def test_odd_id_is_refused(stage, lunch, recorder):
    server = stage.serve(STEP)
    alice, _ = lunch(server)
    frames = ['{"message": "Hello", "frame_id": 7}']

    recorder.answers("answers.txt", frames, alice.send_raw(*frames))


def test_frame_whose_answer_is_lost_is_carried_out_once(stage, recorder):
    server = stage.serve(STEP, DIES)
    alice = stage.person(server)
    alice.open_checklist("alice")
    alice.hears("task.list")
    alice.frames.clear()

    die_once(server, alice, lambda: alice.add_task("Buy bread"))
    alice.row("task", "Buy bread").wait_for()
    nothing_waits(alice)

    alice.hears('"ok"')
    assert titles(alice) == ["Buy bread"]
    recorder.frames("frames-again.txt", {"Alice's tab": alice})


def test_new_id_for_each_attempt_makes_a_change_twice(stage, recorder):
    server = stage.serve(STEP, DIES | NEW_IDS)
    alice = stage.person(server)
    alice.open_checklist("alice")
    alice.hears("task.list")
    alice.frames.clear()

    die_once(server, alice, lambda: alice.add_task("Buy bread"))
    alice.page.locator(".card").nth(1).wait_for()

    alice.hears('"ok"')
    alice.hears('"task.create"')
    assert titles(alice) == ["Buy bread", "Buy bread"]
    recorder.frames("new-ids.txt", {"Alice's tab": alice})


def test_memory_that_is_committed_first_loses_a_change(stage, recorder):
    server = stage.serve(STEP, FORGETS)
    alice = stage.person(server)
    alice.open_checklist("alice")
    alice.hears("task.list")
    alice.frames.clear()

    die_once(server, alice, lambda: alice.add_task("Buy bread"))
    alice.hears('"ok"')
    nothing_waits(alice)

    assert titles(alice) == []
    recorder.frames("forgotten.txt", {"Alice's tab": alice})


def test_page_whose_socket_looks_open_finds_out_and_sends_again(stage, cable):
    server = stage.serve(STEP)
    tunnel = cable(server)
    alice = stage.person(server)
    alice.address = address(tunnel)
    alice.open_checklist("alice")

    tunnel.unplug()
    for name in ("Buy bread", "Bake a cake"):
        alice.add_task(name)
    alice.page.locator("#new-task").get_by_text("Bake a cake (sending…)").wait_for()
    assert alice.page.locator("#status").inner_text() == "Connected"
    alice.page.get_by_text("Offline").wait_for()
    tunnel.plug()

    alice.row("task", "Bake a cake").wait_for()
    nothing_waits(alice)
    assert titles(alice) == ["Buy bread", "Bake a cake"]


def test_page_that_hears_others_and_is_not_heard_finds_out(stage, cable):
    server = stage.serve(STEP, {CLOCK: [("20_000", "5_000")]})
    tunnel = cable(server)
    alice, other = stage.person(server), stage.person(server)
    alice.address = address(tunnel)
    for tab in (alice, other):
        tab.open_checklist("alice")

    tunnel.unplug("up")
    alice.add_task("Buy bread")
    for number in range(20):
        other.add_task(str(number))  # each of them is heard, and is no answer
        other.page.wait_for_timeout(500)
    tunnel.plug()

    for tab in (alice, other):
        tab.row("task", "Buy bread").wait_for()
    assert sorted(titles(alice)) == sorted([*map(str, range(20)), "Buy bread"])


def test_reload_keeps_what_waits_and_another_user_never_sends_it(stage):
    server = stage.serve(STEP, STAYS_AWAY)
    alice = stage.person(server)
    alice.open_checklist("alice")
    server.kill()
    alice.page.get_by_text("Offline").wait_for()
    alice.add_task("Buy bread")
    alice.page.get_by_text("Buy bread (sending…)").wait_for()
    server.restart()

    alice.page.get_by_role("button", name="Log out").click()
    alice.page.get_by_label("Password").wait_for()
    alice.frames.clear()
    alice.open_checklist("bob")
    alice.add_task("Bob's own")
    alice.row("task", "Bob's own").wait_for()
    assert titles(alice) == ["Bob's own"]
    assert not any("Buy bread" in frame for frame in alice.frames)

    alice.page.get_by_role("button", name="Log out").click()
    alice.page.get_by_label("Password").wait_for()
    alice.open_checklist("alice")
    alice.row("task", "Buy bread").wait_for()
    nothing_waits(alice)
    alice.page.reload()
    alice.row("task", "Buy bread").wait_for()
    assert titles(alice) == ["Buy bread"]


def test_refused_message_comes_back_and_the_next_one_is_sent(stage, lunch):
    server = stage.serve(STEP)
    alice, bob = lunch(server)
    os.kill(server.process.pid, signal.SIGSTOP)
    alice.say("x" * 513)
    alice.say("Lunch is ready")
    field = alice.page.get_by_label("Message", exact=True)
    field.fill("It gets")
    os.kill(server.process.pid, signal.SIGCONT)

    bob.sees("Lunch is ready")
    alice.page.get_by_role("alert").get_by_text("at most 512").wait_for()
    assert field.input_value() == "It gets"
    alice.sees("Not sent: " + "x" * 513)


def test_frame_over_the_limit_comes_back_at_once(stage, lunch):
    server = stage.serve(STEP)
    alice, bob = lunch(server)

    alice.say("x" * 70_000)
    alice.page.get_by_role("alert").get_by_text("too long").wait_for()
    field = alice.page.get_by_label("Message", exact=True)
    assert len(field.input_value()) == 70_000
    field.fill("")
    alice.say("Lunch is ready")
    bob.sees("Lunch is ready")


def test_frame_of_yesterday_comes_back(stage):
    server = stage.serve(STEP, STAYS_AWAY)
    alice = stage.person(server)
    alice.open_checklist("alice")
    server.kill()
    alice.page.get_by_text("Offline").wait_for()
    alice.add_task("Buy bread")
    server.restart()
    alice.page.add_init_script(
        "const { now } = Date; Date.now = () => now() + 25 * 3_600_000"
    )
    alice.page.reload()

    alice.page.get_by_text("not confirmed for a day").wait_for()
    assert alice.page.get_by_label("New task").input_value() == "Buy bread"
    assert titles(alice) == []


def test_message_without_redis_is_saved_and_its_sender_is_told(stage, lunch, recorder):
    server = stage.serve(STEP, REDIS_URL=(url := stage.redis()))
    alice, _ = lunch(server)
    alice.hears('"user.join"')
    stop_redis(url)
    alice.frames.clear()

    alice.say("Lunch is ready")
    alice.page.get_by_role("alert").get_by_text("Saved.").wait_for()
    alice.sees("Lunch is ready")
    alice.hears('"ok"')
    recorder.frames("frames-saved.txt", {"Alice's page": alice})


def stop_redis(url):
    from redis import Redis

    with Redis.from_url(url) as redis:
        redis.shutdown(nosave=True)


def test_answer_warns_who_closes_the_tab(stage):
    ((_, code),) = answer(STEP, "javascript")
    line = "    setTimeout(this.show);\n"
    edits = STAYS_AWAY | {OUTBOX: [(line, line + code)]}
    server = stage.serve(STEP, edits)
    alice = stage.person(server)
    alice.open_checklist("alice")
    asked = []
    alice.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    server.kill()
    alice.page.get_by_text("Offline").wait_for()
    alice.add_task("Buy bread")

    with alice.page.expect_event("dialog"):
        alice.page.close(run_before_unload=True)
    assert asked == ["beforeunload"]


def test_message_that_meets_a_locked_database_is_kept_and_sent_again(stage, lunch):
    server = stage.serve(STEP)
    alice, bob = lunch(server)

    with closing(sqlite3.connect(server.database, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        alice.say("Lunch is ready")
        alice.page.get_by_role("alert").get_by_text("database is busy").wait_for()
        alice.page.get_by_text("Lunch is ready (sending…)").wait_for()
        db.execute("ROLLBACK")

    bob.page.get_by_text("Lunch is ready").wait_for(timeout=30_000)
    nothing_waits(alice)
    assert alice.page.locator("#log .text").all_inner_texts() == ["Lunch is ready"]
