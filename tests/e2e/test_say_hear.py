"""say and hear: the message server and its client, each against clients and servers that are not ours."""

import contextlib
import fcntl
import os
import re
import resource
import selectors
import signal
import socket
import struct
import subprocess
import termios
import threading
import time

import pytest

from conftest import FERRY_ARGV, PATIENCE, Listener, body, run

SANITIZED = os.environ.get("FERRY_SANITIZED") == "1"
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def connect(to, rcvbuf=None):
    s = socket.socket()
    if rcvbuf:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    s.settimeout(PATIENCE)
    s.connect(to.address)
    return s


def name_of(s):
    return "%s:%d" % s.getsockname()


def hear_all(s):
    out = b""
    with s:
        while chunk := s.recv(65536):
            out += chunk
    return out


def until(condition):
    """Waits for a condition; PATIENCE is only for hangs."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)


def say_line(to, line):
    to.proc.stdin.write(line)
    to.proc.stdin.flush()


def all_read(pipe):
    """Whether the other end of a pipe has read everything."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))[0] == 0


def finish(listener):
    """Ends stdin; returns (exit status, stdout, stderr)."""
    out, err = listener.proc.communicate(timeout=PATIENCE)
    return listener.proc.returncode, out, err.decode()


@contextlib.contextmanager
def tutorial_server(talk):
    """The server of a socket tutorial: accepts one client, calls talk(connection), closes."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        s.settimeout(PATIENCE)

        def serve():
            connection, _ = s.accept()
            with connection:
                talk(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield "127.0.0.1:%d" % s.getsockname()[1]
        finally:
            thread.join(PATIENCE)


# Greetings


def test_a_tutorial_client_hears_the_greeting(listen):
    server = listen("say", "-m", "Hello, client!")
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    s.connect(server.address)
    data = s.recv(1024)
    s.close()
    assert data == b"Hello, client!\n"


@pytest.mark.parametrize(
    "args, heard",
    [
        (["-m", "A", "-m", "B"], b"A\nB\n"),
        (["-n", "-m", "A", "-m", "B"], b"AB"),
        (["-m", ""], b"\n"),
        (["-n", "-m", ""], b""),
        (["-m", "g\u00fc\u00df dich"], "g\u00fc\u00df dich\n".encode()),
    ],
)
def test_what_a_greeting_is_on_the_wire(listen, args, heard):
    assert hear_all(connect(listen("say", *args))) == heard


def test_hear_and_nc_hear_it(listen):
    server = listen("say", "-m", "one", "-m", "two")
    assert run("hear", server.name, check=0).stdout == b"one\ntwo\n"
    nc = subprocess.run(
        ["nc", "127.0.0.1", str(server.port)], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE
    )
    assert (nc.returncode, nc.stdout) == (0, b"one\ntwo\n")


def test_500_at_once_are_each_greeted(listen):
    server = listen("say", "-m", "first", "-m", "second")
    hearers = [connect(server) for _ in range(500)]
    for s in hearers:
        assert hear_all(s) == b"first\nsecond\n"


def test_what_a_client_sent_does_not_destroy_its_greeting(listen):
    """A server that closes with unread bytes sends a reset, and the greeting would be lost."""
    greeting = body(20000).hex()
    server = listen("say", "-n", "-m", greeting)
    # Stopped, so that it finds bytes to read when it accepts; and the greeting fits into its kernel's buffer but not
    # into ours, so that a reset would destroy the rest.
    server.proc.send_signal(signal.SIGSTOP)
    s = connect(server, rcvbuf=4096)
    s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + b"x" * 20000)
    server.proc.send_signal(signal.SIGCONT)
    assert hear_all(s) == greeting.encode()


def test_more_clients_than_descriptors_wait_their_turn(listen):
    server = listen("say", "-m", "hi", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24)))
    hearers = [connect(server) for _ in range(100)]
    for s in hearers:
        assert hear_all(s) == b"hi\n"
    status, _, err = server.stop()
    assert status == 0
    assert err.decode().count("cannot let in more than") == 1, err


# Lines from stdin


@pytest.mark.valgrind
def test_a_line_reaches_everyone_connected_at_that_moment(listen):
    server = listen("say", stdin=subprocess.PIPE)
    early = connect(server)
    say_line(server, b"one\n")
    assert early.recv(1024) == b"one\n"
    late = connect(server)
    say_line(server, b"two\nthree, without its newline")
    server.proc.stdin.close()
    assert hear_all(early) == b"two\nthree, without its newline"
    assert hear_all(late) == b"two\nthree, without its newline"
    assert server.proc.wait(PATIENCE) == 0


def test_dev_null_is_an_end_at_once():
    done = run("say", "-l", "127.0.0.1:0", check=0)
    assert re.fullmatch(rb"listening on 127\.0\.0\.1:\d+\n", done.stdout)


def test_a_line_beyond_64_kib_is_whole_but_in_pieces(listen):
    server = listen("say", "--wait", "1", stdin=subprocess.PIPE)
    s = connect(server)
    text = body(300000).replace(b"\n", b"x") + b"\nshort\n"
    heard = []
    reader = threading.Thread(target=lambda: heard.append(hear_all(s)))
    reader.start()
    say_line(server, text)
    status, _, err = finish(server)
    reader.join(PATIENCE)
    assert (status, heard) == (0, [text])
    assert err == "ferry: a line on stdin is longer than 64 KiB: it is passed on in pieces\n"


@pytest.fixture(scope="module")
def lines():
    return b"".join(b"%06d %s\n" % (i, body(24, i).hex()[:32].encode()) for i in range(100000))


@pytest.mark.parametrize("stdin", [pytest.param("pipe", marks=pytest.mark.valgrind), "file"])
def test_100000_lines_to_100_hearers_one_of_which_reads_nothing(listen, tmp_path, stdin, lines):
    path = tmp_path / "lines"
    path.write_bytes(lines)
    feed = subprocess.Popen(["cat", path], stdout=subprocess.PIPE) if stdin == "pipe" else None
    source = feed.stdout if feed else open(path, "rb")
    with source:
        server = listen("say", "--wait", "100", stdin=source)
    stalled = connect(server, rcvbuf=4096)
    progress = {connect(server): 0 for _ in range(99)}
    with selectors.DefaultSelector() as selector:
        for s in progress:
            s.setblocking(False)
            selector.register(s, selectors.EVENT_READ)
        buffer, peak = bytearray(1 << 18), 0
        view, expected = memoryview(buffer), memoryview(lines)
        while selector.get_map():
            ready = selector.select(PATIENCE)
            assert ready, "nothing comes any more"
            for key, _ in ready:
                s = key.fileobj
                n, at = s.recv_into(buffer), progress[s]
                assert view[:n] == expected[at : at + n], f"other bytes than were said, after {at}"
                progress[s] = at + n
                if peak == 0 and at > 0.9 * len(lines):
                    peak = server.memory("VmHWM")
                if n == 0:
                    selector.unregister(s)
                    s.close()
    assert set(progress.values()) == {len(lines)}
    status, _, err = finish(server)
    assert status == 0
    assert re.fullmatch(rf"ferry: {name_of(stalled)} does not read: dropped, with (1\.0 MiB|9\d\d\.\d KiB|10\d\d\.\d KiB) waiting for it\n", err)
    assert SANITIZED or 0 < peak < 32 * 1024
    # The client can tell that it did not get everything.
    with pytest.raises(ConnectionResetError):
        hear_all(stalled)
    if feed:
        assert feed.wait(PATIENCE) == 0


def test_one_that_is_merely_slower_than_a_file_hears_it_all(listen, tmp_path, lines):
    path = tmp_path / "lines"
    path.write_bytes(lines)
    with open(path, "rb") as source:
        server = listen("say", "--wait", "1", stdin=source)
    s, at = connect(server, rcvbuf=4096), 0
    with s:
        while chunk := s.recv(500):
            assert chunk == lines[at : at + len(chunk)]
            at += len(chunk)
    assert at == len(lines)
    status, _, err = finish(server)
    assert (status, err) == (0, "")


def test_one_that_reads_too_slowly_is_dropped(listen, lines):
    """It takes something each second, but would delay all others for ever."""
    server = listen("say", "--wait", "2", stdin=subprocess.PIPE)
    slow, good = connect(server, rcvbuf=4096), connect(server)
    stop = threading.Event()

    def creep():
        with contextlib.suppress(ConnectionResetError):
            while not stop.wait(0.1) and slow.recv(1000):
                pass

    threads = [threading.Thread(target=creep)]
    heard = []
    threads.append(threading.Thread(target=lambda: heard.append(hear_all(good))))
    for t in threads:
        t.start()
    say_line(server, lines)
    status, _, err = finish(server)
    stop.set()
    for t in threads:
        t.join(PATIENCE)
    assert status == 0 and heard == [lines]
    assert re.fullmatch(rf"ferry: {name_of(slow)} reads too slowly: dropped, with .* waiting for it\n", err)
    slow.close()


@pytest.mark.valgrind
def test_clients_that_vanish_in_every_way_disturb_nobody(listen):
    server = listen("say", stdin=subprocess.PIPE)
    good = connect(server)
    connect(server).close()
    resetting = connect(server)
    resetting.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    resetting.close()
    half = connect(server)
    half.shutdown(socket.SHUT_WR)
    chatty = connect(server)
    chatty.sendall(body(500000))
    for i in range(20):
        say_line(server, b"line %d\n" % i)
        leaving = connect(server)
        say_line(server, b"for you\n")
        leaving.recv(3)
        leaving.close()
    server.proc.stdin.close()
    expected = b"".join(b"line %d\nfor you\n" % i for i in range(20))
    assert [hear_all(s) for s in (good, half, chatty)] == [expected] * 3
    assert server.proc.wait(PATIENCE) == 0
    assert server.proc.stderr.read() == b""


def test_sigterm_delivers_what_is_queued(listen, lines):
    server = listen("say", stdin=subprocess.PIPE)
    s = connect(server, rcvbuf=4096)
    text = lines[:500000]
    say_line(server, text)
    until(lambda: all_read(server.proc.stdin))
    server.proc.send_signal(signal.SIGTERM)
    assert hear_all(s) == text
    assert server.proc.wait(PATIENCE) == 0


def test_a_second_signal_ends_it_at_once(listen, lines):
    server = listen("say", stdin=subprocess.PIPE)
    with connect(server, rcvbuf=4096):
        say_line(server, lines[:500000])
        until(lambda: all_read(server.proc.stdin))
        server.proc.send_signal(signal.SIGINT)

        def closed():
            with socket.socket() as s:
                return s.connect_ex(server.address) != 0

        until(closed)
        server.proc.send_signal(signal.SIGTERM)
        assert server.proc.wait(PATIENCE) == 1


# Two-way


@pytest.mark.valgrind
def test_talk_prints_what_clients_type_with_their_address(listen):
    server = listen("say", "--talk", "-m", "welcome", stdin=subprocess.PIPE)
    with connect(server) as s:
        assert s.recv(1024) == b"welcome\n"
        s.sendall(b"hello\r\nsec")
        assert server.proc.stdout.readline() == b"%s: hello\n" % name_of(s).encode()
        s.sendall(b"ond\n")
        assert server.proc.stdout.readline() == b"%s: second\n" % name_of(s).encode()
        say_line(server, b"and you?\n")
        assert s.recv(1024) == b"and you?\n"
        s.sendall(b"unended")
        s.shutdown(socket.SHUT_WR)
        assert server.proc.stdout.readline() == b"%s: unended\n" % name_of(s).encode()


def test_nothing_a_client_types_reaches_the_terminal_raw(listen):
    server = listen("say", "--talk", stdin=subprocess.PIPE)
    evil = bytes(range(256)).replace(b"\n", b"") + b"\xc2\x9b2J\xe2\x80\xae\n"
    with connect(server) as s:
        s.sendall(evil)
        line = server.proc.stdout.readline()
        assert line.startswith(name_of(s).encode() + b": ")
    assert set(line) <= {9, 10, *range(0x20, 0x7F)}
    assert rb"\x1b" in line and rb"\xc2\x9b2J\xe2\x80\xae" in line


def test_without_talk_what_clients_send_is_dropped(listen):
    server = listen("say", stdin=subprocess.PIPE)
    s = connect(server)
    s.sendall(b"hello\n")
    say_line(server, b"x\n")
    server.proc.stdin.close()
    assert hear_all(s) == b"x\n"
    assert server.proc.wait(PATIENCE) == 0
    assert server.proc.stdout.read() == b""


def test_a_reader_of_our_stdout_that_stops_stops_only_the_talkers(listen):
    server = listen("say", "--talk", stdin=subprocess.PIPE)
    talker, hearer = connect(server), connect(server)
    talker.setblocking(False)
    line = b"z" * 999 + b"\n"
    sent = 0
    # Until neither say nor the kernel takes more: two failures in a row, with a broadcast in between.
    refused = 0
    while refused < 20:
        try:
            sent += talker.send(line[sent % 1000 :])
            refused = 0
        except BlockingIOError:
            refused += 1
            say_line(server, b"still here\n")
            assert hearer.recv(11, socket.MSG_WAITALL) == b"still here\n"
    talker.setblocking(True)
    sender = threading.Thread(target=lambda: talker.sendall(line[sent % 1000 :] if sent % 1000 else b""))
    sender.start()
    prefix = name_of(talker).encode() + b": "
    for _ in range(-(-sent // 1000)):
        assert server.proc.stdout.readline() == prefix + line
    sender.join(PATIENCE)
    talker.close()
    hearer.close()


@pytest.mark.valgrind
def test_talk_ends_when_nobody_reads_our_stdout(listen):
    server = listen("say", "--talk", stdin=subprocess.PIPE)
    server.proc.stdout.close()
    with connect(server) as s:
        s.sendall(b"hello?\n")
        assert s.recv(1) == b""
    assert server.proc.wait(PATIENCE) == 1
    assert server.proc.stderr.read() == b""


@pytest.mark.valgrind
def test_a_conversation(listen):
    server = listen("say", "--talk", stdin=subprocess.PIPE)
    hear = subprocess.Popen([*FERRY_ARGV, "hear", "--talk", server.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    hear.stdin.write(b"who is there?\n")
    hear.stdin.flush()
    assert re.fullmatch(rb"127\.0\.0\.1:\d+: who is there\?\n", server.proc.stdout.readline())
    say_line(server, b"me\n")
    assert hear.stdout.readline() == b"me\n"
    hear.stdin.write(b"bye")
    hear.stdin.close()
    assert server.proc.stdout.readline().endswith(b": bye\n")
    say_line(server, b"it goes on hearing\n")
    assert hear.stdout.readline() == b"it goes on hearing\n"
    assert finish(server)[0] == 0
    assert hear.wait(PATIENCE) == 0
    hear.stdout.close()


# hear


def test_hear_prints_a_tutorial_server_that_sends_twice_and_closes():
    heard = []

    def talk(connection):
        connection.sendall(b"Hello")
        connection.sendall(b", world\n\x1b[31m\0\xff")

    with tutorial_server(talk) as name:
        heard = run("hear", name, check=0).stdout
    assert heard == b"Hello, world\n\x1b[31m\0\xff"


def test_hear_prints_as_it_comes():
    proceed = threading.Event()

    def talk(connection):
        connection.sendall(b"first")
        assert proceed.wait(PATIENCE)
        connection.sendall(b"second")

    with tutorial_server(talk) as name:
        hear = subprocess.Popen([*FERRY_ARGV, "hear", name], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        assert hear.stdout.read(5) == b"first"
        proceed.set()
        assert hear.communicate(timeout=PATIENCE)[0] == b"second"
        assert hear.returncode == 0


def test_hear_keeps_a_megabyte_as_it_is():
    text = body(5 << 20)
    with tutorial_server(lambda c: c.sendall(text)) as name:
        assert run("hear", name, check=0).stdout == text


@pytest.mark.valgrind
def test_hear_on_a_terminal_shows_escapes_instead_of_doing_them():
    master, slave = os.openpty()

    def talk(connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in (b"gr\xc3", b"\xbc\xc3\x9f\r", b"\n\x1b", b"[2J\xe2\x80", b"\xae\n"):
            connection.sendall(piece)

    with tutorial_server(talk) as name:
        hear = subprocess.Popen([*FERRY_ARGV, "hear", name], stdin=subprocess.DEVNULL, stdout=slave)
        os.close(slave)
        shown = b""
        with contextlib.suppress(OSError):  # EIO: the terminal's last user has gone
            while chunk := os.read(master, 1024):
                shown += chunk
        assert hear.wait(PATIENCE) == 0
    os.close(master)
    assert shown == "grüß\r\n".encode() + rb"\x1b[2J\xe2\x80\xae" + b"\r\n"


@pytest.mark.valgrind
def test_hear_says_that_a_connection_broke():
    def talk(connection):
        connection.sendall(b"so far")
        # Reset after the bytes have arrived, because a reset may overtake bytes in flight.
        assert connection.recv(3) == b"ok\n"
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)

    with tutorial_server(talk) as name:
        hear = subprocess.Popen(
            [*FERRY_ARGV, "hear", "--talk", name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert hear.stdout.read(6) == b"so far"
        hear.stdin.write(b"ok\n")
        hear.stdin.flush()
        assert hear.wait(PATIENCE) == 5
        _, err = hear.communicate()
    assert re.fullmatch(
        rb"ferry: the connection to 127\.0\.0\.1 port \d+ broke before its end: Connection reset by peer \(.*\)\n", err
    )


def test_hear_says_what_to_do_when_nobody_is_there():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        name = "127.0.0.1:%d" % s.getsockname()[1]
        done = run("hear", name, check=5)
    assert done.stdout == b""
    assert re.fullmatch(
        rb"ferry: cannot connect to 127\.0\.0\.1 port \d+: Connection refused \(is 'ferry say' running there\?\)\n",
        done.stderr,
    )


def test_hear_with_a_full_disk(listen):
    server = listen("say", "-m", "hello")
    with open("/dev/full", "wb") as full:
        done = subprocess.run([*FERRY_ARGV, "hear", server.name], stdout=full, stderr=subprocess.PIPE, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (7, b"ferry: cannot write to stdout: No space left on device\n")


def test_hear_is_quiet_when_its_reader_has_seen_enough(listen):
    server = listen("say", "-m", "hello")
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*FERRY_ARGV, "hear", server.name], stdout=writer, stderr=subprocess.PIPE, timeout=PATIENCE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def test_hear_waits_for_its_own_reader_without_losing_a_byte(tmp_path):
    """stdout is a pipe that is read only after the server has closed."""
    text = body(2 << 20)
    sent = threading.Event()

    def talk(connection):
        connection.sendall(text)
        sent.set()

    with tutorial_server(talk) as name:
        hear = subprocess.Popen([*FERRY_ARGV, "hear", "--talk", name], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        first = hear.stdout.read(1 << 16)
        assert first + hear.communicate(timeout=PATIENCE)[0] == text
        assert sent.is_set() and hear.returncode == 0


# Listening, and the command line


def test_localhost_is_both_families_on_one_port():
    proc = Listener(["say", "-m", "x", "-l", "localhost:0"])
    try:
        assert hear_all(connect(proc)) == b"x\n"
        with contextlib.suppress(OSError):  # a machine without IPv6 uses IPv4 only
            with socket.create_server(("::1", 0), family=socket.AF_INET6):
                pass
            assert proc.proc.stdout.readline() == b"listening on [::1]:%d\n" % proc.port
            assert hear_all(socket.create_connection(("::1", proc.port), PATIENCE)) == b"x\n"
    finally:
        assert proc.stop()[0] == 0


def test_a_port_in_use_is_one_clear_line(listen):
    server = listen("say", "-m", "x")
    done = run("say", "-m", "y", "-l", server.name, check=1)
    assert done.stdout == b""
    assert done.stderr.decode() == (
        f"ferry: cannot listen on {server.name}: address already in use "
        f"(is another server running? try --listen :{server.port + 1})\n"
    )


@pytest.mark.parametrize(
    "args, complaint",
    [
        (["say", "--no-such"], b"there is no option --no-such"),
        (["say", "hello"], b"a message needs -m in front"),
        (["say", "-n"], b"-n is about the messages of -m"),
        (["say", "-m"], b"needs a value"),
        (["say", "--wait", "x"], b"--wait takes a whole number"),
        (["say", "--wait", "1", "-m", "x"], b"--wait is about stdin"),
        (["say", "-l", "127.0.0.1:99999"], b"is no [HOST]:PORT"),
        (["hear", "a", "b"], b"one [HOST][:PORT] at most"),
        (["hear", "localhost:0"], b"is no [HOST][:PORT]"),
        (["hear", "host:\x1b[2J"], rb"'host:\x1b[2J' is no [HOST][:PORT]"),
    ],
)
def test_a_wrong_command_line(args, complaint):
    done = run(*args, check=2)
    assert complaint in done.stderr and done.stderr.count(b"\n") == 1 and done.stdout == b""
