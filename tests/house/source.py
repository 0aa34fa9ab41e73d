"""C source as the tests of this folder read it."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
SRC = ROOT / "src"
FILES = sorted([*SRC.rglob("*.c"), *SRC.rglob("*.h")])


def room_of(path):
    parts = path.relative_to(SRC).parts
    return "main" if parts == ("main.c",) else parts[0]


LITERAL = r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\''


def without_comments(text):
    """Replaces comments by their line breaks, so that line numbers stay right."""
    found = re.compile(LITERAL + r"|/\*.*?\*/|//[^\n]*", re.S)
    return found.sub(lambda m: m[0] if m[0][0] in "\"'" else "\n" * m[0].count("\n") or " ", text)


def code_of(path):
    """The file without comments and without the content of literals."""
    return re.sub(LITERAL, lambda m: m[0][0] * 2, without_comments(path.read_text()))
