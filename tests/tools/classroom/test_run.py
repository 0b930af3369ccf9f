"""A step runs by one command, with nothing left over when it stops."""

import os
import re
import socket
import subprocess
import sys
from urllib.request import urlopen

import pytest
import requests

from tests.helpers import ten_seconds
from tests.helpers.step_run import command, posix, running
from tests.helpers.ten_seconds import echo
from tests.helpers.terminal import address, press_ctrl_c
from tools.chain.steps import ROOT, all_steps, find_step
from tools.classroom import run
from tools.servers.step_server import HOST, PortTaken, reserved_port


def rest(process) -> str:
    """Wait until the last process that prints to a run's output has ended."""
    return process.communicate(timeout=20)[0]


def databases() -> list:
    """The databases in the step's own folder, where its reader may have made one."""
    return sorted(find_step("1").folder.glob("**/*.sqlite3*"))


def test_unknown_step_lists_the_steps(capsys):
    assert run.main(["99"]) == 2

    printed = capsys.readouterr().err
    assert "There is no step '99'" in printed
    assert all(step.name in printed for step in all_steps())


@pytest.mark.parametrize("port", ["0", "x", "65536", "-1", "", "8000.5"])
def test_port_that_is_none_is_refused(capsys, port):
    with pytest.raises(SystemExit) as stop:
        run.main(["1", f"--port={port}"])

    assert stop.value.code == 2
    assert f"{port!r} is not a port from 1 to 65535" in capsys.readouterr().err


@pytest.mark.parametrize("args", [["1", "2"], ["--prot", "8000"]])
def test_unknown_argument_is_refused(args):
    with pytest.raises(SystemExit) as stop:
        run.main(args)

    assert stop.value.code == 2


def test_port_of_another_server_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(run, "_serve", lambda *args: 0)
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]

        assert run.main(["1", "--no-browser", "--port", str(port)]) == 1

    assert capsys.readouterr().err == f"Port {port} is taken.\n"


def test_reserved_port_is_no_other_runs():
    with reserved_port(8900, 100) as one, reserved_port(8900, 100) as other:
        assert one != other

        with (
            pytest.raises(PortTaken, match=f"Port {one} is taken."),
            reserved_port(one),
        ):
            pass


def test_reserved_port_is_free_again_afterwards():
    with reserved_port(9000, 100) as port:
        pass

    with reserved_port(port) as again:
        assert again == port


def test_two_runs_of_a_step_at_once_get_a_server_each(tmp_path):
    with running(tmp_path / "one") as one, running(tmp_path / "other") as other:
        addresses = [address(one), address(other)]
        answers = [echo(address, "hello") for address in addresses]

    assert len(set(addresses)) == 2
    assert [answer["message"] for answer in answers] == ["hello", "hello"]


def terminate(process):
    process.terminate()


# Ctrl-C in a terminal goes to all that runs there, the end of a service to one process.
@pytest.mark.parametrize(
    "stop", [press_ctrl_c, pytest.param(terminate, marks=posix)], ids=["ctrl-c", "term"]
)
def test_run_that_is_stopped_leaves_nothing(tmp_path, stop):
    before = databases()
    folder = tmp_path / "files"
    with running(folder) as process:
        address(process)
        assert list(folder.glob("01_echo-*/db.sqlite3"))

        stop(process)
        output = rest(process)

    assert process.returncode == 0
    assert "01_echo has stopped; its database is gone." in output
    assert not list(folder.iterdir())
    assert databases() == before


def test_command_speaks_in_a_room_of_a_run_with_redis(needs_redis, tmp_path):
    make_room = "from chat.models import Room; Room.objects.create(name='general')"

    with running(tmp_path / "run", "outside", "--redis") as process:
        address(process)
        made = manage("outside", "shell", "--no-imports", "--command", make_room)
        sent = manage("outside", "send_message", "general", "hello")

    assert made.returncode == 0, made.stdout
    assert sent.stdout == "Sent to general.\n"
    assert manage("outside", "check").returncode == 1  # it runs no more


def test_run_answers_for_ten_seconds_and_is_gone_after_ctrl_c(tmp_path):
    """What the workflow for Windows and macOS does too, with `nox -s run`."""
    env = os.environ | {"TMPDIR": str(tmp_path)}

    printed = ten_seconds.main(command(), cwd=ROOT, env=env)

    assert "Traceback" not in printed


def test_run_that_ends_by_itself_is_no_run_of_ten_seconds():
    ends = "print('  Open  http://127.0.0.1:9/', flush=True)"

    with pytest.raises((AssertionError, OSError)):
        ten_seconds.main([sys.executable, "-c", ends])


def test_page_to_log_in_says_who_is_there(tmp_path):
    with running(tmp_path / "run", "login") as process:
        page = urlopen(f"http:{address(process)}/accounts/login/").read().decode()

    assert "alice or bob, password open-sesame" in page


def test_two_steps_at_once_do_not_share_a_login(tmp_path):
    """A browser sends the cookies of a host to all its ports."""
    with (
        running(tmp_path / "one", "4") as one,
        running(tmp_path / "other", "5") as other,
        requests.Session() as browser,
    ):
        homes = [f"http:{address(each)}" for each in (one, other)]
        for home in homes:
            page = browser.get(f"{home}/accounts/login/")
            (token,) = re.findall(r'csrfmiddlewaretoken" value="(\w+)"', page.text)
            form = {"username": "alice", "password": "open-sesame"}
            form["csrfmiddlewaretoken"] = token
            browser.post(page.url, form).raise_for_status()

        assert [browser.get(f"{home}/chat/").url for home in homes] == [
            f"{home}/chat/" for home in homes
        ]


def manage(*args: str) -> subprocess.CompletedProcess:
    """Run `nox -s manage`'s command and give what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "tools.classroom.manage", *args],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
