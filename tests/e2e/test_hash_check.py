"""`ferry hash --check`: what is on the disk, against lists of other programs, and against hostile ones."""

import hashlib
import os
import pathlib
import signal
import subprocess

import pytest

from conftest import FERRY_ARGV, PATIENCE, body, run
from test_hash import hex_of, sha256sum
from wire import ask, wait_until

MIB = 1 << 20
SIZES = {"empty": 0, "five": 5, "large": 5 * MIB + 77, "a  b": 1000, "*x": 10, "é": 11, "back\\slash": 12,
         "new\nline": 13, "in/side": 14, "in/deep/er": 15}
ABC = hex_of(b"abc")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "folder"
    for seed, (name, size) in enumerate(SIZES.items()):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body(size, seed))
    return folder


def gnu(folder):
    return sha256sum("--", *SIZES, cwd=folder).stdout


def tagged(folder):
    return sha256sum("--tag", "--", *SIZES, cwd=folder).stdout


def bsdtar(options):
    return lambda folder: subprocess.run(["bsdtar", "-cf", "-", "--format=mtree", "--options=" + options, "."],
                                         cwd=folder, capture_output=True, check=True, timeout=PATIENCE).stdout


def foreign_metalink(folder):
    """As RFC 5854 has it: another prefix, several files, pieces of an odd length, hashes of other kinds."""
    files = ""
    for name in ("empty", "five", "large", "in/side"):
        data = (folder / name).read_bytes()
        pieces = "".join(f"<m:hash>{hex_of(data[i:i + 300001]).upper()}</m:hash>" for i in range(0, len(data), 300001))
        files += f"""<m:file name="{name}"><m:size>{len(data)}</m:size>
            <m:hash type="sha-1">{hashlib.sha1(data).hexdigest()}</m:hash><m:hash type="sha-256">{hex_of(data)}</m:hash>
            <m:pieces length="300001" type="sha-256">{pieces}</m:pieces>
            <m:url priority="1">http://other.example/{name}</m:url></m:file>"""
    return f'<?xml version="1.0"?>\n<m:metalink xmlns:m="urn:ietf:params:xml:ns:metalink">{files}</m:metalink>'.encode()


LISTS = {"gnu": gnu, "tag": tagged, "mtree": bsdtar("mtree:sha256"),
         "mtree of folders": bsdtar("mtree:sha256,mtree:use-set,mtree:indent"), "metalink": foreign_metalink}


@pytest.mark.valgrind
@pytest.mark.threads
@pytest.mark.parametrize("kind", LISTS)
def test_lists_of_other_programs(folder, tmp_path, kind):
    """All is right; then one byte flips, one file is longer, one is gone."""
    (tmp_path / "list.txt").write_bytes(LISTS[kind](folder))
    many = 4 if kind == "metalink" else len(SIZES)
    done = run("hash", "--check", tmp_path / "list.txt", "--in", folder, check=0)
    assert (done.stdout, done.stderr.decode()) == (b"", f"ferry: {tmp_path}/list.txt: {many} right\n")
    data = bytearray((folder / "large").read_bytes())
    data[3 * 300001] ^= 1
    (folder / "large").write_bytes(data)
    with open(folder / "five", "ab") as f:
        f.write(b"x")
    (folder / "in/side").unlink()
    done = run("hash", "--check", tmp_path / "list.txt", "--in", folder, check=6)
    sized = "wrong: another SHA-256" if kind in ("gnu", "tag") else "wrong: 6 bytes, not 5"
    flipped = "wrong: 1 of 18 pieces, bytes 900003-1200003" if kind == "metalink" else "wrong: another SHA-256"
    assert sorted(done.stdout.decode().splitlines()) == [f"five: {sized}", "in/side: missing", f"large: {flipped}"]
    assert done.stderr.decode() == f"ferry: {tmp_path}/list.txt: {many - 3} right, 2 wrong, 1 missing\n"


