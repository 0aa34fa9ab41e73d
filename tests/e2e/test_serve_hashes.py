"""What a server says about a file's bytes: Metalink documents and digest fields, also as other programs read them."""

import base64
import hashlib
import os
import re
import subprocess
import time
import xml.etree.ElementTree as ElementTree

import pytest

from conftest import PATIENCE, SANITIZED, Listener, body, run, sha256
from wire import Http, ask, request, wait_until

MIB = 1 << 20
SIZES = {"empty": 0, "small.txt": 5, "piece.bin": MIB, "a b&'ü.bin": 3 * MIB + 12345,
         "data.bin": 4 * MIB - 1}
NAME, QUOTED = "a b&'ü.bin", "/a%20b%26%27%C3%BC.bin"
WANT_ALL = {"Want-Repr-Digest": "sha-256=10", "Want-Digest": "SHA-512;q=1, SHA-256;q=1", "Want-Content-Digest": "sha-256=3"}
XML = "{urn:ietf:params:xml:ns:metalink}"


def grow_old(*paths):
    """Waits until a file's change is so long ago that its hashes are kept: content/hash.c. A change of the time that is
    shown to programs would be another change."""
    for path in paths:
        while int(time.time()) <= int(os.stat(path).st_ctime) + 2:
            time.sleep(0.05)


def put(folder, sizes):
    folder.mkdir()
    for seed, (name, size) in enumerate(sizes.items()):
        (folder / name).write_bytes(body(size, seed))
    grow_old(*(folder / name for name in sizes))
    return folder


@pytest.fixture(scope="module")
def pub(tmp_path_factory):
    return put(tmp_path_factory.mktemp("hashes") / "pub", SIZES)


@pytest.fixture
def server(listen, pub):
    """It knows no hash yet."""
    return listen("serve", "--no-hash-cache", pub)


def digest(data):
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def metalink_of(data, name, url, piece=MIB):
    """The one document that is right, as ElementTree gives it back."""
    pieces = [hashlib.sha256(data[i : i + piece]).hexdigest() for i in range(0, len(data), piece)]
    return [("size", str(len(data))), ("url", url)] + ([("pieces", pieces)] if pieces else []) + [
        ("hash", hashlib.sha256(data).hexdigest())], name


def parsed(document):
    root = ElementTree.fromstring(document)
    assert root.tag == XML + "metalink"
    (file,) = root.findall(XML + "file")
    out = []
    for child in file:
        tag = child.tag.removeprefix(XML)
        if tag in ("hash", "pieces"):
            assert child.get("type") == "sha-256"
        if tag == "pieces":
            assert child.get("length") == str(MIB)
        out.append((tag, [h.text for h in child] if tag == "pieces" else child.text))
    return out, file.get("name")


@pytest.mark.valgrind
@pytest.mark.parametrize("name", SIZES)
def test_a_metalink_has_the_size_and_every_hash(server, pub, name):
    path = QUOTED if name == NAME else "/" + name
    a = ask(server.address, path + "?format=metalink")
    assert (a.status, a["Content-Type"]) == (200, "application/metalink4+xml")
    assert parsed(a.body) == metalink_of((pub / name).read_bytes(), name, "http://test" + path)
    head = ask(server.address, path + "?format=metalink", "HEAD")
    assert head["Content-Length"] == str(len(a.body))


def test_a_metalink_is_valid_xml_for_others(server, tmp_path):
    (tmp_path / "x.meta4").write_bytes(ask(server.address, QUOTED + "?format=metalink").body)
    assert subprocess.run(["xmllint", "--noout", tmp_path / "x.meta4"], timeout=PATIENCE).returncode == 0


def test_every_name_becomes_xml(listen, tmp_path):
    """Control characters and bytes that are not UTF-8 cannot be expressed; the address has them."""
    name = b"<\x01\xff\n>\"'&.x"
    folder = os.fsencode(tmp_path)
    with open(folder + b"/" + name, "wb") as f:
        f.write(b"it")
    grow_old(folder + b"/" + name)
    server = listen("serve", tmp_path)
    path = "/%3C%01%FF%0A%3E%22%27%26.x"
    out, name = parsed(ask(server.address, path + "?format=metalink").body)
    assert name == "<���>\"'&.x"
    assert dict(out)["url"] == "http://test" + path


