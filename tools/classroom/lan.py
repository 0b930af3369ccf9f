"""The addresses of this machine that others in its network can type."""

import ipaddress
import socket
from contextlib import suppress

EVERYWHERE = "0.0.0.0"  # all networks of this machine
# Nothing is sent there: the system only says from which address it would.
ELSEWHERE = ("10.255.255.255", "172.31.255.255", "192.168.255.255", "203.0.113.1")
WARNING = """  Everybody in this network can open it and log in with the passwords above. It is a
  server for learning, with DEBUG on and no encryption. Stop it when the class is over."""


class NoNetwork(Exception):
    """No address of this machine was found; the message says what to do."""


def addresses() -> list[str]:
    """Give this machine's addresses in its networks, the likeliest first.

    Raises NoNetwork where there is none.
    """
    found = [*_on_the_way(), *_by_name()]
    usable = [each for each in dict.fromkeys(found) if _is_usable(each)]
    if not usable:
        raise NoNetwork(
            "We found no network address of this machine. Is it in a network? If it is, "
            "give its address yourself: --lan --address 192.168.1.5"
        )
    return usable


def _on_the_way() -> list[str]:
    """The addresses from which this machine would speak to others."""
    found = []
    for target in ELSEWHERE:
        with suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as probe:
            probe.connect((target, 9))
            found.append(probe.getsockname()[0])
    return found


def _by_name() -> list[str]:
    """The addresses that this machine's name stands for."""
    with suppress(OSError):
        return socket.gethostbyname_ex(socket.gethostname())[2]
    return []


def _is_usable(address: str) -> bool:
    known = ipaddress.ip_address(address)
    return not (known.is_loopback or known.is_unspecified)
