"""The served folder's name may come to mean another folder or none: requests get what is there at that time."""

import os
import pathlib
import shutil
import subprocess

import pytest

from conftest import body
from wire import Http, ask, connect, plain, read_to_end, wait_until

pytestmark = pytest.mark.threads

ONE, TWO = body(3000, seed=1), body(100_000, seed=2)


def make(folder, content):
    folder.mkdir()
    (folder / "x").write_bytes(content)
    (folder / "only-in").touch()
    return folder


def names(server):
    return set(ask(server.address, "/?format=text").body.decode().split())


def is_served(server, content, kept):
    """Over a new HTTP connection, an old one, and by a bare name."""
    assert kept.ask("/x").body == content
    assert ask(server.address, "/x").body == content
    assert plain(server.address, b"x\n") == content


@pytest.fixture(params=[1, 3])
def server(request, listen, tmp_path):
    return listen("serve", "--threads", request.param, make(tmp_path / "pub", ONE))


def test_another_folder_has_its_name_now(server, tmp_path):
    with Http(server.address) as kept:
        for old, content in enumerate([TWO, ONE, TWO, ONE]):
            is_served(server, (ONE, TWO)[old % 2], kept)
            (tmp_path / "pub").rename(tmp_path / f"old-{old}")
            new = make(tmp_path / "new", content)
            (new / f"made-{old}").touch()
            new.rename(tmp_path / "pub")
            wait_until(lambda: f"made-{old}" in names(server), "the new folder")
            for _ in range(8):  # for each loop
                wait_until(lambda: ask(server.address, "/x").body == content, "its file")


def test_it_is_removed_and_made_anew(server, tmp_path):
    with Http(server.address) as kept:
        is_served(server, ONE, kept)
        shutil.rmtree(tmp_path / "pub")
        for target in ("/", "/x", "/?format=json", "/?archive=tar"):
            wait_until(lambda: ask(server.address, target).status != 200, "it is gone")
        for target in ("/", "/x", "/?format=json", "/?archive=tar", "/nothing"):
            wait_until(lambda: ask(server.address, target).status == 503, "all of it")
            a = ask(server.address, target)
            assert a["Retry-After"] and b"folder is not there" in a.body
        with connect(server.address) as s, pytest.raises(ConnectionResetError):
            s.sendall(b"x\n")
            read_to_end(s)
        make(tmp_path / "pub", TWO)
        wait_until(lambda: ask(server.address, "/x").body == TWO, "the new one")
        is_served(server, TWO, kept)
        (tmp_path / "pub").rename(tmp_path / "away")
        (tmp_path / "pub").write_bytes(b"a file")
        wait_until(lambda: ask(server.address, "/x").status == 503, "a file is no folder")
        (tmp_path / "pub").unlink()
        (tmp_path / "away").rename(tmp_path / "pub")
        wait_until(lambda: ask(server.address, "/x").body == TWO, "it is back")


def test_a_link_is_switched_to_the_next_release(listen, tmp_path):
    make(tmp_path / "r1", ONE), make(tmp_path / "r2", TWO)
    (tmp_path / "current").symlink_to("r1")
    server = listen("serve", "current", cwd=tmp_path)  # with a relative path
    with Http(server.address) as kept:
        is_served(server, ONE, kept)
        (tmp_path / "next").symlink_to("r2")
        (tmp_path / "next").rename(tmp_path / "current")
        wait_until(lambda: kept.ask("/x").body == TWO, "the next release")
        is_served(server, TWO, kept)


def test_one_file_by_a_link_that_is_switched(listen, tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "v1").write_bytes(ONE)
    (tmp_path / "d" / "v2").write_bytes(TWO)
    (tmp_path / "x").symlink_to("v1")
    server = listen("serve", tmp_path / "x")
    with Http(server.address) as kept:
        is_served(server, ONE, kept)
        (tmp_path / "next").symlink_to("d/v2")
        (tmp_path / "next").rename(tmp_path / "x")
        wait_until(lambda: kept.ask("/x").body == TWO, "the other file")
        is_served(server, TWO, kept)
        assert names(server) == {"x"}
        (tmp_path / "x").unlink()
        wait_until(lambda: ask(server.address, "/x").status == 404, "it is gone")


def test_a_folder_that_goes_while_a_file_is_sent_is_sent_to_the_end(server, tmp_path):
    big = body(8 << 20, seed=3)
    (tmp_path / "pub" / "big").write_bytes(big)
    with Http(server.address, receive_buffer=32768) as h:
        h.send(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
        a = h.head()
        (tmp_path / "pub").rename(tmp_path / "old")
        make(tmp_path / "pub", TWO)
        wait_until(lambda: ask(server.address, "/x").body == TWO, "the new folder")
        assert h._bytes(int(a["Content-Length"])) == big


def test_a_disk_that_is_mounted_over_it_and_unmounted(listen, tmp_path):
    """5 s after the last client has left, an idle server holds nothing, so its disk can be unmounted."""
    pub = make(tmp_path / "pub", ONE)
    server = listen("serve", pub)
    assert ask(server.address, "/x").body == ONE
    done = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", pub], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"cannot mount: {done.stderr.decode(errors='replace').strip()}")
    try:
        (pub / "x").write_bytes(TWO)
        wait_until(lambda: ask(server.address, "/x").body == TWO, "what is mounted")
        assert plain(server.address, b"x\n") == TWO
        wait_until(lambda: subprocess.run(["umount", pub], capture_output=True, check=False).returncode == 0, "it may go")
    finally:
        subprocess.run(["umount", "--lazy", pub], capture_output=True, check=False)
    assert ask(server.address, "/x").body == ONE
    assert names(server) == {"x", "only-in"}


def test_an_idle_server_holds_nothing_of_its_folder(server, tmp_path):
    """And opens it again for the next client."""
    def held():
        links = (os.readlink(fd) for fd in pathlib.Path(f"/proc/{server.proc.pid}/fd").iterdir())
        return any(link.startswith(str(tmp_path)) for link in links)

    assert plain(server.address, b"x\n") == ONE
    assert held()
    wait_until(lambda: not held(), "it rests")
    assert ask(server.address, "/x").body == ONE
    assert held()
