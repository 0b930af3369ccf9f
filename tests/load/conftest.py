"""Real servers for many people: two processes where Redis joins them, else one."""

import subprocess
from contextlib import ExitStack

import pytest

from tests.helpers.processes import uvicorn
from tools.chain.steps import all_steps
from tools.live.system import Live
from tools.servers.redis_server import redis_server
from tools.servers.step_server import Server, answers, free_port


@pytest.fixture(params=["daphne", "uvicorn"])
def server(request, tmp_path):
    """One server of the last step; a module may set VARIABLES of its environment."""
    server = Server(all_steps()[-1].folder, tmp_path)
    server.variables |= getattr(request.module, "VARIABLES", {})
    server.prepare(people=False)
    with (tmp_path / "log.txt").open("w") as log:
        options = {"stdout": log, "stderr": subprocess.STDOUT}
        if request.param == "uvicorn":
            start = uvicorn(server, **options)
        else:
            start = server.start(free_port(), **options)
        with start as server.process:
            assert answers(server.port, server.process)
            yield server


@pytest.fixture(params=["memory", "redis"])
def servers(request, tmp_path):
    """The last step's servers: one in memory, two behind one Redis, or all of it live."""
    with ExitStack() as stack:
        # Here people send as fast as they can: test_limits.py is about the limit.
        variables, count = {"FRAME_BURST": "0"}, 1
        if request.param == "live":
            request.getfixturevalue("needs_everything")
            live = Live(all_steps()[-1], tmp_path, workers=2)
            live.variables |= variables
            # One address: the proxy sends each socket to another process.
            yield [stack.enter_context(live)] * 2
            return
        if request.param == "redis":
            request.getfixturevalue("needs_redis")
            variables["REDIS_URL"] = stack.enter_context(redis_server(free_port()))
            count = 2
        found = [Server(all_steps()[-1].folder, tmp_path) for _ in range(count)]
        found[0].prepare(people=False)
        for server in found:
            server.variables |= variables
            log = stack.enter_context((tmp_path / "log.txt").open("a"))
            start = server.start(free_port(), stdout=log, stderr=subprocess.STDOUT)
            process = stack.enter_context(start)
            assert answers(server.port, process)
        yield found
