"""Folders: as a page, as JSON and as lines, with names that nobody would choose, and of any size."""

import html.parser
import json
import os
import re
import subprocess
import tempfile
import urllib.parse

import pytest

from conftest import SANITIZED, body
from wire import Http, ask, plain

# Each is one file's name; what a page, a link, JSON or a line could get wrong about it.
NAMES = ["plain.txt", "a b", "100%", "%2e%2e", "q?x=1", "h#frag", "a&b<c>\"d'e", "<script>alert(1)<", "größe", "日本語",
         "-rf", "~", "new\nline", "tab\there", "c:\\d", "\x1b[31mred", "trailing ", "+plus", "semi;colon", "a:b",
         b"not\xff\xfeutf8", "\u202egpj.exe"]


class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.hrefs, self.tags = [], set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "a":
            self.hrefs.append(dict(attrs)["href"])


@pytest.fixture
def server(listen, tmp_path):
    for name in NAMES:
        path = os.path.join(os.fsencode(tmp_path), os.fsencode(name))
        with open(path, "wb") as f:
            f.write(b"content of " + os.fsencode(name))
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "in").write_bytes(b"in sub")
    (tmp_path / ".hidden").write_bytes(b"secret")
    return listen("serve", tmp_path)


def as_json(address, path="/"):
    a = ask(address, path, Accept="application/json")
    assert a.status == 200 and a["Content-Type"].startswith("application/json")
    return json.loads(a.body)


@pytest.mark.valgrind
def test_json(server, tmp_path):
    listing = as_json(server.address)
    assert listing["path"] == "/"
    entries = {e["href"]: e for e in listing["entries"]}
    assert len(entries) == len(listing["entries"]) == len(NAMES) + 1
    assert entries["plain.txt"] == {"name": "plain.txt", "href": "plain.txt", "kind": "file",
                                    "size": len(b"content of plain.txt"), "mtime": entries["plain.txt"]["mtime"]}
    assert entries["sub/"]["name"] == "sub" and entries["sub/"]["kind"] == "folder" and "size" not in entries["sub/"]
    for e in entries.values():
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", e["mtime"])
    assert {urllib.parse.unquote_to_bytes(h) for h in entries} == {*map(os.fsencode, NAMES), b"sub/"}
    assert {e["name"] for e in entries.values()} >= {n for n in NAMES if isinstance(n, str)}


@pytest.mark.valgrind
def test_every_link_leads_to_its_file(server):
    """Of the page and of the JSON alike: resolved as a browser does it, asked for as it stands."""
    page = ask(server.address, "/")
    assert page["Content-Type"].startswith("text/html") and "utf-8" in page["Content-Type"].lower()
    links = Links()
    links.feed(page.body.decode())
    assert "script" not in links.tags
    hrefs = [h for h in links.hrefs if not h.startswith((".", "/", "?"))]  # not those to the folders above
    hrefs = [h[2:] if h.startswith("./") else h for h in hrefs] or [h[2:] for h in links.hrefs if h.startswith("./")]
    listed = [e["href"] for e in as_json(server.address)["entries"]]
    for found in (hrefs, listed):
        got = set()
        with Http(server.address) as h:
            for href in found:
                target = urllib.parse.urljoin(server.url + "/", href)
                assert target.startswith(server.url + "/"), href
                path = target.removeprefix(server.url)
                assert "?" not in path and "#" not in path
                a = h.ask(path)
                assert a.status == 200, href
                if not href.endswith("/"):
                    got.add(a.body.removeprefix(b"content of "))
        assert got == set(map(os.fsencode, NAMES))


@pytest.mark.valgrind
def test_lines(server):
    """A name a line, each of which can be asked for. One with a newline in it cannot, and would be two."""
    lines = plain(server.address, b"\n")
    askable = [os.fsencode(name) for name in NAMES if "\n" not in str(name)]
    for raw in askable:
        assert plain(server.address, raw + b"\n") == b"content of " + raw
    assert sorted(lines.split(b"\n")) == sorted([b"", b"sub/", *askable])


