"""No loop waits for a thread. To signal a condition variable of glibc may: for one that was signalled before, and has not
run since. There are semaphores for that."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("path", sorted((ROOT / "src").rglob("*.c")), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_condition_variable(path):
    assert not re.search(r"\bpthread_cond_", path.read_text())
