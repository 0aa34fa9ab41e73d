"""--pin: each loop stays on a processor and gets the clients whose packets arrive there; workers may run anywhere."""

import contextlib
import os
import pathlib
import re

import pytest

from conftest import body
from wire import Http, ask, wait_until

PROCESSORS = sorted(os.sched_getaffinity(0))
CLIENTS = 20
KERNEL = tuple(int(n) for n in re.findall(r"\d+", os.uname().release)[:2])

pytestmark = pytest.mark.skipif(len(PROCESSORS) < 2, reason="there is but one processor here")


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
def move():
    """move(processor) binds this process; at the end it may run anywhere again."""
    yield lambda processor: os.sched_setaffinity(0, {processor})
    os.sched_setaffinity(0, PROCESSORS)


@pytest.mark.skipif(KERNEL < (6, 2), reason="before Linux 6.2 the kernel spreads the clients")
def test_who_comes_on_a_processor_is_served_there(pinned, move):
    before = watched(pinned)
    assert len(before) == 2
    with contextlib.ExitStack() as clients:
        for round_, processor in enumerate(PROCESSORS[:2], 1):
            move(processor)
            for _ in range(CLIENTS):
                h = clients.enter_context(Http(pinned.address))
                assert h.ask("/file").body == body(1000)

            def more():
                return sorted(n - before[fd] for fd, n in watched(pinned).items())
            wait_until(lambda: sum(more()) == round_ * CLIENTS, "all clients are watched")
            assert more() == ([0, CLIENTS] if round_ == 1 else [CLIENTS, CLIENTS])


def test_each_loop_stays_and_workers_go_anywhere(pinned):
    assert ask(pinned.address, "/?archive=zip").status == 200  # takes a worker
    one_each = [str(p) for p in PROCESSORS[:2]]

    def stays():
        return sorted(p for p in places(pinned) if p in map(str, PROCESSORS))
    wait_until(lambda: stays() == one_each and len(places(pinned)) > 2, "two loops stay, and workers do not")


def test_without_it_nothing_is_pinned(listen, tmp_path):
    server = listen("serve", "--threads", "2", tmp_path)
    assert ask(server.address, "/").status == 200
    assert not {str(p) for p in PROCESSORS} & set(places(server))
