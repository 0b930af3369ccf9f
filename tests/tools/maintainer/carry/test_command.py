"""A change of one step is carried into all later ones, and nothing is lost."""

import os
import shutil

import pytest

from tests.helpers.tiny_repository import Repository
from tools.chain import git_trees
from tools.chain.git import git
from tools.maintainer.carry import command

APP, NAMES = "notes/app.py", "notes/people.py"
WHO = ("-c", "user.name=n", "-c", "user.email=n@example.com")


def commit(root, message="All") -> None:
    git("add", "--all", cwd=root)
    git(*WHO, "commit", "--quiet", "--allow-empty", "-m", message, cwd=root)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A committed tutorial of three tiny steps, for others to copy."""
    tiny = Repository(tmp_path_factory.mktemp("template"))
    tiny.fill()
    second, third = tiny.root / "steps/02_second", tiny.root / "steps/03_third"
    shutil.copytree(second, third)
    tiny.edit(f"steps/03_third/{APP}", "import json\n", "import json\nimport math\n")
    commit(tiny.root)
    return tiny


@pytest.fixture
def tiny(template, tmp_path):
    """A committed tutorial of three tiny steps, to be changed."""
    shutil.copytree(template.root, tmp_path / "a clone")
    return Repository(tmp_path / "a clone")


def run(tiny, *args) -> int:
    return command.main([*args, "--no-checks"], tiny.root)


def text(tiny, step, path=APP) -> str:
    return (tiny.root / f"steps/{step}/{path}").read_text("utf-8")


def all_files(tiny) -> dict:
    """The content of every file of the steps."""
    folder = tiny.root / "steps"
    return {p: p.read_bytes() for p in folder.glob("**/*") if p.is_file()}


@pytest.fixture
def conflict(tiny):
    """A carry that stopped in the second step, which changed the same line."""
    tiny.edit(f"steps/01_first/{APP}", "append(text)", "append(text.lower())")
    assert run(tiny, "1") == 1
    return tiny


def test_line_is_carried_to_the_last_step(tiny):
    tiny.edit(f"steps/01_first/{APP}", "All notes.", "Every note.")

    assert run(tiny, "1") == 0

    assert "Every note." in text(tiny, "02_second")
    assert "Every note." in text(tiny, "03_third")


def test_change_is_not_carried_to_earlier_steps(tiny):
    tiny.edit(f"steps/02_second/{APP}", "All notes.", "Every note.")

    run(tiny, "2")

    assert "Every note." not in text(tiny, "01_first")
    assert "Every note." in text(tiny, "03_third")


def test_change_is_carried_into_a_file_that_a_later_step_renames(tiny):
    tiny.edit("steps/01_first/notes/names.py", "bob = 2", "bob = 22")

    assert run(tiny, "1") == 0

    assert "bob = 22" in text(tiny, "03_third", NAMES)


def test_new_deleted_and_renamed_files_are_carried(tiny):
    first = tiny.root / "steps/01_first"
    tiny.write("steps/01_first/notes/a café/new.py", "new = 1\n")
    (first / "notes/templates/page.html").rename(first / "notes/moved.html")
    (first / "manage.py").rename(first / "notes/manage.txt")
    tiny.write("steps/01_first/manage.py", "")

    assert run(tiny, "1") == 0

    for step in ("02_second", "03_third"):
        folder = tiny.root / "steps" / step
        assert text(tiny, step, "notes/a café/new.py") == "new = 1\n"
        assert 'class="notes"' in text(tiny, step, "notes/moved.html")
        assert not (folder / "notes/templates").exists()


def test_deleted_file_is_deleted_in_every_later_step(tiny):
    (tiny.root / "steps/02_second/notes/new.py").unlink()

    assert run(tiny, "2") == 0

    assert not (tiny.root / "steps/03_third/notes/new.py").exists()


def test_file_of_a_later_step_moves_with_its_folder(tiny, capsys):
    first = tiny.root / "steps/01_first"
    for step in ("02_second", "03_third"):
        tiny.write(f"steps/{step}/notes/templates/own.html", "own\n")
    commit(tiny.root)
    (first / "notes/templates").rename(first / "notes/pages")

    assert run(tiny, "1") == 0

    assert text(tiny, "03_third", "notes/pages/own.html") == "own\n"
    assert "02_second/notes/pages/own.html (moved with" in capsys.readouterr().out


def test_binary_file_is_carried(tiny):
    tiny.write("steps/01_first/logo.png", b"\x89PNG\0\r\n\xff")
    run(tiny, "1")
    commit(tiny.root)
    tiny.write("steps/01_first/logo.png", b"\x89PNG\0\r\n\xfe")

    assert run(tiny, "1") == 0

    logo = tiny.root / "steps/03_third/logo.png"
    assert logo.read_bytes() == b"\x89PNG\0\r\n\xfe"


@pytest.mark.skipif(os.name != "posix", reason="files have no executable bit there")
def test_executable_bit_is_carried(tiny):
    (tiny.root / "steps/01_first/manage.py").chmod(0o755)

    assert run(tiny, "1") == 0

    assert os.access(tiny.root / "steps/03_third/manage.py", os.X_OK)


def test_ignored_files_stay_where_they_are(tiny):
    tiny.write("steps/01_first/db.sqlite3", "first")
    tiny.write("steps/02_second/db.sqlite3", "second")
    tiny.edit(f"steps/01_first/{APP}", "All notes.", "Every note.")

    run(tiny, "1")

    assert text(tiny, "02_second", "db.sqlite3") == "second"
    assert not (tiny.root / "steps/03_third/db.sqlite3").exists()


def test_neighbouring_change_is_merged_and_named(tiny, capsys):
    # The third step has a line of its own below this one.
    tiny.edit(f"steps/01_first/{APP}", "import json\n", "import json as js\n")

    assert run(tiny, "1") == 0

    assert text(tiny, "03_third").startswith("import json as js\nimport math\n")
    assert f"steps/03_third/{APP}:2\n" in capsys.readouterr().out


def test_two_lines_in_one_place_are_a_conflict(tiny):
    tiny.edit(f"steps/01_first/{APP}", "import json\n", "import json\nimport os\n")

    assert run(tiny, "1") == 1

    assert "import os" in text(tiny, "02_second")
    assert "<<<<<<< " in text(tiny, "03_third")


def test_change_that_is_there_already_is_nothing_to_do(tiny, capsys):
    for step in ("01_first", "02_second", "03_third"):
        tiny.edit(f"steps/{step}/{APP}", "All notes.", "Every note.")
    before = all_files(tiny)

    assert run(tiny, "1") == 0

    assert all_files(tiny) == before
    assert "nothing, because each later step has it already" in capsys.readouterr().out


def test_second_edit_of_a_line_is_carried_after_the_first(tiny):
    for new, old in (("One.", "All notes."), ("Two.", "One.")):
        tiny.edit(f"steps/01_first/{APP}", old, new)
        assert run(tiny, "1") == 0

    assert "Two." in text(tiny, "03_third")


def test_later_step_keeps_its_own_edit_and_can_carry_it_then(tiny):
    tiny.edit(f"steps/01_first/{APP}", "All notes.", "Every note.")
    tiny.edit("steps/02_second/notes/new.py", "café", "tea")

    assert run(tiny, "1") == 0

    assert "tea" in text(tiny, "02_second", "notes/new.py")
    assert "café" in text(tiny, "03_third", "notes/new.py")
    assert run(tiny, "2") == 0
    assert "tea" in text(tiny, "03_third", "notes/new.py")


def test_committed_change_is_carried_since_a_revision(tiny):
    tiny.edit(f"steps/01_first/{APP}", "All notes.", "Every note.")
    commit(tiny.root)

    assert run(tiny, "1") == 1
    assert run(tiny, "1", "--since", "HEAD~1") == 0

    assert "Every note." in text(tiny, "03_third")


def test_staged_changes_stay_staged(tiny):
    tiny.edit(f"steps/01_first/{APP}", "All notes.", "Every note.")
    tiny.edit("docs/01_first.md", "minutes: 5", "minutes: 6")
    git("add", "docs", cwd=tiny.root)

    run(tiny, "1")

    staged = git("diff", "--cached", "--name-only", cwd=tiny.root)
    assert staged == "docs/01_first.md\n"


def test_conflict_stops_with_markers_and_says_what_to_do(conflict, capsys):
    printed = text(conflict, "02_second")

    assert "<<<<<<< worktree/carry/02_second\n" in printed
    assert ">>>>>>> worktree/carry/01_first\n" in printed
    assert "<<<<<<<" not in text(conflict, "03_third")


def test_conflict_names_the_file_and_the_two_ways_on(tiny, capsys):
    tiny.edit(f"steps/01_first/{APP}", "append(text)", "append(text.lower())")

    run(tiny, "1")

    told = capsys.readouterr().err
    assert "has stopped in 02_second" in told
    assert f"  steps/02_second/{APP}\n" in told
    assert "--continue" in told
    assert "--abort" in told


def resolve(tiny) -> None:
    """Write the second step's file as somebody would who has thought about it."""
    old = git("show", f"HEAD:steps/02_second/{APP}", cwd=tiny.root)
    tiny.write(f"steps/02_second/{APP}", old.replace("strip()", "strip().lower()"))


