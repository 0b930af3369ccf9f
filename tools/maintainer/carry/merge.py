"""Merge the change of one step into another: git's engine, and then the neighbours."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tools.chain import git_trees
from tools.chain.git import git, git_bytes
from tools.maintainer.carry import adjacent_lines

SETTINGS = ("merge.renames=true", "merge.directoryRenames=true")
SETTINGS += ("merge.conflictStyle=diff3",)
# Git calls files by the names of what it merges: so these are the steps' names.
REF = "worktree/carry"
DATE = "2026-01-01T00:00:00Z"


@dataclass(frozen=True)
class Merged:
    """What came out of a merge.

    `conflicts` are git's own sentences and `paths` the files they are about, which hold
    markers in `tree` where git could set them; `review` says where to look, though
    nothing is in conflict.
    """

    tree: str
    conflicts: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    review: list[str] = field(default_factory=list)


@dataclass
class _Answer:
    """What `git merge-tree -z` says."""

    tree: str
    stages: dict[str, dict[int, tuple[str, str]]] = field(default_factory=dict)
    messages: list[tuple[list[str], str, str]] = field(default_factory=list)

    def kinds(self, path: str) -> set[str]:
        """The kinds of conflict that a file is part of."""
        return {
            kind
            for paths, kind, _ in self.messages
            if path in paths and kind.startswith("CONFLICT")
        }


def merge(
    base: str, ours: tuple[str, str], theirs: tuple[str, str], root: Path
) -> Merged:
    """Merge the change from the tree `base` to that of `theirs` into that of `ours`.

    `ours` and `theirs` are a step's name and a tree each. Raises GitError.
    """
    answer = _ask(base, ours, theirs, root)
    blobs, review, open_paths = {}, [], []
    for path, stages in answer.stages.items():
        if found := _beside(answer.kinds(path), stages, root):
            blobs[path], places = found
            review += [f"{path}:{place}" for place in places]
        else:
            open_paths.append(path)
    conflicts = []
    for paths, kind, text in answer.messages:
        if kind.startswith("Path updated"):
            review.append(f"{paths[0]} (moved with its folder)")
        elif kind.startswith("CONFLICT") and not set(paths) <= blobs.keys():
            conflicts.append(text)
    tree = git_trees.with_blobs(answer.tree, blobs, root) if blobs else answer.tree
    return Merged(tree, conflicts, open_paths, review)


def _ask(base: str, ours, theirs, root: Path) -> _Answer:
    refs = [f"refs/{REF}/{name}" for name, _ in (ours, theirs)]
    try:
        start = git_trees.commit(base, [], "base", DATE, root)
        for ref, (name, tree) in zip(refs, (ours, theirs), strict=True):
            made = git_trees.commit(tree, [start], name, DATE, root)
            git("update-ref", ref, made, cwd=root)
        command = [x for setting in SETTINGS for x in ("-c", setting)]
        command += ["merge-tree", "--write-tree", "-z", "--messages"]
        command += [ref.removeprefix("refs/") for ref in refs]
        return _read(git(*command, cwd=root, accept=(0, 1)))
    finally:
        for ref in refs:
            git("update-ref", "-d", ref, cwd=root)


def _read(output: str) -> _Answer:
    fields = iter(output.split("\0"))
    answer = _Answer(next(fields))
    for entry in iter(lambda: next(fields), ""):
        facts, _, path = entry.partition("\t")
        mode, blob, stage = facts.split()
        answer.stages.setdefault(path, {})[int(stage)] = (mode, blob)
    answer.messages += _messages(fields)
    return answer


def _messages(fields: Iterator[str]):
    while count := next(fields, ""):
        paths = [next(fields) for _ in range(int(count))]
        yield paths, next(fields), next(fields).strip()


def _beside(kinds: set[str], stages: dict, root: Path):
    """Give mode and hash of the file, and the places, where only neighbours changed."""
    if kinds != {"CONFLICT (contents)"} or set(stages) != {1, 2, 3}:
        return None
    texts = [
        git_bytes("cat-file", "blob", stages[stage][1], cwd=root) for stage in (1, 2, 3)
    ]
    if (found := adjacent_lines.merge(*texts)) is None:
        return None
    text, places = found
    store = ("hash-object", "-w", "--stdin")
    blob = git(*store, cwd=root, stdin=text).strip()
    base, ours, theirs = (stages[stage][0] for stage in (1, 2, 3))
    return (theirs if ours == base else ours, blob), places
