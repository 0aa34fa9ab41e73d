"""ferry ls: the content of a server's folder, for people, pipes and programs."""

import json
import os

import pytest
from conftest import run
from rogue import CLOSE, MODIFIED, STALL, Rogue
from test_get import here, on_terminal  # noqa: F401 - a fixture

ENTRIES = [
    {"name": "sub", "href": "sub/", "kind": "folder", "mtime": "2026-11-23T04:05:06Z"},
    {"name": "debian.iso", "href": "debian.iso", "kind": "file", "size": 123456789, "mtime": "2026-11-23T04:05:06Z"},
    {"name": "a b\u202e\x1b", "href": "a%20b%E2%80%AE%1B", "kind": "file", "size": 0},
    {"name": "\ufffd", "href": "%FF", "kind": "file", "size": 5, "mtime": "1969-12-31T23:59:59Z"},
    {"name": "漢字", "href": "%E6%BC%A2%E5%AD%97", "kind": "file", "size": 1024, "mtime": "2026-11-23T04:05:06Z"},
]


def listing(entries, kind="application/json"):
    text = entries if isinstance(entries, bytes) else json.dumps({"path": "/", "entries": entries}).encode()

    def script(peer):
        peer.answer("200 OK", f"Content-Type: {kind}", "Transfer-Encoding: chunked", length=False)
        for at in range(0, len(text), 7777):
            piece = text[at : at + 7777]
            peer.sock.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        peer.sock.sendall(b"0\r\n\r\n")

    return script


def test_in_a_pipe_a_name_a_line_byte_for_byte(here):  # noqa: F811
    with Rogue(listing(ENTRIES)) as server:
        done = run("ls", server.name, check=0)
        assert server.requests[0].target == "/"
        assert server.requests[0].fields["accept"] == "application/json"
    assert done.stdout == b"sub/\ndebian.iso\na b\xe2\x80\xae\x1b\n\xff\n\xe6\xbc\xa2\xe5\xad\x97\n"


def test_on_a_terminal_in_columns(here):  # noqa: F811
    with Rogue(listing(ENTRIES)) as server:
        status, seen = on_terminal(80, "ls", server.name, env={"TZ": "UTC-1"})
        long = run("ls", "-l", server.name, check=0, env={**os.environ, "TZ": "UTC-1"}).stdout
    assert status == 0
    assert seen.replace(b"\r\n", b"\n") == long
    assert long.decode().splitlines() == [
        "sub/                          -  2026-11-23 05:05",
        "debian.iso            117.7 MiB  2026-11-23 05:05",
        "a b\\xe2\\x80\\xae\\x1b         0 B  -",
        "\\xff                        5 B  1970-01-01 00:59",
        "漢字                    1.0 KiB  2026-11-23 05:05",
    ]


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_columns_fit_the_terminal(here, width):  # noqa: F811
    """No line wraps, except the line of a name that is wider than the terminal, and each name is there in full."""
    long = [{"name": c * n, "href": "x", "kind": "file", "size": 1 << 40, "mtime": "2026-11-23T04:05:06Z"}
            for c, n in (("a", 3), ("b", 60), ("c", 19), ("漢", 25), ("d", 300))]
    with Rogue(listing([*ENTRIES, *[{**e, "href": e["name"]} for e in long]])) as server:
        status, seen = on_terminal(width, "ls", server.name)
    lines = seen.decode().split("\r\n")[:-1]
    assert status == 0
    for e in long:
        assert [line for line in lines if line.startswith(e["name"])], e
    wide = [line for line in lines if sum(2 if c in "漢字" else 1 for c in line) > width]
    assert all(set(line) in ({"d"}, {"b"}, {"漢"}, {"c"}) for line in wide)
    assert sum("1.0 TiB" in line for line in lines) == (0 if width < 28 else len(long))
    assert any("2026-11-23" in line for line in lines) == (width >= 46)


def test_names_that_end_with_a_nul(here):  # noqa: F811
    entries = [*ENTRIES, {"name": "a\nb", "href": "a%0Ab", "kind": "file"}]
    with Rogue(listing(entries)) as server:
        done = run("ls", "-0", server.name, check=0)
        assert on_terminal(80, "ls", "--null", server.name)[1].count(b"\0") == len(entries)
        for other in ("-l", "--json"):
            run("ls", "-0", other, server.name, check=2)
    assert done.stdout.split(b"\0") == [b"sub/", b"debian.iso", b"a b\xe2\x80\xae\x1b", b"\xff", "漢字".encode(),
                                        b"a\nb", b""]


def test_json_is_an_array_of_the_entries(here):  # noqa: F811
    with Rogue(listing(ENTRIES)) as server:
        done = run("ls", "--json", server.name, check=0)
    assert json.loads(done.stdout) == ENTRIES
    assert done.stdout.isascii()


def test_many_and_none(here):  # noqa: F811
    many = [{"name": f"n{i}", "href": f"n{i}", "kind": "file", "size": i} for i in range(20000)]
    with Rogue([listing(many), listing([]), listing([])]) as server:
        assert run("ls", server.name, check=0).stdout == b"".join(b"n%d\n" % i for i in range(20000))
        assert run("ls", server.name, check=0).stdout == b""
        assert json.loads(run("ls", "--json", server.name, check=0).stdout) == []


