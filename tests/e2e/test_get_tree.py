"""ferry get -r: a folder and everything below it, complete and right, or it says what is not."""

import contextlib
import fcntl
import json
import os
import pathlib
import shutil

import pytest
from conftest import body, listeners, run, sha256
from rogue import CLOSE, RESET, STALL
from test_get import getting, here, names, size_of, until  # noqa: F401 - a fixture
from trees import NS, Trees, entry, listed, member, send_tar, tree_of

BIG = body(3_000_000)
OLD = NS - 10**9


@pytest.fixture(scope="module")
def pub(tmp_path_factory):
    return tmp_path_factory.mktemp("pub")


@pytest.fixture(scope="module")
def server(pub):
    """One for the file; each test has a folder of its own in it."""
    with listeners() as start:
        yield start("serve", pub)


@pytest.fixture
def tree(pub, request):
    """put({path: body}) makes files of a folder that is served, settled for long; tree.source is its address."""

    class Tree:
        folder = pub / request.node.name.replace("[", "-").replace("]", "")[:100]

        def put(self, files):
            for path, content in files.items():
                file = self.folder / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
                os.utime(file, ns=(OLD, OLD + len(content)))
            return self

    made = Tree()
    made.folder.mkdir()
    yield made
    shutil.rmtree(made.folder)


def source(server, tree):
    return f"{server.name}/{tree.folder.name}/"


def files_in(folder):
    """{path: (bytes, ns)} without what ferry keeps for itself; folders are None."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if name != ".ferry-tree":
            found[name] = None if path.is_dir() else (path.read_bytes(), path.stat().st_mtime_ns)
    return found


def got(where, *args, status=0, **kw):
    return run("get", "-r", "-o", "t", *args, where, check=status, **kw).stderr.decode()


def same(tree, folder=pathlib.Path("t")):
    return files_in(folder) == files_in(tree.folder)


SOME = {"a/1": b"one", "a/2": b"", "b/c/big": BIG, "b/c/small": body(70_000), "z": b"zzz"}


@pytest.mark.threads
def test_all_of_it_arrives(here, server, tree):  # noqa: F811
    odd = {"odd #=\\ n\u00e4me\n*[?]/-x y": b"odd", "\u00ff\x01": b"1", "a..": b"2", "a-b/c": b"3", "a.b": b"4", "a/b": b"5"}
    tree.put(SOME | odd)
    (tree.folder / "empty").mkdir()
    (tree.folder / "a/1").chmod(0o640)
    (tree.folder / "z").chmod(0o4777)
    run("get", "-r", source(server, tree), check=0)
    assert names(here) == [tree.folder.name]
    here_ = here / tree.folder.name
    assert same(tree, here_) and (here_ / "empty").is_dir()
    mask = os.umask(0)
    os.umask(mask)
    assert (here_ / "a/1").stat().st_mode & 0o7777 == 0o640 & ~mask
    assert (here_ / "z").stat().st_mode & 0o7777 == 0o777 & ~mask
    assert not (here_ / ".ferry-tree.new").exists()
    said = run("get", "-r", source(server, tree), check=0).stderr.decode()
    assert said.endswith("; already here\n") and said.count("\n") == 1


def test_a_second_run_fetches_what_changed(here):  # noqa: F811
    files = dict(SOME)
    with Trees(files) as server:
        said = got(server.source)
        assert "5 files" in said and "5 fetched" in said and "verified sha-256" in said
        del server.asked[:]
        assert "already here" in got(server.source) and server.asked == []
        files["a/1"] = b"another"
        files["new/1"] = b"new"
        assert "2 fetched" in got(server.source)
        assert sorted(server.asked) == ["a/1", "new/1"]
    assert {n: v[0] for n, v in files_in(here / "t").items() if v} == files
    assert (here / "t/a/1").stat().st_mtime_ns == NS


def test_a_folder_with_its_slash_is_fetched_as_one(here, server, tree):  # noqa: F811
    tree.put({"x": b"1"})
    # Without the slash it could be a file: -r says that it is not.
    assert b"ferry get -r" in run("get", source(server, tree)[:-1], check=1).stderr
    for form in (source(server, tree), "http://" + source(server, tree)):
        assert b"is a folder: fetching all of it" in run("get", form, check=0).stderr
        assert same(tree, here / tree.folder.name)
    run("get", "-r", "-d", here, "-o", "deep", source(server, tree)[:-1], check=0)
    assert same(tree, here / "deep")
    assert b"no name to save the folder under" in run("get", "-r", server.name + "/", check=2).stderr


def test_wrong_usage(here):  # noqa: F811
    for args in (["--delete", "h/x/"], ["-r", "plain://127.0.0.1:1/x/"], ["-r", "http://127.0.0.1:1/x?y"], ["-r", "-o", "-", "h/x/"],
                 ["-r", "--sha256", "0" * 64, "h/x/"], ["-r", "h"]):  # fmt: skip
        run("get", *args, check=2)
    assert names(here) == []


# --- what is here already ---------------------------------------------------------------------------------------------


def test_what_ferry_did_not_bring_stays(here):  # noqa: F811
    """Also a file of ferry's that was changed here."""
    files = {"changed": b"12345", "kept": b"123"}
    with Trees(files) as server:
        got(server.source)
        (here / "t/changed").write_bytes(b"mine")
        files |= {"changed": b"newer", "new": b"n", "mine": b"theirs"}
        (here / "t/mine").write_bytes(b"not ferry's")
        said = got(server.source, status=8)
        assert said.count("(--force replaces it)") == 2 and "2 refused" in said and "1 fetched" in said
        assert (here / "t/mine").read_bytes() == b"not ferry's" and (here / "t/changed").read_bytes() == b"mine"
        got(server.source, "--force")
        assert {n: v[0] for n, v in files_in(here / "t").items()} == files
        files["mine"] = b"is ferry's now"
        got(server.source)
    assert (here / "t/mine").read_bytes() == b"is ferry's now"


