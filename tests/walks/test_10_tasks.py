"""Walks of docs/10_tasks.md."""

from tests.walks.stage import Person

CONSUMERS = "checklist/consumers.py"
# The whole list in one frame, however long it is.
UNCUT = {"core/parts.py": [("SIZE = 500_000\n", "SIZE = 500_000_000\n")]}
LONG_LIST = """
from django.contrib.auth import get_user_model
from checklist.models import Task
alice = get_user_model().objects.get(username="alice")
Task.objects.bulk_create(Task(user=alice, name="é" * 128) for _ in range(3000))
"""
MEANWHILE = """
from checklist.models import Task
Task.objects.create(user=Task.objects.get().user, name="Bake a cake")
Task.objects.first().delete()
"""
# The list first, then the group; the pause makes the gap between them wide.
LIST_FIRST = """\
        self.accept()
        self.send_list()
        time.sleep(3)
        self.join(self.group)
"""
JOIN_FIRST = """\
        self.join(self.group)
        self.accept()
        self.send_list()
"""
JOIN_LAST = {
    CONSUMERS: [
        ("from channels.exceptions", "import time\n\nfrom channels.exceptions"),
        (JOIN_FIRST, LIST_FIRST),
    ]
}
# What one writes first: every key of the frame becomes an attribute.
SETATTR = """\
        for key, value in content.items():
            setattr(task, key, value)
        task.full_clean()
        task.save()
"""
BY_NAME = """\
        if "name" in content:
            task.name = self.get_name(content)
        task.full_clean()
        task.save(update_fields=["name"])
"""
ASSIGNED = {CONSUMERS: [(BY_NAME, SETATTR)]}


def task_id(person, name):
    return person.row("task", name).get_attribute("data-id")


def add_in_all(name, *tabs):
    """Add a task in the first tab and wait until it stands in all."""
    tabs[0].add_task(name)
    for tab in tabs:
        tab.row("task", name).wait_for()


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("10"))


def test_page_of_the_step_before_is_old_until_it_is_reloaded(stage, recorder):
    server = stage.serve("09_checklist")
    alice = stage.person(server)
    alice.log_in("alice", "/checklist/")
    alice.page.get_by_text("Nothing to do.").wait_for()
    admin = Person(alice.page.context.new_page(), server.address)

    admin.go("/admin/checklist/task/add/")
    admin.page.locator("[name=user]").select_option(label="alice")
    admin.page.locator("[name=name]").fill("Buy lemonade")
    admin.page.get_by_role("button", name="Save", exact=True).click()
    admin.page.get_by_text("was added successfully").wait_for()
    reloaded = Person(alice.page.context.new_page(), server.address)
    reloaded.go("/checklist/")
    reloaded.page.get_by_text("Buy lemonade").wait_for()

    assert alice.page.get_by_text("Nothing to do.").is_visible()
    windows = {"A tab opened before": alice, "A tab opened after": reloaded}
    for tab in windows.values():
        tab.page.set_viewport_size({"width": 460, "height": 260})
    recorder.picture("old", windows)


def test_tabs_share_one_list(stage, recorder):
    server = stage.serve("10_tasks")
    one, other = stage.person(server), stage.person(server)
    for tab in (one, other):
        tab.open_checklist("alice")
        tab.hears("task.list")

    # Each change reaches both tabs before the next: the frames keep this order.
    for name in ("Buy lemonade", "Book the hall"):
        add_in_all(name, one, other)
    other.rename("task", "Buy lemonade", "Buy juice")
    for tab in (one, other):
        tab.hears("task.update")
    other.delete("task", "Book the hall")
    for tab in (one, other):
        tab.hears("task.delete")

    tabs = {"one tab": one, "the other": other}
    recorder.frames("frames.txt", tabs)
    for name in ("Bake a cake", "Invite the neighbours"):
        add_in_all(name, one, other)
    recorder.picture("two-tabs", tabs)


def test_tab_that_was_offline_begins_with_the_list(stage):
    server = stage.serve("10_tasks")
    alice = stage.person(server)
    alice.open_checklist("alice")
    alice.add_task("Buy juice")
    alice.row("task", "Buy juice").wait_for()

    server.kill()
    alice.page.get_by_text("Offline").wait_for()
    server.manage("shell", "--no-imports", "--command", MEANWHILE)
    alice.add_task("Book the hall")
    alice.page.get_by_role("alert").get_by_text("Nothing was sent").wait_for()
    server.restart()
    alice.row("task", "Bake a cake").wait_for()

    assert alice.page.locator(".card").count() == 1
    assert alice.page.get_by_label("New task").input_value() == "Book the hall"


