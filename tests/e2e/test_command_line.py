"""The meaning of the command line's words, and of the descriptors that a process is started with."""

import os
import re
import shlex
import socket
import subprocess
import threading
import time

import pytest

from conftest import FERRY_ARGV, PATIENCE, Listener, run
from wire import ask

COMMANDS = ["serve", "get", "ls", "hash", "say", "hear"]
FERRY = shlex.join(FERRY_ARGV)


def shell(line, **kw):
    """For redirections that only a shell can make."""
    kw.setdefault("timeout", PATIENCE)
    return subprocess.run(["bash", "-c", line], stdin=subprocess.DEVNULL, capture_output=True, **kw)


# --- words ------------------------------------------------------------------------------------------------------------


def options_with_a_value(command):
    return sorted(set(re.findall(r"(--[a-z-]+) ['\[A-Z]", run("help", command, check=0).stdout.decode())))


@pytest.mark.parametrize("command", COMMANDS)
def test_an_empty_word_is_wrong_usage(command):
    """An unset variable in a script must not mean every interface, the current folder, or the standard output."""
    options = options_with_a_value(command)
    assert options or command == "hear"
    for i, option in enumerate(options):
        if (command, option) == ("say", "--message"):  # a text, which may be empty
            continue
        words = [(option, ""), (option + "=",)][i % 2]
        done = run(command, *words, "--no-such", check=2)
        assert done.stderr.decode().startswith(f"ferry: {command}: {option} "), done.stderr
    if command != "say":
        assert run(command, "", check=2).stdout == b""


def test_an_empty_message_is_an_empty_line(listen):
    server = listen("say", "-m", "")
    assert run("hear", server.name, check=0).stdout == b"\n"


@pytest.mark.parametrize("command", ["serve", "say"])
def test_digits_alone_are_a_port_of_this_machine(command, tmp_path):
    server = Listener([command, "--listen", "0", *(["-m", "hello"] if command == "say" else [tmp_path])])
    assert server.host == "127.0.0.1" and server.port > 0
    if command == "say":
        assert run("hear", str(server.port), check=0).stdout == b"hello\n"
    assert server.stop()[0] == 0
    for word in ("65536", "[]:80", "[]", ":", "localhost:"):
        run(command, "--listen", word, check=2)


def test_an_options_value_is_a_value(listen, tmp_path):
    server = listen("say", "-m", "-h", "-m", "--help")
    assert run("hear", server.name, check=0).stdout == b"-h\n--help\n"
    (tmp_path / "a").write_bytes(b"content")
    server = listen("serve", tmp_path)
    (tmp_path / "here").mkdir()
    run("get", "-o", "--help", server.url + "/a", check=0, cwd=tmp_path / "here")
    assert (tmp_path / "here" / "--help").read_bytes() == b"content"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_help_wherever_it_stands(command):
    text = run("help", command, check=0).stdout
    for words in (["-h"], ["--help"], ["some/thing", "--help"]):
        assert run(command, *words, check=0).stdout == text
    assert run(command, "--", "--help", "x/y", check=None).stdout != text


@pytest.mark.parametrize("words", ["--version", "help", "help get", "serve --help", "ls -h"])
def test_help_that_cannot_be_printed_is_no_success(words):
    for to, said in ((">&-", b"closed"), (">/dev/full", b"No space left")):
        done = shell(f"{FERRY} {words} {to}")
        assert done.returncode == 7 and done.stderr.count(b"\n") == 1 and said in done.stderr


@pytest.mark.parametrize("words, hint", [
    ("serve -p 8080", "--listen PORT"), ("serve --port=8080", "--listen PORT"), ("serve --bind 0.0.0.0", "--listen HOST"),
    ("serve 8080", "--listen 8080"), ("serve :8080", "--listen :8080"), ("serve . 8080", "--listen in front"),
    ("serve localhost:8080", "--listen localhost:8080"), ("serve --lsiten 1", "--listen?"), ("say --port 1", "--listen"),
    ("hear nas 4000", "nas:4000"), ("get -O x/y", "-o FILE"), ("get -c x/y", "by itself"), ("get --quite x/y", "--quiet?"),
    ("get ./notes.txt", "on this machine"), ("get ../x/y", "on this machine"), ("get /etc/x", "on this machine"),
    ("get ~/x", "on this machine"), ("ls .", "on this machine"), ("get http:/nas/x", "http://nas"),
    ("get plain://./x", "on this machine"), ("server", "'serve'?"), ("gte x", "'get'?"), ("fetch x/y", "'get'?"),
    ("list x", "'ls'?"), ("8080", "serve --listen 8080"), (":8080", "serve --listen :8080"), ("./pub", "serve ./pub"),
    ("nas/notes.txt", "get nas/notes.txt"), ("help servr", "'serve'?"),
])
def test_a_newcomers_words_are_answered_with_what_to_type(tmp_path, words, hint):
    done = run(*words.split(), check=2, cwd=tmp_path)
    assert done.stderr.count(b"\n") == 1 and hint in done.stderr.decode()


