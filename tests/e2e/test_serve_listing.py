"""Folders as a page, as JSON and as lines, with unusual names, of any size."""

import base64
import gzip
import hashlib
import html
import html.parser
import json
import os
import re
import subprocess
import tempfile
import urllib.parse

import pytest

from conftest import SANITIZED, body, run
from wire import Http, ask, plain

# Each is the name of a file that a page, a link, JSON or a line could get wrong.
NAMES = ["plain.txt", "a b", "100%", "%2e%2e", "q?x=1", "h#frag", "a&b<c>\"d'e", "<script>alert(1)<", "größe", "日本語",
         "-rf", "~", "new\nline", "tab\there", "c:\\d", "\x1b[31mred", "trailing ", "+plus", "semi;colon", "a:b",
         b"not\xff\xfeutf8", "\u202egpj.exe"]


class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.hrefs, self.tags = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "a":
            self.hrefs.append(dict(attrs)["href"])


@pytest.fixture(scope="module")
def server(listen_once, tmp_path_factory):
    folder = tmp_path_factory.mktemp("listing")
    for name in NAMES:
        path = os.path.join(os.fsencode(folder), os.fsencode(name))
        with open(path, "wb") as f:
            f.write(b"content of " + os.fsencode(name))
    (folder / "sub").mkdir()
    (folder / "sub" / "in").write_bytes(b"in sub")
    (folder / ".hidden").write_bytes(b"secret")
    return listen_once("serve", folder)


def as_json(address, path="/"):
    a = ask(address, path, Accept="application/json")
    assert a.status == 200 and a["Content-Type"].startswith("application/json")
    return json.loads(a.body)


def pages(server, path, **fields):
    """All names in the order of the pages, which are found by their links."""
    names, base = [], path
    while path:
        a = ask(server.address, path, **fields)
        assert a.status == 200
        if a["Content-Type"] == "application/json":
            page = json.loads(a.body)
            names += [e["href"] for e in page["entries"]]
            link = page.get("next")
        else:
            rows = re.findall(r'<tr class="(?!up)[^"]*"><td><a href="([^"]*)"', a.body.decode())
            names += map(urllib.parse.unquote, rows)
            link = re.search(r'rel="next" href="([^"]*)"', a.body.decode())
            link = link and html.unescape(link[1])
        path = link and urllib.parse.urljoin(base, link)
    return names


@pytest.mark.valgrind
def test_json(server):
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
    """On the page and in JSON: resolved like in a browser, and requested exactly as written."""
    page = ask(server.address, "/")
    assert page["Content-Type"].startswith("text/html") and "utf-8" in page["Content-Type"].lower()
    links = Links()
    links.feed(page.body.decode())
    assert links.tags.count("script") == 1  # our own
    hrefs = [h for h in links.hrefs if not h.startswith((".", "/", "?"))]  # without those to upper folders
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
    """A name a line, each of which can be requested. A name with a newline cannot, and would be two."""
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
    """20,000 names in each format; the server never holds all of it in memory."""
    n = 20_000
    names = {f"a file with a rather long name so that it adds up {i:06}" for i in range(n)}
    for name in names:
        os.close(os.open(tmp_path / name, os.O_CREAT | os.O_WRONLY))
    server = listen("serve", tmp_path)
    assert {e["name"] for e in as_json(server.address)["entries"]} == names
    assert set(plain(server.address, b"\n").decode().splitlines()) == names
    assert pages(server, "/", Accept="text/html") == sorted(names)
    if not SANITIZED:
        assert server.memory("VmHWM") < 16 * 1024


@pytest.mark.valgrind
def test_a_listing_that_nobody_reads(listen, tmp_path):
    """One client does not read its listing; others are served, and it is complete when it is read after all."""
    for i in range(3000):
        (tmp_path / f"{i:04}-{'x' * 200}").touch()
    (tmp_path / "file").write_bytes(body(5000))
    server = listen("serve", "--threads", 1, tmp_path)
    with Http(server.address, receive_buffer=4096) as slow:
        slow.send(b"GET / HTTP/1.1\r\nHost: a\r\nAccept: application/json\r\n\r\n")
        for _ in range(50):
            assert ask(server.address, "/file").body == body(5000)
        assert len(json.loads(slow.receive().body)["entries"]) == 3001


