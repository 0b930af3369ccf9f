"""Run a management command against a step that runs: `nox -s manage -- 8 COMMAND`."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tools.chain.steps import ROOT, Step, UnknownStep, find_step
from tools.servers.step_server import Server


def note(step: Step) -> Path:
    """Give the place of the note that says where a step runs."""
    return ROOT / ".nox" / "running" / f"{step.name}.json"


@contextmanager
def remembered(step: Step, server: Server) -> Iterator[None]:
    """Keep a note of where a step runs as long as the block lasts."""
    path = note(step)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(server.variables)
    path.write_text(text, "utf-8")
    try:
        yield
    finally:
        # The note may be that of a later run of the same step.
        with suppress(FileNotFoundError):
            if path.read_text("utf-8") == text:
                path.unlink()


def main(args: list[str]) -> int:
    """Run the command in the environment of the step's last run; give its exit code."""
    try:
        step = find_step(args[0] if args else "")
    except UnknownStep as error:
        print(f"Usage: nox -s manage -- STEP COMMAND\n{error}", file=sys.stderr)
        return 2
    path = note(step)
    if not path.exists():
        print(f"{step.name} isn't running. Start it: nox -s run -- {step.number}", file=sys.stderr)
        return 1
    env = os.environ | json.loads(path.read_text("utf-8"))
    command = [sys.executable, "manage.py", *args[1:]]
    return subprocess.run(command, cwd=step.folder, env=env).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
