"""The packages that learners install, as the pages' `install` blocks list them, and locks."""

import re
from pathlib import Path
from typing import NamedTuple

from packaging.utils import canonicalize_name
from packaging.version import Version

from tools.chain.page_sections import blocks
from tools.chain.steps import ROOT, Step

PIN = re.compile(r"^([\w.-]+)(?:\[[\w,-]*\])?==([\w.]+)", re.MULTILINE)
# What a page's command begins with that makes a lock.
COMPILES = "uv pip compile "
HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})\b")


class Pin(NamedTuple):
    """One entry of a file of requirements; a lock's have hashes."""

    name: str
    version: str
    hashes: frozenset[str] = frozenset()


def entries(text: str) -> list[Pin]:
    """Give what a file of requirements pins, in its order; what it does not pin is left out.

    Names are normalized, so `Django` is “django”. Extras and markers are left out.
    """
    lines = text.replace("\\\n", " ").split("\n")
    return [
        Pin(canonicalize_name(found[1]), found[2], frozenset(HASH.findall(line)))
        for line in lines
        if (found := PIN.match(line))
    ]


def is_lock(text: str) -> bool:
    """Say whether a text is a lock: entries, of which some have hashes."""
    return any(entry.hashes for entry in entries(text))


def pins(root: Path = ROOT) -> dict[str, str]:
    """Give the version of each package in requirements.txt, the highest where there are two."""
    found = PIN.findall((root / "requirements.txt").read_text("utf-8"))
    return dict(sorted(found, key=lambda pin: (pin[0], Version(pin[1]))))


def pip_command(packages: list[str], versions: dict[str, str]) -> str:
    """Give the command that installs the packages; raises KeyError for an unknown one."""
    names = []
    for package in packages:
        pinned = f"{package}=={versions[package.partition('[')[0]]}"
        names.append(f'"{pinned}"' if "[" in package else pinned)
    return f"python -m pip install {' '.join(names)}"


def needed(steps: list[Step]) -> list[str]:
    """Give the packages that the pages of the steps have their readers install."""
    listed = [
        package
        for step in steps
        for kind, wanted in blocks(step.page)
        if kind == "install"
        for package in wanted["packages"]
    ]
    return list(dict.fromkeys(listed))
