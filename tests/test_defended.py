"""The table of limits says what the steps' files say."""

import re

import pytest

from tools.chain.steps import ROOT, all_steps

STEPS = all_steps()
ROW = re.compile(r"\| ([^|]+) \| ([^|]+) \| `([^`]+)` \| `([^`]+)` \| (\d+) \|")
LIMITS = ROW.findall((ROOT / "docs/defended.md").read_text("utf-8"))
# How a file may write what the table says for people.
WRITTEN = {"64 KiB": "64 * 1024"}


def lines(step, path, name):
    """The lines of a step's file that set a limit."""
    file = step.folder / path
    text = file.read_text("utf-8") if file.exists() else ""
    return [line for line in text.split("\n") if re.search(rf"{name}\b[^|]*\d", line)]


@pytest.mark.parametrize(
    ("limit", "default", "name", "path", "step"), LIMITS, ids=[row[0] for row in LIMITS]
)
def test_limit_is_what_the_table_says_from_the_step_it_names(
    limit, default, name, path, step
):
    first, last = STEPS[int(step) - 1], STEPS[-1]
    number = WRITTEN.get(default) or default.split()[0].replace(",", "")

    for each in (first, last):
        found = "\n".join(lines(each, path, name)).replace("_", "")
        assert re.search(rf"\b{re.escape(number)}(?!\d)", found), each.name
    before = "\n".join(lines(STEPS[int(step) - 2], path, name)).replace("_", "")
    assert not re.search(rf"\b{re.escape(number)}(?!\d)", before)


def test_table_has_all_its_rows():
    page = (ROOT / "docs/defended.md").read_text("utf-8")
    table = page.partition("## The limits")[2].partition("\n## ")[0]

    assert len(LIMITS) == table.count("\n|") - 2 > 10
