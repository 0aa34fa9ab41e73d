"""A short life of every client and of the message server, for valgrind."""

import functools
import http.server
import socket
import threading

import pytest

from conftest import PATIENCE, body, run
from wire import connect, read_to_end

DATA = body(300_000, seed=9)

pytestmark = pytest.mark.valgrind


@pytest.fixture
def http_server(tmp_path):
    """Python's own server on a free port; returns HOST:PORT."""
    pub = tmp_path / "pub"
    pub.mkdir()
    (pub / "file.bin").write_bytes(DATA)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=pub)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield "127.0.0.1:%d" % server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def tutorial_server():
    """Reads a name once, sends the bytes, closes; returns HOST:PORT."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            while True:
                client, _ = listener.accept()
                with client:
                    name = client.recv(1024)
                    if name == b"end":
                        return
                    client.sendall(DATA if name.strip() == b"file.bin" else b"File not found")

        thread = threading.Thread(target=serve)
        thread.start()
        yield "127.0.0.1:%d" % listener.getsockname()[1]
        with socket.create_connection(listener.getsockname()) as s:
            s.sendall(b"end")
            read_to_end(s)
        thread.join()


def test_get_from_http(http_server, tmp_path):
    run("get", f"{http_server}/file.bin", "-d", tmp_path, check=0)
    assert (tmp_path / "file.bin").read_bytes() == DATA
    run("get", f"{http_server}/nothing", "-d", tmp_path, check=3)


def test_get_from_a_tutorials_server(tutorial_server, tmp_path):
    run("get", f"plain://{tutorial_server}/file.bin", "-d", tmp_path, check=0)
    assert (tmp_path / "file.bin").read_bytes() == DATA
    run("get", f"plain://{tutorial_server}/nothing", "-d", tmp_path, check=3)


def test_ls_of_what_is_no_listing(http_server):
    """A server that sends no JSON for a folder: an error, and no leak."""
    assert run("ls", f"{http_server}/").returncode != 0


def test_say_and_hear(listen):
    server = listen("say", "-m", "one", "-m", "two")
    assert run("hear", server.name, check=0).stdout == b"one\ntwo\n"
    with connect(server.address) as s:
        assert read_to_end(s) == b"one\ntwo\n"
    connect(server.address).close()


def test_hear_nobody():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))  # bound but not listening, so connections are refused
        run("hear", "127.0.0.1:%d" % s.getsockname()[1], check=5, timeout=PATIENCE)
