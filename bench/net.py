"""The network of the measurements: a loopback of the bench's own, with the simplest congestion control."""

import ctypes
import errno
import fcntl
import os
import pathlib
import socket
import struct

CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
ALGORITHM = pathlib.Path("/proc/sys/net/ipv4/tcp_congestion_control")


def enter():
    """Enters a network namespace with Reno (or TCP=NAME), for this process and its children. Returns False and changes nothing
    without the rights (root has them). Where BBR is the default, TCP paces its sending by its estimate of the
    path. Over loopback, where the delay depends on who gets a core, that estimate jumps between values a factor
    of ten apart, and so did every figure of bytes, for all contenders. Reno never waits unless something is
    lost, and every kernel has it."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) < 0:
        if ctypes.get_errno() in (errno.EPERM, errno.EINVAL, errno.ENOSPC):
            return False
        raise OSError(ctypes.get_errno(), "unshare")
    with socket.socket() as s:
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    ALGORITHM.write_text(os.environ.get("TCP") or "reno")
    return True


def describe():
    return f"TCP with {ALGORITHM.read_text().strip()}"