@pytest.mark.parametrize("words", ["zebra", "get --zebra x/y", "x", "say -z"])
def test_no_hint_where_there_is_none(words):
    assert b"serve" not in run("", check=2).stderr
    done = run(*words.split(), check=2)
    assert b"mean" not in done.stderr and b"try" not in done.stderr


def test_a_folder_may_be_called_like_a_port(listen, tmp_path):
    (tmp_path / "8080").mkdir()
    (tmp_path / "8080" / "a").write_bytes(b"content")
    server = listen("serve", "8080", cwd=tmp_path)
    assert ask(server.address, "/a").body == b"content"


# --- descriptors ------------------------------------------------------------------------------------------------------

CLOSED = ["<&-", ">&-", "2>&-", "<&- >&-", ">&- 2>&-", "<&- >&- 2>&-"]


def standard_streams(pid):
    return [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in (0, 1, 2)]


def until_it_serves(proc, port):
    end = time.monotonic() + PATIENCE
    while proc.poll() is None and time.monotonic() < end:
        try:
            return ask(("127.0.0.1", port), "/a")
        except ConnectionRefusedError:
            time.sleep(0.01)
    raise AssertionError("it does not serve")


@pytest.mark.parametrize("closed", CLOSED)
def test_serve_with_closed_descriptors(closed, tmp_path):
    """Nothing that ferry opens may get the numbers 0 to 2, because its messages would go there."""
    (tmp_path / "a").write_bytes(b"content")
    log = tmp_path / "log"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    proc = subprocess.Popen(["bash", "-c", f"exec {FERRY} serve -l 127.0.0.1:{port} --log {log} {tmp_path} {closed}"],
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until_it_serves(proc, port)
        assert standard_streams(proc.pid) == ["/dev/null"] * 3
        proc.terminate()
        assert proc.wait(PATIENCE) == 0
    finally:
        proc.kill()
    assert log.read_text().count("GET /a") == 1


def test_what_is_heard_never_goes_back():
    """A connection with the number of stdout or stderr would be sent what is printed."""
    got = []

    def talk(door):
        for _ in CLOSED:
            peer, _ = door.accept()
            with peer:
                peer.sendall(b"for your ears only\n")
                peer.shutdown(socket.SHUT_WR)
                try:
                    while data := peer.recv(100):
                        got.append(data)
                except ConnectionResetError:
                    pass

    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=talk, args=(door,), daemon=True).start()
        for closed in CLOSED:
            done = shell(f"{FERRY} hear {door.getsockname()[1]} {closed}")
            if ">&-" in closed.split():
                assert done.returncode == 7
            else:
                assert (done.returncode, done.stdout) == (0, b"for your ears only\n")
    assert got == []


@pytest.mark.parametrize("words", ["get -o - {}/a", "get --json {}/a", "ls {}/", "hear {}", "say -m x -l 0",
                                   "serve -l 0 --log - ."])
def test_a_closed_stdout_that_is_needed(listen, tmp_path, words):
    (tmp_path / "a").write_bytes(b"content")
    server = listen("serve", tmp_path)
    for closed in (">&-", "<&- >&-"):
        done = shell(f"{FERRY} {words.format(server.name)} {closed}", cwd=tmp_path)
        assert done.returncode == 7 and done.stderr.count(b"\n") == 1
        assert b"the standard output is closed" in done.stderr


@pytest.mark.parametrize("closed", CLOSED)
def test_get_saves_whatever_is_closed(listen, tmp_path, closed):
    (tmp_path / "a").write_bytes(b"content")
    server = listen("serve", tmp_path)
    for i, source in enumerate((server.name, "plain://" + server.name)):
        assert shell(f"{FERRY} get -o saved{i} {source}/a {closed}", cwd=tmp_path).returncode == 0
        assert (tmp_path / f"saved{i}").read_bytes() == b"content"