def test_continue_carries_the_resolution(conflict):
    resolve(conflict)

    assert run(conflict, "--continue") == 0

    assert "append(text.strip().lower())" in text(conflict, "03_third")
    assert "import math" in text(conflict, "03_third")


def test_continue_with_markers_is_refused(conflict, capsys):
    before = all_files(conflict)

    assert run(conflict, "--continue") == 1

    assert f"markers in\n  steps/02_second/{APP}\n" in capsys.readouterr().err
    assert all_files(conflict) == before


def test_continue_keeps_what_was_edited_meanwhile(conflict):
    resolve(conflict)
    conflict.edit("steps/03_third/notes/new.py", "café", "tea")

    assert run(conflict, "--continue") == 0

    assert "tea" in text(conflict, "03_third", "notes/new.py")


def test_deleted_file_that_a_later_step_changes_is_a_conflict(tiny, capsys):
    (tiny.root / "steps/01_first/notes/templates/page.html").unlink()

    assert run(tiny, "1") == 1

    assert "page.html deleted in worktree/carry/01_first" in capsys.readouterr().err
    (tiny.root / "steps/02_second/notes/templates/page.html").unlink()
    assert run(tiny, "--continue") == 0
    assert not (tiny.root / "steps/03_third/notes/templates").exists()


