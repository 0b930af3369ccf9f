"""All commands of the tutorial: for learners, for instructors, and for maintainers.

learners:     run, manage, start, check, diff, rescue, live
instructors:  wheels, export
maintainers:  tests, chain, docs, site, browser, load, faults, attacks, lint prove it (so
              does `nox` alone), times says what that took; carry, new, scale, bench,
              lock, audit, matrix, zensical
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from random import randrange

import nox
from nox.command import CommandFailed

if sys.version_info < (3, 11):  # noqa: UP036 (nox itself runs on older ones)
    sys.exit(
        f"The tutorial needs Python 3.11 or newer, and this nox runs on {sys.version.split()[0]}. "
        "With uv, run: uvx --python 3.13 nox. Without uv: python3.13 -m pip install nox (3.11 or newer will do)."
    )

ROOT = Path(__file__).resolve().parent
# One environment for all sessions: steps, site and tests are pinned together.
ENV = ROOT / ".nox" / f"env-{sys.version_info.major}.{sys.version_info.minor}"


def program(name: str, windows: bool = os.name == "nt") -> str:
    """Give the path of a program of the shared environment.

    With its ending: before Python 3.12 nothing else is found by its path on Windows.
    """
    return str(ENV / "Scripts" / f"{name}.exe" if windows else ENV / "bin" / name)


# What only the bench's contenders need, or the check of types, lies in a folder of its own.
BENCH = ENV.with_name(f"bench-{sys.version_info.major}.{sys.version_info.minor}")
TYPES = ENV.with_name("types")  # pyproject.toml knows this name
PYTHON = program("python")
# What each session took the last time, and what this run has spent so far.
TIMES = ROOT / ".nox" / "times"
SPENT: dict[str, dict[str, float]] = {}
# What this run has built already.
BUILT: list[str] = []
# Tests that have sessions of their own.
APART = ("walks", "load", "faults", "attacks", "site", "matrix")
# How long a session may take to clean up after Ctrl-C.
PATIENCE = {"interrupt_timeout": 15, "terminate_timeout": 5}

nox.options.default_venv_backend = "none"
# What proves everything. The walk of the last step does all that `live` does.
PROOF = ["lint", "tests", "chain", "docs", "site", "browser"]
PROOF += ["load", "faults", "attacks"]
nox.options.sessions = PROOF


def python(
    session: nox.Session, *args: str, env: dict[str, str] | None = None, **kwargs
) -> None:
    """Run the shared environment's Python, and note what it took for `nox -s times`."""
    wall, cpu = time.monotonic(), _cpu()
    try:
        with sweeper():
            # The sweeper knows by this who is ours (FAMILY in tools/chain/processes.py).
            env = {**(env or {}), "TUTORIAL_FAMILY": str(os.getpid())}
            session.run(PYTHON, *args, env=env, external=True, **PATIENCE, **kwargs)
    finally:
        if session.name in PROOF:
            _note(session.name, time.monotonic() - wall, _cpu() - cpu)


def sweeper() -> subprocess.Popen:
    """Start what ends all that is left over when its block ends, or nox, however it ends.

    A session of its own keeps it away from signals for all who are in a terminal.
    """
    command = [PYTHON, "-m", "tools.chain.sweeper", str(os.getpid())]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _note(name: str, wall: float, cpu: float) -> None:
    """Add to what a session has spent in this run, and write it down."""
    before = SPENT.get(name, {"wall": 0.0, "cpu": 0.0})
    SPENT[name] = {"wall": before["wall"] + wall, "cpu": before["cpu"] + cpu}
    TIMES.mkdir(parents=True, exist_ok=True)
    text = json.dumps(SPENT[name] | {"when": time.time()})
    (TIMES / f"{name}.json").write_text(text)


def _cpu() -> float:
    """Give the seconds of CPU that this machine has spent; elsewhere those of our children.

    On Linux browsers and servers count too, for whose end nobody waits.
    """
    try:
        user, nice, system = Path("/proc/stat").read_bytes().split()[1:4]
        return (int(user) + int(nice) + int(system)) / os.sysconf("SC_CLK_TCK")
    except OSError:
        spent = os.times()
        return spent.children_user + spent.children_system


