"""Fetch all packages into a folder, for a room without network: `nox -s wheels -- DIR`."""

import argparse
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from tools.chain.cli import Refused, parser
from tools.chain.folders import locate
from tools.chain.steps import ROOT

NO_PIP = "This environment has no pip, and there is no uv on the PATH. Install uv."
HOW = """
{count} packages are now in {folder}, for {system} and Python {python}. On a machine
of the same kind, which needs no network for this, run in the repository{shell}:

  {set}PIP_NO_INDEX={quote}1{quote}
  {set}PIP_FIND_LINKS={quote}{folder}{quote}
  {python_command} -m venv .venv
  {scripts}pip install nox
  {scripts}nox -s run

If the folder is somewhere else there, change PIP_FIND_LINKS. Its path must not contain spaces."""


def parse(args: list[str]) -> argparse.Namespace:
    """Read the command line; `--help` and mistakes end the program as argparse does."""
    made = parser(
        "wheels",
        "Download all packages that the tutorial needs, and nox, into a folder, for "
        "machines of the same kind that have no network.",
    )
    made.add_argument(
        "folder",
        metavar="DIR",
        help="the folder for the packages; it is created if it does not exist",
    )
    return made.parse_args(args)


def main(args: list[str] | None = None) -> int:
    """Fetch the packages; give the exit code."""
    options = parse(sys.argv[1:] if args is None else args)
    try:
        folder = locate(options.folder, options.start)
    except Refused as error:
        print(error, file=sys.stderr)
        return 2
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print(
            f"The folder {folder} cannot be created: {error.strerror}", file=sys.stderr
        )
        return 2
    pip = find_pip()
    if pip is None:
        print(NO_PIP, file=sys.stderr)
        return 1
    try:
        # Not "download": what has no wheel is built here, where it can be.
        done = subprocess.run(
            [*pip, "wheel", "--quiet", "--wheel-dir", folder, *wanted()], cwd=ROOT
        )
    except KeyboardInterrupt:
        print(
            "\nStopped. Some packages may be missing, so run it again.", file=sys.stderr
        )
        return 1
    if done.returncode:
        print("Some packages could not be downloaded: see above.", file=sys.stderr)
        return 1
    print(told(folder))
    return 0


def wanted() -> list[str]:
    """Give what to fetch, as pip's arguments."""
    return ["--disable-pip-version-check", "-r", str(ROOT / "requirements.txt")]


def find_pip() -> list[str] | None:
    """Give the command of a pip of this Python, None where there is none."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    # An environment that uv made has no pip, but uv can run one.
    if uv := shutil.which("uv"):
        return [uv, "tool", "run", "--quiet", "--python", sys.executable, "pip"]
    return None


def told(folder: Path) -> str:
    """Give the text that says how to install from the folder."""
    windows = sys.platform == "win32"
    return HOW.format(
        count=len(list(folder.glob("*.whl"))),
        folder=folder,
        system=sys.platform,
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        shell=", in PowerShell" if windows else "",
        set="$env:" if windows else "export ",
        quote='"' if windows else "",
        python_command="py" if windows else "python3",
        scripts=".venv\\Scripts\\" if windows else ".venv/bin/",
    )


if __name__ == "__main__":
    sys.exit(main())
