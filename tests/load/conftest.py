"""Real servers for many people: two processes where Redis joins them, else one."""

import subprocess
from contextlib import ExitStack

import pytest

from tutorial.broker import broker
from tutorial.chain import steps
from tutorial.server import Server, answers, free_port


@pytest.fixture(params=["memory", "redis"])
def servers(request, tmp_path):
    """The last step's servers: a list of one in memory, of two behind one Redis."""
    with ExitStack() as stack:
        # Here people send as fast as they can: test_limits.py is about the limit.
        variables, count = {"FRAME_BURST": "0"}, 1
        if request.param == "redis":
            request.getfixturevalue("needs_redis")
            variables["REDIS_URL"] = stack.enter_context(broker(free_port()))
            count = 2
        found = [Server(steps()[-1].folder, tmp_path) for _ in range(count)]
        found[0].prepare(people=False)
        for server in found:
            server.variables |= variables
            log = stack.enter_context((tmp_path / "log.txt").open("a"))
            start = server.start(free_port(), stdout=log, stderr=subprocess.STDOUT)
            process = stack.enter_context(start)
            assert answers(server.port, process)
        yield found
