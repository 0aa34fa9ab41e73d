"""A server whose memory or disk fails at a chosen moment, by means of faults.c."""

import errno
import mmap
import os
import struct

import pytest

from conftest import FERRY

LIBRARY = FERRY.parent / "tests" / "e2e" / "faults.so"
CONTROL = struct.Struct("16s5q")


class Faults:
    """From now on, `count` calls of one kind ("alloc", "openat2", ...) fail, beginning with number `first`; with
    error=0 they block until stop()."""

    def __init__(self, path):
        path.write_bytes(bytes(CONTROL.size))
        with open(path, "r+b") as f:
            self.at = mmap.mmap(f.fileno(), CONTROL.size)
        self.env = {**os.environ, "LD_PRELOAD": str(LIBRARY), "FERRY_FAULTS": str(path)}

    def set(self, call, error=errno.ENOMEM, first=1, count=1):
        self.at[:16] = b"\0".ljust(16, b"\0")  # nothing fails while this is written
        struct.pack_into("4q", self.at, 16, error, first, count, 0)
        self.at[:16] = call.encode().ljust(16, b"\0")

    def stop(self):
        self.set("")

    @property
    def calls(self):
        return CONTROL.unpack(self.at)[4]

    @property
    def live(self):
        """The number of allocations that are not freed."""
        return CONTROL.unpack(self.at)[5]


@pytest.fixture
def faults(tmp_path_factory):
    if not LIBRARY.exists():
        pytest.skip(f"there is no {LIBRARY}")
    return Faults(tmp_path_factory.mktemp("faults") / "control")
