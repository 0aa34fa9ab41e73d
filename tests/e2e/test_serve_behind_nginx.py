"""Behind nginx, which caches slices of a MiB: what it sends is the file's content, of one version."""

import functools
import json
import os
import pathlib
import re
import socket
import subprocess

import pytest

import conftest
from conftest import PATIENCE, sha256
from test_serve_ranges import parts_of
from wire import Http, ask, wait_until

pytestmark = pytest.mark.release  # most of the time is nginx's own

MIB = 1 << 20
body = functools.cache(conftest.body)
SIZES = {"empty": 0, "one": 1, "odd": MIB + 7, "even": 3 * MIB, "large": 20 * MIB}
LARGE = SIZES["large"]

# The locations: /sliced/ caches for longer than a test takes; /brief/ for a second, and then asks again; /whole/
# caches whole answers; /bare/ caches nothing. nginx would not store answers with no-cache, so it is told to follow
# proxy_cache_valid.
CONFIG = """
daemon off;
{user}
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log notice;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    proxy_cache_path {folder}/cache levels=1 keys_zone=kept:1m max_size=500m inactive=1h;
    upstream ferry {{ server 127.0.0.1:{upstream}; keepalive 4; }}
    proxy_http_version 1.1;
    proxy_ignore_headers Cache-Control;
    add_header X-Cache $upstream_cache_status always;
    server {{
        listen 127.0.0.1:{port};
        location /sliced/ {{
            slice 1m;
            proxy_cache kept;
            proxy_cache_key $uri$is_args$args$slice_range;
            proxy_set_header Range $slice_range;
            proxy_cache_valid 200 206 301 1h;
            proxy_set_header Connection "";
            proxy_pass http://ferry/;
        }}
        location /brief/ {{
            slice 1m;
            proxy_cache kept;
            proxy_cache_key $uri$is_args$args$slice_range;
            proxy_set_header Range $slice_range;
            proxy_cache_valid 200 206 1s;
            proxy_cache_revalidate on;
            proxy_set_header Connection "";
            proxy_pass http://ferry/;
        }}
        location /whole/ {{
            proxy_cache kept;
            proxy_cache_valid 200 301 404 1h;
            proxy_set_header Connection "";
            proxy_pass http://ferry/;
        }}
        location /bare/ {{
            proxy_set_header Connection "";
            proxy_pass http://ferry/;
        }}
    }}
}}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Nginx:
    """Runs as the user of the tests, on its own port, with all its files in one folder."""

    def __init__(self, folder, upstream):
        self.folder = folder
        self.upstream = upstream
        folder.mkdir()
        for _ in range(5):  # the free port may be taken before nginx gets it
            self.start(free_port())
            if self.proc.poll() is None:
                return
        raise RuntimeError((folder / "error.log").read_text())

    def start(self, port):
        user = "user root;" if os.geteuid() == 0 else ""
        config = self.folder / "nginx.conf"
        config.write_text(CONFIG.format(folder=self.folder, port=port, upstream=self.upstream, user=user))
        self.address = ("127.0.0.1", port)
        path = os.environ.get("PATH", "") + ":/usr/sbin"
        self.proc = subprocess.Popen(["nginx", "-c", config, "-e", self.folder / "error.log"], stdin=subprocess.DEVNULL,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "PATH": path})
        # The file is written when nginx listens.
        pid = self.folder / "pid"
        wait_until(lambda: self.proc.poll() is not None or pid.exists() and pid.read_text() == f"{self.proc.pid}\n",
                   "that nginx listens")

    def complaints(self):
        """The messages about answers that it rejected."""
        text = (self.folder / "error.log").read_text()
        return [line for line in text.splitlines() if re.search(r"\[(error|crit|alert|emerg)\]", line)]

    def stop(self):
        self.proc.terminate()
        assert self.proc.wait(PATIENCE) == 0


class Front:
    """A ferry with nginx before it."""

    def __init__(self, listen, tmp_path):
        self.pub, self.log = tmp_path / "pub", tmp_path / "log"
        self.ferry = listen("serve", "--log", self.log, "--log-format", "json", self.pub)
        self.nginx = Nginx(tmp_path / "nginx", self.ferry.port)
        self.address = self.nginx.address

    def asked(self):
        """The requests that reached ferry, from its log."""
        return [json.loads(line) for line in self.log.read_text().splitlines(True) if line.endswith("\n")]

    def connections(self):
        """The number of connections between the two within the last minute: the kernel remembers them for so long."""
        found = set()
        for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
            here, there = (int(a.rpartition(":")[2], 16) for a in line.split()[1:3])
            if self.ferry.port in (here, there) and there != 0:
                found.add(max(here, there) if min(here, there) == self.ferry.port else min(here, there))
        return len(found)


@pytest.fixture
def front(listen, tmp_path):
    (tmp_path / "pub").mkdir()
    for name, size in SIZES.items():
        (tmp_path / "pub" / name).write_bytes(body(size))
    front = Front(listen, tmp_path)
    yield front
    front.nginx.stop()


def settled(front, n):
    """The log, once it has all of n requests."""
    wait_until(lambda: len(front.asked()) >= n, f"{n} requests in the log")
    return front.asked()


@pytest.mark.parametrize("where", ["sliced", "whole", "bare"])
def test_whole_files(front, where):
    """Twice: first from ferry, then from the cache where there is one."""
    for turn in range(2):
        with Http(front.address) as h:
            for name, size in SIZES.items():
                answer = h.ask(f"/{where}/{name}")
                assert (answer.status, answer["Content-Length"]) == (200, str(size))
                assert answer.body == body(size)
                if where != "bare" and size > 0:
                    assert answer["X-Cache"] == ("HIT" if turn else "MISS"), name
    assert front.nginx.complaints() == []
    if where == "sliced":
        slices = sum(-(-s // MIB) for s in SIZES.values())
        assert sum(r["status"] == 206 for r in settled(front, slices + 1)) == slices  # and one whole, of nothing


def test_ranges(front):
    """In a slice, across its end, over many slices, at the end of the file; not in order."""
    whole = body(LARGE)
    with Http(front.address) as h:
        tag = h.ask("/sliced/large", range="bytes=5000000-5000000")["ETag"]
        for first, last in [(0, 0), (MIB - 1, MIB), (MIB, 2 * MIB - 1), (7_000_001, 12_345_678), (LARGE - 1, LARGE - 1),
                            (LARGE - 3 * MIB, LARGE + 99), (10, 20)]:
            answer = h.ask("/sliced/large", range=f"bytes={first}-{last}")
            assert (answer.status, answer["ETag"]) == (206, tag)
            assert answer["Content-Range"] == f"bytes {first}-{min(last, LARGE - 1)}/{LARGE}"
            assert answer.body == whole[first : last + 1]
        assert h.ask("/sliced/large", range=f"bytes={LARGE - 5}-").body == whole[-5:]
        assert h.ask("/sliced/large", range="bytes=-1500000").body == whole[-1_500_000:]
        assert h.ask("/sliced/large", range="bytes=9-19", if_range=tag).body == whole[9:20]
        assert h.ask("/sliced/large", range="bytes=9-19", if_range='"other"').body == whole
        assert h.ask("/bare/large", range=f"bytes={LARGE}-").status == 416
        assert h.ask("/whole/odd", range="bytes=100-299").body == body(SIZES["odd"])[100:300]
        # Several ranges, answered by nginx from slices, and by ferry through nginx.
        for where in ("sliced", "bare"):
            answer = h.ask(f"/{where}/large", range="bytes=0-9,3000000-5000000")
            assert answer.status in (200, 206)
            if answer.status == 206:
                assert [p[1] for p in parts_of(answer)] == [whole[:10], whole[3_000_000:5_000_001]]
            else:
                assert answer.body == whole
    assert [c for c in front.nginx.complaints() if "upstream" in c or "slice" in c] == []


@pytest.mark.parametrize("where", ["sliced", "whole", "bare"])
def test_head_and_conditions(front, where):
    with Http(front.address) as h:
        for _ in range(2):
            for name, size in SIZES.items():
                answer = h.ask(f"/{where}/{name}", "HEAD")
                assert (answer.status, answer["Content-Length"]) == (200, str(size))
                tag, date = answer["ETag"], answer["Last-Modified"]
                direct = ask(front.ferry.address, f"/{name}", "HEAD")
                assert (tag, date) == (direct["ETag"], direct["Last-Modified"])
                assert h.ask(f"/{where}/{name}", if_none_match=tag).status == 304
                assert h.ask(f"/{where}/{name}", "HEAD", if_none_match=f'"x", {tag}').status == 304
                assert h.ask(f"/{where}/{name}", if_modified_since=date).status == 304
                # After its own 412, nginx ends the connection without saying so.
                assert ask(front.address, f"/{where}/{name}", if_match='"other"').status == 412
                assert h.ask(f"/{where}/{name}", if_none_match='"other"').body == body(size)
    assert front.nginx.complaints() == []


def test_what_is_no_file(front, tmp_path):
    """Errors, a redirect and listings pass; the tar of a folder is cut into slices like a file."""
    with Http(front.address) as h:
        for where in ("sliced", "whole", "bare"):
            assert h.ask(f"/{where}/nothing").status == 404
            listing = json.loads(h.ask(f"/{where}/?format=json").body)
            assert {e["name"]: e["size"] for e in listing["entries"]} == SIZES
            assert h.ask(f"/{where}/").body == ask(front.ferry.address, "/").body
        straight = ask(front.ferry.address, "/?archive=tar").body
        assert h.ask("/sliced/?archive=tar").body == straight
        assert h.ask("/sliced/?archive=tar", range="bytes=3000000-9999999").body == straight[3_000_000:10_000_000]
        assert h.ask("/sliced/?archive=tar").body == straight


def test_the_upstream_connection_is_kept(front):
    with Http(front.address) as h:
        for where in ("sliced", "bare"):
            for name in SIZES:
                h.ask(f"/{where}/{name}")
                h.ask(f"/{where}/{name}", "HEAD")
            h.ask(f"/{where}/nothing")
            h.ask(f"/{where}/?format=json")
    assert len(settled(front, 40)) >= 40
    assert front.connections() <= 4


def replaced(path):
    new = path.with_name("new")
    new.write_bytes(body(LARGE, seed=9))
    os.rename(new, path)


def overwritten(path):
    with path.open("r+b") as f:
        f.write(body(LARGE, seed=9))


def shortened(path):
    os.truncate(path, 5 * MIB + 1)


@pytest.mark.parametrize("change", [replaced, overwritten, shortened])
@pytest.mark.parametrize("first", [100, 3 * MIB])
def test_a_file_that_changes_between_slices(front, change, first):
    """Some slices are cached when the file changes. A client gets one version completely, or a broken connection."""
    old = body(LARGE)
    path = front.pub / "large"
    with Http(front.address, receive_buffer=32768) as h:
        h.send(b"GET /sliced/large HTTP/1.1\r\nHost: a\r\n\r\n")
        assert h.head().status == 200
        got = h._bytes(first)
        change(path)
        new = path.read_bytes()
        try:
            got += h._bytes(LARGE - first)
        except (EOFError, ConnectionResetError):
            got = None
    assert got is None or got == old
    assert got is not None or any("slice" in c or "prematurely closed" in c for c in front.nginx.complaints())
    # Other clients, when slices of both versions are cached.
    for _ in range(3):
        try:
            got = ask(front.address, "/sliced/large").body
        except (EOFError, ConnectionResetError):
            continue
        assert got in (old, new)


@pytest.mark.parametrize("change", [replaced, overwritten, shortened])
def test_what_is_no_longer_kept_is_asked_for_anew(front, change):
    """With a condition: 304 while nothing changes, and the whole new version once all old slices have expired."""
    old, path = body(LARGE), front.pub / "large"
    assert ask(front.address, "/brief/large").body == old
    wait_until(lambda: ask(front.address, "/brief/large", range="bytes=0-0")["X-Cache"] == "REVALIDATED", "a 304")
    wait_until(lambda: any(r["status"] == 304 for r in front.asked()), "it in the log")
    assert ask(front.address, "/brief/large").body == old
    change(path)
    new = path.read_bytes()

    def is_new():
        try:
            got = ask(front.address, "/brief/large").body
        except (EOFError, ConnectionResetError):
            return False
        assert got in (old, new)
        return got == new

    wait_until(is_new, "the new version")


def test_programs(front, tmp_path):
    for name in SIZES:
        for argv in (["curl", "-sSf", "-o", "out"], ["wget", "-q", "-O", "out"],
                     ["aria2c", "-q", "--no-conf", "-x8", "-s8", "-k1M", "--allow-overwrite=true", "-o", "out"]):
            url = "http://%s:%d/sliced/%s" % (*front.address, name)
            env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
            subprocess.run([*argv, url], cwd=tmp_path, check=True, timeout=PATIENCE, env=env)
            assert sha256(tmp_path / "out") == sha256(front.pub / name)