@pytest.mark.parametrize("accepted, coding", [
    ("gzip", "gzip"), ("gzip, deflate, br, zstd", "gzip"), ("br;q=1, gzip;q=0.5", "gzip"), ("x-gzip", "gzip"), ("*", "gzip"),
    ("identity", None), ("", None), ("gzip;q=0", None), ("br, zstd", None), ("identity, gzip;q=0.5", None),
])
def test_a_listing_is_compressed_for_who_likes_that(server, accepted, coding):
    with Http(server.address) as h:
        for target in ["/", "/?format=json", "/?format=text", "/?sort=size&limit=3"]:
            as_it_is = h.ask(target)
            assert as_it_is["Content-Encoding"] is None
            for method in ["GET", "HEAD"]:
                answer = h.ask(target, method, Accept_Encoding=accepted)
                assert answer["Content-Encoding"] == coding
                assert answer["Vary"] == "Accept, Accept-Encoding"
                if method == "GET":
                    assert (gzip.decompress(answer.body) if coding else answer.body) == as_it_is.body


def test_a_compressed_listing_of_any_size(listen, tmp_path):
    """Longer than any buffer on the way, in runs, with names that compress badly."""
    for i in range(17_000):
        (tmp_path / f"{hashlib.sha256(b'%d' % i).hexdigest()}").touch()
    server = listen("serve", tmp_path)
    answer = ask(server.address, "/?format=json", Accept_Encoding="gzip")
    assert answer["Content-Encoding"] == "gzip"
    entries = json.loads(gzip.decompress(answer.body))["entries"]
    assert sorted(e["name"] for e in entries) == sorted(os.listdir(tmp_path))


@pytest.mark.parametrize("query, accept, kind", [
    ("?format=json", None, "application/json"), ("?format=text", "text/html", "text/plain"),
    ("?a=b&format=html", "application/json", "text/html"), ("?format=xml", "application/json", "application/json"),
])
def test_the_format_may_stand_in_the_address(server, query, accept, kind):
    assert ask(server.address, "/" + query, **({"Accept": accept} if accept else {}))["Content-Type"].startswith(kind)


def test_times_that_no_calendar_has(listen):
    """tmpfs holds them all. A time whose year has four digits is shown; others are null, and absent on the page."""
    times = {"a": (1 << 62, None), "b": (-(1 << 62), None), "c": (253402300800, None), "d": (-1, "1969-12-31T23:59:59Z"),
             "e": (253402300799, "9999-12-31T23:59:59Z"), "f": (-30610224001, "0999-12-31T23:59:59Z"),
             "g": (-62167219200, "0000-01-01T00:00:00Z"), "h": (-62167219201, None)}
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        for name, (when, _) in times.items():
            subprocess.run(["touch", "-d", f"@{when}", os.path.join(folder, name)], check=True)
        server = listen("serve", folder)
        assert {e["name"]: e["mtime"] for e in as_json(server.address)["entries"]} == {n: text for n, (_, text) in times.items()}
        page = ask(server.address, "/").body.decode()
        for name, (_, text) in times.items():
            row = re.search(rf'<a href="{name}">.*?</tr>', page)[0]
            assert re.findall('<time datetime="([^"]*)"', row) == ([text] if text else []), name
        in_order = [e["name"] for e in as_json(server.address, "/?sort=time&order=asc")["entries"]]
        assert in_order == sorted(times, key=lambda n: times[n][0])
        assert pages(server, "/?sort=time&order=asc&limit=1", Accept="application/json") == in_order
        assert run("ls", f"{server.name}/", check=0).stdout.count(b"\n") == len(times)
        assert ask(server.address, "/a").status == 200
        assert ask(server.address, "/b")["Last-Modified"] is None


def natural(href):
    name = urllib.parse.unquote(href).lower()
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


@pytest.fixture(scope="module")
def shelf(listen_once, tmp_path_factory):
    """Files and folders whose order differs by size, time and name."""
    folder = tmp_path_factory.mktemp("shelf")
    for i, name in enumerate(["b2", "B10", "a1", "a01", "c", "x" * 255, "é", "d 3", "d+4"]):
        (folder / name).write_bytes(b"." * (i * 7 % 5 * 1000))
        os.utime(folder / name, (0, 1_000_000_000 + i * 7919 % 13 * 86400))
    for i, name in enumerate(["zoo", "Art", "m2", "m10"]):
        (folder / name).mkdir()
        os.utime(folder / name, (0, 1_500_000_000 - i * 86400))
    os.utime(folder / "c", (0, -86400))  # before 1970
    return listen_once("serve", folder)


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("sort, key", [
    ("name", lambda e: natural(e["href"].rstrip("/"))), ("size", lambda e: e.get("size", 0)), ("time", lambda e: e["mtime"])])
