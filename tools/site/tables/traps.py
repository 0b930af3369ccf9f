"""The traps that the steps' pages tell of, collected for one page.

A trap is a heading (`###`) in a page's section Traps. What somebody sees who fell into it,
in the words that one searches for, stands in the page's front matter, under `traps`.
"""

from html import escape

from tools.chain.page_sections import Section, sections
from tools.chain.steps import Step

SECTION = "Traps"


def traps(step: Step) -> list[tuple[str, Section]]:
    """Give what one sees, and where it is explained, for each trap of a step's page.

    Raises ValueError where headings and front matter differ, or there is no trap.
    """
    said = step.meta.get("traps", {})
    found = {section.title: section for section in _inside(sections(step.page))}
    where = f"docs/{step.page.name}"
    if not found:
        raise ValueError(
            f"{where}: no “### …” in its section {SECTION}: give each trap a heading"
        )
    if list(said) != list(found):
        raise ValueError(
            f"{where}: “traps” in the front matter has {list(said)}, "
            f"the headings in its section {SECTION} are {list(found)}"
        )
    return [(said[name], section) for name, section in found.items()]


def table(steps: list[Step]) -> str:
    """Give all traps as an HTML table; raises ValueError as `traps` does."""
    rows = ""
    for step in steps:
        for symptom, section in traps(step):
            link = f"{step.name}.html#{section.anchor}"
            rows += (
                f"<tr><td>{escape(symptom)}</td>"
                f'<td><a href="{link}">{escape(section.title)}</a></td>'
                f"<td>{step.number}. {escape(step.title)}</td></tr>"
            )
    head = "<th>What you see</th><th>The trap</th><th>Step</th>"
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _inside(found: list[Section]) -> list[Section]:
    """The sections below the one that tells of traps."""
    inside, here = [], False
    for section in found:
        if section.level == 2:
            here = section.title == SECTION
        elif here:
            inside.append(section)
    return inside
