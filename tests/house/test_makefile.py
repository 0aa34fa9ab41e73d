"""`make` does what README.md says, from any shell."""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def make(folder, *words):
    """Runs the Makefile's recipes in `folder`, where build/ferry is a stand-in that is never rebuilt."""
    done = subprocess.run(["make", "-f", ROOT / "Makefile", "-o", "build/ferry", *words], cwd=folder, timeout=60,
                          env={**os.environ, "HOME": "/home/some body", "MAKEFLAGS": "", "MAKELEVEL": "0"},
                          capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize("typed, served", [
    ("~/pub", "/home/some body/pub"), ("~", "/home/some body"), ("~/my  'pub'", "/home/some body/my  'pub'"),
    ("~other", "~other"), ("a/~/b", "a/~/b"), ("/srv/pub", "/srv/pub"),
])
def test_serve_knows_the_home_folder(tmp_path, typed, served):
    """bash expands the ~ of DIR=~/pub; dash, fish and zsh hand it over as it is typed, as this test does."""
    program = tmp_path / "build" / "ferry"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    program.chmod(0o755)
    assert make(tmp_path, "serve", "LISTEN=:6767", "DIR=" + typed) == ["serve", "--listen", ":6767", "--", served]


def test_install_knows_the_home_folder(tmp_path):
    assert any("-Dprefix='/home/some body/.local'" in line for line in make(tmp_path, "-n", "install", "PREFIX=~/.local"))
