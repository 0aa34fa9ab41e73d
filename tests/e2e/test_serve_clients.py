"""Common clients: each fetches files of every size, resumes, and uses ranges in its own way."""

import http.client
import json
import os
import shutil
import subprocess

import pytest

from conftest import PATIENCE, body, sha256

pytestmark = pytest.mark.release  # most of the time is the clients' own
SIZES = {"empty": 0, "one": 1, "odd": (1 << 20) + 7, "large": 20 << 20}


@pytest.fixture(scope="module")
def pub(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clients") / "pub"
    folder.mkdir()
    for name, size in SIZES.items():
        (folder / name).write_bytes(body(size))
    return folder


class Served:
    """A server of `folder`; its log has (method, target, status, bytes) of each request."""

    def __init__(self, listen, folder, log, *args):
        self.log = log
        self.server = listen("serve", "--log", log, "--log-format", "json", *args, folder)
        self.url = self.server.url

    def requests(self):
        assert self.server.stop()[0] == 0
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [(d["method"], d["target"], d["status"], d["bytes"]) for d in lines]


@pytest.fixture
def served(listen, pub, tmp_path):
    return Served(listen, pub, tmp_path / "log")


@pytest.fixture
def client(tmp_path, monkeypatch):
    """client("curl", ...) runs it in a folder of its own, without the user's settings; returns the exit status."""
    for name in [n for n in os.environ if n.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "got").mkdir()

    def run(*argv):
        done = subprocess.run(argv, cwd=tmp_path / "got", stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)
        return done.returncode, (done.stdout + done.stderr)[-2000:]

    return run


def lftp(command):
    return ["lftp", "-c", f"set net:max-retries 1; set net:timeout 60; set cmd:fail-exit yes; {command}"]


FETCH = {
    "curl": lambda url: ["curl", "-sSf", "-o", "out", url],
    "wget": lambda url: ["wget", "-q", "-O", "out", url],
    "wget2": lambda url: ["wget2", "-q", "-O", "out", url],
    "wget2-chunks": lambda url: ["wget2", "-q", "--chunk-size=1M", "-O", "out", url],
    "aria2": lambda url: ["aria2c", "-q", "-x", "8", "-s", "8", "-k", "1M", "-o", "out", url],
    "lftp-get": lambda url: lftp(f"get {url} -o out"),
    "lftp-pget": lambda url: lftp(f"pget -n 4 {url} -o out"),
}
# The least number of answers with a part of the largest file for each client. aria2 distributes pieces by the speed of
# its connections.
PARTS = {"wget2-chunks": 20, "aria2": 2, "lftp-pget": 3}


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("how", FETCH)
def test_whole(served, client, pub, tmp_path, how, name):
    status, said = client(*FETCH[how](f"{served.url}/{name}"))
    assert status == 0, said
    assert sha256(tmp_path / "got" / "out") == sha256(pub / name)
    if name == "large":
        assert sum(r[2] == 206 for r in served.requests()) >= PARTS.get(how, 0)


GO_ON = {
    "curl": lambda url: ["curl", "-sSf", "-C", "-", "-o", "large", url],
    "wget": lambda url: ["wget", "-q", "-c", url],
    "wget2": lambda url: ["wget2", "-q", "-c", url],
    "aria2": lambda url: ["aria2c", "-q", "-c", url],
    "lftp": lambda url: lftp(f"get -c {url}"),
}


@pytest.mark.parametrize("have", [1, 7_654_321, (20 << 20) - 1])
@pytest.mark.parametrize("how", GO_ON)
def test_goes_on_where_it_stopped(served, client, pub, tmp_path, how, have):
    got = tmp_path / "got" / "large"
    got.write_bytes(body(have))
    status, said = client(*GO_ON[how](served.url + "/large"))
    assert status == 0, said
    assert sha256(got) == sha256(pub / "large")
    if how != "aria2":  # it counts in pieces of a MiB, and abandons its first answer after the head
        assert sum(r[3] for r in served.requests() if r[0] == "GET") == SIZES["large"] - have


def older(name):
    """The copy of a client that fetched an older version."""
    old = bytearray(body(SIZES[name]))
    for at in range(0, len(old), 2 << 20):
        old[at + 300_000 : at + 300_010] = b"-" * 10  # and 5 bytes instead of 10, so that everything after them has moved
        old[at + 900_000 : at + 900_010] = b"+" * 5
    return bytes(old)


@pytest.mark.parametrize("name", ["one", "odd", "large"])
def test_zsync(served, client, tmp_path, pub, name):
    """zsync fetches what an older version lacks, with several ranges in a request. Its control file lists the
    blocks. It cannot express a file without blocks, so "empty" is left out."""
    folder = tmp_path / "got"
    (folder / "old").write_bytes(older(name))
    status, said = client("zsyncmake", "-u", f"{served.url}/{name}", "-o", str(pub / f"{name}.zsync"), str(pub / name))
    assert status == 0, said
    status, said = client("zsync", "-q", "-i", "old", "-o", "out", f"{served.url}/{name}.zsync")
    assert status == 0, said
    assert sha256(folder / "out") == sha256(pub / name)
    sent = [r for r in served.requests() if r[1] == f"/{name}"]
    assert sent and all(r[2] == 206 for r in sent)
    assert sum(r[3] for r in sent) < max(SIZES[name] / 10, 2)


TREE = {
    "a b & c.txt": body(1000, seed=1), "deep/er/still/odd.bin": body(70_001, seed=2), "deep/naïve %41 #1?": body(3, seed=3),
    "deep/größe+plus;semi": body(20, seed=4), "[brackets]/(1) it's": body(30, seed=5), "empty": b"",
}


def tree_of(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def tree(listen, tmp_path):
    for name, content in TREE.items():
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / name).write_bytes(content)
    for i in range(120):
        (tmp_path / "tree" / "many" / str(i)).parent.mkdir(exist_ok=True)
        (tmp_path / "tree" / "many" / str(i)).write_bytes(body(i, seed=i))
    return Served(listen, tmp_path / "tree", tmp_path / "log")


def test_lftp_mirrors_by_the_page(tree, client, tmp_path):
    status, said = client(*lftp(f"mirror -P 3 {tree.url}/ copy"))
    assert status == 0, said
    assert tree_of(tmp_path / "got" / "copy") == tree_of(tmp_path / "tree")


@pytest.mark.parametrize("how", ["wget", "wget2"])
def test_wget_fetches_a_tree_by_its_links(tree, client, tmp_path, how):
    """Each file once. Of a folder's other pages (orders, archives) it requests nothing large."""
    status, said = client(how, "-q", "-r", "-np", "-nH", "-P", "copy", tree.url + "/")
    assert status == 0, said
    got = {n: c for n, c in tree_of(tmp_path / "got" / "copy").items() if not n.split("/")[-1].startswith("index.html")}
    want = tree_of(tmp_path / "tree")
    if how == "wget":  # wget decodes escapes twice for the names that it saves, and escapes some bytes in its own way
        assert sorted(got.values()) == sorted(want.values())
    else:
        assert got == want
    asked = {r[1] for r in tree.requests() if r[0] == "GET" and r[1] != "/robots.txt"}
    assert sum(not target.split("?")[0].endswith("/") for target in asked) == len(want)
    assert not any("archive" in target for target in asked)


def test_python(served, pub):
    """http.client, on a single connection."""
    c = http.client.HTTPConnection(*served.server.address, timeout=PATIENCE)
    c.connect()
    first = c.sock

    def ask(name, method="GET", **headers):
        c.request(method, "/" + name, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = c.getresponse()
        return answer, answer.read()

    for name, size in SIZES.items():
        whole = body(size)
        answer, content = ask(name)
        assert (answer.status, content) == (200, whole)
        tag = answer.headers["ETag"]
        answer, content = ask(name, "HEAD")
        assert (answer.status, answer.length, content) == (200, 0, b"") and answer.headers["Content-Length"] == str(size)
        assert ask(name, If_None_Match=tag)[0].status == 304
        for start, end in ((0, 0), (1, 70_000), (size // 2, size // 2 + 99_999), (size - 1, size + 5)):
            answer, content = ask(name, Range=f"bytes={start}-{end}", If_Range=tag)
            if 0 <= start < size:
                assert (answer.status, content) == (206, whole[start : end + 1])
                assert answer.headers["Content-Range"] == f"bytes {start}-{min(end, size - 1)}/{size}"
            else:
                assert answer.status == (416 if start > 0 else 200)
        assert ask(name + "-not")[0].status == 404
    assert c.sock is first
    c.close()
