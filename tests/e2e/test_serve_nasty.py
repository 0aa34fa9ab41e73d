"""All possible names, found in all ways: every name in a listing can be fetched."""

import html.parser
import json
import os
import re
import subprocess
import unicodedata
import urllib.parse

import pytest

import nasty
from conftest import PATIENCE, run
from wire import Http, ask, plain

WANTED = {nasty.content_of(name): name for name in nasty.NAMES}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nasty") / "pub"
    nasty.make(folder)
    return folder


@pytest.fixture(scope="module")
def server(listen_once, folder):
    return listen_once("serve", "--hidden", folder)


class Rows(html.parser.HTMLParser):
    """The links of the list and their texts, the link to the next page, and anything else that might be active."""

    def __init__(self, page):
        super().__init__()
        self.links, self.next, self.tags, self.inside = [], None, [], None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        attributes = dict(attributes)
        if tag == "a" and attributes.get("rel") == "next":
            self.next = attributes["href"]
        elif tag == "a" and self.inside == "td":
            self.links.append((attributes["href"], ""))
            self.inside = "link"
        elif tag == "td":
            self.inside = "td"

    def handle_endtag(self, tag):
        self.inside = {("link", "a"): "td", ("td", "td"): None}.get((self.inside, tag), self.inside)

    def handle_data(self, data):
        if self.inside == "link":
            href, shown = self.links[-1]
            self.links[-1] = (href, shown + data)


def by_page(address, query=""):
    """(href, text) of each entry on all pages, with links resolved as in a browser."""
    here = f"http://{address[0]}:{address[1]}/"
    links, at = [], here + query
    while at:
        answer = ask(address, at.removeprefix(here[:-1]))
        assert answer.status == 200
        page = Rows(answer.body.decode())  # which is UTF-8, whatever the names are
        assert page.tags.count("script") == 1 and "img" not in page.tags and page.tags.count("b") == 0
        links += [(urllib.parse.urljoin(at.partition("?")[0], href), shown) for href, shown in page.links]
        at = page.next and urllib.parse.urljoin(at, page.next)
    return links


def fetched(address, urls):
    """The names of the files at these URLs; each must be one of ours, and come once."""
    base, got = f"http://{address[0]}:{address[1]}", []
    with Http(address) as h:
        for url in urls:
            assert url.startswith(base + "/") and "?" not in url and "#" not in url
            answer = h.ask(url.removeprefix(base))
            assert answer.status == 200, url
            got.append(WANTED[answer.body])
    return got


def test_by_the_page(server):
    links = by_page(server.address)
    assert sorted(fetched(server.address, [url for url, _ in links])) == nasty.NAMES
    shown = [text for _, text in links]
    assert len(set(shown)) == len(nasty.NAMES), "two names look the same"
    for text in shown:
        # A soft hyphen is marked; a joiner may stay where it joins, which is never beside ASCII.
        text = re.sub("(?<=[^\\x00-\\x7f])[\u200c\u200d](?=[^\\x00-\\x7f])", "", text.replace("\u00ad", ""))
        assert not {unicodedata.category(c) for c in text} & {"Cc", "Cf", "Cs", "Zl", "Zp"}, ascii(text)


@pytest.mark.parametrize("query", ["?limit=100", "?limit=7&sort=size&order=desc", "?limit=350&sort=time"])
def test_by_pages(server, query):
    assert sorted(fetched(server.address, [url for url, _ in by_page(server.address, query)])) == nasty.NAMES


def test_by_json(server):
    """`href` has the exact bytes, `name` those that are text."""
    entries = json.loads(ask(server.address, "/?format=json").body)["entries"]
    assert sorted(fetched(server.address, [urllib.parse.urljoin(server.url + "/", e["href"]) for e in entries])) == nasty.NAMES
    for e in entries:
        name = urllib.parse.unquote_to_bytes(e["href"])
        try:
            assert e["name"] == name.decode()
        except UnicodeDecodeError:
            assert "\ufffd" in e["name"]


@pytest.mark.parametrize("limit", [1, 50])
def test_by_pages_of_json(server, limit):
    found, at = [], f"/?format=json&limit={limit}"
    with Http(server.address) as h:
        while at:
            page = json.loads(h.ask(at).body)
            found += [urllib.parse.unquote_to_bytes(e["href"]) for e in page["entries"]]
            at = page.get("next") and urllib.parse.urljoin(at, page["next"])
    assert sorted(found) == nasty.NAMES


