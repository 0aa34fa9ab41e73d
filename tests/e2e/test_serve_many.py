"""Many clients, and very large files: every byte is right, nobody is delayed, and memory stays small."""

import hashlib
import json
import os
import selectors
import shutil
import socket
import subprocess
import time

import pytest

from conftest import FERRY_ARGV, PATIENCE, SANITIZED, body, sha256
from wire import Http, allow_descriptors, ask, connect, plain, read_exactly, read_to_end, request, wait_until

pytestmark = pytest.mark.threads

FILE = body(4 << 20, seed=5)
# The sanitizer builds are several times slower, and find memory errors with 200 clients, too.
CLIENTS = 200 if SANITIZED else 1000
TRICKLERS = 50


class Fetch:
    """One client of the crowd: requests in one dialect, and hashes the answer."""

    def __init__(self, address, http):
        self.s = connect(address)
        self.s.setblocking(False)
        self.hash, self.head = hashlib.sha256(), b"" if http else None
        self.got, self.begin = 0, b""
        self.s.send(request("/file.bin", Connection="close") if http else b"file.bin\n")

    def on_readable(self):
        """True at the end."""
        piece = self.s.recv(1 << 18)
        if not piece:
            return True
        if self.head is not None:  # it is not over yet
            self.head += piece
            head, end, piece = self.head.partition(b"\r\n\r\n")
            if not end:
                return False
            assert head.startswith(b"HTTP/1.1 200 ")
            self.head = None
        self.hash.update(piece)  # empty if only the head came
        self.got += len(piece)
        self.begin += piece[: 80 - len(self.begin)]
        return False

    def __repr__(self):
        return f"<{self.got} bytes after the head, the first of them {self.begin!r}>"


class Trickle:
    """Reads 1 KiB a second, and must not delay others."""

    def __init__(self, address, http):
        self.s = connect(address, receive_buffer=4096)
        self.s.sendall(request("/file.bin", Connection="close") if http else b"file.bin\n")
        self.got, self.http = b"", http

    def take(self):
        self.got += self.s.recv(1024)


@pytest.mark.valgrind
def test_a_thousand_clients(listen, tmp_path):
    """Half of them plain, half HTTP, 4 MiB each, while fifty more read a KiB a second."""
    if not allow_descriptors(CLIENTS + TRICKLERS + 100):
        pytest.skip("this many descriptors are not allowed here (ulimit -Hn)")
    (tmp_path / "file.bin").write_bytes(FILE)
    server = listen("serve", tmp_path)
    right = hashlib.sha256(FILE).digest()
    slow = [Trickle(server.address, i % 2) for i in range(TRICKLERS)]
    sel = selectors.DefaultSelector()
    for i in range(CLIENTS):
        f = Fetch(server.address, i % 2)
        sel.register(f.s, selectors.EVENT_READ, f)
    wrong, next_second = [], time.monotonic()
    last_event = time.monotonic()
    while sel.get_map():
        for key, _ in sel.select(1):
            last_event = time.monotonic()
            if key.data.on_readable():
                sel.unregister(key.fileobj)
                key.fileobj.close()
                if key.data.hash.digest() != right:
                    wrong.append(key.data)
        assert time.monotonic() - last_event < PATIENCE, f"{len(sel.get_map())} clients get nothing"
        if time.monotonic() >= next_second:
            next_second += 1
            for t in slow:
                t.take()
    assert wrong == []
    for t in slow:
        t.take()
        content = t.got.partition(b"\r\n\r\n")[2] if t.http else t.got
        assert FILE.startswith(content) and t.got
        t.s.close()
    if not SANITIZED:
        assert server.memory("VmHWM") < 32 * 1024
    status, _, err = server.stop()
    assert status == 0
    assert [line for line in err.splitlines() if b"--listen" not in line and b"stopping" not in line] == []


def test_the_clients_beyond_the_maximum_wait(listen, tmp_path):
    """With --max-clients 2, a third client is served after one has left, and the two notice nothing."""
    (tmp_path / "file.bin").write_bytes(FILE * 12)
    (tmp_path / "small").write_bytes(b"small")
    server = listen("serve", "--max-clients", 2, tmp_path)
    inside = [connect(server.address, receive_buffer=32768) for _ in range(2)]
    for s in inside:
        s.sendall(b"file.bin\n")
        assert read_exactly(s, 1000) == FILE[:1000]
    waiting = connect(server.address)
    waiting.sendall(b"small\n")
    assert read_to_end(inside[0]) == (FILE * 12)[1000:]
    inside[0].close()
    try:
        assert read_to_end(waiting) == b"small"
    except ConnectionResetError:
        pass  # being refused is fine, as long as there is room afterwards
    waiting.close()
    assert read_to_end(inside[1]) == (FILE * 12)[1000:]
    inside[1].close()
    assert plain(server.address, b"small\n") == b"small"


