"""Never stale: a request after a change gets the new state, however many others ask at that moment."""

import contextlib
import os
import select
import shutil
import threading
import time

import pytest

from conftest import SANITIZED, body
from wire import Http, wait_until

ROUNDS = 500 if SANITIZED else 3000
OTHERS = 16


def text(i):
    return b"%d:" % i + body(500, seed=i % 7)


def replaced(path, i):
    other = path.with_suffix(".new")
    other.write_bytes(text(i))
    os.rename(other, path)


def rewritten(path, i):
    """Overwrites in place, always with the same length."""
    with open(path, "r+b") as f:
        f.write(text(10_000_000 + i))


class Crowd:
    """Other clients that ask for the same name all the time, so that looks are shared."""

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
                # The content does not matter: as many bytes as arrive are as many answers, more or less.
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
    """A request arrives when its last byte does."""
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


# ---- files that have not changed for long, and are known to the server ----


def cut(path):
    os.truncate(path, 10)


def written_behind(path):
    with open(path, "ab") as f:
        f.write(b"more")


def written_and_set_back(path):
    before = os.stat(path)
    rewritten(path, 1)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def removed(path):
    os.unlink(path)


def renamed(path):
    os.rename(path, path.with_suffix(".old"))


def linked_over(path):
    new, other = path.with_suffix(".new"), path.with_suffix(".other")
    new.write_bytes(text(2))
    os.link(new, other)
    os.rename(other, path)


def made_a_folder(path):
    os.unlink(path)
    path.mkdir()


def folder_renamed(path):
    os.rename(path.parent, path.parent.with_suffix(".old"))


def folder_replaced(path):
    other = path.parent.with_suffix(".new")
    other.mkdir()
    (other / path.name).write_bytes(text(3))
    os.rename(path.parent, path.parent.with_suffix(".old"))
    os.rename(other, path.parent)


def folder_led_elsewhere(path):
    other = path.parent.with_suffix(".elsewhere")
    other.mkdir()
    (other / path.name).write_bytes(text(4))
    os.rename(path.parent, path.parent.with_suffix(".old"))
    path.parent.symlink_to(other.name)


def folder_gone(path):
    shutil.rmtree(path.parent)


OLD_CHANGES = [lambda path: replaced(path, 1), lambda path: rewritten(path, 1), cut, written_behind, written_and_set_back,
               removed, renamed, linked_over, made_a_folder, folder_renamed, folder_replaced, folder_led_elsewhere,
               folder_gone]
EACH = 2 if SANITIZED else 10


def expected_of(path):
    if path.is_dir():
        return 301, b""
    return (200, path.read_bytes()) if path.exists() else (404, None)


@pytest.mark.parametrize("depth", [1, 4])
def test_a_change_of_what_is_long_known_is_seen(listen, tmp_path, depth):
    paths = {}
    for n, change in enumerate(OLD_CHANGES):
        for i in range(EACH):
            folder = tmp_path.joinpath(*["d"] * (depth - 1), f"{n}-{i}")
            folder.mkdir(parents=True)
            paths[folder / "f.txt"] = change
    for path in paths:
        path.write_bytes(text(10_000_000))
    # Before that, the server does not trust a clock to tell two changes apart.
    wait_until(lambda: time.time() - os.stat(path).st_ctime > 3.1, "three seconds since the last change")
    server = listen("serve", "--threads", "1", tmp_path)
    with Http(server.address) as h:
        for path, change in paths.items():
            target = "/" + str(path.relative_to(tmp_path))
            for _ in range(3):
                assert h.ask(target).body == text(10_000_000)
            change(path)
            status, content = expected_of(path)
            answer = h.ask(target)
            assert answer.status == status, (target, change)
            assert content is None or answer.body == content, (target, change)


def test_a_new_neighbour_of_what_is_long_known_is_seen(listen, tmp_path):
    names = [f"f{i}.txt" for i in range(EACH)]
    for name in names:
        (tmp_path / name).write_bytes(text(0))
    wait_until(lambda: time.time() - os.stat(tmp_path / name).st_ctime > 3.1, "three seconds since the last change")
    server = listen("serve", "--threads", "1", "--precompressed", tmp_path)
    with Crowd(server.address, b"/" + names[0].encode()), Http(server.address) as h:
        for name in names:
            for _ in range(3):
                answer = h.ask("/" + name, accept_encoding="gzip")
                assert (answer["Content-Encoding"], answer.body) == (None, text(0))
            (tmp_path / f"{name}.gz").write_bytes(b"compressed")
            answer = h.ask("/" + name, accept_encoding="gzip")
            assert (answer["Content-Encoding"], answer.body) == ("gzip", b"compressed")
            os.unlink(tmp_path / f"{name}.gz")
            assert h.ask("/" + name, accept_encoding="gzip").body == text(0)
