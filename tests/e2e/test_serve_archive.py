"""A folder as one file: a tar with ranges that is always the same, and a zip."""

import contextlib
import io
import os
import random
import shutil
import socket
import subprocess
import tarfile
import threading
import zipfile

import pytest

from conftest import PATIENCE, body, sha256
from faults import faults  # noqa: F401 (a fixture)
from wire import Http, ask, connect, request, reset, wait_until

NAMES = [
    b"plain",
    "grüß".encode(),
    b"not-utf8-\xff\xfe",
    b"new\nline",
    b"quote\"and\\backslash",
    b"<script>",
    b"l" * 255,
    b"\xff" * 255,
    b"100-and-slash-" + b"x" * 86,
]


def fill(pub):
    """Fills `pub` with files that a client may have, and with others that it may not have."""
    pub = os.fsencode(pub)
    for i, folder in enumerate([b"", b"b", b"b/" + b"d" * 120, b"b-", b"b/empty", "é".encode()]):
        os.makedirs(os.path.join(pub, folder), exist_ok=True)
        for j, name in enumerate(NAMES if folder != b"b/empty" else []):
            path = os.path.join(pub, folder, name)
            with open(path, "wb") as f:
                f.write(body([0, 1, 511, 512, 513, 70_000][(i + j) % 6], seed=i * 100 + j))
            os.utime(path, (1_600_000_000 + i, 1_600_000_000 + j))
    os.symlink(b"plain", os.path.join(pub, b"link"))
    os.symlink(b"../plain", os.path.join(pub, b"b", b"link"))
    os.symlink(b"b", os.path.join(pub, b"link-to-folder"))
    os.symlink(b"..", os.path.join(pub, b"b", b"circle"))
    os.symlink(b"/etc/passwd", os.path.join(pub, b"out"))
    os.symlink(b"nowhere", os.path.join(pub, b"dangling"))
    os.mkfifo(os.path.join(pub, b"fifo"))
    os.mkdir(os.path.join(pub, b".hidden"))
    for hidden in (b".file", b"b/.file", b".hidden/file"):
        with open(os.path.join(pub, hidden), "wb") as f:
            f.write(b"hidden")
    with socket.socket(socket.AF_UNIX) as s, contextlib.chdir(pub) if hasattr(contextlib, "chdir") else in_folder(pub):
        s.bind("socket")


@contextlib.contextmanager
def in_folder(path):
    before = os.getcwd()
    os.chdir(path)
    try:
        yield
    finally:
        os.chdir(before)


def expected(pub, top, hidden=False):
    """[(member, None for a folder or its bytes, time)] in the documented order."""
    out = []

    def visit(path, member):
        st = os.stat(path)
        if os.path.isdir(path):
            out.append((member, None, int(st.st_mtime)))
            for name in sorted(os.listdir(path)):
                below = os.path.join(path, name)
                if name.startswith(b".") and not hidden:
                    continue
                if os.path.islink(below) and (name in (b"out", b"dangling") or os.path.isdir(below)):
                    continue
                if os.path.isdir(below) or os.path.isfile(below):
                    visit(below, member + b"/" + name)
        else:
            with open(path, "rb") as f:
                out.append((member, f.read(), int(st.st_mtime)))

    visit(os.fsencode(pub), top)
    return out


def by_tarfile(data):
    with tarfile.open(fileobj=io.BytesIO(data), encoding="utf-8", errors="surrogateescape") as t:
        for m in t:
            assert (m.uid, m.gid, m.uname, m.gname) == (0, 0, "", "")
            assert m.mode == (0o755 if m.isdir() else 0o644)
            yield os.fsencode(m.name), t.extractfile(m).read() if m.isfile() else None, int(m.mtime)


