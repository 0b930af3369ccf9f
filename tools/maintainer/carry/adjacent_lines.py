"""Merge what git calls a conflict because it stands on neighbouring lines.

Git refuses to merge two changes that touch. They are merged here where each line was
changed by one side alone, and where the order of what comes out is certain.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import product


@dataclass(frozen=True, order=True)
class Edit:
    """The lines from `start` to `end` of the old file become others."""

    start: int
    end: int
    lines: tuple[bytes, ...]

    @property
    def grows(self) -> bool:
        return len(self.lines) > self.end - self.start


def merge(base: bytes, ours: bytes, theirs: bytes) -> tuple[bytes, list[int]] | None:
    """Give the merged text and the numbers of the lines where changes touch.

    Gives None for a real conflict: a line that both sides change, or two places that
    touch and both get new lines, whose order nobody can know.
    """
    old = base.splitlines(keepends=True)
    one = set(_edits(old, ours.splitlines(keepends=True)))
    other = set(_edits(old, theirs.splitlines(keepends=True)))
    touching = set()
    for a, b in product(one - other, other - one):
        overlap = a.start < b.end and b.start < a.end
        if overlap or (_touch(a, b) and a.grows and b.grows):
            return None
        touching |= {max(a, b)} if _touch(a, b) else set()
    return _apply(old, sorted(one | other), touching)


def _touch(a: Edit, b: Edit) -> bool:
    return a.end == b.start or b.end == a.start


def _edits(old: list[bytes], new: list[bytes]) -> Iterator[Edit]:
    """Yield the edits from one text to the other, line by line where lines correspond."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for op, i, i_end, j, j_end in matcher.get_opcodes():
        if op == "equal":
            continue
        if op == "delete" or i_end - i == j_end - j:
            for n in range(i_end - i):
                yield Edit(i + n, i + n + 1, tuple(new[j + n : min(j + n + 1, j_end)]))
        else:
            yield Edit(i, i_end, tuple(new[j:j_end]))


def _apply(old: list[bytes], edits: list[Edit], touching: set[Edit]):
    """Give text and places; None where a line would continue one that does not end."""
    result: list[bytes] = []
    places = []
    done = 0
    for edit in edits:
        result += old[done : edit.start]
        if edit in touching:
            places.append(len(result) + 1)
        result += edit.lines
        done = edit.end
    result += old[done:]
    whole = all(line.endswith(b"\n") for line in result[:-1])
    return (b"".join(result), places) if whole else None
