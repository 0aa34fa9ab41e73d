"""What is measured: each scenario is a function that says which tables it has, and how each row of one comes about."""

import dataclasses
import re
import socket
from collections.abc import Callable

import contender
from contender import running
from files import GIB, KIB, MIB
from measure import group, load, of_bytes, of_requests


@dataclasses.dataclass(frozen=True)
class Column:
    key: str
    title: str
    digits: int
    better: str = ""  # "low" or "high": then the table has ratios of it, and the picture bars


@dataclasses.dataclass
class Row:
    name: str
    kind: str
    run: Callable[[], dict]
    rounds: list = dataclasses.field(default_factory=list)
    figures: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Table:
    title: str
    columns: list
    rows: list
    note: str = ""


REQUESTS = [Column("cpu_us", "CPU µs a request", 2, "low"), Column("rate", "requests/s", 0), Column("p50", "p50 µs", 0),
            Column("p99", "p99 µs", 0), Column("p999", "p99.9 µs", 0)]


@dataclasses.dataclass
class Bench:
    """What the scenarios share: the files, the sizes, and who takes part."""
    files: object
    quick: bool
    peers: list
    seconds: float
    warm: float

    def size(self, full, quick):
        return quick if self.quick else full

    def contenders(self, *more):
        return [*contender.ferries(), *more, *self.peers]

    def flags(self):
        """Looking at each byte is a cost that the load has only where there is no figure."""
        return ["check"] if self.quick else []

    def head(self, target, length=0, of=0):
        """How long ferry's own head is; the limits' is as long."""
        with running(contender.ferry(), self.files.root) as server:
            with socket.create_connection(("127.0.0.1", server.port), 10) as s:
                field = f"Range: bytes={of - length}-{of - 1}\r\n" if length else ""
                s.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n{field}\r\n".encode())
                head = b""
                while b"\r\n\r\n" not in head:
                    piece = s.recv(4096)
                    if not piece:
                        raise contender.Wrong("ferry's answer has no head")
                    head += piece
                return head.index(b"\r\n\r\n") + 4

    def row(self, who, figures, *groups):
        """One contender against these groups; the figures are those of the first."""
        def run():
            with running(who, self.files.root) as server:
                return figures(load(server, groups, self.seconds, self.warm), "it")
        return Row(who.name, who.kind, run)


def small(b):
    """1 KiB, on 64 and on 1,000 keep-alive connections."""
    target = b.files.one(KIB)
    limit = contender.limit("epoll", f"head={b.head(target)}", f"body={KIB}")
    tables = []
    for connections in b.size((64, 1000), (8, 100)):
        ask = group("it", connections, target, length=KIB)
        checked = [*ask, *b.flags()]
        tables.append(Table(f"{connections} connections", REQUESTS, [
            *(b.row(who, of_requests, checked) for who in b.contenders()),
            b.row(limit, of_requests, ask),
        ]))
    return tables


SCENARIOS = [small]


def chosen(only):
    return [s for s in SCENARIOS if re.search(only, s.__name__)]