def test_idle_connections_do_not_use_up_the_maximum_for_ever(listen, tmp_path):
    (tmp_path / "small").write_bytes(b"small")
    server = listen("serve", "--max-clients", 3, tmp_path)
    kept = [Http(server.address) for _ in range(3)]
    for h in kept:
        assert h.ask("/small").body == b"small"
    for h in kept:
        h.s.close()
    for _ in range(10):
        assert ask(server.address, "/small").body == b"small"


def unsent_to(server):
    """The bytes that the kernel holds for each client of this server (/proc/net/tcp)."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    return [int(row[4].split(":")[0], 16) for row in rows
            if int(row[1].split(":")[1], 16) == server.port and row[3] == "01"]


def test_whoever_reads_nothing_does_not_fill_the_kernel(listen, tmp_path):
    """And clients that read get everything."""
    (tmp_path / "file.bin").write_bytes(FILE * 4)
    (tmp_path / "other").write_bytes(b"other")
    server = listen("serve", tmp_path)
    clients = [connect(server.address, receive_buffer=4096) for _ in range(20)]
    for i, s in enumerate(clients):
        s.sendall(b"file.bin\n" if i % 2 else request("/file.bin"))
    wait_until(lambda: len([n for n in unsent_to(server) if n > 0]) == len(clients), "the beginning for each")
    for _ in range(20):
        assert ask(server.address, "/other").body == b"other"
    assert max(unsent_to(server)) < 400 * 1024
    assert ask(server.address, "/file.bin").body == FILE * 4
    assert read_to_end(clients[1]) == FILE * 4
    for s in clients:
        s.close()


@pytest.mark.release
def test_memory_does_not_grow_with_the_number_of_requests(listen, tmp_path):
    (tmp_path / "small").write_bytes(b"small")
    server = listen("serve", tmp_path)

    def work():
        for _ in range(300):
            with Http(server.address) as h:
                h.send(request("/small") * 5 + request("/nothing") + request("/", Accept="application/json"))
                for _ in range(7):
                    h.receive()
            plain(server.address, b"small\n")

    work()
    before = server.memory()
    work()
    work()
    assert server.memory() <= before + 512


def test_who_reads_nothing_makes_room_for_who_does(listen, tmp_path):
    """20 clients request a listing larger than any socket buffer, and do not read it; the memory limit is enough
    for a few of them."""
    folder = tmp_path / "folder"
    folder.mkdir()
    for i in range(3000):
        (folder / f"{i:04d}{'x' * 200}").touch()
    server = listen("serve", "--max-memory", "2M", tmp_path)
    deaf = [connect(server.address, receive_buffer=4096) for _ in range(20)]
    for s in deaf:
        s.sendall(request("/folder/?format=json"))
    wait_until(lambda: sum(s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0 for s in deaf) > 0,
               "one of them was cut")

    def is_served():
        try:
            answer = ask(server.address, "/folder/?format=json")
        except ConnectionError:  # on a busy machine it may have been idle for a second itself
            return False
        return answer.status == 200 and len(json.loads(answer.body)["entries"]) == 3000

    wait_until(is_served, "whoever reads is served")
    for s in deaf:
        s.close()
    assert b"--max-memory" in server.stop()[2]


def make_file(path, size):
    """`size` bytes in which every MiB begins with its number; returns their SHA-256."""
    block = body(1 << 20, seed=6)
    whole = hashlib.sha256()
    with open(path, "wb", buffering=0) as f:
        for i in range(size >> 20):
            piece = i.to_bytes(8, "little") + block[8:]
            whole.update(piece)
            f.write(piece)
    return whole.hexdigest()


def hash_of_output(argv):
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as proc:
        h = hashlib.sha256()
        while piece := proc.stdout.read(1 << 20):
            h.update(piece)
    assert proc.returncode == 0
    return h.hexdigest()


@pytest.mark.big
def test_four_gibibytes(listen, tmp_path):
    """More than 32 bits can count, in both dialects, with a server that stays small."""
    size = 4 << 30
    if shutil.disk_usage(tmp_path).free < 2 * size + (1 << 30):
        pytest.skip("not enough room on the disk")
    pub, out = tmp_path / "pub", tmp_path / "out"
    pub.mkdir()
    out.mkdir()
    try:
        right = make_file(pub / "big.bin", size)
        server = listen("serve", pub)
        assert ask(server.address, "/big.bin", "HEAD")["Content-Length"] == str(size)
        a = ask(server.address, "/big.bin", Range=f"bytes={size - 5}-")
        assert a.body == body(1 << 20, seed=6)[-5:]
        assert hash_of_output(["curl", "-sSf", f"{server.url}/big.bin"]) == right
        assert server.memory("VmHWM") < 16 * 1024
        for source in (f"{server.name}/big.bin", f"plain://{server.name}/big.bin"):
            subprocess.run([*FERRY_ARGV, "get", "-q", source], cwd=out, check=True, stdin=subprocess.DEVNULL)
            assert sha256(out / "big.bin") == right
            assert os.listdir(out) == ["big.bin"]
            os.unlink(out / "big.bin")
        assert server.memory("VmHWM") < 16 * 1024
    finally:
        shutil.rmtree(pub)
        shutil.rmtree(out)
