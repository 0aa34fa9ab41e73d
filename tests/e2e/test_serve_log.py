"""The access log: a complete and harmless line for each answer, without delaying anybody."""

import contextlib
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios

import pytest

from conftest import FERRY_ARGV, PATIENCE, Listener, body, run
from wire import Http, ask, connect, plain, read_exactly, read_to_end, reset, wait_until

pytestmark = pytest.mark.threads

BIG = body(48 << 20, seed=9)  # more than the kernel's buffers of both sides hold

LINE = re.compile(
    r"(?P<client>\S+) - - \[(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "
    r'"(?P<request>[^"]*)" (?P<status>\d{3}) (?P<bytes>\d+|-) "(?P<referer>[^"]*)" "(?P<agent>[^"]*)"\n')


@pytest.fixture
def pub(tmp_path):
    folder = tmp_path / "pub"
    (folder / "sub").mkdir(parents=True)
    (folder / "small").write_bytes(b"small")
    (folder / "with space").write_bytes(b"spaced")
    return folder


@pytest.fixture
def log(tmp_path):
    return tmp_path / "access.log"


def lines_of(path):
    text = path.read_bytes().decode("ascii")
    assert text == "" or text.endswith("\n")
    found = [LINE.fullmatch(line) for line in text.splitlines(keepends=True)]
    assert all(found), text
    return found


def brief(path):
    return [(m["request"], int(m["status"]), m["bytes"]) for m in lines_of(path)]


def objects_of(path):
    return [json.loads(line) for line in path.read_bytes().decode("utf-8").splitlines()]


def stop(server):
    status, _, err = server.stop()
    assert status == 0, err
    return err.decode()


@pytest.mark.valgrind
def test_combined(listen, pub, log):
    """The common log format, one line for each answer, in the order of a connection's requests."""
    server = listen("serve", "--threads", 1, "--log", log, pub)
    with Http(server.address) as h:
        small = h.ask("/small", user_agent="Me/1.0 (a b)", referer="http://other/page")
        h.ask("/small", if_none_match=small["ETag"])
        h.ask("/small", "HEAD")
        h.ask("/small", range="bytes=1-2")
        h.ask("/none?a=b")
        h.ask("/sub")
        h.ask("/small", "PUT", content_length="0")
    assert plain(server.address, b"with space\n") == b"spaced"
    assert plain(server.address, b"/none\n") == b"File not found"
    stop(server)
    got = lines_of(log)
    assert {m["client"] for m in got} == {"127.0.0.1"}
    assert (got[0]["referer"], got[0]["agent"]) == ("http://other/page", "Me/1.0 (a b)")
    assert (got[1]["referer"], got[1]["agent"]) == ("-", "-")
    lines = brief(log)
    assert lines[:4] == [
        ("GET /small HTTP/1.1", 200, "5"), ("GET /small HTTP/1.1", 304, "-"),
        ("HEAD /small HTTP/1.1", 200, "-"), ("GET /small HTTP/1.1", 206, "2")]
    assert [line[:2] for line in lines[4:7]] == [
        ("GET /none?a=b HTTP/1.1", 404), ("GET /sub HTTP/1.1", 301), ("PUT /small HTTP/1.1", 405)]
    assert int(lines[4][2]) > 0 and lines[5][2] == "-"
    assert lines[7:] == [("PLAIN /with%20space -", 200, "6"), ("PLAIN /none -", 404, "14")]


def test_json(listen, pub, log):
    server = listen("serve", "--threads", 1, "--log", log, "--log-format", "json", pub)
    with Http(server.address) as h:
        h.ask("/small?q", user_agent='"quoted\\', referer="http://other/")
        h.ask("/small", "HEAD")
    plain(server.address, b"with space\n")
    stop(server)
    first, second, third = objects_of(log)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first.pop("time"))
    assert 0 <= first.pop("seconds") < PATIENCE
    assert first == {"client": "127.0.0.1", "dialect": "http", "method": "GET", "target": "/small?q", "status": 200,
                     "bytes": 5, "referer": "http://other/", "user_agent": '"quoted\\'}
    assert (second["method"], second["bytes"]) == ("HEAD", 0) and "referer" not in second
    assert (third["dialect"], third["name"], third["status"], third["bytes"]) == ("plain", "with space", 200, 6)
    assert "cut" not in third and "method" not in third


