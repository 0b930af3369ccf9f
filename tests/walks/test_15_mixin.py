"""Walks of docs/15_mixin.md."""

import ast
import json
import re
import subprocess
import sys

from tests.walks.stage import answer
from tools.chain.steps import find_step

MISPLACED = {
    "checklist/consumers.py": [
        (
            "ChecklistConsumer(ReceiverMixin, JsonWebsocketConsumer)",
            "ChecklistConsumer(JsonWebsocketConsumer, ReceiverMixin)",
        )
    ]
}
# A second consumer in the step before, which has to inherit from the first: what the
# reader pastes at the end of two files, and into the browser's console.
TEAM = """from core.receivers import Receiver


class TeamReceiver(Receiver):
    entity = "team"


class TeamConsumer(ChecklistConsumer):
    receiver_classes = (TeamReceiver,)
"""
ROUTING = """from .consumers import TeamConsumer

websocket_urlpatterns.append(path("ws/team/", TeamConsumer.as_asgi()))
"""
LISTEN = """const team = new WebSocket(`ws://${location.host}/ws/team/`);
team.onmessage = ({ data }) => console.log(data);
"""
LAST_LINE = '        self.send(text_data=event["text"])\n'
SECOND = {
    "checklist/consumers.py": [(LAST_LINE, f"{LAST_LINE}\n\n{TEAM}")],
    "checklist/routing.py": [("\n]\n", f"\n]\n{ROUTING}")],
}
PRINT_ORDER = """
from checklist.consumers import ChecklistConsumer
print(*(each.__name__ for each in ChecklistConsumer.__mro__))
"""
# A project with nothing of the checklist's: an entity made of a model of Django's.
ELSEWHERE = """
import asyncio, json
import django
from django.conf import settings
from django.core.management import call_command

settings.configure(
    CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}},
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
)
django.setup()
call_command("migrate", verbosity=0)

from channels.generic.websocket import JsonWebsocketConsumer
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import Group
from rest_framework.serializers import ModelSerializer
from core.receivers import GenericReceiver, ReceiverMixin

class TeamSerializer(ModelSerializer):
    class Meta:
        model = Group
        fields = ["id", "name"]

class TeamReceiver(GenericReceiver):
    entity = "team"
    serializer_class = TeamSerializer

    def get_queryset(self):
        return Group.objects.all()

class TeamConsumer(ReceiverMixin, JsonWebsocketConsumer):
    receiver_classes = (TeamReceiver,)
    group = "teams"

    def connect(self):
        self.join(self.group)
        self.accept()

async def main():
    tabs = [WebsocketCommunicator(TeamConsumer.as_asgi(), "/") for _ in range(2)]
    for tab in tabs:
        tab.scope["user"] = None
        await tab.connect()
    for frame in [
        {"type": "team.create", "name": "Bakers"},
        {"type": "team.update", "id": 1, "name": "Painters"},
        {"type": "team.delete", "id": 1},
    ]:
        await tabs[0].send_json_to(frame)
        for tab in tabs:
            print(json.dumps(await tab.receive_json_from()))

asyncio.run(main())
"""


def run(arguments: list[str], folder) -> subprocess.CompletedProcess:
    """Run Python in a folder, with nothing of this repository's around it."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def source(step: str, path: str) -> str:
    return (find_step(step).folder / path).read_text("utf-8")


def code_lines(text: str) -> int:
    return sum(1 for line in text.split("\n") if line.strip())


def methods(step: str) -> dict[str, int]:
    """The lines of code of each method of ChecklistConsumer."""
    text = source(step, "checklist/consumers.py")
    (consumer,) = (x for x in ast.parse(text).body if isinstance(x, ast.ClassDef))
    return {
        node.name: code_lines(ast.get_source_segment(text, node))
        for node in consumer.body
        if isinstance(node, ast.FunctionDef)
    }


def edits() -> dict[str, list[tuple[str, str]]]:
    """What the answer changes: a class goes to a file's end, a line over its like."""
    texts = {path: source("15_mixin", path) for path, _ in answer("15_mixin", "python")}
    after = dict(texts)
    for path, code in answer("15_mixin", "python"):
        if code.startswith("class "):
            after[path] += f"\n\n{code}"
        else:
            head = re.match(r".*?(import|=) ", code).group()
            like = [x for x in after[path].split("\n") if x.startswith(head)]
            assert len(like) == 1, f"{path} has {len(like)} lines like {code}"
            after[path] = after[path].replace(like[0] + "\n", code)
    return {path: [(text, after[path])] for path, text in texts.items()}


def paste(person, code: str) -> str:
    """Run lines in the browser's console, and give what it prints next."""
    session = person.page.context.new_cdp_session(person.page)
    options = {"expression": code, "replMode": True}
    with person.page.expect_console_message() as printed:
        result = session.send("Runtime.evaluate", options)
    assert "exceptionDetails" not in result, result
    return printed.value.text


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("15"))


def test_second_consumer_inherits_the_list_of_the_first(stage, recorder):
    server = stage.serve("14_generic", SECOND)
    alice = stage.person(server)
    alice.open_checklist("alice")
    alice.add_task("Buy bread")
    alice.row("task", "Buy bread").wait_for()

    recorder.text("team.txt", paste(alice, LISTEN) + "\n")
    for name, text in {
        "team.py": TEAM,
        "routing.py": ROUTING,
        "listen.js": LISTEN,
    }.items():
        recorder.text(name, text)


