"""What the commands for people share: their mistakes are messages, not tracebacks."""

import argparse
import signal
import sys
from collections.abc import Callable
from functools import wraps

from tools.chain.git import GitError
from tools.chain.steps import UnknownStep


class Refused(Exception):
    """A command does not do what it was asked; the message says why, and what to do."""


def parser(session: str, description: str) -> argparse.ArgumentParser:
    """Give a parser for the command `nox -s session -- …`.

    Nox runs its sessions in the repository: `--from` says where the person stands.
    """
    made = argparse.ArgumentParser(prog=f"nox -s {session} --", description=description)
    made.add_argument("--from", dest="start", default=".", help=argparse.SUPPRESS)
    return made


def command(main: Callable[..., int]) -> Callable[..., int]:
    """Turn a person's mistakes, git's and the disk's into a message and an exit code.

    A Ctrl-C, and the end that nox or a system asks for, let the command clean up.
    """

    @wraps(main)
    def run(args: list[str] | None = None) -> int:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            return main(sys.argv[1:] if args is None else args)
        except (Refused, UnknownStep) as error:
            print(error.args[0], file=sys.stderr)
            return 2
        except (GitError, OSError) as error:
            print(f"That did not work: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("\nStopped.", file=sys.stderr)
            return 1

    return run
