"""The listing page in a real browser; the *.test.mjs beside this have what is done there."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest

import nasty
from conftest import FERRY, PATIENCE

HERE = pathlib.Path(__file__).parent


def node(script, **env):
    """Runs tests of node's, with what scripts/deps has installed."""
    env = {**os.environ, "FERRY": str(FERRY.resolve()), "CHROMIUM": shutil.which("chromium") or "chromium", **env}
    done = subprocess.run(["node", "--test", script], cwd=HERE, capture_output=True, text=True, env=env,
                          timeout=10 * PATIENCE)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


@pytest.mark.release  # the server is asked nothing here that the other tests do not ask
def test_page_in_chromium():
    node("page.test.mjs")


@pytest.mark.release
def test_a_film_in_chromium():
    node("film.test.mjs")


@pytest.mark.release
def test_nasty_names_in_chromium(listen, tmp_path):
    nasty.make(tmp_path / "pub")
    server = listen("serve", "--hidden", tmp_path / "pub")
    (tmp_path / "wanted").write_text(json.dumps([nasty.content_of(name).decode() for name in nasty.NAMES]))
    node("nasty.test.mjs", URL=server.url + "/", WANTED=str(tmp_path / "wanted"))
