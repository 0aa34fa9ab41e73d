"""NAME.br, NAME.zst and NAME.gz in place of NAME, for clients that prefer them."""

import email.utils
import gzip
import os
import subprocess

import pytest

from conftest import PATIENCE, body, run
from wire import Http, ask, plain, request
from test_serve_ranges import parts_of

TEXT = "".join(f"{i} gr\u00f6\u00dfer\n" for i in range(4000)).encode()
MTIME = 1_700_000_000
CODINGS = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}


def put(path, content, mtime=MTIME):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (mtime, mtime))


def fill(place):
    """all.txt has three neighbours (only the one of gzip is real), gz.txt one, none.txt none."""
    for name in ("all.txt", "gz.txt", "none.txt"):
        put(place / name, TEXT)
    for name in ("all.txt", "gz.txt"):
        put(place / f"{name}.gz", gzip.compress(TEXT, mtime=0), MTIME + 3)
    put(place / "all.txt.br", body(3000, seed=1), MTIME + 1)
    put(place / "all.txt.zst", body(2000, seed=2), MTIME + 2)
    return place


OPTIONS = ["--precompressed", "--mime-types", "/dev/null"]


@pytest.fixture
def place(tmp_path):
    return fill(tmp_path / "place")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    return fill(tmp_path_factory.mktemp("shelf"))


@pytest.fixture(scope="module")
def server(listen_once, shelf):
    return listen_once("serve", *OPTIONS, shelf)


def content_of(place, name, coding):
    return (place / (name + CODINGS.get(coding, ""))).read_bytes()


def test_a_neighbour_is_described_as_what_it_is_asked_for(server, shelf):
    """By its own name as a file, by the other's name as a coding, in any order and any number of times."""
    with Http(server.address) as h:
        for _ in range(2):
            plain_text, itself = h.ask("/gz.txt"), h.ask("/gz.txt.gz")
            coded = h.ask("/gz.txt", **{"Accept-Encoding": "gzip"})
            assert [a["Content-Encoding"] for a in (plain_text, itself, coded)] == [None, None, "gzip"]
            assert coded["Content-Type"] == plain_text["Content-Type"] != itself["Content-Type"]
            assert len({a["ETag"] for a in (plain_text, itself, coded)}) == 3
            assert coded.body == itself.body == content_of(shelf, "gz.txt", "gzip")


@pytest.mark.valgrind
@pytest.mark.parametrize("name, accept, coding", [
    ("all.txt", None, None), ("all.txt", "", None), ("all.txt", "identity", None), ("all.txt", "deflate", None),
    ("all.txt", "gzip", "gzip"), ("all.txt", "x-gzip", "gzip"), ("all.txt", "GZIP;Q=0.1", "gzip"),
    ("all.txt", "gzip, deflate, br", "br"), ("all.txt", "gzip, deflate, br, zstd", "br"),
    ("all.txt", "zstd, gzip", "zstd"), ("all.txt", "*", "br"), ("all.txt", "br;q=0, *", "zstd"),
    ("all.txt", "gzip;q=1.0, br;q=0.9, zstd;q=0.9", "gzip"), ("all.txt", "br;q=0.5, zstd;q=0.8", "zstd"),
    ("all.txt", "gzip;q=0", None), ("all.txt", "gzip;q=0.5, identity", None), ("all.txt", "gzip;q=2", None),
    ("all.txt", "gzip;q=0.5, identity;q=0.5", "gzip"), ("all.txt", "identity;q=0, zstd;q=0.1", "zstd"),
    # the preferred coding does not exist
    ("gz.txt", "br, zstd, gzip;q=0.1", "gzip"), ("gz.txt", "br, gzip", "gzip"), ("gz.txt", "br", None),
    ("none.txt", "br, zstd, gzip", None), ("none.txt", "*", None),
    # refused, but better than nothing
    ("none.txt", "gzip, identity;q=0", None), ("gz.txt", "br, *;q=0", None), ("all.txt", "*;q=0", None),
])
def test_what_is_chosen(server, shelf, name, accept, coding):
    with Http(server.address) as h:
        headers = {} if accept is None else {"accept_encoding": accept}
        get = h.ask("/" + name, **headers)
        head = h.ask("/" + name, "HEAD", **headers)
    assert get.status == head.status == 200
    assert get["Content-Encoding"] == coding
    assert get["Content-Type"] == "text/plain; charset=utf-8"
    assert get.body == content_of(shelf, name, coding)
    assert get["Vary"] == (None if name == "none.txt" else "Accept-Encoding")
    assert {**get.headers, "date": ""} == {**head.headers, "date": ""}