def test_sorting(shelf, sort, order, key):
    entries = as_json(shelf.address, f"/?sort={sort}&order={order}")["entries"]
    assert len(entries) == 13
    for kind, group in (("folder", entries[:4]), ("file", entries[4:])):
        assert all(e["kind"] == kind for e in group)
        keys = [key(e) for e in group]
        if keys[0] is not None:
            assert keys == sorted(keys, reverse=order == "desc") or sort == "name" and len(set(map(str, keys))) < len(keys)


def test_times_are_sorted_to_the_nanosecond(listen, tmp_path):
    second = 1_700_000_000 * 10**9
    when = {"d": second, "b": second + 1, "a": second + 2, "c": second + 999_999_999, "e": second + 10**9, "f": -1, "g": -2 * 10**9}
    for name, ns in when.items():
        (tmp_path / name).touch()
        os.utime(tmp_path / name, ns=(0, ns))
    server = listen("serve", tmp_path)
    wanted = sorted(when, key=when.get)
    for order, names in (("asc", wanted), ("desc", wanted[::-1])):
        query = f"/?sort=time&order={order}"
        assert [e["name"] for e in as_json(server.address, query)["entries"]] == names
        for accept in ("application/json", "text/html"):
            assert pages(server, f"{query}&limit=1", Accept=accept) == names
    # A place without decimals, as in older links, is the beginning of the second.
    assert [e["name"] for e in as_json(server.address, "/?sort=time&order=asc&after=f1700000000/d")["entries"]] == list("bace")


def test_numbers_are_counted(shelf):
    names = [urllib.parse.unquote(e["href"]) for e in as_json(shelf.address)["entries"]]
    assert names == ["Art/", "m2/", "m10/", "zoo/", "a01", "a1", "b2", "B10", "c", "d 3", "d+4", "x" * 255, "é"]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 12, 13, 14])
