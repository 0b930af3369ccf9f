"""The results that are kept: a file for each unit of a session, in `.nox/results/`.

The folder can be carried from one machine to another, as CI does between its runs: a
result counts only under the hash that it was kept under.
"""

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from tools.chain.steps import ROOT

FOLDER = ROOT / ".nox" / "results"


@dataclass(frozen=True)
class Result:
    """One unit that passed: how many tests it has, and when they were run.

    `wall` and `cpu` are the seconds that they took.
    """

    key: str
    count: int
    wall: float = 0.0
    cpu: float = 0.0
    when: str = ""


class Store:
    """What one session has proved."""

    def __init__(self, session: str, folder: Path = FOLDER):
        self.folder = folder / session

    def get(self, unit: str, key: str) -> Result | None:
        """Give the result of a unit where it was proved under the same hash."""
        try:
            result = Result(**json.loads(self._path(unit).read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None  # nothing there, or nothing that we have written
        return result if result.key == key else None

    def keep(self, unit: str, result: Result) -> None:
        """Keep the result of a unit that passed whole, in place of an older one."""
        when = datetime.now(UTC).isoformat(" ", "minutes").partition("+")[0]
        path = self._path(unit)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(result) | {"when": f"{when} UTC"})
        new = path.with_suffix(".new")
        new.write_text(text, "utf-8")
        new.replace(path)  # at once: an interruption leaves no half of it

    def _path(self, unit: str) -> Path:
        return self.folder / f"{re.sub(r'[^a-zA-Z0-9_.-]+', '-', unit)}.json"


def unchanged(kept: list[Result], what: str) -> str:
    """Say of results that are kept that they were not run again."""
    since = min(result.when for result in kept)
    count = sum(result.count for result in kept)
    of_these = f"{_counted(len(kept), what)} with {_counted(count, 'tests')}"
    return (
        f"{of_these} passed on {since} or later. Nothing that they depend on has "
        "changed since, so they don't run again (to run them: --all)"
    )


def _counted(count: int, what: str) -> str:
    return f"{count} {what.removesuffix('s') if count == 1 else what}"
