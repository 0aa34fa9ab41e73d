"""The contenders: how each is started, on which core and port, and which processes it consists of."""

import contextlib
import dataclasses
import grp
import os
import pathlib
import pwd
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
TOOLS = ROOT / "build-bench" / "bench"
FERRY = pathlib.Path(os.environ.get("FERRY") or ROOT / "build" / "ferry").resolve()
# Other builds of ferry to be measured beside this one, for people who change ferry.
AGAINST = [pathlib.Path(p).resolve() for p in (os.environ.get("AGAINST") or "").split(":") if p]

SERVER_CORE, LOAD_CORE = 0, 1
START_SECONDS = 20


def raise_descriptors():
    """A scenario opens at most 10,000 connections, and ferry and lighttpd need two descriptors for each. With a
    lower limit, it opens fewer."""
    wanted = 32768
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with contextlib.suppress(ValueError, OSError):
        if most < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, wanted),) * 2)
    return min(most, wanted)


DESCRIPTORS = raise_descriptors()
# A few descriptors are for other things.
CONNECTIONS = min(DESCRIPTORS // 2 - 100, 10000)



class Wrong(Exception):
    """A server did not answer as it should, so there is no figure."""


def find(program):
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin")


@dataclasses.dataclass(frozen=True)
class Contender:
    name: str
    argv: tuple  # @PORT@ and the like are filled in
    env: tuple = ()
    version: tuple = ()
    kind: str = "peer"  # or "ferry", or "limit"

    def installed(self):
        return find(self.argv[0]) is not None

    def version_text(self):
        if not self.version:
            return ""
        result = subprocess.run([find(self.version[0]), *self.version[1:]], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        number = re.search(rb"\d+\.\d+(\.\d+)?\S*", result.stdout)
        return number[0].decode().strip("()") if number else "?"


def ferry(name="ferry", program=FERRY, *options):
    argv = (str(program), "serve", "--listen", "127.0.0.1:@PORT@", "--threads", "@LOOPS@", *options, "@ROOT@")
    # Hashes that it keeps go where the server's other files are, and end with it.
    return Contender(name, argv, env=(("XDG_CACHE_HOME", "@WORK@"),), version=(str(program), "--version"), kind="ferry")


def limit(program, *words, name=None):
    """One of the programs in bench/limit."""
    return Contender(name or f"limit: {program}", (str(TOOLS / program), "port=@PORT@", *map(str, words)),
                     kind="limit")


PEERS = [
    Contender("h2o", ("h2o", "-c", "@PEERS@/h2o.conf"), version=("h2o", "-v")),
    Contender("lighttpd", ("lighttpd", "-D", "-f", "@PEERS@/lighttpd.conf"), version=("lighttpd", "-v")),
    Contender("nginx", ("nginx", "-c", "@PEERS@/nginx.conf"), version=("nginx", "-v")),
    Contender("caddy", ("caddy", "run", "--adapter", "caddyfile", "--config", "@PEERS@/caddy.conf"),
              env=(("GOMAXPROCS", "@LOOPS@"), ("HOME", "@WORK@"), ("XDG_CONFIG_HOME", "@WORK@")),
              version=("caddy", "version")),
    Contender("apache", ("apache2", "-D", "FOREGROUND", "-f", "@PEERS@/apache.conf"), version=("apache2", "-v")),
]
PYTHON = Contender("python http.server", ("python3", "-m", "http.server", "@PORT@", "--bind", "127.0.0.1",
                                          "--directory", "@ROOT@", "--protocol", "HTTP/1.1"),
                   version=("python3", "--version"))
RSYNC = Contender("rsync daemon", ("rsync", "--daemon", "--no-detach", "--config", "@PEERS@/rsync.conf"),
                  version=("rsync", "--version"))
IPERF3 = Contender("iperf3", ("iperf3", "-s", "-p", "@PORT@", "-B", "127.0.0.1"), version=("iperf3", "--version"))
FAST = ("h2o", "lighttpd", "nginx")


def ferries():
    return [ferry(), *(ferry(f"ferry: {p.name}", p) for p in AGAINST)]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def apache_user():
    """apache refuses to serve as root."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
    return "www-data", "www-data"


def processes(root):
    """The numbers of the process and of all its descendants."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # After the name, which may contain anything: state, parent.
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    found = [root]
    for pid in found:
        found += sorted(child for child, parent in parents.items() if parent == pid)
    return found


@dataclasses.dataclass
class Server:
    """A running contender."""
    contender: Contender
    proc: subprocess.Popen
    port: int
    cores: tuple

    def pids(self):
        return processes(self.proc.pid)


def fill(text, values):
    return re.sub(r"@(\w+)@", lambda m: str(values[m[1]]), text)


def wait_until_it_answers(proc, port, name):
    end = time.monotonic() + START_SECONDS
    while True:
        if proc.poll() is not None:
            raise Wrong(f"{name} ended at once, with status {proc.returncode}")
        with contextlib.suppress(OSError):
            # Some servers listen before the process that answers has started.
            with socket.create_connection(("127.0.0.1", port), 1) as s:
                s.sendall(b"GET /no-such-file HTTP/1.1\r\nHost: localhost\r\n\r\n")
                if s.recv(1):
                    return
        if time.monotonic() > end:
            raise Wrong(f"{name} does not answer on port {port}")
        time.sleep(0.01)


@contextlib.contextmanager
def running(contender, root, cores=(SERVER_CORE,)):
    """Starts it with one loop for each core, serving the files below `root`; ends all its processes at the end."""
    with tempfile.TemporaryDirectory(prefix="ferry-bench-") as work:
        port = free_port()
        user, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
        values = {
            "PORT": port, "ROOT": root, "WORK": work, "PEERS": work, "USER": user, "GROUP": group,
            "LOOPS": len(cores), "LIGHTTPD_WORKERS": 0 if len(cores) == 1 else len(cores),
            "NGINX_REUSEPORT": "" if len(cores) == 1 else "reuseport", "DESCRIPTORS": DESCRIPTORS,
            "APACHE_MODULES": "/usr/lib/apache2/modules",
            "APACHE_USER": apache_user()[0], "APACHE_GROUP": apache_user()[1],
        }
        os.chmod(work, 0o755)
        for template in (HERE / "peers").glob("*.conf"):
            pathlib.Path(work, template.name).write_text(fill(template.read_text(), values))
        argv = [find(contender.argv[0]), *(fill(word, values) for word in contender.argv[1:])]
        env = {**os.environ, **{key: fill(value, values) for key, value in contender.env}}
        with open(f"{work}/said", "wb") as said:
            proc = subprocess.Popen(argv, env=env, cwd=work, stdin=subprocess.DEVNULL, stdout=said,
                                    stderr=subprocess.STDOUT, start_new_session=True,
                                    preexec_fn=lambda: os.sched_setaffinity(0, cores))
        try:
            try:
                wait_until_it_answers(proc, port, contender.name)
            except Wrong as e:
                raise Wrong(f"{e}: {pathlib.Path(work, 'said').read_text(errors='replace')[:500]}") from None
            yield Server(contender, proc, port, cores)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(proc.pid, signal.SIGKILL)
            proc.wait()
