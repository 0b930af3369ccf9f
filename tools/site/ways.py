"""Ways through the steps: how long each takes, and how to begin where it skips some."""

from html import escape
from itertools import groupby

from tools.chain.steps import Step, find_step
from tools.site.fences import fence
from tools.site.page import Page


@fence
def way(page: Page, wanted: dict) -> str:
    """Show how long a way takes: all steps, part by part, or the `steps` that it names."""
    if "steps" not in wanted:
        return f"{_length(page.steps)}<ul>{_parts(page.steps)}</ul>"
    chosen = [find_step(str(name), page.root) for name in wanted["steps"]]
    numbers = [step.number for step in chosen]
    if numbers != sorted(set(numbers)):
        raise ValueError(f"the steps are not in order: {numbers}")
    items = "".join(
        _item(step, skips=number - 1 not in [0, *numbers])
        for step, number in zip(chosen, numbers, strict=True)
    )
    return f'{_length(chosen)}<ul class="short">{items}</ul>'


def _length(steps: list[Step]) -> str:
    return f'<p class="progress">{len(steps)} steps, about {_time(steps)}</p>'


def _time(steps: list[Step]) -> str:
    hours, rest = divmod(sum(step.said("minutes") for step in steps), 60)
    said = [f"{hours} hours"] * (hours > 1) + ["1 hour"] * (hours == 1)
    return " ".join(said + [f"{rest} minutes"] * bool(rest))


def _parts(steps: list[Step]) -> str:
    items = ""
    for part, inside in groupby(steps, lambda step: step.said("part")):
        first, *others = inside
        link = f'<a href="{first.name}.html">Part {escape(part)}</a>'
        numbers = f"steps {first.number} to {others[-1].number}" if others else "a step"
        items += f"<li>{link}: {numbers}, {_time([first, *others])}</li>"
    return items


def _item(step: Step, skips: bool) -> str:
    """A step of a way; where it skips some, with the command to begin there."""
    command = f"uvx nox -s start -- {step.number} ~/mychat-{step.number}"
    jump = f"<br>begin with <code>{command}</code>" if skips else ""
    return (
        f'<li><a href="{step.name}.html">{step.number}. {escape(step.title)}</a>, '
        f"{step.said('minutes')} minutes{jump}</li>"
    )