def module(session: nox.Session, name: str) -> None:
    """Run a command of `tools/` with what the person wrote."""
    python(session, "-m", f"tools.{name}", *session.posargs)


def module_with_folders(session: nox.Session, name: str) -> None:
    """Run a command that takes folders, as the person wrote them where they stand."""
    start = ("--from", session.invoked_from)
    python(session, "-m", f"tools.{name}", *start, *session.posargs)


@nox.session
def env(session: nox.Session) -> None:
    """Make the environment that all sessions share, unless it is there already."""
    stamp, digest = _stamp(ENV, "requirements.txt")
    if stamp.exists() and stamp.read_text() == digest:
        return
    session.log(
        "Installing requirements.txt. This takes a minute or two, the first time only."
    )
    shutil.rmtree(ENV, ignore_errors=True)
    if uv := shutil.which("uv"):
        session.run(uv, "venv", "--quiet", "--python", sys.executable, str(ENV))
    elif missing := [name for name in ("venv", "ensurepip") if not find_spec(name)]:
        session.error(
            f"This Python lacks its module {missing[0]}. On Debian and Ubuntu: "
            "sudo apt install python3-venv. Anywhere: install uv, https://docs.astral.sh/uv/"
        )
    else:
        session.run(sys.executable, "-m", "venv", str(ENV), external=True)
    session.run(*install_command("-r", "requirements.txt"), external=True)
    stamp.write_text(digest)


def _stamp(folder: Path, requirements: str) -> tuple[Path, str]:
    """Give the file that says what a folder holds, and what it should say."""
    wanted = (ROOT / requirements).read_bytes() + sys.version.encode()
    return folder / "requirements.sha256", hashlib.sha256(wanted).hexdigest()


def install_command(*args: str) -> list[str]:
    """Give the command that installs into the shared environment what a lock names.

    A package that lacks a hash there, or has another, is refused.
    """
    if uv := shutil.which("uv"):
        command = [uv, "pip", "install", "--python", PYTHON, *_only_from_folder()]
    else:
        command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check"]
    return [*command, "--quiet", "--require-hashes", *args]


def _only_from_folder() -> list[str]:
    """What tells uv to obey pip's variables for a room without network."""
    if not os.environ.get("PIP_NO_INDEX"):
        return []
    links = os.environ.get("PIP_FIND_LINKS", "").split()
    return ["--offline", "--no-index", *(f"--find-links={link}" for link in links)]


def install_apart(session: nox.Session, folder: Path, requirements: str) -> None:
    """Install what a lock names into a folder of its own, unless it is there already.

    Raises nox's CommandFailed where that does not work, for example without a network.
    """
    stamp, digest = _stamp(folder, requirements)
    if stamp.exists() and stamp.read_text() == digest:
        return
    shutil.rmtree(folder, ignore_errors=True)
    options = ("--no-deps", "--target", str(folder), "-r", requirements)
    session.run(*install_command(*options), external=True)
    stamp.write_text(digest)


# For learners


@nox.session(requires=["env"])
def run(session: nox.Session) -> None:
    """Start a step and open it: nox -s run -- [STEP] [--port N] [--redis] [--lan]."""
    module(session, "classroom.run")


@nox.session(requires=["env"])
def manage(session: nox.Session) -> None:
    """Run a management command for a step that is running: nox -s manage -- STEP COMMAND."""
    module(session, "classroom.manage")


@nox.session(requires=["env"])
def start(session: nox.Session) -> None:
    """Make a folder in which you can begin a step: nox -s start -- STEP FOLDER."""
    module_with_folders(session, "learner.start")


@nox.session(requires=["env"])
def check(session: nox.Session) -> None:
    """Check your project and get a hint: nox -s check -- STEP FOLDER [--answer] [--watch]."""
    module_with_folders(session, "learner.check.command")


@nox.session(requires=["env"])
def diff(session: nox.Session) -> None:
    """Show how two steps, or a step and your project, differ: nox -s diff -- STEP OTHER."""
    module_with_folders(session, "learner.diff")


