"""The HTML of two pages a step: the whole project, and all that changes in it.

They stand alone: no script, no other file. What changed is said in words and by marks,
not by colour alone.
"""

from html import escape

from tools.chain.changes import Change, Line
from tools.chain.requirements import entries, is_lock
from tools.chain.steps import Step, step_files
from tools.site.code_pages.side_by_side import paired_block
from tools.site.diff_block import change_block, row, sides, title
from tools.site.footer import addresses, anchor
from tools.site.selection import with_context

SAME = "="  # the status of a file that does not change
SAID = {"A": "new", "M": "changed", "D": "deleted", "R": "renamed"}


def diff_page(step: Step, changed: list[Change], css: str) -> str:
    """Give the page with all that changes in a step."""
    changed = sorted(changed, key=lambda change: change.path)
    shown = {change: _changed(change) for change in changed}
    return _page(step, "what changes", shown, css)


def _changed(change: Change) -> str:
    """What changes in a file; side by side where it had lines and has some."""
    if is_lock(change.text("new")):
        return _lock(change)
    shown = with_context(change, change.changed)
    if change.status in "AD" or not shown:
        return change_block(change, shown, None)
    return paired_block(change, shown)


def browse_page(step: Step, changed: list[Change], css: str) -> str:
    """Give the page with all files of a step, and the names of those that went."""
    by_path = {change.path: change for change in changed}
    for path in step_files(step.folder):
        by_path.setdefault(path, _unchanged(step, path))
    shown = {by_path[path]: _whole(by_path[path]) for path in sorted(by_path)}
    return _page(step, "the whole project", shown, css)


def _unchanged(step: Step, path: str) -> Change:
    lines = (step.folder / path).read_text("utf-8").split("\n")[:-1]
    same = tuple(Line(" ", text, n, n) for n, text in enumerate(lines, 1))
    return Change(step.name, path, SAME, path, same)


def _whole(change: Change) -> str:
    """A file as it is after the step, its new lines marked where it has old ones."""
    if change.status == "D":
        return ""
    if is_lock(change.text("new")):
        return _lock(change)
    html = sides(change)
    rows = [row(line, html) for line in change.lines if line.new]
    return (
        f'<div class="highlight change whole"><pre tabindex="0"><code>{chr(10).join(rows)}'
        "</code></pre></div>"
        if rows
        else "<p>(an empty file)</p>"
    )


def _lock(change: Change) -> str:
    """What stands in place of a lock, whose hundreds of hashes nobody reads."""
    count = len({entry.name for entry in entries(change.text("new"))})
    return f"<p>(a lock of {count} packages with their hashes, which is in the zip)</p>"


def _page(step: Step, what: str, shown: dict[Change, str], css: str) -> str:
    name = f"{step.number}. {escape(step.title)}"
    links = {f"../{step.name}.html": f"Step {name}"}
    for kind, text in (
        ("browse", "The whole project"),
        ("diff", "What changes"),
        ("zip", "Zip"),
    ):
        links[f"../{addresses(step)[kind]}"] = text
    top = "".join(f'<a href="{to}">{text}</a> ' for to, text in links.items())
    sections = "".join(_section(change, html) for change, html in shown.items())
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{name}: {what}</title>
<style>
{css}</style>
</head>
<body class="md-typeset">
<nav class="top" aria-label="This step">{top}</nav>
<header>
<h1>{name}: {what}</h1>
<p>{_counted(list(shown))}</p>
</header>
<div class="columns">
<nav class="tree" id="files" aria-label="Files"><details open><summary>Files</summary>
{_tree([(change.path.split("/"), change) for change in shown])}
</details></nav>
<main>
{sections}</main>
</div>
</body>
</html>
"""


def _counted(shown: list[Change]) -> str:
    """How many files there are, and what happens to how many."""
    there = len([change for change in shown if change.status != "D"])
    said = [f"{there} files" if there != 1 else "1 file"]
    for status, word in SAID.items():
        if number := len([change for change in shown if change.status == status]):
            said.append(f"{number} {word}")
    return escape(", ".join(said)) + "."


def _tree(entries: list[tuple[list[str], Change]]) -> str:
    """Nested lists of links; each entry is what is left of a path, and its change."""
    folders: dict[str, list] = {}
    items = ""
    for (first, *rest), change in entries:
        if rest:
            folders.setdefault(first, []).append((rest, change))
        else:
            items += f'<li><a href="#{anchor(change.path)}">{escape(first)}</a>'
            items += f"{_mark(change)}</li>"
    for name, inside in folders.items():
        head = f"<summary>{escape(name)}/</summary>"
        items += f"<li><details open>{head}{_tree(inside)}</details></li>"
    return f"<ul>{items}</ul>"


def _section(change: Change, html: str) -> str:
    gone = ' class="gone"' if change.status == "D" else ""
    name = title(change, "") if change.status == "R" else escape(change.path)
    return (
        f'<section id="{anchor(change.path)}"{gone}>'
        f"<h2>{name}{_mark(change)}</h2>"
        f'<a class="up" href="#files">All files</a>{html}</section>\n'
    )


def _mark(change: Change) -> str:
    if change.status == SAME:
        return ""
    ops = [line.op for line in change.lines]
    counts = [
        f"{sign}{ops.count(op)}" for op, sign in (("+", "+"), ("-", "−")) if op in ops
    ]
    words = (
        SAID[change.status]
        if change.status in "AD"
        else " ".join([SAID[change.status], *counts])
    )
    return f' <span class="mark">{words}</span>'
