"""The scenarios: each is a function that returns its tables and how their rows are measured."""

import dataclasses
import re
import urllib.request

import clients
import contender
from contender import LOAD_CORE, SERVER_CORE, running
from files import GIB, KIB, MIB
from measure import group, head_of, load, memory_of, of_bytes, of_requests
from table import Column, Row, Table

REQUESTS = [
    Column("cpu_us", "CPU µs a request", 2, "low"), Column("load_us", "the load's", 2),
    Column("rate", "requests/s", 0), Column("p50", "p50 µs", 0), Column("p99", "p99 µs", 0),
    Column("p999", "p99.9 µs", 0),
]
# On loopback the receiver does a part of the sending: when it reads, the kernel sends more. So the sum of both sides
# says more than the server's side.
BYTES = [
    Column("gb_s", "GB/s", 2, "high"), Column("cpu_gb", "CPU s a GB", 3, "low"),
    Column("both_gb", "CPU s a GB, both sides", 3, "low"),
]

# Settings of the sendfile loop: bytes a call, SO_SNDBUF, TCP_NOTSENT_LOWAT (0: the kernel's choice), and whether the
# head waits for the body (MSG_MORE). The best one depends on the caches and on the place in the file, so some are
# tried.
SENDFILE = [
    (256 * KIB, 0, 0, ""), (256 * KIB, 0, 0, "more"), (256 * KIB, 0, 16 * KIB, ""), (256 * KIB, 0, 16 * KIB, "more"),
    (256 * KIB, 512 * KIB, 0, ""), (256 * KIB, 512 * KIB, 0, "more"), (256 * KIB, 0, 128 * KIB, "more"),
    (64 * KIB, 0, 0, ""),
]


@dataclasses.dataclass
class Bench:
    """What the scenarios share: files, sizes, contenders, and rows that most of them have."""
    files: object
    quick: bool
    peers: list
    seconds: float
    warm: float

    def size(self, full, quick):
        return quick if self.quick else full

    def all(self):
        return [*contender.ferries(), *self.peers]

    def fast(self):
        """The contenders that are close enough to each other to be worth more time."""
        return [*contender.ferries(), *(p for p in self.peers if p.name in contender.FAST)]

    def group(self, name, **words):
        """In a check without figures, the load generator looks at each byte for a moment, and one answer must be
        enough."""
        if self.quick:
            words = {"check": True, "least": int(name == "it"), **words}
        return group(name, **words)

    def head(self, target, **range_):
        """The length of ferry's head; the limits' heads are as long."""
        with running(contender.ferry(), self.files.root) as server:
            return head_of(server, target, **range_)

    def row(self, who, figures, *groups, seconds=None, warm=None):
        """One contender against these groups; the figures are those of the group 'it'."""
        def run():
            with running(who, self.files.root) as server:
                return figures(load(server, groups, seconds or self.seconds, warm or self.warm), "it")
        return Row(who.name, who.kind, run)

    def rows(self, contenders, figures, ask, **more):
        return [self.row(who, figures, self.group("it", **ask), **more) for who in contenders]

    def epoll(self, figures, ask, head, *words):
        """The row of the bare epoll loop. Its body is filler that is not checked."""
        who = contender.limit("epoll", f"head={head}", f"body={ask['length']}", *words)
        return self.row(who, figures, group("it", **ask))

    def sendfile(self, column, figures, ask, head, *words):
        """The row of the bare sendfile loop, with the setting that was best in short trials."""
        settings = []
        for piece, sndbuf, lowat, more in SENDFILE[:self.size(None, 2)]:
            setting = f"{piece >> 10} KiB a call"
            setting += f", SO_SNDBUF {sndbuf >> 10} KiB" if sndbuf else ""
            setting += f", TCP_NOTSENT_LOWAT {lowat >> 10} KiB" if lowat else ""
            setting += ", MSG_MORE" if more else ""
            settings.append(contender.limit("sendfile", f"file={self.files.path(ask['target'])}", f"head={head}",
                                            f"piece={piece}", f"sndbuf={sndbuf}", f"lowat={lowat}",
                                            *([more] if more else []), *words, name=f"limit: sendfile, {setting}"))
        trial = Table("", [column], [self.row(who, figures, group("it", **ask), seconds=self.seconds / 2)
                                     for who in settings])
        trial.measure(self.size(2, 1))
        best = trial.rows.index(trial.best("limit", column))
        return self.row(settings[best], figures, group("it", **ask))


