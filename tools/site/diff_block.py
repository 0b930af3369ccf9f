"""The HTML of a change: what the pages and their ends are made of."""

from html import escape
from itertools import zip_longest

from tools.chain.changes import Change, Line
from tools.site.highlight import coloured, language_of

GAP = '<span class="gap" aria-hidden="true"></span>'


def change_block(
    found: Change,
    shown: list[int],
    note: str | None,
    link: str = "",
    gaps: bool = True,
) -> str:
    """The element that the check reads: one element a line, its text exactly the line.

    `link` is HTML beside the file's name; without `gaps` nothing marks the place of lines
    that are not shown. Places that are apart are not copied as one.
    """
    html = sides(found)
    rows = []
    for index, following in zip_longest(shown, shown[1:]):
        rows.append(row(found.lines[index], html))
        if gaps and following is not None and following != index + 1:
            rows.append(GAP)
    apart = " no-copy" if GAP in rows else ""
    renamed = f' data-from="{escape(found.old_path)}"' if found.status == "R" else ""
    added = "\n".join(found.lines[i].text for i in shown if found.lines[i].op == "+")
    code = f'<pre data-copy="{escape(added)}"><code>{chr(10).join(rows)}</code></pre>'
    what = "nothing in it changes" if found.lines else "an empty file"
    return (
        f'<div class="highlight change{apart}" data-search-exclude data-step="{found.step}" '
        f'data-path="{escape(found.path)}" data-status="{found.status}"{renamed}>'
        f'<span class="filename">{title(found, note)}{link}</span>'
        f"{code if rows else f'<p>({what})</p>'}</div>"
    )


def sides(found: Change) -> dict[str, tuple[str, ...]]:
    """Give the lines of a file before and after, as coloured HTML."""
    return {
        side: coloured(found.text(side), language_of(found.path))
        for side in ("old", "new")
    }


def row(line: Line, sides: dict[str, tuple[str, ...]]) -> str:
    """Give one line as an element that says what happens to it."""
    tag = {"+": "ins", "-": "del", " ": "span"}[line.op]
    both = {"old": line.old, "new": line.new}
    numbers = {side: number for side, number in both.items() if number}
    side, number = list(numbers.items())[-1]
    html = sides[side][number - 1]
    data = "".join(f' data-{side}="{number}"' for side, number in numbers.items())
    return f'<{tag} class="line" data-op="{line.op}"{data}>{html}</{tag}>'


def title(found: Change, note: str | None) -> str:
    """Give the path of a file, and in words what happens to it."""
    path = escape(found.path)
    if found.status == "R":
        return f"{escape(found.old_path)} → {path}"
    note = note or {"A": "new file", "D": "deleted"}.get(found.status)
    return f"{path} ({escape(note)})" if note else path


def whole_file(found: Change) -> str:
    """The file as it stands after the step, its new lines marked."""
    html = coloured(found.text("new"), language_of(found.path))
    marked = {line.new for line in found.lines if line.op == "+"}
    rows = "".join(
        f'<span class="hll">{line}\n</span>' if number in marked else f"{line}\n"
        for number, line in enumerate(html, 1)
    )
    return (
        '<div class="highlight file" data-search-exclude>'
        f'<span class="filename">{escape(found.path)}</span>'
        f"<pre><code>{rows}</code></pre></div>"
    )
