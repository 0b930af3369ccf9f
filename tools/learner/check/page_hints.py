"""Which file a failure is about, and where a page tells of it."""

import ast
from pathlib import Path

from tools.chain import page_sections
from tools.chain.steps import Step
from tools.learner import project
from tools.learner.diff import same


def hint(step: Step, folder: Path, test: str, paths: list[str]) -> str:
    """Say what to read about a test of a step, or about files.

    `paths` are the files that it may be about. Those come first that are not as in
    the step: there the mistake is. `folder` is the learner's project.
    """
    ours = [path for path in project.files_of(step) if path.endswith(".py")]
    ours = [path for path in ours if not path.startswith("tests/")]
    differ = [
        path
        for path in dict.fromkeys([*paths, *ours])
        if path in ours and not same(step.folder / path, folder / path)
    ]
    section, path = page_sections.about(step, test, [*differ, *paths])
    where = f"read {section or f'docs/{step.name}.md'}"
    return f"{where}, about {path}" if path else where


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
