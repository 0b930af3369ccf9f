"""Each step is about as big as its one idea: no more Python changes than a person reads."""

import pytest

from tools.chain.changes import changes
from tools.chain.steps import Step, all_steps

MOST_LINES = 150
# Steps that change more: how many lines, and why. Their pages say it, too.
BIGGER = {
    "serializers": (
        171,
        "rules leave models and consumer as the serializers take over",
    ),
    "resync": (182, "rooms and lists are numbered, and the admin numbers, too"),
    "limits": (163, "frames, readers and a crowd are held back by three small classes"),
    "receivers": (227, "methods move to new files, and each line counts twice"),
}
STEPS = all_steps()


def slug(step: Step) -> str:
    return step.name.partition("_")[2]


def python_lines(before: Step, step: Step) -> int:
    """Count the lines of Python, without tests and migrations, that come or go."""
    return sum(
        len(change.changed)
        for change in changes(before, step)
        if change.path.endswith(".py")
        and not change.path.startswith("tests/")
        and "/migrations/" not in change.path
    )


@pytest.mark.parametrize("number", range(2, len(STEPS) + 1))
def test_step_changes_few_lines_of_python(number):
    """Step 1 begins with nothing, and most of it is what Django writes."""
    before, step = STEPS[number - 2 : number]
    most, reason = BIGGER.get(slug(step), (MOST_LINES, "make two steps of it"))

    assert python_lines(before, step) <= most, f"{step.name}: {reason}"


@pytest.mark.parametrize("name", BIGGER)
def test_exception_is_one_and_its_page_says_how_big_it_is(name):
    place = [slug(step) for step in STEPS].index(name)
    lines = python_lines(STEPS[place - 1], STEPS[place])

    assert lines > MOST_LINES
    assert f"{lines} lines of Python" in STEPS[place].page.read_text("utf-8")