def test_by_hash(here):  # noqa: F811
    """Same size, same time, other bytes: only a hash tells. And a file that only has another time is not fetched."""
    files = {"a": b"right", "b": b"right", "c": body(2_000_000)}
    with Trees(files) as server:
        got(server.source)
        (here / "t/a").write_bytes(b"wrong")
        os.utime(here / "t/a", ns=(NS, NS))
        os.utime(here / "t/c", ns=(NS + 5, NS + 5))
        assert "already here" in got(server.source, "--exclude", "c")
        del server.asked[:]
        assert run("get", "-r", "-o", "t", "--checksum", "--dry-run", server.source, check=0).stdout == b"replace a\n"
        got(server.source, "--checksum", "--force")
        assert server.asked == ["a"]
        assert (here / "t/c").stat().st_mtime_ns == NS
    assert (here / "t/a").read_bytes() == b"right"


def test_by_hash_what_is_somebody_elses_stays(here):  # noqa: F811
    (here / "t").mkdir()
    (here / "t/a").write_bytes(b"wrong")
    os.utime(here / "t/a", ns=(NS, NS))
    with Trees({"a": b"right"}) as server:
        assert "another SHA-256" in got(server.source, "--checksum", status=8)
    assert (here / "t/a").read_bytes() == b"wrong"


@pytest.mark.parametrize("made", ["link", "folder", "fifo", "link to a folder", "file for a folder"])
def test_what_is_no_file(here, made):  # noqa: F811
    outside = here / "outside"
    outside.mkdir()
    (outside / "f").write_bytes(b"mine")
    (here / "t").mkdir()
    if made == "link":
        (here / "t/d").mkdir()
        (here / "t/d/f").symlink_to(outside / "f")
    elif made == "folder":
        (here / "t/d/f").mkdir(parents=True)
    elif made == "fifo":
        (here / "t/d").mkdir()
        os.mkfifo(here / "t/d/f")
    elif made == "link to a folder":
        (here / "t/d").symlink_to(outside)
    else:
        (here / "t/d").write_bytes(b"mine")
    with Trees({"d/f": b"theirs", "e": b"e"}) as server:
        got(server.source, status=8)
        assert (here / "t/e").read_bytes() == b"e" and (outside / "f").read_bytes() == b"mine"
        forced = made in ("link", "fifo")
        got(server.source, "--force", status=0 if forced else 8)
    assert (outside / "f").read_bytes() == b"mine" and names(outside) == ["f"]
    if forced:
        assert (here / "t/d/f").read_bytes() == b"theirs"


