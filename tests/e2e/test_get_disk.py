"""ferry get and other files on the disk: those of somebody else, links, modes, and changes by others during a
download."""

import os
import resource
import stat

import pytest
from conftest import PATIENCE, body, run
from rogue import MODIFIED, RESET, Rogue
from test_get import getting, here, kill_at, names, size_of, until  # noqa: F401 - a fixture

BODY = body(1_000_000)
MINE = body(50_000, seed=7)


def good(peer):
    peer.file(BODY if peer.target == "/f" else MINE)


def stalls_once(at=100_000):
    return [lambda p: p.file(BODY, stop_at=at), lambda p: p.file(BODY)]


# --- what is somebody else's ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["f.part", "f.part.info", "f.part.info.new"])
@pytest.mark.parametrize("content, mode", [(MINE, 0o644), (b"ferry is not its author\n", 0o444)], ids=["bytes", "text"])
def test_a_file_that_is_called_like_ours_stays(here, name, content, mode):  # noqa: F811
    (here / name).write_bytes(content)
    (here / name).chmod(mode)
    with Rogue(good) as server:
        run("get", f"{server.name}/f", check=0)
        assert (here / "f").read_bytes() == BODY and (here / name).read_bytes() == content
        assert b"already here" in run("get", f"{server.name}/f", check=0).stderr
        run("get", "-f", f"{server.name}/f", check=0)
    assert (here / name).read_bytes() == content and names(here) == sorted(["f", name])


def test_an_empty_file_of_somebody_else_stays(here):  # noqa: F811
    (here / "f.part").touch()
    with Rogue(good) as server:
        run("get", f"{server.name}/f", check=0)
    assert names(here) == ["f", "f.part"]


@pytest.mark.parametrize("order", [["f.part", "f"], ["f", "f.part"]])
@pytest.mark.parametrize("at_once", [True, False])
def test_both_a_file_and_one_that_is_called_like_its_part(here, order, at_once):  # noqa: F811
    with Rogue(good) as server:
        sources = [f"{server.name}/{name}" for name in order]
        for some in [sources] if at_once else [sources[:1], sources[1:]]:
            run("get", *some, check=0)
    assert (here / "f").read_bytes() == BODY and (here / "f.part").read_bytes() == MINE
    assert names(here) == ["f", "f.part"]


def test_a_part_that_became_somebodys_file_is_no_part_any_more(here):  # noqa: F811
    """With --force, over the part of a download that was killed."""
    with Rogue([lambda p: p.file(BODY, stop_at=1000), good]) as server:
        kill_at(f"{server.name}/f", "f.part", 1000)
        run("get", f"{server.name}/f.part", check=8)
        run("get", "-f", f"{server.name}/f.part", check=0)
        assert (here / "f.part").read_bytes() == MINE
        run("get", f"{server.name}/f", check=0)
    assert (here / "f").read_bytes() == BODY and (here / "f.part").read_bytes() == MINE
    assert names(here) == ["f", "f.part"]


def test_a_hard_link_is_not_written_through(here):  # noqa: F811
    (here / "mine").write_bytes(MINE)
    os.link(here / "mine", here / "f.part")
    with Rogue(good) as server:
        run("get", f"{server.name}/f", check=0)
    assert (here / "mine").read_bytes() == MINE and (here / "f").read_bytes() == BODY
    assert names(here) == ["f", "f.part", "mine"]


def test_nor_one_that_was_made_of_our_part(here):  # noqa: F811
    """As a backup with hard links makes it."""
    with Rogue(stalls_once()) as server:
        kill_at(f"{server.name}/f", "f.part", 100_000)
        os.link(here / "f.part", here / "kept")
        run("get", f"{server.name}/f", check=0)
    assert (here / "kept").read_bytes() == BODY[:100_000] and (here / "f").read_bytes() == BODY


def test_going_on_under_another_name(here):  # noqa: F811
    (here / "f.part").write_bytes(MINE)
    with Rogue(stalls_once()) as server:
        kill_at(f"{server.name}/f", "f.2.part", 100_000)
        run("get", f"{server.name}/f", check=0)
        assert server.ranges[1] is not None
    assert (here / "f").read_bytes() == BODY and (here / "f.part").read_bytes() == MINE
    assert names(here) == ["f", "f.part"]


