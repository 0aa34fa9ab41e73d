"""A very short soak: it works, and nothing is left behind."""

import os
import pathlib
import subprocess

import pytest

from conftest import FERRY, PATIENCE

SOAK = pathlib.Path(__file__).resolve().parents[1] / "soak"


@pytest.mark.release
def test_a_few_seconds():
    done = subprocess.run([SOAK], env={**os.environ, "FERRY": str(FERRY), "MINUTES": "0.05", "SEED": "1"},
                          capture_output=True, text=True, timeout=4 * PATIENCE)
    assert done.returncode == 0 and done.stdout.endswith("nothing wrong\n"), done.stdout + done.stderr
