"""Keep the README's table of the steps equal to what their pages say."""

import re
import sys

from tutorial.chain import ROOT, steps

TABLE = re.compile(r"(<!-- steps: [^\n]* -->\n).*?(<!-- /steps -->)", re.DOTALL)


def with_table(text: str) -> str:
    """Give the README's text with the table as it should be."""
    rows = ["| Step | The one idea | What you see |", "| --- | --- | --- |"]
    rows += [
        f"| [{step.number}. {step.title}](docs/{step.name}.md) "
        f"| {step.meta['idea']} | {step.meta['shows']} |"
        for step in steps()
    ]
    table = "\n".join(rows)
    return TABLE.sub(lambda found: f"{found[1]}\n{table}\n\n{found[2]}", text)


def main(args: list[str]) -> int:
    """Write the table with "fix", else compare; give the exit code."""
    path = ROOT / "README.md"
    text = path.read_text("utf-8")
    if args == ["fix"]:
        path.write_text(with_table(text), "utf-8", newline="\n")
    elif text != with_table(text):
        print("The README's table differs from the pages: nox -s lint -- fix")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
