"""overlayfs, as in containers, cannot say whether a read would block; still no loop blocks."""

import os
import pathlib
import subprocess

import pytest

from conftest import body
from wire import ask

FILES = {"small": body(1000, seed=1), "middling": body(64 * 1024, seed=2), "large": body(3 << 20, seed=3)}


@pytest.fixture
def layers(tmp_path):
    """A mounted overlayfs with FILES in its lower layer, and its path."""
    lower, upper, work, mount = (tmp_path / name for name in ("lower", "upper", "work", "mount"))
    for folder in (lower, upper, work, mount):
        folder.mkdir()
    for name, content in FILES.items():
        (lower / name).write_bytes(content)
    options = f"lowerdir={lower},upperdir={upper},workdir={work}"
    done = subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, mount],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        pytest.skip(f"cannot mount: {done.stderr.decode(errors='replace').strip()}")
    yield mount, lower
    subprocess.run(["umount", mount], check=True)


def threads(server):
    return len(list(pathlib.Path(f"/proc/{server.proc.pid}/task").iterdir()))


def forget(path):
    """Drops the page cache of the file."""
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)


def test_what_is_in_memory_takes_no_worker(layers, listen):
    mount, _ = layers
    server = listen("serve", "--threads", "1", mount)
    for name in FILES:
        (mount / name).read_bytes()
    for _ in range(3):
        for name, content in FILES.items():
            assert ask(server.address, f"/{name}").body == content
    assert threads(server) == 1


@pytest.mark.parametrize("name", FILES)
def test_what_is_not_comes_whole_all_the_same(layers, listen, name):
    mount, lower = layers
    server = listen("serve", "--threads", "1", mount)
    for _ in range(2):
        forget(lower / name)
        assert ask(server.address, f"/{name}").body == FILES[name]
    assert threads(server) > 1


def test_a_new_version_is_seen_at_once(layers, listen):
    """The first write copies the file into the upper layer; the new file must be served."""
    mount, _ = layers
    server = listen("serve", "--threads", "1", mount)
    for name, content in FILES.items():
        assert ask(server.address, f"/{name}").body == content
        for turn in range(20):
            changed = body(len(content) + turn % 2, seed=10 + turn)
            (mount / name).write_bytes(changed)
            assert ask(server.address, f"/{name}").body == changed
