"""The result of a scenario: tables of rows, each of which can be measured once more."""

import dataclasses
import statistics
import sys
from collections.abc import Callable

from contender import Wrong


@dataclasses.dataclass(frozen=True)
class Column:
    key: str
    title: str
    digits: int
    better: str = ""  # "low" or "high": then the table has ratios of it, and the picture bars


@dataclasses.dataclass
class Row:
    name: str
    kind: str  # "ferry", "peer" or "limit"
    run: Callable[[], dict]
    rounds: list = dataclasses.field(default_factory=list)

    def median(self, key):
        return statistics.median(r[key] for r in self.rounds)

    def range(self, key):
        return min(r[key] for r in self.rounds), max(r[key] for r in self.rounds)

    def has(self, key):
        return bool(self.rounds) and key in self.rounds[0]


@dataclasses.dataclass
class Table:
    title: str
    columns: list
    rows: list
    lines: bool = False  # the columns are points of a line, and their titles are numbers
    failed: list = dataclasses.field(default_factory=list)  # [(row, why)]

    def measure(self, rounds):
        """Measures in the order A B C A B C ..., so that changes of the machine affect all. A figure with an error
        is invalid: a peer with an error is left out of the table; ferry and the limits must have none."""
        for _ in range(rounds):
            for row in list(self.rows):
                try:
                    row.rounds.append(row.run())
                except Wrong as e:
                    if row.kind != "peer":
                        raise
                    print(f"ferry: no figure: {e}", file=sys.stderr, flush=True)
                    self.failed.append((row, e))
                    self.rows.remove(row)

    def of_kind(self, kind, column):
        return [r for r in self.rows if r.kind == kind and r.has(column.key)]

    def best(self, kind, column):
        """The row of a kind with the best median, or None."""
        pick = min if column.better == "low" else max
        return pick(self.of_kind(kind, column), key=lambda r: r.median(column.key), default=None)


def ratio(row, other, column):
    """How many times better `row` is than `other`; above 1 is better, whichever way the column counts. It is the
    median of the rounds' ratios, because the runs of a round are close in time."""
    pairs = [(mine[column.key], theirs[column.key]) for mine, theirs in zip(row.rounds, other.rounds)]
    return statistics.median(theirs / mine if column.better == "low" else mine / theirs for mine, theirs in pairs)
