"""The hash of all that a result depends on: files, packages, programs, the Python."""

import hashlib
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

from tools.chain.steps import step_files
from tools.servers.missing_program import MissingProgram
from tools.servers.postgres_server import find_postgres
from tools.servers.redis_server import find_redis

# What every result depends on besides its own files.
EVERYWHERE = ("requirements.txt", "noxfile.py", "pyproject.toml", "tools/results")
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


@cache
def programs() -> str:
    """Give the versions of the programs that tests start, “none” for what is missing.

    So a result with a Redis does not count where there is none, nor the reverse.
    """
    found = [_version(_path(find_redis)), _version(_path(_postgres), "--version")]
    found.append(_version(shutil.which("nginx", path="/usr/sbin:/usr/bin"), "-v"))
    found += [_version(shutil.which(name)) for name in BROWSERS]
    return "\n".join(found)


def _postgres() -> str:
    return str(find_postgres() / "postgres")


def _path(find) -> str | None:
    try:
        return find()
    except MissingProgram:
        return None


def _version(path: str | None, option: str = "--version") -> str:
    if path is None:
        return "none"
    command = [path, option]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@cache
def packages() -> str:
    """Give what is installed: not only learners' versions are tested here."""
    found = {f"{each.name}=={each.version}" for each in distributions()}
    return "\n".join(sorted(found))


@cache
def contents(root: Path) -> dict[str, str]:
    """Give the hash of each file of a repository that git tracks or could track."""
    return {
        path: hashlib.sha256((root / path).read_bytes()).hexdigest()
        for path in step_files(root)
    }


def forget_contents() -> None:
    """Look at the files anew from now on, for they may have changed."""
    contents.cache_clear()


def fingerprint(root: Path, inputs: Iterable[str], *facts: str) -> str:
    """Give the hash of what a result depends on.

    `inputs` are files and folders of the repository at `root`, "" for all of it; `facts`
    are other texts that matter, such as the database that a suite runs on. Requirements,
    what is installed, the Python and the programs on this machine always count. Raises
    GitError.
    """
    wanted = [*inputs, *EVERYWHERE]
    digest = hashlib.sha256()
    for text in (sys.version, platform.platform(), packages(), programs(), *facts):
        digest.update(f"{text}\0".encode())
    for path, content in contents(root).items():
        if any(each in ("", path) or path.startswith(f"{each}/") for each in wanted):
            digest.update(f"{path}\0{content}\0".encode())
    return digest.hexdigest()