@pytest.mark.valgrind
def test_a_metalink_has_its_own_tag_and_ranges(server):
    target = QUOTED + "?format=metalink"
    with Http(server.address) as h:
        file, whole = h.ask(QUOTED, "HEAD"), h.ask(target)
        assert whole["ETag"] == file["ETag"][:-1] + '-meta4"'
        assert h.ask(target, **{"If-None-Match": whole["ETag"]}).status == 304
        assert h.ask(target, **{"If-None-Match": file["ETag"]}).status == 200
        for first in range(0, len(whole.body), 37):
            part = h.ask(target, Range=f"bytes={first}-{first + 99}")
            assert (part.status, part.body) == (206, whole.body[first : first + 100])


def test_a_file_says_where_its_metalink_is(server):
    """Not one that is smaller than a piece: a digest in the answer itself says as much."""
    with Http(server.address) as h:
        link = '<{}?format=metalink&of={}>; rel=describedby; type="application/metalink4+xml"'
        for _ in range(3):  # the second time, the head comes from a cache
            for a, path in ((h.ask(QUOTED), QUOTED), (h.ask(QUOTED, "HEAD"), QUOTED), (h.ask("/piece.bin"), "/piece.bin"),
                            (h.ask(QUOTED, Range="bytes=5-9"), QUOTED)):
                assert a["Link"] == link.format(path[1:], a["ETag"].strip('"'))
            assert h.ask("/small.txt")["Link"] is None


def test_the_hashes_of_another_version_are_not_those_of_the_file(listen, tmp_path):
    """A client that began with the old version gets no list of the new one."""
    path = tmp_path / "f"
    path.write_bytes(body(2 * MIB))
    os.utime(path, (1, 1))
    server = listen("serve", tmp_path)
    wait_until(lambda: ask(server.address, "/f", "HEAD")["ETag"].startswith('"'), "it is settled")
    of = re.search("of=([^>&]+)", ask(server.address, "/f", "HEAD")["Link"])[1]
    assert ask(server.address, f"/f?format=metalink&of={of}").status == 200
    (tmp_path / "new").write_bytes(body(2 * MIB, seed=1))
    os.rename(tmp_path / "new", path)
    a = ask(server.address, f"/f?format=metalink&of={of}")
    assert a.status == 404 and b"changed since" in a.body


def test_other_formats_are_the_file(server, pub):
    for query in ("?format=", "?format=metalink4", "?format=json", "?metalink"):
        assert ask(server.address, "/small.txt" + query).body == (pub / "small.txt").read_bytes()
    assert ask(server.address, "/missing?format=metalink").status == 404
    assert ask(server.address, "/?format=metalink").status == 200


@pytest.mark.threads
def test_many_ask_while_it_is_computed(listen, tmp_path):
    """All get the same, and it goes on when some leave."""
    (tmp_path / "hole").touch()
    os.truncate(tmp_path / "hole", 300 * MIB)
    grow_old(tmp_path / "hole")
    server = listen("serve", tmp_path)
    clients = [Http(server.address) for _ in range(30)]
    for h in clients:
        h.send(request("/hole?format=metalink"))
    for h in clients[::3]:
        h.s.close()
    answers = {h.receive().body for i, h in enumerate(clients) if i % 3 != 0}
    zeros = hashlib.sha256(bytes(MIB)).hexdigest().encode()
    (only,) = answers
    assert only.count(zeros) == 300
    for h in clients:
        h.s.close()


def test_pieces_come_before_the_whole_is_known(listen, tmp_path):
    """The first ones arrive while the last ones cannot be known: the file changes then, and the answer is cut."""
    path = tmp_path / "hole"
    path.touch()
    os.truncate(path, 15 << 30)
    grow_old(path)
    server = listen("serve", tmp_path)
    with Http(server.address) as h:
        h.send(request("/hole?format=metalink"))
        seen = b""
        while seen.count(b"<hash>") < 3:
            seen += h.s.recv(1000)
        with open(path, "r+b") as f:
            f.write(b"x")
        with pytest.raises((EOFError, ConnectionError)):
            h.held = seen
            h.receive()


# ---- digest fields ----


