"""A whole folder as one Metalink: many files with their hashes, so that programs fetch a verified tree by it."""

import hashlib
import os
import xml.etree.ElementTree as ElementTree

import pytest

from conftest import body
from faults import faults  # noqa: F401 (a fixture)
from test_serve_archive import expected, fill
from test_serve_hashes import XML, client, grow_old
from wire import Http, ask, request, wait_until

MIB = 1 << 20
FOLDER = "/some%20folder/"
SIZES = {"d/empty": 0, "d/e/one piece": MIB, "d/e/some": 2 * MIB + 5, "f": 1000}


@pytest.fixture(scope="module")
def pub(tmp_path_factory):
    pub = tmp_path_factory.mktemp("metalink") / "pub"
    fill(pub / "some folder")
    (pub / "small" / "d" / "e").mkdir(parents=True)
    for seed, (name, size) in enumerate(SIZES.items()):
        (pub / "small" / name).write_bytes(body(size, seed))
    grow_old(*(os.path.join(d, f) for d, _, files in os.walk(os.fsencode(pub)) for f in files
               if os.path.isfile(os.path.join(d, f))))
    return pub


@pytest.fixture(scope="module")
def server(listen_once, pub):
    return listen_once("serve", "--no-hash-cache", pub)


def files(document):
    """{name: (size, url, digests of pieces, digest)}"""
    root = ElementTree.fromstring(document)
    out = {}
    for file in root.findall(XML + "file"):
        pieces = file.find(XML + "pieces")
        assert file.get("name") not in out and (pieces is None or pieces.get("length") == str(MIB))
        out[file.get("name")] = (file.findtext(XML + "size"), file.findtext(XML + "url"),
                                 [h.text for h in pieces] if pieces is not None else [], file.findtext(XML + "hash"))
    return out


def can_be_named(name):
    try:
        return min(name.decode(), default="x") >= " "
    except UnicodeDecodeError:
        return False


@pytest.mark.valgrind
def test_it_has_every_file_and_hash(server, pub):
    a = ask(server.address, FOLDER + "?format=metalink")
    assert (a.status, a["Content-Type"], a["ETag"]) == (200, "application/metalink4+xml", None)
    assert a["Content-Disposition"] == 'attachment; filename="some folder.meta4"'
    want = {name[2:]: data for name, data, _ in expected(pub / "some folder", b".") if data is not None}
    named = {name.decode(): data for name, data in want.items() if can_be_named(name)}
    assert b"left out, since XML cannot express their names: %d -->" % (len(want) - len(named)) in a.body
    got = files(a.body)
    assert list(got) == list(named) and "b/link" in got and len(got) > 20
    with Http(server.address) as h:
        for name, (size, url, pieces, digest) in got.items():
            data = named[name]
            assert url.startswith("http://test" + FOLDER) and h.ask(url.removeprefix("http://test")).body == data
            assert size == str(len(data)) and digest == hashlib.sha256(data).hexdigest()
            assert pieces == ([digest] if data else [])
        assert h.ask(FOLDER + "?format=metalink", "HEAD").status == 200
        for target, status in ((FOLDER[:-1], 301), ("/nothing/", 404), (FOLDER + ".hidden/", 404)):
            assert h.ask(target + "?format=metalink").status == status


def test_pieces_of_larger_files(server, pub):
    got = files(ask(server.address, "/small/?format=metalink").body)
    assert sorted(got) == sorted(SIZES)
    data = (pub / "small" / "d/e/some").read_bytes()
    assert got["d/e/some"][2] == [hashlib.sha256(data[i : i + MIB]).hexdigest() for i in range(0, len(data), MIB)]
    # What was computed for it is known from then on.
    assert hashlib.sha256(data).hexdigest().encode() in ask(server.address, "/small/?format=mtree").body


def test_aria2_fetches_a_verified_tree(server, pub, tmp_path):
    status, out = client("aria2c", "--no-conf", server.url + "/small/?format=metalink", cwd=tmp_path)
    assert status == 0, out
    for name in SIZES:
        assert (tmp_path / name).read_bytes() == (pub / "small" / name).read_bytes()


def test_aria2_refuses_a_wrong_file_of_a_tree(listen, tmp_path):
    """The document is from before a byte changed. The other files are right."""
    pub, to = tmp_path / "pub", tmp_path / "to"
    pub.mkdir()
    to.mkdir()
    for seed, name in enumerate(("one", "two", "three")):
        (pub / name).write_bytes(body(MIB + 5, seed))
    grow_old(*pub.iterdir())
    server = listen("serve", "--no-hash-cache", pub)
    (to / "tree.meta4").write_bytes(ask(server.address, "/?format=metalink", Host=server.name).body)
    with open(pub / "two", "r+b") as f:
        f.seek(MIB)
        f.write(b"!")
    status, out = client("aria2c", "--no-conf", "--max-tries=2", "-M", "tree.meta4", cwd=to)
    assert status != 0 and "Invalid checksum index=1" in out, out
    assert (to / "one").read_bytes() == body(MIB + 5, 0) and (to / "three").read_bytes() == body(MIB + 5, 2)


@pytest.mark.release
def test_a_file_that_cannot_be_vouched_for_has_no_hash(listen, tmp_path, faults):  # noqa: F811
    """One that has changed lately, and one that changes while its hash is computed: the others have theirs."""
    pub = tmp_path / "pub"
    pub.mkdir()
    for name in "abc":
        (pub / name).write_bytes(body(1000))
    grow_old(*pub.iterdir())
    (pub / "d").write_bytes(b"fresh")
    server = listen("serve", "--no-hash-cache", pub, env=faults.env)
    faults.set("pread", error=0, first=2)
    with Http(server.address) as h:
        h.send(request("/?format=metalink"))
        wait_until(lambda: faults.calls == 2, "the second file is read")
        (pub / "b").write_bytes(body(1000, seed=1))
        faults.set("", error=0)  # it goes on, and succeeds
        got = files(h.receive().body)
    digest = hashlib.sha256(body(1000)).hexdigest()
    assert got == {name: ("1000", f"http://test/{name}", [digest], digest) for name in "ac"} | {
        name: (None, f"http://test/{name}", [], None) for name in "bd"}


@pytest.mark.release
def test_a_client_sees_that_it_was_cut(listen, pub, faults):  # noqa: F811
    server = listen("serve", "--no-hash-cache", pub, env=faults.env)
    faults.set("fstatat", error=5, first=20, count=1 << 40)
    with Http(server.address) as h:
        h.send(request(FOLDER + "?format=metalink"))
        assert h.head().status == 200
        with pytest.raises((EOFError, ConnectionResetError)):
            h._chunked()
    assert b"could not be read to its end" in server.stop()[2]