def unpacked(folder, program, data):
    """The files that a program unpacks from it."""
    os.mkdir(folder)
    subprocess.run([*program, "-xf", "-", "-C", folder], input=data, check=True, timeout=PATIENCE,
                   env={**os.environ, "LC_ALL": "C.UTF-8"}, capture_output=True)
    top, = os.listdir(os.fsencode(folder))
    return expected(os.path.join(os.fsencode(folder), top), top, hidden=True)


@pytest.fixture
def pub(tmp_path):
    pub = tmp_path / "pub"
    fill(pub / "some folder")
    return pub


FOLDER = "/some%20folder/"
TAR = FOLDER + "?archive=tar"
ZIP = FOLDER + "?archive=zip"


def test_every_reader_reads_the_tar(listen, pub, tmp_path):
    server = listen("serve", pub)
    answer = ask(server.address, TAR)
    assert answer.status == 200 and answer["Content-Type"] == "application/x-tar"
    assert answer["Content-Disposition"] == 'attachment; filename="some folder.tar"'
    want = expected(pub / "some folder", b"some folder")
    assert len(want) > 50
    assert list(by_tarfile(answer.body)) == want
    assert unpacked(tmp_path / "gnu", ["tar"], answer.body) == want
    assert unpacked(tmp_path / "bsd", ["bsdtar"], answer.body) == want
    # All listed members are unpacked, and there is no other output.
    listed = subprocess.run(["tar", "-tf", "-"], input=answer.body, capture_output=True, check=True)
    assert listed.stdout.count(b"\n") == len(want)


def test_the_same_folder_is_the_same_bytes(listen, pub, tmp_path):
    one = ask(listen("serve", pub).address, TAR)
    server = listen("serve", pub)
    with Http(server.address) as h:
        two, head, zipped = h.ask(TAR), h.ask(TAR, "HEAD"), h.ask(ZIP, "HEAD")
        assert h.ask(TAR, if_none_match=one["ETag"]).status == 304
        assert h.ask(TAR, if_match='"other"').status == 412
    assert one.body == two.body and one["ETag"] == two["ETag"] and one["ETag"].startswith('"')
    assert len(one.body) == int(one["Content-Length"])
    assert {**head.headers, "date": ""} == {**two.headers, "date": ""}
    assert zipped.status == 200 and zipped["Content-Length"] is None
    # Another disk and another order: other inodes, so another tag, but the same bytes.
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-a", pub, copy], check=True)
    assert ask(listen("serve", copy).address, TAR).body == one.body


def test_hidden(listen, pub):
    answer = ask(listen("serve", "--hidden", pub).address, TAR)
    assert list(by_tarfile(answer.body)) == expected(pub / "some folder", b"some folder", hidden=True)
    assert b"some folder/.hidden/file" in [m[0] for m in by_tarfile(answer.body)]


def test_names_of_archives(listen, pub):
    server = listen("serve", pub)
    names = {
        "/?archive=tar": 'attachment; filename="files.tar"',
        "/?archive=zip": 'attachment; filename="files.zip"',
        FOLDER + "b/?archive=tar": 'attachment; filename="b.tar"',
        FOLDER + "%C3%A9/?archive=zip": "attachment; filename=\"__.zip\"; filename*=UTF-8''%C3%A9.zip",
    }
    for target, name in names.items():
        answer = ask(server.address, target)
        assert (answer.status, answer["Content-Disposition"]) == (200, name)
    assert next(by_tarfile(ask(server.address, "/?archive=tar").body))[0] == b"files"
    answer = ask(server.address, FOLDER[:-1] + "?archive=tar")
    assert (answer.status, answer["Location"]) == (301, "." + TAR)
    assert ask(server.address, "/nothing/?archive=tar").status == 404
    assert ask(server.address, FOLDER + ".hidden/?archive=tar").status == 404
    # For a file, ?archive= is ignored; an unknown kind of archive gives the listing.
    assert ask(server.address, FOLDER + "b/plain?archive=tar").body == (pub / "some folder/b/plain").read_bytes()
    assert ask(server.address, FOLDER + "?archive=rar")["Content-Type"].startswith("text/html")


