"""What a carry remembers: where it stopped, and what has been carried already.

It lies in git's own folder, for each work tree apart, and is never committed.
"""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tools.chain import git_trees
from tools.chain.git import git

BEFORE, ABORTED = "refs/worktree/carry-before", "refs/worktree/carry-aborted"


class InProgress(RuntimeError):
    """An earlier carry has not ended."""


class NotStopped(RuntimeError):
    """There is no carry that could go on or be aborted, or not yet."""


@dataclass
class Stop:
    """A carry on its way.

    `step` is the last one that has the change, or where it is in conflict, and `old` its
    tree without it. `before` is the tree of all before the carry. `done` are the steps
    that it went through, and whether they had no uncarried edits of their own.
    """

    step: str
    old: str
    before: str
    done: dict[str, bool]
    changed: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    review: list[str] = field(default_factory=list)


class Memory:
    """Read once, written when a carry stops or ends."""

    def __init__(self, root: Path):
        self.root = root
        self.head = git("rev-parse", "--verify", "HEAD", cwd=root).strip()
        name = git("rev-parse", "--git-path", "tutorial-carry.json", cwd=root).strip()
        self.path = root / name
        there = self.path.exists()
        data = json.loads(self.path.read_text("utf-8")) if there else {}
        self.stop = Stop(**data["stop"]) if data.get("stop") else None
        # A commit makes the next carry begin there.
        fresh = data.get("head") == self.head
        self.carried: dict[str, str] = data["carried"] if fresh else {}

    def known(self, step: str) -> str | None:
        """Give the tree of a step up to which all is carried; None for a new step."""
        if (tree := self.carried.get(step)) and git_trees.part(tree, "", self.root):
            return tree
        return git_trees.part("HEAD", f"steps/{step}", self.root)

    def require_idle(self) -> None:
        """Raise InProgress while a carry is stopped."""
        if self.stop:
            raise InProgress(
                f"A carry has stopped in {self.stop.step}. Go on with --continue, "
                "or put the later steps back with --abort."
            )

    def stopped(self) -> Stop:
        """Give where a carry stopped; raises NotStopped where none is."""
        if not self.stop:
            raise NotStopped(
                "No carry has stopped. Begin one with nox -s carry -- STEP"
            )
        return self.stop

    def keep(self, name: str, tree: str) -> None:
        """Let a tree be found again, under a name that git knows."""
        made = git_trees.commit(
            tree, [self.head], name, "2026-01-01T00:00:00Z", self.root
        )
        git("update-ref", name, made, cwd=self.root)

    def finish(self, stop: Stop, tree: str) -> None:
        """Note that all of these steps' changes are carried, as they are in a tree."""
        for name in [name for name, clean in stop.done.items() if clean]:
            path = f"steps/{name}"
            self.carried[name] = git_trees.require_part(tree, path, self.root)
        self.save(None)

    def save(self, stop: Stop | None) -> None:
        """Write down where a carry stopped, or that none is stopped."""
        data = {"head": self.head, "carried": self.carried}
        data["stop"] = asdict(stop) if stop else None
        self.path.write_text(json.dumps(data, indent=1), "utf-8")


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait for nobody: what begins in the block, ends."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
