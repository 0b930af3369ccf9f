"""Each saved change is noticed, once, and nothing else is."""

import os

import pytest

from tools.learner.check import watch
from tools.learner.check.watch import Watch


@pytest.fixture
def mine(tmp_path):
    """A project with a database, a cache and a virtual environment."""
    for path in ("manage.py", "chat/models.py", "db.sqlite3", "chat/__pycache__/x.pyc"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("old", "utf-8")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv/pyvenv.cfg").touch()
    return tmp_path


@pytest.fixture
def changed(mine, monkeypatch):
    """Give what a watch notices while one thing is done at each pause, None for nothing."""

    def run(*things):
        left = [*things, lambda: None]

        def act(seconds):
            if not left:
                raise KeyboardInterrupt
            left.pop(0)()

        monkeypatch.setattr(watch, "wait", act)
        try:
            return Watch(mine).changed()
        except KeyboardInterrupt:
            return None

    return run


def write(path, text="new and longer"):
    return lambda: path.write_text(text, "utf-8")


def test_saved_file_is_noticed(mine, changed):
    assert changed(write(mine / "chat/models.py")) == ["chat/models.py"]


def test_file_of_the_same_length_is_noticed(mine, changed):
    path = mine / "chat/models.py"

    assert changed(lambda: os.utime(path, (1, 1))) == ["chat/models.py"]


def test_new_and_deleted_files_are_noticed(mine, changed):
    found = changed(
        lambda: (write(mine / "chat/new.py")(), (mine / "manage.py").unlink())
    )

    assert found == ["chat/new.py", "manage.py"]


def test_file_that_is_still_written_is_waited_for(mine, changed):
    parts = [write(mine / "chat/models.py", "x" * size) for size in (1, 2, 4)]

    found = changed(*parts, write(mine / "manage.py"))

    assert found == ["chat/models.py", "manage.py"]


def test_what_is_taken_back_at_once_is_no_change(mine, changed):
    new = mine / "chat/4913"  # an editor tries whether it may write

    assert changed(write(new), new.unlink) is None


@pytest.mark.parametrize(
    "path",
    ["db.sqlite3", "db.sqlite3-wal", "chat/__pycache__/x.pyc", ".venv/lib.py"],
)
def test_what_tools_make_is_not_noticed(mine, changed, path):
    assert changed(write(mine / path)) is None


def test_change_during_a_check_is_noticed_after_it(mine, monkeypatch):
    monkeypatch.setattr(watch, "wait", lambda seconds: None)
    watching = Watch(mine)
    write(mine / "chat/models.py")()

    assert watching.changed() == ["chat/models.py"]