def test_one_file_served(listen, pub):
    server = listen("serve", pub / "some folder" / "link")
    members = list(by_tarfile(ask(server.address, "/?archive=tar").body))
    assert [m[:2] for m in members[1:]] == [(b"files/link", (pub / "some folder" / "plain").read_bytes())]


def test_index_is_no_archive(listen, pub):
    (pub / "index.html").write_text("hello")
    server = listen("serve", "--index", pub)
    assert ask(server.address, "/").body == b"hello"
    assert ask(server.address, "/?archive=tar")["Content-Type"] == "application/x-tar"


def test_what_may_not_be_read_is_not_in_it(listen, pub):
    """By the same rule that makes the name 403."""
    folder = pub / "some folder"
    os.chmod(folder / "plain", 0)
    os.chmod(folder / "b", 0)
    nobody = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    for parent in folder.parents:
        if nobody and parent.stat().st_uid == os.geteuid() and str(parent).startswith("/tmp/"):
            os.chmod(parent, parent.stat().st_mode | 0o055)
    server = listen("serve", pub, **nobody)
    answer = ask(server.address, TAR)
    left = [m[0] for m in by_tarfile(answer.body)]
    os.chmod(folder / "b", 0o755)
    os.chmod(folder / "plain", 0o644)
    want = [m[0] for m in expected(folder, b"some folder")]
    gone = (b"some folder/plain", b"some folder/link", b"some folder/b")
    assert left == [m for m in want if m not in gone and not m.startswith(b"some folder/b/")]


# ---- ranges ----


def test_any_range_is_that_part(listen, pub):
    server = listen("serve", pub)
    whole = ask(server.address, TAR)
    size, rng = len(whole.body), random.Random(5)
    edges = [0, 1, 511, 512, 1024, size - 1025, size - 1024, size - 1]
    with Http(server.address) as h:
        for at in edges + [rng.randrange(size) for _ in range(60)]:
            n = rng.choice([1, 512, 3000, 400_000])
            answer = h.ask(TAR, range=f"bytes={at}-{at + n - 1}", if_range=whole["ETag"])
            assert answer.status == 206 and answer["ETag"] == whole["ETag"]
            assert answer["Content-Range"] == f"bytes {at}-{min(at + n, size) - 1}/{size}"
            assert answer.body == whole.body[at : at + n]
        assert h.ask(TAR, range="bytes=-700").body == whole.body[-700:]
        assert h.ask(TAR, range=f"bytes={size}-").status == 416
        assert h.ask(TAR, range="bytes=5-", if_range='"other"').status == 200


def test_a_range_far_inside_opens_nothing_on_the_way(listen, pub):
    """Nine GiB of holes, which nobody has to read; more than ustar can express."""
    size = 9 << 30
    with open(pub / "a-large", "wb") as f:
        f.truncate(size)
    (pub / "b-last").write_bytes(body(1000))
    shutil.rmtree(pub / "some folder")
    server = listen("serve", pub)
    with Http(server.address) as h:
        length = int(h.ask("/?archive=tar", "HEAD")["Content-Length"])
        head = h.ask("/?archive=tar", range="bytes=0-2047").body
        tail = h.ask("/?archive=tar", range=f"bytes={512 * 4 + size}-").body
    assert length == 512 * 4 + size + 512 + 1024 + 1024
    with tarfile.open(fileobj=io.BytesIO(head + bytes(512))) as t:
        assert t.next().name == "files"
        with contextlib.suppress(tarfile.ReadError):  # the end of the archive is missing
            t.next()
        assert t.members[-1].name == "files/a-large" and t.members[-1].size == size
    with tarfile.open(fileobj=io.BytesIO(tail)) as t:
        assert t.next().name == "files/b-last"
        assert t.extractfile(t.members[0]).read() == body(1000)


