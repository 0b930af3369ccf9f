"""What to say of a step that is done: what no test has seen, and what comes next."""

import re
from collections.abc import Iterator
from pathlib import Path

from tools.chain.steps import Step, all_steps
from tools.learner import project
from tools.learner.code_places import difference, same_code


def unlike(step: Step, folder: Path) -> Iterator[str]:
    """Say which code is not like the step's though all tests pass."""
    ours = [path for path in project.files_of(step) if _is_code(path)]
    differ = [p for p in ours if not same_code(step.folder / p, folder / p)]
    if not differ:
        return
    yield "All tests pass, but these files are not like the step's (no test looks at"
    yield "the browser's side, and an exercise may still be in the code):"
    for path in differ:
        extra = difference(step.folder / path, folder / path).extra_names()
        yield f"    {path}" + (f", which also has {', '.join(extra)}" if extra else "")
    yield f"To see the difference: nox -s diff -- {step.number} {folder}"


def comes_next(step: Step) -> Iterator[str]:
    """Name the next step, its idea and its page."""
    chain = all_steps(step.folder.parent.parent)
    later = [each for each in chain if each.number > step.number]
    if not later:
        yield "That was the last step. Well done!"
        return
    idea = later[0].meta.get("idea", "").rstrip(".")
    yield f"Next is step {later[0].number}, {later[0].title}" + (
        f". Its one idea: {idea}." if idea else "."
    )
    yield f"    read docs/{later[0].name}.md ({later[0].name}.html on the site)"


def _is_code(path: str) -> bool:
    if path.startswith("tests/") or path == "pytest.ini":
        return False
    return path.endswith(".py") or bool(re.search("/(static|templates)/", path))
