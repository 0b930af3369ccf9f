"""The code blocks that the pages are made of, as SuperFences custom fences.

A page says what to show and where it comes from; the site's build reads it there:

- `change` shows a piece of what changes in the page's step;
- `generated` names the files that a command makes;
- `install` is the pip command for the packages that it lists;
- `recorded` shows output that a test took from the running step, and frames in sequence;
- `picture` shows a screenshot that a test took, in light and dark.

All of them hold YAML. What points at nothing stops the build with page and line.
"""

import struct
from collections.abc import Callable
from functools import wraps
from html import escape

import yaml
from pymdownx.superfences import SuperFencesException

from tools.chain.requirements import pins, pip_command
from tools.site.diff_block import change_block, whole_file
from tools.site.footer import addresses, anchor
from tools.site.frames import sequence, talks
from tools.site.highlight import coloured
from tools.site.page import Page
from tools.site.selection import select, with_context


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
    """Show a piece of a file's change, and the whole file in a second tab, once."""
    path, note = wanted.pop("path"), wanted.pop("note", None)
    found = page.change(path)
    chosen = select(found, wanted)
    page.claim(found, chosen)
    shown = with_context(found, chosen)
    new = found.status == "A" and len(shown) == len(found.lines)
    if found.status == "D" or new:
        return change_block(found, shown, note)
    if page.has_shown_whole(path):
        link = f"{addresses(page.step)['browse']}#{anchor(path)}"
        return change_block(found, shown, note, f' <a href="{link}">whole file</a>')
    first = change_block(found, shown, note)
    return page.tabs({"What changes": first, "Whole file": whole_file(found)})


@fence
def generated(page: Page, wanted: dict) -> str:
    """Name a command and the files that it makes."""
    command = escape(wanted["command"])
    items = ""
    for path in wanted["paths"]:
        page.change(path)
        items += (
            f'<li><code class="generated" data-step="{page.step.name}" '
            f'data-path="{escape(path)}">{escape(path)}</code></li>'
        )
    return (
        f'<div class="highlight makes" data-command="{command}">'
        f"<pre><code>{command}</code></pre></div>"
        f"<p>The command makes:</p><ul>{items}</ul>"
    )


@fence
def install(page: Page, wanted: dict) -> str:
    """Show the pip command for some packages, at the versions of requirements.txt."""
    command = escape(pip_command(wanted["packages"], pins(page.root)), quote=False)
    return f'<div class="highlight"><pre><code>{command}\n</code></pre></div>'


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
    return f'<div class="highlight" data-search-exclude>{head}<pre><code>{lines}\n</code></pre></div>'


@fence
def picture(page: Page, wanted: dict) -> str:
    """Show a screenshot in the reader's colours."""
    images = ""
    for scheme in ("light", "dark"):
        path = page.recorded(f"{wanted['name']}-{scheme}.png", wanted.get("of"))
        width, height = struct.unpack(">II", path.read_bytes()[16:24])
        images += (
            f'<img src="{page.address(path)}#only-{scheme}" alt="{escape(wanted["alt"])}" '
            f'width="{width // 2}" height="{height // 2}">'
        )
    return f'<figure class="screenshot">{images}</figure>'