def test_several_lines_are_one_list(server):
    with Http(server.address) as h:
        h.send(b"GET /all.txt HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip;q=0.1\r\nX: y\r\nAccept-Encoding: zstd\r\n\r\n")
        assert h.receive()["Content-Encoding"] == "zstd"


@pytest.mark.valgrind
def test_each_has_its_own_tag_and_date(server):
    with Http(server.address) as h:
        answers = {coding: h.ask("/all.txt", accept_encoding=coding) for coding in ("identity", *CODINGS)}
        tags = [a["ETag"] for a in answers.values()]
        assert len(set(tags)) == 4 and all(t.startswith('"') and t.endswith('"') and t.count('"') == 2 for t in tags)
        for later, coding in enumerate(answers):
            assert email.utils.parsedate_to_datetime(answers[coding]["Last-Modified"]).timestamp() == MTIME + later
            for other in answers:
                a = h.ask("/all.txt", accept_encoding=coding, if_none_match=answers[other]["ETag"])
                assert a.status == (304 if other == coding else 200)
                assert a["Vary"] == "Accept-Encoding" and a["ETag"] == answers[coding]["ETag"]
                assert a["Content-Encoding"] == (None if a.status == 304 or coding == "identity" else coding)
                b = h.ask("/all.txt", accept_encoding=coding, if_match=answers[other]["ETag"])
                assert (b.status, b["Vary"]) == (
                    (200, "Accept-Encoding") if other == coding else (412, "Accept, Accept-Encoding"))
            assert h.ask("/all.txt", accept_encoding=coding, if_none_match=", ".join(tags)).status == 304


@pytest.mark.valgrind
@pytest.mark.parametrize("coding", CODINGS)
def test_ranges_are_of_the_encoded_bytes(server, shelf, coding):
    content = content_of(shelf, "all.txt", coding)
    with Http(server.address) as h:
        whole = h.ask("/all.txt", accept_encoding=coding)
        a = h.ask("/all.txt", accept_encoding=coding, Range="bytes=100-299")
        assert (a.status, a.body) == (206, content[100:300])
        assert a["Content-Range"] == f"bytes 100-299/{len(content)}"
        for field in ("Content-Encoding", "Content-Type", "ETag", "Last-Modified", "Vary"):
            assert a[field] == whole[field]
        a = h.ask("/all.txt", accept_encoding=coding, Range="bytes=0-9,100-109,-10")
        assert a.status == 206 and a["Vary"] == "Accept-Encoding" and a["ETag"] == whole["ETag"]
        assert parts_of(a) == [(0, content[:10]), (100, content[100:110]), (len(content) - 10, content[-10:])]
        # The message is not encoded, but its parts are.
        assert a["Content-Encoding"] is None
        assert a.body.count(f"Content-Encoding: {coding}\r\n".encode()) == 3
        assert a.body.count(b"Content-Type: text/plain; charset=utf-8\r\n") == 3
        a = h.ask("/all.txt", accept_encoding=coding, Range=f"bytes={len(content)}-")
        assert (a.status, a["Content-Range"], a["Content-Encoding"]) == (416, f"bytes */{len(content)}", None)
        assert a["Vary"] == "Accept, Accept-Encoding"  # the format of an error depends on Accept
        # Parts of the two must not be joined.
        other = h.ask("/all.txt")
        a = h.ask("/all.txt", accept_encoding=coding, Range="bytes=5-", if_range=other["ETag"])
        assert (a.status, a.body) == (200, content)
        a = h.ask("/all.txt", accept_encoding=coding, Range="bytes=5-", if_range=whole["ETag"])
        assert (a.status, a.body) == (206, content[5:])


