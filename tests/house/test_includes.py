"""Rooms include each other in one direction only, which keeps each of them small enough to be read."""

import re

import pytest

from source import FILES, SRC, room_of

# room -> the rooms whose headers it may include, besides its own
MAY_INCLUDE = {
    "base": set(),
    "io": {"base"},
    "http": {"base"},
    "content": {"base"},
    "sys": {"base"},
    "site": {"base", "http", "content"},
    "wire": {"base", "http", "content", "site"},
    "server": {"base", "io", "http", "content", "site", "wire", "sys"},
    "client": {"base", "io", "http", "content"},
    "message": {"base", "io"},
    "cmd": {"base", "io", "http", "content", "site", "sys", "server", "client", "message"},
    "main": {"base", "cmd"},
}

# Made by the build, from no room.
GENERATED = {"version.h", "listing_web.h"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SRC)))
def test_includes_go_one_way(path):
    room = room_of(path)
    assert room in MAY_INCLUDE, f"{room} is a new room: say here what it may include"
    for line, name in re.findall(r'^([ \t]*#[ \t]*include[ \t]+"([^"]+)")', path.read_text(), re.M):
        if name in GENERATED:
            continue
        there = name.split("/")[0] if "/" in name else None
        assert there, f"{line}: names its room, as in \"{room}/{name}\""
        assert (SRC / name).exists(), f"{line}: is no file of src/"
        assert there == room or there in MAY_INCLUDE[room], f"{line}: {room} may not include {there}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SRC)))
def test_a_file_opens_with_its_job(path):
    text = path.read_text()
    assert text.startswith("/* "), "the first line says in one sentence what the file is for"
    if path.suffix == ".h":
        assert "#pragma once" in text


def test_contributing_names_every_arrow():
    """The table of CONTRIBUTING.md: room, what belongs there, what it may include."""
    rows = re.findall(r"^\| `(\w+)` \|.*\|(.*)\|$", (SRC.parent / "CONTRIBUTING.md").read_text(), re.M)
    assert {room: set(re.findall(r"`(\w+)`", may)) for room, may in rows if room in MAY_INCLUDE} == MAY_INCLUDE
