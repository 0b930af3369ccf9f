"""A learner's project: a folder somewhere, as its owner left it."""

import os
import shutil
from pathlib import Path

from tools.chain.cli import Refused
from tools.chain.folders import is_inside, locate
from tools.chain.git import GitError
from tools.chain.steps import Step, all_steps, step_files

# What tools can make again, and what else is no part of a step.
MADE = {"__pycache__", "node_modules", ".nox", ".tox", ".DS_Store"}
MADE |= {".pytest_cache", ".ruff_cache", ".mypy_cache"}
APART = {".git", ".hg", ".svn", ".idea", ".vscode"}
DATABASES = (".sqlite3", ".sqlite3-wal", ".sqlite3-shm", ".sqlite3-journal")


def find(text: str, start: str = ".") -> Path:
    """Give the project that a person in the folder `start` calls `text`.

    Raises Refused where there is none.
    """
    folder = locate(text, start)
    if not folder.exists():
        raise Refused(f"There is no folder {folder}.")
    if not folder.is_dir():
        raise Refused(f"{folder} is a file. Give the folder that holds manage.py.")
    if not (folder / "manage.py").is_file():
        raise Refused(_no_project(folder))
    return folder


def refuse_steps(folder: Path) -> None:
    """Raise Refused for a folder among the steps of a tutorial, this one or a clone."""
    for root in folder.parents:
        ours = (root / "tools" / "chain" / "steps.py").is_file()
        if ours and is_inside(folder, root / "steps"):
            raise Refused(
                f"{folder} is part of the tutorial itself. Give a folder of your own."
            )


def _no_project(folder: Path) -> str:
    near = [*folder.glob("*/manage.py"), *folder.parent.glob("manage.py")]
    hint = (
        f" There is one in {near[0].parent}. Did you mean that folder?" if near else ""
    )
    return (
        f"There is no manage.py in {folder}.{hint}\n"
        "Give the folder of your project, or make one with nox -s start -- STEP FOLDER"
    )


def files(folder: Path) -> list[str]:
    """Give the paths of a project's own files, relative to its folder, sorted.

    Without what tools make: caches, databases, virtual environments, git's folder. A
    link counts only where it leads to a file in the folder.
    """
    found = []
    for where, folders, names in os.walk(folder):
        here = Path(where)
        folders[:] = [name for name in folders if not _is_apart(here / name)]
        found += [here / name for name in names if _counts(here / name, folder)]
    return sorted(path.relative_to(folder).as_posix() for path in found)


def is_made(path: Path) -> bool:
    """Say whether tools made a file or folder, and can make it again."""
    environment = (path / "pyvenv.cfg").exists() or (path / "conda-meta").exists()
    return path.name in MADE or path.suffix == ".pyc" or environment


def _counts(path: Path, folder: Path) -> bool:
    if _is_apart(path) or path.name.endswith(DATABASES) or not path.is_file():
        return False
    return not path.is_symlink() or path.resolve().is_relative_to(folder.resolve())


def _is_apart(path: Path) -> bool:
    return path.name in APART or is_made(path)


def files_of(step: Step) -> list[str]:
    """Give the paths of a step's files, without git too."""
    try:
        return step_files(step.folder)
    except GitError:
        return files(step.folder)


def extra_files(step: Step, folder: Path) -> list[str]:
    """Give a project's files that a step does not have, in the step's own folders.

    What else is in a project is its owner's business.
    """
    ours = files_of(step)
    tops = {path.partition("/")[0] for path in ours if "/" in path}
    extra = [path for path in files(folder) if path not in ours]
    return [path for path in extra if path.partition("/")[0] in tops]


def copy(source: Path, paths: list[str], target: Path) -> None:
    """Copy files into a folder, with the folders that they need."""
    target.mkdir(parents=True, exist_ok=True)
    for path in paths:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / path, target / path)


def owned(step: Step) -> set[str]:
    """Give the names at the top of a project that belong to a step or to another one."""
    everything = all_steps(step.folder.parent.parent)
    return {path.partition("/")[0] for each in everything for path in files_of(each)}