@pytest.mark.parametrize("sort", ["name", "size", "time"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_join_without_a_seam(shelf, sort, order, limit):
    query = f"/?sort={sort}&order={order}"
    whole = [e["href"] for e in as_json(shelf.address, query)["entries"]]
    assert pages(shelf, f"{query}&limit={limit}", Accept="application/json") == whole
    assert pages(shelf, f"{query}&limit={limit}", Accept="text/html") == [urllib.parse.unquote(h) for h in whole]


def test_a_page_begins_where_a_name_was(listen, tmp_path):
    """The entry of a place may be gone when it is used, and others may have come."""
    for i in range(10):
        (tmp_path / f"n{i}").touch()
    server = listen("serve", tmp_path)
    first = as_json(server.address, "/?limit=5")
    assert [e["name"] for e in first["entries"]] == [f"n{i}" for i in range(5)]
    (tmp_path / "n4").unlink()
    (tmp_path / "n0a").touch()
    (tmp_path / "n4a").touch()
    second = as_json(server.address, "/" + first["next"])
    assert [e["name"] for e in second["entries"]] == ["n4a", "n5", "n6", "n7", "n8"]


@pytest.mark.parametrize("query, status", [
    ("?after=f0/x", 200), ("?after=d0/x", 200), ("?after=", 400), ("?after=x", 400), ("?after=f0/", 400),
    ("?after=f/x", 400), ("?after=f0/a/b", 400), ("?after=f99999999999999999999/x", 400), ("?after=%zz", 400),
    ("?after=f0/" + "x" * 300, 400), ("?limit=0", 200), ("?limit=-1", 200), ("?limit=99999999999999999999", 200),
    ("?sort=colour", 200), ("?after=f0/zzz", 200), ("?sort=time&after=f-5/x", 200), ("?after=f0/x%00y", 400),
])
def test_what_a_query_may_hold(server, query, status):
    assert ask(server.address, "/" + query).status == status
    assert ask(server.address, "/plain.txt" + query).status == 200  # ignored for a file


def test_a_selection_out_of_many(listen, tmp_path):
    """Pages of a much larger folder, in whatever order the folder returns its names."""
    names = [f"{i * 7919 % 3001:05}" for i in range(3000)]
    for name in names:
        (tmp_path / name).touch()
    server = listen("serve", tmp_path)
    assert pages(server, "/?limit=70", Accept="application/json") == sorted(names)
    assert pages(server, "/?limit=70&order=desc", Accept="application/json") == sorted(names, reverse=True)


def test_the_policy_lets_our_own_script_run_and_nothing_else(server):
    a = ask(server.address, "/")
    policy = dict(part.strip().split(" ", 1) for part in a["Content-Security-Policy"].split(";"))
    page = a.body
    script = re.search(rb'<script src="([^"]*)" integrity="([^"]*)"', page)
    assert policy["script-src"] == f"'{script[2].decode()}'" and policy["style-src"] == "'self'"
    digest = hashlib.sha256(ask(server.address, urllib.parse.urljoin("/", script[1].decode())).body).digest()
    assert script[2].decode() == "sha256-" + base64.b64encode(digest).decode()
    assert policy["default-src"] == "'none'" and a["X-Content-Type-Options"] == "nosniff"
    assert ask(server.address, "/?format=json")["Content-Security-Policy"] is None
    assert b"style=" not in page and b" on" + b"click" not in page
    assert not re.search(rb"""(src|href|url)\s*[=(]\s*["']?(https?:)?//""", page)


@pytest.mark.parametrize("options", [[], ["--index"]])
def test_the_pages_own_files(listen, tmp_path, options):
    """Their addresses contain a digest, work from every folder, and may be cached for a year."""
    (tmp_path / "a b" / "c").mkdir(parents=True)
    (tmp_path / "index.html").write_text("mine")
    server = listen("serve", *options, tmp_path)
    with Http(server.address) as h:
        for folder in ["/", "/a%20b/", "/a%20b/c/"][len(options):]:
            page = h.ask(folder).body.decode()
            addresses = re.findall(r'<(?:link rel="stylesheet" href|script src)="([^"]*)"', page)
            assert len(addresses) == 2
            for address, kind in zip(addresses, ["text/css; charset=utf-8", "text/javascript; charset=utf-8"]):
                target = urllib.parse.urlsplit(urllib.parse.urljoin(f"http://a/prefix{folder}", address))
                assert target.path == "/prefix/"
                plain, packed = (h.ask(f"/?{target.query}", Accept_Encoding=c) for c in ["identity", "gzip"])
                assert plain.body and plain.body == gzip.decompress(packed.body)
                assert plain["Content-Encoding"] is None and packed["Content-Encoding"] == "gzip"
                assert plain["ETag"] != packed["ETag"]
                for answer in plain, packed:
                    assert answer["Content-Type"] == kind and answer["Vary"] == "Accept-Encoding"
                    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
                again = h.ask(f"/?{target.query}", if_none_match=plain["ETag"])
                assert again.status == 304 and again["Cache-Control"] == plain["Cache-Control"]
                other = h.ask("/?" + re.sub(r"-\w+", "-0000", target.query))
                assert other.body == plain.body and other["Cache-Control"] == "no-cache"
        assert h.ask("/?asset=nothing").status == 404
        assert h.ask(f"/a%20b/?{target.query}")["Content-Type"].startswith("text/html")


def test_title(listen, tmp_path):
    (tmp_path / "sub").mkdir()
    server = listen("serve", "--title", "Ours & <b>yours</b>", tmp_path)
    page = ask(server.address, "/sub/").body.decode()
    assert "<title>/sub/ \u00b7 Ours &amp; &lt;b&gt;yours&lt;/b&gt;</title>" in page
    assert '<a class="home" href="../"><span>Ours &amp; &lt;b&gt;' in page


def test_readme(listen, tmp_path):
    (tmp_path / "README.md").write_text("# Hello\n\n**bold** <script>alert(1)</script> [x](javascript:alert(2)) [y](a%20b)\n")
    (tmp_path / "README.txt").write_text("not this one")
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "README.txt").write_text("<b>as it is</b> & so on")
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "README.md").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "README.md").symlink_to("/etc/passwd")
    server = listen("serve", "--readme", tmp_path)
    page = ask(server.address, "/").body.decode()
    shown = page[page.index("<article"):page.index("</article>")]
    assert "<h1>Hello</h1>" in shown and "<strong>bold</strong>" in shown and '<a href="a%20b">y</a>' in shown
    assert "<script" not in shown and "javascript:" not in shown and "not this one" not in shown
    assert "&lt;b&gt;as it is&lt;/b&gt; &amp; so on" in ask(server.address, "/text/").body.decode()
    for path in ("/none/", "/out/", "/?after=f0/A"):
        assert "<article" not in ask(server.address, path).body.decode(), path
    assert "<article" not in ask(listen("serve", tmp_path).address, "/").body.decode()
    assert "Hello" not in ask(server.address, "/?format=json").body.decode()


