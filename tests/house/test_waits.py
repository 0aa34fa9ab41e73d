"""Loops must not wait for threads. In glibc, signalling a condition variable may wait for a thread that was
signalled before and has not run since. ferry uses semaphores instead."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("path", sorted((ROOT / "src").rglob("*.c")), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_condition_variable(path):
    assert not re.search(r"\bpthread_cond_", path.read_text())