class Cutter:
    """Between a client and the server: passes on so many bytes of an answer, and then ends the connection."""

    def __init__(self, address):
        self.address, self.limit = address, None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while True:
            client, _ = self.listener.accept()
            request = client.recv(65536)
            if not request:
                return
            with connect(self.address) as server:
                server.sendall(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
                left = self.limit
                while left is None or left > 0:
                    piece = server.recv(65536 if left is None else min(left, 65536))
                    if not piece:
                        break
                    with contextlib.suppress(ConnectionError):
                        client.sendall(piece)
                    left = left if left is None else left - len(piece)
            client.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with socket.create_connection(self.listener.getsockname()):
            pass
        self.thread.join()
        self.listener.close()


def many_files(pub, n):
    """In folders of very different sizes; one has more names than the server holds at a time."""
    for i in range(n):
        folder = pub / ("all" if i % 3 else f"f{i % 7}/g{i % 11}")
        if i < 3 * 7 * 11:
            folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{i * 7919 % 100_003:06}-{'a name of usual length, or a little more' * 2}"
        path.write_bytes(body(i % 1500, seed=i))


@pytest.mark.release
def test_cut_at_twenty_places(listen, tmp_path):
    """20,000 files; curl -C - resumes each time, and gets the hash of the uncut archive. The server stays small."""
    many_files(tmp_path / "pub", 20_000)
    server = listen("serve", tmp_path / "pub")
    uncut, part = tmp_path / "uncut.tar", tmp_path / "part.tar"
    subprocess.run(["curl", "-sSfo", uncut, server.url + "/?archive=tar"], check=True, timeout=PATIENCE)
    size, rng = uncut.stat().st_size, random.Random(6)
    places = sorted(rng.sample(range(1000, size - 1000, 500), 20))
    curl = ["curl", "-sSf", "-C", "-", "-o", part]
    with Cutter(server.address) as cutter:
        for place in places:
            have = part.stat().st_size if part.exists() else 0
            cutter.limit = place - have + 500  # the length of the head, roughly
            done = subprocess.run([*curl, cutter.url + "/?archive=tar"], timeout=PATIENCE, capture_output=True)
            assert done.returncode == 18, done.stderr
            assert have < part.stat().st_size < size
        cutter.limit = None
        subprocess.run([*curl, cutter.url + "/?archive=tar"], check=True, timeout=PATIENCE)
    assert sha256(part) == sha256(uncut)
    for program in ("tar", "bsdtar"):
        listed = subprocess.run([program, "tf", uncut], check=True, capture_output=True).stdout
        assert listed.count(b"\n") == 20_000 + sum(len(d) for _, d, _ in os.walk(tmp_path / "pub")) + 1
    zipped = tmp_path / "whole.zip"
    subprocess.run(["curl", "-sSfo", zipped, server.url + "/?archive=zip"], check=True, timeout=PATIENCE)
    assert b"No errors" in subprocess.run(["unzip", "-tq", zipped], check=True, capture_output=True).stdout
    assert server.memory("VmHWM") < 24 * 1024


@pytest.mark.release
def test_more_names_on_the_way_than_are_held(listen, tmp_path):
    """Nested folders with half a MiB of names each: upper ones are dropped, and read again."""
    folder = tmp_path / "pub"
    for level in range(7):
        folder.mkdir()
        for i in range(2500):
            (folder / f"{i:04}{'n' * 220}").touch()
        folder = folder / "1000-below"
    server = listen("serve", tmp_path / "pub")
    got = [m[:2] for m in by_tarfile(ask(server.address, "/?archive=tar").body)]
    assert got == [m[:2] for m in expected(tmp_path / "pub", b"files")]


def test_more_than_a_zip_holds(listen, tmp_path):
    """Refused at once, not half-way. A zip ends with a directory, which is held in memory: here 2,300 members with
    paths of 3.7 KB fill it. The tar has no such limit."""
    folder = tmp_path / "pub" / os.path.join(*["d" * 250] * 14)
    folder.mkdir(parents=True)
    for i in range(2300):
        (folder / f"{i:0200}").touch()
    server = listen("serve", tmp_path / "pub")
    answer = ask(server.address, "/?archive=zip")
    assert answer.status == 507 and b"tar" in answer.body
    tar = ask(server.address, "/?archive=tar").body
    assert [m[0] for m in by_tarfile(tar)] == [m[0] for m in expected(tmp_path / "pub", b"files")]


# ---- a folder that changes ----


def set_back(path, st):
    os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))


