"""The files beside the site's pages: each step as a zip, its diff, and all its files.

`python -m tools.site.code_pages.build` writes them to `docs/code/`, which git ignores, before the
site is built: so a build, a served site and one on the disk all have them.
"""

import re
import shutil
import sys
from pathlib import Path

from pygments.formatters import HtmlFormatter

from tools.chain.changes import changes
from tools.chain.git import GitError
from tools.chain.steps import ROOT, step_pairs
from tools.site.code_pages.archive import archive
from tools.site.code_pages.standalone_pages import browse_page, diff_page
from tools.site.footer import FOLDER, addresses

DARK = "@media (prefers-color-scheme: dark)"
# Of Pygments' styles those that are read best on the colours of changes.
CODE = {"light": "xcode", "dark": "github-dark"}


def write(root: Path = ROOT) -> None:
    """Write the files of all steps of the repository `root`, in place of older ones.

    Raises ValueError for a file of a step that is no text, and GitError without git.
    """
    folder = root / "docs" / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    css = style()
    for before, step in step_pairs(root):
        changed = changes(before, step)
        there = {kind: root / "docs" / to for kind, to in addresses(step).items()}
        there["zip"].write_bytes(archive(step))
        for kind, page in (("diff", diff_page), ("browse", browse_page)):
            html = page(step, changed, css)
            there[kind].write_text(html, "utf-8", newline="\n")


def style() -> str:
    """Give the style of the pages: their own, the site's, and that of code."""
    own = Path(__file__).with_name("style.css").read_text("utf-8")
    light, dark = (
        HtmlFormatter(style=CODE[scheme], nobackground=True).get_style_defs(".line")
        for scheme in ("light", "dark")
    )
    site = _by_media((ROOT / "docs" / "site.css").read_text("utf-8"))
    return f"{site}\n{own}\n{light}\n{DARK} {{\n{dark}\n}}\n"


def _by_media(css: str) -> str:
    """The site's style, its dark colours by what the system prefers, not by a switch."""
    dark = r'^\[data-md-color-scheme="slate"\] (\{.*?^\})'
    return re.sub(dark, rf"{DARK} {{ :root \1 }}", css, flags=re.MULTILINE | re.DOTALL)


def main() -> int:
    """Write the files of this repository; give the exit code."""
    try:
        write()
    except (GitError, OSError, ValueError) as error:
        print(
            f"The zips, diffs and code pages cannot be made: {error}", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