@pytest.mark.valgrind
def test_a_digest_is_sent_only_if_it_is_asked_for(server, pub):
    data = (pub / "small.txt").read_bytes()
    fields = {"Repr-Digest": f"sha-256=:{digest(data)}:", "Digest": f"SHA-256={digest(data)}",
              "Content-Digest": f"sha-256=:{digest(data)}:"}
    with Http(server.address) as h:
        a = h.ask("/small.txt")
        assert [a[name] for name in fields] == [None] * 3
        a = h.ask("/small.txt", **WANT_ALL)
        assert {name: a[name] for name in fields} == fields
        a = h.ask("/small.txt", **{"Want-Repr-Digest": "sha-512=9, sha-256=0", "Want-Digest": "MD5"})
        assert [a[name] for name in fields] == [None] * 3
        a = h.ask("/small.txt", "HEAD", **WANT_ALL)
        assert (a["Repr-Digest"], a["Content-Digest"]) == (fields["Repr-Digest"], None)
        assert h.ask("/empty", **WANT_ALL)["Repr-Digest"] == f"sha-256=:{digest(b'')}:"
        assert h.ask("/missing", **WANT_ALL)["Repr-Digest"] is None
        assert h.ask("/", **WANT_ALL)["Repr-Digest"] is None


def test_a_part_has_a_digest_of_its_own(server, pub):
    data = (pub / NAME).read_bytes()
    with Http(server.address) as h:
        for first, last in ((0, 0), (3, 1000), (MIB - 5, MIB + 5), (MIB, 2 * MIB - 1), (3 * MIB, len(data) - 1)):
            a = h.ask(QUOTED, Range=f"bytes={first}-{last}", **WANT_ALL)
            assert a["Content-Digest"] == f"sha-256=:{digest(data[first : last + 1])}:"
            assert a["Repr-Digest"] is None
            assert a.body == data[first : last + 1]
        # A larger part is not read twice.
        assert h.ask(QUOTED, Range=f"bytes=0-{MIB}", **WANT_ALL)["Content-Digest"] is None
        a = h.ask(QUOTED, Range="bytes=0-5,100-105", **WANT_ALL)
        assert (a.status, a["Content-Digest"]) == (206, None)


def test_who_does_not_wait_gets_what_is_known(server, pub):
    data = (pub / NAME).read_bytes()
    right = f"sha-256=:{digest(data)}:"
    with Http(server.address) as h:
        assert h.ask(QUOTED, **WANT_ALL)["Repr-Digest"] is None
        a = h.ask(QUOTED, **WANT_ALL, Prefer="respond-async, wait=60")
        assert (a["Repr-Digest"], a.body) == (right, data)
        a = h.ask(QUOTED, **WANT_ALL)
        assert (a["Repr-Digest"], a["Content-Digest"], a.body) == (right, right, data)
        assert h.ask(QUOTED, "HEAD", **WANT_ALL)["Digest"] == f"SHA-256={digest(data)}"
        assert h.ask(QUOTED, Range="bytes=0-9", **WANT_ALL)["Repr-Digest"] == right


def test_who_waits_waits_no_longer_than_that(listen, tmp_path):
    """Half an hour of work is not done in a second; then the answer comes without."""
    (tmp_path / "hole").touch()
    os.truncate(tmp_path / "hole", 1 << 42)
    grow_old(tmp_path / "hole")
    server = listen("serve", tmp_path)
    a = ask(server.address, "/hole", "HEAD", **WANT_ALL, Prefer="wait=1")
    assert (a.status, a["Repr-Digest"], a["Content-Length"]) == (200, None, str(1 << 42))


def test_the_digest_is_that_of_the_coded_bytes(listen, tmp_path):
    (tmp_path / "a.txt").write_bytes(b"plain")
    (tmp_path / "a.txt.gz").write_bytes(b"not really gzip")
    grow_old(tmp_path / "a.txt", tmp_path / "a.txt.gz")
    server = listen("serve", "--precompressed", tmp_path)
    a = ask(server.address, "/a.txt", **WANT_ALL, **{"Accept-Encoding": "gzip"})
    assert (a["Content-Encoding"], a["Repr-Digest"]) == ("gzip", f"sha-256=:{digest(b'not really gzip')}:")
    assert ask(server.address, "/a.txt", **WANT_ALL)["Repr-Digest"] == f"sha-256=:{digest(b'plain')}:"


# ---- changes ----


def test_who_waits_for_a_fresh_file_gets_its_digest(listen, tmp_path):
    path = tmp_path / "f"
    server = listen("serve", tmp_path)
    with Http(server.address) as h:
        path.write_bytes(b"first")
        assert h.ask("/f", **WANT_ALL)["Repr-Digest"] is None
        a = h.ask("/f", **WANT_ALL, Prefer="wait=10")
        assert a["Repr-Digest"] == f"sha-256=:{digest(b'first')}:"
        path.write_bytes(b"other")
        assert b"<hash" in h.ask("/f?format=metalink").body


