"""One line of Markdown as HTML, for texts that stand in YAML."""

import re

from markdown import Markdown
from markdown.blockprocessors import ParagraphProcessor
from markdown.util import Registry

PAGE = re.compile(r'(?<=href=")(\w+)\.md(?=["#])')


def inline(text: str) -> str:
    """Give a text as HTML: code, emphasis and links are Markdown, all else is text."""
    md = Markdown()
    md.preprocessors.deregister("html_block")
    md.inlinePatterns.deregister("html")
    md.parser.blockprocessors = Registry()
    md.parser.blockprocessors.register(ParagraphProcessor(md.parser), "paragraph", 1)
    html = md.convert(" ".join(text.split()))
    return PAGE.sub(r"\1.html", html.removeprefix("<p>").removesuffix("</p>"))