# --- what the server no longer has ------------------------------------------------------------------------------------


def test_delete_removes_what_ferry_brought(here):  # noqa: F811
    files = {"a/b/1": b"1", "a/b/2": b"2", "c": b"c", "d/1": b"1", "e/f/g": b"g"}
    with Trees(files) as server:
        got(server.source)
        (here / "t/mine").write_bytes(b"mine")
        (here / "t/d/mine").write_bytes(b"mine")
        (here / "t/c").write_bytes(b"changed")
        for gone in ("a/b/1", "a/b/2", "c", "d/1"):
            del files[gone]
        assert "already here" in got(server.source)  # nothing goes without --delete
        assert (here / "t/a/b/1").exists()
        done = run("get", "-r", "-o", "t", "--delete", "--dry-run", server.source, check=0)
        assert done.stdout.decode().splitlines() == ["remove a/b/1", "remove a/b/2", "remove d/1"]
        assert (here / "t/a/b/1").exists()
        said = got(server.source, "--delete")
        assert "3 removed" in said and "c is not on the server any more, but was changed here: kept" in said
        assert sorted(files_in(here / "t")) == ["c", "d", "d/mine", "e", "e/f", "e/f/g", "mine"]
        done = run("get", "-r", "-o", "t", "--delete", "--force", "--dry-run", server.source, check=0)
        assert sorted(done.stdout.decode().splitlines()) == ["remove c", "remove d/mine", "remove mine"]
        got(server.source, "--delete", "--force", "--exclude", "mine")
        assert sorted(files_in(here / "t")) == ["d", "d/mine", "e", "e/f", "e/f/g", "mine"]
        got(server.source, "--delete", "--force")
    assert sorted(files_in(here / "t")) == ["e", "e/f", "e/f/g"]


def test_a_file_becomes_a_folder_and_back(here):  # noqa: F811
    one, other = {"x": b"file", "y/z": b"in it"}, {"x/1/2": b"in it", "y": b"file"}
    with Trees(dict(one)) as server:
        for files in (other, one, other):
            got(server.source)
            server.files.clear()
            server.files.update(files)
            got(server.source, status=8)
            got(server.source, "--delete")
            assert {n: v[0] for n, v in files_in(here / "t").items() if v} == files


def test_delete_is_for_one_source(here):  # noqa: F811
    with Trees({"a": b"a"}) as one, Trees({"b": b"b"}) as other:
        got(one.source)
        assert "files from elsewhere" in got(other.source, "--delete", status=8)
        got(other.source)
        assert "files from elsewhere" in got(one.source, "--delete", status=8)
    assert names(here / "t") == [".ferry-tree", "a", "b"]


# --- include and exclude ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options, left", [
    (["--include", "*.txt"], ["a.txt", "d/b.txt", "d/e/c.txt"]),
    (["--exclude", "*.txt"], ["d/e/f.bin", "x.bin"]),
    (["--include", "d"], ["d/b.txt", "d/e/c.txt", "d/e/f.bin"]),
    (["--exclude", "d/"], ["a.txt", "x.bin"]),
    (["--exclude", "x.bin/", "--include", "x.*"], ["x.bin"]),
    (["--include", "d/*.txt"], ["d/b.txt"]),
    (["--include", "*.txt", "--exclude", "e"], ["a.txt", "d/b.txt"]),
    (["--include", "/d/e", "--exclude", "d/e/c*"], ["d/e/f.bin"]),
])  # fmt: skip
def test_patterns(here, options, left):  # noqa: F811
    files = {name: name.encode() for name in ("a.txt", "d/b.txt", "d/e/c.txt", "d/e/f.bin", "x.bin")}
    with Trees(files) as server:
        got(server.source, *options)
        assert [name for name, what in files_in(here / "t").items() if what] == left
        # What is not wanted is not removed either.
        got(server.source)
        files.clear()
        got(server.source, "--delete", *options)
    assert [name for name, what in files_in(here / "t").items() if what] == [n for n in (
        "a.txt", "d/b.txt", "d/e/c.txt", "d/e/f.bin", "x.bin") if n not in left]


