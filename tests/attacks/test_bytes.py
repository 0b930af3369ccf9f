"""Raw bytes at the socket: whatever somebody sends, another tab gets its pong.

Directly at Daphne, at the uvicorn of compose.yaml, and at the nginx before it. After each
attack the attacked process may hold 25 MB more than before, and no more than 60 in all.
"""

import random
import socket
import struct
import threading
import time
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.attacks.raw import (
    BINARY,
    CLOSE,
    CONTINUED,
    PING,
    TEXT,
    RawSocket,
    Target,
    frame,
)
from tests.attacks.tabs import ListTab
from tests.attacks.world import World
from tests.helpers.processes import megabytes

MOST_MEGABYTES, MOST_IN_ALL = 25, 60
PATIENCE = 15  # also on a busy machine
MARK = b'{"type": "task.explode"}'
ANSWER = b"Unknown type of frame."
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate\r\n"


@pytest.fixture(scope="session")
def daphne(tmp_path_factory):
    with World(tmp_path_factory.mktemp("daphne"), "daphne") as world:
        yield world


class Innocent:
    """Another tab, at the server that is attacked."""

    def __init__(self, target: Target):
        self.target = target
        self.tab = self.open()
        self.before = self.start = megabytes(target.process)

    def open(self):
        return ListTab(self.target, "person000", self.target.session)

    def is_well(self):
        """It is answered, a new tab is let in, and the process has not grown much."""
        start = time.monotonic()
        for tab in (self.tab, self.open()):
            tab.answers(tab.mark())
            if tab is not self.tab:
                tab.close()
        assert time.monotonic() - start < PATIENCE
        now = megabytes(self.target.process)
        grown, self.before = now - self.before, now
        assert grown < MOST_MEGABYTES
        assert now - self.start < MOST_IN_ALL


@pytest.fixture(scope="session", params=["daphne", "worker", "proxy"])
def innocent(request):
    if request.param == "daphne":
        world = request.getfixturevalue("daphne")
        (server,) = world.servers
        session = world.people["person000"]
        target = Target(server.port, "127.0.0.1", session, server.process)
    else:
        target = getattr(request.getfixturevalue("live"), request.param)
    innocent = Innocent(target)
    yield innocent
    innocent.tab.close()


@pytest.fixture
def attacker(innocent):
    """An open socket; once the test has ended, the innocent tab has to be well."""
    attacker = RawSocket(innocent.target)
    yield attacker
    attacker.close()
    innocent.is_well()


def pieces(payload: bytes, between: bytes = b"") -> bytes:
    """A message in fragments of one byte, with something between them."""
    frames = [
        frame(payload[n : n + 1], CONTINUED if n else TEXT, fin=n == len(payload) - 1)
        for n in range(len(payload))
    ]
    return between.join(frames)


ANSWERED = {
    "fragments": pieces(MARK),
    "pings between fragments": pieces(MARK, frame(b"hello", PING)),
    "empty fragments": frame(fin=False)
    + frame(opcode=CONTINUED, fin=False) * 500
    + frame(MARK, CONTINUED),
    "empty frames": frame() * 100 + frame(b"", BINARY) * 100 + frame(MARK),
    "a character in two fragments": frame('{"type": "é'.encode()[:-1], fin=False)
    + frame('é"}'.encode()[1:], CONTINUED),
    "pongs nobody asked for": frame(b"x" * 125, 10) * 500 + frame(MARK),
}
REFUSED = {
    "invalid UTF-8": frame(b"\xff\xfe"),
    "half a character": frame(b"\xed\xa0\x80"),
    "invalid UTF-8 in fragments": frame(b"\xf0\x9f", fin=False)
    + frame(b"x", CONTINUED),
    "an oversized ping": frame(b"x" * 126, PING),
    "a huge ping": frame(b"x" * 100_000, PING),
    "a ping in fragments": frame(b"x", PING, fin=False),
    "an oversized close": frame(b"\x03\xe8" + b"x" * 200, CLOSE),
    "a close of one byte": frame(b"x", CLOSE),
    "a close with a code that is none": frame(struct.pack(">H", 999), CLOSE),
    "a close with a code for nobody": frame(struct.pack(">H", 1006), CLOSE),
    "a close with invalid UTF-8": frame(b"\x03\xe8\xff", CLOSE),
    "the first reserved bit": frame(MARK, rsv=4),
    "the second reserved bit": frame(MARK, rsv=2),
    "the third reserved bit": frame(MARK, rsv=1),
    "a reserved opcode": frame(MARK, 3),
    "a reserved control opcode": frame(MARK, 11),
    "a frame without a mask": frame(MARK, masked=False),
    "a continuation of nothing": frame(MARK, CONTINUED),
    "a message inside another": frame(b"{", fin=False) + frame(MARK),
    "a frame that says it is endless": frame(MARK, length=2**63 - 1),
    "a length that is negative": frame(MARK, length=2**64 - 1),
    "HTTP": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100,
    "zeros": b"\0" * 1_000_000,
}


