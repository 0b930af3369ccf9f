"""What changes is what git sees, on every machine."""

import pytest

from tests.helpers.tiny_repository import NAMES
from tools.chain.changes import Line, changes
from tools.chain.steps import find_step, step_files, step_pairs

PERSONAL = """\
[color]
ui = always
[core]
autocrlf = true
quotePath = true
[diff]
noprefix = true
mnemonicPrefix = true
external = false
context = 0
renames = false
algorithm = patience
suppressBlankEmpty = true
interHunkContext = 0
"""


def ops(change) -> str:
    return "".join(line.op for line in change.lines)


@pytest.mark.parametrize(
    ("path", "status", "old_path"),
    [
        ("notes/app.py", "M", "notes/app.py"),
        ("notes/new.py", "A", "notes/new.py"),
        ("notes/unused.py", "D", "notes/unused.py"),
        ("notes/people.py", "R", "notes/names.py"),
    ],
)
def test_status_tells_what_happens_to_a_file(repository, path, status, old_path):
    change = repository.changes()[path]

    assert (change.step, change.status) == ("02_second", status)
    assert change.old_path == old_path


def test_changes_leave_out_what_stays(repository):
    assert not {"manage.py", "notes/__init__.py"} & repository.changes().keys()


def test_changes_of_the_first_step_are_all_its_files(repository):
    step = find_step("1", repository.root)

    found = changes(None, step)

    assert [change.path for change in found] == step_files(step.folder)
    assert {change.status for change in found} == {"A"}


def test_empty_new_file_has_no_lines(repository):
    change = repository.changes()["notes/empty/__init__.py"]

    assert (change.status, change.lines) == ("A", ())


def test_emptied_file_loses_its_lines(repository):
    repository.write("steps/02_second/notes/app.py", "")

    change = repository.changes()["notes/app.py"]

    assert change.status == "M"
    assert set(ops(change)) == {"-"}


def test_renamed_file_keeps_its_lines(repository):
    repository.write("steps/02_second/notes/people.py", NAMES)

    change = repository.changes()["notes/people.py"]

    assert (change.status, ops(change)) == ("R", " " * 5)


def test_lines_are_numbered_on_both_sides(repository):
    repository.write("steps/01_first/notes/app.py", "one\ntwo\nthree\n\n")
    repository.write("steps/02_second/notes/app.py", "zero\none\n2\nthree\n\n")

    lines = repository.changes()["notes/app.py"].lines

    assert lines == (
        Line("+", "zero", None, 1),
        Line(" ", "one", 1, 2),
        Line("-", "two", 2, None),
        Line("+", "2", None, 3),
        Line(" ", "three", 3, 4),
        Line(" ", "", 4, 5),
    )


@pytest.mark.parametrize(
    "text",
    [
        "\n\nblank around\n\n",
        "--- a\n+++ b\n@@ -1 +1 @@\n",
        "\\ No newline at end of file\n",
        "  spaces  \n\ttab\t\n",
        "form\x0cfeed, \x00 nul, \x85 next line\n",
        "café \U0001f600 \u2028 日本\n",
    ],
)
def test_text_gives_both_files_back(repository, text):
    repository.write("steps/01_first/notes/app.py", f"before\n{text}same\n")
    repository.write("steps/02_second/notes/app.py", f"{text}same\n{text}after\n")

    change = repository.changes()["notes/app.py"]

    assert change.text("old") == f"before\n{text}same\n"
    assert change.text("new") == f"{text}same\n{text}after\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".gitconfig", PERSONAL),
        (".config/git/config", PERSONAL),
        (".config/git/attributes", "* binary\n"),
        (".config/git/ignore", "*.py\n"),
    ],
)
def test_personal_settings_of_git_change_nothing(repository, monkeypatch, path, text):
    expected = repository.changes()

    monkeypatch.setenv("HOME", str(repository.root / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    repository.write(f"home/{path}", text)

    assert repository.changes() == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GIT_DIR", "/nowhere"),
        ("GIT_EXTERNAL_DIFF", "false"),
        ("GIT_DIFF_OPTS", "--unified=0"),
        ("GIT_CONFIG_PARAMETERS", "'color.ui'='always' 'diff.noprefix'='true'"),
    ],
)
def test_environment_of_a_git_hook_changes_nothing(
    repository, monkeypatch, name, value
):
    expected = repository.changes()

    monkeypatch.setenv(name, value)

    assert repository.changes() == expected


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a\nb", "the last line of app.py has no line break at its end"),
        (b"a\r\nb\r\n", "app.py has Windows line endings"),
        (b"caf\xe9\n", "app.py is not UTF-8 text"),
    ],
)
@pytest.mark.parametrize("step", ["01_first", "02_second"])
def test_file_that_cannot_be_shown_is_refused(repository, step, content, reason):
    repository.write(f"steps/{step}/notes/app.py", content)

    with pytest.raises(ValueError, match=reason):
        repository.changes()


@pytest.mark.parametrize(
    ("before", "step"),
    [pytest.param(*pair, id=pair[1].name) for pair in step_pairs()],
)
def test_text_gives_each_file_of_this_repository_back(before, step):
    for change in changes(before, step):
        if change.status != "A":
            old = (before.folder / change.old_path).read_bytes()
            assert change.text("old").encode() == old
        if change.status != "D":
            assert (
                change.text("new").encode() == (step.folder / change.path).read_bytes()
            )
