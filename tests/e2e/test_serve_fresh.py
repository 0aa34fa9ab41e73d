"""Never stale: whoever asks after a change gets what is there after the change, however many others ask at that moment."""

import contextlib
import os
import select
import threading

import pytest

from conftest import SANITIZED, body
from wire import Http

ROUNDS = 500 if SANITIZED else 10_000
OTHERS = 16


def text(i):
    return b"%d:" % i + body(500, seed=i % 7)


def replaced(path, i):
    other = path.with_suffix(".new")
    other.write_bytes(text(i))
    os.rename(other, path)


def rewritten(path, i):
    """In place, of the same length each time."""
    with open(path, "r+b") as f:
        f.write(text(10_000_000 + i))


class Crowd:
    """Others that ask for the same name all the time, so that looks are shared."""

    def __init__(self, address, target):
        self.request = b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % target
        self.clients = [Http(address) for _ in range(OTHERS)]
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.ask)

    def ask(self):
        sockets = [c.s for c in self.clients]
        for s in sockets:
            s.sendall(self.request)
        while not self.over.is_set():
            for s in select.select(sockets, [], [], 0.1)[0]:
                # What it says is of no interest here: as many bytes as come are as many answers, more or less.
                if s.recv(1 << 16):
                    s.sendall(self.request)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        for c in self.clients:
            c.s.close()


@pytest.mark.parametrize("change", [replaced, rewritten])
@pytest.mark.parametrize("crowd", [False, True])
def test_a_change_is_seen_by_the_next_request(listen, tmp_path, change, crowd):
    path = tmp_path / "f.txt"
    path.write_bytes(text(10_000_000))
    server = listen("serve", "--threads", "1", tmp_path)
    with Crowd(server.address, b"/f.txt") if crowd else contextlib.nullcontext(), Http(server.address) as h:
        for i in range(ROUNDS):
            change(path, i)
            expected = path.read_bytes()
            answer = h.ask("/f.txt")
            assert (answer.status, answer.body) == (200, expected), i


def test_a_removed_file_is_gone_and_a_new_one_is_there(listen, tmp_path):
    path = tmp_path / "f.txt"
    path.write_bytes(text(0))
    server = listen("serve", "--threads", "1", tmp_path)
    with Crowd(server.address, b"/f.txt"), Http(server.address) as h:
        for i in range(ROUNDS // 10):
            os.unlink(path)
            assert h.ask("/f.txt").status == 404
            path.write_bytes(text(i))
            assert h.ask("/f.txt").body == text(i)


def test_half_of_a_request_before_the_change_and_half_behind_it(listen, tmp_path):
    """It has come when its last byte has."""
    path = tmp_path / "f.txt"
    server = listen("serve", "--threads", "1", tmp_path)
    path.write_bytes(text(0))
    with Crowd(server.address, b"/f.txt"), Http(server.address) as h:
        for i in range(ROUNDS // 10):
            h.send(b"GET /f.txt HTTP/1.1\r\nHo")
            replaced(path, i)
            h.send(b"st: a\r\n\r\n")
            answer = h.receive()
            assert (answer.status, answer.body) == (200, text(i)), i


def test_an_index_is_as_fresh(listen, tmp_path):
    path = tmp_path / "index.html"
    server = listen("serve", "--threads", "1", "--index", tmp_path)
    path.write_bytes(text(0))
    with Crowd(server.address, b"/"), Http(server.address) as h:
        for i in range(ROUNDS // 10):
            replaced(path, i)
            assert h.ask("/").body == text(i), i
