"""Walks of docs/03_rooms.md."""

import subprocess
import sys

from tools.chain.steps import find_step

BY_NAME = {
    "chat/models.py": [('f"chat.room.{self.pk}"', 'f"chat.room.{self.name}"')],
}
# The page's exercise: a field, and so a migration.
MADE_AT = {
    "chat/models.py": [
        (
            "    class Meta:",
            "    made_at = models.DateTimeField(auto_now_add=True)\n\n    class Meta:",
        )
    ],
}


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("3"))


def test_step_before_mixes_all_talk(stage, recorder):
    server = stage.serve("02_group")
    one, other = stage.tabs(server, "/")

    one.say("Where do we eat?")
    other.sees("Where do we eat?")
    other.say("Who broke the build?")
    one.sees("Who broke the build?")

    recorder.picture("mixed", {"Talks about lunch": one, "Talks about work": other})


def test_form_makes_a_room(stage, recorder):
    server = stage.serve("03_rooms")
    person = stage.person(server)
    person.go("/")
    for name in ("lunch", "café"):
        person.make_room(name)
        person.page.get_by_role("heading", name=name).wait_for()
        person.page.get_by_role("link", name="All rooms").click()
    person.page.get_by_label("Name").fill("this/that")
    person.page.get_by_role("button", name="Make a room").click()
    person.page.get_by_text("no slash").wait_for()

    recorder.picture("rooms", {"The list of rooms": person})


def test_rooms_are_apart(stage, recorder):
    server = stage.serve("03_rooms")
    maker = stage.person(server)
    for name in ("lunch", "café"):
        maker.go("/")
        maker.make_room(name)
        maker.wait_until_connected()
    lunch, friend = stage.tabs(server, "/chat/lunch/")
    (cafe,) = stage.tabs(server, "/chat/café/", count=1)

    lunch.say("Where do we eat?")
    friend.sees("Where do we eat?")
    cafe.say("Here, as always.")
    cafe.sees("Here, as always.")

    assert lunch.log == friend.log == ["Where do we eat?"]
    assert cafe.log == ["Here, as always."]
    people = {"One in lunch": lunch, "Another in lunch": friend, "In café": cafe}
    recorder.frames("frames.txt", people)
    recorder.picture("apart", {"/chat/lunch/": friend, "/chat/café/": cafe})


def test_group_named_by_the_room_refuses_a_name(stage, recorder):
    server = stage.serve("03_rooms", BY_NAME)
    person = stage.person(server)
    person.go("/")
    person.make_room("café")
    person.page.get_by_text("Offline").wait_for()

    recorder.text("group-name.pytb", server.own_traceback())


def test_routes_before_django_do_not_start(stage, recorder, tmp_path):
    old = find_step("02_group").folder / "core/asgi.py"
    folder = stage.copy("03_rooms", tmp_path)
    (folder / "core/asgi.py").write_bytes(old.read_bytes())

    command = [sys.executable, "-m", "daphne", "core.asgi:application"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)

    recorder.text("too-early.txt", done.stderr.strip().split("\n")[-1] + "\n")


def test_exercise_undone_by_half_refuses_new_rooms(stage, recorder):
    server = stage.serve("03_rooms", MADE_AT)
    command = [sys.executable, "manage.py", "makemigrations", "chat"]
    # Choose 1, then press Enter.
    subprocess.run(
        command, cwd=server.folder, env=server.env, input="1\n\n", text=True, check=True
    )
    server.manage("migrate")
    models = find_step("03_rooms").folder / "chat/models.py"
    (server.folder / "chat/models.py").write_bytes(models.read_bytes())
    server.kill()
    server.restart()
    person = stage.person(server)
    person.go("/")
    person.make_room("lunch")
    recorder.text("half-undone.txt", server.own_traceback().split("\n")[-2] + "\n")

    server.manage("migrate", "chat", "0001")
    (migration,) = server.folder.glob("chat/migrations/0002_*.py")
    migration.unlink()
    person.go("/")
    person.make_room("lunch")
    person.wait_until_connected()
