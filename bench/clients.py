"""Programs that fetch: load generators that are not ours, several loads at once, and whole programs that save a
file."""

import filecmp
import json
import os
import pathlib
import re
import subprocess
import tempfile
import threading
import time

import contender
from contender import LOAD_CORE, Wrong, find, running
from measure import RUN_SECONDS, cpu_of, load, of_requests
from table import Row


def call(argv, **more):
    """Runs a program on the load generator's core; returns (its output, seconds, seconds of CPU)."""
    with tempfile.TemporaryFile() as out:
        begin = time.monotonic()
        proc = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                preexec_fn=lambda: os.sched_setaffinity(0, (LOAD_CORE,)), **more)
        timer = threading.Timer(RUN_SECONDS, proc.kill)
        timer.start()
        _, status, used = os.wait4(proc.pid, 0)
        seconds = time.monotonic() - begin
        timer.cancel()
        proc.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode(errors="replace")
    if proc.returncode != 0:
        raise Wrong(f"{argv[0]}: exit status {proc.returncode}: {text[:500]}")
    return text, seconds, used.ru_utime + used.ru_stime


def of_load(server, argv, pattern):
    """The figures of another load generator; `pattern` finds the number of answers, which must all be good."""
    pids = server.pids()
    before = cpu_of(pids)
    text, seconds, _ = call(argv)
    used = cpu_of(pids) - before
    answers = re.search(pattern, text)
    if not answers or "Non-2xx" in text or "Socket errors" in text:
        raise Wrong(f"{server.contender.name}: {argv[0]}: {text[:500]}")
    return {"cpu_us": used / int(answers[1]) * 1e6, "rate": int(answers[1]) / seconds}


def wrk(server, connections, target, seconds):
    return of_load(server, [find("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s",
                            f"http://127.0.0.1:{server.port}{target}"], r"(\d+) requests in")


def h2load(server, connections, target, count):
    """Runs for a count, not for a time: with a time, nobody knows when its warm-up begins."""
    text = r"requests: \d+ total, \d+ started, \d+ done, (%d) succeeded, 0 failed, 0 errored, 0 timeout" % count
    return of_load(server, [find("h2load"), "--h1", "-t1", f"-c{connections}", f"-n{count}",
                            f"http://127.0.0.1:{server.port}{target}"], text)


def iperf3(b, connections):
    """For comparison: what TCP carries here if the sender writes from its memory and reads no file."""
    if not find("iperf3"):
        return []

    def run():
        with running(contender.IPERF3, b.files.root) as server:
            pids = server.pids()
            before = cpu_of(pids)
            text, _, client = call([find("iperf3"), "-c", "127.0.0.1", "-p", str(server.port), "-R", "-J", "-P",
                               str(connections), "-t", str(b.size(2, 1))])
            used = cpu_of(pids) - before
        received = json.loads(text)["end"]["sum_received"]
        return {"gb_s": received["bits_per_second"] / 8e9, "cpu_gb": used / received["bytes"] * 1e9,
                "both_gb": (used + client) / received["bytes"] * 1e9}
    return [Row("iperf3 -R, for comparison", "reference", run)]


def at_once(server, groups, seconds, warm, cores):
    """Runs one load on each of these cores."""
    results = [None] * len(cores)

    def run(i):
        results[i] = load(server, groups, seconds, warm, cores=(cores[i],))
    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(cores))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if None in results:
        raise Wrong(f"{server.contender.name}: one of {len(cores)} loads failed")
    return results


def sum_of(results):
    """The figures of several loads that ran at once. Each has measured all the CPU of the server."""
    each = [of_requests(r, "it") for r in results]
    rate = sum(e["rate"] for e in each)
    server = sum(r["server_cpu"] / r["seconds"] for r in results) / len(results)
    mine = sum(r["load_cpu"] / r["seconds"] for r in results)
    return {"rate": rate, "cpu_us": server / rate * 1e6, "load_us": mine / rate * 1e6}


# name -> (server, command line; the file is saved as @FILE@)
PROGRAMS = {
    "ferry get": (None, (str(contender.FERRY), "get", "-f", "-o", "@FILE@", "http://127.0.0.1:@PORT@@TARGET@")),
    "curl": (None, ("curl", "-sS", "-o", "@FILE@", "http://127.0.0.1:@PORT@@TARGET@")),
    "wget2": (None, ("wget2", "-q", "-O", "@FILE@", "http://127.0.0.1:@PORT@@TARGET@")),
    "aria2c, 4 connections": (None, ("aria2c", "-q", "-x4", "-s4", "--file-allocation=none", "-d", "/", "-o", "@FILE@",
                                     "http://127.0.0.1:@PORT@@TARGET@")),
    "rsync, from its daemon": (contender.RSYNC, ("rsync", "--whole-file", "rsync://127.0.0.1:@PORT@/files@TARGET@",
                                                 "@FILE@")),
}


def rows(b, target, length):
    """Each installed program, saving one file below /dev/shm."""
    return [row(b, name, server or contender.ferry(), argv, target, length)
            for name, (server, argv) in PROGRAMS.items() if find(argv[0])]


def row(b, name, who, argv, target, length):
    def run():
        with running(who, b.files.root) as server, tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
            file = pathlib.Path(folder, "file")
            values = {"FILE": file, "PORT": server.port, "TARGET": target}
            pids = server.pids()
            before = cpu_of(pids)
            _, seconds, client = call([find(argv[0]), *(contender.fill(word, values) for word in argv[1:])])
            used = cpu_of(pids) - before
            if file.stat().st_size != length:
                raise Wrong(f"{name}: saved {file.stat().st_size} bytes of {length}")
            if b.quick and not filecmp.cmp(file, b.files.path(target), shallow=False):
                raise Wrong(f"{name}: saved something else")
        return {"gb_s": length / seconds / 1e9, "cpu_gb": used / length * 1e9,
                "both_gb": (used + client) / length * 1e9}
    return Row(name, "ferry" if name.startswith("ferry") else "peer", run)
