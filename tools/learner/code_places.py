"""Where a learner's file differs from the step's: lines, and the names around them."""

import ast
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path

from tools.learner.diff import normal, same


@dataclass(frozen=True)
class Difference:
    """What a file of a project lacks and has besides, as numbers of lines from 1.

    `lacks` counts in the step's file, `extra` in the learner's.
    """

    ours: str
    theirs: str
    lacks: tuple[int, ...]
    extra: tuple[int, ...]

    def texts(self) -> set[str]:
        """Give the step's lines to look at: those that lack, else those around."""
        lines = self.ours.split("\n")
        if self.lacks:
            return _telling(lines[number - 1] for number in self.lacks)
        names = {place_of(self.theirs, number) for number in self.extra} - {""}
        inside = (
            n for n in range(1, len(lines) + 1) if place_of(self.ours, n) in names
        )
        return _telling(lines[number - 1] for number in inside)

    def names(self) -> list[str]:
        """Give the classes, functions and variables that differ, each once."""
        found = [place_of(self.ours, number) for number in self.lacks]
        found += [place_of(self.theirs, number) for number in self.extra]
        return [name for name in dict.fromkeys(found) if name]

    def names_at(self, texts: set[str]) -> list[str]:
        """Give those that differ in the lines of the step's file with some texts."""
        lines = self.ours.split("\n")
        found = [
            place_of(self.ours, number)
            for number in self.lacks
            if lines[number - 1].strip() in texts
        ]
        return [name for name in dict.fromkeys(found) if name]

    def extra_names(self) -> list[str]:
        """Give those that only the learner's file has."""
        ours = {place_of(self.ours, n) for n in range(1, self.ours.count("\n") + 2)}
        return [name for name in self.names() if name not in ours]


def difference(ours: Path, theirs: Path) -> Difference:
    """Compare the step's file with the learner's, which need not be there."""
    texts = (_text(ours), _text(theirs))
    our_lines, their_lines = ([x.rstrip() for x in t.split("\n")] for t in texts)
    matcher = SequenceMatcher(None, their_lines, our_lines, autojunk=False)
    lacks: list[int] = []
    extra: list[int] = []
    for kind, first, last, our_first, our_last in matcher.get_opcodes():
        if kind != "equal":
            extra += range(first + 1, last + 1)
            lacks += range(our_first + 1, our_last + 1)
    return Difference(*texts, tuple(lacks), tuple(extra))


def same_code(ours: Path, theirs: Path) -> bool:
    """Say whether two files do the same; comments and layout of Python do not count."""
    if same(ours, theirs):
        return True
    if ours.suffix != ".py" or not (ours.is_file() and theirs.is_file()):
        return False
    try:
        dumps = [ast.dump(ast.parse(_text(path))) for path in (ours, theirs)]
    except SyntaxError:
        return False
    return dumps[0] == dumps[1]


def place_of(text: str, line: int) -> str:
    """Give the dotted name of the innermost thing in Python code around a line."""
    node = _tree(text)
    names: list[str] = []
    while node and (
        node := next((n for n in ast.iter_child_nodes(node) if _holds(n, line)), None)
    ):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            return ".".join([*names, node.targets[0].id])
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            break
    return ".".join(names)


@lru_cache(maxsize=8)
def _tree(text: str) -> ast.AST | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def _holds(node: ast.AST, line: int) -> bool:
    first, last = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
    if first is None or last is None:
        return False
    decorators = [each.lineno for each in getattr(node, "decorator_list", [])]
    return min([first, *decorators]) <= line <= last


def _text(path: Path) -> str:
    return normal(path).decode("utf-8", errors="replace") if path.is_file() else ""


def _telling(lines) -> set[str]:
    """Lines that can be found again: no lone brackets, no blank ones."""
    stripped = {line.strip() for line in lines}
    return {line for line in stripped if sum(map(str.isalnum, line)) > 4}
