"""The tests that docs/integrity.md names exist, and each of its claims names one."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "integrity.md").read_text()
CLAIMS = [line for table in re.findall(r"^\| claim \| test \|\n\| --- \| --- \|\n((?:\|.*\n)+)", TEXT, re.M)
          for line in table.splitlines()]
NAMED = sorted({found for line in CLAIMS for found in re.findall(r"`(\w+\.(?:c|py))::(\w+)`", line)})


def test_every_claim_names_a_test():
    assert len(CLAIMS) >= 14
    for claim in CLAIMS:
        assert re.search(r"\| (`\w+\.(?:c|py)::\w+`(?:, )?)+ \|$", claim), claim


@pytest.mark.parametrize("file, name", NAMED, ids=lambda v: v)
def test_it_is_there(file, name):
    if file.endswith(".c"):
        text, test = (ROOT / "tests" / "unit" / file).read_text(), rf"cmocka_unit_test(?:_setup_teardown)?\({name}[,)]"
    else:
        text, test = (ROOT / "tests" / "e2e" / file).read_text(), rf"^def {name}\("
    assert re.search(test, text, re.M), f"docs/integrity.md names {file}::{name}"
