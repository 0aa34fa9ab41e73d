"""The files that are served: made once, on a disk, and kept until the bench needs other sizes."""

import os
import pathlib
import subprocess

from contender import ROOT, TOOLS

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


class Files:
    """The folder that every contender serves. It is on a file system with a disk behind it, as in practice: the
    page cache of a tmpfs is another, shorter path."""

    def __init__(self, folder):
        self.root = pathlib.Path(folder)
        self.root.mkdir(parents=True, exist_ok=True)

    def numbered(self, kind, count, length):
        """Makes `count` files of `length` bytes; returns their address, with '%' for the number."""
        return self._make(f"{kind}-{length}-{count}", "%", count, length)

    def one(self, kind, length):
        """Makes one file; returns its address. The configurations of peers use the kind."""
        return self._make(f"{kind}-{length}", "file", 1, length)

    def listing(self, count):
        """Makes a folder of that many empty files."""
        folder = self.root / f"listing-{count}"
        if not (self.root / f".{folder.name}").exists():
            folder.mkdir(exist_ok=True)
            for i in range(count):
                (folder / f"report-{i:06}.txt").touch()
            (self.root / f".{folder.name}").touch()
        return f"/{folder.name}/"

    def path(self, address):
        return self.root / address.lstrip("/")

    def drop(self, address, count):
        """Removes numbered files from the page cache."""
        for i in range(count):
            fd = os.open(self.path(address.replace("%", f"{i:05}")), os.O_RDONLY)
            try:
                os.fsync(fd)
                os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(fd)

    def _make(self, folder, name, count, length):
        # The mark is made last, so that files of an interrupted run are made again.
        mark = self.root / f".{folder}"
        if not mark.exists():
            (self.root / folder).mkdir(exist_ok=True)
            subprocess.run([TOOLS / "fill", self.root / folder / name, str(count), str(length)], check=True)
            # Otherwise dirty pages would be written back during a measurement.
            os.sync()
            mark.touch()
        self._warm(folder)
        return f"/{folder}/{name}"

    def _warm(self, folder):
        """Reads it into the page cache, as far as there is room."""
        buffer = bytearray(MIB)
        for path in (self.root / folder).iterdir():
            with open(path, "rb", buffering=0) as f:
                while f.readinto(buffer):
                    pass


DEFAULT = ROOT / "build-bench" / "files"
