"""A WebSocket client that sends whatever it is told to, byte for byte."""

import os
import socket
import ssl
import struct
from contextlib import suppress
from dataclasses import dataclass

from tools.servers.step_server import HOST

TEXT, BINARY, CLOSE, PING, PONG, CONTINUED = 1, 2, 8, 9, 10, 0
SECONDS = 20


def frame(
    payload: bytes = b"",
    opcode: int = TEXT,
    fin: bool = True,
    rsv: int = 0,
    masked: bool = True,
    length: int | None = None,
) -> bytes:
    """Write a frame, a right one by default; `length` is what it claims to hold."""
    length = len(payload) if length is None else length
    start = bytes([fin << 7 | rsv << 4 | opcode])
    mask = masked << 7
    if length < 126:
        start += bytes([mask | length])
    elif length < 2**16:
        start += struct.pack(">BH", mask | 126, length)
    else:
        start += struct.pack(">BQ", mask | 127, length)
    if not masked:
        return start + payload
    key = os.urandom(4)
    stretched = (key * (len(payload) // 4 + 1))[: len(payload)]
    mixed = int.from_bytes(payload, "big") ^ int.from_bytes(stretched, "big")
    return start + key + mixed.to_bytes(len(payload), "big")


@dataclass
class Target:
    """A server, or the proxy before one, and the process that would suffer."""

    port: int
    host: str
    session: str
    process: object
    tls: ssl.SSLContext | None = None

    @property
    def address(self) -> str:
        return f"http{'s' if self.tls else ''}://{self.host}:{self.port}"

    def connect(self) -> socket.socket:
        plain = socket.create_connection((HOST, self.port), SECONDS)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls:
            return self.tls.wrap_socket(plain, server_hostname=self.host)
        return plain

    def request(self, more: str = "") -> bytes:
        """A handshake as a browser's; `more` are headers of one's own."""
        return (
            "GET /ws/checklist/ HTTP/1.1\r\n"
            f"Host: {self.host}:{self.port}\r\n"
            f"Origin: {self.address}\r\n"
            f"Cookie: sessionid={self.session}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            f"{more}\r\n"
        ).encode()


class RawSocket:
    """An open socket to the checklist, whose frames somebody else reads."""

    def __init__(self, target: Target, more: str = ""):
        self.socket = target.connect()
        self.socket.sendall(target.request(more))
        self.head = b""
        while not self.head.endswith(b"\r\n\r\n"):
            self.head += self.socket.recv(1) or self._ended()

    def _ended(self):
        raise EOFError(self.head)

    def send(self, *frames: bytes):
        """Send what one can, until the other side has had enough."""
        with suppress(OSError):
            self.socket.sendall(b"".join(frames))

    def until(self, wanted: bytes = b"") -> bytes:
        """Read until some bytes come, or else the end; give all. Raises TimeoutError."""
        read = b""
        try:
            while not (wanted and wanted in read):
                some = self.socket.recv(65536)
                if not some:
                    break
                read += some
        except (ConnectionError, ssl.SSLError):
            pass
        return read

    def close(self):
        self.socket.close()