def test_all_names_are_taken(here):  # noqa: F811
    others = ["f.part", *[f"f.{n}.part" for n in range(2, 10)]]
    for name in others:
        (here / name).write_bytes(MINE)
    with Rogue(good) as server:
        assert b"-o" in run("get", f"{server.name}/f", check=8).stderr
        assert server.requests == []
    assert names(here) == sorted(others) and all((here / name).read_bytes() == MINE for name in others)


@pytest.mark.parametrize("scheme", ["", "plain://"])
@pytest.mark.parametrize("at", [0, 1000])
def test_what_a_kill_leaves_is_known_as_ours(here, scheme, at):  # noqa: F811
    """Also if nothing can be resumed: no validator, or no byte yet."""

    def script(peer):
        if scheme:
            peer.sock.recv(1024)
            peer.send(BODY[: at if peer.number == 0 else None])
        else:
            peer.file(BODY, etag='W/"weak"', stop_at=at if peer.number == 0 else None)
        if peer.number == 0:
            peer.end("stall")

    with Rogue(script, plain=bool(scheme)) as server:
        with getting(f"{scheme}{server.name}/f") as proc:
            until(lambda: server.peers and size_of("f.part") == at, "the part", proc)
            proc.kill()
        run("get", f"{scheme}{server.name}/f", check=0)
    assert (here / "f").read_bytes() == BODY and names(here) == ["f"]


# --- who meddles meanwhile --------------------------------------------------------------------------------------------


def remove(part):
    part.unlink()


def replace(part):
    part.unlink()
    part.write_bytes(MINE)


def rename(part):
    part.rename(part.with_name("moved"))


def shorten(part):
    os.truncate(part, 10)


@pytest.mark.parametrize("meddle", [remove, replace, rename, shorten], ids=lambda f: f.__name__)
@pytest.mark.parametrize("scheme", ["", "plain://"])
def test_a_part_that_somebody_touches_becomes_no_file(here, meddle, scheme):  # noqa: F811
    done = []

    def script(peer):
        if scheme:
            peer.sock.recv(1024)
        else:
            peer.answer("200 OK", 'ETag: "one"', f"Content-Length: {len(BODY)}", length=False)
        peer.send(BODY[:400_000])
        until(lambda: size_of("f.part") == 400_000, "the part")
        meddle(here / "f.part")
        done.append(names(here))
        peer.send(BODY[400_000:])

    with Rogue(script, plain=bool(scheme)) as server:
        assert b"f.part was removed" in run("get", f"{scheme}{server.name}/f", check=7).stderr
        assert len(server.peers) == 1
    assert not (here / "f").exists()
    if meddle is replace:  # it stays, since it belongs to somebody else
        assert (here / "f.part").read_bytes() == MINE
    if meddle is rename:
        assert (here / "moved").exists()


def test_the_half_of_another_get_does_not_become_the_file(here):  # noqa: F811
    """The part is removed, a second get begins, and then the first one finishes."""
    with Rogue([lambda p: p.file(BODY, stop_at=900_000), lambda p: p.file(MINE, '"two"', stop_at=1000)]) as server:
        with getting("--timeout", "2", "--retries", "0", f"{server.name}/f") as first:
            until(lambda: size_of("f.part") == 900_000, "the part", first)
            (here / "f.part").unlink()
            with getting(f"{server.name}/f") as second:
                until(lambda: size_of("f.part") == 1000, "the second part", second)
                info = (here / "f.part.info").read_bytes()
                first.communicate(timeout=PATIENCE)
                assert first.returncode in (5, 7)
                assert size_of("f.part") == 1000 and (here / "f.part.info").read_bytes() == info
    assert not (here / "f").exists()


# --- modes and links --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o640, 0o600, 0o444, 0o755])
def test_force_keeps_the_mode(here, mode):  # noqa: F811
    (here / "f").write_bytes(b"old")
    (here / "f").chmod(mode)
    seen = []

    def script(peer):
        seen.append(stat.S_IMODE((here / "f.part").stat().st_mode))
        peer.file(BODY)

    with Rogue(script) as server:
        run("get", "-f", f"{server.name}/f", check=0)
    assert (here / "f").read_bytes() == BODY and stat.S_IMODE((here / "f").stat().st_mode) == mode
    assert seen == [mode]  # nobody who could not read the old file can read the new one meanwhile


