"""docs/tour.md names every file of src/ where it is read, and none that does not exist."""

import re

from source import FILES, SRC

TOUR = (SRC.parent / "docs" / "tour.md").read_text()


def test_every_file_is_named():
    stems = {path.stem for path in FILES}
    assert sorted(s for s in stems if not re.search(rf"\b{s}\.[ch]\b", TOUR)) == []


def test_no_other_file_is_named():
    named = {name.split("/")[-1] for name in re.findall(r"`((?:\w+/)*\w+\.[ch])`", TOUR)} - {"x.c", "x.h"}
    there = {path.name for path in [*SRC.rglob("*"), *(SRC.parent / "tests").rglob("*.[ch]")]}
    assert sorted(named - there) == []
