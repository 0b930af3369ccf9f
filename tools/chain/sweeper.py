"""End what a process leaves behind, however it ends: `python -m tools.chain.sweeper PID`.

The sweeper's standard input is a pipe from that process, and the operating system closes
it when the process is gone, even after a SIGKILL. Until then the sweeper notes, twice a
second, who descends from it. So it also knows those whose parents have ended since, and
those that are in a group, or in a session, of their own. Whoever came after the last look
is known by a variable of the environment, FAMILY.
"""

import signal
import sys
import time
from collections.abc import Iterable
from threading import Event, Thread

import psutil

from tools.chain.processes import FAMILY, SPARED

EVERY = 0.5
POLITE = 2.5


class Family:
    """The processes that descend from one, as far as they have been seen."""

    def __init__(self, root: psutil.Process):
        self.root = root
        self.seen: set[psutil.Process] = set()
        self.spared: set[psutil.Process] = set()

    def look(self, found: Iterable[psutil.Process] = ()) -> None:
        """Note who is there now: these, and all who descend from them or from the root."""
        found = {*found} | _descendants({self.root, *found})
        # Whoever has lost a parent is not among them any more.
        found |= _descendants(self.seen - found)
        known = self.seen | found - {psutil.Process()}
        # All of them, each time: a process that has only begun has no environment yet.
        self.spared |= {*filter(_is_spared, known)}
        self.spared |= _descendants(self.spared)
        self.seen = {*filter(is_alive, known - self.spared)}

    def sweep(self) -> None:
        """End all but the root and those spared: politely, and a moment later at once."""
        # A root that is being killed may still be listed as their parent, so nobody is
        # left out because of that.
        self.look(filter(self._is_marked, psutil.process_iter()))
        left = self.seen
        for each in left:
            _try(each.terminate)
        until = time.monotonic() + POLITE
        # In a container there may be nobody to bury the dead, so waiting for them is no use.
        while (left := {*filter(is_alive, left)}) and time.monotonic() < until:
            time.sleep(0.05)
        for each in left:
            _try(each.kill)

    def _is_marked(self, process: psutil.Process) -> bool:
        return (_try(process.environ) or {}).get(FAMILY) == str(self.root.pid)


def is_alive(process: psutil.Process) -> bool:
    """Say whether a process still runs; one that has ended may be listed as a zombie."""
    return _try(process.status) not in (None, psutil.STATUS_ZOMBIE)


def _descendants(roots: set[psutil.Process]) -> set[psutil.Process]:
    found = set()
    for each in roots:
        found.update(_try(each.children, recursive=True) or [])
    return found


def _is_spared(process: psutil.Process) -> bool:
    return SPARED in (_try(process.environ) or {})


def _try(ask, **options):
    """Give what a process answers, or None where it has ended or is not ours."""
    try:
        return ask(**options)
    except psutil.Error:
        return None


def main(pid: str) -> None:
    """Wait for the end of a process, and sweep."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the others
    family = Family(psutil.Process(int(pid)))
    ended = Event()
    Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    while not ended.wait(EVERY):
        family.look()
    family.sweep()


if __name__ == "__main__":
    main(*sys.argv[1:])