# --- lists that are wrong, or meant to do harm ------------------------------------------------------------------------

LINE = entry("a", b"a")


@pytest.mark.parametrize("path", [
    "../x", "./../x", "./a/../../x", "/etc/x", "./", ".//x", "./a//x", "./a/", "x", "./.", "./a/./b", "./a\\000b", "./a/..",
    "./" + "n" * 256, "./" + "d/" * 2047 + "f", "./" + "\\057".join(["..", "x"]), "./" + "q" * 100_000,
], ids=range(17))  # fmt: skip
def test_a_path_that_cannot_be_is_refused(here, path):  # noqa: F811
    with Trees({"a": b"a"}, listed(LINE, f"{path} type=file size=1 time=1.000000000 mode=0644\n")) as server:
        said = got(server.source, status=6)
        assert "is refused" in said and "1 refused" in said and max(map(len, said.splitlines())) < 1000
        assert server.asked == ["a"]
    assert names(here) == ["t"] and names(here / "t") == [".ferry-tree", "a"]


def test_refused_ones_are_counted_and_not_all_are_told(here):  # noqa: F811
    with Trees({}, listed(*(f"../{i} type=file size=1 time=1.000000000\n" for i in range(500)))) as server:
        said = got(server.source, status=6)
    assert "500 refused" in said and said.count("\n") < 110


@pytest.mark.parametrize("text, why", [
    (listed(LINE, end=False), "it has no end"),
    (b"#mtree\n" + LINE[:-9].encode(), "it has no end"),
    (b"#mtree\n", "it has no end"),
    (listed(LINE, entries=2), "counts other entries"),
    (listed(LINE, LINE), "a path twice"),
    (listed(entry("b", b"b"), LINE), "not in order"),
    (listed(LINE) + LINE.encode(), "after its end"),
    (listed("./a type=file time=1.0\n"), "lacks its type or its size"),
    (listed("./a size=1 time=1.0\n"), "lacks its type or its size"),
    (listed("./a type=file size=-1 time=1.0\n"), "no valid value"),
    (listed("./a type=file size=99999999999999999999 time=1.0\n"), "no valid value"),
    (listed("./a type=file size=1 time=1.0 sha256digest=12\n"), "no valid value"),
    (listed("./\\x61 type=file size=1 time=1.0\n"), "octal"),
    (listed("./a type=file size=1\n"), "a file has no time"),
    (b"<html>a listing</html>", "no list of the folder"),
    (b"", "no list of the folder"),
    (b"\0" * 1_000_000, "no list of the folder"),
], ids=range(17))  # fmt: skip
def test_a_wrong_list_changes_nothing(here, text, why):  # noqa: F811
    files = {"a": b"a", "b": b"b"}
    with Trees(files) as server:
        got(server.source)
        server.text = text
        files["a"] = b"changed"
        before = files_in(here / "t")
        assert why in got(server.source, "--delete", "--force", "--retries", "0", status=1 if "no list" in why else 6)
        assert files_in(here / "t") == before
        server.text = None
        got(server.source, "--delete")
    assert (here / "t/a").read_bytes() == b"changed"


def test_a_first_list_that_is_wrong_leaves_nothing(here):  # noqa: F811
    with Trees({"a": b"a"}, listed(LINE, end=False)) as server:
        got(server.source, "--retries", "0", status=6)
    assert names(here) == []


def test_one_file_that_fails_keeps_no_other_one_back(here):  # noqa: F811
    files = {"a": BIG, "b": b"b", "c": BIG}

    def wrong(peer, path, content):
        if path == "a":
            peer.answer("500 Internal Server Error")
        return path == "a"

    with Trees(files, wrong=wrong) as server:
        assert "1 failed" in got(server.source, "--retries", "0", status=5)
    assert files_in(here / "t").keys() - {"a.part", "a.part.info"} == {"b", "c"}


