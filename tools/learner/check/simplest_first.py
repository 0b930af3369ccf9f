"""The order in which learners meet a step's tests: the simplest ones first."""

import re
from functools import cache
from pathlib import Path

from tools.chain.page_sections import blocks
from tools.chain.steps import Step, all_steps

LAST = 10_000


def rank(step: Step, test: str) -> tuple[int, int, int]:
    """Give a test's place among a step's tests, to sort by.

    `test` is "tests/test_x.py::test_name", or only the file. A file that an earlier
    step brought comes first, because all else builds on what it tests. After that it
    is the order of the files on the page, and the order in the file.
    """
    file, _, name = test.partition("::")
    text = _text(step.folder / file)
    found = re.search(rf"\bdef {re.escape(name.partition('[')[0])}\b", text)
    chain = all_steps(step.folder.parent.parent)
    first = next((s for s in chain if (s.folder / file).is_file()), step)
    return first.number, _place(first.page, file), found.start() if found else 0


@cache
def _text(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""


@cache
def _place(page: Path, file: str) -> int:
    """The place of a file of tests among the blocks of a page."""
    shown = [wanted.get("path") for _, wanted in blocks(page, ("change",))]
    return shown.index(file) if file in shown else LAST