def test_a_new_file_has_the_mode_that_the_umask_leaves(here):  # noqa: F811
    with Rogue(good) as server:
        run("get", f"{server.name}/f", check=0, umask=0o027)
    assert stat.S_IMODE((here / "f").stat().st_mode) == 0o640


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_force_keeps_the_owner(here):  # noqa: F811
    (here / "f").write_bytes(b"old")
    os.chown(here / "f", 1234, 5678)
    with Rogue(good) as server:
        run("get", "-f", f"{server.name}/f", check=0)
    assert ((here / "f").stat().st_uid, (here / "f").stat().st_gid) == (1234, 5678)


@pytest.mark.parametrize("to", ["store/real", "{here}/store/real", "other"])
@pytest.mark.parametrize("there", [True, False])
def test_force_keeps_a_link_and_replaces_what_it_leads_to(here, to, there):  # noqa: F811
    (here / "store").mkdir()
    (here / "other").symlink_to("./store/real")
    (here / "f").symlink_to(to.format(here=here))
    if there:
        (here / "store" / "real").write_bytes(b"old")
    with Rogue(good) as server:
        run("get", f"{server.name}/f", check=8)
        assert names(here / "store") == (["real"] if there else [])
        assert b"f: " in run("get", "-f", f"{server.name}/f", check=0).stderr
        assert b"already here" in run("get", f"{server.name}/f", check=0).stderr
    assert (here / "f").is_symlink() and (here / "other").is_symlink()
    assert (here / "store" / "real").read_bytes() == BODY and (here / "store" / "real").stat().st_mtime == MODIFIED
    assert names(here) == ["f", "other", "store"] and names(here / "store") == ["real"]


@pytest.mark.parametrize("to", ["nowhere/f", "f", "/proc/nowhere/f"])
def test_a_link_into_nothing_stays(here, to):  # noqa: F811
    (here / "f").symlink_to(to)
    with Rogue(good) as server:
        run("get", "-f", f"{server.name}/f", check=8)
    assert names(here) == ["f"] and os.readlink(here / "f") == to


# --- several sources --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [[], ["-f"], ["-d", "sub"]])
def test_two_sources_never_share_a_target(here, options):  # noqa: F811
    (here / "sub").mkdir()
    with Rogue(lambda p: p.file(p.target.encode())) as server:
        done = run("get", *options, f"{server.name}/a/same", f"{server.url}/b/same?x", f"{server.name}/a/other", check=8)
        assert [peer.target for peer in server.requests] == ["/a/same", "/a/other"]
        assert b"same" in done.stderr
        assert b"already here" in run("get", "-d", "sub", *[f"{server.name}/a/same"] * 2, check=0).stderr
    folder = here / "sub" if "-d" in options else here
    assert (folder / "same").read_bytes() == b"/a/same" and (folder / "other").read_bytes() == b"/a/other"


def test_two_links_to_one_file_are_one_target(here):  # noqa: F811
    for name in "ab":
        (here / name).symlink_to("real")
    with Rogue(lambda p: p.file(p.target.encode())) as server:
        run("get", "-f", f"{server.name}/a", f"{server.name}/b", check=8)
    assert (here / "real").read_bytes() == b"/a"


# --- limits -----------------------------------------------------------------------------------------------------------


def test_a_limit_on_the_size_of_files_is_an_error_like_any(here):  # noqa: F811
    limits = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))}
    with Rogue(good) as server:
        done = run("get", f"{server.name}/f", check=7, **limits)
        assert b"ulimit -f" in done.stderr and done.stderr.count(b"\n") <= 2
        assert not (here / "f").exists() and size_of("f.part") == 300_000
        run("get", f"{server.name}/f", check=0)
        assert server.ranges[1] is not None
        (here / "list").symlink_to("/dev/full")
        run("get", "-f", "-o", "list", f"{server.name}/f", check=7)
    assert (here / "f").read_bytes() == BODY


def test_a_stall_after_a_reset_leaves_only_what_is_ours(here):  # noqa: F811
    """Part names of somebody else, and a download that fails permanently."""
    (here / "f.part").write_bytes(MINE)
    with Rogue(lambda p: p.end(RESET)) as server:
        run("get", "--retries", "0", f"{server.name}/f", check=5)
    assert names(here) == ["f.part"] and (here / "f.part").read_bytes() == MINE
