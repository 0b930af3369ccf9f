"""A change side by side has each changed line once, and each other line on both sides."""

import pytest
from bs4 import BeautifulSoup

from tools.site.code_pages.side_by_side import paired_block
from tools.site.selection import with_context


@pytest.fixture
def runs(repository):
    """The runs of a file in which two places change."""
    found = repository.changes()["notes/app.py"]
    html = paired_block(found, with_context(found, found.changed))
    return BeautifulSoup(html, "html.parser").select(".run")


def test_run_holds_what_changes_or_what_stays(runs):
    kinds = [{line["data-op"] for line in run.select("[data-op]")} for run in runs]

    assert {" "} in kinds
    assert {"-", "+"} in kinds
    assert not [kind for kind in kinds if " " in kind and len(kind) > 1]


def test_line_that_stays_is_on_both_sides_and_read_once(runs):
    for run in runs:
        again = run.select(".again")
        same = run.select('[data-op=" "]')
        assert [x.get_text() for x in again] == [x.get_text() for x in same]
        assert all(line["aria-hidden"] == "true" for line in again)


def test_gap_stands_between_runs_that_are_apart(runs):
    gaps = runs[0].parent.select(".gap")

    assert gaps
    assert all(gap.parent.name == "code" for gap in gaps)