@pytest.mark.parametrize("later, used", [(-1, False), (0, True), (1, True), (-1_000_000_000, False), (10**10, True)])
def test_a_neighbour_that_is_older_is_not_used(listen, place, later, used):
    """In nanoseconds; but if its time is in whole seconds, only seconds are compared."""
    ns = MTIME * 10**9 + 500_000_000
    os.utime(place / "gz.txt", ns=(ns, ns))
    os.utime(place / "gz.txt.gz", ns=(ns + later, ns + later))
    server = listen("serve", "--precompressed", place)
    a = ask(server.address, "/gz.txt", accept_encoding="gzip")
    assert (a["Content-Encoding"], a["Vary"]) == (("gzip", "Accept-Encoding") if used else (None, None))
    os.utime(place / "gz.txt.gz", (MTIME, MTIME))
    assert ask(server.address, "/gz.txt", accept_encoding="gzip")["Content-Encoding"] == "gzip"
    os.utime(place / "gz.txt.gz", (MTIME - 1, MTIME - 1))
    assert ask(server.address, "/gz.txt", accept_encoding="gzip").body == TEXT


def test_what_changes_is_seen_at_once(listen, place):
    server = listen("serve", *OPTIONS, place)
    with Http(server.address) as h:
        assert h.ask("/gz.txt", accept_encoding="gzip")["Content-Encoding"] == "gzip"
        put(place / "gz.txt", b"newer", MTIME + 100)
        assert h.ask("/gz.txt", accept_encoding="gzip").body == b"newer"
        put(place / "gz.txt.gz", gzip.compress(b"newer"), MTIME + 100)
        a = h.ask("/gz.txt", accept_encoding="gzip")
        assert a["Content-Encoding"] == "gzip" and gzip.decompress(a.body) == b"newer"
        (place / "gz.txt.gz").unlink()
        a = h.ask("/gz.txt", accept_encoding="gzip")
        assert (a.body, a["Vary"]) == (b"newer", None)
        put(place / "none.txt.br", b"br")
        a = h.ask("/none.txt", accept_encoding="br")
        assert (a.body, a["Content-Encoding"], a["Vary"]) == (b"br", "br", "Accept-Encoding")
        (place / "none.txt").unlink()
        assert h.ask("/none.txt", accept_encoding="br").status == 404


def test_what_is_no_neighbour(listen, tmp_path):
    """An empty file, a folder, a FIFO, and links that lead outside are none; links that stay inside are."""
    place, outside = tmp_path / "place", tmp_path / "outside.gz"
    put(outside, gzip.compress(b"out"), MTIME + 1)
    for name in ("empty", "folder", "fifo", "out", "loop", "in", "same"):
        put(place / name, b"the file")
    put(place / "empty.gz", b"", MTIME + 1)
    (place / "folder.gz").mkdir()
    os.mkfifo(place / "fifo.gz")
    (place / "out.gz").symlink_to(outside)
    (place / "loop.gz").symlink_to("loop.gz")
    put(place / "sub" / "real", b"encoded", MTIME + 1)
    (place / "in.gz").symlink_to("sub/real")
    os.link(place / "same", place / "same.gz")
    long = "x" * 253  # with a suffix it is too long for a name
    put(place / long, b"the file")
    server = listen("serve", "--precompressed", place)
    with Http(server.address) as h:
        for name in ("empty", "folder", "fifo", "out", "loop", long):
            a = h.ask("/" + name, accept_encoding="gzip, br, zstd")
            assert (a.status, a.body, a["Content-Encoding"], a["Vary"]) == (200, b"the file", None, None), name
        a = h.ask("/in", accept_encoding="gzip")
        assert (a["Content-Encoding"], a.body) == ("gzip", b"encoded")
        # The same file has another tag under another coding.
        a, b = h.ask("/same", accept_encoding="gzip"), h.ask("/same")
        assert a["Content-Encoding"] == "gzip" and a.body == b.body and a["ETag"] != b["ETag"]


