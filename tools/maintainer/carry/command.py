"""Carry a change of one step into all later ones: `nox -s carry -- 3`.

Each step is merged three ways: the step before as it was, as it is now, and the step.
So a conflict that is resolved in one step is not met again in the next.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tools.chain import git_trees
from tools.chain.git import GitError, git
from tools.chain.steps import ROOT, UnknownStep, find_step
from tools.maintainer.carry.propagate import go_on
from tools.maintainer.carry.saved_state import (
    ABORTED,
    BEFORE,
    InProgress,
    Memory,
    NotStopped,
    Stop,
    uninterrupted,
)
from tools.proof import replay
from tools.suites import runner

NOTHING = """There is nothing to carry: {step} is as it was in {since}, or has been carried since.
To carry what has changed since an earlier revision, add --since REV"""

STOPPED = """
The carry has stopped in {step}. Edit these files until they are as the step should be:
{files}
Then run:  nox -s carry -- --continue
Or put the later steps back as they were:  nox -s carry -- --abort"""


class NothingToCarry(RuntimeError):
    """The step has not changed; the message says since when."""


def parse(args: list[str]) -> argparse.Namespace:
    """Read the command line; `--help` and mistakes end the program as argparse does."""
    parser = argparse.ArgumentParser(
        prog="nox -s carry --",
        description="Merge what you changed in a step into every later step.",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("step", nargs="?", help="the number or name of the step")
    what.add_argument(
        "--continue",
        action="store_true",
        dest="go_on",
        help="go on after you have resolved a conflict",
    )
    what.add_argument(
        "--abort",
        action="store_true",
        help="after a conflict, put the later steps back as they were",
    )
    parser.add_argument(
        "--since",
        metavar="REV",
        help="carry what has changed since a revision (default: since the last commit, or "
        "since the last carry if that is newer)",
    )
    parser.add_argument(
        "--no-checks",
        action="store_true",
        help="don't run the tests and the check of the docs afterwards",
    )
    return parser.parse_args(args)


def main(args: list[str] | None = None, root: Path = ROOT) -> int:
    """Carry a change and check what it changed; give the exit code."""
    options = parse(sys.argv[1:] if args is None else args)
    try:
        git_trees.require_git(2, 38)
        memory = Memory(root)
        if options.abort:
            return abort(memory, root)
        stop = memory.stopped() if options.go_on else begin(options, memory, root)
        conflicts = go_on(stop, memory, root)
        _tell(stop, conflicts)
        if conflicts:
            return 1
    except (UnknownStep, git_trees.UnknownRevision) as error:
        print(error, file=sys.stderr)
        return 2
    except (
        GitError,
        git_trees.OldGit,
        InProgress,
        NotStopped,
        NothingToCarry,
    ) as error:
        print(error, file=sys.stderr)
        return 1
    skip = options.no_checks or not stop.changed
    return 0 if skip else check([next(iter(stop.done)), *stop.changed])


def begin(options: argparse.Namespace, memory: Memory, root: Path) -> Stop:
    """Give the state before the first step; raises NothingToCarry."""
    memory.require_idle()
    step = find_step(options.step, root)
    path = f"steps/{step.name}"
    now = git_trees.snapshot(root)
    old = memory.known(step.name)
    if options.since is not None:
        old = git_trees.part(git_trees.commit_of(options.since, root), path, root)
    new = git_trees.require_part(now, path, root)
    since = options.since or "the last commit"
    if old is None:
        raise NothingToCarry(
            f"There is no {step.name} in {since}, so there is nothing to compare it with."
        )
    if old == new:
        raise NothingToCarry(NOTHING.format(step=step.name, since=since))
    status = ("diff-tree", "-r", "--name-status", "--find-renames", old, new)
    listed = git(*status, cwd=root).strip().replace("\n", "\n  ")
    print(f"{step.name}, since {since}:\n  {listed}", flush=True)
    memory.keep(BEFORE, now)
    return Stop(step=step.name, old=old, before=now, done={step.name: True})


def _tell(stop: Stop, conflicts: list[str]) -> None:
    print(
        f"Changed: {', '.join(stop.changed) or 'nothing, because each later step has it already'}"
    )
    if stop.review:
        print("Have a look at these places, where the changes of two steps meet:")
        print("  " + "\n  ".join(stop.review), flush=True)
    if conflicts:
        print("\n".join(["", *conflicts]), file=sys.stderr)
        files = "\n".join(f"  {path}" for path in stop.paths)
        print(STOPPED.format(step=stop.step, files=files), file=sys.stderr)


def abort(memory: Memory, root: Path) -> int:
    """Put the later steps back as they were before the carry; give the exit code."""
    stop = memory.stopped()
    now = git_trees.snapshot(root)
    paths = [f"steps/{name}" for name in stop.changed]
    parts = {path: git_trees.require_part(stop.before, path, root) for path in paths}
    memory.keep(ABORTED, now)
    with uninterrupted():
        git_trees.write(now, git_trees.with_parts(now, parts, root), root)
        memory.save(None)
    print(f"Put back: {', '.join(stop.changed) or 'nothing had changed'}")
    print(f"To see what was there until now: git diff {ABORTED} -- steps")
    return 0


def check(names: list[str]) -> int:
    """Run the tests of the steps that changed, and the docs check; give the exit code."""
    failed = runner.main(names)
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    quiet = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}
    built = subprocess.run(command, cwd=ROOT, env=os.environ | quiet)
    return int(bool(failed or built.returncode or replay.main()))


if __name__ == "__main__":
    sys.exit(main())
