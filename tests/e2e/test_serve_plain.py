"""The plain dialect: a name in, the file out, then the end. For the simplest clients."""

import os
import signal
import socket
import subprocess
import time

import pytest

from conftest import PATIENCE, body
from wire import connect, plain, read_to_end, reset, wait_until

NOT_FOUND = b"File not found"
SMALL = body(700)
BIG = body(3_000_000, seed=1)


def fill(folder):
    (folder / "small.txt").write_bytes(SMALL)
    (folder / "big.bin").write_bytes(BIG)
    (folder / "empty").touch()
    (folder / "sub" / "deep").mkdir(parents=True)
    (folder / "sub" / "in.txt").write_bytes(b"in sub")
    (folder / "a name with spaces").write_bytes(b"spaces")
    (folder / "größe.txt").write_bytes(b"umlaut")
    (folder / "100%25").write_bytes(b"no decoding here")
    return folder


@pytest.fixture(scope="module")
def server(listen_once, tmp_path_factory):
    return listen_once("serve", fill(tmp_path_factory.mktemp("plain")))


@pytest.fixture
def own_server(listen, tmp_path):
    """For a test that stops the server or changes what it serves."""
    return listen("serve", fill(tmp_path))


def test_the_tutorials_client(server):
    """A bare name without a newline, one recv(1024), close: the program of every socket tutorial."""
    client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    client.settimeout(PATIENCE)
    client.connect(("127.0.0.1", server.port))
    client.send("small.txt".encode())
    data = client.recv(1024)
    client.close()
    assert data == SMALL


@pytest.mark.valgrind
def test_the_tutorials_client_and_a_big_file(server):
    """It reads 1,024 bytes once and leaves; the server does not mind, however often."""
    for _ in range(50):
        client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        client.settimeout(PATIENCE)
        client.connect(("127.0.0.1", server.port))
        client.send(b"big.bin\n")
        data = b""
        while len(data) < 1024:  # one recv() may return less
            data += client.recv(1024 - len(data))
        client.close()
        assert data == BIG[:1024]
    assert plain(server.address, b"small.txt\n") == SMALL


def test_a_client_that_reads_to_the_end(server):
    client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    client.settimeout(PATIENCE)
    client.connect(("127.0.0.1", server.port))
    client.send(b"big.bin")
    data = b""
    while True:
        piece = client.recv(4096)
        if not piece:
            break
        data += piece
    client.close()
    assert data == BIG


def test_nc(server):
    done = subprocess.run(f"printf 'big.bin\\n' | nc 127.0.0.1 {server.port}", shell=True, capture_output=True,
                          timeout=PATIENCE)
    assert done.stdout == BIG


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
@pytest.mark.parametrize("half_close", [False, True])
@pytest.mark.parametrize("lead", [b"", pytest.param(b"/", marks=pytest.mark.valgrind)])
def test_every_way_to_end_a_name(server, lead, end, half_close):
    assert plain(server.address, lead + b"small.txt" + end, half_close) == SMALL


@pytest.mark.parametrize("name, content", [
    ("sub/in.txt", b"in sub"),
    ("empty", b""),
    ("a name with spaces", b"spaces"),
    ("größe.txt", b"umlaut"),
    ("100%25", b"no decoding here"),
])
def test_a_name_is_taken_as_it_is(server, name, content):
    assert plain(server.address, name.encode() + b"\n") == content


@pytest.mark.parametrize("name", [
    b"nothing", b"sub/nothing", b"small.txt/", b"small.txt/x", b"100%", b"SMALL.TXT", b" small.txt", b"x" * 1024,
    b"x" * 300, b"a/" * 511, b"\xff\xfe", b"\x1b[2J", b"\x01",
])
@pytest.mark.parametrize("end", [b"\n", b""])
def test_what_is_not_there(server, name, end):
    """Exactly these 14 bytes, then the end."""
    assert plain(server.address, name + end) == NOT_FOUND


def test_a_name_may_have_1024_bytes(own_server, tmp_path):
    deep = tmp_path.joinpath(*["d" * 127] * 7)
    deep.mkdir(parents=True)
    name = "/".join(["d" * 127] * 7 + ["f" * 128])
    assert len(name) == 1024
    (tmp_path / name).write_bytes(b"at the limit")
    assert plain(own_server.address, name.encode() + b"\n") == b"at the limit"
    assert plain(own_server.address, name.encode() + b"\r\n") == b"at the limit"
    assert plain(own_server.address, name.encode()) == b"at the limit"


