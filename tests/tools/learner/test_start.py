"""A folder to do a step in is made by one command, and no other folder is touched."""

import os
import shutil

import pytest

from tools.chain import requirements
from tools.chain.git import git
from tools.chain.steps import ROOT, find_step
from tools.learner import project, start


def contents(folder):
    """The files of a folder, without git's."""
    return set(project.files(folder)) - {".gitignore"}


def test_start_gives_the_state_of_the_step_before(tmp_path, capsys):
    assert start.main(["--from", str(tmp_path), "5", "my chat"]) == 0

    before = find_step("4")
    folder = tmp_path / "my chat"
    assert contents(folder) == set(project.files_of(before))
    for path in contents(folder):
        assert (folder / path).read_bytes() == (before.folder / path).read_bytes()
    told = capsys.readouterr().out
    assert "docs/05_history.md" in told
    assert "python manage.py migrate" in told
    assert f'nox -s check -- 5 "{folder}"' in told


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("mychat", False),
        ("C:\\Users\\Zoë\\chat-1", False),
        ("my chat", True),
        ("Tom's chat", True),
        ("R&D(1)", True),
    ],
)
def test_commands_to_type_quote_a_folder_that_needs_it(name, quoted):
    told = start.advice(find_step("2"), start.earlier(find_step("2")), name)

    shown = f'"{name}"' if quoted else name
    assert f"\n  cd {shown}\n" in told
    assert told.endswith(f"nox -s check -- 2 {shown}")


def test_commands_to_type_are_those_of_the_system(monkeypatch):
    told = {}
    for name in ("win32", "darwin", "linux"):
        monkeypatch.setattr("sys.platform", name)
        told[name] = start.advice(find_step("1"), [], "mychat")

    assert r".venv\Scripts\activate" in told["win32"]
    assert ". .venv/bin/activate" in told["linux"] == told["darwin"]


def test_start_of_the_first_step_gives_an_empty_project(tmp_path, capsys):
    assert start.main(["echo", str(tmp_path / "mine")]) == 0

    assert contents(tmp_path / "mine") == set()
    assert "migrate" not in capsys.readouterr().out


def test_start_makes_a_repository_of_one_commit(tmp_path):
    start.main(["3", str(tmp_path)])
    (tmp_path / "db.sqlite3").touch()

    log = git("log", "--format=%an: %s", cwd=tmp_path)
    assert log == "Tutorial: The project before step 3, Rooms\n"
    assert git("status", "--porcelain", cwd=tmp_path) == ""


def test_start_asks_nobody_who_they_are(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))

    start.main(["3", str(tmp_path / "mine")])

    assert git("log", "--oneline", cwd=tmp_path / "mine").count("\n") == 1


@pytest.mark.parametrize("step", ["1", "5"])
def test_start_does_without_git(tmp_path, monkeypatch, capsys, step):
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))

    assert start.main([step, str(tmp_path / "mine")]) == 0

    assert "the folder is not a git repository" in capsys.readouterr().out
    assert contents(tmp_path / "mine") == (
        set(project.files(find_step("4").folder)) if step == "5" else set()
    )


def test_start_refuses_a_folder_that_has_something_in_it(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine")

    assert start.main(["5", str(tmp_path)]) == 2

    assert "isn't empty, so nothing was written" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_start_refuses_a_file(tmp_path, capsys):
    (tmp_path / "mine").write_text("mine")

    assert start.main(["5", str(tmp_path / "mine")]) == 2
    assert (tmp_path / "mine").read_text() == "mine"


def test_start_refuses_a_place_among_the_steps(capsys):
    assert start.main(["5", str(ROOT / "steps" / "99_mine")]) == 2
    assert not (ROOT / "steps" / "99_mine").exists()


def test_start_knows_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))

    assert start.main(["2", "~/mychat"]) == 0
    assert (tmp_path / "mychat" / "manage.py").exists()


def test_start_that_is_interrupted_leaves_nothing(tmp_path, monkeypatch):
    copied = shutil.copy

    def interrupted(source, target):
        if os.path.basename(source) == "routing.py":
            raise KeyboardInterrupt
        return copied(source, target)

    monkeypatch.setattr(shutil, "copy", interrupted)

    assert start.main(["5", str(tmp_path / "mine")]) == 1
    assert not list(tmp_path.iterdir())


def test_packages_are_those_of_the_pages_before():
    first = requirements.needed(start.earlier(find_step("8")))
    later = requirements.needed([*start.earlier(find_step("8")), find_step("8")])

    assert first[:2] == ["django", "channels[daphne]"]
    assert later == [*first, "channels-redis"]
    assert requirements.needed([]) == []
