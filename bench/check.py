"""QUICK=1: checks that every part of the bench works, with small sizes and every byte checked, without figures."""

import math
import pathlib
import tempfile
import xml.etree.ElementTree as ElementTree

import contender
import files
import report
import scenario
from measure import group, load

# Enough to show that a scenario works with each of them.
PEERS = 2


class Count:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, function):
        try:
            function()
            self.passed += 1
        except Exception as e:  # any exception means that this part does not work
            self.failed += 1
            print(f"--- {name}: {type(e).__name__}: {e}", flush=True)


def run_row(table, row):
    figures = row.run()
    for key, value in figures.items():
        if not math.isfinite(value):
            raise contender.Wrong(f"{key} is {value}")
    missing = [c.key for c in table.columns if c.key not in figures and row.kind != "reference"]
    if missing:
        raise contender.Wrong(f"no figure for {missing}")
    row.rounds.append(figures)


def run_scenario(count, s, b):
    tables = []
    try:
        for table in s(b):
            for row in table.rows:
                count.check(f"{s.__name__}, {table.title}, {row.name}", lambda t=table, r=row: run_row(t, r))
            table.rows = [r for r in table.rows if r.rounds]
            tables.append(table)
    except Exception as e:
        count.failed += 1
        print(f"--- {s.__name__}: {type(e).__name__}: {e}", flush=True)
    return tables


def write(folder, name, tables):
    report.write(folder, name, "", tables, "")
    ElementTree.parse(folder / f"{name}.svg")
    text = (folder / f"{name}.md").read_text()
    if not all(row.name in text for table in tables for row in table.rows):
        raise contender.Wrong("a row is missing in the table")


def refused(b, **words):
    """The load generator must not accept a wrong answer."""
    with contender.running(contender.ferry(), b.files.root) as server:
        try:
            load(server, [group("it", connections=2, **words)], 0.1, 0)
        except contender.Wrong:
            return
    raise contender.Wrong("the load has taken a wrong answer for a right one")


def check_refusals(count, b):
    target = b.files.one("small", files.KIB)
    wrong = b.files.one("wrong", files.KIB)
    with open(b.files.path(wrong), "r+b") as f:
        f.seek(1023)
        f.write(b"x")
    count.check("an answer of another length", lambda: refused(b, target=target, length=files.KIB - 1))
    count.check("another status", lambda: refused(b, target=target + "x"))
    count.check("a wrong byte", lambda: refused(b, target=wrong, check=True))
    count.check("a connection that ends early", lambda: refused(b, target="no-such-file", plain=True, length=files.KIB))


def run(only, peers):
    count = Count()
    contender.TOOLS.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="quick-", dir=contender.TOOLS.parent) as folder:
        folder = pathlib.Path(folder)
        folder.chmod(0o755)
        b = scenario.Bench(files=files.Files(folder / "files"), quick=True, peers=peers[:PEERS], seconds=0.1, warm=0.02)
        if not peers:
            count.failed += 1
            print("--- no peer is installed (see scripts/deps bench)")
        check_refusals(count, b)
        for s in scenario.chosen(only):
            tables = run_scenario(count, s, b)
            count.check(f"{s.__name__}: the results", lambda t=tables, n=s.__name__: write(folder, n, t))
    print(f"{count.passed} passed, {count.failed} failed")
    return 0 if count.passed > 0 and count.failed == 0 else 1
