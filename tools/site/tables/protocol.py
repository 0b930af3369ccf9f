"""The frames of the protocol, as the walks recorded them: nobody writes them down twice.

What counts are the recordings `frames*.txt`, the talk of a step's own pages and server, and
in `answers*.txt` what the server says to frames that no page sends.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from tools.chain.steps import Step
from tools.site.frames import talks
from tools.site.highlight import coloured

NO_TYPE = "no type"
WAYS = {"→": "page → server", "←": "server → page"}


@dataclass
class Frame:
    """One recorded frame."""

    step: Step
    way: str
    text: str
    content: dict

    @property
    def kind(self) -> tuple[str, str]:
        """The way it goes, and its type."""
        return self.way, str(self.content.get("type", NO_TYPE))


def recorded(steps: list[Step]) -> dict[tuple[str, str], list[Frame]]:
    """Give all recorded frames of the steps, in their order, by way and type."""
    found: dict[tuple[str, str], list[Frame]] = {}
    for step in steps:
        for frame in _frames(step):
            found.setdefault(frame.kind, []).append(frame)
    return found


def missing(listed: set[tuple[str, str]], steps: list[Step]) -> str:
    """Say in words which recorded frames are not listed, and the reverse; "" for none."""
    known = recorded(steps)
    words = [
        f"{known[kind][0].step.name} recorded “{WAYS[kind[0]]}: {kind[1]}”, "
        "and no table lists it"
        for kind in known
        if kind not in listed
    ]
    words += [
        f"“{WAYS[way]}: {kind}” is listed, and no walk recorded it"
        for way, kind in sorted(listed - set(known))
    ]
    return "; ".join(words)


def table(wanted: dict[tuple[str, str], str], steps: list[Step]) -> str:
    """Give a table of some kinds of frames with what each is for, as HTML."""
    known = recorded(steps)
    rows = "".join(_row(known[kind], purpose) for kind, purpose in wanted.items())
    head = "<th>Frame</th><th>What it is for, and an example</th>"
    return (
        f'<div class="frames"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _row(frames: list[Frame], purpose: str) -> str:
    first = frames[0].step
    way, kind = frames[0].kind
    name = f"<code>{escape(kind).replace('.', '.<wbr>')}</code>"
    name = name if kind != NO_TYPE else kind
    example = max(frames, key=lambda frame: (len(frame.content), len(frame.text)))
    return (
        f"<tr><td>{name}<br>{WAYS[way]}<br>"
        f'<a href="{first.name}.html">step {first.number}</a>{_later(frames)}</td>'
        f"<td>{escape(purpose)}<br>"
        f'<code class="highlight">{coloured(example.text, "json")[0]}</code></td></tr>'
    )


def _later(frames: list[Frame]) -> str:
    """The keys that a step adds to a frame of an earlier one."""
    since: dict[str, int] = {}
    for frame in frames:
        for key in frame.content:
            since.setdefault(key, frame.step.number)
    return "".join(
        f"<br>from step {number} <code>{escape(key)}</code>"
        for key, number in since.items()
        if number > frames[0].step.number
    )


def _frames(step: Step) -> Iterator[Frame]:
    folder = step.page.parent / "recorded" / step.name
    for pattern, ways in (("frames*.txt", "→←"), ("answers*.txt", "←")):
        for path in sorted(folder.glob(pattern)):
            for talk in talks(path.read_text("utf-8")):
                for way, text in talk.frames:
                    if way in ways and (content := _object(text)):
                        yield Frame(step, way, text, content)


def _object(text: str) -> dict | None:
    """The JSON object that a text holds, if it holds one."""
    try:
        content = json.loads(text)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None
