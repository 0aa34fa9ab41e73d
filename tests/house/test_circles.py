"""In a room, what a file stands on does not stand on it: it can be read, tested and changed with those below it alone.
X.c and X.h are one file here, since both say what X is."""

import re

from source import FILES, SRC

# Files that may form circles among each other. Of each set, some have to, or it is no exception any more.
EXCEPTIONS = [
    # One thing: conn_step.h is what only the parts of the state machine need to know of conn.h.
    {"server/conn", "server/conn_step"},
]


def graph():
    """file without its ending -> those of its room that it includes"""
    found = {}
    for path in FILES:
        me = str(path.relative_to(SRC).with_suffix(""))
        names = re.findall(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)\.h"', path.read_text(), re.M)
        room = me.split("/")[0]
        found.setdefault(me, set()).update(n for n in names if n != me and n.split("/")[0] == room)
    return found


def knots(edges):
    """The sets of files, of two or more, in which each reaches each other (Tarjan)."""
    index, low, stack, result = {}, {}, [], []

    def visit(me):
        index[me] = low[me] = len(index)
        stack.append(me)
        for other in sorted(edges.get(me, ())):
            if other not in index:
                visit(other)
                low[me] = min(low[me], low[other])
            elif other in stack:
                low[me] = min(low[me], index[other])
        if low[me] == index[me]:
            knot = set()
            while me not in knot:
                knot.add(stack.pop())
            if len(knot) > 1:
                result.append(knot)

    for me in sorted(edges):
        if me not in index:
            visit(me)
    return result


def test_no_circles():
    found = knots(graph())
    assert [sorted(k) for k in found if not any(k <= e for e in EXCEPTIONS)] == []
    assert [sorted(e) for e in EXCEPTIONS if not any(k <= e for k in found)] == []


def test_circles_are_found():
    """Two of two, a longer one, and none where one only stands on others."""
    edges = {"a": {"b"}, "b": {"a"}, "c": {"d", "f"}, "d": {"e"}, "e": {"c", "f"}, "f": set(), "g": {"a", "c"}}
    assert sorted(map(sorted, knots(edges))) == [["a", "b"], ["c", "d", "e"]]
