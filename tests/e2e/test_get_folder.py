"""ferry get of a folder without -r: its listing is never saved as the file; a message says how to get it."""

import json
import re
import shlex
import shutil
import tarfile

import pytest
from conftest import FERRY_ARGV, body, run
from rogue import Rogue
from test_get import here, names  # noqa: F401 - a fixture

BODY = body(100_000)


@pytest.fixture
def server(listen, tmp_path):
    pub = tmp_path / "pub"
    (pub / "photos" / "deep").mkdir(parents=True)
    (pub / "photos" / "a b.jpg").write_bytes(BODY)
    return listen("serve", pub)


def test_a_folder_says_how_it_can_be_had(here, server):  # noqa: F811
    """A name without its slash could be a file."""
    for form in ["{0}/photos", "{0}/photos/deep", "http://{0}/photos", "http://{0}/photos?sort=size"]:
        done = run("get", form.format(server.name), check=1)
        assert b"folder" in done.stderr and b"ferry ls" in done.stderr and done.stderr.count(b"\n") == 1, form
        # The command in the message works.
        command = shlex.split(re.search(r"(ferry get -r [^;]*);", done.stderr.decode())[1])
        run(*command[1:], check=0)
        name = "deep" if "deep" in form else "photos"
        assert names(here) == [name] and ("a b.jpg" in names(here / name)) != ("deep" in form)
        shutil.rmtree(here / name)
    done = run("get", "--json", f"{server.name}/photos", f"{server.name}/photos/a b.jpg", check=1)
    assert [json.loads(line)["status"] for line in done.stdout.splitlines()] == [1, 0]
    assert names(here) == ["a b.jpg"]


def test_nor_under_a_name_of_ones_own(here, server):  # noqa: F811
    (here / "photos").write_bytes(b"mine")
    for options, form in ((["-o", "x"], "{0}/photos"), (["-o", "x"], "http://{0}/photos"), (["-o", "-"], "{0}/photos"),
                          (["-o", "-"], "{0}/photos/"), ([], "{0}/photos"), (["-f"], "{0}/photos")):  # fmt: skip
        done = run("get", *options, form.format(server.name), check=1)
        assert b"folder" in done.stderr and done.stdout == b""
    assert names(here) == ["photos"] and (here / "photos").read_bytes() == b"mine"


def test_plain_asks_for_no_folder(here):  # noqa: F811
    with Rogue(lambda p: p.send(b"a\nb\n"), plain=True) as server:
        for form in ("plain://{0}/", "plain://{0}/x/"):
            for options in ([], ["-o", "f"]):
                assert b"ferry ls 'plain://" in run("get", *options, form.format(server.name), check=1).stderr
        assert server.peers == []
    assert names(here) == []


def test_a_host_alone_is_wrong_usage(here, server):  # noqa: F811
    for form in ("{0}", "plain://{0}", "localhost"):
        for options in ([], ["-o", "f"]):
            assert b"names no file" in run("get", *options, form.format(server.name), check=2).stderr
    assert names(here) == []


def test_a_page_asked_for_by_its_address_is_a_file(here, server):  # noqa: F811
    """A URL with its slash and a name to save it under: the user means the page."""
    run("get", "-o", "page", f"http://{server.name}/photos/", check=0)
    run("get", "-o", "a.tar", f"http://{server.name}/photos?archive=tar", check=0)
    assert b"<html" in (here / "page").read_bytes() and tarfile.is_tarfile(here / "a.tar")


@pytest.mark.parametrize("kind, status", [("application/octet-stream", 0), ("text/html; charset=utf-8", 1), ("application/json", 1),
                                          ("text/plain", 1), (None, 1)])  # fmt: skip
def test_a_redirect_to_a_slash(here, kind, status):  # noqa: F811
    """Other servers do this for folders, too. An answer from there that is not a text is still a file."""

    def script(peer):
        if peer.target == "/f":
            peer.answer("302 Found", "Location: /f/")
        else:
            peer.answer("200 OK", *([f"Content-Type: {kind}"] if kind else []), body=BODY)

    with Rogue(script) as server:
        run("get", f"{server.name}/f", check=status)
    assert names(here) == ([] if status else ["f"])
