"""How a server starts, what it prints, and how it ends."""

import os
import pathlib
import pty
import re
import resource
import signal
import socket
import subprocess

import pytest

from conftest import FERRY_ARGV, PATIENCE, Listener, body, run
from wire import Http, ask, connect, plain, read_exactly, read_to_end, wait_until, refused

BIG = body(48 << 20, seed=8)  # more than the kernel's buffers of both sides hold


@pytest.fixture
def pub(tmp_path):
    (tmp_path / "big.bin").write_bytes(BIG)
    (tmp_path / "small").write_bytes(b"small")
    return tmp_path


def begin_download(server, dialect):
    s = connect(server.address, receive_buffer=32768)
    s.sendall(b"big.bin\n" if dialect == "plain" else b"GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n")
    read_exactly(s, 1000)
    return s


@pytest.mark.parametrize("sig", [pytest.param(signal.SIGTERM, marks=pytest.mark.valgrind), signal.SIGINT])
@pytest.mark.parametrize("dialect", ["plain", "http"])
def test_what_runs_is_finished(listen, pub, sig, dialect):
    """After the signal: no new client, the whole file for the current one, a close for the idle one, then status 0."""
    server = listen("serve", pub)
    idle = Http(server.address)
    assert idle.ask("/small").body == b"small"
    s = begin_download(server, dialect)
    server.proc.send_signal(sig)
    wait_until(lambda: refused(server.address), "new clients are refused")
    assert idle.at_end()
    assert read_to_end(s).endswith(BIG[5000:])
    s.close()
    assert server.proc.wait(PATIENCE) == 0


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(listen, pub, sig):
    server = listen("serve", "--drain", 3600, "--threads", 4, pub)
    s = begin_download(server, "plain")
    server.proc.send_signal(sig)
    wait_until(lambda: refused(server.address), "new clients are refused")
    assert server.proc.poll() is None
    server.proc.send_signal(sig)
    server.proc.wait(PATIENCE)
    with pytest.raises(ConnectionResetError):  # a cut must not look like the end of the file
        read_to_end(s)
    s.close()


@pytest.mark.parametrize("name, half_close", [
    (b"big.bin\n", False), (b"big.bin\n", True), (b"big.bin\r\nmore", False), (b"big.bin", False), (b"big.bin", True),
    (b"many\n", True), (b"GET /many/ HTTP/1.0\r\n\r\n", False)])
def test_a_killed_server_does_not_look_like_the_end_of_the_file(listen, pub, name, half_close):
    """Without a length, only a reset shows that bytes are missing, and the kernel must send it."""
    if b"many" in name:
        (pub / "many").mkdir()
        for i in range(20000):
            (pub / "many" / f"{i:0200}").touch()
    server = listen("serve", pub)
    s = connect(server.address, receive_buffer=32768)
    s.sendall(name)
    if half_close:
        s.shutdown(socket.SHUT_WR)
    read_exactly(s, 1000)
    server.proc.kill()
    server.proc.wait()
    with pytest.raises(ConnectionResetError):
        read_to_end(s)
    s.close()


def test_the_drain_is_bounded(listen, pub):
    """A client that takes nothing does not keep the server alive, and sees that it was cut."""
    server = listen("serve", "--drain", 1, pub)
    s = begin_download(server, "plain")
    status, _, _ = server.stop()
    assert status == 0
    with pytest.raises(ConnectionResetError):
        read_to_end(s)
    s.close()


def test_a_request_under_way_is_answered_at_the_end(listen, pub):
    """The current answer is completed, and the connection closed after it."""
    server = listen("serve", pub)
    with Http(server.address, receive_buffer=32768) as h:
        h.send(b"GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n")
        a = h.head()
        server.proc.send_signal(signal.SIGTERM)
        wait_until(lambda: refused(server.address), "new clients are refused")
        assert h._bytes(int(a["Content-Length"])) == BIG
        assert h.at_end()
    assert server.proc.wait(PATIENCE) == 0


