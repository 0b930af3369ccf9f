"""Prove that following the built pages builds the steps, byte for byte.

Start with an empty folder. For each page, apply what its HTML shows and run the
commands that it names; what comes out must be the step. Nothing here asks the site's
generator or the code that made the HTML.
"""

import sys
from collections import defaultdict
from pathlib import Path

from tools.chain.changes import Change, changes
from tools.chain.steps import ROOT, Step, all_steps, step_files, step_pairs
from tools.proof.built_page import Generated, Piece, read
from tools.proof.page_commands import make

Tree = dict[str, list[str]]


def faults(site: Path, root: Path = ROOT) -> list[str]:
    """Give a sentence for everything that is wrong with the built pages.

    `site` is the folder of the built site, `root` the repository.
    """
    found = []
    built: Tree = {}
    for before, step in step_pairs(root):
        page = site / f"{step.name}.html"
        if not page.exists():
            found.append(f"{step.name}: has no page {page.name}")
            continue
        try:
            pieces, made = read(page)
        except (KeyError, ValueError) as error:
            found.append(f"{step.name}: the page's HTML is broken: {error!r}")
            continue
        try:
            real = changes(before, step)
        except ValueError as error:
            found.append(f"{step.name}: {error}")
            continue
        wrong = [*_strangers(step, pieces, made), *_statuses(real, pieces)]
        wrong += _counted(real, pieces, made)
        tree, errors = apply(built, pieces)
        wrong += errors
        if not wrong:
            wrong += make(tree, step, made)
        wrong += _compared(tree, step)
        found += [f"{step.name}: {fault}" for fault in wrong]
        built = read_tree(step)
    return found


def apply(before: Tree, pieces: list[Piece]) -> tuple[Tree, list[str]]:
    """Apply what a page shows to the files before it; give the files after, and faults."""
    tree = dict(before)
    wrong: list[str] = []
    by_path = defaultdict(list)
    for piece in pieces:
        by_path[(piece.status, piece.old_path, piece.path)].append(piece)
    gone = {old for status, old, _ in by_path if status in "DR"}
    for path in gone:
        tree.pop(path, None)
    for (status, old_path, path), shown in by_path.items():
        if (status == "A") == (old_path in before):
            wrong.append(f"{path}: status {status} does not fit the step before")
        if status != "D":
            old = [] if status == "A" else before.get(old_path, [])
            lines = [line for piece in shown for line in piece.lines]
            tree[path], errors = _apply_lines(old, lines)
            wrong += [f"{path}: {error}" for error in errors]
    return tree, wrong


def _apply_lines(old: list[str], lines) -> tuple[list[str], list[str]]:
    removed = {line.old for line in lines if line.op == "-"}
    added = {line.new: line.text for line in lines if line.op == "+"}
    kept = [number for number in range(1, len(old) + 1) if number not in removed]
    numbers = range(1, len(kept) + len(added) + 1)
    free = [number for number in numbers if number not in added]
    became = dict(zip(kept, free, strict=False))
    after = added | {became[number]: old[number - 1] for number in kept}
    result = [after.get(number, "") for number in numbers]
    wrong = []
    for line in lines:
        for number, texts in ((line.old, old), (line.new, result)):
            if number and texts[number - 1 : number] != [line.text]:
                wrong.append(f"line {number} is not “{line.text}”")
        if line.op == " " and became.get(line.old) != line.new:
            wrong.append(f"line {line.old} does not become line {line.new}")
    return result, wrong


def read_tree(step: Step) -> Tree:
    """Give the lines of each of a step's files."""
    return {
        path: (step.folder / path).read_bytes().decode().split("\n")[:-1]
        for path in step_files(step.folder)
    }


def _strangers(step: Step, pieces: list[Piece], made: list[Generated]) -> list[str]:
    """What the page shows of another step."""
    shown = [*pieces, *made]
    return [f"{p.path}: belongs to {p.step}" for p in shown if p.step != step.name]


def _statuses(real: list[Change], pieces: list[Piece]):
    """Yield the pieces whose file does not change, or changes in another way."""
    ways = {change.path: (change.status, change.old_path) for change in real}
    for piece in pieces:
        if ways.get(piece.path) != (piece.status, piece.old_path):
            yield f"{piece.path}: its status is not {piece.status}"


def _counted(real: list[Change], pieces: list[Piece], made: list[Generated]):
    """Yield the changed lines and files that are not shown exactly once."""
    times: dict[tuple, int] = defaultdict(int)
    for piece in pieces:
        times[(piece.path,)] += 1 if not piece.lines else 0
        for line in piece.lines:
            if line.op != " ":
                times[(piece.path, line.op, line.old or line.new, line.text)] += 1
    for file in made:
        times[(file.path,)] += 1
    expected = set()
    for change in real:
        by_command = change.path in {file.path for file in made}
        if by_command or not change.changed:
            expected.add((change.path,))
        else:
            lines = [change.lines[index] for index in change.changed]
            expected |= {(change.path, x.op, x.old or x.new, x.text) for x in lines}
    for key in sorted(expected | set(times), key=str):
        if times[key] != (key in expected):
            path, *line = key
            what = f"{path}: {line[0]}{line[1]} “{line[2]}”" if line else path
            yield f"{what} is shown {times[key]} times, not {int(key in expected)}"


def _compared(tree: Tree, step: Step) -> list[str]:
    """What differs between the files that the page leads to and those of the step."""
    real = read_tree(step)
    return [
        f"{path}: the page does not lead to the step's file"
        for path in sorted(real.keys() | tree.keys())
        if real.get(path) != tree.get(path)
    ]


def main(site: str = "site") -> int:
    """Check the built site, print the faults and give the exit code."""
    found = faults(ROOT / site)
    for fault in found:
        print(fault, file=sys.stderr)
    print(f"Replayed {len(all_steps())} pages and found {len(found)} faults")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