def added(pub):
    (pub / "later" / "new").write_bytes(b"new")


def added_and_set_back(pub):
    before = os.stat(pub / "later")
    added(pub)
    set_back(pub / "later", before)


def removed(pub):
    os.unlink(pub / "later" / "7")


def renamed(pub):
    os.rename(pub / "later" / "7", pub / "later" / "77")


def rewritten_and_set_back(pub):
    path = pub / "later" / "7"
    before = os.stat(path)
    with path.open("r+b") as f:
        f.write(b"other")
    set_back(path, before)


def grown(pub):
    with (pub / "later" / "7").open("ab") as f:
        f.write(b"more")


def truncated(pub):
    os.truncate(pub / "later" / "7", 10)


def replaced(pub):
    other = pub / "later" / ".new"
    other.write_bytes(body(3 << 20, seed=70))
    os.rename(other, pub / "later" / "7")


def became_a_fifo(pub):
    os.unlink(pub / "later" / "7")
    os.mkfifo(pub / "later" / "7")


def folder_swapped(pub):
    os.rename(pub / "later", pub / "sooner")
    shutil.copytree(pub / "sooner", pub / "later")


CHANGES = [added, added_and_set_back, removed, renamed, rewritten_and_set_back, grown, truncated, replaced,
           became_a_fifo, folder_swapped]
# After these, the announced archive can still be completed.
HARMLESS = (added, added_and_set_back)


@pytest.fixture
def large(tmp_path):
    """24 MiB, more than the kernel's buffers hold: a client that has read the beginning is not near `later/7`."""
    pub = tmp_path / "pub"
    (pub / "later").mkdir(parents=True)
    for i in range(8):
        (pub / "later" / str(i)).write_bytes(body(3 << 20, seed=i))
    return pub


@pytest.mark.parametrize("change", CHANGES)
def test_changed_between(listen, large, change):
    """The old tag is not valid any more."""
    server = listen("serve", large)
    with Http(server.address) as h:
        before = h.ask("/?archive=tar", "HEAD")
        assert h.ask("/?archive=tar", range="bytes=1000-1999", if_range=before["ETag"]).status == 206
        change(large)
        after = h.ask("/?archive=tar", "HEAD")
        assert after["ETag"] != before["ETag"]
        assert h.ask("/?archive=tar", range="bytes=1000-1999", if_match=before["ETag"]).status == 412
        h.send(b"GET /?archive=tar HTTP/1.1\r\nHost: a\r\nRange: bytes=1000-1999\r\nIf-Range: "
               + before["ETag"].encode() + b"\r\n\r\n")
        assert h.head().status == 200