@nox.session(requires=["env"])
def rescue(session: nox.Session) -> None:
    """Save a copy of your project, then put a step there: nox -s rescue -- STEP FOLDER."""
    module_with_folders(session, "learner.rescue")


@nox.session(requires=["env"])
def live(session: nox.Session) -> None:
    """Run a whole system and break its parts: nox -s live -- [FOLDER] [--open]."""
    module_with_folders(session, "live.fault_injection")


# For instructors


@nox.session(requires=["env"])
def wheels(session: nox.Session) -> None:
    """Download all packages for a room without network: nox -s wheels -- DIR."""
    module_with_folders(session, "classroom.wheels")


@nox.session(requires=["env"])
def export(session: nox.Session) -> None:
    """Make a git repository with one commit for each step: nox -s export -- DIR."""
    module_with_folders(session, "classroom.export")


# For maintainers: what proves it


@nox.session(requires=["env"])
def tests(session: nox.Session) -> None:
    """Run the steps' own tests: nox -s tests -- [STEP ...] [--since REV] [pytest options]."""
    module(session, "suites.runner")


def pytest(
    session: nox.Session, folder: str, *workers: str, without: Sequence[str] = ()
) -> None:
    """Run the repository's own tests in a folder, but for modules proved before."""
    options = [session.name, f"--workers={' '.join(workers)}", f"--folder={folder}"]
    options += [f"--without={each}" for each in without]
    python(session, "-m", "tools.results.pytest_session", *options, *session.posargs)


@nox.session(requires=["env"])
def chain(session: nox.Session) -> None:
    """Test the chain of steps, the pages and the tools: nox -s chain -- [pytest options]."""
    install_apart(session, BENCH, "bench/requirements.txt")  # its plots are drawn
    apart = [f"tests/{name}" for name in APART]
    pytest(session, "tests", "-n", "auto", without=apart)


def mkdocs(session: nox.Session, *args: str) -> None:
    """Run MkDocs on the pages and on what stands beside them, made anew."""
    python(session, "-m", "tools.site.code_pages.build")
    quiet = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}
    python(session, "-m", "mkdocs", *args, env=quiet)


@nox.session(requires=["env"])
def docs(session: nox.Session) -> None:
    """Build the site, and prove that its pages make the steps (-- serve only shows it)."""
    if session.posargs[:1] == ["serve"]:
        mkdocs(session, *session.posargs)
        return
    mkdocs(session, "build", "--strict", *session.posargs)
    BUILT.append("site")
    python(session, "-m", "tools.proof.replay")
    python(session, "-m", "tools.proof.links")


@nox.session(requires=["env"])
def site(session: nox.Session) -> None:
    """Test every page of the site in a real browser: nox -s site -- [pytest options]."""
    if not BUILT:  # by `docs`, in this run
        mkdocs(session, "build", "--strict", "--quiet")
    module(session, "results.site_session")


@nox.session(requires=["env"])
def browser(session: nox.Session) -> None:
    """Use every step in a real browser: nox -s browser -- [--record | install]."""
    if session.posargs == ["install"]:
        python(session, "-m", "playwright", "install", "chromium")
        return
    pytest(session, "tests/walks", "-n", "auto", "--dist", "loadfile")


@nox.session(requires=["env"])
def load(session: nox.Session) -> None:
    """Let many people use real servers at once, and print what was measured."""
    pytest(session, "tests/load", "-n", "2", "-rP", "-q")


@nox.session(requires=["env"])
def faults(session: nox.Session) -> None:
    """Let two tabs write while Redis, a server or the network fails: -- [--runs 20]."""
    pytest(session, "tests/faults", "-n", "4", "-q")


@nox.session(requires=["env"])
def attacks(session: nox.Session) -> None:
    """Let Hypothesis attack the last step: -- [--examples 2000 | --hypothesis-seed N]."""
    # nox prints the command, and with it the seed by which a failure is repeated.
    seed = f"--hypothesis-seed={randrange(10**6)}"
    pytest(session, "tests/attacks", "-n", "2", "--dist", "loadfile", "-q", seed)


@nox.session(requires=["env"])
def times(session: nox.Session) -> None:
    """Show how long each session took the last time: seconds, CPU, number of tests."""
    module(session, "results.times")


