"""Requests with a body that is not used: it is discarded, and the bytes after it are the next request."""

import subprocess

import pytest

from wire import Http, connect, request

MARKER = request("/marker")
CHUNKED = b"5\r\nhello\r\n3;x=y\r\nabc\r\n0\r\nTrailer: x\r\n\r\n"


@pytest.fixture(scope="module")
def server(listen_once, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bodies")
    (folder / "file").write_bytes(b"the file")
    (folder / "marker").write_bytes(b"the marker")
    return listen_once("serve", folder)


@pytest.mark.valgrind
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("headers, body", [
    ({"Content_Length": "0"}, b""),
    ({"Content_Length": "5"}, b"GET /"),
    ({"Content_Length": "100000"}, bytes(100000)),
    ({"Transfer_Encoding": "chunked"}, CHUNKED),
    ({"Transfer_Encoding": "chunked"}, b"0\r\n\r\n"),
    ({"Transfer_Encoding": " , chunked ,\t,"}, b"0" * 30 + b"5 ; x = \"\\\"\"\r\nGET /\r\n0;y\r\nA: b\r\nC:\r\n\r\n"),
    ({"Transfer_Encoding": "chunked"}, b"1000\r\n" + b"x" * 4096 + b"\r\n" + CHUNKED),
], ids=["empty", "like a request", "large", "chunks", "no chunk", "odd chunks", "large chunk"])
def test_the_next_request_stands_behind_the_body(server, method, headers, body):
    with Http(server.address) as h:
        for _ in range(2):  # the second pair is pipelined after the first
            h.send(request("/file", method, **headers) + body + MARKER)
        for _ in range(2):
            a = h.receive(method)
            assert a.status == (204 if method == "OPTIONS" else 200)
            assert a.body == (b"the file" if method == "GET" else b"")
            assert h.receive().body == b"the marker"


def test_cut_at_every_byte(server):
    whole = request("/file", Transfer_Encoding="chunked") + CHUNKED + MARKER
    for at in range(1, len(whole)):
        with Http(server.address) as h:
            h.send(whole[:at])
            h.send(whole[at:])
            assert (h.receive().body, h.receive().body) == (b"the file", b"the marker"), at


def test_who_waits_for_a_100_gets_it(server):
    with Http(server.address) as h:
        for _ in range(2):
            h.send(request("/file", Content_Length="5", Expect="100-continue"))
            assert h.head().status == 100
            h.send(b"hello")
            assert h.receive().body == b"the file"
        # A client that did not wait for a 100 gets none.
        h.send(request("/file", Content_Length="5", Expect="100-continue") + b"hello" + MARKER)
        assert h.receive().body == b"the file" and h.receive().body == b"the marker"


@pytest.mark.parametrize("method, length, status", [("PUT", 5, 405), ("GET", (1 << 20) + 1, 413)])
def test_who_is_refused_is_not_asked_for_the_body(server, method, length, status):
    with Http(server.address) as h:
        h.send(request("/file", method, Content_Length=str(length), Expect="100-continue"))
        a = h.receive()
        assert a.status == status and a["Connection"] == "close" and h.at_end()


def test_nobody_is_asked_for_an_empty_body(server):
    """Whether the next request has arrived or not, the answers are the same."""
    with Http(server.address) as h:
        h.send(request("/file", Content_Length="0", Expect="100-continue"))
        assert h.receive().body == b"the file"
        h.send(request("/file", Content_Length="0", Expect="100-continue") + MARKER)
        assert h.receive().body == b"the file" and h.receive().body == b"the marker"


@pytest.mark.parametrize("status, headers, body", [
    (413, {"Content_Length": str((1 << 20) + 1)}, b""),
    (413, {"Transfer_Encoding": "chunked"}, b"100001\r\n"),
    (413, {"Transfer_Encoding": "chunked"}, b"ffffffffffffffff\r\n"),
    (413, {"Transfer_Encoding": "chunked"}, (b"80000\r\n" + bytes(0x80000) + b"\r\n") * 3 + b"0\r\n\r\n"),
    (400, {"Transfer_Encoding": "chunked"}, b"5\r\nhelloX\r\n"),
    (400, {"Transfer_Encoding": "chunked"}, b"5\nhello\n0\n\n"),
    (400, {"Transfer_Encoding": "chunked"}, b"-5\r\n"),
    (400, {"Transfer_Encoding": "chunked"}, b"0x5\r\nhello\r\n"),
    (400, {"Transfer_Encoding": "chunked"}, b"0\r\nX: y\n\r\n"),
    (400, {"Transfer_Encoding": "chunked"}, b"5 x\r\nhello\r\n0\r\n\r\n"),
    (400, {"Transfer_Encoding": "chunked"}, b"5;\r\nhello\r\n0\r\n\r\n"),
    (400, {"Transfer_Encoding": "chunked"}, b"5\r\nhello\r\n0 \r\n\r\n"),
    (400, {"Transfer_Encoding": "chunked"}, b"0\r\nnocolon\r\n\r\n"),
    (400, {"Transfer_Encoding": "chunked"}, b"0\r\nX : y\r\n\r\n"),
    (400, {"Transfer_Encoding": "chunked"}, b"0\r\nX: y\r\n folded\r\n\r\n"),
], ids=["length", "chunk", "vast chunk", "sum of chunks", "no end of chunk", "bare LF", "negative", "0x", "trailer",
        "junk behind a size", "no extension", "white space", "no field", "white space in a field", "folded"])
def test_a_body_that_is_too_large_or_broken_ends_the_connection(server, status, headers, body):
    with Http(server.address) as h:
        h.send(request("/file", **headers))
        h.send_all_that_it_takes(body + MARKER)
        a = h.receive()
        assert a.status == status and a["Connection"] == "close" and b"marker" not in a.body
        assert h.at_end()


def test_half_a_body_and_then_the_end(server):
    with connect(server.address) as s:
        s.sendall(request("/file", Content_Length="5") + b"hel")
        s.shutdown(1)
        assert s.recv(1) == b""


def test_curl_with_a_body(server):
    done = subprocess.run(["curl", "-sS", "-X", "GET", "--data-binary", "@-", "-H", "Expect: 100-continue",
                           server.url + "/file", "-w", "%{http_code}"], input=bytes(200_000), capture_output=True)
    assert (done.stdout, done.stderr) == (b"the file200", b"")


@pytest.mark.parametrize("target", ["*", "/", "/no/", "http://test/", "/file", "/no such"[:3], "http://test/file"])
def test_options(server, target):
    """To a folder's address, and so to some on this server, a list of names may be sent."""
    with Http(server.address) as h:
        a = h.ask(target, "OPTIONS")
        assert a.status == 204 and a["Content-Length"] is None
        takes_names = target == "*" or target.endswith("/")
        assert a["Allow"] == "GET, HEAD, OPTIONS" + (", POST, QUERY" if takes_names else "")
        assert a["Accept-Query"] == ("application/vnd.ferry.names" if takes_names else None)
        assert h.ask("/file").body == b"the file"
