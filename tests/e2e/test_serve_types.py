"""The Content-Type of each answer."""

import os

import pytest

from conftest import run
from wire import Http, ask

# Nothing below may depend on the machine's /etc.
BUILT_IN = ("--mime-types", "/dev/null")


@pytest.fixture
def place(tmp_path):
    place = tmp_path / "place"
    place.mkdir()
    for name in ("a.c", "a.C", "a.ts", "a.pdf", "a.smi", "a.nothing", "README"):
        (place / name).write_bytes(b"content")
    for name in ("a.smi", "a.nothing"):
        (place / name).write_bytes(b"no text\0")
    return place


def type_of(server, name):
    return ask(server.address, "/" + name)["Content-Type"]


def test_the_built_in_types(listen, place):
    server = listen("serve", *BUILT_IN, place)
    assert type_of(server, "a.c").startswith("text/plain")
    assert type_of(server, "a.ts") == "video/mp2t"
    assert type_of(server, "a.pdf") == "application/pdf"
    assert type_of(server, "README").startswith("text/plain")
    assert type_of(server, "a.nothing") == type_of(server, "a.smi") == "application/octet-stream"


def test_the_operators_file_stands_above_all(listen, place, tmp_path):
    types = tmp_path / "types"
    types.write_bytes(b"# ours\nchemical/x-daylight-smiles\tsmi\ntext/x-csrc c\r\nText/Prs.Fallenstein.Rst ts\n")
    server = listen("serve", "--mime-types", types, place)
    assert type_of(server, "a.smi") == "chemical/x-daylight-smiles"
    assert type_of(server, "a.c").startswith("text/x-csrc")
    assert type_of(server, "a.C").startswith("text/x-csrc")
    assert type_of(server, "a.ts").startswith("Text/Prs.Fallenstein.Rst")
    assert type_of(server, "a.pdf") == "application/pdf"
    assert b"skipped" not in server.stop()[2]


def test_nothing_of_a_file_breaks_an_answer(listen, place, tmp_path):
    types = tmp_path / "types"
    types.write_bytes(b"a/b c\r\n\r\nevil\r smi\nte\x01xt/x ts\nx/y\x7f ts\na/b;c=d ts\n\x1b[2J/\x1b x\na/b p\x00df nothing\n")
    server = listen("serve", "--mime-types", types, place)
    a = ask(server.address, "/a.c")
    assert a["Content-Type"] == "a/b" and a.body == b"content"
    assert type_of(server, "a.smi") == "application/octet-stream"
    assert type_of(server, "a.ts") == "video/mp2t"
    assert type_of(server, "a.nothing") == "a/b"
    told = [line for line in server.stop()[2].splitlines() if b"skipped" in line]
    assert len(told) == 1 and b"6 lines" in told[0] and b"line 3" in told[0] and b"\x1b" not in told[0]


@pytest.mark.parametrize("make, why", [
    (lambda p: None, b"No such file"), (lambda p: p.mkdir(), b"directory"),
    (lambda p: p.write_bytes(b"#" * (1 << 20) + b"\n"), b"over 1024 KiB"),
], ids=["none", "folder", "large"])
def test_a_file_that_cannot_be_had_is_an_error(place, tmp_path, make, why):
    types = tmp_path / "types\n"
    make(types)
    done = run("serve", "--listen", "127.0.0.1:0", "--mime-types", types, place, check=1)
    assert done.stdout == b"" and done.stderr.count(b"\n") == 1
    assert b"cannot take types from" in done.stderr and why in done.stderr


