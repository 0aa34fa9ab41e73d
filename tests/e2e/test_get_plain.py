"""ferry get and ls with plain://, from every kind of simple server: each has its own idea of where a name ends."""

import contextlib
import socket
import subprocess
import threading

import pytest
from conftest import FERRY_ARGV, PATIENCE, body, run
from rogue import RESET, Rogue
from test_get import here, names  # noqa: F401 - a fixture

BODY = body(300_000)
NOT_FOUND = b"File not found"


def look_up(files, name):
    """Like the tutorial's server: open(), and a fixed text if that fails."""
    return files.get(name, NOT_FOUND)


def wait_for(peer, what):
    """Waits until the bytes are in the socket, and leaves them there, like a busy server."""
    while what not in (seen := peer.sock.recv(4096, socket.MSG_PEEK)):
        if not seen:
            raise ConnectionError("gone")


def wait_for_the_end(peer):
    while data := peer.sock.recv(4096):
        peer.head += data


def reads_once(peer, files):
    peer.head = peer.sock.recv(1024)
    peer.send(look_up(files, peer.head))


def reads_once_and_strips(peer, files):
    peer.head = peer.sock.recv(1024)
    peer.send(look_up(files, peer.head.strip()))


def reads_a_line(peer, files):
    while b"\n" not in peer.head:
        data = peer.sock.recv(1024)
        if not data:
            return  # the client went away
        peer.head += data
    peer.send(look_up(files, peer.head.split(b"\n")[0]))


def reads_to_the_end(peer, files):
    wait_for_the_end(peer)
    peer.send(look_up(files, peer.head.strip()))


def is_busy_first(peer, files):
    """Everything that the client sends is in the socket before the server reads once."""
    if peer.number == 0:
        wait_for(peer, b"\n")
    reads_once(peer, files)


def answers_late(peer, files):
    """It has read the name and takes its time. What arrives then stays unread, so its close() is a reset."""
    peer.head = peer.sock.recv(1024)
    if peer.number == 0:
        wait_for(peer, b"\n")
    peer.send(look_up(files, peer.head))


def closes_when_we_do(peer, files):
    """Like Node's sockets: the end of our side ends the server's, answered or not."""
    peer.head = peer.sock.recv(1024)
    if peer.number == 0:
        wait_for_the_end(peer)
        return
    peer.send(look_up(files, peer.head))


def breaks_on_more(peer, files):
    """It breaks when a second piece arrives."""
    peer.head = peer.sock.recv(1024)
    if peer.number == 0:
        peer.sock.recv(1024)
        peer.end(RESET)
        return
    peer.send(look_up(files, peer.head))


KINDS = [reads_once, reads_once_and_strips, reads_a_line, reads_to_the_end, is_busy_first, answers_late, closes_when_we_do,
         breaks_on_more]  # fmt: skip
FILES = {b"f": BODY, b"empty": b"", b"a b%20/\xc3\xbc?x": b"exactly this name"}


