"""Let the first step run for ten seconds, use it, press Ctrl-C, and see that it is gone.

`python -m tests.helpers.ten_seconds nox -s run -- 1 --no-browser` does that with what a
person types. It ends with an error, which says what was missing, or well. Besides the
standard library it needs websockets.
"""

import json
import socket
import sys
import time
from contextlib import suppress
from urllib.request import ProxyHandler, build_opener

from websockets.sync.client import connect

from tests.helpers import terminal
from tools.chain.processes import end_tree

STOPPED = "01_echo has stopped; its database is gone."


def main(command: list[str], seconds: float = 10, **options) -> str:
    """Do all that; give what the command printed after its address.

    `options` are Popen's. Raises AssertionError, or what the network raises.
    """
    process = terminal.start(command, **options)
    try:
        address = terminal.address(process)
        until, times = time.monotonic() + seconds, 0
        while not times or time.monotonic() < until:
            use(address, f"hello {times}")
            times += 1
            time.sleep(0.5)
        assert process.poll() is None, "it ended by itself"
        terminal.press_ctrl_c(process)
        printed, _ = process.communicate(timeout=30)
    finally:
        end_tree(process)
        process.stdout.close()
    assert STOPPED in printed, f"it was not stopped in order:\n{printed}"
    assert is_gone(address), f"something still answers at {address}"
    print(f"http:{address} answered {times} times, and is gone")
    return printed


def use(address: str, text: str) -> None:
    """Open the page, and send a message as it does. Raises AssertionError."""
    with build_opener(ProxyHandler({})).open(f"http:{address}", timeout=10) as page:
        assert page.status == 200, page.status
    answer = echo(address, text)
    assert answer["message"] == text, answer


def echo(address: str, text: str) -> dict:
    """Send a message as a page of the step does, and give the answer."""
    origin = f"http:{address}"
    with connect(f"ws:{address}/ws/chat/", origin=origin, proxy=None) as tab:
        tab.send(json.dumps({"message": text}))
        return json.loads(tab.recv(timeout=10))


def is_gone(address: str, seconds: float = 10) -> bool:
    """Wait until nobody listens at an address."""
    host, _, port = address.lstrip("/").partition(":")
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection((host, int(port)), 1):
            time.sleep(0.2)
            continue
        return True
    return False


if __name__ == "__main__":
    main(sys.argv[1:])
