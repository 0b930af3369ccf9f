"""The PostgreSQL server of a run: a real one, and gone with whoever started it."""

import psycopg
import pytest

from tools.servers import postgres_server as module
from tools.servers.missing_program import MissingProgram
from tools.servers.postgres_server import find_postgres, postgres_server
from tools.servers.step_server import free_port


@pytest.fixture
def server(database_server):
    return database_server


def query(server, text):
    with psycopg.connect(server.url, autocommit=True) as database:
        cursor = database.execute(text)
        return cursor.fetchone()[0] if cursor.description else None


@pytest.mark.parametrize("crash", [False, True], ids=["stopped", "crashed"])
def test_server_that_was_ended_has_its_rows_again(server, crash):
    query(server, "DROP TABLE IF EXISTS task")
    query(server, "CREATE TABLE task AS SELECT 7 AS id")

    server.stop(crash=crash)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.url)
    server.start()

    assert query(server, "SELECT id FROM task") == 7


def test_server_that_crashed_has_recovered(server):
    server.stop(crash=True)
    server.start()

    log = (server.folder / "log.txt").read_text("utf-8")
    assert "automatic recovery in progress" in log


def test_server_is_gone_with_its_block_and_its_data_too(server):
    with pytest.raises(KeyboardInterrupt), postgres_server(free_port()) as another:
        raise KeyboardInterrupt

    assert another.process.poll() is not None
    assert not another.folder.exists()


def test_port_that_is_taken_ends_in_an_error(server):
    with pytest.raises(psycopg.OperationalError), postgres_server(server.port):
        pytest.fail("it took another server for its own")


def test_machine_without_a_server_says_how_to_get_one(monkeypatch):
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    monkeypatch.setattr(module, "PLACES", ("/nowhere/*/bin",))

    with pytest.raises(MissingProgram, match="apt install postgresql"):
        find_postgres()
