"""The network that is measured on: a loopback of the bench's own, with the plainest congestion control."""

import ctypes
import errno
import fcntl
import pathlib
import socket
import struct

CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
ALGORITHM = pathlib.Path("/proc/sys/net/ipv4/tcp_congestion_control")


def enter():
    """This process and its children from now on. False, and all stays as it is, for who may not (root may).

    A system whose default is BBR paces what it sends by what it believes of the path. Over loopback, where the time to
    the other side is a matter of who gets a core, that belief jumps between values that lie a factor of ten apart, and
    so did every figure of bytes, for all contenders. Reno never waits while nothing is lost, and each kernel has it."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) < 0:
        if ctypes.get_errno() in (errno.EPERM, errno.EINVAL, errno.ENOSPC):
            return False
        raise OSError(ctypes.get_errno(), "unshare")
    with socket.socket() as s:
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    ALGORITHM.write_text("reno")
    return True


def describe():
    return f"TCP with {ALGORITHM.read_text().strip()}"