def test_abort_puts_the_later_steps_back(tiny):
    tiny.edit("steps/03_third/notes/new.py", "café", "tea")
    tiny.edit(f"steps/01_first/{APP}", "import json\n", "import json\nimport os\n")
    before = all_files(tiny)
    assert run(tiny, "1") == 1
    assert all_files(tiny) != before

    assert run(tiny, "--abort") == 0

    assert all_files(tiny) == before
    assert run(tiny, "--continue") == 1


def test_abort_keeps_what_it_takes_away(conflict, capsys):
    resolve(conflict)

    run(conflict, "--abort")

    ref = capsys.readouterr().out.split("git diff ")[1].split()[0]
    kept = git("show", f"{ref}:steps/02_second/{APP}", cwd=conflict.root)
    assert "strip().lower()" in kept


def test_second_carry_while_one_is_stopped_is_refused(conflict, capsys):
    assert run(conflict, "1") == 1
    assert "A carry has stopped in 02_second" in capsys.readouterr().err


@pytest.mark.parametrize("word", ["--continue", "--abort"])
def test_nothing_to_go_on_with_says_so(tiny, capsys, word):
    assert run(tiny, word) == 1
    assert capsys.readouterr().err.startswith("No carry has stopped")


def test_step_that_did_not_change_says_so(tiny, capsys):
    assert run(tiny, "2") == 1
    assert "02_second is as it was in the last commit" in capsys.readouterr().err