def test_consumer_keeps_what_is_its_own(recorder):
    before, after = methods("14_generic"), methods("15_mixin")
    assert set(after) <= set(before)

    lines = ["ChecklistConsumer   step 14   step 15"]
    lines += [
        f"  {name:<17} {before[name]:>7}   {after.get(name, '-'):>7}" for name in before
    ]
    texts = [source(x, "checklist/consumers.py") for x in ("14_generic", "15_mixin")]
    one, other = map(code_lines, texts)
    lines += ["", f"{'the whole file':<19} {one:>7}   {other:>7}"]
    recorder.text("after.txt", "\n".join(lines) + "\n")
    lines = ["checklist/consumers.py in step 14, lines of code"]
    lines += [f"  {name:<17} {count:>4}" for name, count in before.items()]
    recorder.text("before.txt", "\n".join(lines) + "\n")


def both_apps(stage, step):
    """Alice chats with Bob, who goes on to his checklist; give their browsers."""
    server = stage.serve(step)
    alice, bob = stage.person(server), stage.person(server)
    alice.log_in("alice", "/chat/")
    alice.make_room("lunch")
    alice.wait_until_connected()
    bob.log_in("bob", "/chat/lunch/")
    bob.wait_until_connected()
    alice.hears('"user.join"')
    # Each waits for what the other does: the frames keep this order.
    alice.say("Who buys bread?")
    bob.sees("Who buys bread?")
    bob.say("It is on my list")
    for person in (alice, bob):
        person.hears("It is on my list")
    bob.go("/checklist/")
    bob.wait_until_connected()
    bob.hears('"task.list"')
    bob.add_task("Buy bread")
    bob.add_item("Buy bread", "Rye")
    bob.row("item", "Rye").get_by_role("checkbox").check()
    bob.row("item", "Rye").get_by_text("bob,").wait_for()
    alice.sees("bob left")
    alice.hears('"user.leave"')
    bob.page.mouse.move(0, 0)
    return alice, bob


def test_both_apps_work(stage, recorder):
    alice, bob = both_apps(stage, "15_mixin")

    people = {"Alice, in the chat": alice, "Bob's checklist": bob}
    recorder.picture("both", people)
    recorder.frames("frames.txt", people)


def test_mechanism_works_in_another_project(stage, recorder):
    folder = stage.folder
    (folder / "core").mkdir()
    for name in ("__init__", "consumers", "serializers", "receivers"):
        path = f"core/{name}.py"
        (folder / path).write_text(source("15_mixin", path), "utf-8")

    done = run(["-c", ELSEWHERE], folder)

    assert done.returncode == 0, done.stdout
    told = done.stdout.split("\n")[:-1]
    assert told[::2] == told[1::2]
    assert [json.loads(text) for text in told[::2]] == [
        {"type": "team.create", "id": 1, "name": "Bakers"},
        {"type": "team.update", "id": 1, "name": "Painters"},
        {"type": "team.delete", "id": 1},
    ]


def test_mixin_after_the_consumer_does_nothing(stage, recorder):
    right = stage.serve("15_mixin")
    server = stage.serve("15_mixin", MISPLACED)
    alice = stage.person(server)
    alice.open_checklist("alice")
    alice.hears("task.list")

    alice.add_task("Buy bread")
    alice.page.wait_for_timeout(1000)  # there is nothing to wait for

    assert "Traceback" not in server.printed
    alice.page.set_viewport_size({"width": 460, "height": 300})
    recorder.frames("silence.txt", {"Alice": alice})
    recorder.picture("silence", {"Alice's browser": alice})
    assert alice.send_raw("{") == ["the socket closes"]
    orders = [
        each.manage("shell", "--no-imports", "--command", PRINT_ORDER).split()
        for each in (right, server)
    ]
    rows = [("mixin first", "mixin last"), *zip(*orders, strict=True)]
    text = "".join(f"{one:<25} {other}".rstrip() + "\n" for one, other in rows)
    recorder.text("order.txt", text)


def test_third_entity_needs_fewer_than_ten_lines():
    blocks = answer("15_mixin", "python")
    declared = {"checklist/models.py", "checklist/serializers.py"}
    beside = [code for path, code in blocks if path not in declared]

    assert declared < {path for path, _ in blocks}
    assert sum(map(code_lines, beside)) == 9


def test_third_entity_is_created_updated_and_deleted(stage, recorder):
    server = stage.serve("15_mixin", edits())
    recorder.text("makemigrations.txt", server.manage("makemigrations"))
    server.manage("migrate")
    alice, bob = stage.person(server), stage.person(server)
    alice.open_checklist("alice")
    alice.add_task("Buy bread")
    alice.row("task", "Buy bread").wait_for()
    bob.open_checklist("bob")
    (_, opening), (_, sending) = answer("15_mixin", "js")
    create, update, delete = sending.split("\n")[:-1]
    frames = [
        '{"type": "note.create", "task": 1, "text": "Bob was here"}',
        '{"type": "note.update", "id": 1, "text": "Bob was here"}',
        '{"type": "note.delete", "id": 1}',
    ]

    printed = [paste(alice, code) for code in (opening, create, update)]
    refused = bob.send_raw(*frames)
    printed.append(paste(alice, delete))
    alice.add_item("Buy bread", "Rye")  # her page does not mind frames about notes
    alice.row("item", "Rye").wait_for()

    assert [json.loads(text)["message"] for text in refused] == [
        "There is no such task.",
        "There is no such note.",
        "There is no such note.",
    ]
    recorder.text("notes.txt", "\n".join(printed) + "\n")
    recorder.answers("bob.txt", frames, refused)


def test_earlier_tests_pass_beside_the_third_entity(stage):
    """All of them on the layer in memory; on Redis as well it takes three times as long."""
    folder = stage.copy("15_mixin", stage.folder, edits())

    for command in (
        ["manage.py", "makemigrations"],
        ["-m", "pytest", "-k", "not redis"],
    ):
        done = run(command, folder)
        assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
