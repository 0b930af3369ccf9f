"""Which file a failure is about, and what a page says about it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tools.chain import page_sections
from tools.chain.changes import changes
from tools.chain.git import GitError
from tools.chain.page_sections import Section
from tools.chain.steps import Step, all_steps
from tools.learner import project
from tools.learner.check import page_words
from tools.learner.code_places import Difference, difference
from tools.learner.diff import same


@dataclass(frozen=True)
class Hint:
    """Where to look and what to read: `path` is the file, "" where none differs.

    `names` are its classes, functions and variables that the learner has otherwise.
    """

    step: Step
    path: str = ""
    is_there: bool = True
    names: tuple[str, ...] = ()
    section: Section | None = None
    words: tuple[str, ...] = ()

    def where(self) -> str:
        """Say which file to look at, and where in it."""
        if not self.path:
            return "All your files are the same as the step's."
        if not self.is_there:
            return f"Your project doesn't have {self.path} yet."
        names = f": {', '.join(self.names[:2])}" if self.names else ""
        return f"Have a look at {self.path}{names}."

    def read(self) -> str:
        """Say what to read."""
        return f"read {self.section or f'docs/{self.step.name}.md'}"

    def __str__(self) -> str:
        return f"{self.read()}, about {self.path}" if self.path else self.read()


def find(step: Step, folder: Path, test: str, paths: list[str]) -> Hint:
    """Give the hint for a failing test of a step, or for files.

    `paths` are the files that it may be about. Those come first that are not as in
    the step, because the mistake is in them. `folder` is the learner's project.
    """
    path = _to_look_at(step, folder, paths)
    hint = Hint(step, path)
    if path:
        found = difference(step.folder / path, folder / path)
        is_there = (folder / path).is_file()
        hint = _about_file(step, found, replace(hint, is_there=is_there))
    section, shown = page_sections.about(step, test, [*filter(None, [path]), *paths])
    name = test.partition("::")[2]
    if (
        section
        and name
        and not shown
        and (words := page_words.paragraph_with(section, name))
    ):
        return replace(hint, section=section, words=(words,))
    return hint if hint.section else replace(hint, section=section)


def _to_look_at(step: Step, folder: Path, paths: list[str]) -> str:
    ours = [path for path in project.files_of(step) if not path.startswith("tests/")]
    ours.sort(key=lambda path: not path.endswith(".py"))
    listed = [path for path in dict.fromkeys([*paths, *ours]) if path in ours]
    differ = (path for path in listed if not same(step.folder / path, folder / path))
    return next(differ, "")


def _about_file(step: Step, found: Difference, hint: Hint) -> Hint:
    """Add what the latest page says that shows one of the lines to look at."""
    texts = found.texts()
    for before, other in _latest_first(step):
        old = _lines(before, hint.path) if before else set()
        if not (_lines(other, hint.path) & texts) - old:
            continue
        for piece, lines in _pieces(before, other, hint.path):
            if lines & texts:
                names = found.names_at(lines & texts) or found.names()
                hint = replace(hint, section=piece.section, words=piece.words)
                return replace(hint, names=tuple(names))
    return replace(hint, names=tuple(found.names()))


def _pieces(before: Step | None, step: Step, path: str) -> Iterator:
    """The blocks of a step's page that show a file, each with its new lines."""
    try:
        changed = [each for each in changes(before, step) if each.path == path]
    except GitError:
        return
    shown = [piece for piece in page_words.pieces(step.page) if piece.shows(path)]
    yield from ((piece, piece.lines(change)) for change in changed for piece in shown)


def _latest_first(step: Step) -> Iterator[tuple[Step | None, Step]]:
    chain = all_steps(step.folder.parent.parent)
    known = [each for each in chain if each.number <= step.number]
    return zip([*known[-2::-1], None], known[::-1], strict=True)


def _lines(step: Step, path: str) -> set[str]:
    file = step.folder / path
    if not file.is_file():
        return set()
    text = file.read_text("utf-8", errors="replace")
    return {line.strip() for line in text.split("\n")}


def related_files(step: Step, test: str, note: dict) -> list[str]:
    """Give the files that the failure of a test may be about.

    They are those that the error names or comes through, then the one that the test's
    file is named after, then those that it imports.
    """
    found = [path for path, _ in note["places"] if not path.startswith("tests/")]
    if module := note.get("module") or note.get("lacks"):
        found.insert(0, f"{module.replace('.', '/')}.py")
    file = test.partition("::")[0]
    name = Path(file).stem.removeprefix("test_")
    found += [path for path in project.files_of(step) if Path(path).stem == name]
    source = step.folder / file
    return found + (_imported(source.read_text("utf-8")) if source.is_file() else [])


def _imported(text: str) -> list[str]:
    """The files that the imports of a Python file may mean."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module:
            path = node.module.replace(".", "/")
            found += [f"{path}.py", *(f"{path}/{name.name}.py" for name in node.names)]
    return found
