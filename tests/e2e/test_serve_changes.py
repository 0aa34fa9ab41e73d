"""A file that changes while it is sent: the client sees a cut, or has one version; never a mixture, never padding."""

import fcntl
import os
import subprocess
import termios
import time

import pytest

from conftest import FERRY_ARGV, PATIENCE, Listener, body, settle
from wire import Http, ask, connect, read_exactly, read_to_end, request, wait_until

# More than the kernel's buffers of both sides hold (tcp_wmem and tcp_rmem go up to 4 and 6 MiB, on some systems to
# 16).
SIZE = 48 << 20
OLD = body(SIZE, seed=3)
NEW = body(SIZE, seed=4)
FIRST = 65536


def truncated(path):
    os.truncate(path, SIZE // 2)


def emptied(path):
    os.truncate(path, 0)


def rewritten(path):
    with open(path, "r+b") as f:
        f.write(NEW)


def appended(path):
    with open(path, "ab") as f:
        f.write(NEW[:1000])


def shrunk_and_grown(path):
    os.truncate(path, FIRST)
    os.truncate(path, SIZE)


def replaced(path):
    other = path.with_suffix(".new")
    other.write_bytes(NEW)
    os.rename(other, path)


def removed(path):
    os.unlink(path)


CHANGES = [truncated, emptied, rewritten, appended, shrunk_and_grown, replaced, removed]
# After these the open descriptor is still the old version, which may be sent completely.
HARMLESS = (replaced, removed)


@pytest.fixture
def served(listen, tmp_path):
    path = tmp_path / "file.bin"
    path.write_bytes(OLD)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return listen("serve", tmp_path), path


@pytest.mark.parametrize("change", CHANGES)
def test_raw_http(served, change):
    server, path = served
    with Http(server.address, receive_buffer=32768) as h:
        h.send(b"GET /file.bin HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = h.head()
        assert answer["Content-Length"] == str(SIZE)
        h._bytes(FIRST)
        change(path)
        try:
            rest = h._bytes(SIZE - FIRST)
        except (EOFError, ConnectionResetError):
            assert change not in HARMLESS
            return
    assert change in HARMLESS or change is appended
    assert rest == OLD[FIRST:]


@pytest.mark.parametrize("change", CHANGES)
def test_plain(served, change):
    """Only the end of the connection marks the end, so a cut must be a reset."""
    server, path = served
    with connect(server.address, receive_buffer=32768) as s:
        s.sendall(b"file.bin\n")
        assert read_exactly(s, FIRST) == OLD[:FIRST]
        change(path)
        rest = bytearray()
        try:
            while piece := s.recv(1 << 20):
                rest += piece
        except ConnectionResetError:
            assert change not in HARMLESS
            return
    assert bytes(rest) == OLD[FIRST:], "an orderly end after something else than the file"


def commands(server):
    return {
        "curl": ["curl", "-sS", "--max-time", str(PATIENCE), f"{server.url}/file.bin"],
        "wget": ["wget", "-q", "-t", "1", "-O", "-", f"{server.url}/file.bin"],
        "ferry-get": [*FERRY_ARGV, "get", "-q", "-o", "-", f"{server.name}/file.bin"],
        "ferry-get-plain": [*FERRY_ARGV, "get", "-q", "--retries", "0", "-o", "-", f"plain://{server.name}/file.bin"],
    }


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("client", ["curl", "wget", "ferry-get", "ferry-get-plain"])
def test_programs(served, client, change):
    """Paused by a full pipe while the file changes. Status 0 means that the file is correct."""
    server, path = served
    with subprocess.Popen(commands(server)[client], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as proc:
        got = proc.stdout.read(FIRST)
        assert got == OLD[:FIRST], proc.stderr.read()
        change(path)
        rest, err = proc.communicate(timeout=PATIENCE)
    if proc.returncode == 0:
        assert got + rest == OLD
    elif client.startswith("ferry"):
        assert proc.returncode in (5, 6) and err.count(b"\n") >= 1
    if change in HARMLESS:
        assert proc.returncode == 0, err


@pytest.mark.parametrize("change", [truncated, rewritten])
@pytest.mark.valgrind
def test_the_server_goes_on(served, change):
    """The next client gets the current content, and the server ends in good order."""
    server, path = served
    with Http(server.address, receive_buffer=32768) as h:
        h.send(b"GET /file.bin HTTP/1.1\r\nHost: a\r\n\r\n")
        h.head()
        change(path)
        with Http(server.address) as other:
            assert other.ask("/file.bin").body == path.read_bytes()
        with pytest.raises((EOFError, ConnectionResetError)):
            h._bytes(SIZE)
    assert server.stop()[0] == 0


@pytest.mark.parametrize("dialect", ["plain", "http"])
def test_with_copy_nothing_changes_on_its_way(listen, tmp_path, dialect):
    """The whole file fits into the socket's buffers, so the server is done before the client reads a byte."""
    size = 200_000
    old = body(size, seed=5)
    (tmp_path / "file.bin").write_bytes(old)
    server = listen("serve", "--copy", tmp_path)
    with connect(server.address, receive_buffer=4 << 20) as s:
        s.sendall(b"file.bin\n" if dialect == "plain" else b"GET /file.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        wait_until(lambda: pending(s) >= size, "all of it is in our socket")
        with open(tmp_path / "file.bin", "r+b") as f:
            f.write(body(size, seed=6))
        assert read_to_end(s)[-size:] == old


# ---- files that may be changing, and files that only grow ----


def assert_nothing_vouches(server, name, tag):
    """A weak tag that is used only once, and no date: no client joins parts, or is told that its copy is current."""
    with Http(server.address) as h:
        for headers in ("If_None_Match", "If_Range"):
            for known in (tag, h.ask(name)["ETag"]):
                answer = h.ask(name, Range="bytes=0-9", **{headers: known})
                assert (answer.status, answer["Last-Modified"]) == (206 if headers == "If_None_Match" else 200, None)
                assert answer["ETag"].startswith("W/") and answer["ETag"] != known


def test_of_a_file_that_is_being_written_nothing_vouches(listen, tmp_path):
    """One write() sets the time before it copies the first byte, so the finished file has the time of a mixture."""
    path = tmp_path / "file.bin"
    path.write_bytes(body(100_000))
    server = listen("serve", tmp_path)
    tag = ask(server.address, "/file.bin")["ETag"]
    with open(path, "r+b", buffering=0) as writer:
        writer.write(body(1000, seed=1))
        assert_nothing_vouches(server, "/file.bin", tag)
    settle()
    tags = {tag, ask(server.address, "/file.bin")["ETag"]}
    os.utime(path, ns=(1, os.stat(path).st_mtime_ns))
    settle()
    tags.add(ask(server.address, "/file.bin")["ETag"])
    assert len(tags) == 3 and not any(t.startswith("W/") for t in tags), "its time was put back, and it may have been written to meanwhile"


def test_who_cannot_ask_for_writers_waits_two_seconds(tmp_path):
    """The kernel tells who writes only to the owner of a file, and to root with CAP_LEASE."""
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")
    os.chown(path, 12345, 12345)
    listener = Listener(["serve", "--listen", "127.0.0.1:0", tmp_path], wrap=["setpriv", "--bounding-set=-lease"])
    try:
        begin = time.monotonic()
        with open(path, "r+b") as f:
            f.write(b"new")
        answer = ask(listener.address, "/file.bin")
        assert answer["ETag"].startswith("W/") or time.monotonic() - begin > 2
        wait_until(lambda: ask(listener.address, "/file.bin")["ETag"].startswith('"'), "it is settled")
    finally:
        listener.stop()


@pytest.mark.parametrize("dialect", ["plain", "http"])
def test_what_only_grows_is_sent_as_it_was(listen, tmp_path, dialect):
    path = tmp_path / "file.bin"
    path.write_bytes(OLD)
    server = listen("serve", "--growing", tmp_path)
    with connect(server.address, receive_buffer=32768) as s, open(path, "ab", buffering=0) as log:
        s.sendall(b"file.bin\n" if dialect == "plain" else request("/file.bin", Connection="close"))
        got = bytearray(read_exactly(s, FIRST))
        while piece := s.recv(1 << 20):
            got += piece
            log.write(b"one more line\n")
    assert got[-SIZE:] == OLD


def test_what_may_only_be_appended_to_grows(listen, tmp_path):
    """chattr +a: the file system guarantees it, so no option is needed."""
    path = tmp_path / "file.bin"
    path.write_bytes(OLD)
    if subprocess.run(["chattr", "+a", path], capture_output=True).returncode != 0:
        pytest.skip("no append-only files here")
    try:
        server = listen("serve", tmp_path)
        with Http(server.address, receive_buffer=32768) as h:
            h.send(request("/file.bin"))
            assert h.head()["Content-Length"] == str(SIZE)
            h._bytes(FIRST)
            appended(path)
            assert h._bytes(SIZE - FIRST) == OLD[FIRST:]
    finally:
        subprocess.run(["chattr", "-a", path], check=True)


def test_what_is_cut_and_grows_again_did_not_only_grow(listen, tmp_path):
    path = tmp_path / "file.bin"
    path.write_bytes(OLD)
    server = listen("serve", "--growing", tmp_path)
    for change in (truncated, rewritten):
        path.write_bytes(OLD)
        with Http(server.address, receive_buffer=32768) as h:
            h.send(request("/file.bin"))
            h.head()
            h._bytes(FIRST)
            change(path)
            with pytest.raises((EOFError, ConnectionResetError)):
                h._bytes(SIZE - FIRST)


def pending(s):
    """The number of bytes that can be read at once."""
    return int.from_bytes(fcntl.ioctl(s, termios.FIONREAD, bytes(4)), "little")
