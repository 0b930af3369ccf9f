"""What changed from one step to the next, as git's own diff engine sees it."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.chain.git import git
from tools.chain.steps import Step, step_files

DIFF = ("diff", "--no-index", "--no-color", "--no-ext-diff", "--text", "--find-renames")


@dataclass(frozen=True)
class Line:
    """One line of a file's change.

    `op` is "+", "-" or " "; `old` and `new` are its numbers in the two files,
    counted from 1, or None where the file lacks the line.
    """

    op: str
    text: str
    old: int | None
    new: int | None


@dataclass(frozen=True)
class Change:
    """What happens to one file: all its lines, the unchanged ones too.

    `status` is git's: A added, M modified, D deleted, R renamed (from `old_path`).
    """

    step: str
    path: str
    status: str
    old_path: str
    lines: tuple[Line, ...]

    @property
    def changed(self) -> list[int]:
        """The indexes of the lines that are not the same before and after."""
        return [index for index, line in enumerate(self.lines) if line.op != " "]

    def text(self, side: str) -> str:
        """The whole file as it is on one side, "old" or "new"."""
        there = [line for line in self.lines if getattr(line, side) is not None]
        return "".join(f"{line.text}\n" for line in there)


def changes(before: Step | None, step: Step) -> list[Change]:
    """Give what changes from the step `before` (None: from nothing) to `step`.

    Raises ValueError for a file that a page cannot show line by line: one that is not
    UTF-8 text or whose last line does not end.
    """
    with tempfile.TemporaryDirectory() as name:
        old, new = Path(name, "old"), Path(name, "new")
        _copy(before, old)
        _copy(step, new)
        status = git(
            *DIFF, "--name-status", "-z", "old", "new", cwd=Path(name), accept=(0, 1)
        )
        return [
            Change(step.name, path, letter, old_path, _lines(old, old_path, new, path))
            for letter, old_path, path in _read_status(status)
        ]


def _copy(step: Step | None, target: Path) -> None:
    """Copy the files that count into an empty folder of their own."""
    target.mkdir()
    if step is None:
        return
    for path in step_files(step.folder):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(step.folder / path, target / path)


def _read_status(output: str) -> Iterator[tuple[str, str, str]]:
    """Read `--name-status -z`: yield each status, its old path and its new one."""
    fields = iter(output.split("\0")[:-1])
    for status in fields:
        letter = status[0]
        path = old_path = _below(next(fields))
        if letter == "R":
            path = _below(next(fields))
        yield letter, old_path, path


def _below(path: str) -> str:
    """Take the "old/" or "new/" off that stands before each path."""
    return path.partition("/")[2]


def _lines(old: Path, old_path: str, new: Path, path: str) -> tuple[Line, ...]:
    before, after = _read(old / old_path), _read(new / path)
    if not (before and after):
        return (
            *(Line("-", text, n, None) for n, text in enumerate(before, 1)),
            *(Line("+", text, None, n) for n, text in enumerate(after, 1)),
        )
    patch = git(
        *(*DIFF, "--histogram", "--unified=1000000", "--", old / old_path, new / path),
        cwd=old,
        accept=(0, 1),
    )
    if not patch:
        return tuple(Line(" ", text, n, n) for n, text in enumerate(after, 1))
    return tuple(_read_patch(patch.partition("\n@@")[2].split("\n")[1:-1]))


def _read(path: Path) -> list[str]:
    if not path.exists():
        return []
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"{path.name} is not UTF-8 text") from None
    if text and not text.endswith("\n"):
        raise ValueError(f"the last line of {path.name} has no line break at its end")
    if "\r" in text:
        raise ValueError(f"{path.name} has Windows line endings")
    return text.split("\n")[:-1]


def _read_patch(lines: list[str]):
    old = new = 1
    for line in lines:
        op, text = line[0], line[1:]
        yield Line(op, text, old if op != "+" else None, new if op != "-" else None)
        old += op != "+"
        new += op != "-"
