"""Where a page stands among all steps: a row of links, part by part."""

from html import escape
from itertools import groupby

from tools.chain.steps import Step


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
