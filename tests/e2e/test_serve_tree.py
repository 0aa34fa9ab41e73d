"""What a server says of a whole folder: everything below it as a text in the format of mtree(5)."""

import errno
import hashlib
import os
import re
import subprocess
import tarfile

import pytest

from conftest import PATIENCE, SANITIZED, body
from faults import faults  # noqa: F401 (a fixture)
from test_serve_archive import expected, fill
from test_serve_hashes import grow_old
from wire import Http, ask, request

FOLDER = "/some%20folder/"
MTREE = FOLDER + "?format=mtree"
NOTHING = hashlib.sha256(b"").hexdigest()  # of an empty file, which is known without computing it
LONG = 12_000  # names whose text is longer than the first stretch


@pytest.fixture(scope="module")
def pub(tmp_path_factory):
    pub = tmp_path_factory.mktemp("tree") / "pub"
    fill(pub / "some folder")
    os.chmod(pub / "some folder" / "b", 0o751)
    os.chmod(pub / "some folder" / "plain", 0o600)
    (pub / "long").mkdir()
    one = pub / "long" / f"{0:06}-{'a name of usual length, or a little more'}"
    one.write_bytes(b"x")
    for i in range(1, LONG):
        os.link(one, pub / "long" / f"{i:06}-{'a name of usual length, or a little more'}")
    grow_old(*(os.path.join(d, f) for d, _, files in os.walk(os.fsencode(pub / "some folder")) for f in files
               if os.path.isfile(os.path.join(d, f))))
    return pub


@pytest.fixture(scope="module")
def server(listen_once, pub):
    return listen_once("serve", "--no-hash-cache", pub)


def entries(text):
    """[(path, {key: value})] of a text that is there to its end."""
    first, *lines, last, nothing = text.split(b"\n")
    assert (first, last, nothing) == (b"#mtree", b"# end %d entries" % len(lines), b"")
    out = []
    for line in lines:
        path, *words = line.split(b" ")
        assert path == b"." or path.startswith(b"./")
        name = re.sub(rb"\\([0-7]{3})", lambda m: bytes([int(m[1], 8)]), path)
        assert not re.search(rb"[^!-~]", path)
        out.append((name, dict(w.decode().split("=") for w in words)))
    return out


def wanted(folder, hidden=False):
    """What the text must have."""
    out = []
    for member, data, _ in expected(folder, b".", hidden):
        st = os.stat(os.path.join(os.fsencode(folder), member))
        size = {"type": "dir"} if data is None else {"type": "file", "size": str(len(data))}
        digest = {"sha256digest": NOTHING} if data == b"" else {}
        out.append((member, {**size, "time": f"{st.st_mtime_ns // 10**9}.{st.st_mtime_ns % 10**9:09}",
                             "mode": f"{st.st_mode & 0o7777:04o}", **digest}))
    return out


@pytest.mark.valgrind
def test_it_has_what_a_client_may_have(server, pub):
    a = ask(server.address, MTREE)
    assert (a.status, a["Content-Type"], a["Vary"]) == (200, "text/plain; charset=utf-8", "Accept-Encoding")
    got = entries(a.body)
    assert got == wanted(pub / "some folder")
    assert {b"./link", b"./b/not-utf8-\xff\xfe", b"./new\nline", b"./b/empty"} <= {name for name, _ in got}
    for absent in (b"./out", b"./dangling", b"./fifo", b"./socket", b"./link-to-folder", b"./.file", b"./b/circle/plain"):
        assert absent not in {name for name, _ in got}
    assert ask(server.address, FOLDER[:-1] + "?format=mtree").status == 301
    assert ask(server.address, "/nothing/?format=mtree").status == 404
    assert ask(server.address, FOLDER + ".hidden/?format=mtree").status == 404
    assert ask(server.address, FOLDER + "plain?format=mtree").body == (pub / "some folder" / "plain").read_bytes()


