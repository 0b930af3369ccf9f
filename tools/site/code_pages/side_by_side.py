"""A change side by side: what a file had on the left, what it has on the right.

On a narrow screen the same lines stand below each other. A line that stays is written a
second time for the right side, hidden from everything that reads.
"""

from collections.abc import Iterator
from itertools import groupby, pairwise

from tools.chain.changes import Change, Line
from tools.site.diff_block import row, sides


def paired_block(found: Change, shown: list[int]) -> str:
    """Give some lines of a change as HTML, in runs that a style can put side by side."""
    html = sides(found)
    runs = ""
    for index, following in _runs(found, shown):
        rows = "\n".join(_row(found.lines[i], html) for i in index)
        runs += f'<span class="run">{rows}</span>\n'
        if following is not None and following != index[-1] + 1:
            runs += '<span class="gap" aria-hidden="true"></span>\n'
    return (
        '<div class="highlight change paired"><pre tabindex="0"><code>'
        f"{runs}</code></pre></div>"
    )


def _runs(found: Change, shown: list[int]) -> Iterator[tuple[list[int], int | None]]:
    """Yield runs of lines that change, or stay, and the index of what follows each."""
    # Indexes that follow each other stay as far from their places in the list.
    kinds = groupby(
        enumerate(shown),
        lambda each: (found.lines[each[1]].op == " ", each[1] - each[0]),
    )
    runs = [[index for _, index in run] for _, run in kinds]
    yield from (
        (run, after[0] if after else None) for run, after in pairwise([*runs, []])
    )


def _row(line: Line, html: dict[str, tuple[str, ...]]) -> str:
    written = row(line, html)
    if line.op != " " or line.new is None:
        return written
    again = html["new"][line.new - 1]
    return f'{written}<span class="line again" aria-hidden="true">{again}</span>'
