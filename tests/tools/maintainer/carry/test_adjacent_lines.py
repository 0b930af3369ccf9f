"""Changes that touch are merged where nobody can be in doubt about the result."""

import pytest

from tools.maintainer.carry.adjacent_lines import merge


def lines(letters: str) -> bytes:
    """Make a text of one letter a line."""
    return "".join(f"{letter}\n" for letter in letters).encode()


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "result", "places"),
    [
        ("abcd", "Abcd", "aBcd", "ABcd", [2]),  # two lines beside each other
        ("abc", "axbc", "Abc", "Axbc", [2]),  # an insertion after a changed line
        ("abc", "axbc", "aBc", "axBc", [3]),  # and before one
        ("abc", "abxc", "ac", "axc", [2]),  # an insertion beside a deleted line
        ("abc", "bc", "aBc", "Bc", [1]),  # a changed line beside a deleted one
        ("abcd", "Abcd", "ABcd", "ABcd", []),  # one of two is changed on both sides
        ("abcd", "acd", "ad", "ad", []),  # or deleted
        ("abc", "axbc", "axbc", "axbc", []),  # or inserted
        ("abcde", "Abcde", "abcdE", "AbcdE", []),  # they do not touch
    ],
)
def test_changes_that_touch_are_merged(base, ours, theirs, result, places):
    assert merge(*map(lines, (base, ours, theirs))) == (lines(result), places)
    merged, _ = merge(*map(lines, (base, theirs, ours)))
    assert merged == lines(result)


@pytest.mark.parametrize(
    ("base", "ours", "theirs"),
    [
        ("abc", "aXc", "aYc"),  # the same line
        ("abc", "axbc", "aybc"),  # two insertions in one place: in which order?
        ("abc", "xabc", "yabc"),
        ("abc", "abcx", "abcy"),
        ("abc", "Axbc", "aybc"),  # one may have been inserted with the change
        ("abcd", "Axbcd", "ayBcd"),
        ("abc", "ac", "aBc"),  # deleted and changed
    ],
)
def test_changes_of_one_place_are_a_conflict(base, ours, theirs):
    assert merge(*map(lines, (base, ours, theirs))) is None
    assert merge(*map(lines, (base, theirs, ours))) is None


def test_line_that_would_follow_one_without_an_end_is_a_conflict():
    assert merge(b"a\nb\n", b"a\nB", b"a\nb\nc\n") is None


def test_text_that_is_not_utf8_is_merged_byte_for_byte():
    assert merge(b"\xff\nb\n", b"\xfe\nb\n", b"\xff\nB\n") == (b"\xfe\nB\n", [2])
