"""Notice that a file of a project was saved, as Django's `runserver` does: by looking.

That works on every system and in shared folders, needs no library, and never looks into
a virtual environment, however large it is.
"""

import time
from contextlib import suppress
from pathlib import Path

from tools.learner import project

PAUSE = 0.3  # seconds between two looks


class Watch:
    """Knows a project's files as they are in the moment in which it is made."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.known = look(folder)

    def changed(self) -> list[str]:
        """Wait until something is saved, made or deleted; give the paths, sorted.

        What is still being written is waited for: two looks in a row must agree.
        """
        before = self.known
        while True:
            wait(PAUSE)
            now = look(self.folder)
            if now == before and now != self.known:
                changed = {path for path, _ in now.items() ^ self.known.items()}
                self.known = now
                return sorted(changed)
            before = now


def look(folder: Path) -> dict[str, tuple[int, int]]:
    """Say when each of a project's own files was written, and how long it is."""
    found = {}
    for path in project.files(folder):
        with suppress(OSError):  # an editor may be replacing it in this moment
            facts = (folder / path).stat()
            found[path] = (facts.st_mtime_ns, facts.st_size)
    return found


def wait(seconds: float) -> None:
    """Look away for a while."""
    time.sleep(seconds)
