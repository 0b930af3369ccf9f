"""Colour code line by line, for pages that show changes."""

import re
from functools import lru_cache

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
from pygments.util import ClassNotFound

# Names and spaces have no colour of their own; without their marks pages are lighter.
PLAIN = re.compile(r'<span class="(?:n|w)">([^<]*)</span>')


def language_of(path: str) -> str:
    """Give Pygments' name of the language that a file of this path is written in."""
    if path.endswith(".html"):
        return "html+django"
    try:
        return get_lexer_for_filename(path).aliases[0]
    except ClassNotFound:
        return "text"


@lru_cache(maxsize=512)
def coloured(text: str, language: str) -> tuple[str, ...]:
    """Give each line of a text as HTML with Pygments' classes.

    The text content of each is exactly the line.
    """
    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    html = PLAIN.sub(r"\1", highlight(text, lexer, HtmlFormatter(nowrap=True)))
    return tuple(html.removesuffix("\n").split("\n")) if text else ()