def test_hidden_names_have_no_neighbours_for_others(listen, place):
    put(place / ".dot", TEXT)
    put(place / ".dot.gz", gzip.compress(TEXT), MTIME + 1)
    server = listen("serve", "--precompressed", place)
    assert ask(server.address, "/.dot", accept_encoding="gzip").status == 404
    server = listen("serve", "--precompressed", "--hidden", place)
    assert ask(server.address, "/.dot", accept_encoding="gzip")["Content-Encoding"] == "gzip"


def test_what_is_as_it_was(listen, place):
    """Files that are encoded by their own name, ?download, the plain dialect, a folder, a single file."""
    server = listen("serve", *OPTIONS, place)
    put(place / "all.txt.gz.br", b"twice", MTIME + 10)
    with Http(server.address) as h:
        a = h.ask("/all.txt.gz", accept_encoding="gzip, br")
        assert (a["Content-Type"], a["Content-Encoding"], a["Vary"]) == ("application/gzip", None, None)
        assert gzip.decompress(a.body) == TEXT
        a = h.ask("/all.txt.zst", accept_encoding="gzip, br")
        assert (a["Content-Type"], a["Content-Encoding"]) == ("application/zstd", None)
        a = h.ask("/all.txt?download", accept_encoding="gzip")
        assert (a.body, a["Content-Encoding"], a["Vary"]) == (TEXT, None, None)
        assert h.ask("/")["Content-Encoding"] is None
        assert h.ask("/?archive=tar", accept_encoding="gzip")["Content-Encoding"] is None
        assert h.ask("/none", accept_encoding="gzip").status == 404
    assert plain(server.address, b"all.txt\n") == TEXT
    alone = listen("serve", "--precompressed", place / "all.txt")
    a = ask(alone.address, "/all.txt", accept_encoding="gzip")
    assert (a.body, a["Content-Encoding"], a["Vary"]) == (TEXT, None, None)
    without = listen("serve", place)
    a = ask(without.address, "/all.txt", accept_encoding="gzip")
    assert (a.body, a["Content-Encoding"], a["Vary"]) == (TEXT, None, None)


def test_an_index_has_neighbours(listen, place):
    put(place / "sub" / "index.html", b"<p>index")
    put(place / "sub" / "index.html.gz", gzip.compress(b"<p>index"), MTIME + 1)
    server = listen("serve", "--precompressed", "--index", place)
    a = ask(server.address, "/sub/", accept_encoding="gzip")
    assert (a["Content-Encoding"], a["Content-Type"]) == ("gzip", "text/html; charset=utf-8")
    assert gzip.decompress(a.body) == b"<p>index"
    assert ask(server.address, "/sub/")["Vary"] == "Accept-Encoding"


def test_the_type_and_charset_are_those_of_the_content(listen, place):
    """Not those of the compressed bytes, which could be UTF-8 only by chance."""
    put(place / "latin.txt", b"Gr\xf6\xdfe")
    put(place / "latin.txt.gz", b"these bytes are UTF-8", MTIME + 1)
    put(place / "a.svg", b"<svg/>")
    put(place / "a.svg.br", b"x", MTIME + 1)
    server = listen("serve", *OPTIONS, place)
    assert ask(server.address, "/latin.txt", accept_encoding="gzip")["Content-Type"] == "text/plain"
    assert ask(server.address, "/a.svg", accept_encoding="br")["Content-Type"] == "image/svg+xml"