@pytest.mark.parametrize("kind", ["tar", "zip"])
@pytest.mark.parametrize("change", CHANGES)
def test_changed_meanwhile(listen, large, change, kind):
    """The connection is cut, so that no client takes it for complete, and a message says why; unless the archive is
    as announced, which is possible if the names were read before the change."""
    server = listen("serve", large)
    want = ask(server.address, f"/?archive={kind}").body if change in HARMLESS else None
    with Http(server.address, receive_buffer=32768) as h:
        h.send(f"GET /?archive={kind} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        answer = h.head()
        if not h.held:
            h._more()
        change(large)
        try:
            got = h._chunked() if kind == "zip" else h._bytes(int(answer["Content-Length"]))
        except (EOFError, ConnectionResetError):
            got = None
    assert ask(server.address, "/later/0").status == 200
    status, _, err = server.stop()
    assert status == 0
    if got is None:
        assert b"client's connection was cut" in err
    else:
        assert change in HARMLESS and got == want


def test_changed_behind_is_whole(listen, large):
    """What was already sent is not affected, unless its folder has changed, which it has not."""
    server = listen("serve", large)
    want = ask(server.address, "/?archive=tar").body
    with Http(server.address, receive_buffer=32768) as h:
        h.send(b"GET /?archive=tar HTTP/1.1\r\nHost: a\r\n\r\n")
        length = int(h.head()["Content-Length"])
        got = h._bytes(15 << 20)
        (large / "later" / "0").write_bytes(b"something else")
        got += h._bytes(length - len(got))
    assert got == want


def test_a_client_that_goes_early_is_ordinary(listen, large):
    server = listen("serve", large)
    for kind in ("tar", "zip"):
        for _ in range(5):
            s = connect(server.address, receive_buffer=32768)
            s.sendall(f"GET /?archive={kind} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            s.recv(1000)
            reset(s)
    fds = f"/proc/{server.proc.pid}/fd"
    wait_until(lambda: not any("later" in os.readlink(f"{fds}/{fd}") for fd in os.listdir(fds) if
                               os.path.lexists(f"{fds}/{fd}")), "that nothing is open")
    assert ask(server.address, "/later/3").body == body(3 << 20, seed=3)


# ---- zip ----


def test_zip(listen, pub, tmp_path):
    server = listen("serve", pub)
    answer = ask(server.address, ZIP, range="bytes=5-9")
    assert answer.status == 200 and answer["Content-Type"] == "application/zip"
    assert answer["Transfer-Encoding"] == "chunked" and answer["Accept-Ranges"] in (None, "none")
    path = tmp_path / "a.zip"
    path.write_bytes(answer.body)
    assert subprocess.run(["unzip", "-tq", path], capture_output=True).returncode == 0
    want = expected(pub / "some folder", b"some folder")
    with zipfile.ZipFile(path) as z:
        got = []
        for m in z.infolist():
            utf8 = m.flag_bits & 0x800
            name = m.filename.encode("utf-8" if utf8 else "cp437")
            assert bool(utf8) == (name.decode("utf-8", "replace").encode() == name and not name.isascii())
            got.append((name.rstrip(b"/"), None if m.is_dir() else z.read(m)))
    assert got == [m[:2] for m in want]
    # Also from a stream.
    assert [m[:2] for m in unpacked(tmp_path / "bsd", ["bsdtar"], answer.body)] == [m[:2] for m in want]


def test_zip_for_http_1_0(listen, pub):
    server = listen("serve", pub)
    with Http(server.address) as h:
        answer = h.ask(ZIP, version="HTTP/1.0")
    assert answer["Transfer-Encoding"] is None and answer["Connection"] == "close"
    with zipfile.ZipFile(io.BytesIO(answer.body)) as z:
        assert z.testzip() is None


# ---- turns ----


@pytest.mark.release
def test_one_walk_serves_all_who_asked_before_it_began(listen, tmp_path, faults):  # noqa: F811
    for i in range(200):
        (tmp_path / f"{i}").touch()
    server = listen("serve", tmp_path, env=faults.env)
    # The number of calls of one walk.
    faults.set("readdir", first=1 << 40)
    assert ask(server.address, "/?archive=tar", "HEAD").status == 200
    one = faults.calls
    faults.set("readdir", error=0)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Http(server.address)) for _ in range(41)]
        clients[0].send(request("/?archive=tar", "HEAD"))
        wait_until(lambda: faults.calls > 0, "the first walk")
        # The walk may have passed this place, so later clients get another walk.
        (tmp_path / "new").touch()
        for i, h in enumerate(clients[1:]):
            h.send(request(f"/?archive={'zip' if i % 4 == 0 else 'tar'}", "HEAD"))
        # All are in the queue once a later request has been answered.
        for _ in range(3):
            assert ask(server.address, "/nothing").status == 404
        before = faults.calls
        faults.set("readdir", first=1 << 40)
        answers = [h.receive("HEAD") for h in clients]
    assert [a.status for a in answers] == [200] * 41 and before == 1
    tags = {a["ETag"] for a in answers[1:] if a["ETag"]}
    assert len(tags) == 1
    assert faults.calls < 4 * one
    assert ask(server.address, "/?archive=tar", "HEAD")["ETag"] in tags


