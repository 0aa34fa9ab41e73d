"""Programs that fetch: load generators that are not ours, several loads at once, and whole programs that save a
file."""

import contextlib
import dataclasses
import filecmp
import json
import os
import pathlib
import re
import subprocess
import tempfile
import threading
import time
import urllib.request

import contender
from contender import LOAD_CORE, Wrong, find, running
from measure import RUN_SECONDS, cpu_of, load, of_requests
from table import Row


@dataclasses.dataclass
class Used:
    text: str  # its output
    seconds: float
    cpu: float


def call(argv, cores=(LOAD_CORE,)):
    """Runs a program to its end."""
    with tempfile.TemporaryFile() as out:
        begin = time.monotonic()
        proc = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                preexec_fn=lambda: os.sched_setaffinity(0, cores))
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
    return Used(text, seconds, used.ru_utime + used.ru_stime)


def of_load(server, argv, pattern):
    """The figures of another load generator; `pattern` finds the number of answers, which must all be good."""
    pids = server.pids()
    before = cpu_of(pids)
    did = call(argv)
    used = cpu_of(pids) - before
    answers = re.search(pattern, did.text)
    if not answers or "Non-2xx" in did.text or "Socket errors" in did.text:
        raise Wrong(f"{server.contender.name}: {argv[0]}: {did.text[:500]}")
    return {"cpu_us": used / int(answers[1]) * 1e6, "rate": int(answers[1]) / did.seconds}


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
            did = call([find("iperf3"), "-c", "127.0.0.1", "-p", str(server.port), "-R", "-J", "-P",
                        str(connections), "-t", str(b.size(2, 1))])
            used = cpu_of(pids) - before
        received = json.loads(did.text)["end"]["sum_received"]
        return {"gb_s": received["bits_per_second"] / 8e9, "cpu_gb": used / received["bytes"] * 1e9,
                "both_gb": (used + did.cpu) / received["bytes"] * 1e9}
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


BOTH_CORES = (contender.SERVER_CORE, LOAD_CORE)
URL = "http://127.0.0.1:@PORT@@TARGET@"
RSYNC_URL = "rsync://127.0.0.1:@PORT@/files@TARGET@"


@dataclasses.dataclass(frozen=True)
class Program:
    """What is fetched is saved as @SAVED@."""
    name: str
    argv: tuple
    server: contender.Contender = contender.ferry()
    known: bool = False  # the server has hashed the file before
    again: tuple = ()    # a second run over the same, if that is not the same command

    def installed(self):
        return find(self.argv[0]) is not None

    def kind(self):
        """cp takes no network, so it is no peer."""
        return "ferry" if self.name.startswith("ferry") else "reference" if self.name == "cp" else "peer"


FERRY = str(contender.FERRY)
ONE_FILE = [
    Program("ferry get, hashes known", (FERRY, "get", "-q", "--require-verified", "-f", "-o", "@SAVED@", URL), known=True),
    Program("ferry get, hashes not known", (FERRY, "get", "-q", "--require-verified", "-f", "-o", "@SAVED@", URL)),
    Program("cp", ("cp", "@SOURCE@", "@SAVED@")),
    Program("curl", ("curl", "-sS", "-o", "@SAVED@", URL)),
    Program("curl, then sha256sum", ("sh", "-c", 'curl -sS -o "$1" "$2" && sha256sum "$1"', "sh", "@SAVED@", URL)),
    Program("wget2", ("wget2", "-q", "-O", "@SAVED@", URL)),
    Program("aria2c, 4 connections", ("aria2c", "-q", "-x4", "-s4", "--file-allocation=none", "-d", "/", "-o", "@SAVED@",
                                      URL)),
    Program("rsync, from its daemon", ("rsync", "--whole-file", RSYNC_URL, "@SAVED@"), contender.RSYNC),
]
TREE = [
    Program("ferry get -r", (FERRY, "get", "-r", "-q", "-o", "@SAVED@", URL)),
    Program("rsync, from its daemon", ("rsync", "-rt", RSYNC_URL, "@SAVED@"), contender.RSYNC),
    Program("wget2 -r", ("wget2", "-q", "-r", "-np", "-nH", "-P", "@SAVED@", URL),
            again=("wget2", "-q", "-r", "-np", "-nH", "-N", "-P", "@SAVED@", URL)),
]


def hash_before(server, target):
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{target}?format=metalink", timeout=RUN_SECONDS) as answer:
        while answer.read(1 << 20):
            pass


@contextlib.contextmanager
def ready(b, program, target, place):
    """A server, and a function that runs `argv` there: (seconds until all is on the disk, CPU s of both sides, MiB)."""
    with running(program.server, b.files.root, BOTH_CORES) as server, tempfile.TemporaryDirectory(dir=place) as folder:
        if program.known:
            hash_before(server, target)
        saved = pathlib.Path(folder, "saved")
        values = {"SAVED": saved, "PORT": server.port, "TARGET": target, "SOURCE": b.files.path(target)}

        def run(argv):
            pids = [server.proc.pid]  # without children that may end meanwhile: they are counted with it then
            before = cpu_of(pids)
            begin = time.monotonic()
            # time(1), since a child of ours counts our own memory as its own.
            peak = pathlib.Path(folder, "peak")
            did = call([find("time"), "-f", "%M", "-o", peak, find(argv[0]),
                        *(contender.fill(word, values) for word in argv[1:])], BOTH_CORES)
            subprocess.run(["sync", "-f", folder], check=True)
            seconds = time.monotonic() - begin
            return seconds, cpu_of(pids) - before + did.cpu, int(peak.read_text()) / 1024
        yield saved, run


def file_row(b, program, target, length, place):
    def run():
        with ready(b, program, target, place) as (saved, fetch):
            seconds, cpu, memory = fetch(program.argv)
            if saved.stat().st_size != length:
                raise Wrong(f"{program.name}: saved {saved.stat().st_size} bytes of {length}")
            if b.quick and not filecmp.cmp(saved, b.files.path(target), shallow=False):
                raise Wrong(f"{program.name}: saved something else")
        return {"gb_s": length / seconds / 1e9, "both_gb": cpu / length * 1e9, "memory": memory}
    return Row(program.name, program.kind(), run)


def tree_row(b, program, target, count, place):
    def run():
        with ready(b, program, target, place) as (saved, fetch):
            first, cpu, memory = fetch(program.argv)
            found = {p.name: p for p in saved.rglob("*") if p.is_file() and not p.name.startswith(".")}
            source = sorted(p for p in b.files.path(target).iterdir())
            if len(source) != count or any(p.name not in found for p in source):
                raise Wrong(f"{program.name}: saved {len(found)} files of {count}")
            if b.quick and not all(filecmp.cmp(p, found[p.name], shallow=False) for p in source):
                raise Wrong(f"{program.name}: saved something else")
            again, _, _ = fetch(program.again or program.argv)
        return {"first": first, "again": again, "cpu": cpu, "memory": memory}
    return Row(program.name, program.kind(), run)
