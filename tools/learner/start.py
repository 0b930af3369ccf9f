"""Make a folder to do a step in: `nox -s start -- 5 FOLDER`."""

import re
import sys
import tempfile
from argparse import Namespace
from pathlib import Path

from tools.chain import requirements
from tools.chain.cli import Refused, command, parser
from tools.chain.folders import locate
from tools.chain.git import GitError, git
from tools.chain.steps import Step, all_steps, find_step
from tools.learner import project

IGNORED = "__pycache__/\n.venv/\n*.sqlite3\n*.sqlite3-*\n"
# Whose commit it is must not depend on what the machine knows of the person.
NOBODY = ("-c", "user.name=Tutorial", "-c", "user.email=tutorial@example.com")


@command
def main(args: list[str]) -> int:
    """Make the folder, say what to do next, and give the exit code."""
    options = parse(args)
    step = find_step(options.step)
    before = earlier(step)
    folder = locate(options.folder, options.start)
    project.refuse_steps(folder)
    make(before[-1] if before else None, folder)
    if not add_git(folder, step):
        print(
            "Git isn't installed or doesn't work, so the folder is not a git repository."
        )
    print(advice(step, before, folder))
    return 0


def parse(args: list[str]) -> Namespace:
    """Read the command line; `--help` and mistakes end the program as argparse does."""
    made = parser("start", "Make a folder of your own in which you can begin a step.")
    made.add_argument("step", help="the step that you want to do, by number or name")
    made.add_argument("folder", help="a new or empty folder")
    return made.parse_args(args)


def earlier(step: Step) -> list[Step]:
    """Give the steps before one."""
    return [other for other in all_steps() if other.number < step.number]


def make(state: Step | None, folder: Path) -> None:
    """Fill a new or empty folder with a step's files; raises Refused for any other.

    They are written beside it first, so that an interruption leaves no half of them.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(
            f"{folder} isn't empty, so nothing was written. Give a new folder."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".start-", dir=folder.parent) as name:
        if state:
            project.copy(state.folder, project.files_of(state), Path(name))
        Path(name, ".gitignore").write_text(IGNORED, "utf-8", newline="\n")
        folder.mkdir(exist_ok=True)
        for path in Path(name).iterdir():
            path.rename(folder / path.name)


def add_git(folder: Path, step: Step) -> bool:
    """Make a folder a repository of one commit; give False where git cannot."""
    try:
        git("init", "--quiet", "--template=", "--initial-branch=main", cwd=folder)
        git("add", "--all", cwd=folder)
        message = f"The project before step {step.number}, {step.title}"
        git(*NOBODY, "commit", "--quiet", "--message", message, cwd=folder)
    except GitError:
        return False
    return True


def advice(step: Step, before: list[Step], folder: Path) -> str:
    """Say what to do in a new folder."""
    lines = [f"{folder} is ready for step {step.number}, {step.title}.", ""]
    odd = re.search(r"[^\w./\\:~+-]", str(folder))
    quoted = f'"{folder}"' if odd else str(folder)
    lines += [f"  cd {quoted}"]
    if sys.platform == "win32":
        lines += ["  py -m venv .venv", r"  .venv\Scripts\activate"]
    else:
        lines += ["  python3 -m venv .venv", "  . .venv/bin/activate"]
    if listed := requirements.needed(before):
        lines += [f"  {requirements.pip_command(listed, requirements.pins())}"]
    if before:
        lines += ["  python manage.py migrate", "  python manage.py runserver"]
    page = f"docs/{step.page.name}"
    lines += [
        "",
        f"Then read {page} ({step.name}.html on the site) and follow it.",
    ]
    if not before:
        lines += [
            "You can skip its first commands: the folder and the environment are there."
        ]
    lines += ["To check your project at any time, run in the tutorial's folder:"]
    return "\n".join([*lines, "", f"  nox -s check -- {step.number} {quoted}"])


if __name__ == "__main__":
    sys.exit(main())
