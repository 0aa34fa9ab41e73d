"""ferry get through a proxy that spoils answers: each transfer is verified and right, or a failure that says why."""

import concurrent.futures
import re
import threading

import pytest
from conftest import SANITIZED, body, run
from faulty import Faulty
from pieces import ANNOUNCED, TYPE, digest, metalink, send_file
from rogue import Rogue
from test_get import here  # noqa: F401

SIZE, PIECE = 1_400_000, 1 << 16
# A process takes twenty times as long in those builds; what may go wrong in one is found by fewer seeds.
SEEDS = 20 if SANITIZED else 100
VERSIONS = [body(SIZE), body(SIZE // 2)[: SIZE // 2] + body(SIZE // 2 + 777, seed=5)]
LISTS = [metalink(v, PIECE) for v in VERSIONS]


class Files:
    """Each seed has a file of its own, /SEED/f, in one of two versions."""

    def __init__(self):
        self.swapped, self.lock = set(), threading.Lock()

    def swap(self, seed):
        with self.lock:
            self.swapped.add(seed)

    def script(self, peer):
        seed = seed_of(peer.target)
        with self.lock:
            now = seed in self.swapped
        if peer.target.endswith("?list"):
            peer.answer("200 OK", f"Content-Type: {TYPE}", body=LISTS[now])
            return
        fields = [ANNOUNCED] if seed % 4 else []
        fields += [f"Repr-Digest: {digest(VERSIONS[now])}"] if seed % 3 == 0 else []
        send_file(peer, VERSIONS[now], *fields, etag=f'"{now}"')


def seed_of(target):
    return int(re.match(r"/(\d+)/", target)[1])


OLD = VERSIONS[0][:300_000] + b"x" * 100_000 + VERSIONS[0][400_000:]


def transfer(server, here, seed):  # noqa: F811
    """Some have an older version to begin with. Returns (status, what it said)."""
    folder = here / str(seed)
    folder.mkdir(exist_ok=True)
    if seed % 5 == 0:
        (folder / "f").write_bytes(OLD)
    done = run("get", "--require-verified", "--force", "--retries", "2", "--timeout", "1", "-d", folder,
               f"{server}/{seed}/f")
    return done.returncode, done.stderr.decode()


@pytest.mark.parametrize("first", [0, 100, 200])
def test_each_ends_verified_and_right_or_says_why(here, first):  # noqa: F811
    seeds, files = range(first, first + SEEDS), Files()
    with Rogue(files.script) as server:
        proxy = Faulty(server.port, seed_of, files.swap)
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            ends = list(pool.map(lambda seed: transfer(proxy.name, here, seed), seeds))
        good = 0
        for seed, (status, said) in zip(seeds, ends):
            why = (seed, status, said, proxy.faults.get(seed))
            path = here / str(seed) / "f"
            if status == 0:
                good += 1
                assert ", verified sha-256" in said and path.read_bytes() in VERSIONS, why
                assert sorted(p.name for p in path.parent.iterdir()) == ["f"], why
            else:
                assert status in (5, 6) and said.strip().rpartition("\n")[2].startswith("ferry: "), why
                assert (path.read_bytes() if path.exists() else None) == (OLD if seed % 5 == 0 else None), why
        proxy.close()
        # What was left is gone on with.
        for seed in [seed for seed, (status, _) in zip(seeds, ends) if status != 0 and (seed % 4 or seed % 3 == 0)]:
            status, said = transfer(server.name, here, seed)
            assert status == 0 and (here / str(seed) / "f").read_bytes() == VERSIONS[seed in files.swapped], (seed, said)
    assert 0.4 * SEEDS <= good < SEEDS, good  # both ends were seen
