"""Keep the README's table of the steps equal to what their pages say."""

import re
import sys
from pathlib import Path

from tutorial.chain import ROOT, steps

TABLE = re.compile(r"(<!-- steps: [^\n]* -->\n).*?(<!-- /steps -->)", re.DOTALL)


def with_table(text: str, root: Path = ROOT) -> str:
    """Give the README's text with the table as it should be."""
    rows = ["| Step | The one idea | What you see |", "| --- | --- | --- |"]
    rows += [
        f"| [{step.number}. {step.title}](docs/{step.name}.md) "
        f"| {step.meta['idea']} | {step.meta['shows']} |"
        for step in steps(root)
    ]
    table = "\n".join(rows)
    return TABLE.sub(lambda found: f"{found[1]}\n{table}\n\n{found[2]}", text)


def fix(root: Path = ROOT) -> None:
    """Write the table."""
    path = root / "README.md"
    text = path.read_text("utf-8")
    path.write_text(with_table(text, root), "utf-8", newline="\n")


def main(args: list[str]) -> int:
    """Write the table with "fix", else compare; give the exit code."""
    if args == ["fix"]:
        fix()
        return 0
    text = (ROOT / "README.md").read_text("utf-8")
    if text != with_table(text):
        print("The README's table differs from the pages: nox -s lint -- fix")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
