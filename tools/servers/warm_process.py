"""Processes that begin with what they need imported already.

Each is forked from one that holds the imports, where a system can fork; elsewhere it is
started anew.
"""

import importlib.util
import multiprocessing
import os
import tempfile
from contextlib import suppress
from multiprocessing.context import BaseContext

# The fork server's socket lies in the folder for temporary files, and its path may have
# some hundred characters; multiprocessing adds about forty.
LONGEST = 60


def can_fork() -> bool:
    """Say whether processes are forked here, or started anew."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return False
    return len(tempfile.gettempdir()) < LONGEST


def warm_context(modules: list[str]) -> BaseContext:
    """Give the context whose processes begin with these modules imported.

    Those that are not installed are left out. A process has one such context: what it
    was first asked for is what all its children begin with.
    """
    context = multiprocessing.get_context("forkserver" if can_fork() else "spawn")
    if can_fork():
        context.set_forkserver_preload([each for each in modules if _is_there(each)])
    return context


def _is_there(module: str) -> bool:
    with suppress(ModuleNotFoundError):
        return importlib.util.find_spec(module) is not None
    return False


def redirect(output: int) -> None:
    """Let this process read nothing, and print to a file descriptor from now on."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