def test_no_old_hash_of_a_file_rewritten_within_a_tick(listen, tmp_path):
    """In place, of the same size, as fast as it goes: the times may be equal, and the hash is the new one or none."""
    path = tmp_path / "f"
    server = listen("serve", tmp_path)
    wrong = told = 0
    with Http(server.address) as h, open(path, "w+b", buffering=0) as f:
        end = time.monotonic() + 3
        for i in range(1_000_000):
            data = b"%08d" % i
            os.pwrite(f.fileno(), data, 0)
            a = h.ask("/f", **WANT_ALL)
            told += a["Repr-Digest"] is not None
            wrong += a["Repr-Digest"] not in (None, f"sha-256=:{digest(data)}:")
            if time.monotonic() > end:
                break
    assert (told, wrong) == (0, 0)


def test_a_changed_file_has_another_hash(listen, tmp_path):
    """Also if its size and its modification time are put back."""
    path = tmp_path / "f"
    path.write_bytes(b"a" * 2_000_000)
    grow_old(path)
    server = listen("serve", tmp_path)
    with Http(server.address) as h:
        before = h.ask("/f", "HEAD", **WANT_ALL, Prefer="wait=60")["Repr-Digest"]
        assert before == f"sha-256=:{digest(b'a' * 2_000_000)}:"
        st = os.stat(path)
        with open(path, "r+b") as f:
            f.write(b"b")
        os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))
        assert h.ask("/f", "HEAD", **WANT_ALL)["Repr-Digest"] is None
        after = h.ask("/f", "HEAD", **WANT_ALL, Prefer="wait=60")["Repr-Digest"]
        assert after == f"sha-256=:{digest(b'b' + b'a' * 1_999_999)}:"


# ---- the cache on the disk ----


def waits(server, path="/data.bin", seconds=60):
    return ask(server.address, path, "HEAD", **WANT_ALL, Prefer=f"wait={seconds}")["Repr-Digest"]


def known(server, path="/data.bin"):
    return ask(server.address, path, "HEAD", **WANT_ALL)["Repr-Digest"]


@pytest.mark.threads
def test_a_hash_outlives_the_server(listen, pub, tmp_path):
    """And serves another server beside it, at once."""
    right = f"sha-256=:{digest((pub / 'data.bin').read_bytes())}:"
    first, second = (listen("serve", "--hash-cache", tmp_path / "a" / "b", pub) for _ in range(2))
    assert known(first) is None
    assert waits(first) == right
    assert known(second) == right
    assert first.stop()[0] == 0
    assert known(listen("serve", "--hash-cache", tmp_path / "a" / "b", pub)) == right
    assert known(listen("serve", "--hash-cache", tmp_path / "other", pub)) is None
    assert known(listen("serve", "--no-hash-cache", pub)) is None


