"""`ferry hash`: the same hashes as other programs print, from the cache that it shares with the server."""

import hashlib
import io
import os
import pty
import signal
import subprocess
import tarfile
import threading
import urllib.parse
import xml.etree.ElementTree as ElementTree

import pytest

from conftest import FERRY_ARGV, PATIENCE, body, run
from test_serve_hashes import XML, grow_old
from wire import ask

MIB = 1 << 20
SIZES = {"empty": 0, "five": 5, "piece": MIB, "large": 5 * MIB + 77, "a  b": 1000, "*x": 10, "é": 11,
         "back\\slash": 12, "new\nline": 13, "return\r": 14}


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    """Files that changed long ago."""
    folder = tmp_path_factory.mktemp("old")
    for seed, (name, size) in enumerate(SIZES.items()):
        (folder / name).write_bytes(body(size, seed))
    grow_old(*(folder / name for name in SIZES))
    return folder


def hex_of(data):
    return hashlib.sha256(data).hexdigest()


def sha256sum(*args, **kw):
    return subprocess.run(["sha256sum", *args], capture_output=True, timeout=PATIENCE, **kw)


@pytest.mark.valgrind
@pytest.mark.threads
def test_it_prints_what_sha256sum_prints(old):
    names = [*SIZES, *reversed(SIZES), "./five", str(old / "large")]
    for _ in range(2):  # the second time, from the cache
        done = run("hash", *names, cwd=old, check=0)
        assert done.stdout == sha256sum(*names, cwd=old).stdout
        assert done.stderr == b""


def test_sha256sum_checks_it(old, tmp_path):
    (tmp_path / "SUMS").write_bytes(run("hash", "--", *SIZES, cwd=old, check=0).stdout)
    assert sha256sum("--check", "--strict", tmp_path / "SUMS", cwd=old).returncode == 0


def test_what_has_no_length_is_read_to_its_end(old):
    data = body(3 * MIB + 1)
    assert run("hash", "-", input=data, check=0).stdout == f"{hex_of(data)}  -\n".encode()
    line = run("hash", "/dev/fd/0", input=data, check=0).stdout
    assert line == f"{hex_of(data)}  /dev/fd/0\n".encode()
    # A file that the kernel makes up says that it is empty.
    assert run("hash", "/proc/version", check=0).stdout.split()[0] == hex_of(open("/proc/version", "rb").read()).encode()


def test_a_fresh_file_is_hashed_and_not_kept(tmp_path):
    """Rewritten at once, in the same length: no old hash comes back."""
    cache, file = tmp_path / "cache", tmp_path / "file"
    for i in range(5):
        file.write_bytes(body(1000, i))
        done = run("hash", "--hash-cache", cache, file, check=0)
        assert done.stdout.split()[0] == hex_of(body(1000, i)).encode()
    assert list(cache.iterdir()) == []


def kept(cache):
    return sorted(p.name for p in cache.iterdir())


def test_the_server_and_the_command_share_a_cache(listen, old, tmp_path):
    """What one has computed, the other knows at once."""
    cache = tmp_path / "cache"
    run("hash", "--hash-cache", cache, old / "large", check=0)
    assert len(kept(cache)) == 1
    server = listen("serve", "--hash-cache", cache, old)
    answer = ask(server.address, "/large", **{"Want-Repr-Digest": "sha-256=1"})
    assert answer["Repr-Digest"]  # without `Prefer: wait`, it was there
    ask(server.address, "/piece?format=metalink")
    assert len(kept(cache)) == 2
    used = {name: os.stat(cache / name).st_mtime_ns for name in kept(cache)}
    run("hash", "--hash-cache", cache, old / "piece", check=0)
    assert kept(cache) == sorted(used)
    assert sum(os.stat(cache / name).st_mtime_ns != used[name] for name in used) == 1


