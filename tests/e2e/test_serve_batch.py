"""Several files of a folder in one answer: QUERY with their names, answered by a tar."""

import errno
import hashlib
import io
import os
import subprocess
import tarfile

import pytest

from conftest import PATIENCE, SANITIZED, body
from faults import faults  # noqa: F401 (a fixture)
from test_serve_archive import fill
from wire import Http, ask, request, wait_until

TYPE = "application/vnd.ferry.names"
FOLDER = "/some%20folder/"
MIB = 1 << 20
SIZES = {"empty": 0, "one": 1, "block": 512, "whole": MIB, "large": MIB + 1, "larger": 3 * MIB + 5}


@pytest.fixture(scope="module")
def pub(tmp_path_factory):
    pub = tmp_path_factory.mktemp("batch") / "pub"
    fill(pub / "some folder")
    for seed, (name, size) in enumerate(SIZES.items()):
        (pub / name).write_bytes(body(size, seed))
        os.utime(pub / name, ns=(1, 1_700_000_000_123_456_789 + seed))
    return pub


@pytest.fixture(scope="module")
def server(listen_once, pub):
    return listen_once("serve", pub)


def listed(names):
    return b"".join(n + b"\0" for n in names)


def query(target, data, method="QUERY", **headers):
    headers = {"Content-Type": TYPE, "Content-Length": str(len(data)), **headers}
    return request(target, method, **headers) + data


def members(data):
    """[(name, bytes, mtime in ns, FERRY.sha256, FERRY.error)]"""
    out = []
    with tarfile.open(fileobj=io.BytesIO(data), encoding="utf-8", errors="surrogateescape") as t:
        for m in t:
            assert m.isreg() and m.mode == 0o644
            seconds, _, ns = m.pax_headers.get("mtime", str(int(m.mtime))).partition(".")
            out.append((os.fsencode(m.name), t.extractfile(m).read(), int(seconds) * 10**9 + int(ns.ljust(9, "0")),
                        m.pax_headers.get("FERRY.sha256"), m.pax_headers.get("FERRY.error")))
    return out


def batch(server, names, target="/", method="QUERY"):
    with Http(server.address) as h:
        h.send(query(target, listed(names), method))
        a = h.receive()
        assert (a.status, a["Content-Type"], a["Transfer-Encoding"]) == (200, "application/x-tar", "chunked")
        assert h.ask("/one").body == body(1, 1)  # the connection goes on
    return members(a.body)


@pytest.mark.valgrind
@pytest.mark.parametrize("method", ["QUERY", "POST"])
def test_members_come_as_they_were_asked_for(server, pub, method):
    names = [n.encode() for n in ("larger", "empty", "block", "one", "one", "whole", "large")]
    got = batch(server, names, method=method)
    assert [m[0] for m in got] == names
    for name, data, mtime, sha256, error in got:
        path = pub / os.fsdecode(name)
        assert data == path.read_bytes() and mtime == os.stat(path).st_mtime_ns and error is None
        assert sha256 == (hashlib.sha256(data).hexdigest() if len(data) <= MIB else None)


@pytest.mark.valgrind
def test_what_get_refuses_is_marked(server, pub):
    """The same rules: a name that GET does not answer with a file is a member without bytes."""
    folder = os.fsencode(pub / "some folder")
    names = [os.path.relpath(os.path.join(d, n), folder) for d, folders, files in os.walk(folder) for n in folders + files]
    names += [b"nothing", b"plain/below", b"b/nothing", b"nothing/x", b"x" * 256, b"y/" * 2000 + b"z", b"...", b"-x", b"b\\d"]
    got = batch(server, names, FOLDER)
    assert [m[0] for m in got] == names
    kinds = set()
    with Http(server.address) as h:
        for name, data, _, sha256, error in got:
            a = h.ask(FOLDER + "".join(f"%{c:02X}" if c != 0x2f else "/" for c in name))
            kinds.add((a.status, error))
            if a.status == 200:
                assert data == a.body and sha256 == hashlib.sha256(data).hexdigest()
            else:
                assert data == b"" and sha256 is None
    assert kinds == {(200, None), (404, "gone"), (301, "gone"), (403, "denied")}


def test_hidden_files_and_a_single_file(listen, pub):
    server = listen("serve", "--hidden", pub / "some folder")
    with Http(server.address) as h:
        h.send(query("/", listed([b".hidden/file", b".file"])))
        assert [(m[1], m[4]) for m in members(h.receive().body)] == [(b"hidden", None)] * 2
    server = listen("serve", pub / "one")
    with Http(server.address) as h:
        h.send(query("/", listed([b"one", b"two"])))
        assert [(m[1], m[4]) for m in members(h.receive().body)] == [(body(1, 1), None), (b"", "gone")]


