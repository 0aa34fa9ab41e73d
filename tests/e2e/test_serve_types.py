"""What kind of content each answer says it is."""

import pytest

from conftest import run
from wire import ask

# None of what follows may depend on what the machine has in /etc.
BUILT_IN = ("--mime-types", "/dev/null")


@pytest.fixture
def place(tmp_path):
    place = tmp_path / "place"
    place.mkdir()
    for name in ("a.c", "a.C", "a.ts", "a.pdf", "a.smi", "a.nothing", "README"):
        (place / name).write_bytes(b"content")
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


@pytest.mark.valgrind
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