def test_hidden_files_and_a_single_file(listen, pub):
    server = listen("serve", "--hidden", pub)
    assert entries(ask(server.address, MTREE).body) == wanted(pub / "some folder", hidden=True)
    server = listen("serve", pub / "some folder" / "link")
    (_, folder), (name, file) = entries(ask(server.address, "/?format=mtree").body)
    assert folder["type"] == "dir" and name == b"./link" and file["type"] == "file"


def test_libarchive_reads_it(server, pub, tmp_path):
    """bsdtar takes each name, and the bytes of that name, into an archive."""
    folder = pub / "some folder"
    (tmp_path / "tree.mtree").write_bytes(ask(server.address, MTREE).body)
    made = subprocess.run(["bsdtar", "-C", folder, "-cf", tmp_path / "made.tar", "--format=pax", f"@{tmp_path}/tree.mtree"],
                          capture_output=True, timeout=PATIENCE, env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert made.returncode == 0, made.stderr
    with tarfile.open(tmp_path / "made.tar") as t:
        got = [(os.fsencode(m.name), t.extractfile(m).read() if m.isreg() else None, int(m.mtime), m.mode & 0o7777)
               for m in t.getmembers()]
    want = [(name, data, at, os.stat(os.path.join(os.fsencode(folder), name)).st_mode & 0o7777)
            for name, data, at in expected(folder, b".")]
    assert got == want


def test_mtree_compares_by_it(listen, tmp_path):
    """The program of the BSDs finds nothing different, and then exactly what is."""
    pub = tmp_path / "pub"
    for folder in ("", "a b", "a b/c", "[x]*"):
        (pub / folder).mkdir()
        for name in ("one", "two #=", "grüß\n\\"):
            (pub / folder / name).write_bytes(body(1000, seed=len(folder)))
    grow_old(*(p for p in pub.rglob("*") if p.is_file()))
    server = listen("serve", "--no-hash-cache", pub)
    ask(server.address, "/a%20b/one", Want_Repr_Digest="sha-256=1")
    text = ask(server.address, "/?format=mtree").body
    assert text.count(b"sha256digest=") == 1

    def compare():
        out = subprocess.run(["mtree", "-p", pub], input=text, capture_output=True, timeout=PATIENCE)
        return out.returncode, out.stdout.decode().replace(" \n", "\n")

    assert compare() == (0, "")
    st = os.stat(pub / "a b" / "one")
    (pub / "a b" / "one").write_bytes(body(1000, seed=99))
    os.utime(pub / "a b" / "one", ns=(st.st_atime_ns, st.st_mtime_ns))
    status, said = compare()
    assert status == 2 and "a b/one" in said and "sha256" in said and "two" not in said


@pytest.mark.valgrind
def test_a_tag_and_what_it_stands_for(listen, tmp_path):
    pub = tmp_path / "pub"
    (pub / "d").mkdir(parents=True)
    for name in ("a", "d/b", "d/c"):
        (pub / name).write_bytes(b"1234")
    grow_old(pub / "a", pub / "d" / "b", pub / "d" / "c")
    server = listen("serve", "--no-hash-cache", pub)
    target = "/?format=mtree"
    tags = []

    def look():
        with Http(server.address) as h:
            a, head = h.ask(target), h.ask(target, "HEAD")
            tag = a["ETag"]
            assert head["ETag"] == tag
            if tag:
                assert a["Cache-Control"] == "no-cache"
                same = h.ask(target, if_none_match=tag)
                assert (same.status, same["ETag"]) == (304, tag)
                assert h.ask(target, if_match='"other"').status == 412
            for old in tags:
                assert h.ask(target, if_none_match=old).status == 200
        return tag

    tags.append(look())
    ask(server.address, "/a", Want_Repr_Digest="sha-256=1")  # a digest that is known now is in the text
    tags.append(look())
    text = ask(server.address, target).body
    st = os.stat(pub / "d" / "b")
    (pub / "d" / "b").write_bytes(b"5678")
    os.utime(pub / "d" / "b", ns=(st.st_atime_ns, st.st_mtime_ns))
    assert look() is None  # that file's times do not vouch for its bytes yet
    grow_old(pub / "d" / "b")
    tags.append(look())
    assert ask(server.address, target).body == text  # another version: its time of change is in the tag only
    (pub / "d" / "new").mkdir()
    tags.append(look())
    assert len(set(tags)) == len(tags) == 4 and None not in tags


def test_compressed_it_has_a_tag_of_its_own(server):
    with Http(server.address) as h:
        as_it_is = h.ask(MTREE)
        zipped = h.ask(MTREE, accept_encoding="gzip")
        assert zipped["Content-Encoding"] == "gzip"
        assert zipped["ETag"] == as_it_is["ETag"][:-1] + '-gzip"'
        assert h.ask(MTREE, accept_encoding="gzip", if_none_match=zipped["ETag"]).status == 304
        assert h.ask(MTREE, if_none_match=zipped["ETag"]).status == 200
        assert h.ask(MTREE, "HEAD", accept_encoding="gzip")["Content-Encoding"] == "gzip"
    text = subprocess.run(["gzip", "-dc"], input=zipped.body, capture_output=True, check=True).stdout
    assert text == as_it_is.body


def test_digests_are_those_that_are_known(listen, tmp_path):
    """Of hashes on the disk, too; none is computed for it."""
    pub, kept = tmp_path / "pub", ("--hash-cache", tmp_path / "kept")
    pub.mkdir()
    (pub / "one").write_bytes(body(3 << 20))
    (pub / "two").write_bytes(body(5))
    grow_old(pub / "one", pub / "two")
    server = listen("serve", *kept, pub)
    assert b"sha256digest" not in ask(server.address, "/?format=mtree").body
    ask(server.address, "/one", "HEAD", Want_Repr_Digest="sha-256=1", Prefer="wait=60")
    digest = subprocess.run(["sha256sum", pub / "one"], capture_output=True, check=True).stdout[:64].decode()
    for one in (server, listen("serve", *kept, pub)):
        got = dict(entries(ask(one.address, "/?format=mtree").body))
        assert got[b"./one"]["sha256digest"] == digest
        assert "sha256digest" not in got[b"./two"]
    (pub / "one").write_bytes(body(3 << 20, seed=1))
    assert b"sha256digest" not in ask(server.address, "/?format=mtree").body


def test_a_long_one_is_streamed(server, pub):
    """No tag is known before its end, and the server holds only a part of it."""
    before = server.memory("VmHWM")
    a = ask(server.address, "/long/?format=mtree")
    got = entries(a.body)
    assert len(a.body) > 1 << 20 and a["ETag"] is None and a["Transfer-Encoding"] == "chunked"
    assert [name for name, _ in got] == [b"."] + [b"./" + os.fsencode(n) for n in sorted(os.listdir(pub / "long"))]
    zipped = ask(server.address, "/long/?format=mtree", accept_encoding="gzip").body
    assert subprocess.run(["gzip", "-dc"], input=zipped, capture_output=True, check=True).stdout == a.body
    assert SANITIZED or server.memory("VmHWM") - before < 8 * 1024


@pytest.mark.release
def test_a_client_sees_that_it_was_cut(listen, pub, faults):  # noqa: F811
    """A name that cannot be looked at ends the answer: a shorter list would look like a smaller folder."""
    server = listen("serve", "--no-hash-cache", pub, env=faults.env)
    faults.set("fstatat", error=errno.EIO, first=LONG - 50, count=1 << 40)
    with Http(server.address) as h:
        h.send(request("/long/?format=mtree"))
        assert h.head().status == 200
        with pytest.raises((EOFError, ConnectionResetError)):
            h._chunked()
    assert b"# end" not in h.held
    faults.set("fstatat", error=errno.EIO, first=50, count=1 << 40)
    assert ask(server.address, "/long/?format=mtree").status == 500
    faults.stop()
    assert len(entries(ask(server.address, "/long/?format=mtree").body)) == LONG + 1
    assert b"could not be read to its end" in server.stop()[2]
