"""The way of a change through the later steps, up to the end or to a conflict."""

from pathlib import Path

from tools.chain import git_trees
from tools.chain.steps import all_steps, find_step
from tools.maintainer.carry.merge import REF, merge
from tools.maintainer.carry.saved_state import Memory, NotStopped, Stop, uninterrupted


def go_on(stop: Stop, memory: Memory, root: Path) -> list[str]:
    """Merge into the steps after the one where it stopped, and write them.

    Gives the conflicts of the step where it stops now, none at the end. Raises NotStopped
    while there are conflict markers, and GitError, with nothing written, where a file
    changes meanwhile.
    """
    if left := [path for path in stop.paths if _has_markers(root / path)]:
        raise NotStopped("There are still conflict markers in\n  " + "\n  ".join(left))
    stop.paths = []
    now = git_trees.snapshot(root)
    parts, conflicts = _merge(stop, now, memory, root)
    after = git_trees.with_parts(now, parts, root)
    with uninterrupted():
        git_trees.write(now, after, root)
        memory.save(stop) if conflicts else memory.finish(stop, after)
    return conflicts


def _merge(stop: Stop, now: str, memory: Memory, root: Path):
    """Give the trees that change, by path, and the conflicts of the step that it is in."""
    parts: dict[str, str] = {}
    before = find_step(stop.step, root)
    new = git_trees.require_part(now, f"steps/{before.name}", root)
    for step in all_steps(root):
        if step.number <= before.number or stop.old == new:
            continue
        path = f"steps/{step.name}"
        mine = git_trees.require_part(now, path, root)
        merged = merge(stop.old, (step.name, mine), (before.name, new), root)
        stop.done[step.name] = mine == memory.known(step.name)
        stop.review += [f"{path}/{place}" for place in merged.review]
        if merged.tree != mine:
            parts[path] = merged.tree
            stop.changed.append(step.name)
        stop.step, stop.old = step.name, mine
        if merged.conflicts:
            stop.paths = [f"{path}/{name}" for name in merged.paths]
            return parts, merged.conflicts
        before, new = step, merged.tree
    return parts, []


def _has_markers(path: Path) -> bool:
    marks = tuple(f"{mark} {REF}/".encode() for mark in ("<<<<<<<", ">>>>>>>"))
    return path.is_file() and any(
        line.startswith(marks) for line in path.read_bytes().splitlines()
    )
