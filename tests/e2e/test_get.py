"""ferry get: whole files or none, whatever happens to the server, the disk or the process."""

import contextlib
import fcntl
import gzip
import json
import os
import pathlib
import pty
import random
import re
import signal
import ssl
import struct
import subprocess
import sys
import termios
import threading
import time
import unicodedata
import zlib
from email.utils import formatdate

import pytest
from conftest import FERRY_ARGV, PATIENCE, SANITIZED, body, run
from rogue import CLOSE, MODIFIED, RESET, STALL, Rogue

BODY = body(3_000_000)
OTHER = body(3_000_000, seed=1)


def again(have):
    """Where the next request begins if so many bytes are here: the last 16 KiB are requested again."""
    return max(have - 16384, 1)



@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to save into, as the working directory."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for variable in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return folder


@contextlib.contextmanager
def getting(*args, **kw):
    """A running get; killed at the end."""
    kw.setdefault("stderr", subprocess.PIPE)
    kw.setdefault("stdin", subprocess.DEVNULL)
    proc = subprocess.Popen([*FERRY_ARGV, "get", *map(str, args)], **kw)
    try:
        yield proc
    finally:
        if proc.poll() is None:
            proc.kill()
        proc.communicate()


def until(condition, what, proc=None):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"never: {what}"
        assert proc is None or proc.poll() is None, (what, proc.communicate())
        time.sleep(0.002)


def size_of(path):
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return -1


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def kill_at(source, part, at, *args):
    """Runs a get whose server stalls at byte `at`, and kills it once those bytes are in the part file."""
    with getting(*args, source) as proc:
        until(lambda: size_of(part) == at, f"{part} has {at} bytes", proc)
        proc.kill()
        proc.wait()


# --- the ordinary -----------------------------------------------------------------------------------------------------


def test_saves_under_the_last_part_of_the_name_with_the_servers_time(here):
    with Rogue(lambda p: p.file(BODY)) as server:
        done = run("get", f"{server.name}/a/b/file.bin", check=0)
    assert (here / "file.bin").read_bytes() == BODY
    assert (here / "file.bin").stat().st_mtime == MODIFIED
    assert names(here) == ["file.bin"]
    assert server.requests[0].target == "/a/b/file.bin"
    assert done.stdout == b""


@pytest.mark.parametrize("size", [0, 1, 2, 16384, 262144, 262145, 1048577])
@pytest.mark.parametrize("chunked", [False, True])
def test_every_size(here, size, chunked):
    with Rogue(lambda p: p.file(BODY[:size], chunked=chunked)) as server:
        run("get", f"{server.name}/f", check=0)
    assert (here / "f").read_bytes() == BODY[:size]
    assert names(here) == ["f"]


def test_the_short_form_takes_the_name_literally(here):
    name = "a b%20c?d#e&ü\n.txt"
    with Rogue(lambda p: p.file(b"x")) as server:
        run("get", f"{server.name}/{name}", check=0)
    assert server.requests[0].target == "/a%20b%2520c%3Fd%23e%26%C3%BC%0A.txt"
    assert names(here) == ["a b%20c?d#e&ü_.txt"]


@pytest.mark.parametrize(
    "path, name",
    [
        ("/x/a%20b", "a b"),
        ("/a+b", "a+b"),
        ("/f?name=../../evil", "f"),
        ("/..%2F..%2Fevil", ".._.._evil"),
        ("/-rf", "_rf"),
        ("/%0a%1b[31m", "__[31m"),
        ("/%C2%9B31m", "_31m"),
        ("/%ff%fe", "\udcff\udcfe"),
        ("/%E2%82%AC", "€"),
    ],
)
def test_a_name_from_a_url_stays_inside_the_folder(here, path, name):
    with Rogue(lambda p: p.file(b"x")) as server:
        run("get", server.url + path, check=0)
    assert names(here) == [name]
    assert names(here.parent) == ["here"]


@pytest.mark.parametrize("path", ["/", "/folder/", "/..", "/%2e%2e", "/.", "/%00", "/a%zz", "/" + "n" * 256])
def test_a_name_that_is_none_asks_for_o(here, path):
    with Rogue(lambda p: p.file(b"x")) as server:
        done = run("get", server.url + path, check=1 if path == "/folder/" else 2)
        assert (b"-r -o NAME" if path == "/" else b"-o FILE") in done.stderr
        run("get", "-o", "f", server.url + path, check=0)
    assert (here / "f").read_bytes() == b"x"


def test_the_longest_name_works_and_resumes(here):
    name = "n" * 255
    with Rogue([lambda p: p.file(BODY, stop_at=1000, how=RESET), lambda p: p.file(BODY)]) as server:
        run("get", f"{server.name}/{name}", check=0)
    assert names(here) == [name]
    assert (here / name).read_bytes() == BODY
    assert server.ranges == [None, again(1000)]


def test_o_d_and_stdout(here):
    (here / "sub").mkdir()
    with Rogue(lambda p: p.file(BODY)) as server:
        run("get", "-o", "sub/x", f"{server.name}/f", check=0)
        run("get", "-d", "sub", f"{server.name}/y", check=0)
        run("get", "-d", "sub", "-o", "z", f"{server.name}/f", check=0)
        assert run("get", "-o", "-", f"{server.name}/f", check=0).stdout == BODY
        run("get", "-o", "/dev/null", f"{server.name}/f", check=0)
        missing = run("get", "-d", "nowhere", f"{server.name}/f", check=7)
        assert b"nowhere" in missing.stderr
    assert names(here / "sub") == ["x", "y", "z"]
    assert names(here) == ["sub"]
    assert not pathlib.Path("/dev/null").is_file()


def test_a_fifo_is_streamed_to(here):
    os.mkfifo(here / "f")
    with Rogue(lambda p: p.file(BODY)) as server, getting(f"{server.name}/f"):
        assert (here / "f").read_bytes() == BODY


def test_several_sources_go_on_after_a_failure(here):
    def script(peer):
        peer.answer("404 Not Found", body=b"no") if peer.target == "/b" else peer.file(peer.target.encode())

    with Rogue(script) as server:
        run("get", *[f"{server.name}/{n}" for n in "abc"], check=3)
        run("get", "-o", "x", f"{server.name}/a", f"{server.name}/b", check=2)
    assert names(here) == ["a", "c"]


def test_json_is_an_object_a_file(here):
    def script(peer):
        peer.answer("404 Not Found", body=b"no") if peer.target == "/b%FF" else peer.file(BODY)

    with Rogue(script) as server:
        done = run("get", "--json", f"{server.name}/a", f"{server.name}/b\udcff", check=3)
        a, b = map(json.loads, done.stdout.splitlines())
        run("get", "--json", "-o", "-", f"{server.name}/a", check=2)
    assert a["name"] == "a" and a["bytes"] == len(BODY) and a["resumed_from"] == 0 and a["status"] == 0
    assert a["error"] is None and a["seconds"] >= 0
    assert b["status"] == 3 and "no such file" in b["error"] and b["name"] == [ord("b"), 0xff]


def test_quiet_says_nothing_but_errors(here):
    with Rogue([lambda p: p.file(BODY, stop_at=5, how=RESET), lambda p: p.file(BODY)]) as server:
        assert run("get", "-q", f"{server.name}/a", check=0).stderr == b""


# --- what is there already --------------------------------------------------------------------------------------------


def test_a_file_that_is_here_already_is_not_fetched_again(here):
    with Rogue(lambda p: p.file(BODY)) as server:
        run("get", f"{server.name}/f", check=0)
        inode = (here / "f").stat().st_ino
        done = run("get", f"{server.name}/f", check=0)
    assert b"already here" in done.stderr
    assert (here / "f").stat().st_ino == inode