@pytest.mark.valgrind
def test_what_is_refused(server):
    one = listed([b"one"])
    with Http(server.address) as h:
        for data in (b"one", b"\0", b"/one\0", b"one/\0", b"../one\0", b"a/../one\0", b"./one\0", b"a//b\0", b"one\0two"):
            h.send(query("/", data))
            a = h.receive()
            assert (a.status, a["Accept-Query"], a["Connection"]) == (422, TYPE, None)
        h.send(query("/", b""))
        assert members(h.receive().body) == []
        h.send(query("//some%20folder/", one))  # no redirect, after which POST becomes GET
        assert h.receive().status == 404
        h.send(query("/nothing/", one))
        assert h.receive().status == 404

    def once(raw):
        with Http(server.address) as h:
            h.send_all_that_it_takes(raw)
            a = h.receive()
            assert a["Connection"] == "close" and h.at_end()
        return a.status, a["Allow"], a["Accept-Query"]

    for kind in ("text/plain", "", "application/vnd.ferry.name", "application/vnd.ferry.names, text/plain"):
        assert once(query("/", one, **{"Content-Type": kind})) == (415, None, TYPE)
    assert once(request("/", "QUERY", Content_Length="4") + one) == (415, None, TYPE)
    for method in ("QUERY", "POST"):
        assert once(query("/one", one, method)) == (405, "GET, HEAD, OPTIONS", None)
    assert once(query("/", one, "PUT")) == (405, "GET, HEAD, OPTIONS, POST, QUERY", TYPE)
    assert once(query("/", b"n\0" * (MIB // 2) + b"\0"))[0] == 413
    assert once(query("/", one, Host="other host"))[0] == 400


def test_a_body_in_any_pieces(server):
    names = listed([b"one", b"block"])
    with Http(server.address) as h:
        for cut in range(len(names)):
            h.send(request("/", "QUERY", Content_Type=TYPE, Transfer_Encoding="chunked"))
            for piece in filter(None, (names[:cut], names[cut:])):
                h.send(b"%x\r\n%b\r\n" % (len(piece), piece))
            h.send(b"0\r\n\r\n")
            assert [m[1] for m in members(h.receive().body)] == [body(1, 1), body(512, 2)]
        h.send(query("/", names, Expect="100-continue")[: -len(names)])
        assert h.head().status == 100
        h.send(names)
        assert len(members(h.receive().body)) == 2


def test_curl_and_tar(server, pub, tmp_path):
    (tmp_path / "names").write_bytes(listed([b"one", b"large", b"nothing", "é/plain".encode()]))
    tar = subprocess.run(["curl", "-sSf", "-X", "QUERY", "-H", f"Content-Type: {TYPE}", "--data-binary", f"@{tmp_path}/names",
                          server.url + "/"], capture_output=True, check=True, timeout=PATIENCE).stdout
    for program in ("tar", "bsdtar"):
        to = tmp_path / program
        to.mkdir()
        subprocess.run([program, "-xf", "-", "-C", to], input=tar, check=True, capture_output=True, timeout=PATIENCE)
        assert (to / "one").read_bytes() == (pub / "one").read_bytes()
        assert (to / "large").read_bytes() == (pub / "large").read_bytes()
        assert os.stat(to / "large").st_mtime_ns // 100 == os.stat(pub / "large").st_mtime_ns // 100
        assert (to / "nothing").read_bytes() == b""


@pytest.mark.release
def test_a_file_that_changes_while_it_is_read(listen, tmp_path, faults):  # noqa: F811
    """It is marked, and those after it come."""
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(body(1000))
    server = listen("serve", tmp_path, env=faults.env)
    with Http(server.address) as h:
        faults.set("pread", error=0, first=2)
        h.send(query("/", listed([b"a", b"b", b"c"])))
        wait_until(lambda: faults.calls == 2, "the second file is read")
        with open(tmp_path / "b", "ab") as f:
            f.write(b"more")
        faults.set("", error=0)  # it goes on, and succeeds
        assert [m[4] for m in members(h.receive().body)] == [None, "changed", None]
        faults.set("pread", error=errno.EIO, first=2)
        h.send(query("/", listed([b"a", b"b", b"c"])))
        assert [m[4] for m in members(h.receive().body)] == [None, "failed", None]


def test_a_large_file_that_becomes_shorter_is_cut(listen, tmp_path):
    """Its bytes were promised, so that nothing right can follow."""
    size = 64 * MIB
    with open(tmp_path / "large", "wb") as f:
        f.truncate(size)
    server = listen("serve", tmp_path)
    with Http(server.address, receive_buffer=65536) as h:
        h.send(query("/", listed([b"large", b"large"])))
        assert h.head().status == 200
        os.truncate(tmp_path / "large", MIB + 1)
        with pytest.raises((EOFError, ConnectionResetError)):
            h._chunked()
    assert b"changed while it was being sent" in server.stop()[2]


def test_memory_has_a_bound(listen, tmp_path):
    """The longest list, of files of the largest size that is read at once."""
    (tmp_path / "whole").write_bytes(body(MIB))
    os.mkdir(tmp_path / "d")
    server = listen("serve", tmp_path)
    before = server.memory("VmHWM")
    with Http(server.address) as h:
        names = [b"whole"] * 20 + [b"d/" + b"n" * 250] * 4000
        h.send(query("/", listed(names)))
        got = members(h.receive().body)
        assert len(got) == len(names) and got[0][1] == body(MIB)
    assert SANITIZED or server.memory("VmHWM") - before < 8 * 1024
