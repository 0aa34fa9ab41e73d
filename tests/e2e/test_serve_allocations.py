"""Each allocation fails once: the server continues, no answer is wrong, nothing leaks, and the next request is
answered correctly. Here for a sample of all allocations; FERRY_ALL_FAULTS=1 takes every one."""

import gzip
import os

import pytest

from conftest import Listener, body
from faults import faults  # noqa: F401 (a fixture)
from wire import Http, plain

pytestmark = pytest.mark.release

ALL = os.environ.get("FERRY_ALL_FAULTS") == "1"
SAMPLE = 70
SAMPLE_OF_START = 12

LARGE = body(1_000_000)


def fill(pub):
    (pub / "sub" / "inner").mkdir(parents=True)
    for i in range(30):
        (pub / "sub" / f"file{i}").write_bytes(body(100 * i, seed=i))
    (pub / "small.txt").write_bytes(body(1000).hex().encode())
    (pub / "middle.bin").write_bytes(body(100_000))
    (pub / "large.bin").write_bytes(LARGE)
    (pub / "sub" / "link").symlink_to("../middle.bin")
    (pub / "sub" / "README.md").write_text("# hello\n\n*you* there, [here](x)\n\n- a\n- b\n" * 20)
    (pub / "page.html").write_text("<p>a page" * 1000)
    (pub / "page.html.gz").write_bytes(gzip.compress(b"<p>a page" * 1000))
    (pub / "indexed").mkdir()
    (pub / "indexed" / "index.html").write_text("<p>index")
    for path in (pub, *pub.rglob("*")):
        os.utime(path, (1.6e9, 1.6e9))


# Each on its own connection: (target, fields).
REQUESTS = [
    ("/small.txt", {}),
    ("/middle.bin", {}),
    ("/large.bin", {}),
    ("/sub/link", {}),
    ("/large.bin", {"range": "bytes=5-9,500000-600000,-7"}),
    ("/page.html", {"accept_encoding": "gzip"}),
    ("/indexed/", {}),
    ("/sub/", {"accept": "text/html"}),
    ("/sub/?format=json&sort=size&order=desc&limit=10", {}),
    ("/sub/?format=text", {}),
    ("/sub?x=y", {}),
    ("/sub/?archive=tar", {}),
    ("/sub/?archive=tar", {"range": "bytes=3000-"}),
    ("/sub/?archive=zip", {}),
    ("/nothing", {}),
]
NAMES = [b"small.txt\n", b"middle.bin\n", b"sub\n", b"nothing\n"]


def without_boundary(answer):
    """The answer without its random boundary."""
    kind = answer["Content-Type"] or ""
    if not kind.startswith("multipart/"):
        return answer.status, answer.body
    return answer.status, answer.body.replace(kind.partition("boundary=")[2].encode(), b"")


def answers(address):
    """For each request its answer, or None if it was visibly cut. A hang is a TimeoutError."""
    for target, fields in REQUESTS:
        try:
            with Http(address) as h:
                yield target, without_boundary(h.ask(target, connection="close", **fields))
        except (EOFError, ConnectionError):
            yield target, None
    for name in NAMES:
        try:
            yield name, plain(address, name)
        except ConnectionError:
            yield name, None
    try:
        with Http(address) as h:
            h.send(b"GET /small.txt HTTP/1.1\r\nHost: t\r\n\r\n" * 5)
            yield "pipeline", [without_boundary(h.receive()) for _ in range(5)]
    except (EOFError, ConnectionError):
        yield "pipeline", None


def is_right_or_refused(got, want):
    """For an error, possibly only the status; for several ranges, possibly the whole file."""
    if got is None or got == want or (got == (200, LARGE) and want[0] == 206):
        return True
    if isinstance(got, list):
        return all(is_right_or_refused(g, w) for g, w in zip(got, want))
    return isinstance(got, tuple) and (got[0] in (500, 503) or got == (404, b""))


def sample(n, size):
    return range(1, n + 1) if ALL or n <= size else (1 + i * n // size for i in range(size))


OPTIONS = ["--readme", "--precompressed", "--index"]


def test_each_allocation_fails_once(listen, tmp_path, faults):  # noqa: F811
    """Every fourth time, some thirty in a row fail."""
    pub = tmp_path / "pub"
    fill(pub)
    argv = ["serve", *OPTIONS, "--log", tmp_path / "log", pub]
    # The number of allocations that are left when a server ends after all requests.
    server = listen(*argv, env=faults.env)
    list(answers(server.address))
    server.stop()
    held_by_one = faults.live
    server = listen(*argv, env=faults.env)
    want = list(answers(server.address))
    assert None not in [w for _, w in want] and [w for t, w in want if t == "/sub?x=y"][0][0] == 301
    assert list(answers(server.address)) == want
    faults.set("alloc", first=1 << 40)
    assert list(answers(server.address)) == want
    most = faults.calls
    for i, n in enumerate(sample(most, SAMPLE)):
        faults.set("alloc", first=n, count=30 if i % 4 == 3 else 1)
        for (name, got), (_, right) in zip(answers(server.address), want):
            assert server.proc.poll() is None, (n, name, server.proc.returncode)
            assert is_right_or_refused(got, right), (n, name, got)
        faults.stop()
        assert list(answers(server.address)) == want, n
    status, _, err = server.stop()
    assert status == 0, err
    assert faults.live - held_by_one < held_by_one + 12


def test_each_allocation_of_the_start_fails_once(tmp_path, faults):  # noqa: F811
    """It says why and does not start, or it serves."""
    fill(tmp_path)
    faults.set("alloc", first=1 << 40)
    argv = ["serve", "--listen", "127.0.0.1:0", *OPTIONS, tmp_path]
    server = Listener(argv, env=faults.env)
    most = faults.calls
    assert server.stop()[0] == 0
    for n in sample(most, SAMPLE_OF_START):
        faults.set("alloc", first=n)
        try:
            server = Listener(argv, env=faults.env)
        except RuntimeError as e:
            assert "ferry: " in str(e), (n, e)
            continue
        faults.stop()
        with Http(server.address) as h:
            assert h.ask("/middle.bin").body == body(100_000)
        assert server.stop()[0] == 0
