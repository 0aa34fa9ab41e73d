"""Values that a disk can hold and a format, a library or a number cannot: far times, and sums of sizes beyond 64
bits."""

import contextlib
import io
import json
import os
import pathlib
import shutil
import struct
import tarfile
import tempfile
import zipfile

import pytest

from conftest import body, run
from wire import Http, ask, plain

TIMES = [-2**62, -2**40, -1, 0, 1, 2**31 - 1, 2**31, 2**32 + 5, 2**33 + 5, 253402300800, 67768036191676800, 2**56, 2**62]


@pytest.fixture
def far():
    """A folder with such times and sizes, which few disks can hold."""
    with contextlib.ExitStack() as stack:
        if not os.access("/dev/shm", os.W_OK):
            pytest.skip("/dev/shm is no place for files")
        folder = tempfile.mkdtemp(prefix="ferry-far-", dir="/dev/shm")
        stack.callback(shutil.rmtree, folder)
        try:
            os.truncate(os.open(f"{folder}/probe", os.O_CREAT | os.O_WRONLY), 2**63 - 512)
            os.utime(f"{folder}/probe", (2**62, 2**62))
            assert os.stat(f"{folder}/probe").st_mtime_ns == 2**62 * 10**9
            os.unlink(f"{folder}/probe")
        except (OSError, AssertionError):
            pytest.skip("/dev/shm cannot hold them either")
        yield pathlib.Path(folder)


@pytest.mark.valgrind
def test_any_time_of_a_file_or_folder(listen, far):
    for i, t in enumerate(TIMES):
        (far / f"d{i}").mkdir()
        (far / f"d{i}" / "f").write_bytes(body(100 + i))
    for i, t in enumerate(TIMES):
        os.utime(far / f"d{i}" / "f", (t, t))
        os.utime(far / f"d{i}", (t, t))
    server = listen("serve", far)
    with Http(server.address) as h:
        with zipfile.ZipFile(io.BytesIO(h.ask("/?archive=zip").body)) as z:
            assert z.testzip() is None
            for i, t in enumerate(TIMES):
                assert z.read(f"files/d{i}/f") == body(100 + i)
                for name in (f"files/d{i}/f", f"files/d{i}/"):
                    info = z.getinfo(name)
                    assert 1980 <= info.date_time[0] <= 2107
                    seconds = info.extra[5:9] if info.extra[:2] == b"UT" else None
                    assert seconds is None or struct.unpack("<i", seconds)[0] == t
                    assert (seconds is not None) == (0 <= t < 2**31)
        with tarfile.open(fileobj=io.BytesIO(h.ask("/?archive=tar").body)) as t:
            times = {m.name: int(m.mtime) for m in t}
        for i, t in enumerate(TIMES):
            assert times[f"files/d{i}/f"] == times[f"files/d{i}"] == int(float(t))
            assert h.ask(f"/d{i}/f").body == body(100 + i)
            for form in ("html", "json", "text"):
                for order in ("name", "size", "time"):
                    assert h.ask(f"/d{i}/?format={form}&sort={order}").status == 200
        # Each page begins where the one before ended, whatever the time in the place is.
        for order in ("asc", "desc"):
            names, target = [], f"/?format=json&sort=time&order={order}&limit=2"
            while target:
                page = json.loads(h.ask(target).body)
                names += [e["name"] for e in page["entries"]]
                target = page.get("next") and "/" + page["next"]
            assert names == [f"d{i}" for i in range(len(TIMES))][::1 if order == "asc" else -1]


def test_sizes_whose_sum_no_number_holds(listen, far):
    size = 2**63 - 512
    for name in "abc":
        (far / name).touch()
        os.truncate(far / name, size)
    (far / "one").mkdir()
    (far / "one" / "a").touch()
    os.truncate(far / "one" / "a", 2**62)
    (far / "small").write_bytes(b"small")
    server = listen("serve", far)
    with Http(server.address) as h:
        for kind in ("tar", "zip"):
            for method in ("GET", "HEAD"):
                answer = h.ask(f"/?archive={kind}", method)
                assert answer.status == 507
                assert method == "HEAD" or b"too much in that folder" in answer.body
        assert h.ask("/small").body == b"small"
        # An archive whose length can be computed is offered, and ends where it says.
        head = h.ask("/one/?archive=tar", "HEAD")
        length = int(head["Content-Length"])
        assert length > 2**62 and length % 512 == 0
        assert h.ask("/one/?archive=tar", range=f"bytes={length - 4}-").body == bytes(4)
        page = h.ask("/", accept="text/html").body.decode()
        assert "24.0 EiB" in page
        sizes = {e["name"]: e.get("size") for e in json.loads(h.ask("/?format=json&sort=size").body)["entries"]}
        assert sizes == {"a": size, "b": size, "c": size, "small": 5, "one": None}
        part = h.ask("/a", range=f"bytes={size - 3}-{size + 100}")
        assert part.status == 206 and part.body == bytes(3)
        assert part["Content-Range"] == f"bytes {size - 3}-{size - 1}/{size}"
        many = h.ask("/a", range=f"bytes=0-9,{size - 9}-,100-{size - 100}", method="HEAD")
        assert many.status == 200
    assert plain(server.address, b"small\n") == b"small"


def test_what_the_kernel_makes_up_is_refused_in_words(listen, tmp_path):
    """/proc and /sys: the size of a file there is not true (0 or 4,096), and each read gives something else."""
    server = listen("serve", "/proc/sys")
    with Http(server.address) as h:
        for method in ("GET", "HEAD"):
            answer = h.ask("/kernel/ostype", method)
            assert answer.status == 403 and (method == "HEAD" or b"makes this file up" in answer.body)
        assert h.ask("/kernel/nothing").status == 404
        assert "ostype" in [e["name"] for e in json.loads(h.ask("/kernel/?format=json").body)["entries"]]
        with tarfile.open(fileobj=io.BytesIO(h.ask("/fs/?archive=tar").body)) as t:
            assert all(m.isdir() for m in t) and "fs/inotify" in t.getnames()
    assert plain(server.address, b"kernel/ostype\n") == b"File not found"
    said = run("serve", "--listen", "127.0.0.1:0", "/proc/version", check=1).stderr
    assert b"cannot serve /proc/version" in said and b"makes it up" in said
    if os.path.exists("/sys/kernel/mm"):
        assert ask(listen("serve", "/sys").address, "/kernel/mm/transparent_hugepage/enabled").status in (403, 404)
