"""Run the steps' own tests, each in a folder of its own: `nox -s tests -- 3`."""

import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import as_completed
from contextlib import ExitStack
from dataclasses import dataclass, field
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
    step_files,
)
from tools.results.fingerprint import fingerprint, forget_contents
from tools.results.store import Result, Store, unchanged
from tools.servers.missing_program import MissingProgram
from tools.servers.postgres_server import postgres_server
from tools.servers.step_server import free_port
from tools.suites.shard import Outcome, pool, run_shard

HELP = """Run the steps' own tests: nox -s tests -- [STEP ...] [options]

  STEP         a number or name (default: all steps)
  --since REV  only the steps that differ from a git revision
  --all        also the suites that have passed before and haven't changed since
  You can add pytest's own options, such as -k NAME. Then no result is kept."""
# What each step's tests run with. A change there may change any result.
SHARED = ("requirements.txt", "noxfile.py", "pyproject.toml")
SHARED += ("tools/suites", "tools/servers", "tools/results")
# A shard begins with the start of a suite, which costs a second: so many bytes of tests
# are worth one.
SHARD = 22_000
SILENCE = 10  # seconds: after that, a part that ends is worth a line
# Suites wait for half of their time, for Redis most of all.
AT_ONCE = 2 * (os.cpu_count() or 1) + 1


@dataclass
class Suite:
    """The tests of a step on one kind of database, and what came of each shard."""

    step: Step
    database: str = "SQLite"
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def name(self) -> str:
        on = "" if self.database == "SQLite" else f" on {self.database}"
        return f"{self.step.name}{on}"

    @property
    def key(self) -> str:
        """The hash of all that its result depends on."""
        root = self.step.folder.parent.parent
        inputs = (f"steps/{self.step.name}", *SHARED)
        return fingerprint(root, inputs, self.database)

    @property
    def failed(self) -> bool:
        return any(outcome.code for outcome in self.outcomes)

    @property
    def proved(self) -> bool:
        """Whether all of it was run, and passed: only then is its result kept."""
        return (
            bool(self.count("passed")) and not self.failed and not self.count("skipped")
        )

    def count(self, what: str) -> int:
        return sum(outcome.counts.get(what, 0) for outcome in self.outcomes)

    def result(self) -> Result:
        wall = max(outcome.wall for outcome in self.outcomes)
        cpu = sum(outcome.cpu for outcome in self.outcomes)
        return Result(self.key, self.count("passed"), wall, cpu)

    def __str__(self) -> str:
        counts = {what: self.count(what) for what in ("passed", "failed", "skipped")}
        told = ", ".join(
            f"{number} {what}" for what, number in counts.items() if number
        )
        return f"{self.name}: {told or 'no test was run'}"


def main(args: list[str], root: Path = ROOT) -> int:
    """Run the named steps' tests, all steps' without a name; give the exit code.

    `--since REV` leaves out the steps that have not changed since a revision, `--all`
    leaves out none that was proved before. Anything else that starts with a dash, and
    all after it, goes to pytest.
    """
    if {"-h", "--help"} & set(args):
        print(HELP)
        return 0
    forget_contents()
    try:
        revision, args = take_since(args)
        again, args = "--all" in args, [arg for arg in args if arg != "--all"]
        split = next((i for i, arg in enumerate(args) if arg[:1] == "-"), len(args))
        names, options = args[:split], args[split:]
        chosen = [find_step(name, root) for name in names] or all_steps(root)
        if revision is not None:
            chosen = changed(chosen, revision, root)
        if not chosen:
            print(f"No step has changed since {revision}, so there is nothing to test.")
            return 0
        suites = suites_of(chosen)
        store = Store("tests", root / ".nox" / "results")
        todo = suites if again or options else not_proved(suites, store)
    except (UnknownStep, git_trees.UnknownRevision, GitError) as error:
        print(error, file=sys.stderr)
        return 2
    before = {suite.name: suite.key for suite in todo}
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run_all(todo, options)
    except KeyboardInterrupt:
        print("\nThe suites were stopped.", file=sys.stderr)
        return 1
    forget_contents()
    for suite in todo:
        if suite.proved and not options and suite.key == before[suite.name]:
            store.keep(suite.name, suite.result())
    failed = sorted(suite.name for suite in todo if suite.failed)
    done = f"{len(suites) - len(failed)} of {len(suites)} suites pass"
    print(f"{done}; failed: {', '.join(failed)}" if failed else done)
    return bool(failed)