@pytest.mark.valgrind
def test_a_longer_name_is_refused_at_once(server):
    """Not after the deadline: it can never become valid."""
    for n in (1025, 1500, 100_000):
        with connect(server.address) as s:
            s.sendall(b"x" * n)
            assert read_to_end(s) == NOT_FOUND


@pytest.mark.parametrize("name", [b"\n", b"/\n", b"\r\n"])
def test_an_empty_name_lists_the_folder(server, name):
    lines = plain(server.address, name).decode().split("\n")
    assert lines.pop() == ""
    assert sorted(lines) == sorted(["small.txt", "big.bin", "empty", "sub/", "a name with spaces", "größe.txt",
                                    "100%25"])


@pytest.mark.parametrize("name", [b"sub\n", b"sub/\n", b"/sub\n", b"sub"])
def test_a_folders_name_lists_it(server, name):
    assert sorted(plain(server.address, name).split()) == [b"deep/", b"in.txt"]


def test_an_empty_folder_lists_as_nothing(server):
    assert plain(server.address, b"sub/deep\n") == b""


def test_a_client_that_thinks_before_it_asks(server):
    """The 100 ms after which a bare name is complete begin with its first byte, not with the connection."""
    with connect(server.address) as s:
        time.sleep(0.35)
        s.sendall(b"small.txt\n")
        assert read_to_end(s) == SMALL


def test_a_server_that_did_not_run_takes_no_half_of_a_name_for_all_of_it(own_server, tmp_path):
    """The rest of the name arrived while the server was stopped, and is in the socket."""
    (tmp_path / "s").write_bytes(b"half of a name")
    clients = [connect(own_server.address) for _ in range(100)]  # more than one batch of events
    for s in clients:
        s.sendall(b"s")
    own_server.proc.send_signal(signal.SIGSTOP)
    for s in clients:
        s.sendall(b"mall.txt")
    time.sleep(0.3)  # until the 100 ms are over
    own_server.proc.send_signal(signal.SIGCONT)
    for s in clients:
        assert read_to_end(s) == SMALL
        s.close()


def test_whoever_has_not_asked_when_the_server_ends_is_reset(own_server):
    """In this dialect an orderly end would be an empty file."""
    clients = [connect(own_server.address) for _ in range(20)]
    assert plain(own_server.address, b"small.txt\n") == SMALL  # all clients are accepted
    own_server.stop()
    for s in clients:
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            s.sendall(b"small.txt\n")
            read_to_end(s)
        s.close()


def test_a_name_that_begins_like_a_method(own_server, tmp_path):
    """HTTP begins with a method and a space; GETTING.txt is a file."""
    for name in ("GET", "GETTING.txt", "HEADER", "POST.txt", "get me", "G"):
        (tmp_path / name).write_bytes(name.encode() * 3)
        for end in (b"\n", b""):
            assert plain(own_server.address, name.encode() + end) == name.encode() * 3


@pytest.mark.valgrind
def test_what_follows_the_name_is_nobodys_business(server):
    """Bytes after the newline neither reset the connection nor count as a second name."""
    assert plain(server.address, b"big.bin\nsmall.txt\n" + b"x" * 100_000) == BIG


@pytest.mark.valgrind
def test_clients_that_go_away_are_no_event(own_server):
    """No crash, no SIGPIPE, no message, and all descriptors are closed."""
    def open_files():
        return len(os.listdir(f"/proc/{own_server.proc.pid}/fd"))

    plain(own_server.address, b"small.txt\n")
    before = open_files()
    for i in range(60):
        s = connect(own_server.address, receive_buffer=4096)
        if i % 3:
            s.sendall(b"big.bin\n" if i % 2 else b"big")
            if i % 4 == 0:
                s.recv(1)
        reset(s) if i % 5 else s.close()
    wait_until(lambda: open_files() <= before, "as many descriptors as before")
    assert plain(own_server.address, b"big.bin\n") == BIG
    status, _, err = own_server.stop()
    assert status == 0
    said = [line for line in err.splitlines() if b"--listen" not in line and b"stopping" not in line]
    assert said == []
