"""The tests that docs/http.md names exist."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROWS = [line for line in (ROOT / "docs" / "http.md").read_text().splitlines()
        if line.startswith("| ") and not line.startswith(("| Section", "| ---"))]
NAMED = sorted({found for row in ROWS for found in re.findall(r"`(\w+\.(?:c|py))::(\w+)`", row)})


def test_every_row_is_whole():
    """A section, a requirement, what ferry does, and at least one test."""
    assert len(ROWS) > 50
    for row in ROWS:
        cells = [cell.strip() for cell in row.strip("|").split(" | ")]
        assert len(cells) == 4 and all(cells), row
        assert re.fullmatch(r"(`\w+\.(?:c|py)::\w+`(?:, )?)+\|?", cells[3].strip()), row


@pytest.mark.parametrize("file, name", NAMED, ids=lambda v: v)
def test_it_is_there(file, name):
    if file.endswith(".c"):
        text, test = (ROOT / "tests" / "unit" / file).read_text(), rf"cmocka_unit_test\({name}\)"
    else:
        text, test = (ROOT / "tests" / "e2e" / file).read_text(), rf"^def {name}\("
    assert re.search(test, text, re.M), f"docs/http.md names {file}::{name}"