def of_both(result, name):
    return {**of_bytes(result, name), **of_requests(result, name)}


def small(b):
    """1 KiB, on 64 and on 1,000 keep-alive connections."""
    target = b.files.one("small", KIB)
    head = b.head(target)
    for connections in b.size((64, 1000), (8, 100)):
        ask = {"connections": connections, "target": target, "length": KIB}
        yield Table(f"{connections:,} connections", REQUESTS,
                    [*b.rows(b.all(), of_requests, ask), b.epoll(of_requests, ask, head)])
    limit = contender.limit("epoll", f"head={head}", f"body={KIB}")
    for tool, amount in ((clients.wrk, 1), (clients.h2load, b.size(50000, 1000))):
        if contender.find(tool.__name__):
            yield Table(f"64 connections, with {tool.__name__} for a load", [REQUESTS[0], REQUESTS[2]],
                        [other_load(b, who, tool, target, amount) for who in [*b.fast(), limit]])


def other_load(b, who, tool, target, amount):
    def run():
        with running(who, b.files.root) as server:
            return tool(server, 64, target, amount)
    return Row(who.name, who.kind, run)


def spread(b):
    """4 KiB each, out of 10,000 files, uniformly at random."""
    count = b.size(10000, 50)
    target = b.files.numbered("small-spread", count, 4 * KIB)
    ask = {"connections": 64, "target": target, "count": count, "length": 4 * KIB}
    # The warm-up is long enough for servers that keep descriptors to open most of them.
    yield Table("64 connections", REQUESTS,
                [*b.rows(b.all(), of_requests, ask, warm=b.size(0.6, 0.05)),
                 b.epoll(of_requests, ask, b.head(target.replace("%", "00000")))])


def medium(b):
    """64 KiB and 1 MiB, on 64 keep-alive connections."""
    for length, name in ((64 * KIB, "64 KiB"), (MIB, "1 MiB")):
        target = b.files.one("medium", length)
        ask = {"connections": b.size(64, 4), "target": target, "length": length}
        yield Table(name, [*BYTES, *REQUESTS[2:]],
                    [*b.rows(b.all(), of_both, ask), b.sendfile(BYTES[2], of_both, ask, b.head(target))])


def bulk(b):
    """A file of 4 GiB, on 1 and on 16 connections."""
    length = b.size(4 * GIB, 8 * MIB)
    target = b.files.one("bulk", length)
    for connections in b.size((1, 16), (1, 3)):
        ask = {"connections": connections, "target": target, "length": length}
        yield Table("1 connection" if connections == 1 else f"{connections} connections", BYTES,
                    [*b.rows(b.all(), of_bytes, ask), b.sendfile(BYTES[0], of_bytes, ask, b.head(target)),
                     *clients.iperf3(b, connections)])


def fresh(b):
    """1 KiB, each on a new connection; 64 at once. The plain dialect is ferry's own: it has no peer."""
    target = b.files.one("small", KIB)
    # From several addresses, so that no connection has to wait for a free port.
    ask = {"connections": b.size(64, 8), "length": KIB, "sources": 16}
    http, plain = {**ask, "target": target, "fresh": True}, {**ask, "target": target.lstrip("/"), "plain": True}
    yield Table("HTTP", REQUESTS,
                [*b.rows(b.all(), of_requests, http), b.epoll(of_requests, http, b.head(target), "close")])
    yield Table("plain dialect", REQUESTS,
                [*b.rows(contender.ferries(), of_requests, plain), b.epoll(of_requests, plain, 0, "close")])