@pytest.mark.valgrind
def test_a_short_life(listen, pub):
    """A little of everything, for tools that count what is freed."""
    server = listen("serve", "--threads", 2, pub)
    assert ask(server.address, "/nothing").status == 404
    for i in range(3):
        with connect(server.address, receive_buffer=4096) as s:
            s.sendall([b"big.bin\n", b"GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n", b"GET / HT"][i])
            if i < 2:
                s.recv(100)
    plain(server.address, b"\n")
    status, _, err = server.stop()
    assert status == 0, err


def test_one_owner_of_a_port(listen, pub):
    """A second server ends with status 1 and one line, and gets no client of the first."""
    first = listen("serve", pub)
    second = run("serve", "--listen", f"127.0.0.1:{first.port}", pub, check=1)
    assert second.stdout == b"" and second.stderr.count(b"\n") == 1
    assert b"in use" in second.stderr and f"127.0.0.1:{first.port}".encode() in second.stderr
    for _ in range(20):
        assert ask(first.address, "/small").body == b"small"


def test_two_servers_one_address_each(listen, pub):
    """All of several addresses or none: one in use ends it."""
    first = listen("serve", pub)
    done = run("serve", "--listen", "127.0.0.1:0", "--listen", f"127.0.0.1:{first.port}", pub, check=1)
    assert b"in use" in done.stderr


def lines_of(*args):
    """Starts and ends it; returns (lines on stdout, stderr)."""
    proc = subprocess.Popen([*FERRY_ARGV, "serve", *map(str, args)], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            bufsize=0)  # otherwise communicate() would miss what readline() has read ahead
    first = proc.stdout.readline()  # it listens; the signal comes after its first lines
    proc.terminate()
    out, err = proc.communicate(timeout=PATIENCE)
    assert proc.returncode == 0, err
    return (first + out).decode().splitlines(), err.decode()


def test_on_this_machine_alone(pub):
    lines, err = lines_of("--listen", "127.0.0.1:0", pub)
    assert len(lines) == 1 and re.fullmatch(r"listening on 127\.0\.0\.1:\d+", lines[0])
    assert re.search(r"^ferry: .*only this machine.* --listen :\d+", err), err


def test_localhost_is_both_loopbacks(pub):
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
    except OSError:
        pytest.skip("no IPv6 here")
    lines, err = lines_of("--listen", "localhost:0", pub)
    found = [re.fullmatch(r"listening on (127\.0\.0\.1|\[::1\]):(\d+)", line).groups() for line in lines]
    assert sorted(host for host, _ in found) == ["127.0.0.1", "[::1]"]
    assert len({port for _, port in found}) == 1, "one free port for both"
    assert "--listen :" in err


def test_shared_with_all(pub):
    lines, err = lines_of("-l", ":0", pub)
    assert re.fullmatch(r"listening on 0\.0\.0\.0:\d+", lines[0])
    assert "only this machine" not in err and "http://" in err


def test_several_addresses(pub):
    lines, _ = lines_of("-l", "127.0.0.1:0", "--listen", "127.0.0.2:0", pub)
    assert [line.rpartition(":")[0] for line in lines] == ["listening on 127.0.0.1", "listening on 127.0.0.2"]


@pytest.mark.parametrize("args, status", [
    (["--nonsense"], 2), (["--listen"], 2), (["--listen", "127.0.0.1:x"], 2), (["--listen", "127.0.0.1:65536"], 2),
    (["--threads", "0"], 2), (["--threads", "many"], 2), (["--max-memory", "0"], 2), (["--max-memory", "1X"], 2), (["--max-memory", "K"], 2),
    (["--max-memory", "99999999T"], 2), (["--max-clients", "-1"], 2), (["--max-clients", "0"], 2),
    (["--pin", "--threads", "1024"], 2),
    (["--drain", "soon"], 2), (["--drain", "-1"], 2), (["--hidden=yes"], 2), (["a", "b"], 2),
    (["nothing-here"], 1), (["--listen", "nothing.invalid:0"], 1), (["small/nothing"], 1), (["/dev/null"], 1),
    (["nothing\x1b[31m"], 1),
])
def test_what_cannot_be(pub, args, status):
    """One line on stderr with the reason, and the documented status."""
    (pub / "a").mkdir()
    (pub / "b").mkdir()
    done = run("serve", *args, check=status, cwd=pub)
    assert done.stdout == b""
    assert done.stderr.startswith(b"ferry: ") and done.stderr.count(b"\n") == 1 and b"\x1b" not in done.stderr


