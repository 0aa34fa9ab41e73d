"""A local disk that fails once: existing files stay, whatever they are."""

import errno
import os

import pytest

from conftest import body, run
from faults import faults  # noqa: F401 (a fixture)

pytestmark = pytest.mark.release

BODY = body(300_000)
OTHERS = b"somebody's own"


def test_no_failing_look_takes_what_is_somebody_elses_for_nothing(listen, tmp_path, faults):  # noqa: F811
    """f.part is a user's own file, and a failing look at it does not make it ours."""
    (tmp_path / "pub").mkdir()
    (tmp_path / "pub" / "f").write_bytes(BODY)
    server = listen("serve", tmp_path / "pub")
    here = tmp_path / "here"
    here.mkdir()
    for n in range(1, 30):
        (here / "f.part").write_bytes(OTHERS)
        faults.set("fstatat", errno.EIO, first=n)
        done = run("get", f"{server.name}/f", cwd=here, env=faults.env)
        assert (here / "f.part").read_bytes() == OTHERS, (n, done.stderr)
        assert done.returncode in (0, 7), done.stderr
        assert done.returncode != 0 or (here / "f").read_bytes() == BODY
        looks = faults.calls
        for name in os.listdir(here):
            os.unlink(here / name)
        if looks < n:
            return
    pytest.fail("it never ends looking")


def test_an_info_that_cannot_be_read_costs_no_part(listen, tmp_path, faults):  # noqa: F811
    """The fetched bytes stay, and the next run resumes."""
    (tmp_path / "pub").mkdir()
    (tmp_path / "pub" / "f").write_bytes(BODY)
    server = listen("serve", tmp_path / "pub")
    here = tmp_path / "here"
    here.mkdir()
    for n in range(1, 30):
        # The disk is full at the second half: a part is left, and what is known of it.
        run("get", f"{server.name}/f", cwd=here, check=7, preexec_fn=at_most(150_000))
        have = (here / "f.part").stat().st_size
        assert 0 < have < len(BODY)
        faults.set("read", errno.EIO, first=n)
        done = run("get", f"{server.name}/f", cwd=here, env=faults.env)
        if done.returncode == 0:
            assert (here / "f").read_bytes() == BODY
            os.unlink(here / "f")
        else:
            assert (here / "f.part").stat().st_size >= have, (n, done.stderr)
        if faults.calls < n:
            return
    pytest.fail("it never ends reading")


def at_most(n):
    """Like a full disk: no file grows beyond n bytes."""

    def limit():
        import resource
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (n, n))

    return limit