def ranges(b):
    """Random ranges of 64 KiB out of a file of 4 GiB."""
    length = b.size(4 * GIB, 8 * MIB)
    target = b.files.one("bulk", length)
    ask = {"connections": b.size(64, 4), "target": target, "length": 64 * KIB, "range": 64 * KIB, "of": length}
    head = b.head(target, length=64 * KIB, of=length)
    yield Table("64 connections", [*BYTES, *REQUESTS[2:]],
                [*b.rows(b.all(), of_both, ask),
                 b.sendfile(BYTES[2], of_both, ask, head, "random", f"length={64 * KIB}")])


def mixed(b):
    """1 KiB on 16 connections, while 8 downloads and 200 slow readers run."""
    length = b.size(4 * GIB, 8 * MIB)
    large = {"target": b.files.one("bulk", length), "length": length}
    ask = {"connections": 16, "target": b.files.one("small", KIB), "length": KIB, "arrival": True}
    busy = b.group("it", **ask)

    def downloads(rate):
        return b.group("downloads", connections=b.size(8, 2), rate=rate * 10**6, **large)
    slow = b.group("slow", connections=b.size(200, 5), rate=20 * 1000, window=16 * KIB, **large)

    def alone(result, name):
        """The side whose core is full is the bottleneck."""
        return {**of_requests(result, name), "server": result["server_cpu"] / result["seconds"],
                "load": result["load_cpu"] / result["seconds"]}

    def figures(result, name):
        return {**alone(result, name), "downloads": of_bytes(result, "downloads")["gb_s"]}

    latency = [Column("p99", "p99 µs", 0, "low"), *(c for c in REQUESTS if c.key in ("p50", "p999", "rate")),
               Column("server", "the server's core", 2), Column("load", "the load's core", 2)]
    yield Table("alone", latency, [*b.rows(b.all(), alone, ask), b.epoll(alone, ask, b.head(ask["target"]))])
    # One rate that every server can sustain, because otherwise a server that neglects the downloads would look best;
    # and one that is higher.
    for title, rate in (("held to 100 MB/s each", b.size(100, 20)), ("that want 500 MB/s each", b.size(500, 50))):
        yield Table(f"beside slow readers and downloads {title}", [*latency, Column("downloads", "downloads, GB/s", 2)],
                    [b.row(who, figures, busy, downloads(rate), slow) for who in b.all()])
    # How throughput is shared when everybody wants all of it, and what short waits cost the downloads.
    many = b.group("it", connections=b.size(64, 4), target=b.files.one("medium", 16 * KIB), length=16 * KIB, arrival=True)
    greedy = b.group("downloads", connections=b.size(8, 2), **large)

    def shares(result, name):
        return {"gb_s": of_bytes(result, name)["gb_s"], "downloads": of_bytes(result, "downloads")["gb_s"],
                "p99": of_requests(result, name)["p99"]}
    yield Table("16 KiB on 64 connections, beside 8 downloads that want all there is",
                [Column("downloads", "downloads, GB/s", 2, "high"), Column("gb_s", "16 KiB, GB/s", 2, "high"),
                 Column("p99", "p99 µs", 0)], [b.row(who, shares, many, greedy) for who in b.fast()])


def idle(b):
    """9,000 idle keep-alive connections: the memory of each, and what one busy client among them costs."""
    target, connections = b.files.one("small", KIB), b.size(min(9000, contender.CONNECTIONS), 90)
    limit = dataclasses.replace(contender.limit("epoll", f"head={b.head(target)}", f"body={KIB}"), kind="reference")
    yield Table(f"{connections:,} connections", [
        Column("memory", "memory, MiB", 2, "low"), Column("base", "without them, MiB", 2),
        Column("each", "bytes each", 0), Column("cpu_us", "CPU µs a request", 2),
        Column("alone", "without them, µs", 2), Column("times", "times", 3), Column("p99", "p99 µs", 0),
    ], [idle_row(b, who, target, connections) for who in [*b.all(), limit]])


