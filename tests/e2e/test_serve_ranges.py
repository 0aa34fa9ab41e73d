"""Several ranges in one request: sorted, merged, sent piece by piece, with a length known from the start."""

import email
import email.policy
import subprocess

import pytest

from conftest import body
from wire import Http, ask, request

SIZE = 3_000_000
DATA = body(SIZE)


@pytest.fixture(scope="module")
def server(listen_once, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ranges")
    (folder / "data.bin").write_bytes(DATA)
    (folder / "small.txt").write_bytes(b"0123456789")
    return listen_once("serve", folder)


def parts_of(answer):
    """The (first, bytes) of each part, read by another MIME parser as far as it keeps bytes."""
    assert answer.status == 206 and answer["Content-Range"] is None
    kind, _, boundary = answer["Content-Type"].partition("; boundary=")
    assert kind == "multipart/byteranges"
    assert answer.body.endswith(b"\r\n--" + boundary.encode() + b"--\r\n")
    pieces = answer.body.split(b"\r\n--" + boundary.encode())
    assert pieces[0] == b"" and pieces[-1] == b"--\r\n"
    out = []
    for piece in pieces[1:-1]:
        head, _, content = piece.partition(b"\r\n\r\n")
        fields = email.message_from_bytes(head.lstrip(b"\r\n") + b"\r\n\r\n", policy=email.policy.HTTP)
        first, last = fields["Content-Range"].removeprefix("bytes ").split("/")[0].split("-")
        assert int(last) - int(first) + 1 == len(content)
        out.append((int(first), content))
    return out


@pytest.mark.valgrind
@pytest.mark.parametrize("first", [0, 5])
@pytest.mark.parametrize("length", [1, 65535, 65536, 65537, 70001, 102400, 131071, 131072, 131073, 135167, 135168, 140000,
                                    524288, 627000, 1048576, 1048577, 1150976, 2228224])
def test_a_range_ends_where_it_ends(server, first, length):
    """Also if short requests came just before, so that it is sent in short turns."""
    with Http(server.address) as h:
        for little in (b"", request("/small.txt", "HEAD")):
            h.send(little + request("/data.bin", Range=f"bytes={first}-{first + length - 1}") + request("/small.txt"))
            if little:
                assert h.receive("HEAD").status == 200
            a = h.receive()
            assert (a.status, a["Content-Length"]) == (206, str(length))
            assert a.body == DATA[first : first + length]
            assert h.receive().body == b"0123456789"


@pytest.mark.valgrind
@pytest.mark.parametrize("asked, ranges", [
    ("0-0,5-6", [(0, 1), (5, 2)]),
    ("8-,0-1", [(0, 2), (8, 2)]),
    ("-1,0-0", [(0, 1), (9, 1)]),
    ("0-0,2-2,99-100", [(0, 1), (2, 1)]),
])
def test_small(server, asked, ranges):
    a = ask(server.address, "/small.txt", Range=f"bytes={asked}")
    assert parts_of(a) == [
        (off, b"0123456789"[off:off + n]) for off, n in ranges]
    assert f"Content-Range: bytes {ranges[0][0]}-{sum(ranges[0]) - 1}/10\r\n\r\n".encode() in a.body
    assert a.body.count(b"Content-Type: text/plain; charset=utf-8\r\n") == len(ranges)


@pytest.mark.parametrize("asked, status, first, n", [
    ("0-4,5-9", 200 + 6, 0, 10), ("0-4,2-7", 206, 0, 8), ("3-3,3-3,3-3", 206, 3, 1), ("0-0,99-", 206, 0, 1)])
def test_what_touches_is_one(server, asked, status, first, n):
    a = ask(server.address, "/small.txt", Range=f"bytes={asked}")
    assert a.status == status and a.body == b"0123456789"[first:first + n]
    assert a["Content-Range"] == f"bytes {first}-{first + n - 1}/10"


def test_large_parts(server):
    """Larger than what is copied, so that sendfile() is used; the connection is usable afterwards."""
    wanted = [(0, 1_000_000), (1_500_000, 700_001), (SIZE - 5, 5)]
    with Http(server.address) as h:
        for _ in range(2):
            a = h.ask("/data.bin", Range="bytes=" + ",".join(f"{o}-{o + n - 1}" for o, n in wanted))
            assert parts_of(a) == [(o, DATA[o:o + n]) for o, n in wanted]
            head = h.ask("/data.bin", "HEAD", Range="bytes=0-1,5-6")
            assert head.status == 200 and head["Content-Length"] == str(SIZE)


@pytest.mark.parametrize("count, status", [(64, 206), (65, 200), (5000, 431)])
def test_at_most_64(server, count, status):
    a = ask(server.address, "/data.bin", Range="bytes=" + ",".join(f"{2 * i}-{2 * i}" for i in range(count)))
    assert a.status == status
    if status == 206:
        assert [c for _, c in parts_of(a)] == [DATA[2 * i:2 * i + 1] for i in range(count)]
    elif status == 200:
        assert a.body == DATA


def test_if_range_guards_them(server):
    tag = ask(server.address, "/small.txt", "HEAD")["ETag"]
    assert ask(server.address, "/small.txt", Range="bytes=0-0,5-5", If_Range=tag).status == 206
    a = ask(server.address, "/small.txt", Range="bytes=0-0,5-5", If_Range='"other"')
    assert a.status == 200 and a.body == b"0123456789"


def test_curl(server):
    done = subprocess.run(["curl", "-sS", "-r", "0-99,200000-300000", server.url + "/data.bin"], capture_output=True)
    assert done.returncode == 0 and DATA[:100] in done.stdout and DATA[200_000:300_001] in done.stdout


def test_a_file_that_changes_between_the_parts(listen, tmp_path):
    server = listen("serve", tmp_path)
    size = 48 << 20  # more than the kernel's buffers of both sides hold, so most of it is not read yet
    with open(tmp_path / "large.bin", "wb") as f:
        f.truncate(size)
    with Http(server.address, receive_buffer=32768) as h:
        h.send(b"GET /large.bin HTTP/1.1\r\nHost: a\r\nRange: bytes=0-20000000,20000002-\r\n\r\n")
        length = int(h.head()["Content-Length"])
        assert length > size
        with open(tmp_path / "large.bin", "r+b") as f:
            f.seek(size - 10)
            f.write(b"changed")
        with pytest.raises((EOFError, ConnectionResetError)):
            h._bytes(length)