@pytest.mark.parametrize("how", [CLOSE, RESET, STALL])
def test_a_list_that_is_cut_is_asked_for_again(here, how):  # noqa: F811
    text = tree_of({f"{i:04}": b"x" for i in range(2000)})
    files = {f"{i:04}": b"x" for i in range(3)}

    def lists(peer):
        if peer.number == 0:
            peer.sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(text) + text[: len(text) // 2])
            peer.end(how)
        else:
            peer.answer("200 OK", body=tree_of(files))

    with Trees(files, lists=lists) as server:
        got(server.source, "--timeout", "1" if how == STALL else "60")
        assert sorted(server.asked) == sorted(files)
    assert sorted(files_in(here / "t")) == sorted(files)


# --- files that are wrong ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1000, 3_000_000])
@pytest.mark.parametrize("times", [1, 9])
def test_wrong_bytes(here, size, times):  # noqa: F811
    right, count = body(size), []

    def wrong(peer, path, content):
        if path != "f" or len(count) >= times:
            return False
        count.append(1)
        peer.file(b"?" + content[1:])
        return True

    with Trees({"f": right, "g": b"g"}, wrong=wrong) as server:
        said = got(server.source, status=0 if times == 1 and size < 1 << 20 else 6)
        assert (here / "t/g").read_bytes() == b"g"
        if times == 1 and size < 1 << 20:
            assert (here / "t/f").read_bytes() == right
        else:
            assert "its SHA-256 is" in said and "1 failed" in said and names(here / "t") == [".ferry-tree", "g"]
            count.extend([1] * 9)
            got(server.source)
    assert (here / "t/f").read_bytes() == right


@pytest.mark.parametrize("size", [1000, 3_000_000])
@pytest.mark.parametrize("now", ["longer", "shorter", "a folder", "gone"])
def test_a_file_that_changes_after_the_list(here, size, now):  # noqa: F811
    content = body(size)

    def wrong(peer, path, _):
        if path == "f" and now == "gone":
            peer.answer("404 Not Found")
        elif path == "f" and now == "a folder":
            peer.answer("301 Moved Permanently", "Location: /t/f/")
        elif path == "f/":
            peer.answer("200 OK", "Content-Type: text/html", body=content)
        elif path == "f":
            peer.file(content + b"+" if now == "longer" else content[:-1])
        return path.startswith("f")

    with Trees({"f": content, "g": b"g"}, tree_of({"f": content, "g": b"g"}, hashed=False), wrong) as server:
        said = got(server.source, status=3 if now == "gone" else 1 if (now, size) == ("a folder", 3_000_000) else 6)
        assert "1 failed" in said
    assert files_in(here / "t").keys() - {"f.part", "f.part.info"} == {"g"}


def test_nothing_proves_it(here):  # noqa: F811
    files = {"a": b"a", "b": body(2_000_000)}
    with Trees(files, tree_of(files, hashed=False)) as server:
        assert "unverified" in got(server.source)
        shutil.rmtree(here / "t")
        assert "2 failed" in got(server.source, "--require-verified", status=6)
    assert files_in(here / "t").keys() <= {"b.part", "b.part.info"}


# --- batches ----------------------------------------------------------------------------------------------------------

MANY = {f"d/{i:03}": body(i * 37, seed=i) for i in range(100)}


@pytest.mark.threads
def test_small_files_come_in_batches(here):  # noqa: F811
    def batch(peer, names_):
        send_tar(peer, *(member(n, files[n]) for n in names_))

    files = MANY | {"big": BIG, "\u00e4 " + "long/" * 30 + "x": b"x"}
    # The list has no hash, so the members' prove them.
    with Trees(files, tree_of(files, hashed=False), batch=batch) as server:
        said = got(server.source)
        assert server.asked == ["big"] and sorted(sum(server.batches, [])) == sorted(files.keys() - {"big"})
    assert len(server.batches) < 30 and "101 of them verified" in said
    assert {n: v[0] for n, v in files_in(here / "t").items() if v} == files


@pytest.mark.parametrize("what, spoil", [
    ("gone", lambda n, b: member(n, b"", error="gone")),
    ("changed", lambda n, b: member(n, b"", error="changed")),
    ("a bit", lambda n, b: member(n, b"?" + b[1:], told=b)),
    ("a bit and its hash", lambda n, b: member(n, b"?" + b[1:])),
    ("another hash", lambda n, b: member(n, b, told=b"?")),
    ("longer", lambda n, b: member(n, b + b"+")),
    ("much longer", lambda n, b: member(n, b + bytes(2_000_000))),
    ("shorter", lambda n, b: member(n, b[1:])),
], ids=lambda v: v if isinstance(v, str) else "")  # fmt: skip
def test_a_wrong_member_is_asked_for_alone(here, what, spoil):  # noqa: F811
    def batch(peer, names_):
        send_tar(peer, *((spoil if n == "d/050" else member)(n, MANY[n]) for n in names_))

    stays = [False]

    def wrong(peer, path, content):
        if stays[0] and path == "d/050":
            peer.answer("404 Not Found")
        return stays[0]

    with Trees(MANY, batch=batch, wrong=wrong) as server:
        got(server.source)
        assert server.asked == ["d/050"]
        assert {n: v[0] for n, v in files_in(here / "t").items() if v} == MANY
        # It is reported if it cannot be had alone either.
        shutil.rmtree(here / "t")
        stays[0] = True
        assert "1 failed" in got(server.source, status=3)
    assert files_in(here / "t").keys() - {"d"} == MANY.keys() - {"d/050"}


@pytest.mark.parametrize("answer", [
    lambda p, ns: p.answer("405 Method Not Allowed"),
    lambda p, ns: p.answer("501 Not Implemented"),
    lambda p, ns: p.answer("415 Unsupported Media Type"),
    lambda p, ns: p.answer("422 Unprocessable Content"),
    lambda p, ns: p.answer("200 OK", "Content-Type: text/html", body=b"<html>"),
    lambda p, ns: send_tar(p, *(member(n, MANY[n]) for n in ns[:5])),
    lambda p, ns: send_tar(p, *(member(n, MANY[n]) for n in reversed(ns))),
    lambda p, ns: send_tar(p, *(member(n, MANY[n]) for n in ns), member("../x", b"x"), member("d/zzz", b"x")),
    lambda p, ns: send_tar(p, member("../x", b"x")),
    lambda p, ns: send_tar(p, b"garbage" * 1000),
    lambda p, ns: send_tar(p, member(ns[0], MANY[ns[0]])[:-200], end=False),
    lambda p, ns: p.end(RESET),
], ids=range(12))  # fmt: skip
def test_without_batches_each_is_asked_for_alone(here, answer):  # noqa: F811
    with Trees(MANY, batch=answer) as server:
        got(server.source)
        assert {n: v[0] for n, v in files_in(here / "t").items() if v} == MANY
    assert names(here) == ["t"]


# --- a kill, another ferry, the disk ----------------------------------------------------------------------------------


@pytest.mark.parametrize("at", ["list", "first", "middle", "large", "replace"])
def test_killed(here, at):  # noqa: F811
    """A second run makes all of it right, and nothing of ferry's is left."""
    files = {f"d{i % 3}/{i:03}": body(3000, seed=i) for i in range(60)} | {"large": BIG}
    names_ = [p for p in sorted(files)]
    held = {"list": "?", "first": names_[0], "middle": names_[30], "large": "large", "replace": names_[45]}[at]
    stop = [at != "replace"]

    def hold(peer, path, content):
        if not stop[0] or path != held:
            return False
        peer.file(content, stop_at=len(content) // 2)
        return True

    def lists(peer):
        text = tree_of(files)
        if stop[0] and at == "list":
            peer.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(text) + text[:-100])
            peer.end(STALL)
        peer.answer("200 OK", body=text)

    with Trees(files, wrong=hold, lists=lists) as server:
        if at == "replace":
            got(server.source)
            for i in range(0, 60, 2):
                files[f"d{i % 3}/{i:03}"] = body(3001, seed=i)
            files[held] = body(3002)
            stop[0] = True
        n = len(server.requests)
        with getting("-r", "-o", "t", server.source) as proc:
            reached = (lambda: len(server.requests) > n) if at == "list" else (lambda: server.sent > 0 and held in server.asked)
            if at == "replace":
                reached = lambda: server.asked.count(held) == 2  # noqa: E731
            if at == "large":
                reached = lambda: size_of(here / "t/large.part") > 0  # noqa: E731
            until(reached, "it is at that place", proc)
        stop[0] = False
        sent = server.sent
        got(server.source)
        if at == "large":
            assert server.sent - sent < len(BIG)
        assert {name: what[0] for name, what in files_in(here / "t").items() if what} == files
        assert names(here / "t") == [".ferry-tree", "d0", "d1", "d2", "large"]
        assert "already here" in got(server.source, "--delete")


def test_one_ferry_at_a_time(here):  # noqa: F811
    (here / "t/.ferry-tree.new").mkdir(parents=True)
    with Trees({"a": b"a"}) as server:
        lock = os.open(here / "t/.ferry-tree.new", os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "another ferry" in got(server.source, status=1)
        os.close(lock)
        (here / "t/.ferry-tree.new/left by a kill").write_bytes(b"x")
        got(server.source)
    assert names(here / "t") == [".ferry-tree", "a"]


def test_a_record_of_somebody_else(here):  # noqa: F811
    (here / "t").mkdir()
    (here / "t/.ferry-tree").write_bytes(b"mine\n")
    with Trees({"a": b"a"}) as server:
        assert "not ferry's record" in got(server.source, status=8)
    assert names(here / "t") == [".ferry-tree"] and (here / "t/.ferry-tree").read_bytes() == b"mine\n"


def test_names_that_ferry_needs_are_left_out(here):  # noqa: F811
    """A tree that ferry fetched, served with --hidden."""
    files = {".ferry-tree": b"#mtree\n", "a": b"a", "b/.ferry-tree": b"below, it is a name like any"}
    with Trees(files) as server:
        got(server.source)
    assert files_in(here / "t").keys() == {"a", "b", "b/.ferry-tree"}
    assert b"# from" in (here / "t/.ferry-tree").read_bytes()


def test_space_is_checked_first(here):  # noqa: F811
    with Trees({"a": b"a"}, listed(entry("a", b"a"), entry("b", b"b", size=1 << 60))) as server:
        assert "are needed" in got(server.source, status=7)
        assert server.asked == []


def test_a_folder_that_is_not_there(here, server):  # noqa: F811
    run("get", "-r", f"{server.name}/nothing/", check=3)
    assert names(here) == []


# --- what it says -----------------------------------------------------------------------------------------------------


def test_json(here):  # noqa: F811
    files = {"a": b"a", "b": b"bb"}
    text = listed(entry("a", b"a"), entry("b", b"bb"), "../x type=file size=1 time=1.0\n")
    with Trees(files, text) as server:
        done = run("get", "-r", "-o", "t", "--json", server.source, check=6)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        assert sorted((e["event"], e["name"], e["status"]) for e in events[:-1]) == [
            ("fetched", "a", 0), ("fetched", "b", 0), ("refused", "../x", 6)]
        assert {k: v for k, v in events[-1].items() if k not in ("seconds", "source")} == {
            "event": "tree", "name": "t", "files": 2, "bytes": 3, "here": 0, "fetched": 2, "fetched_bytes": 3, "verified": 2,
            "removed": 0, "kept": 0, "refused": 1, "failed": 0, "left": 0, "unhashed": 0, "status": 6, "error": None}
        done = run("get", "-r", "-o", "t", "--json", "--dry-run", "--force", "--delete", server.source, check=6)
        assert [json.loads(line)["event"] for line in done.stdout.splitlines()] == ["refused", "tree"]


def test_a_dry_run_makes_nothing(here):  # noqa: F811
    with Trees({"a": b"a", "d/b": BIG}) as server:
        done = run("get", "-r", "-o", "t", "--dry-run", server.source, check=0)
        assert sorted(done.stdout.decode().splitlines()) == ["fetch a", "fetch d/b"] and server.asked == []
    assert b"2 would be fetched" in done.stderr and names(here) == []


def test_stopped_by_a_signal(here):  # noqa: F811
    def stall(peer, path, content):
        peer.file(content, stop_at=10)
        return True

    with Trees({"a": body(1000), "b": BIG}, wrong=stall) as server, getting("-r", "-o", "t", server.source) as proc:
        until(lambda: len(server.asked) == 2, "it fetches", proc)
        proc.terminate()
        err = proc.stderr.read()
        proc.wait()
    assert b"run the same command again to go on" in err and proc.returncode == -15
    assert files_in(here / "t").keys() <= {"b.part", "b.part.info"}