@pytest.mark.parametrize("revision", ["nowhere", "--help", "", "HEAD:steps"])
def test_unknown_revision_is_refused(tiny, capsys, revision):
    assert run(tiny, "1", f"--since={revision}") == 2
    assert f"no revision {revision!r}" in capsys.readouterr().err


def test_unknown_step_lists_the_steps(tiny, capsys):
    assert run(tiny, "9") == 2
    assert "01_first" in capsys.readouterr().err


def test_step_that_no_commit_has_is_refused(tiny, capsys):
    tiny.write("steps/04_fourth/manage.py", "")

    assert run(tiny, "4") == 1
    assert "There is no 04_fourth in the last commit" in capsys.readouterr().err


def test_merge_that_git_is_in_is_refused(tiny, capsys):
    start = git("rev-parse", "HEAD", cwd=tiny.root).strip()
    tiny.edit(f"steps/01_first/{APP}", "All notes.", "One.")
    commit(tiny.root)
    other = git("rev-parse", "HEAD", cwd=tiny.root).strip()
    git("checkout", "--quiet", "--detach", start, cwd=tiny.root)
    tiny.edit(f"steps/01_first/{APP}", "All notes.", "Two.")
    commit(tiny.root)
    git(*WHO, "merge", other, cwd=tiny.root, accept=(0, 1))

    assert run(tiny, "1") == 1
    assert "in the middle of a merge" in capsys.readouterr().err


def test_old_git_says_which_one_is_needed(tiny, capsys, monkeypatch):
    monkeypatch.setattr(
        git_trees, "git", lambda *args, **kwargs: "git version 2.37.1 (x)"
    )

    assert run(tiny, "1") == 1
    assert (
        "This needs git 2.38 or newer, and you have 2.37.1." in capsys.readouterr().err
    )


@pytest.mark.parametrize("args", [[], ["1", "--abort"], ["1", "2"], ["--continue=1"]])
def test_wrong_arguments_end_with_the_usage(args):
    with pytest.raises(SystemExit) as stop:
        command.parse(args)

    assert stop.value.code == 2


def test_steps_that_changed_are_checked(tiny, monkeypatch):
    checked = []
    monkeypatch.setattr(command, "check", lambda names: checked.append(names) or 7)
    tiny.edit(f"steps/01_first/{APP}", "All notes.", "Every note.")

    assert command.main(["1"], tiny.root) == 7

    assert checked == [["01_first", "02_second", "03_third"]]


def test_carry_of_the_last_step_has_nothing_to_check(tiny, monkeypatch):
    monkeypatch.setattr(command, "check", lambda names: pytest.fail("checked"))
    tiny.edit(f"steps/03_third/{APP}", "All notes.", "Every note.")

    assert command.main(["3"], tiny.root) == 0


def test_file_that_changes_while_it_merges_is_not_overwritten(
    tiny, monkeypatch, capsys
):
    tiny.edit(f"steps/01_first/{APP}", "All notes.", "Every note.")
    real = git_trees.with_parts

    def slow(*args):
        tiny.edit(f"steps/02_second/{APP}", "import json\n", "import json  # mine\n")
        return real(*args)

    monkeypatch.setattr(git_trees, "with_parts", slow)

    assert run(tiny, "1") == 1

    assert "# mine" in text(tiny, "02_second")
    assert "Every note." not in text(tiny, "03_third")