def test_what_the_server_says_is_checked(listen, folder):
    server = listen("serve", folder)
    run("hash", "--check", "-", "--in", folder / "in", input=ask(server.address, "/in/?format=mtree").body, check=1)  # no hash
    while (a := ask(server.address, "/large?format=metalink")).status != 200:
        assert a.status == 503  # it has just changed
    data = bytearray((folder / "large").read_bytes())
    (folder / "large.meta4").write_bytes(a.body)
    assert run("hash", "--check", folder / "large.meta4", check=0).stderr.endswith(b": 1 right\n")
    cut = run("hash", "--check", "-", "--in", folder, input=a.body[:-2], check=1)
    assert b"not valid XML" in cut.stderr
    tree = ask(server.address, "/?format=mtree").body
    done = run("hash", "--check", "-", "--in", folder, input=tree, check=0)  # of the empty one, too
    assert done.stderr == f"ferry: -: 2 right, {len(SIZES) - 1} without a SHA-256\n".encode()
    lines = tree.splitlines(keepends=True)
    done = run("hash", "--check", "-", "--in", folder, input=b"".join(lines[:3] + lines[4:]), check=1)
    assert b"1 line not understood" in done.stderr  # the last one counts them
    for i in (0, 2 * MIB - 1, 2 * MIB, 5 * MIB + 76):
        data[i] ^= 0x80
    (folder / "large").write_bytes(data)
    done = run("hash", "-q", "--check", folder / "large.meta4", check=6)
    assert done.stdout == b"large: wrong: 4 of 6 pieces, bytes 0-3145727, 5242880-5242956\n"
    assert done.stderr == b""


