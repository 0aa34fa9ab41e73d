"""Fields that the operator adds, and the name under which a browser saves."""

import pytest

from conftest import run
from wire import Http, ask, plain


@pytest.fixture
def place(tmp_path):
    (tmp_path / "file.txt").write_bytes(b"content")
    (tmp_path / "gr\u00f6\u00dfe \"1\".txt").write_bytes(b"x")
    (tmp_path / "sub").mkdir()
    return tmp_path


@pytest.mark.valgrind
def test_a_field_stands_in_every_answer(listen, place):
    server = listen("serve", "--header", "X-One: 1", "--header", "Cache-Control:  no-cache ", place)
    with Http(server.address) as h:
        for path, status in (("/file.txt", 200), ("/", 200), ("/sub", 301), ("/none", 404)):
            a = h.ask(path)
            assert (a.status, a["X-One"], a["Cache-Control"]) == (status, "1", "no-cache")
            assert a["X-Content-Type-Options"] == "nosniff"
        assert h.ask("/file.txt", Range="bytes=99-")["X-One"] == "1"
        assert h.ask("/file.txt", if_none_match="*")["X-One"] == "1"
        assert h.ask("/file.txt", "OPTIONS")["X-One"] == "1"


@pytest.mark.parametrize("option", [
    ("--header", "no colon"), ("--header", "nocolon"), ("--header", "Content-Type: text/plain"),
    ("--cors", "bad"), ("--cors", "example.org"), ("--cors", "https://example.org/"), ("--cors", "https://"),
    ("--cors", "https://Example.org"), ("--cors", "https://example.org:"), ("--cors", "https://example.org:x"),
    ("--header", "a b: c"), ("--header", ": c"), ("--header", "X: a\r\nY: b"),
    ("--header", "Content-Length: 5"), ("--header", "transfer-encoding: chunked"), ("--header", "ETag: x"),
    ("--header", "X: " + "y" * 9000), ("--cors", ""), ("--cors", "a b"), ("--cors", "a\nb"),
    ("--cors", "*", "--cors", "*"),
], ids=lambda o: repr(o)[:40])
def test_what_is_no_field_is_wrong_usage(place, option):
    done = run("serve", *option, place, check=2)
    assert done.stderr.count(b"\n") == 1 and b"ferry help serve" in done.stderr


def values(server, request, name):
    """The values of all fields of that name."""
    head = plain(server.address, f"{request} HTTP/1.1\r\nHost: {server.name}\r\nConnection: close\r\n\r\n".encode())
    lines = head.split(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    return [v.strip() for n, v in (line.split(":", 1) for line in lines) if n.lower() == name.lower()]


def test_the_operators_field_stands_in_the_place_of_ours(listen, place):
    """Two policies would both be obeyed, and of two other fields a client may take either."""
    given = {"Content-Security-Policy": "default-src *", "X-Content-Type-Options": "", "Vary": "X-Mine"}
    server = listen("serve", *[f"--header={name.lower()}: {value}" for name, value in given.items()], place)
    for path in ("/", "/file.txt", "/none"):
        for name in ("Content-Security-Policy", "X-Content-Type-Options"):
            assert values(server, f"GET {path}", name) == [given[name]]
    # A list field keeps our value, too.
    assert sorted(values(server, "GET /", "Vary")) == ["Accept, Accept-Encoding", "X-Mine"]


def test_cors_beside_the_operators_fields(listen, place):
    server = listen("serve", "--cors", "https://example.org", "--header", "access-control-max-age: 1",
                    "--header", "Access-Control-Expose-Headers: X-Mine", place)
    for name, value in (("Access-Control-Max-Age", "1"), ("Access-Control-Expose-Headers", "X-Mine"),
                        ("Access-Control-Allow-Origin", "https://example.org")):
        assert values(server, "OPTIONS /file.txt", name) == [value]


@pytest.mark.parametrize("origin", ["*", "https://example.org", "http://[::1]:8080", "moz-extension://a-b"])
def test_pages_of_another_site(listen, place, origin):
    server = listen("serve", "--cors", origin, place)
    a = ask(server.address, "/file.txt", Origin="https://example.org", Range="bytes=0-1")
    assert a.status == 206 and a["Access-Control-Allow-Origin"] == origin
    assert "Content-Range" in a["Access-Control-Expose-Headers"]
    p = ask(server.address, "/file.txt", "OPTIONS", Origin="https://example.org",
            Access_Control_Request_Method="GET", Access_Control_Request_Headers="range")
    assert p.status == 204 and p["Access-Control-Allow-Origin"] == origin
    assert "Range" in p["Access-Control-Allow-Headers"] and "GET" in p["Access-Control-Allow-Methods"]


def test_without_cors_nobody_is_let_in(listen, place):
    server = listen("serve", place)
    for method in ("GET", "OPTIONS"):
        assert ask(server.address, "/file.txt", method, Origin="https://x")["Access-Control-Allow-Origin"] is None


def test_download(listen, place):
    server = listen("serve", place)
    assert ask(server.address, "/file.txt?download")["Content-Disposition"] == 'attachment; filename="file.txt"'
    assert ask(server.address, "/file.txt?download=1", Range="bytes=1-2")["Content-Disposition"] is not None
    assert ask(server.address, "/gr%C3%B6%C3%9Fe%20%221%22.txt?download")["Content-Disposition"] == (
        "attachment; filename=\"gr____e _1_.txt\"; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%221%22.txt")
    for path in ("/file.txt", "/?download", "/none?download", "/file.txt?downloads"):
        assert ask(server.address, path)["Content-Disposition"] is None
