"""HTTP/1.1 as in RFC 9110 and 9112: correct requests get exact answers, and wrong ones the right errors."""

import email.utils
import os
import re
import selectors
import subprocess
import threading
import time

import pytest

from conftest import PATIENCE, body, settle
from wire import Http, ask, connect, plain, read_to_end, request, wait_until

DATA = body(1000)
BIG = body(2_500_000, seed=2)
MTIME = 1_700_000_000  # Tue, 14 Nov 2023 22:13:20 GMT


def fill(folder):
    (folder / "data.bin").write_bytes(DATA)
    (folder / "big.iso").write_bytes(BIG)
    (folder / "empty.txt").touch()
    (folder / "page.html").write_bytes(b"<p>hello")
    (folder / "sub").mkdir()
    (folder / "sub" / "index.html").write_bytes(b"the index")
    os.utime(folder / "data.bin", (MTIME, MTIME))
    return folder


@pytest.fixture(scope="module")
def server(listen_once, tmp_path_factory):
    return listen_once("serve", fill(tmp_path_factory.mktemp("http")))


@pytest.mark.valgrind
def test_get_and_head_say_the_same(server):
    with Http(server.address) as h:
        get, head = h.ask("/data.bin"), h.ask("/data.bin", "HEAD")
    assert (get.status, get.reason, get.body) == (200, "OK", DATA)
    assert get["Content-Length"] == "1000"
    assert get["Accept-Ranges"] == "bytes"
    assert get["Last-Modified"] == "Tue, 14 Nov 2023 22:13:20 GMT"
    assert get["ETag"].startswith('"') and get["ETag"].endswith('"') and len(get["ETag"]) > 4
    assert email.utils.parsedate_to_datetime(get["Date"]).tzinfo is not None
    assert head.body == b"" and head.status == 200
    for a in (get, head):
        a.headers.pop("date")
    assert get.headers == head.headers


@pytest.mark.valgrind
def test_each_answer_says_the_same(server):
    """Fields of a file are cached for full answers only."""
    def heads(h, **fields):
        a = h.ask("/data.bin", **fields)
        return a.status, {name: value for name, value in a.headers.items() if name != "date"}, a.body

    with Http(server.address) as h:
        first = heads(h)
        part = heads(h, Range="bytes=1-3")
        same = heads(h, **{"If-None-Match": first[1]["etag"]})
        assert (part[0], part[1]["content-length"], same[0]) == (206, "3", 304)
        for _ in range(2):
            assert heads(h) == first
            assert heads(h, Range="bytes=1-3") == part
            assert heads(h, **{"If-None-Match": first[1]["etag"]}) == same
        status, fields, _ = heads(h, Connection="close")
        assert (status, fields.pop("connection"), fields) == (200, "close", first[1])


@pytest.mark.parametrize("name, kind", [
    ("page.html", "text/html"), ("empty.txt", "text/plain"), ("big.iso", "application/"), ("data.bin", "application/"),
])
def test_content_type(server, name, kind):
    assert ask(server.address, "/" + name)["Content-Type"].startswith(kind)


def test_an_empty_file(server):
    a = ask(server.address, "/empty.txt")
    assert (a.status, a["Content-Length"], a.body) == (200, "0", b"")
    for wanted in ("bytes=0-", "bytes=0-1048575", "bytes=-5"):
        a = ask(server.address, "/empty.txt", range=wanted)
        assert (a.status, a["Content-Length"], a.body) == (200, "0", b"")
    assert ask(server.address, "/empty.txt", range="bytes=1-").status == 416


@pytest.mark.parametrize("wanted, status, offset, length", [
    ("bytes=0-0", 206, 0, 1),
    ("bytes=10-19", 206, 10, 10),
    ("bytes=990-", 206, 990, 10),
    ("bytes=-3", 206, 997, 3),
    ("bytes=990-2000", 206, 990, 10),       # clamped
    ("bytes=-5000", 206, 0, 1000),
    ("bytes=0-99999999999999999999999", 206, 0, 1000),
    ("BYTES=1-2", 206, 1, 2),               # range units are case-insensitive
    ("bytes=1000-", 416, 0, 0),
    ("bytes=99999999999999999999999-", 416, 0, 0),
    ("bytes=-0", 416, 0, 0),
    ("bytes=5-4", 200, 0, 1000),            # malformed: ignored
    ("bytes=a-b", 200, 0, 1000),
    ("bytes", 200, 0, 1000),
    ("lines=1-2", 200, 0, 1000),
])
@pytest.mark.valgrind
def test_ranges(server, wanted, status, offset, length):
    a = ask(server.address, "/data.bin", Range=wanted)
    assert a.status == status
    if status == 206:
        assert a["Content-Range"] == f"bytes {offset}-{offset + length - 1}/1000"
        assert a.body == DATA[offset:offset + length]
    elif status == 416:
        assert a["Content-Range"] == "bytes */1000"
    else:
        assert a["Content-Range"] is None and a.body == DATA


