"""The packages that learners install, as the pages' `install` blocks list them."""

import re
from pathlib import Path

from packaging.version import Version

from tools.chain.page_sections import blocks
from tools.chain.steps import ROOT, Step

PIN = re.compile(r"^([\w.-]+)==([\w.]+)", re.MULTILINE)


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
