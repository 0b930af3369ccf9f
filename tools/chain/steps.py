"""The chain of steps: the one place that knows their order, titles and folders.

Nothing is written down twice: a step's number and name are those of its folder in
`steps/`, its title and all else that people read stand in the front matter of its
page in `docs/`.
"""

import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from tools.chain.git import git

ROOT = Path(__file__).resolve().parents[2]


class UnknownStep(LookupError):
    """Somebody asked for a step that is not there; the message says which are."""


@dataclass(frozen=True)
class Step:
    """One step: a folder in `steps/` and its page in `docs/`."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def number(self) -> int:
        return int(self.name.partition("_")[0])

    @property
    def page(self) -> Path:
        return self.folder.parent.parent / "docs" / f"{self.name}.md"

    @cached_property
    def meta(self) -> dict:
        """The front matter of the step's page; empty while there is no page."""
        return front_matter(self.page.read_text("utf-8")) if self.page.exists() else {}

    def said(self, key: str) -> Any:
        """Give what the front matter says; raises ValueError with the page's name."""
        if key not in self.meta:
            raise ValueError(f"docs/{self.page.name}: its front matter has no “{key}”")
        return self.meta[key]

    @property
    def title(self) -> str:
        return self.meta.get("title", self.name)

    @property
    def has_people(self) -> bool:
        """Whether somebody can log in."""
        return (self.folder / "core/templates/registration/login.html").exists()


def all_steps(root: Path = ROOT) -> list[Step]:
    """Give all steps of the repository at `root`, in order."""
    folders = (root / "steps").glob("[0-9][0-9]_*")
    return sorted(
        (Step(folder) for folder in folders if (folder / "manage.py").exists()),
        key=lambda step: step.number,
    )


def find_step(wanted: str, root: Path = ROOT) -> Step:
    """Give the step that `wanted` names: "3", "03", "rooms" or "03_rooms".

    Raises UnknownStep, whose message lists the steps.
    """
    everything = all_steps(root)
    for step in everything:
        names = {step.name, step.name.partition("_")[2], str(step.number)}
        if wanted in names or wanted.lstrip("0") == str(step.number):
            return step
    there = "\n".join(f"  {step.number:>2}  {step.name}" for step in everything)
    raise UnknownStep(f"There is no step {wanted!r}. There are:\n{there}")


def step_pairs(root: Path = ROOT) -> list[tuple[Step | None, Step]]:
    """Give each step with the step before it, which is None for the first."""
    everything = all_steps(root)
    return list(zip([None, *everything], everything, strict=False))


def step_files(folder: Path) -> list[str]:
    """Give the paths of a step's files, relative to its folder, sorted.

    They are what git tracks and what is new and not ignored, so `__pycache__`, a
    database or other junk never counts. Raises GitError outside a git repository.
    """
    listed = git(
        *("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "."),
        cwd=folder,
    )
    return sorted({path for path in listed.split("\0") if (folder / path).is_file()})


def copy_step(step: Step, target: Path) -> None:
    """Copy the files of a step that count; raises GitError as `step_files` does."""
    for path in step_files(step.folder):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(step.folder / path, target / path)


def split_front_matter(text: str) -> tuple[str, str]:
    """Split a page's text into its front matter, without the dashes, and its body."""
    if text.startswith("---\n") and (end := text.find("\n---\n", 3)) != -1:
        return text[4 : end + 1], text[end + 5 :]
    return "", text


def front_matter(text: str) -> dict:
    """Give the front matter of a page's text, {} where it has none."""
    return yaml.safe_load(split_front_matter(text)[0]) or {}
