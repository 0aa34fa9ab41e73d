"""Calls that only save time may be refused by a sandbox or a file system; ferry works without them."""

import errno
import io
import os
import pathlib
import tarfile
import tempfile

import pytest

from conftest import PATIENCE, SANITIZED, body, run
from sandbox import refusing
from wire import Http, plain

FILES = {"small": body(700, seed=1), "middling": body(60_000, seed=2), "large": body(3_000_000, seed=3)}
SAVE_TIME = ("sendfile", "preadv2", "cachestat", "mincore", "accept4", "eventfd2", "faccessat2")
REFUSED = [(e, SAVE_TIME) for e in (errno.EPERM, errno.ENOSYS)]
if not SANITIZED:  # one at a time goes the same ways
    REFUSED += [(errno.EPERM, (call,)) for call in SAVE_TIME]
    REFUSED += [(e, (call,)) for call in ("sendfile", "preadv2") for e in (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS)]


@pytest.fixture(params=["/var/tmp", "/dev/shm"], scope="module")
def pub(request):
    """On a disk, and in memory, where calls are made without asking first."""
    try:
        folder = tempfile.TemporaryDirectory(dir=request.param)
    except OSError as e:
        pytest.skip(str(e))
    with folder as name:
        for file, content in FILES.items():
            (pathlib.Path(name) / file).write_bytes(content)
        yield name


@pytest.mark.parametrize("error, calls", REFUSED, ids=lambda x: errno.errorcode[x] if isinstance(x, int) else "+".join(x))
def test_whatever_is_refused_all_is_served(listen, pub, error, calls):
    server = listen("serve", pub, preexec_fn=refusing(error, *calls))
    with Http(server.address) as h:
        for _ in range(2):  # the second request uses what was remembered
            for name, content in FILES.items():
                assert h.ask(f"/{name}").body == content
            assert h.ask("/large", range="bytes=5-2000004").body == FILES["large"][5:2000005]
            assert FILES["large"][-70_000:] in h.ask("/large", range="bytes=0-69999,-70000").body
        assert set(h.ask("/?format=text").body.decode().split()) == set(FILES)
        with tarfile.open(fileobj=io.BytesIO(h.ask("/?archive=tar").body)) as tar:
            assert {m.name.split("/")[-1]: m.size for m in tar if m.isfile()} == {n: len(c) for n, c in FILES.items()}
    assert plain(server.address, b"large\n") == FILES["large"]


@pytest.mark.parametrize("error", [errno.EPERM, errno.ENOSYS])
def test_what_keeps_clients_inside_is_not_done_without(tmp_path, error):
    """The message says what to allow."""
    done = run("serve", "--listen", "127.0.0.1:0", tmp_path, check=1, preexec_fn=refusing(error, "openat2"))
    assert done.stderr.count(b"\n") == 1 and b"openat2" in done.stderr and b"sandbox" in done.stderr


def test_where_there_is_no_thread_nobody_waits_for_one(listen, pub):
    """A loop does itself what it may; jobs that may never end are refused, and at once when the server ends."""
    # LeakSanitizer needs a thread of its own at the end.
    env = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
    server = listen("serve", "--threads", 1, "--drain", 3600, pub, env=env,
                    preexec_fn=refusing(errno.EAGAIN, "clone3", "clone"))
    with Http(server.address) as asks, Http(server.address) as other:
        asks.send(b"GET /?archive=tar HTTP/1.1\r\nHost: a\r\n\r\n")
        for name, content in FILES.items():
            assert other.ask(f"/{name}").body == content
        assert set(other.ask("/?format=text").body.decode().split()) == set(FILES)
        server.proc.terminate()
        a = asks.receive()
        assert a.status == 503 and a["Retry-After"] and b"thread" in a.body
    assert server.proc.wait(PATIENCE) == 0
    assert server.proc.stderr.read().count(b"cannot start a thread") == 1