@nox.session(requires=["env"])
def lint(session: nox.Session) -> None:
    """Check the code's style, spelling, imports and types (-- fix mends what it can)."""
    fix = session.posargs == ["fix"]
    templates = [str(path) for path in sorted(ROOT.glob("steps/*/**/*.html"))]
    prose = ["README.md", "CONTRIBUTING.md", "noxfile.py", "pyproject.toml"]
    prose += ["bench", "docs", "examples", "steps", "tools", "tests", "types"]
    for command in (
        ["ruff", "check", *(["--fix"] if fix else [])],
        ["ruff", "format", *([] if fix else ["--check"])],
        ["djade", "--target-version", "5.2", *([] if fix else ["--check"]), *templates],
        ["codespell", *prose],
        ["lint-imports", "--no-cache"],
    ):
        session.run(program(command[0]), *command[1:], external=True, silent=True)
    python(session, "-m", "tools.maintainer.readme_and_nav", *(["fix"] if fix else []))
    check_types(session)


def check_types(session: nox.Session) -> None:
    """Check the types; say so where what that needs cannot be installed. CI fails then."""
    try:
        install_apart(session, TYPES, "types/requirements.txt")
    except CommandFailed:
        say = session.error if os.environ.get("CI") else session.warn
        say(
            "The types were not checked, since pyright could not be installed: see above."
        )
        return
    python(session, *types_command(), env={"PYTHONPATH": str(TYPES)})


def types_command() -> list[str]:
    """Give what the shared environment's Python runs to check the types, beside TYPES."""
    return ["-m", "basedpyright", "--pythonpath", PYTHON]


# For maintainers: what changes and measures it


@nox.session(requires=["env"])
def carry(session: nox.Session) -> None:
    """Merge a change into all later steps: nox -s carry -- STEP | --continue | --abort."""
    module(session, "maintainer.carry.command")


@nox.session(requires=["env"])
def new(session: nox.Session) -> None:
    """Insert a step, and renumber the later ones: nox -s new -- NUMBER NAME."""
    module(session, "maintainer.new_step")


@nox.session(requires=["env"])
def scale(session: nox.Session) -> None:
    """Simulate how many people fit in: nox -s scale -- [--people N ... | --measure]."""
    module(session, "live.capacity")


@nox.session(requires=["env"])
def bench(session: nox.Session) -> None:
    """Measure the last step against other ways to write it: nox -s bench -- [--quick]."""
    install_apart(session, BENCH, "bench/requirements.txt")
    python(session, "-m", "bench", *session.posargs, env={"PYTHONPATH": str(BENCH)})


@nox.session(requires=["env"])
def lock(session: nox.Session) -> None:
    """Write all locks again, from each requirements.in: nox -s lock [-- --upgrade]."""
    module(session, "maintainer.lock")


@nox.session(requires=["env"])
def audit(session: nox.Session) -> None:
    """Ask whether pinned packages have known vulnerabilities (needs a network)."""
    module(session, "maintainer.audit")


@nox.session(requires=["env"])
def matrix(session: nox.Session) -> None:
    """Run the steps' tests with other versions of Django and Python: nox -s matrix."""
    module(session, "maintainer.matrix")


@nox.session(requires=["env"], venv_backend="uv|venv", reuse_venv=True)
def zensical(session: nox.Session) -> None:
    """Build and test the site with what follows MkDocs: nox -s zensical -- [pytest options]."""
    session.install("--upgrade", "zensical", "beautifulsoup4", "packaging")
    python(session, "-m", "tools.site.code_pages.build")
    session.run("python", "-m", "zensical", "--version")
    session.run("python", "-m", "zensical", "build", "--strict", "--clean")
    python(session, "-m", "tools.proof.replay")
    python(session, "-m", "tools.proof.links")
    tests = ("tests/tools/site/test_mkdocs.py", "tests/site", "-n", "auto")
    env = {"ZENSICAL_PYTHON": str(Path(session.bin) / "python")}
    python(session, "-m", "pytest", *tests, *session.posargs, env=env)


if __name__ == "__main__":
    nox.main()
