"""How something is measured: the load generator on one core, the server on the other, and the CPU time from the
scheduler."""

import json
import os
import re
import socket
import subprocess
import time

from contender import LOAD_CORE, TOOLS, Wrong

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
# Longer than any run takes; only for hangs.
RUN_SECONDS = 120


def group(name, **words):
    """The arguments that describe a group of connections to bench/load (load/group.h)."""
    return [f"group={name}", *(key if value is True else f"{key}={value}" for key, value in words.items() if value)]


def load(server, groups, seconds, warm, when_open=None, cores=(LOAD_CORE,)):
    """Runs the load generator against a server; returns its output as a dict. `when_open` is called while every
    connection is open. A process that begins or ends meanwhile would be missing in the sum, so it makes the
    figure invalid."""
    pids = server.pids()
    argv = [TOOLS / "load", f"port={server.port}", f"cpu={','.join(map(str, pids))}", f"warm={round(warm * 1000)}",
            f"time={round(seconds * 1000)}", *(["spin"] if not set(cores) & set(server.cores) else []), *(word for words in groups for word in words)]
    proc = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            preexec_fn=lambda: os.sched_setaffinity(0, cores))
    try:
        if when_open and proc.stdout.readline() == b"open\n":
            when_open()
        out, err = proc.communicate(timeout=RUN_SECONDS)
    finally:
        proc.kill()
        proc.wait()
    if proc.returncode != 0:
        raise Wrong(f"{server.contender.name}: {err.decode(errors='replace').strip()}")
    if server.pids() != pids:
        raise Wrong(f"{server.contender.name}: its processes were {pids} and are {server.pids()}")
    return json.loads(out.decode().removeprefix("open\n"))


def head_of(server, target, length=0, of=0):
    """The length of an answer's head."""
    field = f"Range: bytes={of - length}-{of - 1}\r\n" if length else ""
    with socket.create_connection(("127.0.0.1", server.port), 10) as s:
        s.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n{field}\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            piece = s.recv(4096)
            if not piece:
                raise Wrong(f"{server.contender.name}: an answer without a head")
            head += piece
    return head.index(b"\r\n\r\n") + 4


def cpu_of(pids):
    """Seconds of CPU that these processes have used: with all their threads, also those that have ended, and with
    their children that have ended. The first is the scheduler's own sum in ns (the clock of
    clock_getcpuclockid(3), whose number is computed as in the kernel); the second comes in ticks."""
    total = 0.0
    for pid in pids:
        total += time.clock_gettime((~pid << 3) | 2)
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            fields = f.read().rpartition(")")[2].split()
        total += (int(fields[13]) + int(fields[14])) / CLOCK_TICKS
    return total


def memory_of(pids):
    """Proportional memory, in bytes."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
            total += int(re.search(r"^Pss:\s+(\d+) kB", f.read(), re.M)[1]) * 1024
    return total


def of_requests(result, name):
    """The figures of a group that is measured by requests."""
    g = result["groups"][name]
    if g["requests"] == 0:
        raise Wrong(f"not one answer for '{name}'")
    return {
        "cpu_us": result["server_cpu"] / g["requests"] * 1e6,
        "load_us": result["load_cpu"] / g["requests"] * 1e6,
        "rate": g["requests"] / result["seconds"],
        "p50": g["p50"], "p99": g["p99"], "p999": g["p999"],
        "reconnects": g["reconnects"],
    }


def of_bytes(result, name):
    """The figures of a group that is measured by GB."""
    g = result["groups"][name]
    if g["bytes"] == 0:
        raise Wrong(f"not one byte for '{name}'")
    return {
        "cpu_gb": result["server_cpu"] / g["bytes"] * 1e9,
        "both_gb": (result["server_cpu"] + result["load_cpu"]) / g["bytes"] * 1e9,
        "gb_s": g["bytes"] / result["seconds"] / 1e9,
    }