def test_the_default_is_the_folder_one_is_in(pub):
    server = Listener(["serve", "--listen", "127.0.0.1:0"], cwd=pub)
    try:
        assert ask(server.address, "/small").body == b"small"
    finally:
        assert server.stop()[0] == 0


@pytest.mark.parametrize("threads", [1, 3])
def test_threads(listen, pub, threads):
    server = listen("serve", "--threads", threads, pub)
    for _ in range(30):
        assert ask(server.address, "/small").body == b"small"


def test_it_raises_its_own_limit_of_descriptors(listen, pub):
    """The shell's limit of 64 is raised, and at the hard limit other clients are still served."""
    def few(soft, hard):
        return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    server = listen("serve", pub, preexec_fn=few(64, hard))
    clients = [connect(server.address) for _ in range(100)]
    assert ask(server.address, "/small").body == b"small"
    for s in clients:
        s.close()

    tight = listen("serve", "--threads", 1, pub, preexec_fn=few(64, 64))
    clients = [connect(tight.address) for _ in range(100)]
    for s in clients[:5]:
        s.sendall(b"small\n")
        assert read_to_end(s) == b"small"
    for s in clients:
        s.close()
    assert ask(tight.address, "/small").body == b"small"


@pytest.mark.parametrize("threads", [1, 2])
def test_with_few_descriptors_everybody_is_answered_in_turn(listen, pub, threads):
    """Also if all clients that were answered stay connected."""
    server = listen("serve", "--threads", threads, pub,
                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40)))
    clients = [Http(server.address) for _ in range(60)]
    for h in clients:
        h.send(b"GET /small HTTP/1.1\r\nHost: a\r\n\r\n")
    for h in clients:
        assert h.receive().body == b"small"
    for h in clients:
        h.s.close()


@pytest.mark.parametrize("most, threads", [(8, 1), (12, 1), (40, 8)])
def test_with_too_few_descriptors_for_anybody_it_says_so(pub, most, threads):
    done = run("serve", "--listen", "127.0.0.1:0", "--threads", threads, pub, check=1,
               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most)))
    assert done.stdout == b"" and done.stderr.count(b"\n") == 1 and b"ulimit -n" in done.stderr


@pytest.mark.release
def test_room_for_descriptors_is_made_before_anybody_waits_for_it(listen, pub):
    """When the kernel enlarges the table, a thread that opens something waits, if there is another thread."""
    server = listen("serve", "--threads", 2, pub)
    status = pathlib.Path(f"/proc/{server.proc.pid}/status").read_text()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert int(re.search(r"^FDSize:\s+(\d+)$", status, re.M)[1]) >= min(hard, 32768)


@pytest.mark.release
def test_who_waits_for_nothing_is_one_thread(listen, pub):
    server = listen("serve", "--threads", 1, pub)
    assert ask(server.address, "/small").body == b"small"
    status = pathlib.Path(f"/proc/{server.proc.pid}/status").read_text()
    assert re.search(r"^Threads:\s+1$", status, re.M)


def test_closed_output(pub):
    """stdout and stderr may disappear: a server keeps serving after its terminal was closed."""
    server = Listener(["serve", "--listen", "127.0.0.1:0", pub])
    server.proc.stdout.close()
    server.proc.stderr.close()
    try:
        assert ask(server.address, "/small").body == b"small"
    finally:
        server.proc.terminate()
        assert server.proc.wait(PATIENCE) == 0


