"""Traps are collected from the pages; headings and front matter must say the same."""

import pytest

from tools.chain.steps import find_step
from tools.site.tables import traps

BODY = "## Traps\n\n### A `typo`\n\nIt hurts.\n\n## Exercise\n\n### No trap\n\nText.\n"


def step(repository, body: str, meta: str = "traps:\n  A typo: It says no\n"):
    repository.write_page("02_second", body)
    repository.edit("docs/02_second.md", "title:", f"{meta}title:")
    return find_step("2", repository.root)


def test_trap_has_its_symptom_and_its_section(repository):
    ((symptom, section),) = traps.traps(step(repository, BODY))

    assert symptom == "It says no"
    assert (section.title, section.anchor) == ("A typo", "a-typo")
    assert 'href="02_second.html#a-typo"' in traps.table([step(repository, BODY)])


@pytest.mark.parametrize(
    ("body", "meta", "reason"),
    [
        ("## Traps\n\n**A typo.** It hurts.\n", "", "give each trap a heading"),
        (BODY, "", r"the headings in its section Traps are \['A typo'\]"),
        (BODY, "traps:\n  Another: No\n", "front matter has"),
    ],
)
def test_page_that_says_two_things_is_refused(repository, body, meta, reason):
    with pytest.raises(ValueError, match=rf"docs/02_second.md: .*{reason}"):
        traps.traps(step(repository, body, meta))
