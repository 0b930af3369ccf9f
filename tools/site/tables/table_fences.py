"""The tables of the site, as SuperFences custom fences: made from pages and recordings.

- `steps` is the table of all steps;
- `teaching` is the table of their minutes and of the notes for instructors;
- `frames` is a table of frames, from what the walks recorded;
- `traps` is a table of the traps that the steps' pages tell of;
- `facts` is a table of facts with the command that proves each.
"""

from html import escape

from tools.chain.page_sections import blocks
from tools.site.fences import fence
from tools.site.header import how_hard
from tools.site.inline import inline
from tools.site.page import Page
from tools.site.tables import protocol
from tools.site.tables.facts import table as fact_table
from tools.site.tables.traps import table as trap_table


@fence
def steps(page: Page, wanted: dict) -> str:
    """The table of all steps, from the front matter of their pages."""
    rows = ""
    for step in page.steps:
        link = f'<a href="{step.name}.html">{step.number}. {escape(step.title)}</a>'
        link += how_hard(step, "<br>")
        cells = (link, inline(step.said("idea")), inline(step.said("shows")))
        rows += "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    head = "<th>Step</th><th>The one idea</th><th>What you see</th>"
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="steps">{table}</div>'


@fence
def frames(page: Page, wanted: dict) -> str:
    """A table of kinds of frames; all of a page's tables together list every kind."""
    listed = [
        kind for _, each in blocks(page.path, ("frames",)) for kind in _kinds(each)
    ]
    if words := protocol.missing(set(listed), page.steps):
        raise ValueError(words)
    return protocol.table(_kinds(wanted), page.steps)


@fence
def facts(page: Page, wanted: dict) -> str:
    """Facts, each with the command that repeats its proof."""
    return fact_table(wanted, page.root)


@fence
def traps(page: Page, wanted: dict) -> str:
    """The traps of all steps: what one sees, and where it is explained."""
    return trap_table([step for step in page.steps if step.meta])


def _kinds(wanted: dict) -> dict[tuple[str, str], str]:
    """What a `frames` fence lists: way and type, and what such a frame is for."""
    ways = (("→", wanted.get("page sends", {})), ("←", wanted.get("server sends", {})))
    return {(way, kind): text for way, kinds in ways for kind, text in kinds.items()}


@fence
def teaching(page: Page, wanted: dict) -> str:
    """The minutes and notes of all steps, from the front matter of their pages."""
    rows = ""
    for step in page.steps:
        link = f'<a href="{step.name}.html">{step.number}. {escape(step.title)}</a>'
        notes = escape(step.meta.get("notes", ""))
        cells = (link, str(step.said("minutes")), notes)
        rows += "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    total = sum(step.said("minutes") for step in page.steps)
    head = "<th>Step</th><th>Minutes</th><th>Notes</th>"
    foot = f"<td>All</td><td>{total}</td><td></td>"
    return (
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
        f"<tfoot><tr>{foot}</tr></tfoot></table>"
    )