def idle_row(b, who, target, connections):
    # On several connections, so that the server never sleeps: the cost of waking it depends on the machine's mood.
    busy = group("it", connections=8, target=target, length=KIB)
    others = group("idle", connections=connections, target=target, length=KIB, each=1)

    def run():
        memory = []
        with running(who, b.files.root) as server:
            alone = of_requests(load(server, [busy], b.seconds, b.warm), "it")
            before = memory_of(server.pids())
            among = of_requests(load(server, [busy, others], b.seconds, b.warm,
                                     when_open=lambda: memory.append(memory_of(server.pids()))), "it")
        return {"memory": memory[0] / MIB, "base": before / MIB, "each": (memory[0] - before) / connections,
                "cpu_us": among["cpu_us"], "alone": alone["cpu_us"], "times": among["cpu_us"] / alone["cpu_us"],
                "p99": among["p99"]}
    return Row(who.name, who.kind, run)


def cold(b):
    """Files that are not in the page cache, while 16 connections ask for 1 KiB that is."""
    busy = b.group("it", connections=16, target=b.files.one("small", KIB), length=KIB, arrival=True)
    for title, connections, count, length in (("files of 8 MiB", 4, b.size(128, 3), 8 * MIB),
                                              ("files of 4 KiB", 16, b.size(2000, 20), 4 * KIB)):
        address = b.files.numbered("cold", count, length)
        once = b.group("cold", connections=connections, target=address, once=True, count=count, length=length)
        yield Table(title, [
            Column("p99", "p99 µs", 0, "low"), Column("warm", "p99 µs before", 0), Column("times", "times", 2),
            Column("p999", "p99.9 µs", 0), Column("rate", "requests/s", 0), Column("gb_s", "cold GB/s", 3), Column("cold_p99", "their p99 µs", 0),
        ], [cold_row(b, who, busy, once, address, count) for who in b.all()])


def cold_row(b, who, busy, once, address, count):
    def run():
        with running(who, b.files.root) as server:
            warm = of_requests(load(server, [busy], b.seconds / 2, b.warm), "it")
            b.files.drop(address, count)
            result = load(server, [busy, once], b.seconds, b.warm)
        figures = of_requests(result, "it")
        return {"p99": figures["p99"], "warm": warm["p99"], "times": figures["p99"] / warm["p99"],
                "p999": figures["p999"], "rate": figures["rate"], "gb_s": of_bytes(result, "cold")["gb_s"],
                "cold_p99": of_requests(result, "cold")["p99"]}
    return Row(who.name, who.kind, run)


def listing(b):
    """A folder of 1,000 and of 100,000 names. Not all of them give all names, nor size and date with them."""
    for count, connections in b.size(((1000, 4), (100000, 1)), ((10, 2), (1000, 1))):
        address = b.files.listing(count)
        rows = [listing_row(b, who, who.name, address, connections) for who in b.all()]
        for form in ("json", "text"):
            rows += [listing_row(b, who, f"{who.name}, {form}", f"{address}?format={form}", connections)
                     for who in contender.ferries()]
        yield Table(f"{count:,} names", [
            Column("cpu_name", "CPU µs a name", 3, "low"), Column("cpu_ms", "CPU ms a listing", 2),
            Column("names", "names in it", 0), Column("kib", "KiB", 0), Column("rate", "listings/s", 1),
            Column("p50_ms", "p50 ms", 1),
        ], rows)


def listing_row(b, who, name, address, connections):
    def run():
        with running(who, b.files.root) as server:
            with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{address}", timeout=60) as answer:
                body = answer.read()
            names = len(set(re.findall(rb"report-\d{6}", body)))
            ask = group("it", connections=connections, target=address, least=1)
            figures = of_requests(load(server, [ask], b.seconds, b.warm), "it")
        return {"cpu_name": figures["cpu_us"] / names, "cpu_ms": figures["cpu_us"] / 1000, "names": names,
                "kib": len(body) / KIB, "rate": figures["rate"], "p50_ms": figures["p50"] / 1000}
    return Row(name, who.kind, run)


