"""Shared by all end-to-end tests: the program, a running server, and bodies that depend on position."""

import contextlib
import hashlib
import os
import pathlib
import re
import shlex
import signal
import subprocess
import time

import pytest

# Started in the background or by nohup, the tests would ignore these signals, and so would all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

ROOT = pathlib.Path(__file__).resolve().parents[2]
FERRY = pathlib.Path(os.environ.get("FERRY", ROOT / "build" / "ferry"))
# A program that runs ferry: valgrind, in the suite of that name.
FERRY_ARGV = [*shlex.split(os.environ.get("FERRY_WRAP", "")), str(FERRY)]
# Figures of memory and waiting mean nothing in these builds.
SANITIZED = os.environ.get("FERRY_SANITIZED") == "1"
# A limit for hangs only; the sanitizer builds are several times slower.
PATIENCE = float(os.environ.get("FERRY_PATIENCE", "60"))


@pytest.hookimpl(trylast=True)  # after -m and -k have made their choice
def pytest_collection_modifyitems(config, items):
    """FERRY_SHARE=0/2 and 1/2: every other test, for two runs at once."""
    share, shares = map(int, os.environ.get("FERRY_SHARE", "0/1").split("/"))
    config.hook.pytest_deselected(items=[item for i, item in enumerate(items) if i % shares != share])
    items[:] = items[share::shares]


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory):
    """Servers keep hashes here, and not in the user's folder."""
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))


def body(size, seed=0):
    """`size` bytes without a repeated stretch, so that a wrong offset or a lost block cannot pass."""
    return hashlib.shake_128(b"%d" % seed).digest(size)


def sha256(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        while chunk := f.read(1 << 20):
            h.update(chunk)
    return h.hexdigest()


def run(*args, check=None, **kw):
    """Runs ferry to its end. check=N asserts the exit status."""
    if "ASAN_OPTIONS" in os.environ:
        # LeakSanitizer takes half of the time of so short a life; valgrind's suite looks for the leaks of clients.
        env = kw.get("env") or os.environ
        kw["env"] = {**env, "ASAN_OPTIONS": f"{env.get('ASAN_OPTIONS', '')}:detect_leaks=0"}
    kw.setdefault("timeout", PATIENCE)
    kw.setdefault("stdin", subprocess.DEVNULL if "input" not in kw else None)
    if kw["stdin"] is None:
        del kw["stdin"]
    done = subprocess.run([*FERRY_ARGV, *map(str, args)], capture_output=True, **kw)
    if check is not None:
        assert done.returncode == check, (done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return done


def settle(since=None):
    """Waits until changes made before `since` (time.monotonic(); default: now) are older than a tick of the file
    clock. A file that changed later has no strong tag and no date: content/settled.c."""
    since = time.monotonic() if since is None else since
    time.sleep(max(0, since + 0.03 - time.monotonic()))


class Listener:
    """A running `ferry serve` or `ferry say`; it listens on 127.0.0.1:.port."""

    def __init__(self, args, wrap=(), **kw):
        kw.setdefault("stdin", subprocess.DEVNULL)
        kw.setdefault("stderr", subprocess.PIPE)
        begin = time.monotonic()
        self.proc = subprocess.Popen([*wrap, *FERRY_ARGV, *map(str, args)], stdout=subprocess.PIPE, **kw)
        line = self.proc.stdout.readline().decode()
        match = re.match(r"listening on (.*):(\d+)\n$", line)
        if not match:
            self.proc.kill()
            out, err = self.proc.communicate()
            raise RuntimeError(f"it does not listen: {line!r} {err!r}")
        settle(begin)
        self.host, self.port = match[1], int(match[2])
        self.address = ("127.0.0.1", self.port)
        self.url = f"http://127.0.0.1:{self.port}"
        self.name = f"127.0.0.1:{self.port}"

    def memory(self, field="VmRSS"):
        """Memory in KiB, from the kernel."""
        status = pathlib.Path(f"/proc/{self.proc.pid}/status").read_text()
        return int(re.search(rf"^{field}:\s+(\d+) kB", status, re.M)[1])

    def stop(self, sig=signal.SIGTERM):
        """Ends it in good order; returns (exit status, stdout, stderr)."""
        if self.proc.poll() is None:
            self.proc.send_signal(sig)
        out, err = self.proc.communicate(timeout=PATIENCE)
        return self.proc.returncode, out, err


@contextlib.contextmanager
def listeners():
    with contextlib.ExitStack() as stack:

        def start(command, *args, **kw):
            listener = Listener([command, "--listen", "127.0.0.1:0", *args], **kw)

            def end():
                if listener.proc.returncode is None:
                    status, _, err = listener.stop()
                    assert status == 0, (status, err)

            stack.callback(end)
            return listener

        yield start


@pytest.fixture
def listen():
    """listen("serve", dir, "--hidden") -> Listener on a free port of 127.0.0.1; each must end with status 0."""
    with listeners() as start:
        yield start


@pytest.fixture(scope="module")
def listen_once():
    """The same for a server that all tests of a file share: they must not stop it or change what it serves."""
    with listeners() as start:
        yield start