@pytest.mark.parametrize("size, age", [(3, 0), (len(OTHER), -1), (len(OTHER), 1)])
def test_a_different_file_is_replaced_only_by_force(here, size, age):
    old = OTHER[:size]
    (here / "f").write_bytes(old)
    os.utime(here / "f", (0, MODIFIED + age))
    # The server sends only the head, so the body cannot be needed for the refusal.
    with Rogue([lambda p: p.file(BODY, stop_at=0), lambda p: p.file(BODY)]) as server:
        done = run("get", f"{server.name}/f", check=8)
        assert b"--force" in done.stderr
        assert (here / "f").read_bytes() == old and names(here) == ["f"]
        run("get", "-f", f"{server.name}/f", check=0)
    assert (here / "f").read_bytes() == BODY and names(here) == ["f"]


def test_a_folder_or_a_dangling_link_in_the_way(here):
    (here / "d").mkdir()
    (here / "l").symlink_to("nowhere")
    with Rogue(lambda p: p.file(BODY)) as server:
        run("get", f"{server.name}/d", check=8)
        run("get", "-f", f"{server.name}/d", check=8)
        run("get", f"{server.name}/l", check=8)
    assert names(here) == ["d", "l"]


def test_a_file_that_comes_meanwhile_stays(here):
    with Rogue([lambda p: p.file(BODY, stop_at=1000), lambda p: p.file(BODY)]) as server:
        with getting("--timeout", "2", f"{server.name}/f") as proc:
            until(lambda: size_of("f.part") == 1000, "the part", proc)
            (here / "f").write_bytes(b"mine")
            _, err = proc.communicate(timeout=PATIENCE)
        assert proc.returncode == 8 and b"was created by another program" in err
        assert (here / "f").read_bytes() == b"mine"
        # The fetched bytes are not lost: with --force only their end is compared.
        before = server.sent
        run("get", "-f", f"{server.name}/f", check=0)
        assert server.sent - before == 16384
    assert (here / "f").read_bytes() == BODY and names(here) == ["f"]


def test_two_gets_of_one_target_do_not_mix(here):
    with Rogue([lambda p: p.file(BODY, stop_at=1000), lambda p: p.file(BODY)]) as server:
        with getting(f"{server.name}/f") as proc:
            until(lambda: size_of("f.part") == 1000, "the part", proc)
            done = run("get", f"{server.name}/f", check=1)
            assert b"being fetched by another ferry" in done.stderr
            assert size_of("f.part") == 1000
        run("get", f"{server.name}/f", check=0)
    assert (here / "f").read_bytes() == BODY


@pytest.mark.parametrize("kind", ["link", "fifo", "folder"])
def test_something_else_under_the_parts_name(here, kind):
    victim = here.parent / "victim"
    victim.write_bytes(b"precious")
    {"link": lambda: os.symlink(victim, "f.part"), "fifo": lambda: os.mkfifo("f.part"), "folder": lambda: os.mkdir("f.part")}[
        kind
    ]()
    with Rogue(lambda p: p.file(BODY)) as server:
        assert b"f.part" in run("get", f"{server.name}/f", check=7).stderr
    assert victim.read_bytes() == b"precious"


# --- going on ---------------------------------------------------------------------------------------------------------


def test_kills_cost_no_byte_and_leave_no_half_file(here):
    rng = random.Random(6767)
    points = sorted(rng.sample(range(1, len(BODY)), 15 if SANITIZED else 50))
    scripts = [lambda p, at=at: p.file(BODY, stop_at=at) for at in points] + [lambda p: p.file(BODY)]
    with Rogue(scripts) as server:
        for at in points:
            kill_at(f"{server.name}/f", "f.part", at)
            assert not (here / "f").exists()
            assert (here / "f.part").read_bytes() == BODY[:at]
        done = run("get", "--json", f"{server.name}/f", check=0)
        assert server.ranges == [None, *map(again, points)]
        assert server.sent == len(BODY) + sum(at - again(at) for at in points)
    assert json.loads(done.stdout)["resumed_from"] == points[-1]
    assert (here / "f").read_bytes() == BODY and names(here) == ["f"]


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_in_good_order(here, sig):
    with Rogue([lambda p: p.file(BODY, stop_at=100_000), lambda p: p.file(BODY)]) as server:
        with getting(f"{server.name}/f") as proc:
            until(lambda: size_of("f.part") == 100_000, "the part", proc)
            proc.send_signal(sig)
            _, err = proc.communicate(timeout=PATIENCE)
        assert proc.returncode == -sig
        assert b"stopped at 97.7 KiB of 2.9 MiB; run the same command again to go on" in err
        assert "synced 100000" in (here / "f.part.info").read_text()
        run("get", f"{server.name}/f", check=0)
        assert server.ranges == [None, again(100_000)]
    assert (here / "f").read_bytes() == BODY and names(here) == ["f"]


def test_a_signal_ends_a_wait_and_a_stream_that_nobody_reads(here):
    with Rogue(lambda p: p.file(body(1 << 20))) as server:
        with getting("-o", "-", f"{server.name}/f", stdout=subprocess.PIPE) as proc:
            assert proc.stdout.read(1) == BODY[:1]
            until(lambda: server.sent > 0, "it is sent", proc)
            proc.terminate()
            assert proc.wait(PATIENCE) == -signal.SIGTERM
    with getting("--retries", "1000", "127.0.0.1:1/f") as proc:
        assert b"trying again" in proc.stderr.readline()
        proc.terminate()
        assert proc.wait(PATIENCE) == -signal.SIGTERM


def test_after_a_power_cut_only_what_was_synced_counts(here):
    with Rogue([lambda p: p.file(BODY, stop_at=100_000), lambda p: p.file(BODY)]) as server:
        with getting(f"{server.name}/f") as proc:
            until(lambda: size_of("f.part") == 100_000, "the part", proc)
            proc.terminate()
            proc.wait()
        # As after a power cut: the size is ahead of the data, and the boot has another id.
        with open("f.part", "ab") as part:
            part.write(bytes(50_000))
        info = here / "f.part.info"
        boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        info.write_text(info.read_text().replace(boot, "00000000-0000-0000-0000-000000000000"))
        run("get", f"{server.name}/f", check=0)
        assert server.ranges == [None, again(100_000)]
    assert (here / "f").read_bytes() == BODY


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-1],
        lambda text: text.replace("ferry-part 1", "ferry-part 2"),
        lambda text: text.replace("total ", "total -"),
        lambda text: text.replace("/f\n", "/g\n"),
        lambda text: "",
        lambda text: "\0" * 100,
    ],
)
def test_an_info_that_cannot_be_trusted_means_starting_over(here, spoil):
    with Rogue([lambda p: p.file(BODY, stop_at=100_000), lambda p: p.file(BODY)]) as server:
        kill_at(f"{server.name}/f", "f.part", 100_000)
        info = here / "f.part.info"
        info.write_text(spoil(info.read_text()))
        run("get", f"{server.name}/f", check=0)
        assert server.ranges == [None, None]
    assert (here / "f").read_bytes() == BODY and names(here) == ["f"]


def test_killed_between_the_last_byte_and_the_name(here):
    with Rogue([lambda p: p.file(BODY, stop_at=100_000), lambda p: p.file(BODY)]) as server:
        kill_at(f"{server.name}/f", "f.part", 100_000)
        with open("f.part", "ab") as part:
            part.write(BODY[100_000:])
        before = server.sent
        run("get", f"{server.name}/f", check=0)
        assert server.ranges == [None, again(len(BODY))]
        assert server.sent == before + 16384
    assert (here / "f").read_bytes() == BODY and names(here) == ["f"]


def test_killed_between_the_name_and_the_end(here):
    with Rogue(lambda p: p.file(BODY)) as server:
        run("get", f"{server.name}/f", check=0)
        for left in ("ferry-part 1\nurl x\n", "ferry-pa", ""):
            (here / "f.part.info").write_text(left)
            run("get", f"{server.name}/f", check=0)
            assert names(here) == ["f"]


