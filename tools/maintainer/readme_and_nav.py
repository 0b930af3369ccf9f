"""Keep what lists the steps, in the README and in mkdocs.yml, equal to their pages."""

import re
import sys
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import yaml

from tools.chain.steps import ROOT, Step, all_steps

# What stands between two comments is written anew.
MARKED = re.compile(
    r"([ \t]*(?:<!--|#) steps: [^\n]*\n).*?([ \t]*(?:<!--|#) /steps\b)", re.DOTALL
)


def table(steps: list[Step]) -> str:
    """Give the README's table of the steps."""
    rows = ["\n| Step | The one idea | What you see |", "| --- | --- | --- |"]
    rows += [
        f"| [{step.number}. {step.title}](docs/{step.name}.md) "
        f"| {step.said('idea')} | {step.said('shows')} |"
        for step in steps
    ]
    return "\n".join(rows) + "\n\n"


def navigation(steps: list[Step]) -> str:
    """Give the part of mkdocs.yml's `nav` that leads to the steps, part by part."""
    parts = [
        {
            f"Part {part}": [
                {f"{step.number}. {step.title}": f"{step.name}.md"} for step in inside
            ]
        }
        for part, inside in groupby(steps, lambda step: step.said("part"))
    ]
    text = yaml.safe_dump(parts, allow_unicode=True, width=200)
    return "".join(f"      {line}\n" for line in text.splitlines())


LISTS = {"README.md": table, "mkdocs.yml": navigation}


def written(text: str, listing: Callable[[list[Step]], str], root: Path = ROOT) -> str:
    """Give a file's text with its list of the steps as it should be."""
    there = [step for step in all_steps(root) if step.meta]
    return MARKED.sub(lambda found: f"{found[1]}{listing(there)}{found[2]}", text)


def wrong(root: Path = ROOT) -> dict[Path, str]:
    """Give the files whose list differs from the pages, with the text they should have."""
    found = {}
    for name, listing in LISTS.items():
        path = root / name
        text = path.read_text("utf-8") if path.exists() else ""
        if (right := written(text, listing, root)) != text:
            found[path] = right
    return found


def fix(root: Path = ROOT) -> None:
    """Write the lists."""
    for path, text in wrong(root).items():
        path.write_text(text, "utf-8", newline="\n")


def main(args: list[str]) -> int:
    """Write the lists with "fix", else compare; give the exit code."""
    try:
        differ = wrong()
    except ValueError as error:
        print(error)
        return 1
    if args == ["fix"]:
        fix()
        return 0
    for path in differ:
        print(
            f"{path.name}: its list of steps differs from the pages. To mend it:",
            end=" ",
        )
        print("nox -s lint -- fix")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