@pytest.mark.valgrind
def test_a_folder_without_its_slash_redirects(here):  # noqa: F811
    def script(peer):
        if peer.target == "/a%20b":
            peer.answer("301 Moved Permanently", "Location: /a%20b/")
        else:
            listing(ENTRIES[:1])(peer)

    with Rogue(script) as server:
        assert run("ls", f"{server.name}/a b", check=0).stdout == b"sub/\n"


def test_a_file_is_listed_alone_from_its_head(here):  # noqa: F811
    # A file may look like JSON, and its body is not fetched.
    with Rogue(lambda p: p.file(b"[]" * 512, stop_at=0)) as server:
        done = run("ls", "--json", f"{server.name}/x/a.json", check=0)
    assert json.loads(done.stdout) == [
        {"name": "a.json", "href": "a.json", "kind": "file", "size": 1024, "mtime": "2023-11-14T22:13:20Z"}
    ]
    assert MODIFIED == 1_700_000_000


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"[]",
        b'{"entries":{}}',
        b'{"entries":[1]}',
        b'{"entries":[{"name":"x"}]}',
        b'{"entries":[{"href":"../x","kind":"file"}]}',
        b'{"entries":[{"href":"..%2Fx","kind":"file"}]}',
        b'{"entries":[{"href":"%2e%2e","kind":"file"}]}',
        b'{"entries":[{"href":"/etc/passwd","kind":"file"}]}',
        b'{"entries":[{"href":"x%00y","kind":"file"}]}',
        b'{"entries":[{"href":"","kind":"folder"}]}',
        b'{"entries":[{"href":"x","kind":"file"}',
        b"[" * 100_000,
    ],
    ids=range(13),
)
def test_what_is_no_listing_of_ours(here, bad):  # noqa: F811
    with Rogue(listing(bad)) as server:
        done = run("ls", server.name, check=5)
    assert done.stdout == b"" and done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    "script, status",
    [
        (lambda p: p.answer("404 Not Found", body=b"no"), 3),
        (lambda p: p.answer("403 Forbidden", body=b"no"), 4),
        (lambda p: p.answer("406 Not Acceptable", body=b"no"), 5),
        (lambda p: p.answer("500 Internal", body=b"no"), 5),
        (lambda p: p.answer("200 OK", "Content-Type: text/html", body=b"<html>"), 5),
        (lambda p: p.answer("200 OK", body=b"<html>"), 5),
        (lambda p: p.end(CLOSE), 5),
        (lambda p: p.end(STALL), 5),
    ],
)
def test_what_servers_say(here, script, status):  # noqa: F811
    with Rogue(script) as server:
        done = run("ls", "--timeout", "1", f"{server.name}/folder/", check=status)
    assert done.stdout == b"" and done.stderr.count(b"\n") == 1


def test_plain(here):  # noqa: F811
    asked = []

    def script(peer):
        asked.append(peer.sock.recv(1024))
        peer.send(b"a b\nsub/\n\xff\n" if asked[-1] != b"no/" else b"File not found")

    with Rogue(script, plain=True) as server:
        assert run("ls", f"plain://{server.name}", check=0).stdout == b"a b\nsub/\n\xff\n"
        assert run("ls", f"plain://{server.name}/x/y", check=0).stdout == b"a b\nsub/\n\xff\n"
        entries = json.loads(run("ls", "--json", f"plain://{server.name}/x/", check=0).stdout)
        run("ls", f"plain://{server.name}/no", check=3)
    assert asked == [b"\n", b"x/y/", b"x/", b"no/"]
    assert entries == [
        {"name": "a b", "href": "a%20b", "kind": "file"},
        {"name": "sub", "href": "sub/", "kind": "folder"},
        {"name": "\ufffd", "href": "%FF", "kind": "file"},
    ]


def test_wrong_usage(here):  # noqa: F811
    run("ls", check=2)
    run("ls", "a", "b", check=2)
    run("ls", "ftp://a/", check=2)
    run("ls", "--nonsense", "a", check=2)


@pytest.mark.parametrize("scheme", [pytest.param("", marks=pytest.mark.valgrind), "plain://"])
def test_ferry_serve(here, listen, tmp_path, scheme):  # noqa: F811
    pub = tmp_path / "pub"
    (pub / "sub" / "deep").mkdir(parents=True)
    (pub / "sub" / "a b%ü").write_bytes(b"12345")
    (pub / "sub" / os.fsdecode(b"\xff\n")).write_bytes(b"")
    server = listen("serve", pub)
    assert run("ls", f"{scheme}{server.name}", check=0).stdout == b"sub/\n"
    names = run("ls", f"{scheme}{server.name}/sub", check=0).stdout
    assert b"deep/\n" in names and "a b%ü\n".encode() in names
    run("ls", f"{scheme}{server.name}/nothing", check=3)
    if not scheme:
        assert b"\xff\n\n" in names
        entries = json.loads(run("ls", "--json", f"{server.name}/sub", check=0).stdout)
        assert {e["name"]: e.get("size") for e in entries}["a b%ü"] == 5
        one = json.loads(run("ls", "--json", f"{server.name}/sub/a b%ü", check=0).stdout)
        assert [(e["name"], e["size"]) for e in one] == [("a b%ü", 5)]
