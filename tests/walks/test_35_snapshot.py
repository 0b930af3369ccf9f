"""Walks of docs/35_snapshot.md."""

import re

import psutil
import pytest
from playwright.sync_api import expect

from tests.walks.stage import answer
from tools.chain.steps import find_step

STEP_BEFORE, STEP = "34_typing", "35_snapshot"
SMALL = {"width": 460, "height": 480}
MEASURED = "10 tabs have their list after {} s, and the server has computed for {} s\n"
# A change that no version knows.
CALL_BREAD = "from checklist.models import Item; Item.objects.update(name={!r})"
RENAME = """
from django.contrib.auth.models import User
bob = User.objects.get(username="bob")
bob.username = "robert"
bob.save()
"""


def block(title):
    """Give a block of code that the page has under this title."""
    page = find_step(STEP).page.read_text("utf-8")
    found = rf'^```\w+ title="{re.escape(title)}"\n(.*?)^```$'
    return re.search(found, page, re.MULTILINE | re.DOTALL)[1]


@pytest.fixture
def measure(stage, recorder):
    """Let ten tabs come at once, as after a restart; record how long it takes."""

    def measure(step, name):
        server = stage.serve(step)
        server.manage("shell", "--no-imports", "-c", block("python manage.py shell"))
        alice = stage.person(server)
        alice.log_in("alice")
        alice.page.get_by_role("link", name="Checklist").first.wait_for()
        process = psutil.Process(server.process.pid)
        before = sum(process.cpu_times()[:2])
        logged = []
        alice.page.on("console", lambda message: logged.append(message.text))

        alice.page.evaluate(f"async () => {{ {block('Console')} }}")

        computed = sum(process.cpu_times()[:2]) - before
        (seconds,) = [re.match(r"([\d.]+) s$", text)[1] for text in logged]
        numbers = [float(seconds), computed]
        if not recorder.write:
            recorded = (recorder.folder / name).read_text("utf-8")
            found = re.fullmatch(MEASURED.format(*[r"([\d.]+)"] * 2), recorded)
            shown = [float(number) for number in found.groups()]
            for number, now in zip(shown, numbers, strict=True):
                assert 0.2 < (number + 0.2) / (now + 0.2) < 5
            numbers = shown
        recorder.text(name, MEASURED.format(*[f"{each:.2f}" for each in numbers]))
        return computed

    return measure


@pytest.fixture
def team(stage):
    """Alice at her list, and Bob at hers."""

    def team(role, edits=None, **variables):
        server = stage.serve(STEP, edits, **variables)
        alice, bob = stage.person(server), stage.person(server)
        alice.page.set_viewport_size(SMALL)
        bob.page.set_viewport_size(SMALL)
        alice.open_checklist("alice")
        alice.add_task("Shopping")
        alice.add_item("Shopping", "Bread")
        alice.page.get_by_label("Done: Bread").wait_for()
        server.share("alice", "bob", role)
        alice.page.get_by_label("New task").wait_for()
        bob.log_in("bob", "/checklist/")
        bob.wait_until_connected()
        return server, alice, bob

    return team


def open_list(person):
    person.go("/checklist/alice/")
    person.page.get_by_label("Done:").first.wait_for()
    person.wait_until_connected()


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("35"))


def test_step_before_shapes_the_list_for_each_tab(measure):
    measure(STEP_BEFORE, "before.txt")


def test_list_is_shaped_for_one_tab(measure, stage):
    assert measure(STEP, "after.txt") < 1


def test_reader_and_owner_get_one_version_and_their_own_role(team, recorder):
    _, alice, bob = team("reader")
    alice.add_item("Shopping", "Milk")
    alice.page.get_by_label("Done: Milk").wait_for()
    for person in alice, bob:
        person.frames.clear()
        open_list(person)
    expect(alice.page.get_by_text("Here: bob")).to_be_visible()

    recorder.picture("roles", {"Alice": alice, "Bob": bob})
    for person in alice, bob:
        kept = [frame for frame in person.frames if "task.list" in frame]
        person.frames[:] = kept
        assert len(kept) == 1
    recorder.frames("frames.txt", {"Alice": alice, "Bob": bob})


def test_snapshot_in_redis_outlives_a_server_and_ends_with_a_change(team, stage):
    server, alice, bob = team("editor", REDIS_URL=stage.redis())
    open_list(bob)
    server.manage("shell", "--no-imports", "-c", CALL_BREAD.format("Brot"))
    other = stage.beside(server)
    carol = stage.person(other)
    carol.log_in("bob", "/checklist/")
    open_list(carol)
    carol.page.get_by_label("Done: Bread").wait_for()
    server.kill()
    server.restart()
    open_list(bob)
    bob.page.get_by_label("Done: Bread").wait_for()

    open_list(alice)
    alice.add_task("Baking")

    bob.row("task", "Baking").wait_for()
    open_list(bob)
    bob.page.get_by_label("Done: Brot").wait_for()


def test_answer_tells_a_new_name(team, recorder):
    [(title, code)] = answer(STEP, "python")
    text = (find_step(STEP).folder / title).read_text("utf-8")
    end = text[text.index("class Item(") :]
    server, alice, _ = team("editor", {title: [(end, f"{end}\n\n{code}")]})
    open_list(alice)
    alice.page.get_by_text("Shared with bob").wait_for()

    server.manage("shell", "--no-imports", "-c", RENAME)

    alice.page.reload()
    alice.page.get_by_text("Shared with robert").wait_for()
