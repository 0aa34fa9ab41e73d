"""A tag, a type's name and an enumerator each mean one thing in all of src/, even where no compiler would mind."""

import collections
import re

from source import FILES, SRC, code_of

# clang-format gives a function's braces lines of their own; what stands between them is nobody else's.
BODY = re.compile(r"^\{\n.*?^\}$", re.M | re.S)
DEFINITION = re.compile(r"\b(struct|enum|union)\s+(\w+\s*)?\{([^{}]*)")


def definitions(path):
    """(name, line) of each type and enumerator that the file defines outside of functions."""
    code = BODY.sub(lambda m: "\n" * m[0].count("\n"), code_of(path))
    for m in DEFINITION.finditer(code):
        line = 1 + code.count("\n", 0, m.start())
        if m[2]:
            yield m[2].strip(), line
        if m[1] == "enum":
            yield from ((name, line) for name in re.findall(r"(?:^|,)\s*(\w+)", m[3]))
    for m in re.finditer(r"\btypedef\b[^;]*?(\w+)\s*;", code):
        yield m[1], 1 + code.count("\n", 0, m.start())


def test_each_name_is_defined_once():
    places = collections.defaultdict(list)
    for path in FILES:
        for name, line in definitions(path):
            places[name].append(f"{path.relative_to(SRC)}:{line}")
    assert len(places) > 300, "the test no longer finds definitions"
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
