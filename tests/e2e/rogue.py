"""Servers that follow a script to the byte: good, bad and slow ones. A script is a function of one connection. It
runs on a thread of its own. A socket error in it (the client has gone) ends it quietly; any other exception is
raised when the server is closed. As a program, for tests that kill it, rogue.py PORT FILE STOP_AT serves FILE,
and stalls at byte STOP_AT."""

import contextlib
import socket
import struct
import sys
import threading
from email.utils import formatdate

MODIFIED = 1_700_000_000  # Last-Modified of good servers
STALL = "stall"  # ways to end early: keep the connection and send nothing more,
RESET = "reset"  # cut it so that the peer sees an error,
CLOSE = "close"  # or end it in good order


class Peer:
    """One connection, and the request that came on it."""

    def __init__(self, server, sock, number):
        self.server, self.sock, self.number = server, sock, number
        self.head = b""
        self.method = self.target = ""
        self.fields = {}

    def read_request(self):
        while b"\r\n\r\n" not in self.head:
            data = self.sock.recv(65536)
            if not data:
                raise ConnectionError("gone")
            self.head += data
        lines = self.head.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        self.method, self.target, _ = lines[0].split(" ", 2)
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.fields[name.lower()] = value.strip()
        self.server.requests.append(self)

    @property
    def range_start(self):
        value = self.fields.get("range")
        return int(value.removeprefix("bytes=").split("-")[0]) if value else None

    def answer(self, status, *fields, body=b"", length=True):
        lines = [f"HTTP/1.1 {status}", "Connection: close", *fields]
        if length:
            lines.append(f"Content-Length: {len(body)}")
        self.sock.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)

    def send(self, data):
        for at in range(0, len(data), 65536):
            piece = data[at : at + 65536]
            self.sock.sendall(piece)
            self.server.sent += len(piece)

    def end(self, how):
        if how == RESET:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif how == STALL:
            while self.sock.recv(4096):  # until the client leaves, or the server is closed
                pass
        self.sock.close()

    def file(self, body, etag='"one"', modified=MODIFIED, stop_at=None, how=STALL, chunked=False, ranges=True):
        """Answers like a good server, but sends nothing from byte `stop_at` of the file on."""
        fields = [f"Last-Modified: {formatdate(modified, usegmt=True)}", f"Date: {formatdate(usegmt=True)}"]
        if etag:
            fields.append(f"ETag: {etag}")
        start = self.range_start if ranges else None
        if start is not None and self.fields.get("if-range") not in (etag, formatdate(modified, usegmt=True)):
            start = None
        if start is not None and start >= len(body):
            self.answer("416 Range Not Satisfiable", f"Content-Range: bytes */{len(body)}")
            return
        status = "200 OK"
        if start is not None:
            status = "206 Partial Content"
            fields.append(f"Content-Range: bytes {start}-{len(body) - 1}/{len(body)}")
        start = start or 0
        rest = body[start : len(body) if stop_at is None else max(stop_at, start)]
        fields.append("Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body) - start}")
        self.answer(status, *fields, length=False)
        if chunked and rest:
            self.sock.sendall(b"%x\r\n" % len(rest))
        self.send(rest)
        if chunked and rest:
            self.sock.sendall(b"\r\n")
        if stop_at is not None:
            self.end(how)
        elif chunked:
            self.sock.sendall(b"0\r\n\r\n")


class Rogue:
    """Runs script(peer) for each connection. scripts: one for all, or a list, one a connection (the last one stays)."""

    def __init__(self, scripts, plain=False, port=0):
        self.scripts = scripts if isinstance(scripts, list) else [scripts]
        self.plain = plain
        self.requests, self.sent, self.errors = [], 0, []
        self.peers, self.threads = [], []
        self.sock = socket.create_server(("127.0.0.1", port))
        self.port = self.sock.getsockname()[1]
        self.name = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.name}"
        self._start(self._accept)

    def _start(self, what, *args):
        thread = threading.Thread(target=what, args=args, daemon=True)
        thread.start()
        self.threads.append(thread)

    def _accept(self):
        number = 0
        while True:
            try:
                sock, _ = self.sock.accept()
            except OSError:
                return
            peer = Peer(self, sock, number)
            self.peers.append(peer)
            self._start(self._serve, peer, self.scripts[min(number, len(self.scripts) - 1)])
            number += 1

    def _serve(self, peer, script):
        try:
            with peer.sock:
                if not self.plain:
                    peer.read_request()
                script(peer)
        except OSError:
            pass  # the client went away, as it may
        except Exception as error:  # noqa: BLE001 - a broken test must not pass
            self.errors.append(error)

    def close(self):
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()
        for peer in self.peers:
            with contextlib.suppress(OSError):
                peer.sock.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join(30)
        if self.errors:
            raise self.errors[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def ranges(self):
        return [peer.range_start for peer in self.requests]


def main():
    port, path, stop_at = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    with open(path, "rb") as f:
        content = f.read()
    with Rogue(lambda peer: peer.file(content, stop_at=stop_at if stop_at >= 0 else None), port=port) as rogue:
        print(rogue.port, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
