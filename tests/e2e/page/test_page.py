"""The listing page in a real browser; the steps are in the *.test.mjs beside this file."""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

import nasty
from conftest import FERRY, PATIENCE

HERE = pathlib.Path(__file__).parent


def node(*scripts, **env):
    """Runs node's tests, all at once, with the packages that scripts/deps has installed."""
    env = {**os.environ, "FERRY": str(FERRY.resolve()), "CHROMIUM": shutil.which("chromium-headless-shell") or "chromium-headless-shell", **env}
    with contextlib.ExitStack() as stack:
        running = []
        for script in scripts:
            out = stack.enter_context(tempfile.TemporaryFile("w+"))
            proc = subprocess.Popen(["node", "--test", script], cwd=HERE, stdin=subprocess.DEVNULL, stdout=out,
                                    stderr=subprocess.STDOUT, env=env)
            stack.callback(proc.wait)
            stack.callback(proc.terminate)  # its browser ends with it
            running.append((proc, out))
        for proc, out in running:
            status = proc.wait(20 * PATIENCE)
            out.seek(0)
            assert status == 0, out.read()[-10000:]


@pytest.mark.release  # these tests ask the server for nothing new
def test_page_in_chromium():
    node("page.test.mjs", "look.test.mjs")


@pytest.mark.release
def test_a_film_in_chromium():
    node("film.test.mjs")


@pytest.mark.release
def test_nasty_names_in_chromium(listen, tmp_path):
    nasty.make(tmp_path / "pub")
    server = listen("serve", "--hidden", tmp_path / "pub")
    (tmp_path / "wanted").write_text(json.dumps([nasty.content_of(name).decode() for name in nasty.NAMES]))
    node("nasty.test.mjs", URL=server.url + "/", WANTED=str(tmp_path / "wanted"))
