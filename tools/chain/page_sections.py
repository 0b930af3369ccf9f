"""The sections of a step's page, and the one to read about a test or a file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from markdown.extensions.toc import slugify, unique

from tools.chain.steps import Step, all_steps, split_front_matter

FENCE = re.compile(r"\s*(`{3,}|~{3,}) *([\w-]*)")
HEADING = re.compile(r"(#{2,4}) +(.+)")


@dataclass
class Section:
    """A part of a page: its heading, its prose, and the files that it shows."""

    page: Path
    title: str
    anchor: str
    level: int = 2
    prose: str = ""
    shows: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        page = f"{self.page.parent.name}/{self.page.name}"
        return f"{page}, section {self.title} ({self.page.stem}.html#{self.anchor})"


def blocks(
    page: Path, kinds: tuple[str, ...] = ("change", "generated", "install")
) -> Iterator[tuple[str, dict]]:
    """Yield the kind and the content of each of a page's fences of some kinds."""
    for kind, text in parts(page):
        if kind in kinds:
            yield kind, yaml.safe_load(text) or {}


def sections(page: Path) -> list[Section]:
    """Give the sections of a page, in order; none where there is no page."""
    found: list[Section] = []
    anchors: set[str] = set()
    for kind, text in parts(page):
        if heading := kind == "heading" and HEADING.fullmatch(text):
            mark, title = heading.groups()
            title = title.replace("`", "").strip()
            anchor = unique(slugify(title, "-"), anchors)
            found.append(Section(page, title, anchor, len(mark)))
        elif found and kind == "prose":
            found[-1].prose += text
        elif found and kind in ("change", "generated"):
            wanted = yaml.safe_load(text) or {}
            found[-1].shows += wanted.get("paths", [wanted.get("path")])
    return found


def about(step: Step, test: str, paths: list[str]) -> tuple[Section | None, str]:
    """Give the section to read about a test of a step, and the file to look at there.

    `test` is "tests/test_x.py::test_name", or only the file; `paths` are the files
    that it may be about, the likeliest first. It is the section whose prose names the
    test, exercises apart; else the one that shows the first of the files that any
    shows; else the first that shows anything. The step's own page comes before that
    of the step that brought the test.
    """
    file, _, name = test.partition("::")
    pages = [sections(step.page)]
    if (first := _origin(step, file, name)) != step:
        pages.append(sections(first.page))
    named = re.compile(rf"\b{re.escape(name)}\b")
    for page in pages:
        for section in page:
            # An exercise names the tests that it breaks, and explains none.
            if name and section.title != "Exercise" and named.search(section.prose):
                return section, ""
    for path in [*paths, file]:
        for page in pages:
            for section in page:
                if path in section.shows:
                    return section, path
    return next((s for page in pages for s in page if s.shows), None), ""


def _origin(step: Step, file: str, name: str) -> Step:
    """The first step that has the test."""
    for other in all_steps(step.folder.parent.parent):
        path = other.folder / file
        text = path.read_text("utf-8") if path.is_file() else ""
        if re.search(rf"\bdef {re.escape(name)}\b", text):
            return other if other.number < step.number else step
    return step


def parts(page: Path) -> Iterator[tuple[str, str]]:
    """Yield the parts of a page: "heading", "prose" line by line, or a fence's language."""
    fence, kind, inside = "", "", []
    text = page.read_text("utf-8") if page.exists() else ""
    for line in split_front_matter(text)[1].split("\n"):
        mark = FENCE.match(line)
        if not fence and mark:
            fence, kind, inside = mark[1], mark[2], []
        elif fence and line.strip() == fence:
            yield kind, _dedented(inside)
            fence = ""
        elif fence:
            inside.append(line)
        elif HEADING.fullmatch(line.rstrip()):
            yield "heading", line.rstrip()
        else:
            yield "prose", f"{line}\n"


def _dedented(lines: list[str]) -> str:
    """A fence's lines without the indentation of what it stands in."""
    filled = [line for line in lines if line.strip()]
    indent = min((len(line) - len(line.lstrip()) for line in filled), default=0)
    return "\n".join(line[indent:] for line in lines)