def test_without_a_cache_nothing_is_kept(old, tmp_path):
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "none")}
    run("hash", "--no-hash-cache", old / "five", env=env, check=0)
    assert not (tmp_path / "none").exists()
    run("hash", old / "five", env=env, check=0)
    assert len(kept(tmp_path / "none" / "ferry" / "hashes")) == 1
    # A default that is not possible is no error; one that was asked for is.
    (tmp_path / "file").touch()
    env["XDG_CACHE_HOME"] = str(tmp_path / "file")
    run("hash", old / "five", env=env, check=0)
    run("hash", "--hash-cache", tmp_path / "file" / "x", old / "five", check=1)


def test_what_cannot_be_hashed_is_told(old, tmp_path):
    gone = tmp_path / "gone\x1b[2J"
    done = run("hash", old / "five", gone, old, old / "piece", check=3)  # the first failure
    assert [line.split()[1] for line in done.stdout.decode().splitlines()] == [str(old / "five"), str(old / "piece")]
    assert done.stderr.decode().splitlines() == [
        f"ferry: {tmp_path}/gone\\x1b[2J: No such file or directory", f"ferry: {old}: it is a folder (try: ferry hash --mtree DIR)"]
    assert run("hash", check=2).stdout == b""
    with open("/dev/full", "wb") as full:
        assert subprocess.run([*FERRY_ARGV, "hash", old / "five"], stdout=full, stderr=subprocess.PIPE,
                              timeout=PATIENCE).returncode == 7


def on_terminal(args, fifo, first, last, mark=None, signal_number=None):
    """Runs ferry with a terminal as stderr. When `mark` was seen there, the signal comes, or else the second part of the
    FIFO."""
    go = threading.Event()

    def feed():
        with open(fifo, "wb", buffering=0) as f:
            f.write(first)
            go.wait(PATIENCE)
            if not signal_number:
                f.write(last)

    writer = threading.Thread(target=feed)
    writer.start()
    if not mark:
        go.set()
    master, slave = pty.openpty()
    proc = subprocess.Popen([*FERRY_ARGV, *map(str, args)], stdout=subprocess.PIPE, stderr=slave,
                            stdin=subprocess.DEVNULL, env={**os.environ, "TERM": "xterm"})
    os.close(slave)
    seen = b""
    try:
        while data := os.read(master, 65536):
            seen += data
            if mark and mark in seen and signal_number:
                proc.send_signal(signal_number)
            elif mark and mark in seen:
                go.set()
    except OSError:
        pass  # the last process has closed the other side
    os.close(master)
    out = proc.communicate(timeout=PATIENCE)[0]
    go.set()
    writer.join(PATIENCE)
    return proc.returncode, out, seen


def test_a_bar_shows_what_takes_a_second(old, tmp_path):
    data, fifo = body(2 * MIB), tmp_path / "fifo"
    os.mkfifo(fifo)
    status, out, seen = on_terminal(["hash", old / "large", fifo], fifo, data[:MIB], data[MIB:], b"MiB")
    assert (status, len(out.splitlines())) == (0, 2)
    assert out.split()[2] == hex_of(data).encode()
    assert b"hashing" in seen
    assert seen.endswith(b"\r\x1b[K")  # nothing of it stays
    status, out, seen = on_terminal(["hash", "-q", fifo], fifo, data, b"")
    assert (status, seen) == (0, b"")


