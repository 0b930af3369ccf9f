"""What stands at the head of each step's page, so that no author has to write it."""

from html import escape
from itertools import groupby

from tools.chain.steps import Step
from tools.site.inline import inline


def page_head(steps: list[Step], here: Step) -> list[str]:
    """Give the head of a step's page as lines of Markdown."""
    facts = (f"Step {here.number} of {len(steps)}", f"Part {here.said('part')}")
    facts += (f"about {here.said('minutes')} minutes",)
    progress = escape(" · ".join(facts)) + how_hard(here, ", ")
    lines = [f'<p class="progress">{progress}</p>', "", step_links(steps, here), ""]
    if said := here.meta.get("leaves_out"):
        label = "<strong>Left out on purpose:</strong>"
        lines += [f'<p class="leaves-out">{label} {inline(said)}</p>', ""]
    return lines


def how_hard(step: Step, before: str) -> str:
    """Give how hard a step is, with what stands before it, as HTML; "" if nobody says."""
    if not (hard := step.meta.get("hard")):
        return ""
    return f'{before}<span class="hard">{escape(hard)}</span>'


def step_links(steps: list[Step], here: Step) -> str:
    """Give the steps that have a page as links, those up to `here` marked, as HTML."""
    parts = groupby(
        (step for step in steps if step.meta), lambda step: step.said("part")
    )
    rows = "".join(
        f"<div><span>Part {escape(part)}</span>"
        f"<ol>{''.join(_link(step, here) for step in inside)}</ol></div>"
        for part, inside in parts
    )
    return f'<nav class="trail" aria-label="All steps" data-search-exclude>{rows}</nav>'


def _link(step: Step, here: Step) -> str:
    name = f"{step.number}. {escape(step.title)}"
    done = ' class="done"' if step.number < here.number else ""
    current = ' aria-current="page"' if step == here else ""
    return (
        f'<li{done}><a{current} href="{step.name}.html" title="{name}" '
        f'aria-label="{name}">{step.number}</a></li>'
    )