def test_whole_but_of_unknown_length(here):
    with Rogue([lambda p: p.file(BODY, stop_at=len(BODY), chunked=True), lambda p: p.file(BODY)]) as server:
        kill_at(f"{server.name}/f", "f.part", len(BODY))
        run("get", f"{server.name}/f", check=0)
        assert server.ranges == [None, again(len(BODY))]
        assert server.sent == len(BODY) + 16384
    assert (here / "f").read_bytes() == BODY


@pytest.mark.parametrize("how", [RESET, CLOSE])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_cut_connection_is_gone_on_with(here, how, chunked):
    with Rogue([lambda p: p.file(BODY, stop_at=1_000_000, how=how, chunked=chunked), lambda p: p.file(BODY)]) as server:
        done = run("get", f"{server.name}/f", check=0)
        assert server.ranges[0] is None and 0 < server.ranges[1] <= 1_000_000
    assert b"trying again in 1 s (1 of 5)" in done.stderr
    assert (here / "f").read_bytes() == BODY


def test_a_stall_is_ended_by_the_timeout(here):
    with Rogue([lambda p: p.file(BODY, stop_at=1_000_000), lambda p: p.file(BODY)]) as server:
        done = run("get", "--timeout", "1", f"{server.name}/f", check=0)
        assert server.ranges == [None, again(1_000_000)]
    assert b"trying again" in done.stderr
    assert (here / "f").read_bytes() == BODY


def test_progress_starts_the_count_of_retries_anew(here):
    points = [1000, 2000, 3000, 4000]
    scripts = [lambda p, at=at: p.file(BODY, stop_at=at, how=CLOSE) for at in points] + [lambda p: p.file(BODY)]
    with Rogue(scripts) as server:
        done = run("get", "--retries", "1", f"{server.name}/f", check=0)
        assert server.ranges == [None, *map(again, points)]
    assert done.stderr.count(b"trying again in 1 s (1 of 1)") == 4
    assert (here / "f").read_bytes() == BODY


def test_no_progress_does_not(here):
    with Rogue(lambda p: p.file(BODY, stop_at=1000, how=CLOSE)) as server:
        done = run("get", "--retries", "2", f"{server.name}/f", check=5)
    assert server.ranges == [None, again(1000), again(1000)]
    assert b"f: 1000 B of 2.9 MiB are kept in f.part; run the same command again" in done.stderr
    assert names(here) == ["f.part", "f.part.info"]