def test_text_is_found_by_its_bytes(listen, place, tmp_path):
    """Only if the name says nothing; never for a known type, and never against the operator's file."""
    for name, content, kind in (
            ("meson.build", b"project('x')\n", "text/plain; charset=utf-8"), ("INSTALLED", "\u00e9".encode(), "text/plain; charset=utf-8"),
            ("empty", b"", "text/plain; charset=utf-8"), ("latin", b"\xe9t\xe9", "application/octet-stream"),
            ("deep", b"x" * 5000 + b"\0", "text/plain; charset=utf-8"), ("nul", b"a\0", "application/octet-stream"),
            ("text.bin", b"text", "application/octet-stream"), ("text.zip", b"text", "application/zip")):
        (place / name).write_bytes(content)
        server = listen("serve", *BUILT_IN, place)
        a = ask(server.address, "/" + name)
        assert a["Content-Type"] == kind and a.body == content, name
        assert a["X-Content-Type-Options"] == "nosniff"
        server.stop()
    types = tmp_path / "types"
    types.write_bytes(b"application/octet-stream build\n")
    assert type_of(listen("serve", "--mime-types", types, place), "meson.build") == "application/octet-stream"


def test_markdown_as_a_page(listen, place):
    """As safe as a README below a list: no script, no raw HTML; and the file itself is unchanged."""
    text = "# T\u00ef\n\n[x](javascript:alert(1)) <script>alert(2)</script> [y](a.c) ![z](http://else/where.png)\n"
    (place / "a b.md").write_text(text)
    (place / "latin.md").write_bytes(b"# T\xef\n")
    (place / "long.md").write_text("word " * 40000)
    (place / "sub").mkdir()
    (place / "sub" / "in.md").write_text("in")
    server = listen("serve", *BUILT_IN, place)
    with Http(server.address) as h:
        page = h.ask("/a%20b.md?render")
        assert page.status == 200 and page["Content-Type"] == "text/html; charset=utf-8"
        shown = page.body.decode()
        assert "<h1>T\u00ef</h1>" in shown and '<a href="a.c">y</a>' in shown
        assert "<script" not in shown and "javascript:" not in shown and "alert(2)</script" not in shown
        assert 'href="./a%20b.md">Source<' in shown and shown.endswith("</html>\n")
        policy = page["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "script-src" not in policy and "img-src 'self' data:;" in policy
        assert h.ask("/a%20b.md?render", "HEAD")["Content-Length"] == str(len(page.body))
        assert h.ask("/a%20b.md").body == text.encode()
        assert h.ask("/a%20b.md")["Content-Security-Policy"] is None
        assert h.ask("/latin.md?render").body == b"# T\xef\n"  # the browser knows better what it is
        assert b"The rest of it is in the file." in h.ask("/long.md?render").body
        assert h.ask("/a.c?render").body == b"content"
        assert h.ask("/none.md?render").status == 404
        assert '<span>sub</span>' in h.ask("/sub/in.md?render").body.decode()


# A character of two bytes that begins at 4095 is cut by the end of the sample.
TEXTS = {
    "ascii": (b"plain", True),
    "empty": (b"", True),
    "utf8": ("Gr\u00f6\u00dfe".encode(), True),
    "mark": (b"\xef\xbb\xbfx", True),
    "long": ("\u65e5\u672c\u8a9e".encode() * 5000, True),
    "page": (b"x" * 4096, True),
    "cut2": (b"x" * 4095 + "\u00f6".encode() + b"x" * 100, True),
    "cut4": (b"x" * 4093 + "\U0001f600".encode() + b"x" * 100, True),
    "cut at the end": (b"x" * 4095 + b"\xc3", False),
    "late": (b"x" * 4096 + b"\xf6", True),  # after the sample
    "latin1": (b"Gr\xf6\xdfe", False),
    "utf16": ("Gr\u00f6\u00dfe".encode("utf-16"), False),
    "utf16 without a mark": ("Gr".encode("utf-16-le"), False),
    "surrogate": (b"\xed\xa0\x80", False),
    "overlong": (b"\xc0\xaf", False),
    "beyond": (b"\xf4\x90\x80\x80", False),
    "last of the page": (b"x" * 4095 + b"\xf6" + b"x", False),
    "binary": (bytes(range(256)), False),
}


@pytest.mark.valgrind
@pytest.mark.parametrize("copy", [[], ["--copy"]], ids=["sent", "copied"])
def test_text_says_utf8_where_it_is(listen, tmp_path, copy):
    for name, (content, _) in TEXTS.items():
        (tmp_path / f"{name}.txt").write_bytes(content)
        (tmp_path / f"{name}.json").write_bytes(content)
    server = listen("serve", *BUILT_IN, *copy, tmp_path)
    with Http(server.address) as h:
        for name, (content, is_utf8) in TEXTS.items():
            path = "/" + name.replace(" ", "%20")
            kind = "text/plain; charset=utf-8" if is_utf8 else "text/plain"
            whole = h.ask(path + ".txt")
            assert (whole["Content-Type"], whole.body) == (kind, content), name
            head = h.ask(path + ".txt", "HEAD")
            assert {**head.headers, "date": ""} == {**whole.headers, "date": ""}
            assert h.ask(path + ".json")["Content-Type"] == "application/json"
            assert h.ask(path + ".txt", if_none_match=whole["ETag"]).status == 304
            if len(content) > 3:
                part, parts = h.ask(path + ".txt", Range="bytes=0-0"), h.ask(path + ".txt", Range="bytes=0-0,3-3")
                assert (part.status, part["Content-Type"]) == (206, kind)
                assert parts.status == 206 and parts["Content-Type"].startswith("multipart/byteranges; boundary=")
                assert parts.body.count(f"Content-Type: {kind}\r\n".encode()) == 2


def test_no_charset_against_what_a_text_says(listen, tmp_path):
    """If the text declares an encoding, or could still do so after the sample: in a browser, an answer's charset
    overrides it."""
    fill = "<p>" + "x" * 5000
    texts = {
        "a.html": ("<meta charset=windows-1251>" + fill + "\u041f\u0440\u0438", "cp1251", False),
        "b.html": ("<meta http-equiv=Content-Type content='text/html; charset=iso-8859-1'>", "latin-1", False),
        "c.html": (fill + "\xe9", "latin-1", False),
        "d.html": ("<meta charset=iso-2022-jp>\u65e5\u672c", "iso-2022-jp", False),
        "e.txt": ("\u65e5\u672c\u8a9e", "iso-2022-jp", False),
        "f.css": ('@charset "windows-1251";' + " " * 5000 + "p::after{content:'\u041f'}", "cp1251", False),
        "g.html": ("<meta charset=utf-8>" + fill + "\u041f", "utf-8", True),
        "h.html": ("<p>\u041f", "utf-8", True),
        "i.css": ("p {}" + " " * 5000, "utf-8", True),
    }
    for name, (text, encoding, _) in texts.items():
        (tmp_path / name).write_bytes(text.encode(encoding))
    server = listen("serve", *BUILT_IN, tmp_path)
    for name, (_, _, is_utf8) in texts.items():
        assert type_of(server, name).endswith("; charset=utf-8") == is_utf8, name


def test_an_index_is_text_too(listen, tmp_path):
    (tmp_path / "index.html").write_bytes(b"<p>\xf6")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "index.html").write_bytes("<p>\u00f6".encode())
    server = listen("serve", "--index", tmp_path)
    assert type_of(server, "") == "text/html"
    assert type_of(server, "sub/") == "text/html; charset=utf-8"


def test_a_text_that_is_on_the_disk_alone(listen, tmp_path):
    server = listen("serve", tmp_path)
    for name, content, kind in (("a.txt", b"x" * 100_000, "text/plain; charset=utf-8"), ("b.txt", b"\xf6", "text/plain")):
        with open(tmp_path / name, "wb") as f:
            f.write(content)
            f.flush()
            os.fsync(f.fileno())
            os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        a = ask(server.address, "/" + name)
        assert (a["Content-Type"], a.body) == (kind, content)


def test_the_charset_follows_the_file(listen, tmp_path):
    server = listen("serve", tmp_path)
    for content, kind in ((b"one", "text/plain; charset=utf-8"), (b"\xf6", "text/plain"), (b"", "text/plain; charset=utf-8")):
        (tmp_path / "a.txt").write_bytes(content)
        assert type_of(server, "a.txt") == kind
