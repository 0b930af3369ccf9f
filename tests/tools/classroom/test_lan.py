"""A class gets in when it is asked in, and nobody does without."""

import os
import socket
import sys
from contextlib import ExitStack

import pytest
import requests
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.helpers.step_run import posix, running
from tests.helpers.terminal import address
from tools.chain.steps import find_step
from tools.classroom import lan, run
from tools.servers.demo_users import PASSWORD
from tools.servers.step_server import HOST, Server

ADDRESS = "192.0.2.5"  # nobody's, from a network for examples
ELSEWHERE = "127.0.0.2"  # on Linux another address of the same machine
LOOKED_UP = {"_on_the_way": ["192.0.2.7"], "_by_name": ["127.0.1.1", "192.0.2.7"]}


class Guest:
    """Somebody who is logged in, and gives the server and the page any names."""

    def __init__(self, port: int):
        self.port = port
        self.http = requests.Session()
        self.http.trust_env = False  # no proxy
        self.http.get(self.login_page)
        data = {"username": "bob", "password": PASSWORD, **self.token}
        assert self.http.post(self.login_page, data).ok
        rooms = f"http://{HOST}:{port}/chat/"
        assert self.http.post(rooms, {"name": "lunch", **self.token}).ok

    @property
    def login_page(self) -> str:
        return f"http://{HOST}:{self.port}/accounts/login/"

    @property
    def token(self) -> dict:
        return {"csrfmiddlewaretoken": self.http.cookies[f"csrftoken{self.port}"]}

    def page(self, name: str) -> int:
        """Ask for a page by a name of the server; give the answer's status."""
        headers = {"Host": f"{name}:{self.port}"}
        return self.http.get(self.login_page, headers=headers).status_code

    def socket(self, name: str, origin: str, to: str = HOST) -> int:
        """Open a socket by a name, from a page, at an address; give the status."""
        cookies = "; ".join(f"{k}={v}" for k, v in self.http.cookies.items())
        uri = f"ws://{name}:{self.port}/ws/chat/lunch/"
        options = {"origin": f"http://{origin}", "proxy": None}
        try:
            with (
                socket.create_connection((to, self.port), 10) as sock,
                connect(
                    uri, sock=sock, additional_headers={"Cookie": cookies}, **options
                ),
            ):
                return 101
        except InvalidStatus as error:
            return error.response.status_code


def start(stack: ExitStack, folder, *args: str) -> Guest:
    """Run the first step with logins."""
    process = stack.enter_context(running(folder, "4", *args))
    return Guest(int(address(process).rpartition(":")[2]))


@posix
def test_lan_run_answers_to_its_addresses_alone(tmp_path):
    with ExitStack() as stack:
        guest = start(stack, tmp_path / "run", "--lan", "--address", ADDRESS)

        names = (ADDRESS, "localhost", HOST, "evil.example")
        assert [guest.page(name) for name in names] == [200, 200, 200, 400]
        own = f"{ADDRESS}:{guest.port}"
        assert guest.socket(ADDRESS, own) == 101
        assert guest.socket(ADDRESS, "evil.example") == 403
        if sys.platform == "linux":
            assert guest.socket(ADDRESS, own, to=ELSEWHERE) == 101


@posix
def test_run_without_lan_answers_to_this_machine_alone(tmp_path):
    with ExitStack() as stack:
        guest = start(stack, tmp_path / "run")

        assert guest.page(ADDRESS) == 400
        assert guest.socket(HOST, f"{HOST}:{guest.port}") == 101
        assert guest.socket(HOST, f"{ADDRESS}:{guest.port}") == 403
        with pytest.raises(OSError, match="refused|unreachable|assign"):
            socket.create_connection((ELSEWHERE, guest.port), 10)


def test_addresses_are_those_that_others_can_use(monkeypatch):
    for name, found in LOOKED_UP.items():
        monkeypatch.setattr(lan, name, lambda found=found: found)

    assert lan.addresses() == ["192.0.2.7"]


def test_run_without_a_network_says_what_to_do(monkeypatch, capsys):
    for name in LOOKED_UP:
        monkeypatch.setattr(lan, name, lambda: ["127.0.0.1"])

    assert run.main(["1", "--lan", "--no-browser"]) == 1
    assert (
        "give its address yourself: --lan --address 192.168.1.5"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--address", ADDRESS], "--address only works together with --lan"),
        (["--lan", "--address", "my-laptop"], "'my-laptop' is not an address"),
        (["--lan", "--address", "1.2.3.4,evil.example"], "is not an address"),
        (["--lan", "--address", "*"], "is not an address"),
    ],
)
def test_address_that_is_none_is_refused(capsys, args, said):
    with pytest.raises(SystemExit) as stop:
        run.main(["1", *args])

    assert stop.value.code == 2
    assert said in capsys.readouterr().err


def test_lan_is_explained_in_the_help(capsys):
    with pytest.raises(SystemExit):
        run.parse(["--help"])

    said = " ".join(capsys.readouterr().out.split())
    assert (
        "let other machines connect: everybody in your networks can then use this"
        in said
    )


def test_welcome_names_the_addresses_and_the_risk(tmp_path):
    step = find_step("4")
    server = Server(step.folder, tmp_path)
    server.port = 8004
    assert lan.WARNING not in run._welcome(step, server)

    server.let_in([ADDRESS])

    assert f"Others open  http://{ADDRESS}:8004/" in run._welcome(step, server)
    assert lan.WARNING in run._welcome(step, server)


def test_hosts_of_the_persons_own_environment_do_not_get_in(monkeypatch, tmp_path):
    monkeypatch.setitem(os.environ, "TUTORIAL_HOSTS", "*")

    server = Server(find_step("1").folder, tmp_path)

    assert server.env.get("TUTORIAL_HOSTS") == ""
