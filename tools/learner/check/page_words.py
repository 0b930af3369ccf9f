"""What a page says where it shows a piece of a file, or names a test."""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from tools.chain.changes import Change
from tools.chain.page_sections import Section, parts, sections
from tools.site.selection import SelectionError, select

SHOWS = ("change", "generated")
ENOUGH = 450  # letters of a paragraph, after which it ends with its sentence
WIDTH = 76
MARK = "    > "
FOLD = re.compile(r"\s*(\?\?\?|!!!|===)\+? *(question|success)?")


@dataclass(frozen=True)
class Piece:
    """A block of a page that shows a piece of a file, with the words around it."""

    section: Section
    wanted: dict
    words: tuple[str, ...]

    def shows(self, path: str) -> bool:
        return path in self.wanted.get("paths", [self.wanted.get("path")])

    def lines(self, change: Change) -> set[str]:
        """Give the texts of the lines that the block shows or makes, stripped."""
        where = {k: v for k, v in self.wanted.items() if k not in ("path", "note")}
        where = {} if "paths" in where else where
        try:
            chosen = [change.lines[index] for index in select(change, where)]
        except SelectionError:
            return set()
        return {line.text.strip() for line in chosen if line.op == "+"}


def pieces(page: Path) -> list[Piece]:
    """Give the blocks of a page that show pieces of files, in order."""
    listed = sections(page)
    flow = list(_flow(page))
    found = []
    number = -1
    for index, (kind, content) in enumerate(flow):
        number += kind == "heading"
        if kind in SHOWS:
            wanted = yaml.safe_load(content) or {}
            found.append(Piece(listed[number], wanted, tuple(_around(flow, index))))
    return found


def paragraph_with(section: Section, name: str) -> str:
    """Give the paragraph of a section that names a test, "" where none does."""
    for text in _paragraphs(section.prose):
        if re.search(rf"\b{re.escape(name)}\b", text):
            return " ".join(text.split())
    return ""


def quoted(paragraphs: list[str] | tuple[str, ...]) -> Iterator[str]:
    """Yield paragraphs of Markdown as lines to print, shortened."""
    for text in paragraphs:
        plain = re.sub(r"!?\[([^]]*)\]\([^)]*\)(\{[^}]*\})?", r"\1", text)
        plain = re.sub(r"(?<![\w`*])\*{1,2}([^*`]+)\*{1,2}(?![\w`*])", r"\1", plain)
        yield from textwrap.wrap(
            _shortened(plain), WIDTH, initial_indent=MARK, subsequent_indent=MARK
        )


def _shortened(text: str) -> str:
    if len(text) <= ENOUGH:
        return text
    cut = re.match(rf".{{80,{ENOUGH}}}[.:!?](?= )", text)
    return f"{cut[0] if cut else text[:ENOUGH]} …"


def _around(flow: list[tuple[str, str]], index: int) -> Iterator[str]:
    """The paragraph that leads to a block, and the one that explains it afterwards.

    What ends in a colon belongs to the block below it; else a paragraph alone between
    two blocks belongs to the one above.
    """
    kinds = ["", "", *(kind for kind, _ in flow), ""]
    before, after = kinds[index + 1] == "prose", kinds[index + 3] == "prose"
    if before and (flow[index - 1][1].endswith(":") or kinds[index] not in SHOWS):
        yield flow[index - 1][1]
    if after and not flow[index + 1][1].endswith(":"):
        yield flow[index + 1][1]


def _flow(page: Path) -> Iterator[tuple[str, str]]:
    """A page as headings, paragraphs, fences, and "fold" where one begins.

    What answers a question or an exercise is a "fold" too, and never quoted.
    """
    prose = ""
    hidden = False
    for kind, text in [*parts(page), ("end", "")]:
        if kind == "prose":
            prose += text
            continue
        for paragraph in _paragraphs(prose):
            fold = FOLD.match(paragraph)
            inside = paragraph.startswith("    ")
            hidden = bool(fold and fold[2]) or (hidden and inside)
            words = " ".join(paragraph.split())
            yield ("fold" if fold or hidden else "prose"), words
        prose = ""
        yield kind, text


def _paragraphs(prose: str) -> list[str]:
    found = (text.strip("\n") for text in re.split(r"\n\s*?\n", prose))
    return [text for text in found if text.strip()]