def test_who_is_in_the_queue_at_the_end_is_served(listen, pub):
    """The kernel has told them that they are connected, and they have sent requests."""
    server = listen("serve", "--threads", 2, pub)
    server.proc.send_signal(signal.SIGSTOP)
    clients = [connect(server.address) for _ in range(50)]
    for s in clients:
        s.sendall(b"GET /small HTTP/1.1\r\nHost: a\r\n\r\n")
    server.proc.send_signal(signal.SIGTERM)
    server.proc.send_signal(signal.SIGCONT)
    for s in clients:
        assert read_to_end(s).endswith(b"\r\n\r\nsmall")
        s.close()
    assert server.proc.wait(PATIENCE) == 0


def test_a_second_signal_among_many_busy_clients(listen, pub):
    """Nothing is freed while events point to it; the sanitizers would notice."""
    for _ in range(4):
        server = listen("serve", "--threads", 1, pub)
        busy = [Http(server.address) for _ in range(100)]
        held = begin_download(server, "http")
        for h in busy:
            assert h.ask("/small").body == b"small"
        server.proc.send_signal(signal.SIGSTOP)
        for h in busy:
            h.send(b"GET /small HTTP/1.1\r\nHost: a\r\n\r\n" * 20)
        server.proc.send_signal(signal.SIGINT)
        server.proc.send_signal(signal.SIGTERM)
        server.proc.send_signal(signal.SIGCONT)
        assert server.proc.wait(PATIENCE) == 1
        assert b"stopped at once" in server.proc.stderr.read()
        for h in busy:
            h.s.close()
        held.close()


STRAY = [signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF, signal.SIGUSR2, signal.SIGPOLL, signal.SIGPWR,
         signal.SIGSTKFLT, signal.SIGXFSZ, signal.SIGPIPE, signal.SIGRTMIN, signal.SIGRTMIN + 5, signal.SIGRTMAX]


@pytest.mark.parametrize("command", ["serve", "say"])
def test_a_stray_signal_ends_no_server(listen, pub, command):
    """Sent by mistake (a wrong number, or the habit of another daemon): the download continues."""
    server = listen(command, *([pub] if command == "serve" else ["-m", "hello"]))
    s = begin_download(server, "http") if command == "serve" else None
    for sig in STRAY:
        server.proc.send_signal(sig)
    if s:
        with s:
            assert len(read_exactly(s, len(BIG) - 1000)) == len(BIG) - 1000
    assert plain(server.address, b"small\n") == (b"small" if command == "serve" else b"hello\n")


def hangup_is_pending(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    masks = re.findall(r"^(?:SigPnd|ShdPnd):\s+(\w+)$", status, re.M)
    return any(int(mask, 16) & 1 << signal.SIGHUP - 1 for mask in masks)


@pytest.mark.parametrize("at_once", [False, True])
def test_a_window_that_is_closed_ends_it(pub, at_once):
    """Nobody could stop it any more. Only then: SIGHUP from anybody else does not end it, and while that one is
    pending, the kernel's own is lost."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(FERRY_ARGV[0], [*FERRY_ARGV, "serve", "-l", "127.0.0.1:0", str(pub)])
    try:
        said = b""
        while b"listening on" not in said or not said.endswith(b"\n"):
            said += os.read(terminal, 1000)
        address = ("127.0.0.1", int(re.search(rb"listening on \S+:(\d+)", said)[1]))
        if at_once:
            os.kill(pid, signal.SIGSTOP)  # until the kernel reports that the window was closed
            os.waitpid(pid, os.WUNTRACED)
        os.kill(pid, signal.SIGHUP)
        wait_until(lambda: hangup_is_pending(pid) == at_once, "the signal")
        with connect(address, receive_buffer=32768) as s:
            s.sendall(b"big.bin\n")
            got = b"" if at_once else read_exactly(s, 1000)
            os.close(terminal)
            wait_until(lambda: refused(address), "no new client")
            assert got + read_to_end(s) == BIG
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        raise


@pytest.mark.parametrize("nohup", [True, False])
def test_a_server_without_a_terminal_outlives_a_hangup(pub, nohup):
    ignore = (lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) if nohup else None
    server = Listener(["serve", "-l", "127.0.0.1:0", pub], start_new_session=True, preexec_fn=ignore)
    server.proc.send_signal(signal.SIGHUP)
    assert ask(server.address, "/small").body == b"small"
    assert server.stop()[0] == 0