def test_refused_frames_say_which_they_are(stage, recorder):
    server = stage.serve("10_tasks")
    alice = stage.person(server)
    alice.open_checklist("alice")
    alice.add_task("Buy juice")
    frames = ['{"type": "task.create", "name": ["juice"]}']
    frames += ['{"type": "task.update", "id": 1, "name": "  "}']
    frames += [
        '{"type": "task.delete", "id": "1"}',
        '{"type": "task.delete", "id": 99}',
    ]
    frames += ['{"type": "task.explode"}', '{"type": "task.delete", "id": 1}']

    assert task_id(alice, "Buy juice") == "1"
    recorder.answers("answers.txt", frames, alice.send_raw(*frames))


def test_long_list_that_is_not_cut_never_arrives(stage):
    server = stage.serve("10_tasks", UNCUT)
    server.manage("shell", "--no-imports", "--command", LONG_LIST)
    alice = stage.person(server)
    alice.open_checklist("alice")

    alice.add_task("Buy juice")
    alice.row("task", "Buy juice").wait_for()
    assert alice.page.locator(".card").count() == 1


def test_long_list_arrives_in_parts(stage):
    server = stage.serve("10_tasks")
    server.manage("shell", "--no-imports", "--command", LONG_LIST)
    alice = stage.person(server)
    alice.open_checklist("alice")

    alice.page.locator(".card").nth(2999).wait_for()
    assert sum('"parts"' in frame for frame in alice.frames) > 1


def test_list_before_joining_loses_a_task(stage, recorder):
    server = stage.serve("10_tasks", JOIN_LAST, REDIS_URL=stage.redis())
    one, other = stage.person(server), stage.person(stage.beside(server))
    one.open_checklist("alice")
    one.add_task("Buy juice")
    one.row("task", "Buy juice").wait_for()

    other.open_checklist("alice")
    other.hears("task.list")
    one.add_task("Book the hall")
    one.row("task", "Book the hall").wait_for()
    other.add_task("Bake a cake")
    for tab in (one, other):
        tab.row("task", "Bake a cake").wait_for()

    assert other.row("task", "Book the hall").count() == 0
    recorder.text("list-first.py", LIST_FIRST)
    tabs = {"one tab": one, "the other, just opened": other}
    recorder.picture("lost", tabs)


def test_setattr_from_the_frame_gives_a_task_away(stage, recorder):
    server = stage.serve("10_tasks", ASSIGNED)
    alice, bob = stage.person(server), stage.person(server)
    alice.open_checklist("alice")
    alice.add_task("Clean the kitchen")
    assert task_id(alice, "Clean the kitchen") == "1"

    frames = ['{"type": "task.update", "id": 1, "user_id": 2}']
    recorder.text("setattr.py", SETATTR)
    recorder.answers("given.txt", frames, alice.send_raw(*frames))

    bob.open_checklist("bob")
    bob.row("task", "Clean the kitchen").wait_for()
    alice.page.reload()
    alice.wait_until_connected()
    alice.row("task", "Clean the kitchen").wait_for(state="detached")


def test_anybody_deletes_the_task_of_another(stage, recorder):
    server = stage.serve("10_tasks")
    alice, again, bob = (stage.person(server) for _ in range(3))
    alice.open_checklist("alice")
    for name in ("Buy juice", "Bake a cake"):
        alice.add_task(name)
        alice.row("task", name).wait_for()
    assert task_id(alice, "Bake a cake") == "2"
    bob.open_checklist("bob")

    frames = ['{"type": "task.delete", "id": 2}']
    recorder.answers("stolen.txt", frames, bob.send_raw(*frames))
    again.open_checklist("alice")
    again.row("task", "Buy juice").wait_for()

    assert alice.row("task", "Bake a cake").count() == 1
    assert again.row("task", "Bake a cake").count() == 0
    windows = {"A tab of Alice's": alice, "A tab that she opens now": again}
    recorder.picture("gone", windows)