def get_from(kinds, name):
    """Asks a server of each kind, all at the same time, and saves under the kind's name: {kind: (status, stderr)}."""
    servers = [Rogue(lambda p, kind=kind: kind(p, FILES), plain=True) for kind in kinds]
    procs = [
        subprocess.Popen([*FERRY_ARGV, "get", "--retries", "0", "-o", kind.__name__, f"plain://{server.name}/{name}"],
                         stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for server, kind in zip(servers, kinds)
    ]  # fmt: skip
    try:
        ends = [proc.communicate(timeout=PATIENCE)[1] for proc in procs]
    finally:
        for proc in procs:
            proc.kill()
        for server in servers:
            server.close()
    return {kind.__name__: (proc.returncode, err) for kind, proc, err in zip(kinds, procs, ends)}


def test_every_kind_of_server_gives_the_file(here):  # noqa: F811
    done = get_from(KINDS, "f")
    assert {kind: status for kind, (status, _) in done.items()} == {kind.__name__: 0 for kind in KINDS}, done
    assert not [kind for kind in done if (here / kind).read_bytes() != BODY]


def test_every_kind_of_server_says_that_it_is_missing(here):  # noqa: F811
    done = get_from(KINDS, "missing")
    assert {kind: status for kind, (status, _) in done.items()} == {kind.__name__: 3 for kind in KINDS}, done
    assert names(here) == []


def test_an_empty_file_is_said_to_be_one(here):  # noqa: F811
    done = get_from([reads_once, is_busy_first, closes_when_we_do], "empty")
    assert {status for status, _ in done.values()} == {0}, done
    assert not [err for _, err in done.values() if b": 0 bytes" not in err]
    assert [(here / kind).read_bytes() for kind in done] == [b"", b"", b""]


def test_the_bare_name_goes_out_and_nothing_with_it(here):  # noqa: F811
    with Rogue(lambda p: reads_once(p, FILES), plain=True) as server:
        run("get", f"plain://{server.name}/a b%20/ü?x", check=0)
        run("get", f"plain://{server.name}/a\nb", check=2)
        run("get", f"plain://{server.name}/" + "n" * 1025, check=2)
        # One recv(1024) returns all of the longest name.
        run("get", f"plain://{server.name}/" + "n" * 1024, "-o", "n", check=3)
        assert [peer.head for peer in server.peers] == ["a b%20/ü?x".encode(), b"n" * 1024]
    assert (here / "ü?x").read_bytes() == b"exactly this name"


def test_an_end_that_only_ours_brought_is_no_empty_file(here):  # noqa: F811
    """The server was silent, and closed after we did."""
    with Rogue(wait_for_the_end, plain=True) as server:
        done = run("get", "--retries", "0", "--timeout", "1", f"plain://{server.name}/f", check=5)
        assert len(server.peers) == 2 and b"trying again" not in done.stderr
    assert names(here) == []


def test_a_line_that_says_nothing_is_an_empty_file(here):  # noqa: F811
    with Rogue(lambda p: reads_a_line(p, FILES), plain=True) as server:
        assert b"0 bytes" in run("get", "--timeout", "1", f"plain://{server.name}/empty", check=0).stderr
        run("get", "--timeout", "1", "--retries", "0", f"plain://{server.name}/missing", check=3)
    assert names(here) == ["empty"] and (here / "empty").read_bytes() == b""


def test_a_file_that_was_cut_after_our_line_is_asked_for_once_more(here):  # noqa: F811
    """A reset may be caused by our late newline; the bytes before it are not kept."""

    def script(peer):
        peer.head = peer.sock.recv(1024)
        if peer.number == 0:
            wait_for(peer, b"\n")
            peer.send(BODY[:100_000])
            peer.end(RESET)
            return
        peer.send(BODY)

    with Rogue(script, plain=True) as server:
        done = run("get", f"plain://{server.name}/f", check=0)
        assert [peer.head for peer in server.peers] == [b"f", b"f"]
    assert b"trying again" not in done.stderr and (here / "f").read_bytes() == BODY


@pytest.mark.parametrize("kind", [reads_once, is_busy_first, reads_a_line], ids=lambda k: k.__name__)
def test_ls_asks_alike(here, kind):  # noqa: F811
    folders = {b"x/": b"a b\nsub/\n", b"\n": b"top\n", b"": b"top\n"}
    with Rogue(lambda p: kind(p, folders), plain=True) as server:
        assert run("ls", f"plain://{server.name}/x", check=0).stdout == b"a b\nsub/\n"
    with Rogue(lambda p: kind(p, folders), plain=True) as server:  # an empty name is sent as a line end, at once
        assert run("ls", f"plain://{server.name}", check=0).stdout == b"top\n"


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_localhost_is_whichever_answers(here, address):  # noqa: F811
    """Also if the server listens on only one of the two addresses; the same for hear."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        listener = socket.create_server((address, 0), family=family)
    except OSError:
        pytest.skip(f"no {address} here")

    def serve():
        for _ in range(3):
            with listener.accept()[0] as sock:
                sock.settimeout(0.2)  # hear sends nothing
                with contextlib.suppress(TimeoutError):
                    sock.recv(1024)
                sock.sendall(b"a\n")

    thread = threading.Thread(target=serve)
    with listener:
        thread.start()
        where = f"localhost:{listener.getsockname()[1]}"
        assert run("get", "-o", "-", "--retries", "0", f"plain://{where}/f", check=0).stdout == b"a\n"
        assert run("ls", f"plain://{where}", check=0).stdout == b"a\n"
        assert run("hear", where, check=0).stdout == b"a\n"
        thread.join(PATIENCE)
