"""Where two files differ is said by the names around it."""

import pytest

from tools.learner.code_places import difference, place_of, same_code

OURS = """\
import json

LIMIT = 5


class Notes:
    kept = []

    def add(self, text):
        def inner():
            return text

        self.kept.append(inner())

    @property
    def count(self):
        return len(self.kept)
"""


@pytest.fixture
def compare(tmp_path):
    """Compare a text of the learner's with OURS."""
    ours, theirs = tmp_path / "ours.py", tmp_path / "theirs.py"
    ours.write_text(OURS, "utf-8")

    def run(text, how=difference):
        theirs.write_text(text, "utf-8")
        return how(ours, theirs)

    return run


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (1, ""),
        (3, "LIMIT"),
        (6, "Notes"),
        (7, "Notes.kept"),
        (9, "Notes.add"),
        (11, "Notes.add"),
        (15, "Notes.count"),
        (99, ""),
    ],
)
def test_line_has_a_place(line, name):
    assert place_of(OURS, line) == name


def test_code_that_python_cannot_read_has_no_places():
    assert place_of("def (", 1) == ""


def test_changed_line_is_named(compare):
    found = compare(OURS.replace("append", "insert"))

    assert found.names() == ["Notes.add"]
    assert found.texts() == {"self.kept.append(inner())"}
    assert found.extra_names() == []


def test_added_field_is_named_as_extra(compare):
    found = compare(OURS.replace("    kept = []\n", "    kept = []\n    made_at = 1\n"))

    assert found.extra_names() == ["Notes.made_at"]


def test_added_line_leads_to_what_is_around_it(compare):
    found = compare(OURS.replace("        self", "        breakpoint()\n        self"))

    assert found.lacks == ()
    assert found.names() == ["Notes.add"]
    assert "self.kept.append(inner())" in found.texts()


def test_line_endings_and_spaces_at_the_end_do_not_count(compare):
    found = compare(OURS.replace("\n", "  \r\n"))

    assert (found.lacks, found.extra) == ((), ())


def test_missing_file_lacks_everything(tmp_path):
    (tmp_path / "ours.py").write_text(OURS, "utf-8")

    found = difference(tmp_path / "ours.py", tmp_path / "nowhere.py")

    assert found.names() == ["LIMIT", "Notes", "Notes.kept", "Notes.add", "Notes.count"]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (OURS + "# a comment\n", True),
        (OURS.replace("5", "( 5 )"), True),
        (OURS.replace("5", "6"), False),
        ("def (", False),
    ],
)
def test_comments_and_layout_are_not_code(compare, text, same):
    assert compare(text, same_code) == same