def test_the_server_is_killed_and_comes_back(here, tmp_path):
    source = tmp_path / "source"
    source.write_bytes(BODY)

    def start(port, stop_at):
        script = [sys.executable, pathlib.Path(__file__).with_name("rogue.py"), str(port), source, str(stop_at)]
        server = subprocess.Popen(script, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return server, int(server.stdout.readline())

    server, port = start(0, 1_234_567)
    try:
        with getting("--retries", "30", f"127.0.0.1:{port}/f") as proc:
            until(lambda: size_of("f.part") == 1_234_567, "the part", proc)
            server.kill()
            server.communicate()
            assert b"trying again" in proc.stderr.readline()
            server, _ = start(port, -1)
            _, err = proc.communicate(timeout=PATIENCE)
            assert proc.returncode == 0, err
    finally:
        server.kill()
        server.communicate()
    assert (here / "f").read_bytes() == BODY and names(here) == ["f"]


# --- never a mixture --------------------------------------------------------------------------------------------------


HAVE = 100_000
FROM = again(HAVE)
GOOD_RANGE = f"bytes {FROM}-2999999/3000000"


def bad_range(content_range, *fields, content=BODY, start=None, status="206 Partial Content"):
    def script(peer):
        if peer.range_start is None:
            peer.file(BODY)
        else:
            at = peer.range_start if start is None else start
            peer.answer(status, *(fields or ['ETag: "one"']), f"Content-Range: {content_range}", body=content[at:])

    return script


@pytest.mark.parametrize(
    "second",
    [
        lambda p: p.file(OTHER, etag='"two"'),  # it has changed: 200
        lambda p: p.file(OTHER[:500], etag='"two"'),  # and is shorter than what is here
        lambda p: p.file(BODY, ranges=False),  # it ignores ranges: 200
        lambda p: p.answer("416 Range Not Satisfiable") if p.range_start else p.file(BODY),
        lambda p: p.answer("416 Range Not Satisfiable", "Content-Range: bytes */1000") if p.range_start else p.file(BODY),
        bad_range(f"bytes {FROM - 1}-2999999/3000000", start=FROM - 1),  # another place
        bad_range(f"bytes {FROM + 1}-2999999/3000000", start=FROM + 1),
        bad_range(f"bytes {HAVE}-2999999/3000000", start=HAVE),
        bad_range("bytes 0-2999999/3000000", start=0),
        bad_range(f"bytes {FROM}-2999999/3000001"),  # another length
        bad_range(f"bytes {FROM}-2999999/*"),
        bad_range(GOOD_RANGE, 'ETag: "two"', content=OTHER),  # another version, in so many words
        bad_range(GOOD_RANGE, 'ETag: W/"one"', content=OTHER),
        bad_range(GOOD_RANGE, "ETag: one", content=OTHER),
        bad_range(GOOD_RANGE, 'ETag: "one"', 'ETag: "two"', content=OTHER),
        bad_range(GOOD_RANGE, "Server: x", content=OTHER),  # or in none: If-Range was not understood
        bad_range(GOOD_RANGE, f"Last-Modified: {formatdate(MODIFIED, usegmt=True)}", content=OTHER),
        bad_range(GOOD_RANGE, content=OTHER),  # the repeated bytes differ
        bad_range(GOOD_RANGE, content=BODY[: HAVE - 1] + b"\0" + OTHER[HAVE:]),
        bad_range(f"lines {FROM}-2999999/3000000"),
        bad_range(f"bytes {FROM}-"),
        bad_range("nonsense"),
    ],
)
def test_an_answer_that_does_not_fit_means_starting_over(here, second):
    with Rogue([lambda p: p.file(BODY, stop_at=HAVE), second]) as server:
        kill_at(f"{server.name}/f", "f.part", HAVE)
        done = run("get", f"{server.name}/f", check=0)
        assert server.ranges[1] == FROM
    assert b"starting over" in done.stderr
    assert (here / "f").read_bytes() in (BODY, OTHER, OTHER[:500])
    assert names(here) == ["f"]


@pytest.mark.parametrize("field", ["Server: x", 'ETag: "one"', f"Last-Modified: {formatdate(MODIFIED + 1, usegmt=True)}"])
def test_of_a_file_with_a_date_alone_only_that_date_is_gone_on_with(here, field):
    with Rogue([lambda p: p.file(BODY, None, stop_at=HAVE, how=CLOSE), bad_range(GOOD_RANGE, field, content=OTHER)]) as server:
        done = run("get", f"{server.name}/f", check=0)
        assert server.ranges == [None, FROM, None]
    assert b"starting over" in done.stderr
    assert (here / "f").read_bytes() == BODY


@pytest.mark.parametrize("to", ["f", "-"])
@pytest.mark.parametrize(
    "second",
    [
        bad_range(GOOD_RANGE, status="200 OK"),
        bad_range(GOOD_RANGE, 'ETag: "two"', status="200 OK"),
        bad_range(GOOD_RANGE, "Server: x", status="203 Other"),
        bad_range("nonsense", status="200 OK"),
        lambda p: p.answer("200 OK", 'ETag: "one"', body=BODY[p.range_start :]),  # one tag, two lengths
        lambda p: p.answer("200 OK", 'ETag: "one"', body=BODY + b"more"),
    ],
)
def test_a_piece_that_calls_itself_the_whole_is_no_file(here, to, second):
    with Rogue([lambda p: p.file(BODY, stop_at=HAVE, how=CLOSE), second, lambda p: p.file(BODY)]) as server:
        done = run("get", "-o", to, f"{server.name}/f", check=6)
        assert server.ranges == [None, FROM]
        if to == "-":
            assert done.stdout == BODY[:HAVE]
            return
        assert names(here) == ["f.part", "f.part.info"] and (here / "f.part").read_bytes() == BODY[:HAVE]
        run("get", f"{server.name}/f", check=0)  # the part is unchanged
        assert server.ranges == [None, FROM, FROM]
    assert (here / "f").read_bytes() == BODY


@pytest.mark.parametrize("content_range", ["bytes 0-999/2000", "bytes 100-1099/3000", "bytes 0-999/*", "bytes */1000", "?"])
def test_nor_is_one_that_nobody_asked_for(here, content_range):
    with Rogue(lambda p: p.answer("200 OK", f"Content-Range: {content_range}", body=BODY[:1000])) as server:
        run("get", f"{server.name}/f", check=6)
        assert run("get", "-o", "-", f"{server.name}/f", check=6).stdout == b""
    assert names(here) == []


def test_a_tail_of_unknown_length_is_no_file(here):
    def tail(peer):
        peer.answer("200 OK", 'ETag: "one"', body=BODY[peer.range_start or 0 :], length=False)

    with Rogue([lambda p: p.file(BODY, stop_at=HAVE, how=CLOSE), tail]) as server:
        run("get", "--retries", "1", f"{server.name}/f", check=5)
    assert not (here / "f").exists()


@pytest.mark.parametrize("etag, age", [('W/"one"', 1000), (None, 0), ("unquoted", 1000), ('"a", "b"', 1000)])
def test_without_a_strong_validator_nothing_is_gone_on_with(here, etag, age):
    modified = int(time.time()) + 100 if age == 0 else MODIFIED
    with Rogue([lambda p: p.file(BODY, etag, modified, stop_at=1000, how=RESET), lambda p: p.file(BODY)]) as server:
        run("get", f"{server.name}/f", check=0)
        assert server.ranges == [None, None]
    assert (here / "f").read_bytes() == BODY


def test_an_old_date_is_a_strong_validator(here):
    scripts = [lambda p: p.file(BODY, None, stop_at=1000, how=CLOSE), lambda p: p.file(BODY, None)]
    with Rogue(scripts) as server:
        run("get", f"{server.name}/f", check=0)
        assert server.ranges == [None, again(1000)]
        assert server.requests[1].fields["if-range"].endswith("GMT")
    assert (here / "f").read_bytes() == BODY


def test_a_piece_where_the_whole_was_asked_for(here):
    def script(peer):
        peer.answer("206 Partial Content", "Content-Range: bytes 10-19/20", body=b"x" * 10)

    with Rogue(script) as server:
        run("get", f"{server.name}/f", check=5)
    assert names(here) == []


def test_a_piece_shorter_than_asked_for_is_followed_by_the_next(here):
    def script(peer):
        start = peer.range_start
        if start is None:
            peer.file(BODY, stop_at=1000, how=CLOSE)
            return
        end = min(start + 1_000_000, len(BODY))
        peer.answer("206 Partial Content", 'ETag: "one"', f"Content-Range: bytes {start}-{end - 1}/{len(BODY)}", body=BODY[start:end])

    with Rogue(script) as server:
        run("get", f"{server.name}/f", check=0)
    assert (here / "f").read_bytes() == BODY


def test_more_than_promised_is_no_file(here):
    def script(peer):
        if peer.range_start is None:
            peer.file(BODY, stop_at=1000, how=CLOSE)
            return
        peer.answer(
            "206 Partial Content", 'ETag: "one"', f"Content-Range: bytes {again(1000)}-2999999/{len(BODY)}",
            "Transfer-Encoding: chunked", length=False,
        )  # fmt: skip
        rest = BODY[again(1000) :] + b"more"
        peer.sock.sendall(b"%x\r\n" % len(rest) + rest + b"\r\n0\r\n\r\n")

    with Rogue(script) as server:
        run("get", f"{server.name}/f", check=6)
    assert names(here) == []


def test_a_redirect_that_leads_elsewhere_is_no_mixture(here):
    with Rogue([lambda p: p.file(BODY, stop_at=1000, how=CLOSE)]) as a, Rogue([lambda p: p.file(OTHER)]) as b:
        places = [a, b, b]

        def script(peer):
            peer.answer("302 Found", f"Location: {places[peer.number].url}/f?signature={peer.number}")

        with Rogue(script) as front:
            run("get", f"{front.name}/f", check=0)
    assert (here / "f").read_bytes() == OTHER


def test_a_stream_goes_on_or_fails(here):
    with Rogue([lambda p: p.file(BODY, stop_at=1000, how=CLOSE), lambda p: p.file(BODY)]) as server:
        assert run("get", "-o", "-", f"{server.name}/f", check=0).stdout == BODY
        assert server.ranges == [None, again(1000)]
    for second in (lambda p: p.file(OTHER, '"two"'), bad_range("bytes 0-1/3000000")):
        with Rogue([lambda p: p.file(BODY, stop_at=1000, how=CLOSE), second]) as server:
            done = run("get", "-o", "-", f"{server.name}/f", check=6)
            assert done.stdout == BODY[:1000]
            assert b"the standard output has taken 1000 B" in done.stderr
    with Rogue(lambda p: p.file(BODY, 'W/"weak"', stop_at=1000, how=CLOSE)) as server:
        assert run("get", "-o", "-", f"{server.name}/f", check=6).stdout == BODY[:1000]


def test_a_server_that_knows_only_dates_in_if_range(here):
    def script(peer):
        if "if-range" in peer.fields:
            peer.fields.pop("range")  # a tag is not a date, so this counts as another version
        elif peer.range_start is not None:
            peer.fields["if-range"] = '"one"'
        peer.file(BODY, stop_at=None if len(server.requests) > 1 else HAVE, how=CLOSE)

    with Rogue(script) as server:
        done = run("get", f"{server.name}/f", check=0)
        assert server.ranges == [None, None, FROM]  # the second request had If-Range
        assert server.sent == len(BODY) + HAVE - FROM or server.sent > len(BODY)
    assert b"starting over" not in done.stderr
    assert (here / "f").read_bytes() == BODY


def test_without_if_range_only_the_same_tag_is_gone_on_with(here):
    """The file changes between the two requests."""

    def script(peer):
        if peer.number == 1:
            peer.answer("200 OK", 'ETag: "one"', body=BODY)
        elif peer.range_start:
            at = peer.range_start
            peer.answer("206 Partial Content", 'ETag: "two"', f"Content-Range: bytes {at}-2999999/3000000", body=OTHER[at:])
        else:
            peer.file(OTHER, '"two"')

    with Rogue([lambda p: p.file(BODY, stop_at=HAVE, how=CLOSE), script]) as server:
        run("get", f"{server.name}/f", check=0)
        assert server.ranges == [None, FROM, FROM, None]
    assert (here / "f").read_bytes() == OTHER


@pytest.mark.parametrize("etag, gone_on_with", [('"one"', True), (None, False)])
def test_a_signature_in_the_query_may_change(here, etag, gone_on_with):
    with Rogue([lambda p: p.file(BODY, etag, stop_at=HAVE), lambda p: p.file(BODY, etag)]) as server:
        kill_at(f"{server.url}/f?sig=1", "f.part", HAVE)
        run("get", f"{server.url}/f?sig=2", check=0)
        assert server.ranges == [None, FROM if gone_on_with else None]
    assert (here / "f").read_bytes() == BODY


@pytest.mark.parametrize("coding, code", [("gzip", gzip.compress), ("deflate", zlib.compress)])
@pytest.mark.parametrize("to", ["f", "-"])
def test_what_is_compressed_unasked_is_saved_as_it_was(here, coding, code, to):
    def script(peer):
        assert peer.fields["accept-encoding"] == "identity"
        peer.answer("200 OK", f"Content-Encoding: {coding}", 'ETag: "one"', "Content-Type: text/plain", body=code(BODY))

    with Rogue(script) as server:
        done = run("get", "-o", to, f"{server.name}/f", check=0)
        assert (done.stdout if to == "-" else (here / "f").read_bytes()) == BODY
        if to == "f":
            run("get", f"{server.name}/f", check=8)  # the length of the file here is unknown to the server
    # A cut must be noticed: libcurl takes any end for the end of the compressed data.
    for length, status in ((len(code(BODY)), 5), (None, 6)):
        fields = [f"Content-Encoding: {coding}"] + ([f"Content-Length: {length}"] if length else [])
        with Rogue(lambda p: p.answer("200 OK", *fields, body=code(BODY)[:-9], length=False)) as server:
            run("get", "--retries", "0", "-o", "g", f"{server.name}/f", check=status)
    assert names(here) == (["f"] if to == "f" else [])


def test_what_compressed_bytes_are_the_file_is_not_unpacked(here):
    packed = gzip.compress(BODY)
    with Rogue(lambda p: p.answer("200 OK", "Content-Encoding: x-gzip", "Content-Type: application/x-tar", body=packed)) as server:
        run("get", f"{server.name}/a.tar.gz", check=0)
        assert len(server.requests) == 1
    assert (here / "a.tar.gz").read_bytes() == packed
    with Rogue(lambda p: p.answer("200 OK", "Content-Encoding: aws-chunked", body=BODY)) as server:
        run("get", f"{server.name}/b", check=0)
    assert (here / "b").read_bytes() == BODY
    with Rogue(lambda p: p.answer("200 OK", "Content-Encoding: compress", body=b"\x1f\x9d\x90")) as server:
        run("get", f"{server.name}/c", check=6)
    assert names(here) == ["a.tar.gz", "b"]


# --- what servers say -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer, status",
    [("404 Not Found", 3), ("410 Gone", 3), ("403 Forbidden", 4), ("401 Unauthorized", 4), ("400 Bad", 5),
     ("501 Not Implemented", 5), ("304 Not Modified", 5), ("204 No Content", 5)],
)  # fmt: skip
def test_what_cannot_get_better_is_not_retried(here, answer, status):
    with Rogue(lambda p: p.answer(answer, body=b"" if answer[0] < "4" else b"<html>sorry</html>")) as server:
        done = run("get", f"{server.name}/f", check=status)
        assert len(server.requests) == 1
    assert done.stderr.count(b"\n") == 1
    assert names(here) == []