@pytest.mark.parametrize("accept, kind", [
    (None, "text/html"), ("*/*", "text/html"), ("text/html", "text/html"), ("application/json", "application/json"),
    ("text/html, application/json", "text/html"), ("application/json, text/html;q=0.5", "application/json"),
    ("application/json;q=0.1, text/html", "text/html"), ("application/json;q=0, */*", "text/html"),
])
def test_who_asks_for_json_gets_it(server, accept, kind):
    assert ask(server.address, "/", Accept=accept)["Content-Type"].startswith(kind)


def test_head_of_a_listing(server):
    with Http(server.address) as h:
        a = h.ask("/", "HEAD")
        assert a.status == 200 and a["Content-Type"].startswith("text/html")
        assert h.ask("/plain.txt").body == b"content of plain.txt"


def test_hidden_files_do_not_exist(listen, tmp_path):
    for name in (".top", "sub/.in", ".git/config", "sub/..double"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"hidden " + name.encode())
    closed, opened = listen("serve", tmp_path), listen("serve", "--hidden", tmp_path)
    for name in (".top", "sub/.in", ".git/config", "sub/..double"):
        assert ask(closed.address, "/" + name).status == 404
        assert plain(closed.address, name.encode() + b"\n") == b"File not found"
        assert ask(opened.address, "/" + name).body == b"hidden " + name.encode()
        assert plain(opened.address, name.encode() + b"\n") == b"hidden " + name.encode()
    for folder in ("/.git/", "/.git"):
        assert ask(closed.address, folder).status == 404
    assert [e["href"] for e in as_json(closed.address)["entries"]] == ["sub/"]
    assert sorted(e["href"] for e in as_json(opened.address)["entries"]) == [".git/", ".top", "sub/"]
    assert plain(closed.address, b"sub\n") == b""
    assert ask(closed.address, "/%2etop").status == 404


def test_a_huge_folder(listen, tmp_path):
    """20,000 names in each form, and the server keeps none of the three in memory as a whole."""
    n = 20_000
    names = {f"a file with a rather long name so that it adds up {i:06}" for i in range(n)}
    for name in names:
        os.close(os.open(tmp_path / name, os.O_CREAT | os.O_WRONLY))
    server = listen("serve", tmp_path)
    assert {e["name"] for e in as_json(server.address)["entries"]} == names
    assert set(plain(server.address, b"\n").decode().splitlines()) == names
    links = Links()
    links.feed(ask(server.address, "/").body.decode())
    assert len(set(links.hrefs)) >= n
    if not SANITIZED:
        assert server.memory("VmHWM") < 16 * 1024


@pytest.mark.valgrind
def test_a_listing_that_nobody_reads(listen, tmp_path):
    """It is asked for and left alone; others are served, and its end is whole when it is read after all."""
    for i in range(3000):
        (tmp_path / f"{i:04}-{'x' * 200}").touch()
    (tmp_path / "file").write_bytes(body(5000))
    server = listen("serve", "--threads", 1, tmp_path)
    with Http(server.address, receive_buffer=4096) as slow:
        slow.send(b"GET / HTTP/1.1\r\nHost: a\r\nAccept: application/json\r\n\r\n")
        for _ in range(50):
            assert ask(server.address, "/file").body == body(5000)
        assert len(json.loads(slow.receive().body)["entries"]) == 3001


@pytest.mark.parametrize("query, accept, kind", [
    ("?format=json", None, "application/json"), ("?format=text", "text/html", "text/plain"),
    ("?a=b&format=html", "application/json", "text/html"), ("?format=xml", "application/json", "application/json"),
])
def test_the_format_may_stand_in_the_address(server, query, accept, kind):
    assert ask(server.address, "/" + query, **({"Accept": accept} if accept else {}))["Content-Type"].startswith(kind)


def test_times_that_no_calendar_has(listen):
    """tmpfs keeps them all; a listing with such a file in it stays a listing."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        for i, when in enumerate((1 << 62, -(1 << 62), 253402300800, -1)):
            path = os.path.join(folder, str(i))
            open(path, "wb").close()
            try:
                os.utime(path, ns=(0, 0))
                subprocess.run(["touch", "-d", f"@{when}", path], check=True, capture_output=True)
            except subprocess.CalledProcessError:
                pass  # another file system than was thought
        server = listen("serve", folder)
        assert len(as_json(server.address)["entries"]) == 4
        assert ask(server.address, "/").body.count(b"<time datetime=") == 4
        assert ask(server.address, "/0").status == 200
