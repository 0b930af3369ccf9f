"""A page of the site while it is built: which file it is, and of which step.

A Python-Markdown extension, so that it works under any site generator: it finds the
file in `docs/` whose text is being converted.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from html import escape
from itertools import takewhile
from pathlib import Path
from typing import ClassVar

from markdown import Extension
from markdown.preprocessors import Preprocessor

from tools.chain.changes import Change, changes
from tools.chain.steps import ROOT, Step, all_steps, split_front_matter
from tools.site.footer import page_end
from tools.site.header import page_head


class Page:
    """One page of `docs/`: its fences ask it for what they show."""

    def __init__(self, path: Path, root: Path):
        self.path = path
        self.root = root
        self._claimed: dict[tuple[str, int], int] = {}
        self._located: Counter = Counter()
        self._whole: set[str] = set()
        self._counts: Counter = Counter()
        self._line = 0

    @cached_property
    def steps(self) -> list[Step]:
        return all_steps(self.root)

    @cached_property
    def step(self) -> Step:
        """The step that the page narrates; raises ValueError where it is none's."""
        for step in self.steps:
            if step.page == self.path:
                return step
        raise ValueError(f"{self.path.name} is not the page of a step")

    @property
    def is_of_a_step(self) -> bool:
        return any(step.page == self.path for step in self.steps)

    @property
    def before(self) -> Step | None:
        """The step before the page's; raises ValueError where it is none's."""
        index = self.steps.index(self.step)
        return self.steps[index - 1] if index else None

    @cached_property
    def changes(self) -> dict[str, Change]:
        found = changes(self.before, self.step)
        return {change.path: change for change in found}

    def change(self, path: str) -> Change:
        """Give what changes in a file; raises ValueError where nothing does."""
        if path not in self.changes:
            raise ValueError(f"{path} does not change in {self.step.name}")
        return self.changes[path]

    def claim(self, change: Change, chosen: list[int]) -> None:
        """Note that lines are shown; raises ValueError for what is shown already."""
        for index in chosen:
            first = self._claimed.setdefault((change.path, index), self._line)
            if first != self._line:
                text = change.lines[index].text.strip()
                raise ValueError(f"“{text}” is shown on line {first} already")

    def has_shown_whole(self, path: str) -> bool:
        """Say whether the page has a whole file already, and note that it has it now."""
        there = path in self._whole
        self._whole.add(path)
        return there

    def recorded(self, name: str, step: str | None = None) -> Path:
        """Give the path of a recording, of the page's own step or another's.

        Raises ValueError where there is none.
        """
        step = step or self.path.stem
        path = self.root / "docs" / "recorded" / step / name
        if not path.exists():
            raise ValueError(f"there is no recording {step}/{name}")
        return path

    def address(self, path: Path) -> str:
        """Give the address of a file of `docs/`, as seen from the page."""
        return path.relative_to(self.path.parent).as_posix()

    def locate(self, language: str, source: str) -> str:
        """Give "docs/page.md:12", the place of the next fence with this content."""
        content = _filled(source.split("\n"))
        lines = [line.strip() for line in self.path.read_text("utf-8").split("\n")]
        places = [
            number
            for number, line in enumerate(lines, 1)
            if re.fullmatch(rf"([`~])\1{{2,}}\s*{language}", line)
            and _filled(takewhile(_is_no_fence, lines[number:])) == content
        ]
        earlier = self._located[(language, *content)]
        self._located[(language, *content)] += 1
        self._line = places[min(earlier, len(places) - 1)] if places else 0
        return f"{self.path.relative_to(self.root).as_posix()}:{self._line}"

    def count(self, what: str) -> int:
        """Give the number of something on the page, from 1, one higher each time."""
        self._counts[what] += 1
        return self._counts[what]

    def tabs(self, blocks: dict[str, str]) -> str:
        """Give blocks of HTML as a set of tabs, as pymdownx.tabbed writes them."""
        name = f"__change_{self.count('tabs')}"
        inputs = labels = contents = ""
        for number, (label, block) in enumerate(blocks.items(), 1):
            checked = " checked" if number == 1 else ""
            one = f"{name}_{number}"
            inputs += f'<input{checked} id="{one}" name="{name}" type="radio">'
            labels += f'<label for="{one}">{escape(label)}</label>'
            contents += f'<div class="tabbed-block">{block}</div>'
        return (
            f'<div class="tabbed-set tabbed-alternate" data-tabs="{name}:{len(blocks)}">'
            f'{inputs}<div class="tabbed-labels">{labels}</div>'
            f'<div class="tabbed-content">{contents}</div></div>'
        )


def _filled(lines: Iterable[str]) -> list[str]:
    """The lines that are not blank, without the spaces around them."""
    return [line.strip() for line in lines if line.strip()]


def _is_no_fence(line: str) -> bool:
    return not line.startswith(("```", "~~~"))


class _FindPage(Preprocessor):
    def __init__(self, md, root: Path):
        super().__init__(md)
        self.root = root

    def run(self, lines: list[str]) -> list[str]:
        page = self._find("\n".join(lines).strip())
        # For fences.py; Markdown itself has no such attribute.
        self.md.tutorial_page = page  # pyright: ignore[reportAttributeAccessIssue]
        return [*_beginning(page), *lines, *_ending(page)] if page else lines

    def _find(self, body: str) -> Page | None:
        for path in sorted((self.root / "docs").glob("**/*.md")):
            if split_front_matter(path.read_text("utf-8"))[1].strip() == body:
                return Page(path, self.root)
        return None


def _beginning(page: Page) -> list[str]:
    """The head of a step's page: where one is, how long and how hard it will be."""
    return page_head(page.steps, page.step) if page.is_of_a_step else []


def _ending(page: Page) -> list[str]:
    """The end of a step's page: how to compare, and what to take along."""
    return page_end(page.before, page.step) if page.is_of_a_step else []


class PageExtension(Extension):
    """Tell the fences which page they are on."""

    config: ClassVar = {"root": [str(ROOT), "the repository"]}

    def extendMarkdown(self, md):
        finder = _FindPage(md, Path(self.getConfig("root")))
        md.preprocessors.register(finder, "tutorial-page", 200)


def makeExtension(**kwargs):
    return PageExtension(**kwargs)
