"""What an exercise has left behind is named, with the commands that undo it."""

import sqlite3
import sys

import pytest

from tools.chain.steps import find_step
from tools.learner import left_over, project

STEP = find_step("rooms")
HISTORY = find_step("history")
EXTRA = "chat/migrations/0002_room_made_at.py"
FIELD = "    made_at = models.DateTimeField(auto_now_add=True)\n"


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """The finished step 3 in a folder of the learner's own."""
    monkeypatch.setattr(sys, "platform", "linux")
    project.copy(STEP.folder, project.files_of(STEP), tmp_path)
    return tmp_path


def words(mine, step=STEP) -> list[str]:
    return list(left_over.find(step, mine).words())


def add(mine, path, text=""):
    (mine / path).write_text(text, "utf-8")


def migrate(mine, *names):
    database = sqlite3.connect(mine / "db.sqlite3")
    database.execute("CREATE TABLE django_migrations (app, name)")
    applied = [("auth", "0001_initial"), *(("chat", name) for name in names)]
    database.executemany("INSERT INTO django_migrations VALUES (?, ?)", applied)
    database.commit()
    database.close()


def test_project_like_the_step_has_nothing_left_over(mine):
    migrate(mine, "0001_initial")

    assert not left_over.find(STEP, mine)
    assert words(mine) == []


def test_migration_of_an_exercise_is_undone_in_this_order(mine):
    add(mine, EXTRA)
    models = mine / "chat/models.py"
    text = models.read_text("utf-8")
    models.write_text(text.replace("\n    class Meta:", f"{FIELD}\n    class Meta:"))

    assert words(mine) == [
        f"Your project has a migration that step {STEP.number} doesn't have:",
        f"    {EXTRA}",
        "To undo that, stop the server, then run in your project, in this order:",
        "    python manage.py migrate chat 0001_initial",
        f"    rm {EXTRA}",
        "Then take the exercise out of chat/models.py too (Room.made_at).",
    ]


def test_model_that_is_like_the_steps_again_is_not_mentioned(mine):
    add(mine, EXTRA)

    assert "models.py" not in "\n".join(words(mine))


def test_windows_has_a_command_of_its_own(mine, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    add(mine, EXTRA)

    assert r"    del chat\migrations\0002_room_made_at.py" in words(mine)


def test_migration_in_the_place_of_the_steps_is_made_anew(mine):
    (mine / "chat/migrations/0001_initial.py").rename(mine / EXTRA)

    said = words(mine)

    assert "    python manage.py migrate chat zero" in said
    assert said[-2:] == [
        "    python manage.py makemigrations chat",
        "    python manage.py migrate",
    ]


def test_database_that_kept_what_a_deleted_migration_added_is_told(mine):
    migrate(mine, "0001_initial", "0002_room_made_at")

    said = "\n".join(words(mine))

    assert f"Your database still has what {EXTRA} has added" in said
    assert "    rm db.sqlite3*\n    python manage.py migrate\n" in said
    assert "python manage.py migrate chat\n0001_initial" in said
    assert "createsuperuser" not in said


def test_new_database_asks_for_people_where_there_are_logins(mine):
    project.copy(HISTORY.folder, project.files_of(HISTORY), mine)
    migrate(mine, "0009_gone")

    assert "    python manage.py createsuperuser" in words(mine, HISTORY)


def test_database_that_is_none_is_no_business_of_the_check(mine):
    add(mine, "db.sqlite3", "this is no database, however long it may be" * 9)

    assert words(mine) == []


def test_other_files_are_named(mine):
    add(mine, "chat/forms.py")
    add(mine, "notes.txt")

    assert words(mine) == [
        f"Your project has a file that step {STEP.number} doesn't have:",
        "    chat/forms.py",
        "If it is left over from an exercise, delete it. Notes can stay.",
    ]


def test_file_of_a_later_step_is_not_to_be_undone(mine):
    add(mine, "chat/migrations/0002_message.py")

    assert words(mine) == [
        f"chat/migrations/0002_message.py only comes with step {HISTORY.number}, History."
    ]
