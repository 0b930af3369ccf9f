"""Ask git, whatever the machine's own git settings say."""

import os
import subprocess
from pathlib import Path

# Settings of the person or the machine must not change what a diff looks like.
_NEUTRAL = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_OPTIONAL_LOCKS": "0",
}
_SETTINGS = {
    "core.autocrlf": "false",
    # Its default place in the home folder is read all the same.
    "core.excludesFile": "",
    # Without the person's settings git would refuse a clone of another user's.
    "safe.directory": "*",
}


class GitError(Exception):
    """Git is missing, or could not do what it was asked."""


def git(*args: str | Path, cwd: Path, **options) -> str:
    """Run git in the folder `cwd` and give what it prints; `options` are git_bytes's.

    Raises GitError with git's own words where it fails.
    """
    return git_bytes(*args, cwd=cwd, **options).decode()


def git_bytes(
    *args: str | Path,
    cwd: Path,
    accept: tuple[int, ...] = (0,),
    stdin: bytes = b"",
    variables: dict[str, str] | None = None,
) -> bytes:
    """Run git in the folder `cwd` and give what it prints, byte for byte.

    `accept` are the exit codes that mean success: `git diff --no-index` ends with 1
    where it finds a difference. `stdin` is what git reads, `variables` are added to its
    environment. Raises GitError with git's own words where it fails.
    """
    command = ["git"]
    for name, value in _SETTINGS.items():
        command += ["-c", f"{name}={value}"]
    command += map(str, args)
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    env |= _NEUTRAL | (variables or {})
    try:
        done = subprocess.run(
            command, cwd=cwd, env=env, input=stdin, capture_output=True
        )
    except FileNotFoundError:
        raise GitError("git is not installed, or not on the PATH") from None
    if done.returncode not in accept:
        raise GitError(done.stderr.decode(errors="replace").strip())
    return done.stdout
