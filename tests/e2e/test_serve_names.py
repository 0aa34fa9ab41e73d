"""Names that try to get out: nothing outside the served folder, and nothing but regular files, is sent."""

import os
import socket
import stat
import subprocess
import threading

import pytest

from conftest import FERRY_ARGV, Listener
from wire import Http, ask, plain

SECRET = b"this is from outside"
NOT_FOUND = b"File not found"


def make_place(tmp_path):
    """served/ with all kinds of links, beside secret files outside; returns its path."""
    served = tmp_path / "served"
    (served / "sub").mkdir(parents=True)
    (served / "ok.txt").write_bytes(b"inside")
    (tmp_path / "secret.txt").write_bytes(SECRET)
    (tmp_path / "servedsecret").write_bytes(SECRET)  # "served" is a prefix of its path
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_bytes(SECRET)
    links = {
        "relative": "../secret.txt",
        "absolute": tmp_path / "secret.txt",
        "sub/deep": "../../secret.txt",
        "chain1": "chain2", "chain2": "sub/chain3", "sub/chain3": "../../secret.txt",
        "folder": "../outside",
        "absfolder": tmp_path / "outside",
        "back": "../served/ok.txt",
        "self": "self",
        "loop1": "loop2", "loop2": "loop1",
        "dangling": "nowhere",
        "root": "/",
        "proc": "/proc/self",
        "environ": "/proc/self/environ",
        "magic": "/proc/self/root",
        "fd": "/proc/self/fd",
        "up": "..",
    }
    for name, target in links.items():
        (served / name).symlink_to(target)
    return served


@pytest.fixture
def place(tmp_path):
    return make_place(tmp_path)


@pytest.fixture(scope="module")
def server(listen_once, tmp_path_factory):
    return listen_once("serve", "--hidden", make_place(tmp_path_factory.mktemp("names")))


# As a plain name; as an HTTP target, both as written and with every byte encoded.
NAMES = [
    "../secret.txt", "/../secret.txt", "sub/../../secret.txt", "./../secret.txt", "..//secret.txt", "//../secret.txt",
    "....//secret.txt", "..;/secret.txt", "..\\secret.txt", "sub/..\\..\\secret.txt", "../served/../secret.txt",
    "../servedsecret", "..", "../", "sub/../..", "../outside/", "/etc/passwd", "//etc/passwd", "etc/passwd",
    "file:///etc/passwd", "~/secret.txt", "~root/.bashrc",
    "relative", "absolute", "sub/deep", "chain1", "folder/secret.txt", "folder", "folder/", "absfolder/secret.txt",
    "absfolder/", "self", "loop1", "dangling", "root", "root/", "root/etc/passwd", "proc/environ", "proc/cmdline",
    "environ", "magic/etc/passwd", "fd/0", "fd/1", "fd/3", "up/secret.txt", "up/", "up/served/ok.txt", "back",
    "/proc/self/environ", "/dev/zero", "ok.txt/../../secret.txt", "ok.txt/.", "nothing/../../secret.txt",
    "x" * 256, "x/" * 500 + "x", "../" * 300 + "etc/passwd",
]


@pytest.mark.parametrize("name", NAMES, ids=lambda n: n[:40])
def test_none_gets_out(server, name):
    outside = (SECRET, b"root:", b"PATH=")

    got = plain(server.address, name.encode() + b"\n")
    assert got == NOT_FOUND

    targets = {"/" + name, name, "/" + "".join(f"%{b:02X}" for b in name.encode()),
               "/" + name.replace("..", "%2e%2e"), "/" + name.replace("..", ".%2E"), "/" + name.replace("/", "%2f"),
               "/" + name.replace("..", "%252e%252e"), "/" + name.replace("..", "%c0%ae%c0%ae"),
               "/" + name.replace("/", "%5c"), "/" + name.replace("/", "%c0%af"), "http://test/" + name,
               "/sub/" + name.replace("..", "../..")}
    for target in sorted(targets):
        if " " in target or not target:
            continue
        a = ask(server.address, target)
        for words in outside:
            assert words not in a.body, target
        assert a.status in (200, 301, 400, 403, 404), target
        # 200 only for something inside: the folder itself or sub/, to which dots may have been reduced
        if a.status == 200:
            assert a.body == b"inside" or b"ok.txt" in a.body or b"deep" in a.body, target
            assert b"secret" not in a.body, target


def test_links_that_stay_inside_are_links(listen, place):
    (place / "inside").symlink_to("ok.txt")
    (place / "sub" / "inside").symlink_to("../ok.txt")
    (place / "two").symlink_to("inside")
    server = listen("serve", place)
    for name in ("inside", "sub/inside", "two"):
        assert plain(server.address, name.encode() + b"\n") == b"inside"
        assert ask(server.address, "/" + name).body == b"inside"


