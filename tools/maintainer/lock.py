"""Write the locks anew, with the hash of each file: `nox -s lock`.

A lock names every package, its version and the hashes of all its files, for all systems
and Pythons that the tutorial supports.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from tools.chain.requirements import pins
from tools.chain.steps import ROOT

OLDEST = "3.11"
# What only one session needs has a lock of its own there.
APART = ("bench", "types")
HEADER = "# Written by nox -s lock from {source}: change that, and run it again.\n"
NO_UV = "The lock needs uv on the PATH: https://docs.astral.sh/uv/"


def parse(args: list[str]) -> argparse.Namespace:
    """Read the command line; `--help` and mistakes end the program as argparse does."""
    parser = argparse.ArgumentParser(
        prog="nox -s lock --",
        description="Write requirements.txt, and those of bench and types, again, with hashes.",
    )
    parser.add_argument(
        "--upgrade",
        action="store_true",
        help="take the newest versions that requirements.in allows (default: leave "
        "versions as they are wherever possible)",
    )
    return parser.parse_args(args)


def compile_lock(uv: str, source: Path, options: list[str]) -> None:
    """Write the lock that stands beside a .in file.

    Raises subprocess.CalledProcessError when its wishes contradict each other, or when
    there is no network; the old lock is still there then.
    """
    lock = source.with_suffix(".txt")
    new = source.with_suffix(".new")
    if lock.exists():
        shutil.copyfile(lock, new)  # what is pinned there stays
    try:
        command = [uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
        command += ["--python-version", OLDEST, "--no-annotate", "--no-header"]
        subprocess.run([*command, *options, source, "--output-file", new], check=True)
        text = new.read_text("utf-8")
        name = source.name if source.parent == ROOT else source.relative_to(ROOT)
        lock.write_text(HEADER.format(source=name) + text, "utf-8", newline="\n")
    finally:
        new.unlink(missing_ok=True)


def main(args: list[str] | None = None) -> int:
    """Write all locks; give the exit code."""
    options = parse(sys.argv[1:] if args is None else args)
    uv = shutil.which("uv")
    if uv is None:
        print(NO_UV, file=sys.stderr)
        return 1
    upgrade = ["--upgrade"] if options.upgrade else []
    try:
        compile_lock(uv, ROOT / "requirements.in", upgrade)
        # What all have need not lie in the folders that only one session uses.
        shared = [f"--no-emit-package={name}" for name in pins()]
        same = ["--constraint", str(ROOT / "requirements.txt")]
        for folder in APART:
            source = ROOT / folder / "requirements.in"
            compile_lock(uv, source, [*upgrade, *same, *shared])
    except subprocess.CalledProcessError as error:
        print("Nothing was written: see above.", file=sys.stderr)
        return error.returncode
    print("requirements.txt and those of bench and types are written. Now run: nox")
    return 0


if __name__ == "__main__":
    sys.exit(main())
