"""Write the locks anew, with the hash of each file: `nox -s lock`.

A lock names every package, its version and the hashes of all its files, for all systems
and Pythons that the tutorial supports. That of a step is for the Python of its image.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.chain.page_sections import blocks
from tools.chain.requirements import COMPILES, pins
from tools.chain.steps import ROOT, Step, all_steps

OLDEST = "3.11"
HEADER = "# Written by nox -s lock from {source}: change that, and run it again.\n"
NO_UV = "The lock needs uv on the PATH: https://docs.astral.sh/uv/"


def parse(args: list[str]) -> argparse.Namespace:
    """Read the command line; `--help` and mistakes end the program as argparse does."""
    parser = argparse.ArgumentParser(
        prog="nox -s lock --",
        description="Write requirements.txt, bench/requirements.txt and the locks of the "
        "steps again, with hashes.",
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


def lock_step(uv: str, step: Step, command: str, path: str) -> None:
    """Write a step's lock with the command of its page.

    It takes the versions that the repository's own lock has, because those are tested.
    Raises subprocess.CalledProcessError as `compile_lock` does.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for source in step.folder.glob("*.in"):
            shutil.copyfile(source, folder / source.name)
        shutil.copyfile(ROOT / "requirements.txt", folder / path)
        subprocess.run(
            [uv, *shlex.split(command)[1:]],
            cwd=folder,
            env=os.environ | {"UV_PYTHON_DOWNLOADS": "never"},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        text = (folder / path).read_text("utf-8")
        (step.folder / path).write_text(text, "utf-8", newline="\n")


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
        # What all have need not lie in the bench's own folder.
        shared = [f"--no-emit-package={name}" for name in pins()]
        same = ["--constraint", str(ROOT / "requirements.txt")]
        compile_lock(uv, ROOT / "bench/requirements.in", [*upgrade, *same, *shared])
        for step in all_steps(ROOT):
            for _, wanted in blocks(step.page, ("generated",)):
                if wanted["command"].startswith(COMPILES):
                    lock_step(uv, step, wanted["command"], *wanted["paths"])
    except subprocess.CalledProcessError as error:
        print("The lock that failed stays as it was: see above.", file=sys.stderr)
        return error.returncode
    print("The locks are written. Now run: nox")
    return 0


if __name__ == "__main__":
    sys.exit(main())