def take_since(args: list[str]) -> tuple[str | None, list[str]]:
    """Take `--since REV` or `--since=REV` out; give the revision and the rest.

    Raises UnknownRevision where no revision follows.
    """
    for number, arg in enumerate(args):
        if arg == "--since" and number + 1 == len(args):
            raise git_trees.UnknownRevision(
                "--since needs a git revision, as in --since HEAD~1"
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
    shared = [
        path
        for path in paths
        if any(path == each or path.startswith(f"{each}/") for each in SHARED)
    ]
    if shared or os.environ.get("CI"):
        print(f"All steps: {', '.join(shared) or 'this is CI'}", flush=True)
        return steps
    touched = {path.split("/")[1] for path in paths if path.startswith("steps/")}
    return [step for step in steps if step.name in touched]


def suites_of(steps: list[Step]) -> list[Suite]:
    """Give the suites of the steps: on SQLite, and on PostgreSQL where a step uses it.

    Later steps have more tests: whoever begins with them waits for none at the end.
    """
    latest = list(reversed(steps))
    live = [step for step in latest if (step.folder / "core/databases.py").exists()]
    return [Suite(step, "PostgreSQL") for step in live] + [Suite(s) for s in latest]


def not_proved(suites: list[Suite], store: Store) -> list[Suite]:
    """Give the suites without a result that is kept; say of the others when they ran."""
    kept = {suite.name: store.get(suite.name, suite.key) for suite in suites}
    if proved := [result for result in kept.values() if result]:
        print(unchanged(proved, "suites"), flush=True)
    return [suite for suite in suites if not kept[suite.name]]


def run_all(suites: list[Suite], options: list[str]) -> None:
    """Run suites side by side, in shards, and print what comes of each as it ends."""
    progress = Progress(len(suites))
    with ExitStack() as stack:
        processes = stack.enter_context(pool(AT_ONCE))
        copies = stack.enter_context(_folder())
        futures = {}
        for suite in suites:
            url = ""
            if suite.database == "PostgreSQL":
                try:
                    server = stack.enter_context(postgres_server(free_port()))
                except MissingProgram as error:
                    code = int(bool(os.environ.get("CI")))
                    suite.outcomes.append(Outcome(code, f"NOT RUN. {error}"))
                    progress.tell(suite)
                    continue
                url = server.url
            for number, modules in enumerate(shards(suite.step, options)):
                # Django makes a database of its own for tests, from the name of this one.
                variables = {"DATABASE_URL": f"{url}{number}"} if url else {}
                folder = Path(copies, f"{suite.name} {number}", suite.step.name)
                copy_step(suite.step, folder)
                job = (folder, [*options, *modules], variables)
                futures[processes.submit(run_shard, *job)] = suite
        left = Counter(suite.name for suite in futures.values())
        progress.parts = len(futures)
        try:
            for future in as_completed(futures):
                suite = futures[future]
                suite.outcomes.append(future.result())
                progress.part()
                left[suite.name] -= 1
                if not left[suite.name]:
                    progress.tell(suite)
        except BaseException:
            processes.shutdown(wait=False, cancel_futures=True)
            for child in multiprocessing.active_children():
                child.terminate()
            raise


def run(step: Step, options: list[str], **variables: str) -> Outcome:
    """Run one step's tests as they are run here, `variables` added to their environment."""
    with pool(1) as processes, _folder() as name:
        folder = Path(name, step.name)
        copy_step(step, folder)
        return processes.submit(run_shard, folder, options, variables).result()


def _folder() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory(prefix="suites-", ignore_cleanup_errors=True)


def shards(step: Step, options: list[str]) -> list[list[str]]:
    """Deal a step's test modules out, the largest first; all of them where a person chose.

    One empty list stands for all modules.
    """
    paths = [path for path in step_files(step.folder) if path.startswith("tests/test_")]
    sizes = {path: (step.folder / path).stat().st_size for path in paths}
    count = max(1, sum(sizes.values()) // SHARD)
    if options or count == 1:
        return [[]]
    dealt: list[list[str]] = [[] for _ in range(count)]
    for path in sorted(paths, key=sizes.__getitem__, reverse=True):
        min(dealt, key=lambda shard: sum(map(sizes.__getitem__, shard))).append(path)
    return dealt


class Progress:
    """Says what came of each suite, how many are left, and about how long they take.

    Suites run in parts of about one size, so what the parts have taken tells the rest.
    """

    def __init__(self, suites: int, clock: Callable[[], float] = time.monotonic):
        self.clock = clock
        self.began = self.said = clock()
        self.suites, self.done = suites, 0
        self.parts, self.parts_done = 0, 0

    def part(self) -> None:
        """Note that a part has ended; say so where nothing was said for a while."""
        self.parts_done += 1
        if self.clock() - self.said > SILENCE:
            self._say(f"    {self.parts_done} of {self.parts} parts, {self._times()}")

    def tell(self, suite: Suite) -> None:
        """Print one line of a suite that passed, and all that pytest said of another."""
        self.done += 1
        self._say(f"--- {self.done}/{self.suites}, {self._times()}: {suite}")
        for outcome in suite.outcomes if not suite.proved else []:
            print(outcome.output, flush=True)

    def _times(self) -> str:
        took = self.clock() - self.began
        left = self.parts - self.parts_done
        if not left or not self.parts_done:
            return f"{took:.0f} s"
        return f"{took:.0f} s, about {took / self.parts_done * left:.0f} s left"

    def _say(self, line: str) -> None:
        self.said = self.clock()
        print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
