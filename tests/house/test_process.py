"""What is felt in the whole process (its end, its signals, its standard streams, its environment) is decided in cmd/,
and for a server in one file: whoever builds a library of the other rooms gets no surprise from them."""

import re

import pytest

from source import FILES, SRC, code_of, room_of

CALLS = {
    "an end": r"_exit|_Exit|exit|quick_exit|atexit|on_exit|abort|raise|kill|killpg",
    "a signal": r"signal|sigaction|sigprocmask|pthread_sigmask|sigwait\w*|sigsuspend|signalfd|alarm|setitimer",
    "a child": r"fork|vfork|clone|daemon|exec\w+|posix_spawn\w*|system|popen|wait|waitpid",
    "a state of the process": r"chdir|fchdir|chroot|umask|setlocale|uselocale|setrlimit|prlimit|nice|setpriority|"
                              r"setsid|setpgid|set\w*[ug]id|setgroups|prctl|personality|mlockall",
    "its heaps": r"mallopt",
    "its environment": r"getenv|secure_getenv|setenv|putenv|unsetenv|clearenv",
    "a standard stream": r"printf|vprintf|puts|putchar|perror|scanf|getchar",
}
WORDS = r"\b(?:environ|stdin|stdout|stderr|STD(?:IN|OUT|ERR)_FILENO)\b"

# Where all of it may stand.
FREE_ROOMS = {"cmd", "main"}

# file -> {the call: why it may}
EXCEPTIONS = {
    "server/process.c": {
        "_exit": "a worker may be stuck in a dead file system, and what it works on cannot be freed",
        "mallopt": "dozens of workers take turns, and share a few heaps",
        "pthread_sigmask": "before its threads are there: each inherits the mask",
        "sigaction": "only asks",
        "signalfd": "what a signal means to a server is for its loop to decide",
    },
    "sys/limits.c": {"setrlimit": "cmd/ calls it, and it is what the file is for"},
    "io/workers.c": {"setpriority": "of one thread, as Linux has it"},
    "server/conn.c": {"abort": "a connection that goes from state to state as none may is a bug, as in assert()"},
}


def uses(path):
    code = code_of(path)
    # Not by way of a struct, and not the name alone: a field may be called so.
    called = r"(?<![\w.>])(?:" + "|".join(CALLS.values()) + r")(?=\()"
    return set(re.findall(called, code)) | set(re.findall(WORDS, code))


@pytest.mark.parametrize("path", [p for p in FILES if room_of(p) not in FREE_ROOMS],
                         ids=lambda p: str(p.relative_to(SRC)))
def test_a_room_keeps_to_itself(path):
    assert uses(path) == set(EXCEPTIONS.get(str(path.relative_to(SRC)), {}))


def test_no_exception_outlives_its_file():
    assert [name for name in EXCEPTIONS if not (SRC / name).exists()] == []
