"""Give steps other numbers, and every text that speaks of them."""

import re
from collections.abc import Callable
from pathlib import Path

from tools.chain.steps import all_steps, step_files

_NUMBERS = r"\d+(?:(?:, (?:and )?| (?:to|and|or) |–)\d+)*\b"
# “step 10”, “Steps 10 to 12”, also where the line breaks between them.
IN_PROSE = re.compile(rf"\b[Ss]tep\s+\d+\b|\b[Ss]teps\s+{_NUMBERS}")
IN_COMMANDS = re.compile(
    r"(?<=nox -s )(?:run|manage|tests|carry|start|check|diff|rescue) -- \d+(?: \d+)*\b"
)
IN_FACTS = re.compile(r"(?<=: tests )\d+(?= test_)")
IN_WALKS = re.compile(r'(?<=printed_by_run\(")\d+(?="\))')
# A table whose first or last column is about steps, as its head says, and that column.
IN_TABLES = [
    (re.compile(r"^\| Step \|(?:.*\|\n?)+", re.MULTILINE), r"(?m)^\| \d+(?= \|)"),
    (
        re.compile(r"^\|.*\b[Ss]tep \|\n(?:\|.*\|\n?)+", re.MULTILINE),
        r"(?m)\| \d+ \|$",
    ),
]
# A step's first choice of a port is its own: 8009.
IN_RECORDINGS = re.compile(r"(?<=127\.0\.0\.1:80)\d\d(?=/)")
# Where a number after “step” is that of a step of this tutorial, not of a test's own.
PROSE = re.compile(r"(docs|tools|tests/walks|tests/load)/.*|[^/]*\.(md|in|ya?ml)")


def make_room(at: int, root: Path) -> list[str]:
    """Give every step from number `at` on the next number, in names and texts.

    Gives the paths of the files whose text changed.
    """
    names = {
        step.name: f"{step.number + 1:02}_{step.name.partition('_')[2]}"
        for step in all_steps(root)
        if step.number >= at
    }
    for old, new in reversed(names.items()):
        _rename(old, new, root)
    return [path for path in step_files(root) if _rewrite(path, names, at, root)]


def _rename(old: str, new: str, root: Path) -> None:
    """Rename the step's folder, and what is named after it: page, recordings, walks."""
    (root / "steps" / old).rename(root / "steps" / new)
    named = [*root.glob(f"docs/**/*{old}*"), *root.glob(f"tests/**/*{old}*")]
    for path in sorted(named, reverse=True):
        path.rename(path.with_name(path.name.replace(old, new)))


def _rewrite(path: str, names: dict[str, str], at: int, root: Path) -> bool:
    if path.startswith("steps/") or not names:
        return False  # a step does not know its number
    data = (root / path).read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False  # a picture
    new = renumbered(text, names, at, path).encode("utf-8")
    if new != data:
        (root / path).write_bytes(new)
    return new != data


def renumbered(text: str, names: dict[str, str], at: int, path: str) -> str:
    """Give a file's text with new names, and numbers from `at` on one higher."""
    known = "|".join(names)
    text = re.sub(rf"(?<!\d)({known})(?!\w)", lambda name: names[name[0]], text)
    if not PROSE.fullmatch(path):
        return text
    places = [IN_PROSE, IN_COMMANDS, IN_FACTS, IN_WALKS]
    if path.startswith("docs/recorded/"):
        places.append(IN_RECORDINGS)
    for place in places:
        text = place.sub(lambda found: _higher(found[0], at), text)
    for table, column in IN_TABLES:
        text = table.sub(
            lambda found, column=column: re.sub(
                column, lambda cell: _higher(cell[0], at), found[0]
            ),
            text,
        )
    return text


def _higher(text: str, at: int) -> str:
    """Give a text with each number in it, from `at` on, one higher."""
    return re.sub(r"\d+", _next(at), text)


def _next(at: int) -> Callable[[re.Match], str]:
    """Give what writes a number one higher, as wide as it was, from `at` on."""

    def write(number: re.Match) -> str:
        higher = int(number[0]) + (int(number[0]) >= at)
        return str(higher).zfill(len(number[0]))

    return write
