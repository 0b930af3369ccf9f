"""Run the steps' own tests, each in a folder of its own: `nox -s tests -- 3`."""

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tools.chain import git_trees
from tools.chain.git import GitError, git
from tools.chain.steps import (
    ROOT,
    Step,
    UnknownStep,
    all_steps,
    copy_step,
    find_step,
)
from tools.servers.missing_program import MissingProgram
from tools.servers.postgres_server import postgres_server
from tools.servers.step_server import free_port

# What each step's tests run with. A change there may change any result.
SHARED = ("requirements.txt", "noxfile.py")
SHARED += ("tools/suites/runner.py", "tools/suites/pytest_plugin.py")
PLUGIN = Path(__file__).with_name("pytest_plugin.py")


def main(args: list[str], root: Path = ROOT) -> int:
    """Run the named steps' tests, all steps' without a name; give the exit code.

    `--since REV` leaves out the steps that have not changed since a revision. Anything
    else that starts with a dash, and all after it, goes to pytest.
    """
    try:
        revision, args = take_since(args)
        split = next((i for i, arg in enumerate(args) if arg[:1] == "-"), len(args))
        names, options = args[:split], args[split:]
        chosen = [find_step(name, root) for name in names] or all_steps(root)
        if revision is not None:
            chosen = changed(chosen, revision, root)
    except (UnknownStep, git_trees.UnknownRevision, GitError) as error:
        print(error, file=sys.stderr)
        return 2
    if not chosen:
        print(f"No step has changed since {revision}: nothing to test")
        return 0
    failed = []
    # A suite waits for more than half of its time.
    with ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
        # Later steps have more tests: whoever begins with them waits for none at the end.
        order = list(reversed(chosen))
        runs = {}
        for step in order:
            if (step.folder / "core" / "databases.py").exists():
                name = f"{step.name} on PostgreSQL"
                runs[pool.submit(run_on_postgres, step, options)] = name
        runs |= {pool.submit(run, step, options): step.name for step in order}
        for future in as_completed(runs):
            output, code = future.result()
            print(f"--- {runs[future]}\n{output}", flush=True)
            if code:
                failed.append(runs[future])
    done = f"{len(runs) - len(failed)} of {len(runs)} suites pass"
    print(f"{done}; failed: {', '.join(sorted(failed))}" if failed else done)
    return bool(failed)


def take_since(args: list[str]) -> tuple[str | None, list[str]]:
    """Take `--since REV` or `--since=REV` out; give the revision and the rest.

    Raises UnknownRevision where no revision follows.
    """
    for number, arg in enumerate(args):
        if arg == "--since" and number + 1 == len(args):
            raise git_trees.UnknownRevision(
                "--since needs a revision, as in --since HEAD~1"
            )
        if arg == "--since":
            return args[number + 1], args[:number] + args[number + 2 :]
        if arg.startswith("--since="):
            return arg.partition("=")[2], args[:number] + args[number + 1 :]
    return None, args


def changed(steps: list[Step], revision: str, root: Path) -> list[Step]:
    """Give the steps whose files differ from those of a revision, uncommitted or not.

    Gives all of them where something that all share differs, and in CI. Raises
    UnknownRevision.
    """
    since = git_trees.commit_of(revision, root)
    diff = ("diff", "--name-only", "--no-renames", "-z", since, "--")
    new = ("ls-files", "--others", "--exclude-standard", "-z")
    paths = "".join(git(*command, cwd=root) for command in (diff, new)).split("\0")
    shared = [path for path in paths if path in SHARED]
    if shared or os.environ.get("CI"):
        print(f"All steps: {', '.join(shared) or 'this is CI'}", flush=True)
        return steps
    touched = {path.split("/")[1] for path in paths if path.startswith("steps/")}
    return [step for step in steps if step.name in touched]


def run_on_postgres(step: Step, options: list[str]) -> tuple[str, int]:
    """Run one step's tests once more, on a PostgreSQL server of their own.

    Where there is none the output says so; in CI that is a failure.
    """
    try:
        with postgres_server(free_port()) as server:
            return run(step, options, DATABASE_URL=server.url)
    except MissingProgram as error:
        return f"NOT RUN. {error}", int(bool(os.environ.get("CI")))


def run(step: Step, options: list[str], **variables: str) -> tuple[str, int]:
    """Run one step's tests; give what pytest prints and its exit code.

    They run in a copy, far from the repository: a step stands alone. `variables` are
    added to their environment.
    """
    # Without -P the folder of that file would be on the path.
    command = [sys.executable, "-P", str(PLUGIN), "-q", "-p", "no:cacheprovider"]
    ours = ("DJANGO", "PYTHONPATH", "DATABASE_URL", "REDIS_URL")
    env = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name, step.name)
        copy_step(step, folder)
        done = subprocess.run(
            [*command, *options],
            cwd=folder,
            env=env | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    return done.stdout.strip(), done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