@pytest.mark.release
def test_who_asks_for_a_ninth_walk_waits_in_turn(listen, tmp_path, faults):  # noqa: F811
    for i in range(12):
        (tmp_path / f"d{i}").mkdir()
        (tmp_path / f"d{i}" / "f").write_bytes(body(100, seed=i))
    server = listen("serve", tmp_path, env=faults.env)
    faults.set("readdir", error=0, count=1 << 40)
    with contextlib.ExitStack() as stack:
        walkers = [stack.enter_context(Http(server.address)) for _ in range(8)]
        for i, h in enumerate(walkers):
            h.send(request(f"/d{i}/?archive=tar"))
        wait_until(lambda: faults.calls >= 8, "eight walks")
        waiting = [stack.enter_context(Http(server.address)) for _ in range(8, 12)]
        for i, h in enumerate(waiting):
            h.send(request(f"/d{8 + i}/?archive={'zip' if i % 2 else 'tar'}"))
        again = stack.enter_context(Http(server.address))
        # Their turn does not come: after ten seconds they get 503 with Retry-After.
        for h in waiting:
            answer = h.receive()
            assert answer.status == 503 and answer["Retry-After"] == "1" and b"turn" in answer.body
        # A client that has left delays nobody.
        gone = connect(server.address)
        gone.sendall(request("/d8/?archive=tar"))
        reset(gone)
        again.send(request("/d9/?archive=tar"))
        faults.stop()
        for i, h in enumerate(walkers):
            assert by_name(h.receive().body)[b"d%d/f" % i] == body(100, seed=i)
        assert by_name(again.receive().body)[b"d9/f"] == body(100, seed=9)
        for i, h in enumerate(waiting):
            assert by_name(h.ask(f"/d{8 + i}/?archive=tar").body)[b"d%d/f" % (8 + i)] == body(100, seed=8 + i)


@pytest.mark.release
def test_forty_who_ask_for_an_archive_at_once_all_get_it(listen, tmp_path):
    for i in range(20):
        (tmp_path / f"d{i}").mkdir()
        for j in range(100):
            (tmp_path / f"d{i}" / f"{j}").touch()
    server = listen("serve", tmp_path)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Http(server.address)) for _ in range(40)]
        for i, h in enumerate(clients):
            h.send(request(f"/d{i % 20}/?archive=tar"))
        for i, h in enumerate(clients):
            answer = h.receive()
            assert answer.status == 200 and len(by_name(answer.body)) == 101


def by_name(data):
    return {name: content for name, content, _ in by_tarfile(data)}


def test_of_what_is_being_written_no_tag_vouches(listen, tmp_path):
    path = tmp_path / "file.bin"
    path.write_bytes(body(1000))
    server = listen("serve", tmp_path)
    strong = ask(server.address, "/?archive=tar", "HEAD")["ETag"]
    with open(path, "r+b", buffering=0) as writer:
        writer.write(b"x")
        weak = [ask(server.address, "/?archive=tar", "HEAD", If_None_Match=strong)["ETag"] for _ in range(2)]
        assert strong.startswith('"') and all(tag.startswith("W/") for tag in weak) and weak[0] != weak[1]
        assert ask(server.address, "/?archive=tar", Range="bytes=0-9", If_Range=weak[0]).status == 200