def test_the_default_folder(listen, pub, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert waits(listen("serve", pub))
    assert len(os.listdir(tmp_path / "xdg" / "ferry" / "hashes")) == 1
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert waits(listen("serve", pub))
    assert len(os.listdir(tmp_path / "home" / ".cache" / "ferry" / "hashes")) == 1
    assert oct(os.stat(tmp_path / "home" / ".cache").st_mode)[-3:] == "700"
    monkeypatch.setenv("HOME", "/dev/null")
    assert waits(listen("serve", pub))


def test_a_folder_that_was_asked_for_and_cannot_be_used(pub, tmp_path):
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    for folder in (tmp_path / "open", "/dev/null/x"):
        done = run("serve", "-l", "127.0.0.1:0", "--hash-cache", folder, pub, check=1)
        assert b"cannot keep hashes in" in done.stderr


def test_a_damaged_cache_is_not_believed(listen, pub, tmp_path):
    """Every byte in turn; tests/unit/test_hash_store.c does it without a server."""
    right = waits(listen("serve", "--hash-cache", tmp_path / "c", pub))
    (file,) = (tmp_path / "c").iterdir()
    data = file.read_bytes()
    for at in range(0, len(data), 23):
        wrong = bytearray(data)
        wrong[at] ^= 0x40
        file.write_bytes(wrong)
        assert known(listen("serve", "--hash-cache", tmp_path / "c", pub)) is None
    file.write_bytes(data)
    assert known(listen("serve", "--hash-cache", tmp_path / "c", pub)) == right


def test_a_kept_hash_is_of_this_version_only(listen, tmp_path):
    folder = put(tmp_path / "pub", {"data.bin": 2 * MIB})
    assert waits(listen("serve", folder))
    data = body(2 * MIB, 5)
    with open(folder / "data.bin", "r+b") as f:
        f.write(data)
    server = listen("serve", folder)
    assert known(server) is None
    assert waits(server) == f"sha-256=:{digest(data)}:"


def test_killed_at_any_moment(listen, tmp_path):
    """Each server hashes and keeps until it is killed; what the next one knows is right."""
    moments = 8 if SANITIZED else 25
    count = 12 * moments
    folder = put(tmp_path / "pub", {f"{i}": MIB + 1 + i for i in range(count)})
    right = {f"{i}": f"sha-256=:{digest((folder / str(i)).read_bytes())}:" for i in range(count)}
    told = 0
    for moment in range(moments):
        server = Listener(["serve", "-l", "127.0.0.1:0", "-q", "--hash-cache", tmp_path / "c", folder])
        with Http(server.address) as h:
            for i in range(moment * 12, moment * 12 + 12):
                h.send(request(f"/{i}", "HEAD", **WANT_ALL, Prefer="wait=60"))
            for i in range(12 * moment // moments):
                assert h.receive("HEAD")["Repr-Digest"]
            server.proc.kill()
        server.proc.wait()
        server.proc.stdout.close()
        server.proc.stderr.close()
    server = listen("serve", "--hash-cache", tmp_path / "c", folder)
    with Http(server.address) as h:
        for name in right:
            one = h.ask("/" + name, "HEAD", **WANT_ALL)["Repr-Digest"]
            assert one in (None, right[name])
            told += one is not None
    assert told >= count // 3


# ---- other programs ----


def client(*argv, cwd):
    env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    done = subprocess.run(argv, cwd=cwd, env={**env, "HOME": str(cwd)}, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=PATIENCE)
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


@pytest.fixture
def liar(listen, tmp_path):
    """A server of one file, and the Metalink that it had before a byte of it changed, at the same address."""
    folder = put(tmp_path / "lie", {"data.bin": 3 * MIB + 7})
    server = listen("serve", folder)
    document = ask(server.address, "/data.bin?format=metalink", Host=server.name).body
    data = bytearray((folder / "data.bin").read_bytes())
    data[2 * MIB + 99] ^= 1
    (folder / "data.bin").write_bytes(data)
    (tmp_path / "old.meta4").write_bytes(document)
    return server


def test_aria2_verifies_by_digest(server, pub, tmp_path):
    """The stock program, without any option for it."""
    assert ask(server.address, "/data.bin", "HEAD", **WANT_ALL, Prefer="wait=60")["Digest"]
    status, out = client("aria2c", "--no-conf", "--log-level=info", "--log=log", server.url + "/data.bin", cwd=tmp_path)
    assert status == 0, out
    assert sha256(tmp_path / "data.bin") == sha256(pub / "data.bin")
    log = (tmp_path / "log").read_text()
    assert "Digest: SHA-256=" in log and "Verification finished successfully" in log, log[-3000:]


def test_aria2_fetches_by_a_metalink(server, pub, tmp_path):
    status, out = client("aria2c", "--no-conf", server.url + "/data.bin?format=metalink", cwd=tmp_path)
    assert status == 0, out
    assert sha256(tmp_path / "data.bin") == sha256(pub / "data.bin")
    assert sorted(os.listdir(tmp_path)) == ["data.bin", "data.bin.meta4"]


def test_aria2_refuses_a_wrong_copy(liar, tmp_path):
    status, out = client("aria2c", "--no-conf", "--max-tries=2", "-M", tmp_path / "old.meta4", cwd=tmp_path)
    assert status != 0 and "Invalid checksum index=2" in out, out


def test_wget2_fetches_by_a_metalink(server, pub, tmp_path):
    """From a file: this wget2 leaves the port out of Host, so that no address in the document would be right."""
    (tmp_path / "m").write_bytes(ask(server.address, "/data.bin?format=metalink", Host=server.name).body)
    status, out = client("wget2", "--no-config", "--force-metalink", "--input-file=m", cwd=tmp_path)
    assert status == 0 and "Checksum OK" in out, out
    assert sha256(tmp_path / "data.bin") == sha256(pub / "data.bin")


def test_wget2_refuses_a_wrong_copy(liar, tmp_path):
    """It asks for the wrong piece again and again, for ever."""
    argv = ["wget2", "--no-config", "--force-metalink", "--input-file=old.meta4"]
    with subprocess.Popen(argv, cwd=tmp_path, env={**os.environ, "HOME": str(tmp_path)}, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as proc:
        told = ""
        for line in proc.stdout:
            told += line
            if "not OK" in line or "Checksum OK" in line:
                break
        proc.kill()
    assert "Bad checksum" in told and "Piece 3/4 not OK" in told, told