def test_names_never_lead_outside(folder, tmp_path):
    """Not by dots, not from the top, not by a link; and nothing but files is opened."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"abc")
    (folder / "out").symlink_to("../secret")
    (folder / "up").symlink_to("..")
    (folder / "here").symlink_to("in/side")
    os.mkfifo(folder / "pipe")
    names = ["../secret", str(secret), "out", "up/secret", "in/../../secret", "/proc/self/exe", "pipe", "in", "none", "here"]
    (folder / "SUMS").write_text("".join(f"{ABC}  {name}\n" for name in names))
    done = run("hash", "--check", folder / "SUMS", check=6)
    outside = "unreadable: it leads outside the folder"
    assert done.stdout.decode().splitlines() == [
        *(f"{name}: {outside}" for name in names[:6]), "pipe: unreadable: it may not be read, or is no regular file",
        "in: wrong: it is a folder", "none: missing", "here: wrong: another SHA-256"]
    mtree = "".join(f"{name} type=file sha256={ABC}\n" for name in ("./../secret", str(secret), "..\\057secret"))
    done = run("hash", "--check", "-", "--in", folder, input=mtree.encode(), check=4)
    assert done.stdout.decode().splitlines() == [f"{name}: {outside}" for name in ("../secret", str(secret), "../secret")]
    meta4 = f'<metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="../secret"><hash type="sha-256">{ABC}</hash></file></metalink>'
    assert run("hash", "--check", "-", "--in", folder, input=meta4.encode(), check=4).stdout.decode() == f"../secret: {outside}\n"
    # Where everything is inside, absolute names are.
    run("hash", "--check", "-", "--in", "/", input=f"{ABC}  {secret}\n".encode(), check=0)


def test_hostile_names_do_not_reach_the_terminal(folder):
    line = f"{ABC}  \x1b[2J\u202e\n\\{ABC}  a\\nb\n".encode()
    out = run("hash", "--check", "-", "--in", folder, input=line, check=3).stdout
    assert out == b"\\x1b[2J\\xe2\\x80\\xae: missing\na\\x0ab: missing\n"


@pytest.mark.parametrize("text, status, told", [
    (b"", 1, "it is no Metalink 4, mtree or SHA256SUMS"),
    (b"hello\n" * 20000, 1, "it is no Metalink 4, mtree or SHA256SUMS"),
    (b"\0" * 200000, 1, "it is no Metalink 4, mtree or SHA256SUMS"),
    (f"{hex_of(body(5, 1))}  five\n".encode() + b"x" * 200000, 1, "it has a line that is too long"),
    (b"<html></html>", 1, "it is no Metalink 4"),
    (b"#mtree\n./five type=file size=5\n", 1, "it has no SHA-256 of any file"),
    (b"#mtree\n. type=dir\n./l type=link\n", 1, "it has no SHA-256 of any file"),
    (f"\ufeff{hex_of(body(5, 1))}  five\r\n".encode(), 0, "1 right"),
    (f"# of today\n{hex_of(body(5, 1))}  five".encode(), 0, "1 right"),
    (f"{hex_of(body(5, 1))}  five\nmangled  large\n".encode(), 1, "1 right, 1 line not understood"),
    (f"./five sha256digest={hex_of(body(5, 1))} \\\n  size=5\n./none optional\n./l type=link\n".encode(), 0, "1 right, 1 not files"),
], ids=["empty", "text", "NUL", "long", "html", "no hash", "no file", "Windows", "no end", "mangled", "mtree"])
def test_what_a_list_is(folder, text, status, told):
    done = run("hash", "--check", "-", "--in", folder, input=text, check=status)
    assert (done.stdout, done.stderr.decode()) == (b"", f"ferry: -: {told}\n")


def test_the_folder_is_that_of_the_list(folder, tmp_path):
    (folder / "in" / "SUMS").write_text(f"{hex_of(body(14, 8))}  side\n")
    run("hash", "--check", folder / "in" / "SUMS", cwd=tmp_path, check=0)
    run("hash", "--check", "SUMS", cwd=folder / "in", check=0)
    run("hash", "--check", folder / "in" / "SUMS", "--in", folder, check=3)
    run("hash", "--check", folder / "none", check=3)
    run("hash", "--check", folder / "in" / "SUMS", "--in", folder / "none", check=3)
    run("hash", "--check", folder / "in" / "SUMS", "--in", folder / "five", check=3)


def test_wrong_usage(folder):
    run("hash", "--check", "x", "file", check=2)
    run("hash", "--check", "x", "--check", "y", check=2)
    run("hash", "--check", "x", "--hash-cache", "y", check=2)
    run("hash", "--in", ".", "file", check=2)


def test_a_check_uses_no_kept_hash(folder, tmp_path):
    """It would not tell of a bit that has flipped on the disk."""
    cache = tmp_path / "cache"
    run("hash", "--check", "-", "--in", folder, input=gnu(folder), env={**os.environ, "XDG_CACHE_HOME": str(cache)}, check=0)
    assert not cache.exists()


@pytest.mark.release
def test_memory_does_not_grow_with_the_list(tmp_path):
    """Two hundred thousand names of one file take no more than a thousand."""

    def peak(lines):
        (tmp_path / "file").write_bytes(b"abc")
        line = "".join(f"{ABC}  {'./' * (i % 500)}file\n" for i in range(1000)).encode()
        (tmp_path / "SUMS").write_bytes(line * (lines // 1000))
        proc = subprocess.Popen([*FERRY_ARGV, "hash", "--check", tmp_path / "SUMS"], stderr=subprocess.PIPE)
        assert proc.stderr.read().endswith(f": {lines:,} right\n".encode())
        _, status, used = os.wait4(proc.pid, 0)
        proc.returncode = status
        assert status == 0
        return used.ru_maxrss

    assert peak(200_000) < peak(1000) + 8 * 1024


def test_the_list_is_read_as_it_comes(folder):
    """What is wrong is told while the list has not ended."""
    proc = subprocess.Popen([*FERRY_ARGV, "hash", "--check", "-", "--in", folder], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    proc.stdin.write(f"{ABC}  five\n".encode())
    proc.stdin.flush()
    assert proc.stdout.readline() == b"five: wrong: another SHA-256\n"
    proc.stdin.write(f"{ABC}  none\n".encode())
    proc.stdin.close()
    assert proc.stdout.read() == b"none: missing\n"
    assert proc.wait(PATIENCE) == 6
    assert proc.stderr.read() == b"ferry: -: 1 wrong, 1 missing\n"


def test_a_signal_ends_a_check_that_waits_for_its_list(folder, tmp_path):
    """Also one that nobody has begun to write."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    proc = subprocess.Popen([*FERRY_ARGV, "hash", "--check", fifo, "--in", folder])
    fds = pathlib.Path(f"/proc/{proc.pid}/fd")
    wait_until(lambda: fifo.resolve() in [fd.resolve() for fd in fds.iterdir()], "the FIFO is open")
    proc.send_signal(signal.SIGINT)
    assert proc.wait(PATIENCE) == -signal.SIGINT
    proc = subprocess.Popen([*FERRY_ARGV, "hash", "--check", fifo, "--in", folder], stdout=subprocess.PIPE)
    with open(fifo, "wb", buffering=0) as f:
        f.write(f"{ABC}  none\n".encode())
        assert proc.stdout.readline() == b"none: missing\n"
        proc.send_signal(signal.SIGTERM)
        assert proc.wait(PATIENCE) == -signal.SIGTERM
    proc.stdout.close()