@pytest.mark.valgrind
def test_a_range_far_inside_a_big_file(server):
    a = ask(server.address, "/big.iso", Range="bytes=1234567-2345678")
    assert a.status == 206 and a.body == BIG[1234567:2345679]


@pytest.mark.valgrind
def test_if_range(server):
    whole = ask(server.address, "/data.bin")
    for guard, status in [(whole["ETag"], 206), ('"other"', 200), ("W/" + whole["ETag"], 200),
                          (whole["Last-Modified"], 206), ("Tue, 14 Nov 2023 22:13:19 GMT", 200)]:
        a = ask(server.address, "/data.bin", Range="bytes=1-5", If_Range=guard)
        assert (a.status, a.body) == (status, DATA[1:6] if status == 206 else DATA), guard


@pytest.mark.valgrind
def test_conditions(server):
    tag = ask(server.address, "/data.bin")["ETag"]
    at, before, after = (f"Tue, 14 Nov 2023 22:13:{s} GMT" for s in (20, 19, 21))
    with Http(server.address) as h:
        for headers, status in [
            ({"If_None_Match": tag}, 304),
            ({"If_None_Match": f'"x", {tag}'}, 304),
            ({"If_None_Match": "W/" + tag}, 304),
            ({"If_None_Match": "*"}, 304),
            ({"If_None_Match": '"x"'}, 200),
            ({"If_Modified_Since": at}, 304),
            ({"If_Modified_Since": after}, 304),
            ({"If_Modified_Since": before}, 200),
            ({"If_Modified_Since": "yesterday"}, 200),
            ({"If_None_Match": '"x"', "If_Modified_Since": at}, 200),  # only the tag decides
            ({"If_None_Match": tag, "Range": "bytes=0-1"}, 304),
        ]:
            a = h.ask("/data.bin", **headers)
            assert a.status == status, headers
            if status == 304:
                assert a["ETag"] == tag
            else:
                assert a.body == DATA


def test_the_etag_is_of_this_version(listen, tmp_path):
    server = listen("serve", fill(tmp_path))
    first = ask(server.address, "/data.bin")["ETag"]
    assert ask(server.address, "/data.bin")["ETag"] == first
    (tmp_path / "data.bin").write_bytes(DATA[::-1])
    os.utime(tmp_path / "data.bin", (MTIME, MTIME + 0.001))
    settle()
    assert ask(server.address, "/data.bin")["ETag"] != first


@pytest.mark.valgrind
def test_keep_alive(server):
    with Http(server.address) as h:
        for _ in range(20):
            assert h.ask("/data.bin").body == DATA
            assert h.ask("/nothing").status == 404
            assert h.ask("/data.bin", "HEAD").status == 200
            assert h.ask("/data.bin", Range="bytes=5000-").status == 416
        a = h.ask("/data.bin", Connection="close")
        assert a.body == DATA and a["Connection"] == "close"
        assert h.at_end()


