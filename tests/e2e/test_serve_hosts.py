"""The name in Host: a page of another site must not read what only this machine may read (DNS rebinding)."""

import contextlib
import socket

import pytest

from conftest import Listener, run
from wire import Http, ask


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hosts")
    (folder / "file").write_bytes(b"the file")
    return folder


@contextlib.contextmanager
def serving(*args, listen="127.0.0.1:0"):
    listener = Listener(["serve", "--listen", listen, *args])
    yield listener
    status, _, err = listener.stop()
    assert status == 0, err


@pytest.mark.valgrind
def test_only_this_machine_by_its_own_names(place):
    with serving(place) as server, Http(server.address) as h:
        port = server.port
        for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}", "LOCALHOST", "x.localhost", "127.0.0.7"):
            assert h.ask("/file", host=host).body == b"the file", host
        for host in ("evil.example", f"evil.example:{port}", "localhost.evil.example", "192.168.1.2"):
            for target in ("/file", "/", "/none", "/file?download", "/?archive=tar"):
                a = h.ask(target, host=host, Origin="http://evil.example")
                assert a.status == 421 and b"the file" not in a.body, (host, target)
                assert b"--allow-host NAME" in a.body and host.encode() not in a.body
            assert h.ask("/file", "HEAD", host=host).status == 421
            assert h.ask("/file", host="localhost").status == 200  # the connection stays open
        # The host of an absolute target overrides the field.
        assert h.ask("http://evil.example/file", host="localhost").status == 421
        assert h.ask("http://localhost/file", host="evil.example").body == b"the file"


def test_names_of_the_operators(place):
    with serving("--allow-host", "files.example", "--allow-host", "[2001:db8::1]", place) as server:
        for host in ("files.example", "FILES.example.:80", "[2001:DB8:0::1]", "localhost"):
            assert ask(server.address, "/file", host=host).status == 200, host
        for host in ("evil.example", "xfiles.example", "nas"):
            assert ask(server.address, "/file", host=host).status == 421, host
    with serving("--allow-host", "*", place) as server:
        assert ask(server.address, "/file", host="any.example").status == 200


def test_where_others_can_connect_any_name_is_right_unless_some_are_named(place):
    with serving(place, listen="0.0.0.0:0") as server:
        assert ask(server.address, "/file", host="any.example").status == 200
    with serving("--listen", "127.0.0.1:0", place, listen="0.0.0.0:0") as server:
        assert ask(server.address, "/file", host="any.example").status == 200
    with serving("--allow-host", "files.example", place, listen="0.0.0.0:0") as server:
        assert ask(server.address, "/file", host="files.example").status == 200
        assert ask(server.address, "/file", host="any.example").status == 421


def test_names_in_the_plain_dialect_are_files(place):
    with serving(place) as server, socket.create_connection(server.address) as s:
        s.sendall(b"file\n")
        assert s.recv(100) == b"the file"


@pytest.mark.parametrize("word", ["", "a:80", "::1", "http://a", "a b", "a\nb"], ids=repr)
def test_what_is_no_name_is_wrong_usage(place, word):
    done = run("serve", "--allow-host", word, place, check=2)
    assert done.stderr.count(b"\n") == 1 and b"--allow-host" in done.stderr