@pytest.mark.parametrize("answer", ["429 Slow down", "500 Internal", "502 Bad", "503 Busy", "504 Late", "522 X", "524 X"])
def test_what_may_get_better_is_retried(here, answer):
    with Rogue([lambda p: p.answer(answer, "Retry-After: 1", body=b"<html>"), lambda p: p.file(BODY)]) as server:
        run("get", f"{server.name}/f", check=0)
    assert (here / "f").read_bytes() == BODY


def test_an_error_between_leaves_the_part_as_it_was(here):
    scripts = [lambda p: p.file(BODY, stop_at=1000), lambda p: p.answer("404 Not Found", body=b"<html>"), lambda p: p.file(BODY)]
    with Rogue(scripts) as server:
        kill_at(f"{server.name}/f", "f.part", 1000)
        run("get", f"{server.name}/f", check=3)
        assert (here / "f.part").read_bytes() == BODY[:1000]
        run("get", f"{server.name}/f", check=0)
        assert server.ranges == [None, again(1000), again(1000)]
    assert (here / "f").read_bytes() == BODY


def test_retry_after_is_honoured_and_said(here):
    with Rogue(lambda p: p.answer("503 Busy", "Retry-After: 7")) as server, getting(f"{server.name}/f") as proc:
        assert b"trying again in 7 s (1 of 5)" in proc.stderr.readline()
    with Rogue(lambda p: p.answer("503 Busy", "Retry-After: 99999")) as server, getting(f"{server.name}/f") as proc:
        assert b"trying again in 300 s" in proc.stderr.readline()