def test_who_said_close_is_closed_at_once(server):
    """Nothing waits for its end: a byte after it, which the client must not send, gets a reset. After a second
    answer such a byte is discarded."""
    for before, ends in ((0, ConnectionResetError), (1, None)):
        with connect(server.address) as s:
            s.sendall(b"GET /sub/ok.txt HTTP/1.1\r\nHost: a\r\n\r\n" * before)
            s.sendall(b"GET /sub/ok.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert read_to_end(s).count(b"HTTP/1.1 ") == before + 1
            s.sendall(b"x")
            if ends:
                with pytest.raises((ends, BrokenPipeError)):
                    for _ in range(1000):
                        s.sendall(b"x")
            else:
                s.sendall(b"x")
                assert s.recv(1) == b""


@pytest.mark.valgrind
def test_http_1_0(server):
    with Http(server.address) as h:
        a = h.ask("/data.bin", version="HTTP/1.0", Host=None)
        assert (a.status, a.body) == (200, DATA)
        assert h.at_end()
    with Http(server.address) as h:
        a = h.ask("/", version="HTTP/1.0", Host=None)
        assert a.status == 200 and b"data.bin" in a.body and a["Transfer-Encoding"] is None


@pytest.mark.valgrind
def test_pipelined_requests_are_answered_in_order(server):
    names = ["/data.bin", "/nothing", "/page.html", "/big.iso", "/empty.txt", "/data.bin"]
    with Http(server.address) as h:
        h.send(b"".join(request(n) for n in names))
        answers = [h.receive() for _ in names]
    assert [a.status for a in answers] == [200, 404, 200, 200, 200, 200]
    assert [answers[i].body for i in (0, 2, 3, 4, 5)] == [DATA, b"<p>hello", BIG, b"", DATA]


@pytest.mark.valgrind
def test_a_long_pipeline_of_one_who_does_not_read(server):
    """2,000 requests, without reading until the server takes no more: it waits, and does not buffer more."""
    n = 2000
    with Http(server.address, receive_buffer=4096) as h:
        sender = threading.Thread(target=h.send, args=(request("/data.bin") * n,), daemon=True)
        sender.start()
        sender.join(0.2)
        for _ in range(n):
            assert h.receive().body == DATA
        sender.join(PATIENCE)
        assert not sender.is_alive()


@pytest.mark.valgrind
def test_a_request_cut_in_two_anywhere(server):
    whole = request("/data.bin", Range="bytes=3-9")
    for cut in range(1, len(whole)):
        with Http(server.address) as h:
            h.send(whole[:cut])
            h.send(whole[cut:])
            a = h.receive()
            assert (a.status, a.body) == (206, DATA[3:10]), cut


def test_a_request_that_comes_a_byte_at_a_time(server):
    """After a method and a space it is HTTP, and pauses do not matter."""
    with Http(server.address) as h:
        h.send(b"GET ")
        time.sleep(0.25)  # more than the 100 ms after which a bare name is complete
        for i in request("/data.bin")[4:]:
            h.send(bytes([i]))
        assert h.receive().body == DATA


@pytest.mark.parametrize("target", ["http://test/data.bin", "HTTP://other:80/data.bin", "/data.bin?q=1&x=%00",
                                    "/%64ata%2ebin", "//data.bin", "/./data.bin"])
def test_ways_to_write_a_target(server, target):
    a = ask(server.address, target)
    assert (a.status, a.body) == (200, DATA)


LONG = 100_000


@pytest.mark.parametrize("status, raw", [
    (404, request("/nothing")),
    (404, request("/data.bin/")),
    (405, request("/data.bin", "POST", Content_Length="0")),
    (405, request("/data.bin", "PUT", Content_Length="0")),
    (405, request("/data.bin", "DELETE")),
    (501, request("/data.bin", "BREW")),
    (501, request("/data.bin", "get")),
    (505, request("/data.bin", version="HTTP/2.0")),
    (505, request("/data.bin", version="HTTP/9.9")),
    (400, request("/data.bin", version="HTTP/1")),
    (400, request("/data.bin", version="HTTP/1.1x")),
    (400, request("/data.bin", Host=None)),
    (400, request("/data.bin", Host="a b")),
    (400, b"GET /data.bin HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    (400, b"GET  /data.bin HTTP/1.1\r\nHost: a\r\n\r\n"),
    (400, b"GET /data.bin  HTTP/1.1\r\nHost: a\r\n\r\n"),
    (400, b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"),
    (400, b"GET data.bin HTTP/1.1\r\nHost: a\r\n\r\n"),
    (400, b"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"),
    (400, b"GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n"),
    (400, b"GET /data.bin HTTP/1.1\r\nHost : a\r\n\r\n"),
    (400, b"GET /data.bin HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n"),
    (400, b"GET /data.bin HTTP/1.1\r\nHost: a\r\nx y: b\r\n\r\n"),
    (400, b"GET /data.bin HTTP/1.1\r\nHost: a\r\nx: \0\r\n\r\n"),
    (400, b"GET /data.bin HTTP/1.1\r\nHost: a\r\nnocolon\r\n\r\n"),
    (400, b"GET /data.bin HTTP/1.1\r\nHost: a\r\n: novalue\r\n\r\n"),
    (400, b"GET /data.bin HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"),
    (400, b"GET /data.bin HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
    (400, b"GET /data.bin HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"),
    (400, b"nonsense /data.bin HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n"),
    (414, request("/" + "x" * LONG)),
    (431, request("/data.bin", X="y" * LONG)),
    (431, b"GET /data.bin HTTP/1.1\r\nHost: a\r\n" + b"x: y\r\n" * (LONG // 6) + b"\r\n"),
], ids=lambda v: str(v)[:60])
@pytest.mark.valgrind
def test_errors(server, status, raw):
    """At once, with a short text, on a connection that the client can still read from."""
    with Http(server.address) as h:
        h.send_all_that_it_takes(raw)
        a = h.receive()
        assert a.status == status
        assert a["Content-Type"].startswith("text/plain")
        assert 0 < len(a.body) < 1000
        if status == 405:
            assert [m.strip() for m in a["Allow"].split(",")] == ["GET", "HEAD", "OPTIONS"]


def test_nothing_of_an_error_comes_back_unescaped(server):
    for raw in (request("/<script>alert(1)</script>"), request("/%1b[2J%0d%0aX:%20y")):
        with Http(server.address) as h:
            h.send(raw)
            a = h.receive()
            assert a["X"] is None and b"\x1b" not in a.body
            assert b"<script" not in a.body or a["Content-Type"].startswith("text/plain")


@pytest.mark.valgrind
def test_the_body_of_a_request_is_not_the_next_request(server):
    inner = request("/page.html")
    with Http(server.address) as h:
        h.send(request("/data.bin", Content_Length=str(len(inner))) + inner + request("/empty.txt"))
        assert (h.receive().body, h.receive().body) == (DATA, b"")


@pytest.mark.valgrind
def test_a_folder_without_its_slash(server):
    a = ask(server.address, "/sub")
    assert a.status == 301
    assert a["Location"].split("://")[-1].rsplit("/", 2)[-2:] == ["sub", ""]
    done = subprocess.run(["curl", "-sSL", f"{server.url}/sub?x=1"], capture_output=True, timeout=PATIENCE)
    assert b"index.html" in done.stdout


@pytest.mark.parametrize("target, location", [
    ("//sub", "../sub/"), ("///sub", "../../sub/"), ("http://other/sub", "./sub/"), ("http://other//sub?//x", "../sub/?//x"),
    ("/%73ub?x=%0d%0aX:%20y", "./sub/?x=%0d%0aX:%20y"), ("/a%0D%0AX:%20y", "./a%0D%0AX%3A%20y/"),
    ("/%5c%5cother", "./%5C%5Cother/"), ("/%C3%BC%22%3C%3F%23%25", "./%C3%BC%22%3C%3F%23%25/"),
])
def test_a_redirect_leads_to_no_other_host(listen, tmp_path, target, location):
    for name in ("sub", "a\r\nX: y", "\\\\other", "ü\"<?#%"):
        (tmp_path / name).mkdir()
    a = ask(listen("serve", tmp_path).address, target)
    assert (a.status, a["Location"], a["X"]) == (301, location, None)


@pytest.fixture
def folders(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name in ("file", "a/file", "a/b/file"):
        (tmp_path / name).write_text(name)
    for name in ("a", "a/b"):
        (tmp_path / name / "index.html").write_text("index of " + name)
    return tmp_path


@pytest.mark.parametrize("option", [[], ["--index"]], ids=["listing", "index"])
def test_a_folder_has_one_address(listen, folders, option):
    """Links in its listing are relative to it: from another address they would lead to other files."""
    server = listen("serve", *option, folders)
    with Http(server.address) as h:
        for target, location in [
            ("/a", "./a/"), ("/a/b", "./b/"), ("/a/b?x=//y", "./b/?x=//y"),
            ("//", "../"), ("//a/", "../../a/"), ("//a", "../a/"), ("/a//", "../../a/"), ("/a//b", "../../a/b/"),
            ("/a//b/?x", "../../../a/b/?x"), ("/a/b///", "../../../../a/b/"), ("http://h//a/", "../../a/"),
        ]:
            a = h.ask(target)
            assert (a.status, a["Location"], a.body) == (301, location, b""), target
            a = h.ask(target, "HEAD")
            assert (a.status, a["Location"]) == (301, location), target
        for target in (
            "/a%2F", "/a%2f", "/a%2F%2F", "/a/b%2F", "/a%2Fb/", "/a%2Fb%2F", "/%2Fa/", "/%2F", "/a%2Fb%2F..%2F", "/a%2F..%2Fa/",
            "/.", "/./", "/..", "/a/.", "/a/./", "/a/b/..", "/a/b/../", "/a/%2e/", "/a/b/%2E%2e/", "/a/b/.%2e", "/./a/", "/a/..//a/",
            "/a%2Ffile", "/%2ffile", "/file%2F", "/file%2f..", "/file/", "/file//", "/a%2Findex.html",
        ):
            for query in ("", "?format=json", "?archive=tar"):
                assert h.ask(target + query).status == 404, target + query
        # A file has no relative links of ours, and an extra slash at the beginning is a common mistake.
        for target, content in (("//file", b"file"), ("/a//file", b"a/file"), ("/a/../file", b"file"), ("/a/b/./file", b"a/b/file")):
            assert h.ask(target).body == content, target
        assert b"index of a" in h.ask("/a/").body if option else b'href="file"' in h.ask("/a/").body
    # For bare names, which are no base of links, the kernel resolves the path.
    assert plain(server.address, b"a/b/..\n") == plain(server.address, b"a//\n") == plain(server.address, b"a\n")


def test_index_takes_the_folders_place(listen, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "sub" / "index.html").write_bytes(b"the index")
    (tmp_path / "other" / "file").touch()
    indexed, listed = listen("serve", "--index", tmp_path), listen("serve", tmp_path)
    a = ask(indexed.address, "/sub/")
    assert (a.body, a["Content-Type"].split(";")[0]) == (b"the index", "text/html")
    assert b"file" in ask(indexed.address, "/other/").body
    assert b"the index" not in ask(listed.address, "/sub/").body


def test_one_file_alone(listen, tmp_path):
    """`ferry serve FILE` serves that file under its name, and nothing beside it."""
    (tmp_path / "one.bin").write_bytes(DATA)
    (tmp_path / "two.bin").write_bytes(BIG)
    server = listen("serve", tmp_path / "one.bin")
    assert ask(server.address, "/one.bin").body == DATA
    assert ask(server.address, "/two.bin").status == 404


def test_curl_and_wget(server, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    for argv in (["curl", "-sSfO"], ["wget", "-q"]):
        subprocess.run([*argv, f"{server.url}/big.iso"], cwd=out, check=True, timeout=PATIENCE)
        assert (out / "big.iso").read_bytes() == BIG
        (out / "big.iso").write_bytes(BIG[:1_000_001])  # and resumes in the middle
        resume = ["curl", "-sSfO", "-C", "-"] if argv[0] == "curl" else ["wget", "-q", "-c"]
        subprocess.run([*resume, f"{server.url}/big.iso"], cwd=out, check=True, timeout=PATIENCE)
        assert (out / "big.iso").read_bytes() == BIG
        (out / "big.iso").unlink()
    done = subprocess.run(["curl", "-sS", "-o", os.devnull, "-w", "%{http_code}", "-z", "14 Nov 2023 22:13:20 GMT",
                           f"{server.url}/data.bin"], capture_output=True, timeout=PATIENCE)
    assert done.stdout == b"304"


@pytest.mark.valgrind
def test_a_request_head_has_ten_seconds(server):
    """A client that stops half-way and one that trickles are both ended."""
    half, trickling = Http(server.address), Http(server.address)
    half.send(b"GET /data.bin HTTP/1.1\r\nHost:")
    trickling.send(b"GET /data.bin HTTP/1.1\r\n")
    sel = selectors.DefaultSelector()
    for h in (half, trickling):
        sel.register(h.s, selectors.EVENT_READ, h)
    bound = PATIENCE
    while sel.get_map():
        assert bound > 0, [k.data.held for k in sel.get_map().values()]
        for key, _ in sel.select(0.5):
            try:
                piece = key.fileobj.recv(1000)
            except ConnectionResetError:
                piece = b""
            assert piece == b"" or piece.startswith(b"HTTP/1.1 408") or key.data.held
            key.data.held += piece
            if not piece:
                sel.unregister(key.fileobj)
        bound -= 0.5
        if trickling.s in [k.fileobj for k in sel.get_map().values()]:
            trickling.send_all_that_it_takes(b"x")
    for h in (half, trickling):
        h.s.close()
    assert ask(server.address, "/data.bin").body == DATA


def test_nothing_reaches_the_terminal_raw(listen, tmp_path):
    """Escape sequences in a name, a target or a header do not reach the terminal."""
    server = listen("serve", fill(tmp_path))
    for raw in (b"\x1b]0;owned\x07\n", request("/\x1b[31m"), b"GET /%1b[31m HTTP/1.1\r\nHost: \x1b\r\n\r\n"):
        with Http(server.address) as h:
            h.send(raw)
            h.s.recv(1000)
    _, _, err = server.stop()
    assert b"\x1b" not in err and b"\x07" not in err


def test_an_empty_line_too_many_is_no_request(server):
    with Http(server.address) as h:
        for _ in range(3):
            h.send(request("/data.bin") + b"\r\n")
            assert h.receive().body == DATA


def test_two_range_fields_are_none(server):
    with Http(server.address) as h:
        h.send(b"GET /data.bin HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\nRange: bytes=5-6\r\n\r\n")
        a = h.receive()
        assert a.status == 200 and a.body == DATA


def test_a_file_from_the_future(listen, tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    os.utime(tmp_path / "file", (4_000_000_000, 4_000_000_000))
    a = ask(listen("serve", tmp_path).address, "/file")
    dates = [email.utils.parsedate_to_datetime(a[name]) for name in ("Last-Modified", "Date")]
    assert dates[0] <= dates[1]


def test_the_date_that_was_said_of_a_file_from_the_future_holds(listen, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x")
    os.utime(path, (4_000_000_000, 4_000_000_000))
    with Http(listen("serve", tmp_path).address) as h:
        said = h.ask("/file")["Last-Modified"]
        changed = email.utils.formatdate(os.stat(path).st_ctime - 1, usegmt=True)
        for _ in range(2):
            assert h.ask("/file", if_unmodified_since=said).status == 200
            assert h.ask("/file", if_modified_since=said).status == 304
            assert h.ask("/file", if_unmodified_since=changed).status == 412
            assert h.ask("/file", if_modified_since=changed).status == 200
            assert h.ask("/file", if_range=said, Range="bytes=0-0").status == 200
            wait_until(lambda: h.ask("/file")["Date"] > said, "another second")


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.valgrind
def test_an_error_is_a_page_in_a_browser(listen, tmp_path):
    """In our style, with links that stay below a proxy's path; other clients get a text."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "file").write_bytes(b"x")
    (tmp_path / "a" / "file.gz").write_bytes(b"y")
    server = listen("serve", "--precompressed", "--title", "Tom & <Jerry>", tmp_path)
    with Http(server.address) as h:
        listing = h.ask("/", Accept=BROWSER)
        style = re.search(rb'\?asset=style-[^"]*', listing.body)[0]
        for target, status, ways in [
            ("/none", 404, ["./"]), ("/none/", 404, ["../"]), ("/a/none", 404, ["../", "./"]), ("/a/none/", 404, ["../../", "../"]),
            ("/a/b/c/none?x=/y/", 404, ["../../../", "./"]), ("/a%2Fnone", 404, ["./"]), ("/?after=%00", 400, ["./"]),
            ("http://test/a/none", 404, ["../", "./"]),
        ]:
            for method in ("GET", "HEAD"):
                a = h.ask(target, method, Accept=BROWSER)
                assert (a.status, a["Content-Type"], a["Vary"]) == (status, "text/html; charset=utf-8", "Accept"), target
                assert a["Content-Security-Policy"] == listing["Content-Security-Policy"]
                if method == "GET":
                    page = a.body
                    assert int(a["Content-Length"]) == len(page)
                else:
                    assert int(a["Content-Length"]) == len(page)
                if status == 400:
                    break
            assert b'<link rel="stylesheet" href="' + ways[0].encode() + style + b'">' in page
            assert f"<h1>{status} ".encode() in page and b"Tom &amp; &lt;Jerry&gt;" in page
            assert re.findall(rb'<a [^>]*href="([^"]*)"', page) == [way.encode() for way in ways], target
            if status == 400:
                h = Http(server.address)
        # Other errors.
        for method, fields, status in (("POST", {}, 405), ("BREW", {}, 501), ("GET", {"range": "bytes=9-"}, 416), ("GET", {"if_match": '"x"'}, 412)):
            a = h.ask("/a/file", method, Accept=BROWSER, **fields)
            assert (a.status, a["Content-Type"]) == (status, "text/html; charset=utf-8")
            assert a["Vary"] == ("Accept, Accept-Encoding" if status in (412, 416) else "Accept")
            assert b'href="../"' in a.body
        for accept in (None, "*/*", "text/plain", "application/json", "text/*", "text/html;q=0.5,*/*", "text/html, text/plain"):
            a = h.ask("/a/none", Accept=accept)
            assert (a.status, a["Content-Type"], a["Vary"]) == (404, "text/plain; charset=utf-8", "Accept"), accept
            assert a.body == b"404 Not Found\nThere is no such file here.\n"
    # For an invalid request the path is unknown, so there is no link back.
    with Http(server.address) as h:
        h.send(b"GET /a\x01b HTTP/1.1\r\nHost: test\r\nAccept: text/html\r\n\r\n")
        assert h.receive()["Content-Type"] == "text/plain; charset=utf-8"
    with Http(server.address) as h:
        h.send(b"GET /a HTTP/1.1\r\nHost: test\r\nAccept: text/html\r\nX : y\r\n\r\n")
        a = h.receive()
        assert (a.status, b"<a " in a.body, b"<h1>400 " in a.body) == (400, False, True)
    assert ask(listen("serve", "--header", "Content-Security-Policy: default-src *", tmp_path).address, "/none",
               Accept=BROWSER)["Content-Security-Policy"] == "default-src *"


def test_caches_are_told_to_ask(listen, tmp_path):
    """Otherwise they guess from Last-Modified: a file of 2020 could be reused for months."""
    (tmp_path / "sub").mkdir()
    for name, at in (("old", 1_600_000_000), ("0", 0), ("1", 1), ("-1", -1), ("2", 2)):
        (tmp_path / name).write_bytes(body(100))
        os.utime(tmp_path / name, (0, at))
    with Http(listen("serve", tmp_path).address) as h:
        whole = h.ask("/old")
        for a in (whole, h.ask("/old"), h.ask("/old", "HEAD"), h.ask("/old", Range="bytes=0-1"),
                  h.ask("/old", Range="bytes=0-1,5-6"), h.ask("/old", if_none_match=whole["ETag"]), h.ask("/sub"),
                  h.ask("/?archive=tar")):
            assert a["Cache-Control"] == "no-cache", a
        # The first and the second moment of 1970 are no dates.
        for name, said in (("0", False), ("1", False), ("-1", True), ("2", True)):
            a = h.ask("/" + name)
            assert (a["Last-Modified"] is not None, a["ETag"] is not None, a["Cache-Control"]) == (said, True, "no-cache")
            epoch = "Thu, 01 Jan 1970 00:00:01 GMT"
            assert h.ask("/" + name, if_modified_since=epoch).status == (304 if name == "-1" else 200)
    for field, said in (("Cache-Control: max-age=60", "max-age=60"), ("cache-control: no-store", "no-store"),
                        ("EXPIRES: Thu, 01 Jan 2032 00:00:00 GMT", None), ("X-Cache-Control: x", "no-cache")):
        with Http(listen("serve", "--header", field, tmp_path).address) as h:
            for a in (h.ask("/old"), h.ask("/old", if_none_match="*"), h.ask("/old", Range="bytes=1-1"), h.ask("/sub")):
                assert a["Cache-Control"] == said, field


def test_a_long_list_of_tags_is_still_a_condition(server):
    """If-Modified-Since is ignored beside If-None-Match, however many lines that has."""
    when = ask(server.address, "/data.bin")["Last-Modified"]
    with Http(server.address) as h:
        tags = "".join(f'If-None-Match: "{i:0500}"\r\n' for i in range(10))
        h.send(f"GET /data.bin HTTP/1.1\r\nHost: a\r\n{tags}If-Modified-Since: {when}\r\n\r\n".encode())
        assert h.receive().status == 200
