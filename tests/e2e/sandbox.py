"""System calls that are refused, as in the sandbox (seccomp) of a container or a service manager."""

import ctypes
import platform
import struct

import pytest

# Numbers of x86-64 and of the generic table.
NUMBERS = {
    "x86_64": {"accept4": 288, "cachestat": 451, "clone": 56, "clone3": 435, "eventfd2": 290, "faccessat2": 439, "mincore": 27,
               "openat2": 437, "preadv2": 327, "sendfile": 40},
    "aarch64": {"accept4": 242, "cachestat": 451, "clone": 220, "clone3": 435, "eventfd2": 19, "faccessat2": 439, "mincore": 232,
                "openat2": 437, "preadv2": 286, "sendfile": 71},
}
NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER = 38, 22, 2
LOAD, IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000


def refusing(errno, *calls):
    """For preexec_fn: from now on these calls fail with this errno."""
    numbers = NUMBERS.get(platform.machine())
    if not numbers:
        pytest.skip(f"the numbers of system calls on {platform.machine()} are not known here")
    steps = [(LOAD, 0, 0, 0)]  # the number of the call
    for i, call in enumerate(calls):
        steps.append((IF_EQUAL, len(calls) - i, 0, numbers[call]))
    steps += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE | errno)]
    text = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(steps), ctypes.addressof(text)))
    libc = ctypes.CDLL(None)

    def refuse():
        if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0 or libc.prctl(SET_SECCOMP, FILTER, program, 0, 0) != 0:
            raise OSError("no seccomp here")
        refuse.keeps = text  # keeps the memory that the program points to

    return refuse