def test_redirects_are_followed_ten_times_and_only_to_http(here):
    def count(peer):
        n = int(peer.target[1:])
        peer.file(BODY) if n == 0 else peer.answer("302 Found", f"Location: /{n - 1}")

    with Rogue(count) as server:
        run("get", "-o", "f", f"{server.name}/10", check=0)
        run("get", "-o", "g", f"{server.name}/11", check=5)
    for to in ("file:///etc/passwd", "ftp://127.0.0.1/x"):
        with Rogue(lambda p, to=to: p.answer("302 Found", f"Location: {to}")) as server:
            run("get", f"{server.name}/g", check=5)
    assert (here / "f").read_bytes() == BODY and names(here) == ["f"]


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """A certificate for 127.0.0.1, and a server's context with it."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
         "-out", cert, "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.cert = cert
    return context


def over_tls(context, script):
    def run_script(peer):
        peer.sock = context.wrap_socket(peer.sock, server_side=True)
        peer.read_request()
        script(peer)
        with contextlib.suppress(OSError):
            peer.sock.unwrap()
        peer.sock.close()

    return Rogue(run_script, plain=True)


@pytest.mark.parametrize("clean", [True, False])
def test_an_end_of_tls_without_a_goodbye_is_no_end(here, tls, clean):
    """Anybody on the network path can make one."""

    def script(peer):
        peer.answer("200 OK", *(["Content-Length: 1000"] if peer.target == "/sized" else []), body=BODY[:1000], length=False)
        if not clean:
            os.close(peer.sock.detach())  # ends TCP in good order, but not TLS

    with over_tls(tls, script) as server:
        run("get", "--retries", "0", "--cacert", tls.cert, f"https://{server.name}/sized", check=0)
        run("get", "--retries", "0", "--cacert", tls.cert, f"https://{server.name}/f", check=0 if clean else 5)
    assert names(here) == (["f", "sized"] if clean else ["sized"])


@pytest.mark.parametrize("secret", ["", "u:geheim@", "netrc"])
def test_from_https_to_http_only_when_it_is_allowed(here, tls, secret):
    if secret == "netrc":
        (here.parent / ".netrc").write_text("machine 127.0.0.1 login u password geheim\n")
        secret = ""
    with Rogue(lambda p: p.file(BODY)) as clear:
        with over_tls(tls, lambda p: p.answer("302 Found", f"Location: {clear.url}/g")) as safe:
            source = f"https://{secret}{safe.name}/f"
            for command in ("get", "ls"):
                done = run(command, "--cacert", tls.cert, source, check=5)
                assert b"--allow-http" in done.stderr and b"trying again" not in done.stderr
            assert clear.requests == [] and names(here) == []
            run("get", "--cacert", tls.cert, "--allow-http", source, check=0)
        assert [p.fields.get("authorization") for p in clear.requests] == [None]
        with over_tls(tls, lambda p: p.file(BODY)) as safe, Rogue(lambda p: p.answer("302 Found", f"Location: {safe.url.replace('http', 'https')}/g")) as up:
            run("get", "--cacert", tls.cert, "-o", "up", f"{up.name}/f", check=0)  # by that option it is always accepted
    assert (here / "f").read_bytes() == (here / "up").read_bytes() == BODY


@pytest.mark.parametrize("how", ["URL", "netrc"])
def test_a_password_goes_to_no_other_host_or_port(here, how):
    if how == "netrc":
        (here.parent / ".netrc").write_text("machine 127.0.0.1 login u password geheim\ndefault login d password geheim\n")
    with Rogue(lambda p: p.answer("302 Found", f"Location: {front.url}/back") if p.target == "/away" else p.file(BODY)) as other:

        def script(peer):
            to = {"/f": "/here", "/here": f"{other.url}/away", "/back": f"http://localhost:{other.port}/x"}[peer.target]
            peer.answer("302 Found", f"Location: {to}")

        with Rogue(script) as front:
            source = f"http://u:geheim@{front.name}/f" if how == "URL" else f"http://{front.name}/f"
            done = run("get", source, check=0)
    assert [p.target for p in front.requests] == ["/f", "/here", "/back"]
    assert {p.fields.get("authorization") for p in front.requests} == {"Basic dTpnZWhlaW0="}
    assert [p.target for p in other.requests] == ["/away", "/x"]
    assert {p.fields.get("authorization") for p in other.requests} == {None}
    assert b"geheim" not in done.stderr and (here / "f").read_bytes() == BODY


def test_a_redirect_waits_for_its_cookie(here):
    def script(peer):
        if "seen=1" in peer.fields.get("cookie", ""):
            peer.file(BODY)
        else:
            peer.answer("302 Found", "Set-Cookie: seen=1; Path=/", f"Location: {peer.target}", body=b"<html>")

    with Rogue(script) as server:
        run("get", f"{server.name}/f", f"{server.name}/g", check=0)
        assert [p.target for p in server.requests] == ["/f", "/f", "/g"]  # cookies last for one command
    assert (here / "f").read_bytes() == (here / "g").read_bytes() == BODY


@pytest.mark.parametrize(
    "location, target",
    [("/a/../b c", "/a/../b%20c"), ("?x=1", "/d/f?x=1"), ("g#part", "/d/g"), ("/\xc3\xa4", "/%c3%a4"), ("//{name}/h", "/h"), (".", "/d/.")],
)
def test_where_a_location_leads(here, location, target):
    with Rogue([lambda p: p.answer("301 Moved", f"Location: {location.format(name=server.name)}"), lambda p: p.file(BODY)]) as server:
        run("get", f"{server.name}/d/f", check=0)
        assert server.requests[1].target.lower() == target
    assert names(here) == ["f"]


@pytest.mark.parametrize("location", ["http://[::1", "http://", "", "nonsense://x", "mailto:x"])
def test_a_location_that_leads_nowhere(here, location):
    with Rogue(lambda p: p.answer("302 Found", f"Location: {location}")) as server:
        done = run("get", f"{server.name}/f", check=5)
        assert len(server.requests) == 1 or location == "mailto:x"
    assert b"No error" not in done.stderr and done.stderr.count(b"\n") == 1


def test_hostile_text_does_not_reach_the_terminal(here):
    with Rogue(lambda p: p.answer("302 Found", "Location: ftp://\x1b]0;evil\x07\x1b[31m/")) as server:
        done = run("get", f"{server.name}/\x1b[31mred\x9b", check=5)
    assert b"\x1b" not in done.stderr and b"\x07" not in done.stderr


def test_json_shows_no_password(here):
    with Rogue(lambda p: p.file(BODY)) as server:
        sources = [f"http://u:geheim@{server.name}/f", "http://u:geheim@[::1/x", "ftp://u:geheim@nas/x", f"{server.name}/u@b"]
        done = run("get", "--json", *sources, check=2)
    assert b"geheim" not in done.stdout + done.stderr
    said = [json.loads(line)["source"] for line in done.stdout.splitlines()]
    assert said == [f"http://{server.name}/f", "http://...@[::1/x", "ftp://...@nas/x", f"{server.name}/u@b"]
    assert b"geheim" not in run("ls", "u:geheim@nas/x", check=2).stderr


def test_a_password_is_sent_and_never_shown(here):
    with Rogue([lambda p: p.file(BODY, stop_at=5, how=CLOSE), lambda p: p.answer("403 No")]) as server:
        done = run("get", f"http://user:geheim@{server.name}/f", check=4)
        assert server.requests[0].fields["authorization"].startswith("Basic ")
    assert b"geheim" not in done.stderr
    assert "geheim" not in (here / "f.part.info").read_text()
    assert (here / "f.part.info").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "fields",
    [
        ["Content-Length: x"],
        ["Content-Length: 500, 1000"],
        ["Content-Length: 1000, 500"],
        ["Content-Length: 1000", "Content-Length: 500"],
        ["Content-Length: 500", "Content-Length: 1000"],
        ["Content-Length: 500abc"],
        ["Content-Length: 0x3e8"],
        ["Content-Length: 500 0"],
        ["Content-Length: 500", " 0"],
        ["Content-Length: -1"],
        ["Content-Length:"],
        ["Content-Length: 18446744073709552616"],
    ],
    ids=", ".join,
)
def test_a_length_that_is_none_is_no_file(here, fields):
    with Rogue(lambda p: p.answer("200 OK", *fields, body=BODY[:1000], length=False)) as server:
        done = run("get", f"{server.name}/f", check=6)
        assert done.stderr.count(b"\n") == 1 and b"Content-Length" in done.stderr
        (here / "g").write_bytes(BODY[:500])
        run("get", f"{server.name}/g", check=6)
        assert run("get", "-o", "-", f"{server.name}/f", check=6).stdout == b""
        assert b"Content-Length" in run("ls", f"{server.name}/f").stderr
    assert names(here) == ["g"] and (here / "g").read_bytes() == BODY[:500]


@pytest.mark.parametrize("length", ["1000", "1000, 1000", "0001000", "1000\r\nContent-Length: 1000"])
def test_a_length_may_be_said_twice(here, length):
    with Rogue(lambda p: p.answer("200 OK", f"Content-Length: {length}", body=BODY[:1000], length=False)) as server:
        run("get", f"{server.name}/f", check=0)
    assert (here / "f").read_bytes() == BODY[:1000]


@pytest.mark.parametrize("garbage", [b"", b"hello\n", b"\0" * 100], ids=range(3))
def test_garbage_is_no_file(here, garbage):
    with Rogue(lambda p: p.sock.sendall(garbage)) as server:
        run("get", "--retries", "0", f"{server.name}/f", check=5)
    assert names(here) == []


@pytest.mark.parametrize(
    "surplus", [b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad", b"\r\n", b"\0" * 100, b"tail"], ids=["answer", "line", "NULs", "text"]
)
@pytest.mark.parametrize("together", [True, False])
def test_more_than_the_promised_bytes_is_not_the_next_file(here, surplus, together):
    def script(peer):
        while True:
            head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
            rest = body(1000, seed=int(peer.target[1:])) + surplus
            for piece in [head + rest] if together else [head, rest]:
                peer.sock.sendall(piece)
            peer.head = b""
            peer.read_request()

    with Rogue(script) as server:
        run("get", *[f"{server.name}/{n}" for n in range(3)], check=0)
    for n in range(3):
        assert (here / str(n)).read_bytes() == body(1000, seed=n)


def test_nor_is_more_than_a_redirect_what_it_leads_to(here):
    def script(peer):
        if peer.target == "/f":
            extra = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad"
            peer.sock.sendall(b"HTTP/1.1 302 Found\r\nLocation: /g\r\nContent-Length: 0\r\n\r\n" + extra)
            peer.sock.recv(65536)  # the next request on this connection is not answered
        else:
            peer.file(BODY)

    with Rogue(script) as server:
        run("get", f"{server.name}/f", check=0)
    assert (here / "f").read_bytes() == BODY


CUTS = [
    "HTTP/1.1 200",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 10",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r",
    "HTTP/1.1 404 Not Found\r\n",
    "HTTP/1.1 404 Not Found\r\nContent-Length: 0",
    "HTTP/1.1 403 Forbidden\r\n",
    "HTTP/1.1 302 Found\r\n",
    "HTTP/1.1 302 Found\r\nLocation: http://127.0",
    "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n",
]


def test_a_head_that_is_cut_is_no_answer(here):
    """Each failure is retried; to avoid waiting, the next attempt is a new run."""
    with Rogue([lambda p, cut=cut: p.sock.sendall(cut.encode()) for cut in CUTS] + [lambda p: p.file(BODY)]) as server:
        for cut in CUTS:
            done = run("get", "--retries", "0", f"{server.name}/f", check=5)
            assert b"No error" not in done.stderr and done.stderr.count(b"\n") == 1, cut
        assert len(server.requests) == len(CUTS)
        run("get", f"{server.name}/f", check=0)
    with Rogue([lambda p: p.sock.sendall(CUTS[5].encode()), lambda p: p.file(BODY)]) as server:
        assert b"within the head" in run("get", "-o", "g", f"{server.name}/f", check=0).stderr
    with Rogue(lambda p: p.sock.sendall(CUTS[1].encode())) as server:
        assert b"within the head" in run("ls", server.url, check=5).stderr
    assert names(here) == ["f", "g"]


def test_a_cut_head_leaves_the_part_as_it_was(here):
    cut = 'HTTP/1.1 206 Partial Content\r\nETag: "one"\r\n'
    with Rogue([lambda p: p.file(BODY, stop_at=HAVE, how=CLOSE), lambda p: p.sock.sendall(cut.encode()), lambda p: p.file(BODY)]) as server:
        run("get", f"{server.name}/f", check=0)
        assert server.ranges == [None, FROM, FROM]
    assert (here / "f").read_bytes() == BODY


@pytest.mark.parametrize("name, typed", [("a b", "a b"), ("File", "File")])
def test_a_plain_server_asked_by_http_is_told(here, name, typed):
    with Rogue(lambda p: p.sock.sendall(b"File not found")) as server:
        for command in ("get", "ls"):
            done = run(command, f"{server.name}/{name}", check=5)
            assert f"try plain://{server.name}/{typed})".encode() in done.stderr
            assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    "head, says",
    [
        (b"HTTP/1.1 20 OK\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", b""),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\nhello", b"HTTP 101"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n", b"too long"),
        (b"HTTP/1.1 200 " + b"x" * 1_000_000 + b"\r\n\r\n", b"too long"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200_000 + b"\r\n", b"too long"),
    ],
    ids=["20", "no colon", "101", "long line", "long status", "many lines"],
)
def test_a_wrong_head_is_named(here, head, says):
    with Rogue(lambda p: p.sock.sendall(head)) as server:
        done = run("get", f"{server.name}/f", check=5)
    assert says in done.stderr and done.stderr.count(b"\n") == 1
    for wrong in (b"plain://", b"neither HTTP", b"memory", b"writing"):
        assert wrong not in done.stderr
    assert names(here) == []


@pytest.mark.parametrize("answer, status, says", [
    ("407 Proxy Authentication Required", 4, b"http_proxy"), ("403 Forbidden", 4, b"proxy"),
    ("404 Not Found", 5, b"proxy"), ("503 Busy", 5, b"proxy"),
])  # fmt: skip
def test_what_a_proxy_refuses(here, monkeypatch, answer, status, says):
    with Rogue(lambda p: p.answer(answer)) as proxy:
        monkeypatch.setenv("https_proxy", f"http://u:geheim@{proxy.name}")
        done = run("get", "--retries", "0", "https://nas.invalid/f", check=status)
        assert says in done.stderr and b"netrc" not in done.stderr
        assert proxy.requests[0].method == "CONNECT"
        if status == 4:  # permanent failures
            run("get", "https://nas.invalid/f", check=4)
            assert len(proxy.requests) == 2
        monkeypatch.setenv("http_proxy", f"http://{proxy.name}")
        if answer[:3] == "407":
            done = run("get", "http://nas.invalid/f", check=4)
            assert b"http_proxy" in done.stderr and b"netrc" not in done.stderr
    monkeypatch.setenv("http_proxy", "http://u:geheim@[::1")
    assert b"geheim" not in run("get", "--retries", "0", "http://nas.invalid/f").stderr


def test_content_disposition_names_nothing(here):
    with Rogue(lambda p: p.answer("200 OK", 'Content-Disposition: attachment; filename="../evil"', body=b"x")) as server:
        run("get", f"{server.name}/f", check=0)
    assert names(here) == ["f"]


# --- the plain dialect ------------------------------------------------------------------------------------------------


def tutorial(content, how=CLOSE):
    """The server of socket tutorials: reads a name once, sends the bytes, closes."""

    def script(peer):
        peer.sock.recv(1024)
        peer.send(content)
        if how == RESET:
            peer.end(RESET)

    return script


@pytest.mark.parametrize(
    "content",
    [BODY, b"", b"F", b"File not foun", b"File not found.", b"File not found\n"],
    ids=["large", "empty", "F", "13", "15", "line"],
)
def test_plain_from_a_tutorials_server(here, content):
    with Rogue(tutorial(content), plain=True) as server:
        run("get", f"plain://{server.name}/f", check=0)
    assert (here / "f").read_bytes() == content and names(here) == ["f"]


def test_plain_not_found_also_in_two_pieces(here):
    def script(peer):
        peer.sock.recv(1024)
        peer.send(b"File not")
        peer.send(b" found")

    with Rogue(script, plain=True) as server:
        done = run("get", f"plain://{server.name}/f", check=3)
        run("get", "-o", "-", f"plain://{server.name}/f", check=3)
    assert b"no such file" in done.stderr and names(here) == []


def test_plain_a_reset_is_no_end(here):
    with Rogue([tutorial(BODY[:100_000], RESET), tutorial(BODY)], plain=True) as server:
        done = run("get", f"plain://{server.name}/f", check=0)
    assert b"trying again" in done.stderr
    assert (here / "f").read_bytes() == BODY
    with Rogue(tutorial(BODY[:100_000], RESET), plain=True) as server:
        run("get", "--retries", "1", f"plain://{server.name}/g", check=5)
    assert names(here) == ["f"]


def test_plain_waits_only_so_long_and_replaces_nothing(here):
    with Rogue(lambda p: p.end(STALL), plain=True) as server:
        run("get", "--timeout", "1", "--retries", "0", f"plain://{server.name}/f", check=5)
        (here / "f").write_bytes(b"mine")
        run("get", f"plain://{server.name}/f", check=8)
        assert (here / "f").read_bytes() == b"mine"
    with Rogue(tutorial(BODY), plain=True) as server:
        run("get", "-f", f"plain://{server.name}/f", check=0)
    assert (here / "f").read_bytes() == BODY
    run("get", "--retries", "0", "plain://127.0.0.1:1/g", check=5)


# --- the disk ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path):
    """A file system with room for 1 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder], capture_output=True)
    if made.returncode != 0:
        pytest.skip("mount is not permitted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_known_before_the_first_byte(here, small_disk):
    (small_disk / "f").write_bytes(b"old")
    with Rogue(lambda p: p.file(BODY)) as server:
        done = run("get", "-f", "-d", small_disk, f"{server.name}/f", check=7)
    assert done.stderr.count(b"\n") == 1
    assert b"2.9 MiB more are needed" in done.stderr and b"are free" in done.stderr
    assert (small_disk / "f").read_bytes() == b"old" and names(small_disk) == ["f"]


def test_a_disk_that_fills_midway_keeps_the_part(here, small_disk):
    with Rogue([lambda p: p.file(BODY, chunked=True), lambda p: p.file(BODY)]) as server:
        done = run("get", "-d", small_disk, f"{server.name}/f", check=7)
        assert len(server.requests) == 1
        assert b"No space left on device" in done.stderr and b"f.part" in done.stderr
        have = (small_disk / "f.part").read_bytes()
        assert 0 < len(have) <= 1 << 20 and BODY.startswith(have)
        assert not (small_disk / "f").exists()
        subprocess.run(["mount", "-o", "remount,size=8m", small_disk], check=True)
        run("get", "-d", small_disk, f"{server.name}/f", check=0)
        assert server.ranges == [None, again(len(have))]
    assert (small_disk / "f").read_bytes() == BODY


def test_a_reader_that_goes_away_is_told(here):
    with Rogue(lambda p: p.file(BODY)) as server, getting("-o", "-", f"{server.name}/f", stdout=subprocess.PIPE) as proc:
        proc.stdout.close()
        assert b"nobody reads" in proc.stderr.read()
        assert proc.wait(PATIENCE) == 1


# --- the bar ----------------------------------------------------------------------------------------------------------


def on_terminal(width, *args, env=None, lines=(), stdout=None):
    """Runs ferry with a terminal of that width as stderr; returns its status and everything that was printed."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    environment = {**os.environ, "TERM": "xterm", **(env or {})}
    proc = subprocess.Popen([*FERRY_ARGV, *map(str, args)], stdin=slave, stdout=stdout or slave, stderr=slave,
                            env=environment)
    os.close(slave)
    seen = b""
    try:
        while data := os.read(master, 65536):
            seen += data
            for mark, action in lines:
                if mark in seen:
                    action()
    except OSError:
        pass  # the last process has closed the other side
    os.close(master)
    return proc.wait(PATIENCE), seen


@pytest.mark.parametrize("name", ["debian.iso", "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字", "\x1b[31mred\n" * 9])
@pytest.mark.parametrize("width", [20, 80, 200])
def test_the_bar_fits_the_terminal(here, width, name):
    go = threading.Event()

    def script(peer):
        peer.answer("200 OK", f"Content-Length: {len(BODY)}", length=False)
        peer.send(BODY[:1_500_000])
        go.wait(PATIENCE)
        peer.send(BODY[1_500_000:])

    with Rogue(script) as server:
        # The server continues only after the bar was seen half-way.
        status, seen = on_terminal(width, "get", "-o", "f", f"{server.name}/{name}", lines=[(b" 50%", go.set)])
    assert status == 0
    drawn = [line.split(b"\x1b[K")[0] for line in seen.split(b"\r") if b"%" in line]
    assert drawn
    for line in drawn:
        text = re.sub(rb"\x1b\[(36|39)m", b"", line).decode()
        assert "\x1b" not in text
        columns = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
        assert columns + len("^C") < width, text  # the terminal's echo of Ctrl-C is erased with the bar
    assert b"f: 2.9 MiB in" in seen


def test_no_color_is_honoured_and_an_unknown_length_has_no_percent(here):
    go = threading.Event()

    def script(peer):
        peer.answer("200 OK", length=False)
        peer.send(BODY[:1_048_576])
        go.wait(PATIENCE)

    for variable, marks in (("NO_COLOR", False), ("FERRY_NOTHING", True)):
        go.clear()
        with Rogue([lambda p: p.file(BODY[:5], stop_at=3), script]) as server:
            status, seen = on_terminal(
                80, "get", "--timeout", "1", "-f", "-o", "f", f"{server.name}/f",
                env={variable: "1"}, lines=[(b"1.0 MiB", go.set)],
            )  # fmt: skip
        assert status == 0
        assert (b"\x1b[36m" in seen) == marks
        assert b"1.0 MiB" in seen


# --- with the real server ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["", "http://", pytest.param("plain://", marks=pytest.mark.valgrind)])
def test_from_ferry_serve(here, listen, tmp_path, scheme):
    pub = tmp_path / "pub"
    (pub / "sub").mkdir(parents=True)
    (pub / "sub" / "a b%20ü").write_bytes(BODY)
    os.utime(pub / "sub" / "a b%20ü", (MODIFIED, MODIFIED))
    server = listen("serve", pub)
    path = "sub/a%20b%2520%C3%BC" if scheme == "http://" else "sub/a b%20ü"
    run("get", f"{scheme}{server.name}/{path}", check=0)
    assert (here / "a b%20ü").read_bytes() == BODY
    if scheme != "plain://":
        assert (here / "a b%20ü").stat().st_mtime == MODIFIED
        assert b"already here" in run("get", f"{scheme}{server.name}/{path}", check=0).stderr
    run("get", f"{scheme}{server.name}/nothing", check=3)


@pytest.mark.valgrind
def test_going_on_with_ferry_serve(here, listen, tmp_path):
    pub = tmp_path / "pub"
    pub.mkdir()
    (pub / "f").write_bytes(BODY)
    server = listen("serve", pub)
    run("get", f"{server.name}/f", check=0)
    info = "ferry-part 1\nurl http://{0}/f\nplace http://{0}/f\nvalidator {1}\ntotal {2}\nsynced 1000\nboot other\nend\n"
    head = subprocess.run(["curl", "-sI", f"{server.url}/f"], capture_output=True, check=True).stdout.decode()
    etag = next(line.split(": ", 1)[1] for line in head.split("\r\n") if line.lower().startswith("etag:"))
    (here / "f").unlink()
    (here / "f.part").write_bytes(BODY[:1000])
    (here / "f.part.info").write_text(info.format(server.name, etag, len(BODY)))
    done = run("get", "--json", f"{server.name}/f", check=0)
    assert json.loads(done.stdout)["resumed_from"] == 1000
    (here / "f").unlink()
    (here / "f.part").write_bytes(BODY[:1000])
    (here / "f.part.info").write_text(info.format(server.name, '"old"', len(BODY)))
    done = run("get", "--json", f"{server.name}/f", check=0)
    assert json.loads(done.stdout)["resumed_from"] == 0
    assert (here / "f").read_bytes() == BODY


def test_the_bar_of_a_stream_has_the_sources_name(here):
    go = threading.Event()

    def script(peer):
        peer.answer("200 OK", f"Content-Length: {len(BODY)}", length=False)
        peer.send(BODY[:1_500_000])
        go.wait(PATIENCE)
        peer.send(BODY[1_500_000:])

    with Rogue(script) as server, open("out", "wb") as out:
        status, seen = on_terminal(80, "get", "-o", "-", f"{server.name}/dir/film.mkv", stdout=out,
                                   lines=[(b" 50%", go.set)])
    assert status == 0 and (here / "out").read_bytes() == BODY
    assert b"film.mkv " in seen


def test_a_list_of_sources(here):
    with Rogue(lambda p: p.file(p.target.encode())) as server:
        text = f"{server.name}/a\n\n# not this\n{server.url}/b%20c\r\n{server.name}/\xff\n{server.name}/last".encode("latin-1")
        (here / "list").write_bytes(text)
        run("get", "-i", "list", f"{server.name}/first", check=0)
        assert sorted(os.listdir(os.fsencode(here))) == [b"a", b"b c", b"first", b"last", b"list", b"\xff"]
        assert server.requests[0].target == "/first" and len(server.requests) == 5
        run("get", "-f", "-i", "-", check=0, input=text)
        assert len(server.requests) == 9
        # A wrong line is reported, and the others are fetched.
        done = run("get", "-f", "-d", ".", "-i", "-", input=f"ftp://x/y\n{server.name}/a\n".encode(), check=2)
        assert done.stderr.count(b"\n") == 2


def test_a_list_is_read_as_it_comes(here):
    with Rogue(lambda p: p.file(BODY[:1000])) as server:
        with getting("-i", "-", stdin=subprocess.PIPE) as proc:
            for name in ("one", "two"):
                proc.stdin.write(f"{server.name}/{name}\n".encode())
                proc.stdin.flush()
                until((here / name).exists, name, proc)
            proc.send_signal(signal.SIGINT)  # while it waits for more lines
            assert proc.wait(PATIENCE) == -signal.SIGINT


@pytest.mark.parametrize("args, text, status", [
    (["-i", "none"], None, 7), (["-i", "."], None, 7), (["-i", "-"], b"a\0b\n", 2), (["-i", "-"], b"x" * 140_000, 2),
    (["-i", "-", "-o", "x"], b"", 2), (["-i", "-", "-i", "-"], b"", 2), (["-i", "-"], b"", 0), (["-i", "-"], b"# none\n", 0),
], ids=["missing", "folder", "NUL", "long", "output", "twice", "empty", "comment"])
def test_what_is_no_list(here, args, text, status):
    done = run("get", *args, check=status, **({} if text is None else {"input": text}))
    assert done.stderr.count(b"\n") == (1 if status else 0)