def test_a_signal_ends_it_and_leaves_no_bar(tmp_path):
    """It does not wait for what it is reading."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    status, out, seen = on_terminal(["hash", fifo], fifo, b"x", b"", mark=b"1 B", signal_number=signal.SIGINT)
    assert (status, out) == (-signal.SIGINT, b"")
    assert seen.endswith(b"\r\x1b[K")


# --- Metalink and mtree -----------------------------------------------------------------------------------------------


def files_of(document):
    """name -> (size, url, [piece...], whole)"""
    root = ElementTree.fromstring(document)
    out = {}
    for file in root.findall(XML + "file"):
        pieces = file.find(XML + "pieces")
        out[file.get("name")] = (int(file.findtext(XML + "size")), file.findtext(XML + "url"),
                                 [h.text for h in pieces] if pieces is not None else [], file.findtext(XML + "hash"))
    return out


def expected(data, url=None):
    return len(data), url, [hex_of(data[i : i + MIB]) for i in range(0, len(data), MIB)], hex_of(data)


@pytest.mark.valgrind
@pytest.mark.threads
def test_a_metalink_has_every_file(old):
    names = [n for n in SIZES if "\n" not in n and "\r" not in n]
    for _ in range(2):  # the second time, from the cache
        done = run("hash", "--metalink", "--url", "http://a/b/", *names, "./piece", old / "five", cwd=old, check=0)
        wanted = {n: expected((old / n).read_bytes(), "http://a/b/" + urllib.parse.quote(n)) for n in names}
        assert files_of(done.stdout) == wanted
        assert done.stdout.count(b"<file ") == len(names) + 2
    document = run("hash", "--metalink", old / "large", check=0).stdout
    assert files_of(document) == {"large": expected((old / "large").read_bytes())}
    assert run("hash", "--check", "-", "--in", old, input=document, check=0).stderr == b"ferry: -: 1 right\n"


def test_what_a_metalink_cannot_have(old):
    """The document is still whole; the others are in it."""
    done = run("hash", "--metalink", "new\nline", "five", "gone", "/dev/null", cwd=old, check=1)
    assert list(files_of(done.stdout)) == ["five"]
    assert len(done.stderr.splitlines()) == 3
    assert b"/dev/null: it has no length\n" in done.stderr
    run("hash", "--metalink", "--url", "http://a/b", "five", "piece", cwd=old, check=2)
    run("hash", "--url", "http://a/b", "five", cwd=old, check=2)
    run("hash", "--metalink", "--mtree", ".", cwd=old, check=2)


def test_the_server_writes_the_same_metalink(listen, old):
    server = listen("serve", old)
    document = run("hash", "--metalink", "--url", f"http://{server.name}/large", old / "large", check=0).stdout
    assert ask(server.address, "/large?format=metalink", Host=server.name).body == document


@pytest.mark.valgrind
def test_a_tree_is_listed_with_every_hash(listen, tmp_path):
    folder = tmp_path / "folder"
    for seed, name in enumerate(["b", "a/x", "a/deep/er", ".hidden", "a b#=\\", b"\xff\n"]):
        path = os.fsencode(folder) + b"/" + os.fsencode(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(body(1000 + seed, seed))
    (folder / "link").symlink_to("a/x")
    (folder / "out").symlink_to("/etc/passwd")
    os.mkfifo(folder / "pipe")
    (tmp_path / "list").write_bytes(run("hash", "--mtree", folder, check=0).stdout)
    lines = (tmp_path / "list").read_bytes().splitlines()
    names = [line.split()[0] for line in lines[1:-1]]
    assert names == [b".", b"./.hidden", b"./a", b"./a/deep", b"./a/deep/er", b"./a/x", b"./a\\040b\\043\\075\\134", b"./b",
                     b"./link", b"./\\377\\012"]
    assert (lines[0], lines[-1]) == (b"#mtree", b"# end 10 entries")
    done = run("hash", "--check", tmp_path / "list", "--in", folder, check=0)
    assert done.stderr.endswith(b": 7 right\n")
    # bsdtar reads it, and finds each file with its bytes; a link is not a link there.
    tar = subprocess.run(["bsdtar", "-cf", "-", "--format=pax", "@" + str(tmp_path / "list")], cwd=folder,
                         stdout=subprocess.PIPE, timeout=PATIENCE, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(tar), errors="surrogateescape") as t:
        assert t.extractfile("./a/deep/er").read() == body(1002, 2)
        assert len(t.getmembers()) == 10
    run("hash", "--mtree", tmp_path / "none", check=3)
    run("hash", "--mtree", folder / "b", check=3)
    run("hash", "--mtree", folder, "x", check=2)


def test_the_server_lists_the_same_tree(listen, old, tmp_path):
    cache = tmp_path / "cache"
    server = listen("serve", "--hash-cache", cache, old)
    tree = run("hash", "--hash-cache", cache, "--mtree", old, check=0).stdout
    assert ask(server.address, "/?format=mtree").body == tree
