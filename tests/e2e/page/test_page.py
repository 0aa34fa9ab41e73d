"""The listing page in a real browser; page.test.mjs beside this has what is done there."""

import os
import pathlib
import shutil
import subprocess

import pytest

from conftest import FERRY, PATIENCE

HERE = pathlib.Path(__file__).parent


@pytest.mark.release  # the server is asked nothing here that the other tests do not ask
def test_page_in_chromium():
    if not (shutil.which("node") and shutil.which("npm") and os.path.exists("/usr/bin/chromium")):
        pytest.skip("it takes chromium, node and npm")
    if not (HERE / "node_modules").exists():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=HERE, check=True,
                       timeout=10 * PATIENCE)
    done = subprocess.run(["node", "--test", "page.test.mjs"], cwd=HERE, capture_output=True, text=True,
                          env={**os.environ, "FERRY": str(FERRY.resolve())}, timeout=10 * PATIENCE)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
