"""Save a project beside itself, then put a step in its place: `nox -s rescue -- 5 FOLDER`."""

import os
import shutil
import sqlite3
import stat
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from tools.chain.cli import command, parser
from tools.chain.steps import Step, find_step
from tools.learner import database, project
from tools.learner.diff import same


@command
def main(args: list[str]) -> int:
    """Save the project, put the step there, say what was done; give the exit code."""
    options = parse(args)
    step = find_step(options.step)
    folder = project.find(options.folder, options.start)
    project.refuse_steps(folder)
    fits = database_fits(step, folder)
    saved = save(folder)
    print(f"Everything you had is saved in {saved}", flush=True)
    try:
        replace(step, folder, keep_database=fits)
    except BaseException:
        print(
            "That failed, so your project is as it was before. The copy stays.",
            file=sys.stderr,
        )
        raise
    print(told(step, folder, fits))
    return 0


def parse(args: list[str]) -> Namespace:
    """Read the command line; `--help` and mistakes end the program as argparse does."""
    made = parser(
        "rescue",
        "Save a copy of your project next to it, then put a finished step in its place.",
    )
    made.add_argument("step", help="the step to put there, by number or name")
    made.add_argument("folder", help="your project: the folder that holds manage.py")
    return made.parse_args(args)


def save(folder: Path) -> Path:
    """Copy a project beside itself under a name of its own; give the copy's path.

    Without what tools make again: virtual environments and caches, which stay where
    they are. The name is there only when the copy is whole.
    """
    now = datetime.now().strftime("%Y-%m-%d-%H%M%S")
    with tempfile.TemporaryDirectory(
        prefix=".rescue-", dir=folder.parent, ignore_cleanup_errors=True
    ) as name:
        part = Path(name, folder.name)
        shutil.copytree(folder, part, symlinks=True, ignore=_left_out)
        number = 1
        target = folder.with_name(f"{folder.name}-saved-{now}")
        while target.exists():
            number += 1
            target = folder.with_name(f"{folder.name}-saved-{now}-{number}")
        part.rename(target)
    return target


def _left_out(where: str, names: list[str]) -> set[str]:
    return {name for name in names if _can_be_made_again(Path(where, name))}


def _can_be_made_again(path: Path) -> bool:
    kind = path.lstat().st_mode
    if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind) or stat.S_ISLNK(kind)):
        return True  # a socket or a pipe holds nothing
    return project.is_made(path)


def replace(step: Step, folder: Path, keep_database: bool) -> None:
    """Make the steps' folders and files in a project exactly those of one step.

    All else stays. Whatever goes wrong on the way, everything is put back.
    """
    with tempfile.TemporaryDirectory(
        prefix=".rescue-", dir=folder.parent, ignore_cleanup_errors=True
    ) as name:
        new, old = Path(name, "new"), Path(name, "old")
        old.mkdir()
        project.copy(step.folder, project.files_of(step), new)
        names = project.owned(step)
        if not keep_database:
            names |= {*database.FILES}
        with _undone_on_failure() as move:
            # The database first: a server that still has it open holds it on Windows.
            for each in sorted(
                names, key=lambda each: not each.startswith(database.NAME)
            ):
                if os.path.lexists(folder / each):
                    move(folder / each, old / each)
            for path in sorted(new.iterdir()):
                move(path, folder / path.name)


@contextmanager
def _undone_on_failure() -> Iterator:
    """Give a function that moves files; what it did is undone if the block fails."""
    done: list[tuple[Path, Path]] = []

    def move(source: Path, target: Path) -> None:
        done.append((source, target))  # first: an interruption may come in between
        source.rename(target)

    try:
        yield move
    except BaseException:
        for source, target in reversed(done):
            if os.path.lexists(target) and not os.path.lexists(source):
                target.rename(source)
        raise


def database_fits(step: Step, folder: Path) -> bool:
    """Say whether the step's migrations are those that made a project's database."""
    if not (folder / database.NAME).exists():
        return True
    try:
        applied = database.applied_migrations(folder)
    except (sqlite3.Error, OSError):
        return False
    apps = {path.partition("/")[0] for path in project.files_of(step)}
    files = [f"{app}/migrations/{name}.py" for app, name in applied if app in apps]
    return all(same(step.folder / file, folder / file) for file in files)


def told(step: Step, folder: Path, fits: bool) -> str:
    """Say what was done, and what to do next."""
    lines = [f"{folder} now holds the finished step {step.number}, {step.title}."]
    lines += [
        "Git's folder, virtual environments and files that no step has are still there."
    ]
    if not fits:
        lines += [
            f"{database.NAME} is only in the copy now, because other migrations made it."
        ]
    elif (folder / database.NAME).exists():
        lines += [
            f"{database.NAME} is still there too, because it fits the step's migrations."
        ]
    return "\n".join([*lines, "Next: python manage.py migrate"])


if __name__ == "__main__":
    sys.exit(main())
