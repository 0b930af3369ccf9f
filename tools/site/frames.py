"""What went over a socket, as the walks record it: who, which way, which frame.

A recording of frames is text. A line that begins with `→` is a frame that a browser sent,
one with `←` a frame that it received, and any other line says whose the following are.
"""

import re
from dataclasses import dataclass, field
from html import escape

from tools.site.highlight import coloured

FRAME = re.compile(r"\s*([→←]) (.*)")
MAY_BREAK = re.compile(r'<span class="p">[^<]*[:,]</span>')
SOMEBODY = "browser"  # where a recording does not say who


@dataclass
class Talk:
    """The frames of one browser, in their order: "→" or "←", and the frame's text."""

    who: str
    frames: list[tuple[str, str]] = field(default_factory=list)


def talks(text: str) -> list[Talk]:
    """Give who sent and received what; nothing where a text is no recording of frames."""
    found: list[Talk] = []
    for line in filter(str.strip, text.split("\n")):
        if not (frame := FRAME.fullmatch(line)):
            found.append(Talk(line.strip()))
            continue
        if not found:
            found.append(Talk(SOMEBODY))
        found[-1].frames.append((frame[1], frame[2]))
    return found if any(talk.frames for talk in found) else []


def sequence(found: list[Talk], title: str | None = None) -> str:
    """Give the frames as HTML that can be read, and copied, without any style."""
    head = f"<figcaption>{escape(title)}</figcaption>" if title else ""
    columns = "".join(_column(talk) for talk in found)
    return (
        f'<figure class="wire" data-search-exclude>{head}'
        f'<div class="talks">{columns}</div></figure>'
    )


def _column(talk: Talk) -> str:
    who = escape(talk.who)
    head = f'<p class="who">{who}</p>' if talk.who != SOMEBODY else ""
    items = "".join(_item(who, way, text) for way, text in talk.frames)
    frames = f"<ol>{items}</ol>" if items else '<p class="silent">(no frame)</p>'
    return f'<div class="talk">{head}{frames}</div>'


def _item(who: str, way: str, text: str) -> str:
    kind = {"→": "sent", "←": "received"}[way]
    ends = (who, "server") if way == "→" else ("server", who)
    html = coloured(text, "json" if text[:1] in "{[" else "text")[0]
    html = MAY_BREAK.sub(r"\g<0><wbr>", html)
    return (
        f'<li class="{kind}"><span class="way">{" → ".join(ends)}</span> '
        f'<code class="highlight">{html}</code></li>'
    )