def scale(b):
    """From 1 to 10,000 connections; and from one core to two, each shared by a loop and a load."""
    target = b.files.one("small", KIB)
    limit = contender.limit("epoll", f"head={b.head(target)}", f"body={KIB}")
    columns = [Column(f"c{n}", f"{n:,}", 2) for n in b.size((1, 8, 64, 512, 4000, contender.CONNECTIONS), (1, 20))]
    yield Table("CPU µs a request, by connections", columns,
                [connections_row(b, who, target, columns) for who in [*b.fast(), limit]], lines=True)
    both = [*b.fast(), contender.ferry("ferry, --pin", contender.FERRY, "--pin")]
    yield Table("loops and loads on 1 and on 2 cores", [
        Column("times", "requests/s, 2 cores / 1", 2, "high"), Column("rate1", "requests/s, 1 core", 0),
        Column("rate2", "2 cores", 0), Column("cpu1", "CPU µs a request, 1 core", 2), Column("cpu2", "2 cores", 2),
        Column("load1", "the load's, 1 core", 2), Column("load2", "2 cores", 2),
    ], [cores_row(b, who, target) for who in both])
    # As with a network card that has one queue: each loop but one gets its packets from another core.
    yield Table("2 loops, and all clients on one core", [
        Column("rate", "requests/s", 0, "high"), Column("cpu", "CPU µs a request", 2),
        Column("load", "the load's", 2),
    ], [one_queue_row(b, who, target) for who in both])


def connections_row(b, who, target, columns):
    def run():
        figures = {}
        with running(who, b.files.root) as server:
            for c in columns:
                ask = group("it", connections=int(c.key[1:]), target=target, length=KIB)
                figures[c.key] = of_requests(load(server, [ask], b.seconds / 2, b.warm), "it")["cpu_us"]
        return figures
    return Row(who.name, who.kind, run)


def cores_row(b, who, target):
    def on(cores):
        with running(who, b.files.root, cores) as server:
            ask = [group("it", connections=64, target=target, length=KIB)]
            return clients.sum_of(clients.at_once(server, ask, b.seconds, b.warm, cores))

    def run():
        one, two = on((SERVER_CORE,)), on((SERVER_CORE, LOAD_CORE))
        return {"times": two["rate"] / one["rate"], "rate1": one["rate"], "rate2": two["rate"],
                "cpu1": one["cpu_us"], "cpu2": two["cpu_us"], "load1": one["load_us"], "load2": two["load_us"]}
    return Row(who.name, who.kind, run)


def one_queue_row(b, who, target):
    def run():
        with running(who, b.files.root, (SERVER_CORE, LOAD_CORE)) as server:
            ask = [group("it", connections=64, target=target, length=KIB)]
            result = clients.sum_of(clients.at_once(server, ask, b.seconds, b.warm, (LOAD_CORE,)))
        return {"rate": result["rate"], "cpu": result["cpu_us"], "load": result["load_us"]}
    return Row(who.name, who.kind, run)


def get(b):
    """Whole programs that fetch a file of 4 GiB, and 10,000 files of 4 KiB (also again), on both cores with the server."""
    places = (("into memory", "/dev/shm"), ("onto the disk", contender.TOOLS.parent))
    length, count = b.size(4 * GIB, 3 * MIB), b.size(10000, 50)
    one = b.files.one("bulk", length)
    tree = b.files.numbered("small-spread", count, 4 * KIB).rpartition("/")[0] + "/"
    memory = Column("memory", "memory of the program, MiB", 1)
    for title, place in places:
        yield Table(f"a file of 4 GiB {title}", [BYTES[0], BYTES[2], memory],
                    [clients.file_row(b, p, one, length, place) for p in clients.ONE_FILE if p.installed()])
    for title, place in places:
        yield Table(f"10,000 files of 4 KiB {title}", [
            Column("first", "seconds", 2, "low"), Column("again", "seconds again, nothing changed", 2, "low"),
            Column("cpu", "CPU s, both sides", 2), memory,
        ], [clients.tree_row(b, p, tree, count, place) for p in clients.TREE if p.installed()])


SCENARIOS = [small, spread, medium, bulk, fresh, ranges, mixed, idle, cold, listing, scale, get]


def chosen(only):
    return [s for s in SCENARIOS if re.search(only, s.__name__)]
