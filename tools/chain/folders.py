"""Folders as people name them, on systems that have their own mind about names."""

import re
import sys
from pathlib import Path

from tools.chain.cli import Refused

# With or without an ending, Windows takes these for devices.
DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def locate(text: str, start: str = ".") -> Path:
    """Give the folder that a person in the folder `start` calls `text`.

    Raises Refused where it cannot be a path.
    """
    if sys.platform == "win32" and (name := _not_for_windows(text)):
        raise Refused(
            f"Windows can have no folder called {name!r}: it keeps names like CON and "
            "AUX for devices, and takes a dot or a space off the end of a name. Choose "
            "another name."
        )
    try:
        return Path(start, Path(text).expanduser()).resolve()
    except (RuntimeError, ValueError, OSError) as error:
        raise Refused(f"{text!r} cannot be a folder: {error}") from None


def _not_for_windows(text: str) -> str:
    """The first part of a path that Windows would take for something else, or ""."""
    for name in re.split(r"[\\/]", text):
        if DEVICE.fullmatch(name) or (name.strip(".") and name != name.rstrip(". ")):
            return name
    return ""


def is_inside(path: Path, folder: Path) -> bool:
    """Say whether a path leads into a folder that is there, or to it.

    It need not be there itself. Many systems find a folder in whatever case it is typed,
    so the names are not compared.
    """
    return any(
        here.exists() and here.samefile(folder) for here in (path, *path.parents)
    )
