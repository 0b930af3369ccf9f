"""What the repository's own tests share."""

import os
import sys

import pytest

from tests.helpers.tiny_repository import Repository
from tools.chain.steps import ROOT
from tools.live.system import find_nginx
from tools.servers.missing_program import MissingProgram
from tools.servers.postgres_server import find_postgres, postgres_server
from tools.servers.redis_server import find_redis
from tools.servers.step_server import free_port

TASKKILL = f"""\
#!{sys.executable}
import contextlib, psutil, sys
with contextlib.suppress(psutil.NoSuchProcess):
    process = psutil.Process(int(sys.argv[sys.argv.index("/PID") + 1]))
    tree = process.children(recursive=True) if "/T" in sys.argv else []
    for each in [*tree, process] if "/F" in sys.argv else []:
        each.kill()
"""


def pytest_addoption(parser):
    parser.addoption(
        "--record", action="store_true", help="write the recordings that pages show"
    )


@pytest.fixture
def taskkill(tmp_path):
    """The environment in which there is the command by which Windows ends processes."""
    place = tmp_path / "system32"
    place.mkdir()
    (place / "taskkill").write_text(TASKKILL, "utf-8")
    (place / "taskkill").chmod(0o755)
    return {"PATH": f"{place}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture
def repository(tmp_path):
    """A tiny tutorial of two steps, with pages that show all of it."""
    tiny = Repository(tmp_path)
    tiny.fill()
    return tiny


def need(*programs):
    """Skip a test, or fail it in CI, where a program is missing; say how to get it."""
    try:
        for find in programs:
            find()
    except MissingProgram as error:
        pytest.fail(str(error)) if os.environ.get("CI") else pytest.skip(str(error))


@pytest.fixture
def needs_redis():
    """Tests with a Redis server say how to get one where there is none."""
    need(find_redis)


@pytest.fixture
def needs_everything():
    """Tests of the whole system need a database and a proxy as well."""
    need(find_redis, find_postgres, find_nginx)


@pytest.fixture(scope="module")
def database_server():
    """A PostgreSQL server that the tests of a module share."""
    need(find_postgres)
    with postgres_server(free_port()) as server:
        yield server


@pytest.fixture
def record(request):
    """Compare a text with the recording that the module's page shows; --record writes it."""
    from tests.walks.recorder import Recorder  # it needs what few tests do

    page = request.path.stem.removeprefix("test_")
    write = request.config.getoption("--record")
    return Recorder(ROOT / "docs/recorded" / page, write).text
