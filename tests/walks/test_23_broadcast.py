"""Walks of docs/23_broadcast.md."""

import re

import pytest

from tests.walks.stage import Person, answer
from tools.chain.steps import find_step

STEP_BEFORE, STEP = "22_stream", "23_broadcast"
SMALL = {"width": 460, "height": 400}


@pytest.fixture
def tabs(stage):
    """A server, two tabs of Alice's checklist, and the admin in a third one."""

    def tabs(step, **variables):
        server = stage.serve(step, {"checklist/admin.py": []}, **variables)
        alice = stage.person(server, viewport=SMALL)
        alice.open_checklist("alice")
        other, admin = (
            Person(alice.page.context.new_page(), server.address) for _ in range(2)
        )
        other.go("/checklist/")
        other.wait_until_connected()
        for tab in (alice, other):
            tab.hears("task.list")
            tab.frames.clear()
        return server, alice, other, admin

    return tabs


def add_in_the_admin(admin, name):
    admin.go("/admin/checklist/task/add/")
    admin.page.locator("[name=user]").select_option(label="alice")
    admin.page.locator("[name=name]").fill(name)
    admin.page.get_by_role("button", name="Save", exact=True).click()
    admin.page.get_by_text("was added successfully").wait_for()


def in_a_shell(server):
    """The script of the first trap, as one types it in a shell."""
    page = find_step(STEP).page.read_text("utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    server.manage("shell", "-c", code)


def ping(person):
    """Let a page send the ping of its clock now, as it does when a network is back."""
    person.page.evaluate("dispatchEvent(new Event('online'))")
    person.hears('"pong"')


def told(frames):
    """What tells a page of a change: leave out what its clock asks, and the answers."""
    kept = []
    for frame in frames:
        answered = kept and kept[-1] == '→ {"type":"ping"}' and '"pong"' in frame
        kept = kept[:-1] if answered else [*kept, frame]
    return kept


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("23"))


def test_change_in_the_admin_waits_for_the_next_ping(tabs, recorder):
    _, alice, _, admin = tabs(STEP_BEFORE)

    add_in_the_admin(admin, "Buy bread")

    alice.page.wait_for_timeout(1000)
    assert alice.page.locator(".card").count() == 0
    windows = {"Alice's checklist": alice, "The admin, in another tab": admin}
    recorder.picture("silent", windows)
    assert alice.frames == []
    ping(alice)
    alice.row("task", "Buy bread").wait_for()
    alice.hears('"Buy bread"')
    recorder.frames("late.txt", {"Alice's page": alice}, pings=True)


def test_change_in_the_admin_is_told_at_once(tabs, recorder):
    _, alice, other, admin = tabs(STEP)

    add_in_the_admin(admin, "Buy bread")

    for tab in (alice, other):
        tab.row("task", "Buy bread").wait_for()
        tab.hears('"Buy bread"')
        tab.frames = told(tab.frames)
    windows = {"Alice's checklist": alice, "The admin, in another tab": admin}
    recorder.picture("told", windows)
    assert other.frames == alice.frames
    recorder.frames("frames.txt", {"Each of Alice's tabs": alice}, pings=True)


def test_change_in_the_admin_is_saved_without_redis(stage, tabs):
    server, *_, admin = tabs(STEP, REDIS_URL=stage.redis())
    server.kill()
    server.variables["REDIS_URL"] = "redis://127.0.0.1:1/0"
    server.restart()

    add_in_the_admin(admin, "Buy bread")

    server.printed_line("A change was saved and not broadcast")


@pytest.mark.parametrize("redis", [True, False], ids=["redis", "memory"])
def test_script_is_heard_with_redis_alone(stage, tabs, redis):
    variables = {"REDIS_URL": stage.redis()} if redis else {}
    server, alice, other, admin = tabs(STEP, **variables)
    add_in_the_admin(admin, "Buy bread")
    for tab in (alice, other):
        tab.row("task", "Buy bread").wait_for()

    in_a_shell(server)

    for tab in (alice, other):
        if not redis:
            tab.page.wait_for_timeout(500)
            assert tab.row("task", "Closed").count() == 0
            ping(tab)
        tab.row("task", "Closed").wait_for()


@pytest.mark.parametrize("redis", [True, False], ids=["redis", "memory"])
def test_answer_is_a_third_way_in(stage, tabs, redis):
    variables = {"REDIS_URL": stage.redis()} if redis else {}
    server, alice, _, _ = tabs(STEP, **variables)
    ((path, code),) = answer(STEP, "python")
    for name in ("management", "management/commands"):
        (server.folder / "checklist" / name).mkdir()
        (server.folder / "checklist" / name / "__init__.py").touch()
    (server.folder / path).write_text(code, "utf-8")

    server.manage("add_task", "alice", "Buy bread")

    if not redis:
        ping(alice)
    alice.row("task", "Buy bread").wait_for()
    if redis:
        assert alice.frames[-1].startswith('← {"type": "task.create"')
