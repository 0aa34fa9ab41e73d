"""Requests that two recipients could read differently: each is refused at once with everything after it. A second
request, the marker, follows each, for a name that exists. If a proxy before us read the first request in another
way, the marker would be somebody else's answer (RFC 9112 11.2)."""

import pytest

from conftest import body
from wire import Http, plain, read_to_end, request

DATA = body(1000)
MARKER = b"what only the marker asks for"
HOST = b"Host: test\r\n"


@pytest.fixture(scope="module")
def server(listen_once, tmp_path_factory):
    folder = tmp_path_factory.mktemp("smuggling")
    (folder / "data.bin").write_bytes(DATA)
    (folder / "marker").write_bytes(MARKER)
    return listen_once("serve", folder)


def get(*lines, line=b"GET /data.bin HTTP/1.1", host=HOST):
    return line + b"\r\n" + host + b"".join(n + b"\r\n" for n in lines) + b"\r\n"


def post(*lines, rest=b""):
    return get(*lines, line=b"POST /data.bin HTTP/1.1") + rest


LONG = b"x" * 9000

# what, raw, status
REFUSED = [
    # The end of a line is CRLF (RFC 9112 2.2).
    ("bare LF behind the request line", b"GET /data.bin HTTP/1.1\nHost: test\r\n\r\n", 400),
    ("bare LF behind a field", b"GET /data.bin HTTP/1.1\r\nHost: test\n\r\n", 400),
    ("bare LF as the empty line", b"GET /data.bin HTTP/1.1\r\nHost: test\r\n\n", 400),
    ("bare LF inside of a value", get(b"X: a\nY: b"), 400),
    ("bare CR behind the request line", b"GET /data.bin HTTP/1.1\rHost: test\r\n\r\n", 400),
    ("bare CR inside of a value", get(b"X: a\rY: b"), 400),
    ("bare CR in a name", get(b"X\r: a"), 400),
    ("CR CR LF", b"GET /data.bin HTTP/1.1\r\r\nHost: test\r\n\r\n", 400),
    ("a LF in front of CRLF", b"GET /data.bin HTTP/1.1\n\r\nHost: test\r\n\r\n", 400),

    # The request line has three words and two spaces (3).
    ("two spaces behind the method", get(line=b"GET  /data.bin HTTP/1.1"), 400),
    ("two spaces in front of the version", get(line=b"GET /data.bin  HTTP/1.1"), 400),
    ("a space behind the version", get(line=b"GET /data.bin HTTP/1.1 "), 400),
    ("a space inside of the target", get(line=b"GET /data .bin HTTP/1.1"), 400),
    ("tabs for spaces", get(line=b"GET \t/data.bin HTTP/1.1"), 400),
    ("a tab behind the target", get(line=b"GET /data.bin\tHTTP/1.1 HTTP/1.1"), 400),
    ("no target", get(line=b"GET  HTTP/1.1"), 400),
    ("a control in the target", get(line=b"GET /data\x01.bin HTTP/1.1"), 400),
    ("DEL in the target", get(line=b"GET /data\x7f.bin HTTP/1.1"), 400),
    ("a NUL in the target", get(line=b"GET /data\0.bin HTTP/1.1"), 400),
    ("two versions", get(line=b"GET /data.bin HTTP/1.0 HTTP/1.1"), 400),
    ("a version in small letters", get(line=b"GET /data.bin http/1.1"), 400),
    ("a version of two digits", get(line=b"GET /data.bin HTTP/1.10"), 400),
    ("a version with a comma", get(line=b"GET /data.bin HTTP/1,1"), 400),
    ("a version with a sign", get(line=b"GET /data.bin HTTP/+1.1"), 400),
    ("a version that is not ours", get(line=b"GET /data.bin HTTP/2.0"), 505),
    ("version 0.9", get(line=b"GET /data.bin HTTP/0.9"), 505),
    ("a request line that is too long", get(line=b"GET /" + LONG + b" HTTP/1.1"), 414),

    # Field lines (5.1): no white space before the colon, a token as the name, no folding, no control characters.
    ("a space in front of the colon", get(b"X : a"), 400),
    ("a tab in front of the colon", get(b"X\t: a"), 400),
    ("a space in front of Content-Length's colon", get(b"Content-Length : 5"), 400),
    ("a space in front of Transfer-Encoding's colon", post(b"Transfer-Encoding : chunked", rest=b"0\r\n\r\n"), 400),
    ("a folded line", get(b"X: a", b" b"), 400),
    ("a folded Content-Length", get(b"Content-Length:", b" 5"), 400),
    ("a line folded by a tab", get(b"X: a", b"\tTransfer-Encoding: chunked"), 400),
    ("white space in front of the first field", b"GET /data.bin HTTP/1.1\r\n Host: test\r\n\r\n", 400),
    ("no colon", get(b"X"), 400),
    ("no name", get(b": a"), 400),
    ("a space in a name", get(b"X Y: a"), 400),
    ("a name that is no token", get(b"Content(Length): 5"), 400),
    ("a name with a byte over 0x7f", get(b"Content-Length\xc3\xa9: 5"), 400),
    ("a name in quotes", get(b'"Content-Length": 5'), 400),
    ("a NUL in a value", get(b"X: a\0b"), 400),
    ("a NUL in a name", get(b"Content\0Length: 5"), 400),
    ("a control in a value", get(b"X: a\x0bb"), 400),
    ("a form feed in front of chunked", post(b"Transfer-Encoding: \x0cchunked", rest=b"0\r\n\r\n"), 400),
    ("DEL in a value", get(b"X: \x7f"), 400),
    ("too many fields", get(*[b"X: a"] * 101), 431),
    ("a head that is too large", get(*[b"X: " + LONG] * 4), 431),

    # Host (3.2).
    ("no Host", get(host=b""), 400),
    ("two Hosts", get(b"Host: other"), 400),
    ("the same Host twice", get(b"Host: test"), 400),
    ("two Hosts in one", get(host=b"Host: test, other\r\n"), 400),
    ("a Host with a space", get(host=b"Host: te st\r\n"), 400),
    ("a Host with a path", get(host=b"Host: test/marker\r\n"), 400),
    ("a Host with a user", get(host=b"Host: me@test\r\n"), 400),
    ("a Host whose port is none", get(host=b"Host: test:http\r\n"), 400),
    ("a Host whose port is too large", get(host=b"Host: test:65536\r\n"), 400),
    ("a Host that is half an address", get(host=b"Host: [::1\r\n"), 400),
    ("two Hosts beside an absolute target", get(b"Host: b", line=b"GET http://test/data.bin HTTP/1.1"), 400),
    ("an absolute target without a host", get(line=b"GET http:///data.bin HTTP/1.1"), 400),
    ("an absolute target with a user", get(line=b"GET http://me@test/data.bin HTTP/1.1"), 400),

    # Content-Length (RFC 9110 8.6, RFC 9112 6.3).
    ("two lengths that differ", get(b"Content-Length: 0", b"Content-Length: 5"), 400),
    ("the same length twice", get(b"Content-Length: 0", b"Content-Length: 0"), 400),
    ("a list of lengths", get(b"Content-Length: 5, 5"), 400),
    ("a list of lengths that differ", get(b"Content-Length: 0, 5"), 400),
    ("a length with a plus", get(b"Content-Length: +0"), 400),
    ("a length with a minus", get(b"Content-Length: -0"), 400),
    ("a length in hex", get(b"Content-Length: 0x0"), 400),
    ("a length with a fraction", get(b"Content-Length: 0.0"), 400),
    ("a length with a space inside", get(b"Content-Length: 0 0"), 400),
    ("a length in quotes", get(b'Content-Length: "0"'), 400),
    ("no length at all", get(b"Content-Length:"), 400),
    ("a length that overflows to 0", get(b"Content-Length: 18446744073709551616"), 400),
    ("a length that is a word", get(b"Content-Length: none"), 400),
    ("a length with other digits", get("Content-Length: ٥".encode()), 400),

    # Transfer-Encoding (RFC 9112 6.1, 6.3).
    ("a length beside chunked", post(b"Content-Length: 5", b"Transfer-Encoding: chunked", rest=b"0\r\n\r\n"), 400),
    ("chunked beside a length", post(b"Transfer-Encoding: chunked", b"Content-Length: 5", rest=b"0\r\n\r\n"), 400),
    ("chunked twice", post(b"Transfer-Encoding: chunked, chunked", rest=b"0\r\n\r\n"), 400),
    ("chunked twice in two fields", post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"), 400),
    ("chunked that is not last", post(b"Transfer-Encoding: chunked, identity", rest=b"0\r\n\r\n"), 400),
    ("identity behind chunked in another field",
     post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"), 400),
    ("identity alone", post(b"Transfer-Encoding: identity"), 400),
    ("gzip alone", post(b"Transfer-Encoding: gzip"), 400),
    ("gzip in front of chunked", post(b"Transfer-Encoding: gzip, chunked", rest=b"0\r\n\r\n"), 501),
    ("xchunked", post(b"Transfer-Encoding: xchunked", rest=b"0\r\n\r\n"), 400),
    ("chunked with a dot", post(b"Transfer-Encoding: chunked.", rest=b"0\r\n\r\n"), 400),
    ("chunked in quotes", post(b'Transfer-Encoding: "chunked"', rest=b"0\r\n\r\n"), 400),
    ("chunked with a parameter", post(b"Transfer-Encoding: chunked;q=1", rest=b"0\r\n\r\n"), 400),
    ("an empty coding", post(b"Transfer-Encoding:"), 400),
    ("nothing but empty codings", post(b"Transfer-Encoding: , ,"), 400),
    ("chunked twice around nothing", post(b"Transfer-Encoding: chunked, , chunked", rest=b"0\r\n\r\n"), 400),
    ("gzip, nothing, chunked", post(b"Transfer-Encoding: gzip,,chunked", rest=b"0\r\n\r\n"), 501),
    ("chunked from HTTP/1.0", get(b"Transfer-Encoding: chunked", line=b"POST /data.bin HTTP/1.0"), 400),

    # Targets that are not files (RFC 9112 3.2, RFC 9110 4.2).
    ("a target with a fragment", get(line=b"GET /data.bin#/marker HTTP/1.1"), 400),
    ("a relative target", get(line=b"GET data.bin HTTP/1.1"), 400),
    ("a scheme that is not ours", get(line=b"GET ftp://test/data.bin HTTP/1.1"), 400),
    ("an escaped NUL", get(line=b"GET /data.bin%00.txt HTTP/1.1"), 400),
    ("half an escape", get(line=b"GET /data.bin%2 HTTP/1.1"), 400),
]

# Valid, if rare: the answer is the file's, and the marker is answered on the connection.
KEPT = [
    ("as always", get()),
    ("one empty line in front", b"\r\n" + get()),
    ("an absolute target", get(line=b"GET http://test/data.bin HTTP/1.1")),
    ("an absolute target beside another Host", get(line=b"GET http://other:80/data.bin HTTP/1.1")),
    ("an empty Host", get(host=b"Host:\r\n")),
    ("a Host with a port", get(host=b"Host: test:6767\r\n")),
    ("a Host that is an address", get(host=b"Host: [::1]:6767\r\n")),
    ("names in any case", get(host=b"hOST: test\r\n")),
    ("no space behind the colon", get(b"X:a")),
    ("white space around a value", get(b"X: \t a \t ")),
    ("an empty value", get(b"X:")),
    ("a list with nothing in front of chunked", get(b"Transfer-Encoding: , chunked") + b"0\r\n\r\n"),
    ("a list with nothing behind chunked", get(b"Transfer-Encoding: chunked,\t, ") + b"0\r\n\r\n"),
    ("a byte over 0x7f in a value", get(b"X: \xc3\xa9")),
    ("a colon in a value", get(b"X: Content-Length: 5")),
    ("a hundred fields", get(*[b"X: a"] * 99)),
    ("a field that only sounds like another", get(b"X-Content-Length: 5", b"Content-Length-X: 5",
                                                  b"Transfer-Encoding-X: chunked")),
    ("an escaped CRLF in the query", get(line=b"GET /data.bin?%0d%0aContent-Length:%205 HTTP/1.1")),
    ("HTTP/1.2, which we answer as 1.1", get(line=b"GET /data.bin HTTP/1.2")),
    ("HTTP/1.0 that asks to stay", get(b"Connection: keep-alive", line=b"GET /data.bin HTTP/1.0")),
]

assert len(REFUSED) >= 60


@pytest.mark.parametrize("raw, status", [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refused_with_all_that_follows(server, raw, status):
    with Http(server.address) as h:
        h.send_all_that_it_takes(raw + request("/marker"))
        a = h.receive()
        assert a.status == status
        assert a["Connection"] == "close"
        rest = h.held + read_to_end(h.s)  # A hang here would be a refusal that waits for a timeout.
        assert rest == b""
        assert MARKER not in a.body


@pytest.mark.parametrize("raw", [case[1] for case in KEPT], ids=[case[0] for case in KEPT])
def test_taken_and_the_next_is_the_next(server, raw):
    with Http(server.address) as h:
        h.send(raw + request("/marker", Connection="close"))
        first, second = h.receive(), h.receive()
        assert (first.status, first.body) == (200, DATA)
        assert (second.status, second.body) == (200, MARKER)
        assert h.at_end()


def test_the_marker_would_have_been_answered(server):
    """Otherwise these tests would prove nothing."""
    with Http(server.address) as h:
        h.send(request("/data.bin") + request("/marker"))
        assert h.receive().body == DATA
        assert h.receive().body == MARKER


@pytest.mark.parametrize("raw, status", [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refused_without_waiting_for_more(server, raw, status):
    """With nothing after it, and with the client's side open."""
    with Http(server.address) as h:
        h.send_all_that_it_takes(raw)
        assert h.receive().status == status


def test_two_empty_lines_are_one_too_many(server):
    """Between requests, and at the beginning of a connection, where they could be taken for the end of a bare name."""
    with Http(server.address) as h:
        h.send_all_that_it_takes(get() + b"\r\n\r\n" + request("/marker"))
        assert h.receive().body == DATA
        assert h.receive().status == 400
        assert h.held + read_to_end(h.s) == b""
    for lines in (2, 3, 3000):
        with Http(server.address) as h:
            h.send_all_that_it_takes(b"\r\n" * lines + request("/marker"))
            assert h.receive().status == 400
            assert h.held + read_to_end(h.s) == b""
    # Also without a request after them.
    assert sorted(plain(server.address, b"\r\n\r\n", half_close=True).split()) == [b"data.bin", b"marker"]