@pytest.mark.parametrize("name", ANSWERED)
def test_odd_and_right_frames_are_answered(attacker, name):
    attacker.send(ANSWERED[name])

    assert ANSWER in attacker.until(ANSWER)


@pytest.mark.parametrize("name", REFUSED)
def test_wrong_frames_close_their_own_socket(attacker, name):
    attacker.send(REFUSED[name])

    assert ANSWER not in attacker.until()


def test_message_that_never_ends_closes_its_own_socket(attacker):
    more = frame(b"x" * 60_000, CONTINUED, fin=False)
    attacker.send(frame(b"{", fin=False), *[more] * 400)

    attacker.until()


def test_compressed_bombs_do_not_unfold(innocent):
    deflate = zlib.compressobj(wbits=-15)
    bomb = deflate.compress(b" " * 1_000_000) + deflate.flush(zlib.Z_SYNC_FLUSH)
    sockets = [RawSocket(innocent.target, DEFLATE) for _ in range(3)]

    for each in sockets:
        assert b"permessage-deflate" not in each.head
        each.send(frame(bomb[:-4], rsv=4) * 200)
        each.until()
        each.close()

    innocent.is_well()


def test_pings_whose_pongs_nobody_reads(attacker):
    attacker.socket.settimeout(3)
    attacker.send(*[frame(b"x" * 125, PING)] * 20_000)


def test_sockets_that_are_closed_in_one_direction(innocent):
    sockets = [RawSocket(innocent.target) for _ in range(30)]
    for each in sockets:
        with suppress(OSError):
            each.socket.shutdown(socket.SHUT_WR)
    innocent.is_well()
    for each in sockets:
        each.close()


def test_sockets_that_are_torn_in_the_middle_of_a_frame(innocent):
    for _ in range(30):
        each = RawSocket(innocent.target)
        each.send(frame(MARK)[:-9])
        linger = struct.pack("ii", 1, 0)  # an RST, and no farewell
        each.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        each.close()
    innocent.is_well()


def test_handshakes_that_are_never_finished(innocent):
    request = innocent.target.request()
    waiting = [innocent.target.connect() for _ in range(100)]
    for number, each in enumerate(waiting):
        each.sendall(request[: number * 3])
    innocent.is_well()
    for each in waiting:
        each.close()


HEADERS = {
    "a long header": f"X-Long: {'x' * 1_000_000}\r\n",
    "many headers": "".join(f"X-{n}: x\r\n" for n in range(20_000)),
    "a long cookie": f"Cookie: a={'x' * 500_000}\r\n",
    "a header without a name": ": x\r\n",
    "NUL": "X-Odd: a\0b\r\n",
    "two lengths": "Content-Length: 5\r\nContent-Length: 6\r\n",
    "a length and chunks": "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    "extensions": f"Sec-WebSocket-Extensions: {'a; b=c, ' * 5_000}d\r\n",
    "extensions that are none": "Sec-WebSocket-Extensions: ;;,=\r\n",
    "subprotocols": f"Sec-WebSocket-Protocol: {'a, ' * 5_000}b\r\n",
    "another version": "Sec-WebSocket-Version: 99\r\n",
    "another key": "Sec-WebSocket-Key: x\r\n",
}


@pytest.mark.parametrize("name", HEADERS)
def test_handshake_with_odd_headers_holds_up_nobody(innocent, name):
    connection = innocent.target.connect()
    connection.settimeout(3)
    with suppress(OSError):
        connection.sendall(innocent.target.request(HEADERS[name]))
    with suppress(OSError):
        assert b"Traceback" not in connection.recv(65536)
    connection.close()

    innocent.is_well()


def test_garbage_from_many_sockets_at_once(innocent):
    chance = random.Random(16)
    garbage = [chance.randbytes(200_000) for _ in range(8)]

    def send(each):
        attacker = RawSocket(innocent.target)
        attacker.send(each)
        attacker.until()
        attacker.close()

    threads = [threading.Thread(target=send, args=[each]) for each in garbage]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    innocent.is_well()


payloads = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=50).map(str.encode),
    st.sampled_from([MARK, b'{"type": "ping"}', b"[" * 3_000, b"x" * 3_000]),
)
frames = st.builds(
    frame,
    payloads,
    st.sampled_from([TEXT, TEXT, CONTINUED, BINARY, PING, 10, CLOSE, 3, 15]),
    fin=st.booleans(),
    rsv=st.sampled_from([0, 0, 0, 0, 4, 1]),
    masked=st.sampled_from([True, True, True, False]),
    length=st.sampled_from([None, None, None, 0, 5, 2**40]),
)


def test_generated_frames_hold_up_nobody(innocent):
    @settings(settings(), max_examples=settings().max_examples * 3)
    @given(st.lists(frames, max_size=8))
    def attack(frames):
        attacker = RawSocket(innocent.target)
        attacker.send(*frames)
        with suppress(OSError):
            attacker.socket.shutdown(socket.SHUT_WR)
        said = attacker.until()
        attacker.close()
        assert b"Traceback" not in said
        assert b"Something went wrong" not in said
        innocent.tab.answers(innocent.tab.mark())

    attack()
    innocent.is_well()
