"""A rescue saves everything first, and then puts the step there or changes nothing."""

import sqlite3
from pathlib import Path

import pytest

from tools.chain.steps import find_step
from tools.learner import project, rescue

STEP = find_step("5")


def tree(folder):
    """Everything in a folder: each file's content, and that there is a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        if path.is_file()
        else b""
        for path in folder.rglob("*")
    }


def saved(mine) -> list[Path]:
    return sorted(mine.parent.glob("my chat-saved-*"))


@pytest.fixture
def mine(tmp_path):
    """A project in the middle of step 5, with things of its owner's own."""
    folder = tmp_path / "here" / "my chat"
    before = find_step("4")
    project.copy(before.folder, project.files_of(before), folder)
    for path in (".git/HEAD", "README.md", "chat/mine.py", "chat/consumers.py"):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text("mine", "utf-8")
    (folder / ".venv/lib").mkdir(parents=True)
    (folder / ".venv/pyvenv.cfg").write_text("", "utf-8")
    return folder


def make_database(mine, *names):
    with sqlite3.connect(mine / "db.sqlite3") as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE django_migrations (app, name)")
        applied = [("auth", "0001_initial"), *(("chat", name) for name in names)]
        database.executemany("INSERT INTO django_migrations VALUES (?, ?)", applied)
    database.close()


def test_rescue_puts_the_step_there(mine, capsys):
    assert rescue.main(["--from", str(mine.parent), "5", "my chat"]) == 0

    for path in project.files_of(STEP):
        assert (mine / path).read_bytes() == (STEP.folder / path).read_bytes()
    assert not (mine / "chat/mine.py").exists()
    assert f"{mine} now holds the finished step 5, History." in (
        capsys.readouterr().out
    )


def test_rescue_saves_all_that_was_there(mine, capsys):
    make_database(mine, "0001_initial")
    before = tree(mine)

    rescue.main(["5", str(mine)])

    (copy,) = saved(mine)
    kept = {path: text for path, text in before.items() if ".venv" not in path}
    assert tree(copy) == kept
    assert f"Everything you had is saved in {copy}" in capsys.readouterr().out


def test_rescue_keeps_what_no_step_has(mine):
    rescue.main(["5", str(mine)])

    assert (mine / "README.md").read_text("utf-8") == "mine"
    assert (mine / ".git/HEAD").read_text("utf-8") == "mine"
    assert (mine / ".venv/pyvenv.cfg").exists()


def test_second_rescue_overwrites_no_copy(mine):
    for _ in range(3):
        rescue.main(["5", str(mine)])

    assert len(saved(mine)) == 3
    assert (saved(mine)[0] / "chat/mine.py").exists()


def test_database_that_the_steps_migrations_made_stays(mine, capsys):
    make_database(mine, "0001_initial")
    before = (mine / "db.sqlite3").read_bytes()

    rescue.main(["5", str(mine)])

    assert (mine / "db.sqlite3").read_bytes() == before
    assert "db.sqlite3 is still there too" in capsys.readouterr().out


def test_database_of_migrations_with_the_line_endings_of_windows_stays(mine):
    make_database(mine, "0001_initial")
    migration = mine / "chat/migrations/0001_initial.py"
    migration.write_bytes(migration.read_bytes().replace(b"\n", b"\r\n"))

    rescue.main(["5", str(mine)])

    assert (mine / "db.sqlite3").exists()
    assert b"\r" not in migration.read_bytes()


@pytest.mark.parametrize("content", ["other", "changed", "broken"])
def test_database_that_others_made_is_only_in_the_copy(mine, capsys, content):
    make_database(mine, "0001_initial", *(["0002_mine"] if content == "other" else []))
    if content == "changed":
        (mine / "chat/migrations/0001_initial.py").write_text("mine", "utf-8")
    elif content == "broken":
        (mine / "db.sqlite3").write_bytes(b"no database")
    before = (mine / "db.sqlite3").read_bytes()

    assert rescue.main(["5", str(mine)]) == 0

    (copy,) = saved(mine)
    assert not (mine / "db.sqlite3").exists()
    assert (copy / "db.sqlite3").read_bytes() == before
    assert "db.sqlite3 is only in the copy now" in capsys.readouterr().out


@pytest.mark.parametrize("error", [KeyboardInterrupt, PermissionError("held")])
@pytest.mark.parametrize("moves", range(0, 10, 2))
def test_rescue_that_breaks_off_puts_everything_back(mine, monkeypatch, error, moves):
    make_database(mine, "0002_mine")
    before = tree(mine)
    rename, done = Path.rename, []

    def breaks(source, target):
        # Those that save the copy, and that put things back, are others.
        if mine in (source.parent, target.parent) and len(done) <= moves:
            done.append(source)
            if len(done) > moves:
                raise error
        return rename(source, target)

    monkeypatch.setattr(Path, "rename", breaks)

    assert rescue.main(["5", str(mine)]) == 1
    assert len(done) == moves + 1
    assert tree(mine) == before
    assert [path.name for path in mine.parent.iterdir() if path != mine] == [
        saved(mine)[0].name
    ]


def test_copy_that_breaks_off_changes_nothing(mine, monkeypatch):
    before = tree(mine)

    def full(source, target, **options):
        raise OSError("No space left on device")

    monkeypatch.setattr("shutil.copytree", full)

    assert rescue.main(["5", str(mine)]) == 1
    assert tree(mine) == before
    assert list(mine.parent.iterdir()) == [mine]


def test_rescue_follows_no_link(mine, tmp_path):
    outside = tmp_path / "outside"
    (mine / "chat").rename(outside)
    try:
        (mine / "chat").symlink_to(outside, target_is_directory=True)
    except OSError:
        pytest.skip("no links may be made here")
    before = tree(outside)

    assert rescue.main(["5", str(mine)]) == 0

    assert tree(outside) == before
    assert not (mine / "chat").is_symlink()


@pytest.mark.parametrize("root", ["clone", "."])
def test_rescue_refuses_the_tutorials_own_steps(tmp_path, capsys, root):
    if root == ".":
        step = find_step("4").folder
    else:
        (tmp_path / "tools/chain").mkdir(parents=True)
        (tmp_path / "tools/chain/steps.py").touch()
        step = tmp_path / "steps" / "04_login"
        project.copy(STEP.folder, ["manage.py"], step)
    before = tree(step)

    assert rescue.main(["5", str(step)]) == 2

    assert "is part of the tutorial itself" in capsys.readouterr().err
    assert tree(step) == before


def test_rescue_refuses_a_folder_without_a_project(tmp_path, capsys):
    (tmp_path / "mine.txt").touch()

    assert rescue.main(["5", str(tmp_path)]) == 2
    assert "There is no manage.py" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