@pytest.mark.parametrize("copy", [[], ["--copy"]], ids=["sent", "copied"])
def test_large_ones(listen, tmp_path, copy):
    data, packed = body(3_000_000), body(1_000_000, seed=5)
    put(tmp_path / "big", data)
    put(tmp_path / "big.zst", packed)
    server = listen("serve", "--precompressed", *copy, tmp_path)
    with Http(server.address) as h:
        assert h.ask("/big", accept_encoding="zstd").body == packed
        assert h.ask("/big").body == data
        assert h.ask("/big", accept_encoding="zstd", Range="bytes=500000-900000").body == packed[500_000:900_001]


def test_many_at_once_get_each_what_they_want(server, shelf):
    """Requests of one batch share looks, but not the choice."""
    order = [None, "br", "gzip", "zstd", "deflate", "gzip"] * 20
    with Http(server.address) as h:
        h.send(b"".join(request("/all.txt", accept_encoding=c) + request("/all.txt.gz")
                        + request("/gz.txt", accept_encoding=c) + request("/none.txt", accept_encoding=c) for c in order))
        for c in order:
            a, b, gz, none = (h.receive() for _ in range(4))
            coding = c if c in CODINGS else None
            assert (a["Content-Encoding"], a["Content-Type"]) == (coding, "text/plain; charset=utf-8")
            assert a.body == content_of(shelf, "all.txt", coding)
            assert (b["Content-Encoding"], b["Content-Type"]) == (None, "application/gzip")
            assert (gz["Content-Encoding"], gz["Vary"]) == ("gzip" if c == "gzip" else None, "Accept-Encoding")
            assert (none["Content-Encoding"], none["Vary"], none.body) == (None, None, TEXT)


def tool(coding):
    return {"gzip": ["gzip", "-k"], "br": ["brotli", "-k"], "zstd": ["zstd", "-q", "-k"]}[coding]


def features_of_curl():
    return subprocess.run(["curl", "--version"], capture_output=True, check=True).stdout.decode().split()


@pytest.mark.parametrize("coding", CODINGS)
def test_what_the_tools_make_curl_unpacks(listen, tmp_path, coding):
    """The tools keep the file's time or use the current one; neither is older."""
    place = tmp_path / "place"
    put(place / "a.txt", TEXT)
    os.utime(place / "a.txt", ns=(MTIME * 10**9 + 123_456_789,) * 2)
    subprocess.run([*tool(coding), place / "a.txt"], check=True, timeout=PATIENCE)
    packed = (place / f"a.txt{CODINGS[coding]}").read_bytes()
    server = listen("serve", "--precompressed", place)
    assert ask(server.address, "/a.txt", accept_encoding=coding).body == packed
    if {"gzip": "libz", "br": "brotli", "zstd": "zstd"}[coding] not in features_of_curl():
        pytest.skip(f"this curl does not know {coding}")
    done = subprocess.run(["curl", "-sS", "--compressed", "-D", "-", "-o", tmp_path / "got", server.url + "/a.txt"],
                          capture_output=True, check=True, timeout=PATIENCE)
    assert f"Content-Encoding: {coding}\r\n".encode() in done.stdout
    assert (tmp_path / "got").read_bytes() == TEXT


def test_who_fetches_gets_the_file_itself(server, tmp_path):
    run("get", "-d", tmp_path, f"{server.name}/all.txt", check=0)
    assert (tmp_path / "all.txt").read_bytes() == TEXT
    subprocess.run(["wget", "-q", "-O", tmp_path / "wget", server.url + "/all.txt"], check=True, timeout=PATIENCE)
    assert (tmp_path / "wget").read_bytes() == TEXT
    curl = subprocess.run(["curl", "-sS", server.url + "/all.txt"], capture_output=True, check=True, timeout=PATIENCE)
    assert curl.stdout == TEXT
