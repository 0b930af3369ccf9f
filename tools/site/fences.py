"""The code blocks that the pages are made of, as SuperFences custom fences.

A page says what to show and where it comes from; the site's build reads it there:

- `change` shows a piece of what changes in the page's step;
- `generated` names the files that a command makes;
- `install` is the pip command for the packages that it lists;
- `clone` is the git command for the repository;
- `recorded` shows output that a test took from the running step, and frames in sequence;
- `picture` shows a screenshot that a test took, in light and dark.

All of them hold YAML, and so do `quiz`, `moving`, `way` and those of the tables. What
points at nothing stops the build with page and line.
"""

import os
import struct
from collections.abc import Callable
from functools import wraps
from html import escape
from itertools import groupby
from pathlib import Path
from posixpath import basename, dirname

import yaml
from pymdownx.superfences import SuperFencesException

from tools.chain.requirements import pins, pip_command
from tools.site.diff_block import change_block, whole_file
from tools.site.footer import addresses, anchor
from tools.site.frames import sequence, talks
from tools.site.highlight import coloured
from tools.site.page import Page
from tools.site.selection import select, with_context

STAND_IN = "REPOSITORY"
CLONE = "realtime-django"  # the folder that a learner's clone is in
AFTER = "Whole file after this step"


def fence(render: Callable[[Page, dict], str]) -> Callable:
    """Turn a function of page and options into a SuperFences formatter.

    Whatever is wrong with the block becomes the one exception that stops a build
    (any other leaves a plain block, and `mkdocs build --strict` ends with success).
    """

    @wraps(render)
    def formatter(source, language, css_class, options, md, **kwargs):
        page = getattr(md, "tutorial_page", None)
        if page is None:
            raise SuperFencesException(f"{language}: the text is that of no page")
        where = page.locate(language, source)
        try:
            wanted = yaml.safe_load(source) or {}
            if not isinstance(wanted, dict):
                raise ValueError("the block needs “key: value” lines")
            return render(page, wanted)
        except Exception as error:
            reason = (
                f"“{error.args[0]}” is missing" if type(error) is KeyError else error
            )
            raise SuperFencesException(f"{where}: {language}: {reason}") from error

    return formatter


@fence
def change(page: Page, wanted: dict) -> str:
    """Show a piece of a file's change, and the whole file in a second tab, once.

    A piece with `except` has no such tab: its reader must not yet have what comes later.
    """
    path, note = wanted.pop("path"), wanted.pop("note", None)
    found = page.change(path)
    chosen = select(found, wanted)
    page.claim(found, chosen)
    shown = with_context(found, chosen)
    new = found.status == "A" and len(shown) == len(found.lines)
    if found.status == "D" or new:
        return change_block(found, shown, note)
    if "except" in wanted:
        return change_block(found, shown, note, gaps=found.status != "A")
    if page.has_shown_whole(path):
        link = f"{addresses(page.step)['browse']}#{anchor(path)}"
        return change_block(
            found, shown, note, f' <a href="{link}">{AFTER.lower()}</a>'
        )
    first = change_block(found, shown, note)
    return page.tabs({"What changes": first, AFTER: whole_file(found)})


@fence
def generated(page: Page, wanted: dict) -> str:
    """Name a command, the `answers` to what it asks, and the files that it makes.

    `besides` are files that it makes too and that do not stay so, with what becomes of each.
    """
    paths, besides = wanted["paths"], wanted.get("besides")
    for path in paths:
        page.change(path)

    def name(path: str, shown: str) -> str:
        where = f'data-step="{page.step.name}" data-path="{escape(path)}"'
        mark = f' class="generated" {where}' if path in paths else ""
        return f"<code{mark}>{escape(shown)}</code>"

    if besides:
        items = _tree(dict.fromkeys(paths, "keep it") | besides, name)
    else:
        items = "".join(f"<li>{name(path, path)}</li>" for path in paths)
    command = escape(wanted["command"])
    return (
        f'<div class="highlight makes" data-command="{command}">'
        f"<pre><code>{command}</code></pre></div>"
        f"{_answers(wanted.get('answers', []))}<p>The command makes:</p><ul>{items}</ul>"
    )


def _answers(answers: list[str]) -> str:
    """What to type, in a sentence."""
    shown = [f'<code class="answer">{escape(each)}</code>' for each in answers]
    return f"<p>It asks. Answer {', then '.join(shown)}.</p>" if shown else ""


def _tree(files: dict[str, str], name: Callable[[str, str], str]) -> str:
    """Files folder by folder, each with what becomes of it, as the items of a list."""
    html = ""
    in_order = sorted(files, key=lambda path: (dirname(path), path))
    for folder, paths in groupby(in_order, dirname):
        items = "".join(
            f"<li>{name(path, basename(path))}: {escape(files[path])}</li>"
            for path in paths
        )
        head = f"<code>{escape(folder)}/</code>"
        html += f"<li>{head}<ul>{items}</ul></li>" if folder else items
    return html


@fence
def install(page: Page, wanted: dict) -> str:
    """Show the pip command for some packages, at the versions of requirements.txt."""
    words = pip_command(wanted["packages"], pins(page.root)).split(" ")
    html = " ".join(
        f'<span class="word">{escape(w, quote=False)}</span>' for w in words
    )
    return f'<div class="highlight command"><pre><code>{html}\n</code></pre></div>'


@fence
def clone(page: Page, wanted: dict) -> str:
    """Show how to get the repository, and what to type `then`.

    Where REPO_URL is unset, a stand-in takes its place.
    """
    address = os.environ.get("REPO_URL")
    lines = [f"git clone {address or STAND_IN} {CLONE}", f"cd {CLONE}"]
    lines += wanted.get("then", [])
    code = "<pre><code>" + escape("".join(f"{x}\n" for x in lines)) + "</code></pre>"
    block = f'<div class="highlight command">{code}</div>'
    if address:
        return block
    return (
        f"{block}<p>Write the repository's address in place of <code>{STAND_IN}</code>: "
        "this copy of the site was built without it.</p>"
    )


@fence
def recorded(page: Page, wanted: dict) -> str:
    """Show a text that a test recorded from the running step."""
    text = page.recorded(wanted["file"]).read_text("utf-8")
    if frames := talks(text):
        return sequence(frames, wanted.get("title"))
    language = {"py": "python", "pytb": "pytb", "json": "json"}.get(
        wanted["file"].rpartition(".")[2], "text"
    )
    title = wanted.get("title")
    head = f'<span class="filename">{escape(title)}</span>' if title else ""
    lines = "\n".join(coloured(text, language))
    return (
        f'<div class="highlight output" data-search-exclude>{head}'
        f"<pre><code>{lines}\n</code></pre></div>"
    )


@fence
def picture(page: Page, wanted: dict) -> str:
    """Show a screenshot in the reader's colours."""
    images = ""
    for scheme in ("light", "dark"):
        path = page.recorded(f"{wanted['name']}-{scheme}.png", wanted.get("of"))
        width, height = size_of(path)
        images += (
            f'<img src="{page.address(path)}#only-{scheme}" alt="{escape(wanted["alt"])}" '
            f'width="{width // 2}" height="{height // 2}">'
        )
    return f'<figure class="screenshot">{images}</figure>'


def size_of(path: Path) -> tuple[int, int]:
    """Give the width and the height of a PNG file."""
    return struct.unpack(">II", path.read_bytes()[16:24])
