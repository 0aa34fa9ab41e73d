"""A server of trees that follows a script: a list of the folder as ferry serve writes it (mtree), true or not, and files."""

import hashlib
import tarfile
import threading
import urllib.parse
from email.utils import formatdate

from rogue import MODIFIED, Rogue

NS = MODIFIED * 10**9


def quoted(path):
    return "".join(chr(c) if 0x20 < c < 0x7F and chr(c) not in "\\#=*?[" else f"\\{c:03o}" for c in path.encode())


def entry(path, body=None, hashed=True, ns=NS, mode="0644", size=None):
    """A line: a file with this body, or a folder."""
    time = f"time={ns // 10**9}.{ns % 10**9:09}"
    if body is None:
        return f"./{quoted(path)} type=dir {time} mode=0755\n"
    size = len(body) if size is None else size
    digest = f" sha256digest={hashlib.sha256(body).hexdigest()}" if hashed else ""
    return f"./{quoted(path)} type=file size={size} {time} mode={mode}{digest}\n"


def listed(*lines, end=True, entries=None):
    n = len(lines) if entries is None else entries
    return ("#mtree\n" + "".join(lines) + (f"# end {n} entries\n" if end else "")).encode()


def tree_of(files, **kw):
    """The list of {path: body}, with the folders that they need."""
    paths = {p: b for p, b in files.items()}
    for path in files:
        while "/" in path:
            path = path.rpartition("/")[0]
            paths[path] = None
    return listed(*(entry(p, paths[p], **kw) for p in sorted(paths, key=lambda p: p.replace("/", "\0"))))


def read_names(peer):
    assert peer.fields["content-type"] == "application/vnd.ferry.names"
    data, size = peer.head.split(b"\r\n\r\n", 1)[1], int(peer.fields["content-length"])
    while len(data) < size:
        data += peer.sock.recv(65536)
    assert data.endswith(b"\0")
    return data[:-1].decode().split("\0")


def member(name, body, error=None, told=None):
    """A member of a batch; `told` is a body whose hash it tells."""
    digest = hashlib.sha256(body if told is None else told).hexdigest()
    info = tarfile.TarInfo(name)
    info.size = len(body)
    info.mtime = MODIFIED
    info.pax_headers = {"FERRY.error": error} if error else {"FERRY.sha256": digest}
    padded = body + bytes(-len(body) % 512)
    return info.tobuf(tarfile.PAX_FORMAT) + padded


def send_tar(peer, *members, end=True):
    peer.answer("200 OK", "Content-Type: application/x-tar", body=b"".join(members) + bytes(1024 if end else 0))


class Trees(Rogue):
    """Serves `files` ({path: body}) below /t/. `wrong(peer, path, body)` may answer itself, and then returns True."""

    def __init__(self, files, text=None, wrong=lambda peer, path, body: False, lists=None, batch=None):
        self.files, self.text, self.wrong, self.batch = files, text, wrong, batch
        self.lock, self.asked, self.batches, self.lists = threading.Lock(), [], [], lists
        super().__init__(self.script)

    def script(self, peer):
        path = urllib.parse.unquote(peer.target.removeprefix("/t/"))
        if path == "?format=mtree":
            if self.lists:
                self.lists(peer)
                return
            text = self.text() if callable(self.text) else self.text
            peer.answer("200 OK", "Content-Type: text/plain; charset=utf-8", body=tree_of(self.files) if text is None else text)
            return
        if peer.method == "QUERY" and not self.batch:
            peer.answer("405 Method Not Allowed")
            return
        if peer.method == "QUERY":
            names = read_names(peer)
            with self.lock:
                self.batches.append(names)
            self.batch(peer, names)
            return
        with self.lock:
            self.asked.append(path)
        body = self.files.get(path)
        if self.wrong(peer, path, body):
            return
        if body is None:
            peer.answer("404 Not Found")
        elif len(body) > 1 << 20:
            peer.file(body)
        else:
            peer.answer("200 OK", f"Last-Modified: {formatdate(MODIFIED, usegmt=True)}", body=body)

    @property
    def source(self):
        return f"{self.name}/t/"