def test_a_nul_ends_no_name(listen, place):
    server = listen("serve", place)
    for name in (b"ok.txt\0\n", b"ok.txt\0.png\n", b"\0\n", b"ok.txt\0"):
        assert plain(server.address, name) == NOT_FOUND
    for target in ("/ok.txt%00", "/ok.txt%00.png", "/%00", "/sub/%00/../../secret.txt"):
        assert ask(server.address, target).status in (400, 404)
    with Http(server.address) as h:
        h.send(b"GET /ok.txt\0 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert h.receive().status == 400


def test_over_long_names(listen, place):
    server = listen("serve", place)
    for n in (256, 4095, 4096, 5000):
        assert ask(server.address, "/" + "x" * n).status in (404, 414)
        assert ask(server.address, "/" + "x/" * (n // 2) + "x").status in (404, 414)
        assert ask(server.address, "/" + "%78" * n).status in (404, 414)


@pytest.mark.valgrind
def test_only_regular_files_are_sent(listen, place):
    """A FIFO would block the server, a device would never end, and a socket cannot be read."""
    os.mkfifo(place / "fifo")
    kinds = ["fifo", "socket", "tofifo"]
    (place / "tofifo").symlink_to("fifo")
    with socket.socket(socket.AF_UNIX) as s:
        here = os.getcwd()
        os.chdir(place)  # the path of a socket has at most 107 bytes
        try:
            s.bind("socket")
        finally:
            os.chdir(here)
        try:
            os.mknod(place / "zero", stat.S_IFCHR | 0o644, os.makedev(1, 5))
            kinds.append("zero")
        except PermissionError:
            pass  # the others are still checked
        server = listen("serve", "--threads", 1, place)
        for name in kinds:
            assert plain(server.address, name.encode() + b"\n") == NOT_FOUND
            assert ask(server.address, "/" + name).status in (403, 404)
            assert ask(server.address, "/" + name, "HEAD").status in (403, 404)
        assert ask(server.address, "/ok.txt").body == b"inside"


def test_a_link_that_is_swapped_all_the_time(listen, place):
    """Switched between a file inside and one outside, as fast as possible: never the outside, never an error but
    404."""
    server = listen("serve", place)
    (place / "a").write_bytes(b"inside")
    (place / "b").symlink_to("../secret.txt")
    stop = threading.Event()

    def swap():
        while not stop.is_set():
            for source in ("a", "b"):
                os.link(place / source, place / "tmp", follow_symlinks=False)
                os.rename(place / "tmp", place / "swapped")
                if os.path.lexists(place / "tmp"):  # rename() of two links to one file does nothing
                    os.unlink(place / "tmp")

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        with Http(server.address) as h:
            for _ in range(500):
                a = h.ask("/swapped")
                assert (a.status, a.body) == (200, b"inside") or a.status == 404
    finally:
        stop.set()
        thread.join()


def without_root_rights(*args):
    """As root, too, can read only what the permission bits allow."""
    if os.geteuid() == 0:
        return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *args]
    return list(args)


def may_drop_rights():
    return os.geteuid() != 0 or subprocess.run(without_root_rights("true"), capture_output=True).returncode == 0


@pytest.mark.skipif(not may_drop_rights(), reason="root whose rights cannot be dropped here")
def test_unreadable(place, monkeypatch):
    (place / "closed.txt").write_bytes(SECRET)
    (place / "closed").mkdir()
    (place / "closed" / "in.txt").write_bytes(SECRET)
    (place / "closed.txt").chmod(0)
    (place / "closed").chmod(0)
    monkeypatch.setattr("conftest.FERRY_ARGV", without_root_rights(*FERRY_ARGV))
    try:
        server = Listener(["serve", "--listen", "127.0.0.1:0", place])
        for name in ("closed.txt", "closed/in.txt", "closed", "closed/"):
            assert plain(server.address, name.encode() + b"\n") == NOT_FOUND
            a = ask(server.address, "/" + name)
            assert a.status in (301, 403, 404) and SECRET not in a.body
        assert ask(server.address, "/ok.txt").body == b"inside"
        assert server.stop()[0] == 0
        done = subprocess.run([*without_root_rights(*FERRY_ARGV), "serve", "--listen", "127.0.0.1:0",
                               str(place / "closed")], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert done.returncode == 1 and done.stdout == ""
        assert done.stderr.count("\n") == 1 and str(place / "closed") in done.stderr
    finally:
        (place / "closed").chmod(0o755)
