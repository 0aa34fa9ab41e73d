"""--pin: each loop stays on a processor and gets the clients whose packets arrive there; workers may run anywhere."""

import contextlib
import os
import pathlib
import re

import pytest

from conftest import body
from wire import Http, ask, wait_until

ALL = sorted(os.sched_getaffinity(0))
PROCESSORS = ALL[:2]
FEW, MANY = 20, 100  # clients
KERNEL = tuple(int(n) for n in re.findall(r"\d+", os.uname().release)[:2])

pytestmark = [pytest.mark.threads, pytest.mark.skipif(len(ALL) < 2, reason="there is but one processor here")]


def places(server):
    """The processors of each thread, as the kernel writes them: {"0", "1", "0-1"}."""
    found = []
    for status in pathlib.Path(f"/proc/{server.proc.pid}/task").glob("*/status"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            found.append(re.search(r"^Cpus_allowed_list:\s+(\S+)$", status.read_text(), re.M)[1])
    return found


def watched(server):
    """The number of descriptors that each loop watches."""
    counts = {}
    for fd in pathlib.Path(f"/proc/{server.proc.pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            if os.readlink(fd) == "anon_inode:[eventpoll]":
                counts[fd.name] = (fd.parents[1] / "fdinfo" / fd.name).read_text().count("tfd:")
    return counts


@pytest.fixture
def pinned(listen, tmp_path):
    (tmp_path / "file").write_bytes(body(1000))
    return listen("serve", "--pin", "--threads", "2", tmp_path)


@pytest.fixture
def default(listen, tmp_path):
    """On two processors, and so with two loops."""
    (tmp_path / "file").write_bytes(body(1000))
    os.sched_setaffinity(0, PROCESSORS)
    try:
        return listen("serve", tmp_path)
    finally:
        os.sched_setaffinity(0, ALL)


@pytest.fixture
def move():
    """move(processor) binds this process; at the end it may run anywhere again."""
    yield lambda processor: os.sched_setaffinity(0, {processor})
    os.sched_setaffinity(0, ALL)


takes_local_clients = pytest.mark.skipif(KERNEL < (6, 2), reason="before Linux 6.2 the kernel spreads the clients")


def come(clients, server, n):
    """n more clients of this process."""
    more = [clients.enter_context(Http(server.address)) for _ in range(n)]
    for h in more:
        assert h.ask("/file").body == body(1000)
    return more


def clients_of_loops(server, before, n):
    """How many each loop has of n clients, in order."""
    def more():
        return sorted(k - before[fd] for fd, k in watched(server).items())
    wait_until(lambda: sum(more()) == n, "all clients are watched")
    return more()


@takes_local_clients
@pytest.mark.parametrize("server", ["pinned", "default"])
def test_who_comes_on_a_processor_is_served_there(server, move, request):
    server = request.getfixturevalue(server)
    before = watched(server)
    with contextlib.ExitStack() as clients:
        move(PROCESSORS[0])
        come(clients, server, 3)
        assert clients_of_loops(server, before, 3) == [0, 3]
        for _ in range(FEW):
            for processor in reversed(PROCESSORS):
                move(processor)
                come(clients, server, 1)
        assert clients_of_loops(server, before, 2 * FEW + 3) == [FEW, FEW + 3]


@takes_local_clients
def test_of_many_clients_on_one_processor_others_get_some(default, move):
    """A loop keeps not much more than its share."""
    before = watched(default)
    move(PROCESSORS[0])
    with contextlib.ExitStack() as clients:
        come(clients, default, MANY)
        got = clients_of_loops(default, before, MANY)
    assert got[1] <= MANY / 2 + MANY ** 0.5


@takes_local_clients
def test_with_pin_nobody_else_gets_them(pinned, move):
    before = watched(pinned)
    move(PROCESSORS[0])
    with contextlib.ExitStack() as clients:
        come(clients, pinned, MANY)
        assert clients_of_loops(pinned, before, MANY) == [0, MANY]


@takes_local_clients
def test_loops_stay_while_clients_are_spread(default, move):
    def stay():
        return [p for p in places(default) if p in map(str, PROCESSORS)]

    held = []  # those that stay connected; who asks for nothing is ended after a minute

    def come_and_go(n, processors):
        for i in range(n):
            for processor in processors:
                move(processor)
                assert ask(default.address, "/file").status == 200
            if i % 100 == 0:
                for h in held:
                    assert h.ask("/file").body == body(1000)
    assert not stay()
    with contextlib.ExitStack() as clients:
        for _ in range(FEW):
            for processor in PROCESSORS:
                move(processor)
                held += come(clients, default, 1)
        wait_until(lambda: len(stay()) == 2, "each loop stays on a processor")
        come_and_go(128 * 8, PROCESSORS[:1])  # One in eight is looked at.
        wait_until(lambda: not stay(), "no loop stays")
        come_and_go(128 * 8, PROCESSORS)
        wait_until(lambda: len(stay()) == 2, "each loop stays again")


@takes_local_clients
def test_who_asks_much_from_another_processor_is_sent_to_its_loop(default, move):
    """Every answer is right on the way, also to requests that are sent while the client moves."""
    asks, movers = 150, 4
    before = watched(default)
    with contextlib.ExitStack() as stack:
        clients = []
        for _ in range(FEW):
            for processor in PROCESSORS:
                move(processor)
                clients += come(stack, default, 1)
        assert clients_of_loops(default, before, 2 * FEW) == [FEW, FEW]
        wait_until(lambda: set(map(str, PROCESSORS)) <= set(places(default)), "each loop stays on a processor")
        move(PROCESSORS[0])
        for h in clients[1 : 2 * movers : 2]:
            for _ in range(asks):
                h.send(b"GET /file HTTP/1.1\r\nHost: a\r\n\r\n" * 2)
                for _ in range(2):
                    assert h.receive("GET").body == body(1000)
        assert clients_of_loops(default, before, 2 * FEW) == [FEW - movers, FEW + movers]
        assert clients[1].ask("/file").body == body(1000)


def test_each_loop_stays_and_workers_go_anywhere(pinned):
    assert ask(pinned.address, "/?archive=zip").status == 200  # takes a worker
    one_each = [str(p) for p in PROCESSORS[:2]]

    def stays():
        return sorted(p for p in places(pinned) if p in map(str, PROCESSORS))
    wait_until(lambda: stays() == one_each and len(places(pinned)) > 2, "two loops stay, and workers do not")


def test_fewer_loops_than_processors_go_anywhere(listen, tmp_path):
    server = listen("serve", "--threads", str(len(ALL) - 1), tmp_path)
    assert ask(server.address, "/").status == 200
    assert not {str(p) for p in ALL} & set(places(server))
