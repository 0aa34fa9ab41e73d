"""Clients that are not ours: the programs of a socket tutorial, and an HTTP client that sees every byte."""

import dataclasses
import re
import resource
import socket
import struct
import time

from conftest import PATIENCE

MANY = 1 << 20


def connect(address, receive_buffer=None):
    s = socket.socket()
    if receive_buffer:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)  # before connect: the window follows it
    s.settimeout(PATIENCE)
    s.connect(address)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def read_to_end(s):
    """Reads everything until the orderly end; a reset is a ConnectionResetError, a hang a TimeoutError."""
    out = bytearray()
    while piece := s.recv(MANY):
        out += piece
    return bytes(out)


def read_exactly(s, n):
    out = bytearray()
    while len(out) < n:
        piece = s.recv(min(MANY, n - len(out)))
        assert piece, f"the end after {len(out)} of {n} bytes"
        out += piece
    return bytes(out)


def plain(address, name, half_close=False):
    """Sends the bytes of a name as they are, and reads to the end."""
    with connect(address) as s:
        s.sendall(name)
        if half_close:
            s.shutdown(socket.SHUT_WR)
        return read_to_end(s)


def reset(s):
    """Closes with a reset, like a client that is killed."""
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


@dataclasses.dataclass
class Answer:
    status: int
    reason: str
    headers: dict  # names in lower case; a repeated one would be an error in all of our requests
    body: bytes = b""
    version: str = "HTTP/1.1"

    def __getitem__(self, name):
        return self.headers.get(name.lower())


class Http:
    """One connection; it accepts only valid answers. ask() for usual requests, send() and receive() for others."""

    def __init__(self, address, **kw):
        self.s = connect(address, **kw)
        self.held = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.s.close()

    def send(self, data):
        self.s.sendall(data)

    def send_all_that_it_takes(self, data):
        """For a request that the server may refuse half-way; its answer can still be read."""
        try:
            self.s.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def _more(self):
        piece = self.s.recv(MANY)
        if not piece:
            raise EOFError(f"the end, with {self.held[:200]!r} in hand")
        self.held += piece

    def _line(self):
        while b"\r\n" not in self.held:
            assert b"\n" not in self.held, self.held[:200]
            self._more()
        line, _, self.held = self.held.partition(b"\r\n")
        return line.decode("ascii")

    def _bytes(self, n):
        parts, have = [self.held[:n]], min(n, len(self.held))
        self.held = self.held[n:]
        while have < n:
            piece = self.s.recv(min(MANY, n - have))
            if not piece:
                raise EOFError(f"the end after {have} of {n} bytes")
            parts.append(piece)
            have += len(piece)
        return b"".join(parts)

    def _chunked(self):
        out = bytearray()
        while size := int(re.fullmatch(r"[0-9A-Fa-f]+", self._line())[0], 16):
            out += self._bytes(size)
            assert self._line() == ""
        assert self._line() == "", "we asked for no trailers"
        return bytes(out)

    def head(self):
        version, status, reason = re.fullmatch(r"(HTTP/1\.[01]) (\d{3}) ([ -~]*)", self._line()).groups()
        headers = {}
        while line := self._line():
            name, value = re.fullmatch(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*", line).groups()
            assert name.lower() not in headers, f"{name} twice"
            headers[name.lower()] = value
        return Answer(int(status), reason, headers, version=version)

    def receive(self, method="GET"):
        a = self.head()
        if method == "HEAD" or a.status in (204, 304):
            return a
        if a["Transfer-Encoding"]:
            assert a["Transfer-Encoding"] == "chunked" and a["Content-Length"] is None
            a.body = self._chunked()
        elif a["Content-Length"] is not None:
            a.body = self._bytes(int(a["Content-Length"]))
        else:
            assert a["Connection"] == "close" or a.version == "HTTP/1.0", "how long is it?"
            a.body = self.held + read_to_end(self.s)
            self.held = b""
        return a

    def ask(self, target, method="GET", version="HTTP/1.1", **headers):
        """headers: Range="bytes=0-1", if_none_match="*"; Host is there unless host=None."""
        self.send(request(target, method, version, **headers))
        return self.receive(method)

    def at_end(self):
        """Whether the server has ended this connection without sending more."""
        return self.held == b"" and self.s.recv(1) == b""


def request(target, method="GET", version="HTTP/1.1", **headers):
    headers = {"Host": "test", **{k.replace("_", "-").title(): v for k, v in headers.items()}}
    lines = [f"{method} {target} {version}", *(f"{k}: {v}" for k, v in headers.items() if v is not None)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def ask(address, target, method="GET", **headers):
    """One request on a new connection."""
    with Http(address) as h:
        return h.ask(target, method, **headers)


def wait_until(condition, what):
    """For conditions without an event to wait for. The limit is only for hangs."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"it does not come: {what}"
        time.sleep(0.01)


def refused(address):
    try:
        socket.create_connection(address, PATIENCE).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        pass  # the kernel accepted it just before the listener closed
    return False


def allow_descriptors(n):
    """Raises this process's limit, so that a thousand clients fit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < n:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(n, hard), hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= n
