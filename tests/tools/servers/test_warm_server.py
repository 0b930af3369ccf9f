"""A server that is forked does what one does that is started anew."""

import multiprocessing
import os
import subprocess

import pytest

from tests.helpers.warm_server import WarmServer
from tools.chain.steps import find_step
from tools.servers.step_server import Server, answers, free_port

PRINT = "import sys; print(sys.argv[1:3]); print('to stderr', file=sys.stderr)"


@pytest.fixture
def servers(tmp_path):
    """One of each kind, of the same step."""
    folder = find_step("echo").folder
    for name in ("new", "warm"):
        (tmp_path / name).mkdir()
    return Server(folder, tmp_path / "new"), WarmServer(folder, tmp_path / "warm")


def test_server_is_started_anew_where_nothing_forks(servers, tmp_path, monkeypatch):
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    monkeypatch.delattr(os, "fork", raising=False)
    _, warm = servers
    warm.prepare(people=False)

    with warm.start_into(tmp_path / "log.txt", free_port()) as process:
        assert isinstance(process, subprocess.Popen)
        assert answers(warm.port, process)

    assert "Starting ASGI/Daphne" in (tmp_path / "log.txt").read_text("utf-8")


def test_command_prints_every_letter_whatever_the_console(servers, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    letters = "print('Zürich → Łódź')"

    for each in servers:
        printed = each.manage("shell", "--no-imports", "--command", letters)
        assert printed == "Zürich → Łódź\n"


def test_command_prints_the_same_however_it_starts(servers):
    new, warm = (
        each.manage("shell", "--no-imports", "--command", PRINT) for each in servers
    )

    assert warm == new
    assert "to stderr" in warm


@pytest.mark.parametrize("command", ["nothing-of-the-kind", "dumpdata"])
def test_command_that_fails_raises_with_what_it_printed(servers, command):
    codes = []
    for each in servers:
        with pytest.raises(subprocess.CalledProcessError) as caught:
            each.manage(command, "nowhere")
        assert "nowhere" in caught.value.stdout or command in caught.value.stdout
        codes.append(caught.value.returncode)

    assert codes[0] == codes[1]


def test_server_answers_until_the_block_ends(servers, tmp_path):
    _, warm = servers
    warm.prepare(people=False)
    log = tmp_path / "log.txt"

    with warm.start_into(log, free_port()) as process:
        assert answers(warm.port, process)

    assert process.poll() is not None
    assert "Starting ASGI/Daphne" in log.read_text("utf-8")