@pytest.mark.parametrize("unit", ["word ", "<", "> ", "* a\n", "ü", "[", "![[]()"])
def test_a_huge_readme(listen, tmp_path, unit):
    """Its beginning is shown, for any content, and the page is complete."""
    (tmp_path / "README.md").write_text(unit * (600_000 // len(unit)))
    server = listen("serve", "--readme", tmp_path)
    page = ask(server.address, "/").body.decode()
    assert page.endswith("</html>\n") and "The rest of it is in README.md" in page


def test_a_deep_folder(listen, tmp_path):
    """The number of links is bounded, and the last one is the folder itself."""
    fd = os.open(tmp_path, os.O_RDONLY)
    names = ["é" * 20] * 30 + ["d"] * 500
    for name in names:
        os.mkdir(name, dir_fd=fd)
        inner = os.open(name, os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = inner
    os.close(fd)
    server = listen("serve", tmp_path)
    path = "/" + "".join(urllib.parse.quote(n) + "/" for n in names)
    a = ask(server.address, path)
    assert a.status == 200 and a.body.endswith(b"</html>\n")
    links = Links()
    links.feed(a.body.decode())
    reached = [urllib.parse.urljoin(path, href) for href in links.hrefs]
    assert path in reached and urllib.parse.urljoin(path, "../") in reached and len(a.body) < 256 * 1024


def test_no_link_leaves_the_folder_that_a_proxy_calls_otherwise(listen, tmp_path):
    """The page's links keep any prefix of the path."""
    (tmp_path / "a b" / "c").mkdir(parents=True)
    (tmp_path / "a b" / "c" / "README.md").write_text("[x](d.txt)")
    server = listen("serve", "--readme", "--title", "T", tmp_path)
    for path, up in (("/", ["/"]), ("/a%20b/", ["/", "/a%20b/"]), ("/a%20b/c/", ["/", "/a%20b/", "/a%20b/c/"])):
        page = ask(server.address, path).body.decode()
        for name, ref in re.findall(r'(href|src|action)="([^"]*)"', page):
            assert not ref.startswith("/") and not re.match("https?:", ref), (path, name, ref)
        crumbs = re.findall(r'<a[^>]* href="([^"]*)"', page[page.index("<nav"):page.index("</nav>")])
        assert [urllib.parse.urljoin("/files" + path, c) for c in crumbs] == ["/files" + u for u in up]
    assert as_json(server.address, "/a%20b/?limit=1&format=json")["entries"][0]["href"] == "c/"


@pytest.mark.parametrize("name", [
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645.txt", "\u0915\u094d\u200d\u0937", "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f", "so\u00adft", "cafe\u0301", "1\ufe0f\u20e3", "\u00a0x"])
def test_a_name_is_shown_as_it_is_where_nothing_deceives(listen, tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / ("x" + name)).touch()
    server = listen("serve", tmp_path)
    page = ask(server.address, "/" + urllib.parse.quote(name) + "/").body.decode()
    assert f"<title>/{name}/</title>" in page or "\u00ad" in name
    shown = re.search(r"<tr[^>]*><td><a href=\"x[^>]*>(.*?)</a>", page)[1]
    assert html.unescape(re.sub("<[^>]*>", "", shown)) == "x" + name
    assert as_json(server.address)["entries"][0]["name"] == name


def test_a_name_that_would_deceive_is_not(listen, tmp_path):
    for name in ("\u202egpj.exe", "a\u200db", "a\u2066b", "x\u200b"):
        (tmp_path / name).touch()
    page = ask(listen("serve", tmp_path).address, "/").body.decode()
    assert not re.search("[\u200b-\u200f\u202a-\u202e\u2066-\u2069]", page)
