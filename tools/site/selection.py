"""Choose a piece of a file's change by something that means something."""

import ast
from itertools import pairwise

from tools.chain.changes import Change

CONTEXT = 2  # unchanged lines shown around a piece


class SelectionError(ValueError):
    """A page asks for a piece that is not there, or for one that is there twice."""


def select(change: Change, wanted: dict) -> list[int]:
    """Give the indexes of the changed lines that `wanted` asks for.

    `wanted` is empty for all of them, or holds one of:

    - `in`: the dotted name of a Python function or class, or the name of a module's
      variable, or a list of them;
    - `line`: a text (or a list) that stands in one changed line; the piece is the run
      of changed lines around it;
    - `from` and `to`: texts that stand in one changed line each; the piece lies between.

    `except` beside them is a list of such choices that are left out, for a later piece.

    Raises SelectionError when a name or text is found nowhere or twice, or nothing is left.
    """
    wanted = dict(wanted)
    left_out = wanted.pop("except", [])
    chosen = set(_chosen(change, wanted))
    for each in left_out:
        out = set(_chosen(change, each)) if isinstance(each, dict) else set()
        if not out or not out <= chosen:
            raise SelectionError(f"“except” leaves out what is not there: {each}")
        chosen -= out
    if (wanted or left_out) and not chosen:
        raise SelectionError(f"nothing changes there: {wanted}")
    return sorted(chosen)


def _chosen(change: Change, wanted: dict) -> list[int]:
    """The lines of one choice, without what it leaves out."""
    keys = set(wanted)
    if not keys:
        return change.changed
    if keys == {"in"}:
        return [i for name in _list(wanted["in"]) for i in _in_scope(change, name)]
    if keys == {"line"}:
        return [i for text in _list(wanted["line"]) for i in _run(change, text)]
    if keys == {"from", "to"}:
        first, last = _find(change, wanted["from"]), _find(change, wanted["to"])
        return [i for i in change.changed if first <= i <= last]
    raise SelectionError(f"needs “in”, “line”, or “from” and “to”, not {sorted(keys)}")


def with_context(change: Change, chosen: list[int]) -> list[int]:
    """Add the unchanged lines next to the chosen ones, and the heads of their scopes."""
    shown = set(chosen)
    for index in chosen:
        for direction in (-1, 1):
            shown.update(_near(change, index, direction))
    if change.path.endswith(".py"):
        shown |= _heads(change, chosen)
    return sorted(shown | _between(change, sorted(shown)))


def _near(change: Change, index: int, direction: int) -> list[int]:
    """The unchanged lines on one side, and one with a text among them, no blank one last."""
    near, found = index + direction, []
    while 0 <= near < len(change.lines) and change.lines[near].op == " ":
        if len(found) >= CONTEXT and not all(_is_blank(change, i) for i in found):
            break
        found.append(near)
        near += direction
    while found and _is_blank(change, found[-1]):
        found.pop()
    return found


def _between(change: Change, shown: list[int]) -> set[int]:
    """The unchanged lines that are too few, or too empty, to leave out for a mark."""
    added = set()
    for first, last in pairwise(shown):
        left_out = range(first + 1, last)
        few = len(left_out) <= CONTEXT or all(_is_blank(change, i) for i in left_out)
        if few and all(change.lines[i].op == " " for i in left_out):
            added.update(left_out)
    return added


def _is_blank(change: Change, index: int) -> bool:
    return not change.lines[index].text.strip()


def _list(value) -> list[str]:
    return [str(each) for each in (value if isinstance(value, list) else [value])]


def _find(change: Change, text: str) -> int:
    found = [i for i in change.changed if str(text) in change.lines[i].text]
    if len(found) != 1:
        times = "nowhere" if not found else f"{len(found)} times"
        raise SelectionError(f"“{text}” stands {times} in what changes")
    return found[0]


def _run(change: Change, text: str) -> list[int]:
    first = last = _find(change, text)
    while first > 0 and change.lines[first - 1].op != " ":
        first -= 1
    while last + 1 < len(change.lines) and change.lines[last + 1].op != " ":
        last += 1
    return list(range(first, last + 1))


def _in_scope(change: Change, name: str) -> list[int]:
    """The changed lines of a function or class, on either side of the change."""
    if not change.path.endswith(".py"):
        raise SelectionError(f"“in” is for Python files, not {change.path}")
    found = False
    chosen = []
    for side in ("old", "new"):
        scopes = _scopes(change.text(side))
        if name not in scopes:
            continue
        found = True
        first, last = scopes[name]
        for index in change.changed:
            number = getattr(change.lines[index], side)
            if number is not None and first <= number <= last:
                chosen.append(index)
    if not found:
        raise SelectionError(f"there is no function, class or variable {name}")
    return chosen


def _scopes(text: str) -> dict[str, tuple[int, int]]:
    """Each function's and class's first and last line, blank lines before it included.

    And each variable's of the module, unless it is set twice.
    """
    scopes: dict[str, tuple[int, int]] = {}
    lines = text.split("\n")

    def add(name, first, last):
        while first > 1 and not lines[first - 2].strip():
            first -= 1
        scopes[name] = (first, last)

    def visit(node, prefix):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                name = f"{prefix}{child.name}"
                if name in scopes:
                    raise SelectionError(f"{name} is defined twice")
                first = min([child.lineno, *(d.lineno for d in child.decorator_list)])
                add(name, first, child.end_lineno)
                visit(child, f"{name}.")

    module = ast.parse(text)
    visit(module, "")
    variables = [
        (node.targets[0].id, node)
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    ]
    names = [*scopes, *(name for name, _ in variables)]
    for name, node in variables:
        if names.count(name) == 1:
            add(name, node.lineno, node.end_lineno)
    return scopes


def _heads(change: Change, chosen: list[int]) -> set[int]:
    """The unchanged `class` and `def` lines around what is chosen, on both sides."""
    heads = set()
    for side in ("old", "new"):
        numbers = {getattr(line, side): i for i, line in enumerate(change.lines)}
        inside = {getattr(change.lines[i], side) for i in chosen}
        for node in ast.walk(ast.parse(change.text(side))):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                index = numbers[node.lineno]
                body = range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1)
                if change.lines[index].op == " " and inside.intersection(body):
                    heads.add(index)
    return heads