def test_by_lines(server):
    """All names except those that would be two lines; in the plain dialect each line is a name."""
    lines = ask(server.address, "/?format=text").body.split(b"\n")
    askable = [name for name in nasty.NAMES if b"\n" not in name]
    assert lines.pop() == b"" and sorted(lines) == askable
    for name in askable:
        if name.endswith(b"\r"):
            continue  # CRLF ends a name, like LF
        assert plain(server.address, name + b"\n") == nasty.content_of(name)


def test_by_curl(server, tmp_path):
    """With the links of the page, in one command."""
    urls = [url for url, _ in by_page(server.address)]
    config = "".join(f'url = "{url}"\noutput = "{i}"\n' for i, url in enumerate(urls))
    done = subprocess.run(["curl", "-q", "-sSfg", "--noproxy", "*", "-K", "-"], input=config.encode(), cwd=tmp_path,
                          capture_output=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    assert sorted(WANTED[(tmp_path / str(i)).read_bytes()] for i in range(len(urls))) == nasty.NAMES


def test_by_ls(server):
    entries = json.loads(run("ls", "--json", server.name, check=0).stdout)
    assert sorted(urllib.parse.unquote_to_bytes(e["href"]) for e in entries) == nasty.NAMES
    names = [urllib.parse.unquote_to_bytes(e["href"]) for e in entries]
    assert run("ls", server.name, check=0).stdout == b"".join(name + b"\n" for name in names)


def saved_as_it_is(name):
    """Whether `ferry get` saves it under exactly this name; others are unsafe on a terminal, or look like options."""
    try:
        text = name.decode()
    except UnicodeDecodeError:
        text = name.decode("latin-1") if name.isascii() else name.decode("ascii", "replace")
    return not name.startswith(b"-") and not any(c < "\x20" or "\x7f" <= c < "\xa0" for c in text)


def sources(server, form, names):
    if form == "short":
        return [f"{server.name}/" + os.fsdecode(name) for name in names]
    links = {urllib.parse.unquote_to_bytes(url.removeprefix(server.url + "/")): url for url, _ in by_page(server.address)}
    return [links[name] for name in names]


@pytest.mark.parametrize("form", ["short", pytest.param("url", marks=pytest.mark.release)])
def test_by_get(server, tmp_path, form):
    """As arguments, and as a page's links; many at once, under their own names."""
    names = [name for name in nasty.NAMES if saved_as_it_is(name)]
    assert len(names) > 800
    run("get", "-q", "-d", tmp_path, *sources(server, form, names), check=0)
    got = {name: open(os.path.join(os.fsencode(tmp_path), name), "rb").read() for name in os.listdir(os.fsencode(tmp_path))}
    assert got == {name: nasty.content_of(name) for name in names}


@pytest.mark.release
def test_by_get_to_a_pipe(server):
    """The names that could not be saved as they are; alternately in both forms."""
    names = [name for name in nasty.NAMES if not saved_as_it_is(name)]
    for i, forms in enumerate(zip(names, sources(server, "short", names), sources(server, "url", names))):
        name, source = forms[0], forms[1 + i % 2]
        assert run("get", "-q", "-o", "-", source, check=0).stdout == nasty.content_of(name)


def test_folders(listen, tmp_path):
    """Folders with the same names: the redirect, the way up, and a file inside."""
    names = [name for name in nasty.SPECIAL if name not in (b".", b"..")]
    for name in names:
        inner = os.path.join(os.fsencode(tmp_path), name)
        os.mkdir(inner)
        with open(os.path.join(inner, b"in " + name[:200]), "wb") as f:
            f.write(nasty.content_of(name))
    server = listen("serve", "--hidden", tmp_path)
    got = []
    for url, _ in by_page(server.address):
        assert url.endswith("/")
        path = url.removeprefix(server.url)
        moved = ask(server.address, path[:-1])
        assert (moved.status, urllib.parse.urljoin(server.url + "/", moved["Location"])) == (301, url)
        page = Rows(ask(server.address, path).body.decode())
        (up, _), (inside, _) = page.links
        assert urllib.parse.urljoin(url, up) == server.url + "/"
        answer = ask(server.address, urllib.parse.urljoin(url, inside).removeprefix(server.url))
        assert answer.status == 200
        got.append(WANTED[answer.body])
    assert sorted(got) == sorted(set(names))
