"""A disk, memory or descriptors fail once: an answer is right or visibly none, and the next one is right."""

import contextlib
import errno
import json
import multiprocessing
import os

import pytest

from conftest import body
from faults import faults  # noqa: F401 (a fixture)
from wire import Http, ask, plain

# The preloaded library replaces the sanitizers' own functions.
pytestmark = pytest.mark.release

LINKS = 60


def fill(pub):
    """Makes files, and links to them with '..' in their paths."""
    (pub / "links").mkdir(parents=True)
    for i in range(LINKS):
        (pub / f"file{i}").write_bytes(body(i))
        (pub / "links" / f"link{i}").symlink_to(f"../file{i}")
        (pub / "links" / f"real{i}").write_bytes(body(i))


def names_of(answer):
    return sorted(e["name"] for e in json.loads(answer.body)["entries"])


LISTED = sorted(f"{kind}{i}" for kind in ("link", "real") for i in range(LINKS))


@contextlib.contextmanager
def renamer(folder):
    """A process that does nothing but rename, in a folder that is not served."""
    folder.mkdir()
    (folder / "a").touch()
    stop = multiprocessing.Event()

    def work():
        while not stop.is_set():
            os.rename(folder / "a", folder / "b")
            os.rename(folder / "b", folder / "a")

    process = multiprocessing.Process(target=work)
    process.start()
    try:
        yield
    finally:
        stop.set()
        process.join()


def test_no_list_is_short_while_others_rename(listen, tmp_path):
    fill(tmp_path / "pub")
    server = listen("serve", tmp_path / "pub")
    with renamer(tmp_path / "elsewhere"), Http(server.address) as h:
        for i in range(150):
            assert names_of(h.ask(f"/links/?format=json&sort={'name' if i % 2 else 'size'}")) == LISTED
            if i % 5 == 0:
                assert sorted(plain(server.address, b"links\n").decode().split()) == LISTED


# The call, its error, and the answer to the client.
FAILURES = [
    ("openat2", errno.EAGAIN, 200), ("openat2", errno.ENOENT, None), ("openat2", errno.EMFILE, 503),
    ("openat2", errno.ENFILE, 503), ("openat2", errno.ENOMEM, 503), ("openat2", errno.EIO, 500),
    ("openat2", errno.ESTALE, 500), ("fstatat", errno.EIO, 500), ("fstatat", errno.ENOMEM, 503),
    ("fstatat", errno.ESTALE, 500), ("fstatat", errno.ENOENT, None), ("readdir", errno.EIO, 500),
]


def test_a_look_that_fails_makes_no_shorter_list(listen, tmp_path, faults):  # noqa: F811
    """None: the entry has gone, and a list without it is right."""
    fill(tmp_path / "pub")
    server = listen("serve", tmp_path / "pub", env=faults.env)
    targets = [f"/links/?format={f}&sort={s}" for f, s in (("json", "name"), ("html", "time"), ("text", "name"))]
    whole = {t: ask(server.address, t).body for t in targets}
    for call, error, status in FAILURES:
        for target in targets:
            # After the look-ups of the folder itself.
            faults.set(call, error, first=10)
            answer = ask(server.address, target)
            assert faults.calls >= 10, (call, target)
            if status is None:
                assert answer.status == 200 and len(answer.body) < len(whole[target])
            else:
                assert answer.status == status, (call, errno.errorcode[error], target)
                assert (answer.status == 200) == (answer.body == whole[target])
            assert (answer["Retry-After"] is not None) == (answer.status == 503)
            faults.stop()
            assert ask(server.address, target).body == whole[target]
        faults.set(call, error, first=10)
        if status in (500, 503):
            with pytest.raises(ConnectionResetError):
                plain(server.address, b"links\n")
        else:
            assert len(plain(server.address, b"links\n").split()) == 2 * LINKS - (status is None)
        faults.stop()
    assert sorted(plain(server.address, b"links\n").decode().split()) == LISTED


def test_a_list_that_breaks_half_way_is_seen_to(listen, tmp_path, faults):  # noqa: F811
    """An answer that has begun ends with a reset, or with a body without its end."""
    pub = tmp_path / "pub"
    pub.mkdir()
    for i in range(17_000):
        (pub / f"{i:05}").touch()
    server = listen("serve", pub, env=faults.env)
    whole = ask(server.address, "/?format=text").body
    assert whole.count(b"\n") == 17_000
    faults.set("fstatat", errno.EIO, first=16_900)
    with pytest.raises((ConnectionResetError, EOFError)):
        ask(server.address, "/?format=text")
    faults.set("fstatat", errno.EIO, first=16_900)
    with pytest.raises(ConnectionResetError):
        plain(server.address, b"\n")
    faults.stop()
    assert ask(server.address, "/?format=text").body == whole


def test_a_readme_that_cannot_be_read_is_said_to_be_there(listen, tmp_path, faults):  # noqa: F811
    (tmp_path / "README.md").write_text("# hello")
    server = listen("serve", "--readme", tmp_path, env=faults.env)
    ask(server.address, "/")
    faults.set("read", errno.EIO)
    page = ask(server.address, "/", Accept="text/html").body
    assert b'<article aria-label="README.md">' in page and b"cannot be read" in page and b"hello" not in page
    faults.stop()
    assert b"<h1>hello</h1>" in ask(server.address, "/", Accept="text/html").body


def test_a_neighbour_that_cannot_be_read_is_there_nevertheless(listen, tmp_path, faults):  # noqa: F811
    """The file itself is a right answer for all, but no cache may store it for all."""
    (tmp_path / "page.html").write_bytes(body(5000))
    (tmp_path / "page.html.gz").write_bytes(body(50))
    server = listen("serve", "--precompressed", tmp_path, env=faults.env)
    faults.set("openat2", errno.EIO, first=3, count=100)  # after those for the served folder and the file
    answer = ask(server.address, "/page.html", Accept_Encoding="gzip")
    assert faults.calls >= 3 and answer.status == 200 and answer.body == body(5000)
    assert answer["Vary"] == "Accept-Encoding" and answer["Content-Encoding"] is None
    faults.stop()
    answer = ask(server.address, "/page.html", Accept_Encoding="gzip")
    assert answer["Content-Encoding"] == "gzip" and answer.body == body(50)
