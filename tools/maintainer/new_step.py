"""Insert a new step, a copy of the one before: `nox -s new -- 9 slug`."""

import argparse
import re
import shutil
import sys
from pathlib import Path

import yaml

from tools.chain.git import GitError, git
from tools.chain.steps import ROOT, Step, all_steps, step_files
from tools.maintainer import readme_and_nav
from tools.maintainer.renumber import make_room

QUIZ = """```quiz
question: What does one wonder about the idea?
answers:
  - text: What many believe
    says: What is wrong with that.
  - text: What holds
    right: true
    says: Why it holds.
```"""
SECTIONS = {
    "Goal": "One sentence, and a picture of the result.",
    "Run it": "```console\nuvx nox -s run -- {number}\n```",
    "See it break": "The step before, one action, and what really happens.",
    "The change": '??? question "What do you think happens if …?"\n\n'
    "    The answer, and what proves it.\n\n"
    "Two to five pieces of the change, a few sentences after each.",
    "Check yourself": "The same action again: “you should now see …”. The test to run.",
    "Why it works": "One diagram at most.",
    "Traps": "### The trap\n\nOne or two: cause, and the test that proves it.",
    "Exercise": f"{QUIZ}\n\n{QUIZ}\n\n"
    "One “break it on purpose”, one extension with a folded answer; each says how to "
    "undo it.",
    "Next": "The flaw that is still there.",
}
WALK = '''"""Walks of docs/{name}.md."""


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("{number}"))
'''
DONE = """
steps/{name} is now a copy of the step before it. What to do next:
  1. Look at the changes that git shows, at the “Next” of the page before, and at
     numbers without the word “step”, for example in tables. Commit them.
  2. Change steps/{name} and write docs/{name}.md.
  3. nox -s carry -- {number}
  4. nox -s browser -- --record
To undo all of it, before you commit: git reset --hard, then git clean -d --force"""


class Refused(ValueError):
    """There can be no such step; the message says why."""


def parse(args: list[str]) -> argparse.Namespace:
    """Read the command line; `--help` and mistakes end the program as argparse does."""
    parser = argparse.ArgumentParser(
        prog="nox -s new --",
        description="Insert a step, a copy of the one before, and renumber the later ones.",
    )
    parser.add_argument("number", type=int, help="the number of the new step")
    parser.add_argument("slug", help="the rest of its name, like “tasks” in 10_tasks")
    return parser.parse_args(args)


def main(args: list[str] | None = None, root: Path = ROOT) -> int:
    """Insert a step; give the exit code."""
    options = parse(sys.argv[1:] if args is None else args)
    try:
        require(options.number, options.slug, root)
        changed = insert(options.number, options.slug, root)
    except Refused as error:
        print(error, file=sys.stderr)
        return 2
    except (GitError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    if changed:
        print("Numbers and names changed in\n  " + "\n  ".join(changed))
    name = f"{options.number:02}_{options.slug}"
    print(DONE.format(name=name, number=options.number))
    return 0


def require(number: int, slug: str, root: Path) -> None:
    """Raise Refused where the step cannot be made, or where work could be lost."""
    steps = all_steps(root)
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", slug):
        raise Refused(
            f"{slug!r} is not a name for a step. Use a to z, 0 to 9 and _, as in big_rooms."
        )
    if slug in [step.name.partition("_")[2] for step in steps]:
        raise Refused(f"There already is a step {slug!r}.")
    if not 2 <= number <= len(steps) + 1 or len(steps) == 99:
        raise Refused(
            f"A new step can have a number from 2 to {len(steps) + 1}, "
            "because it begins as a copy of the one before."
        )
    status = ("status", "--porcelain", "--untracked-files=all")
    if changes := git(*status, cwd=root).rstrip():
        raise Refused(
            f"Commit these changes first, because many files will move:\n{changes}"
        )


def insert(number: int, slug: str, root: Path) -> list[str]:
    """Make the step and give the paths of the files whose texts were renumbered.

    When it is interrupted or fails, all is put back as it was committed.
    """
    try:
        before = all_steps(root)[number - 2]
        changed = make_room(number, root)
        step = Step(root / "steps" / f"{number:02}_{slug}")
        for path in step_files(before.folder):
            (step.folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(before.folder / path, step.folder / path)
        _write(step.page, skeleton(step, before))
        if (root / "tests/walks").is_dir():
            walk = WALK.format(name=step.name, number=number)
            _write(root / f"tests/walks/test_{step.name}.py", walk)
        readme_and_nav.fix(root)
    except BaseException:
        git("reset", "--quiet", "--hard", cwd=root)
        git("clean", "--quiet", "-d", "--force", cwd=root)
        raise
    return changed


def skeleton(step: Step, before: Step) -> str:
    """Give a page with all its sections, in the part of the step before."""
    meta = {
        "title": step.name.partition("_")[2].replace("_", " ").capitalize(),
        "description": "What this page teaches, in a sentence for search engines.",
        "part": before.meta.get("part", "I"),
        "minutes": 30,
        "hard": "moderate",
        "leaves_out": "What the step leaves out on purpose, and which step brings it.",
        "idea": "The one idea",
        "shows": "What the learner sees",
        "traps": {"The trap": "What somebody sees who falls into it"},
        "notes": "What to tell those who teach it.",
    }
    parts = [f"---\n{yaml.safe_dump(meta, sort_keys=False, allow_unicode=True)}---"]
    for title, text in SECTIONS.items():
        parts += [f"## {title}", text.format(number=step.number)]
    return "\n\n".join(parts) + "\n"


def _write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main())