def test_pipelined_requests_are_lines_of_their_own(listen, pub, log):
    server = listen("serve", "--log", log, pub)
    with Http(server.address) as h:
        h.send(b"".join(b"GET /small?%d HTTP/1.1\r\nHost: a\r\nUser-Agent: n%d\r\n\r\n" % (i, i) for i in range(300)))
        for _ in range(300):
            assert h.receive().body == b"small"
    stop(server)
    assert brief(log) == [(f"GET /small?{i} HTTP/1.1", 200, "5") for i in range(300)]
    assert [m["agent"] for m in lines_of(log)] == [f"n{i}" for i in range(300)]


def test_requests_that_are_none(listen, pub, log):
    """A refused request is logged as far as it was read, and only as text."""
    server = listen("serve", "--threads", 1, "--log", log, pub)
    requests = [
        b"GET /\x1b[31m HTTP/1.1\r\nHost: a\r\n\r\n",
        b'GET /a" 200 1 "-" "forged HTTP/1.1\r\nHost: a\r\n\r\n',
        b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n",
        b'GET /small HTTP/1.1\r\nHost: a\r\nUser-Agent: "\\\xff\xc3\xa4\t|\r\n\r\n',
        b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n",
    ]
    for request in requests:
        with Http(server.address) as h:
            h.send_all_that_it_takes(request)
            h.receive()
    plain(server.address, b'"\x1b[31m\\\n')
    stop(server)
    lines = lines_of(log)
    assert [int(m["status"]) for m in lines] == [400, 400, 414, 200, 501, 404]
    assert lines[0]["request"].startswith("GET /\\x1B")
    assert "\\x22 200 1 \\x22-\\x22 \\x22forged" in lines[1]["request"]
    assert re.fullmatch(r"GET /a{2043}\.\.\.", lines[2]["request"])
    assert lines[3]["agent"] == "\\x22\\x5C\\xFF\\xC3\\xA4\\x09|"
    assert lines[5]["request"] == "PLAIN /%22%1B%5B31m%5C -"


def test_who_sends_no_request_is_no_line(listen, pub, log):
    server = listen("serve", "--log", log, pub)
    with connect(server.address) as s:
        s.sendall(b"GET /small HT")
    with connect(server.address) as s:
        s.sendall(b"GET /small HTTP/1.1\r\nHost")
    ask(server.address, "/small")
    stop(server)
    assert len(lines_of(log)) == 1


