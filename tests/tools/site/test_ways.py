"""The ways through the steps say how long they take and where they begin anew."""

import pytest
from pymdownx.superfences import SuperFencesException

from tests.helpers.tiny_repository import fence


@pytest.fixture
def tutorial(repository):
    """Four steps, of which the third takes more than an hour."""
    for name in ("03_third", "04_fourth"):
        repository.write(f"steps/{name}/manage.py", "")
        repository.write_page(name, "Text.\n")
    repository.edit("docs/03_third.md", "minutes: 5", "minutes: 110")
    return repository


def said(tutorial, **wanted):
    return tutorial.soup(fence("way", **wanted))


def test_whole_way_takes_the_minutes_of_all_steps_part_by_part(tutorial):
    tutorial.edit("docs/04_fourth.md", "part: I", "part: II")
    soup = said(tutorial)

    length = "4 steps, about 2 hours 5 minutes"
    assert soup.select(".progress")[-1].get_text() == length
    assert [item.get_text() for item in soup.select("ul li")][:2] == [
        "Part I: steps 1 to 3, 2 hours",
        "Part II: a step, 5 minutes",
    ]


def test_short_way_takes_its_own_and_says_how_to_begin_after_a_gap(tutorial):
    soup = said(tutorial, steps=["first", "second", "fourth"])

    assert soup.select(".progress")[-1].get_text() == "3 steps, about 15 minutes"
    assert [item.get_text() for item in soup.select(".short li")] == [
        "1. First, 5 minutes",
        "2. Second, 5 minutes",
        "4. Fourth, 5 minutesbegin with uvx nox -s start -- 4 ~/mychat-4",
    ]
    assert soup.select(".short a")[-1]["href"] == "04_fourth.html"


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        (["second", "first"], "the steps are not in order: [2, 1]"),
        (["first", "first"], "the steps are not in order: [1, 1]"),
        (["fifth"], "There is no step 'fifth'"),
    ],
)
def test_way_that_cannot_be_gone_stops_the_build(tutorial, steps, reason):
    with pytest.raises(SuperFencesException) as error:
        said(tutorial, steps=steps)

    assert str(error.value).startswith("docs/02_second.md:9: way: ")
    assert reason in str(error.value)
