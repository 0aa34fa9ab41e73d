"""The help and the manual agree."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FERRY = os.environ.get("FERRY", str(ROOT / "build" / "ferry"))
COMMANDS = ["serve", "get", "ls", "hash", "say", "hear"]


def ferry(*args):
    return subprocess.run([FERRY, *args], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)


def test_overview_names_every_command():
    done = ferry("--help")
    assert done.returncode == 0 and done.stderr == ""
    page = (ROOT / "man" / "ferry.1.scd").read_text()
    for command in COMMANDS:
        assert re.search(rf"^\s+{command}\s", done.stdout, re.M)
        assert f"ferry-{command}" in page


@pytest.mark.parametrize("command", [*COMMANDS, ""])
def test_help_fits_a_terminal(command):
    text = ferry("help", *filter(None, [command])).stdout
    assert [line for line in text.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_stands_in_the_manual(command):
    done = ferry("help", command)
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout == ferry(command, "--help").stdout
    page = (ROOT / "man" / f"ferry-{command}.1.scd").read_text().replace("\\", "")
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", done.stdout))
    missing = sorted(o for o in options if o not in page)
    assert not missing


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_the_manual_is_real(command):
    """An option of the manual is never answered with "there is no option"."""
    page = (ROOT / "man" / f"ferry-{command}.1.scd").read_text().replace("\\", "")
    for option in sorted(set(re.findall(r"^\*?(?:-\w\*?, )?\*?(--[a-z][a-z-]+)", page, re.M))):
        done = ferry(command, option + "=\x01", "--no-such")
        assert done.returncode == 2
        assert f"no option {option}" not in done.stderr, option


@pytest.mark.parametrize("command", [*COMMANDS, ""])
def test_the_manual_is_right_scdoc(command):
    page = ROOT / "man" / ("-".join(filter(None, ["ferry", command])) + ".1.scd")
    with page.open() as text:
        done = subprocess.run(["scdoc"], stdin=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_option_is_wrong_usage(command):
    done = ferry(command, "--no-such-option")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1 and f"ferry help {command}" in done.stderr


def test_wrong_words():
    assert ferry().returncode == 2
    assert ferry("fly").returncode == 2
    assert ferry("help", "fly").returncode == 2
    assert "\x1b" not in ferry("\x1b[2J").stderr
    version = ferry("--version")
    assert version.returncode == 0 and re.fullmatch(r"ferry \d+\.\d+\.\d+\n", version.stdout)