@pytest.mark.parametrize("dialect", ["plain", "http"])
def test_an_answer_cut_short(listen, pub, log, dialect):
    """The status, the bytes sent, and that the answer was cut."""
    (pub / "big").write_bytes(BIG)
    server = listen("serve", "--log", log, "--log-format", "json", pub)
    s = connect(server.address, receive_buffer=32768)
    s.sendall(b"big\n" if dialect == "plain" else b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
    read_exactly(s, 300000)
    reset(s)
    wait_until(lambda: log.read_bytes().count(b"\n") == 1, "the line")
    one, = objects_of(log)
    assert (one["status"], one["cut"], one["dialect"]) == (200, True, dialect)
    assert 299000 < one["bytes"] < len(BIG)
    assert ask(server.address, "/big", range="bytes=0-999999").body == BIG[:1000000]
    stop(server)
    assert objects_of(log)[1]["bytes"] == 1000000 and "cut" not in objects_of(log)[1]


def test_what_runs_at_the_end_is_logged(listen, pub, log):
    """A transfer that is cut by the server's end is logged, too."""
    (pub / "big").write_bytes(BIG)
    server = listen("serve", "--drain", 0, "--log", log, "--log-format", "json", pub)
    with connect(server.address, receive_buffer=32768) as s:
        s.sendall(b"big\n")
        read_exactly(s, 1000)
        stop(server)
    one, = objects_of(log)
    assert one["cut"] and 1000 <= one["bytes"] < len(BIG)


def test_rotation(listen, pub, log):
    """Rotated three times under load: every answer is in one of the files, once, as a complete line."""
    server = listen("serve", "--threads", 2, "--log", log, pub)
    asked = 0
    files = [log.with_name(f"access.log.{i}") for i in range(3)]
    with Http(server.address) as one, Http(server.address) as other:
        for file in files:
            for _ in range(200):
                for h in (one, other):
                    h.ask(f"/small?{asked}")
                    asked += 1
            log.rename(file)
            for _ in range(20):  # they go to the old file, wherever it is now
                one.ask(f"/small?{asked}")
                asked += 1
            server.proc.send_signal(signal.SIGUSR1)
            wait_until(log.exists, "a new log")
        one.ask(f"/small?{asked}")
        asked += 1
    stop(server)
    got = [m["request"] for file in [*files, log] for m in lines_of(file)]
    assert sorted(got) == sorted(f"GET /small?{i} HTTP/1.1" for i in range(asked))
    assert lines_of(log)[-1]["request"] == f"GET /small?{asked - 1} HTTP/1.1"


def test_rotation_into_a_folder_that_has_gone(listen, pub, log):
    """The old file is still written, and a message says so."""
    folder = log.parent / "logs"
    folder.mkdir()
    server = listen("serve", "--log", folder / "log", pub)
    folder.rename(log.parent / "moved")
    server.proc.send_signal(signal.SIGUSR1)
    assert b"only this machine" in server.proc.stderr.readline()
    assert b"goes on in the old file" in server.proc.stderr.readline()
    ask(server.address, "/small")
    stop(server)
    assert len(lines_of(log.parent / "moved" / "log")) == 1


def test_a_hangup_opens_it_again(listen, pub, log):
    server = listen("serve", "--log", log, pub)
    ask(server.address, "/small?1")
    wait_until(lambda: log.read_text(), "a line")
    log.rename(log.with_name("old"))
    server.proc.send_signal(signal.SIGHUP)
    wait_until(log.exists, "a new log")
    ask(server.address, "/small?2")
    stop(server)
    assert [m["request"] for m in lines_of(log)] == ["GET /small?2 HTTP/1.1"]


@pytest.mark.parametrize("sig", [signal.SIGUSR1, signal.SIGHUP])
def test_the_signal_without_a_log(listen, pub, sig):
    server = listen("serve", pub)
    server.proc.send_signal(sig)
    assert ask(server.address, "/small").body == b"small"
    stop(server)


def test_a_log_that_is_full(listen, pub):
    """Reported once, and counted at the end; files are still served."""
    server = listen("serve", "--log", "/dev/full", pub)
    for _ in range(3):
        for _ in range(10):
            assert ask(server.address, "/small").body == b"small"
    err = stop(server)
    assert err.count("cannot write the access log /dev/full: No space left on device") == 1
    assert "30 lines of the access log were lost" in err


def test_a_disk_that_fills_up(pub, log):
    """A file size limit replaces a full disk: no incomplete line, neither before nor after there is space again."""
    limit = 10000
    argv = ["bash", "-c", 'trap "" XFSZ; ulimit -S -f 10; exec "$@"', "-", *FERRY_ARGV,
            "serve", "--listen", "127.0.0.1:0", "--log", str(log), str(pub)]
    proc = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    address = ("127.0.0.1", int(proc.stdout.readline().rpartition(b":")[2]))
    with Http(address) as h:
        for i in range(200):
            assert h.ask(f"/small?{i}").body == b"small"
        wait_until(lambda: log.stat().st_size == 10240, "it is full")
        log.rename(log.with_name("old"))
        proc.send_signal(signal.SIGUSR1)
        wait_until(log.exists, "a new log")
        h.ask("/small?last")
    proc.terminate()
    _, err = proc.communicate(timeout=PATIENCE)
    assert proc.returncode == 0, err
    assert err.count(b"cannot write the access log") == 1 and b"File too large" in err
    lost = int(re.search(rb"(\d+) lines? of the access log", err)[1])
    old = log.with_name("old").read_bytes()
    whole = old.count(b"\n")
    assert limit < len(old) and all(LINE.fullmatch(x.decode() + "\n") for x in old.split(b"\n")[:whole])
    assert whole + lost + len(lines_of(log)) == 201
    assert brief(log)[-1] == ("GET /small?last HTTP/1.1", 200, "5")


@pytest.mark.parametrize("name", ["none/log", "pub", "pub/small/log", "esc\x1b[31m/log"])
def test_a_log_that_cannot_be_opened(pub, name):
    done = run("serve", "--listen", "127.0.0.1:0", "--log", name, pub, check=1, cwd=pub.parent)
    assert done.stdout == b"" and done.stderr.count(b"\n") == 1 and b"\x1b" not in done.stderr
    assert done.stderr.startswith(b"ferry: cannot open the access log ")


@pytest.mark.parametrize("args", [["--log-format", "json"], ["--log"], ["--log", "x", "--log-format", "clf"]])
def test_wrong_usage(pub, args):
    done = run("serve", *args, check=2, cwd=pub)
    assert done.stdout == b"" and done.stderr.count(b"\n") == 1


def test_a_fifo_that_nobody_reads(listen, pub, log):
    """Neither a loop nor the server's end waits for it: lines without room are dropped and reported."""
    os.mkfifo(log)
    server = listen("serve", "--log", log, pub)
    long = "a" * 2000
    with Http(server.address) as h:
        for _ in range(3):
            h.send(request := b"".join(b"GET /small?%s HTTP/1.1\r\nHost: a\r\nReferer: %s\r\nUser-Agent: %s\r\n\r\n" %
                                       ((long.encode(),) * 3) for _ in range(400)))
            for _ in range(400):
                assert h.receive().body == b"small"
    err = stop(server)
    lost = sum(int(n) for n in re.findall(r"(\d+) lines of the access log were lost", err))
    assert 1100 < lost < 1200 and len(request) > 2 << 20
    assert "not taken as fast as it grows" in err


def test_a_fifo_that_is_read_later(listen, pub, log):
    """Lines in the pipe and in the queue are not lost, even if one reader goes and another comes."""
    os.mkfifo(log)
    server = listen("serve", "--log", log, pub)
    with Http(server.address) as h:
        for i in range(2000):
            h.ask(f"/small?{i}")
        with open(log, "rb", buffering=0) as reader:  # unbuffered, so that no reader takes another one's lines
            got = [reader.readline() for _ in range(500)]
        with open(log, "rb") as reader:
            got += [reader.readline() for _ in range(1500)]
            h.ask("/small?last")
            got.append(reader.readline())
    stop(server)
    requests = [LINE.fullmatch(line.decode())["request"] for line in got]
    assert requests == [*(f"GET /small?{i} HTTP/1.1" for i in range(2000)), "GET /small?last HTTP/1.1"]


def test_on_stdout(listen, pub):
    """After the line that says where it listens; SIGUSR1 changes nothing."""
    server = listen("serve", "--log", "-", pub)
    ask(server.address, "/small")
    line = server.proc.stdout.readline().decode()
    assert LINE.fullmatch(line)["request"] == "GET /small HTTP/1.1"
    server.proc.send_signal(signal.SIGUSR1)
    ask(server.address, "/small?2")
    status, out, _ = server.stop()
    assert status == 0 and LINE.fullmatch(out.decode())["request"] == "GET /small?2 HTTP/1.1"


def test_stdout_that_nobody_reads(listen, pub):
    """A pipe that is full or closed delays neither the clients nor the end."""
    server = listen("serve", "--log", "-", pub)
    with Http(server.address) as h:
        for _ in range(2000):
            assert h.ask("/small").body == b"small"
    server.proc.send_signal(signal.SIGTERM)
    assert server.proc.wait(PATIENCE) == 0
    gone = listen("serve", "--log", "-", pub)
    gone.proc.stdout.close()
    assert ask(gone.address, "/small").body == b"small"
    gone.proc.send_signal(signal.SIGTERM)
    assert gone.proc.wait(PATIENCE) == 0
    assert b"cannot write the access log stdout: Broken pipe" in gone.proc.stderr.read()


# --- on a terminal ----------------------------------------------------------------------------------------------------


def seen_on_terminal(pub, *args, ask_for=("/small",)):
    """The output of a server on a terminal of 60 columns after these requests."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    server = Listener(["serve", "-l", "127.0.0.1:0", "--threads", "1", *args, pub], stderr=slave)  # in order
    for path in ask_for:
        with connect(server.address) as s:
            s.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode("latin-1"))
            read_to_end(s)
    assert plain(server.address, b"small\n") == b"small"
    server.proc.send_signal(signal.SIGTERM)
    assert server.proc.wait(PATIENCE) == 0
    server.proc.stdout.close()
    os.close(slave)
    out = b""
    with contextlib.suppress(OSError):
        while data := os.read(master, 65536):
            out += data
    os.close(master)
    return [line for line in out.decode().split("\r\n") if line and not line.startswith("ferry: ")]


def test_a_terminal_shows_a_short_line_an_answer(pub):
    lines = seen_on_terminal(pub, ask_for=("/small", "/none" + "x" * 100))
    assert [re.sub(r"^\d\d:\d\d:\d\d  127\.0\.0\.1  ", "", line) for line in lines[::2]] == [
        "200         5 B  GET /small", "200         5 B  plain small"]
    assert len(lines) == 3 and " 404 " in lines[1] and lines[1].endswith("...") and len(lines[1]) == 59


def test_a_terminal_is_not_cleared_by_a_request(pub):
    assert not any("\x1b" in line for line in seen_on_terminal(pub, ask_for=("/\x1b[2J\x9b2J",)))


@pytest.mark.parametrize("args", [["-q"], ["--quiet"], ["--log", "log"]])
def test_a_terminal_that_shows_nothing(pub, args, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert seen_on_terminal(pub, *args) == []


def test_quiet_says_nothing_but_errors(listen, pub):
    server = listen("serve", "--quiet", pub)
    ask(server.address, "/small")
    status, out, err = server.stop()
    assert (status, out, err) == (0, b"", b"")
