"""Make a git repository with a commit a step: `nox -s export -- DIR`."""

import argparse
import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tools.chain import git_trees
from tools.chain.cli import Refused, parser
from tools.chain.folders import is_inside, locate
from tools.chain.git import GitError, git
from tools.chain.steps import ROOT, Step, all_steps

# Not the day on which it runs: the same steps give the same hashes, everywhere.
START = datetime(2026, 1, 1, tzinfo=UTC)
DONE = """
{folder} now has a commit, a branch and a tag for each of the {count} steps.
To publish it, create an empty repository on your Git host. Then run in that folder:
  git remote add origin ADDRESS
  git push origin --all
  git push origin --tags"""


class NotEmpty(RuntimeError):
    """The folder cannot be used; the message says why and what to do."""


def parse(args: list[str]) -> argparse.Namespace:
    """Read the command line; `--help` and mistakes end the program as argparse does."""
    made = parser(
        "export",
        "Make a git repository with one commit for each step, each with a branch "
        "(05-history) and a tag (step/05-history). It is made from the step folders as "
        "they are now, and the same steps always give the same hashes.",
    )
    made.add_argument("folder", help="a new or empty folder outside this repository")
    return made.parse_args(args)


def main(args: list[str] | None = None, root: Path = ROOT) -> int:
    """Export the steps; give the exit code."""
    options = parse(sys.argv[1:] if args is None else args)
    try:
        git_trees.require_git(2, 28)
        target = free_folder(options.folder, options.start, root)
        export(target, root)
    except (NotEmpty, Refused) as error:
        print(error, file=sys.stderr)
        return 2
    except (GitError, git_trees.OldGit, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(DONE.format(folder=target, count=len(all_steps(root))))
    return 0


def free_folder(wanted: str, stands: str, root: Path) -> Path:
    """Give the path of a folder to fill, as seen from where the person `stands`.

    Raises NotEmpty where something is there, or where it lies in the tutorial itself,
    and Refused where it cannot be a path.
    """
    target = locate(wanted, stands)
    if is_inside(target, root):
        raise NotEmpty(f"{target} is inside this repository. Choose another folder.")
    if target.exists() and not target.is_dir():
        raise NotEmpty(f"{target} is a file. Choose a new folder.")
    if target.is_dir() and any(target.iterdir()):
        raise NotEmpty(f"{target} isn't empty. Choose a new folder.")
    return target


def export(target: Path, root: Path) -> None:
    """Fill a folder with the repository; raises GitError and OSError.

    It is made elsewhere first, so that nothing half-done is left in the folder.
    """
    with tempfile.TemporaryDirectory() as name:
        made = Path(name, "made")
        made.mkdir()
        git("init", "--quiet", "--template=", "--initial-branch=main", cwd=made)
        refs = commits(root)
        # With --no-verify, no hook of the tutorial's clone has a say.
        push = ("push", "--quiet", "--no-verify", made)
        git(*push, *(f"{made_of}:{ref}" for ref, made_of in refs.items()), cwd=root)
        last = all_steps(root)[-1]
        git("checkout", "--quiet", "-B", "main", f"refs/tags/{tag(last)}", cwd=made)
        target.mkdir(parents=True, exist_ok=True)
        shutil.copytree(made, target, symlinks=True, dirs_exist_ok=True)


def commits(root: Path) -> dict[str, str]:
    """Make a commit of each step and give their hashes, by the refs that name them."""
    tree = git_trees.snapshot(root)
    refs: dict[str, str] = {}
    parents: list[str] = []
    for step in all_steps(root):
        own = git_trees.require_part(tree, f"steps/{step.name}", root)
        date = (START + timedelta(hours=step.number)).isoformat()
        parents = [git_trees.commit(own, parents, message(step), date, root)]
        refs[f"refs/heads/{tag(step).removeprefix('step/')}"] = parents[0]
        refs[f"refs/tags/{tag(step)}"] = parents[0]
    return refs


def tag(step: Step) -> str:
    """Give "step/05-history"; the branch is what stands after the slash."""
    return f"step/{step.name.replace('_', '-')}"


def message(step: Step) -> str:
    """Give the commit's message, from the page's front matter."""
    idea, shows = (str(step.meta.get(key, "")).strip() for key in ("idea", "shows"))
    parts = [f"Step {step.number}: {step.title}", idea, shows and f"You see: {shows}"]
    return "\n\n".join(filter(None, parts)) + "\n"


if __name__ == "__main__":
    sys.exit(main())
