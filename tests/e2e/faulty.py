"""A proxy that spoils answers, by a seed: the same requests for a path get the same faults."""

import random
import socket
import threading


from rogue import RESET, STALL, Rogue


class Answer:
    """An answer on its way through the proxy, and how it ends."""

    def __init__(self, data):
        head, _, self.body = data.partition(b"\r\n\r\n")
        self.status, *lines = head.decode("latin-1").split("\r\n")
        self.fields = [line.partition(":")[::2] for line in lines]
        self.end = None
        self.stop_at = None

    def get(self, name):
        return next((value.strip() for key, value in self.fields if key.lower() == name), None)

    def set(self, name, value):
        self.fields = [(key, value if key.lower() == name else old) for key, old in self.fields]

    def bytes(self):
        head = "\r\n".join([self.status, *(f"{key}: {value.strip()}" for key, value in self.fields)])
        body = self.body if self.stop_at is None else self.body[: self.stop_at]
        return head.encode("latin-1") + b"\r\n\r\n" + body


def cut(answer, dice):
    answer.stop_at, answer.end = dice.randrange(len(answer.body) + 1), RESET


def stall(answer, dice):
    answer.stop_at, answer.end = dice.randrange(len(answer.body) + 1), STALL


def flip(answer, dice):
    body = bytearray(answer.body)
    for _ in range(dice.choice([1, 1, 1, 5]) if body else 0):
        body[dice.randrange(len(body))] ^= 1 << dice.randrange(8)
    answer.body = bytes(body)


def other_range(answer, dice):
    """A 206 with the bytes of another place: it says so, or it does not."""
    if not answer.status.split(" ")[1] == "206":
        return
    if dice.random() < 0.5:
        answer.body = answer.body[5:] + b"12345"
        return
    first, last = answer.get("content-range").split(" ")[1].split("/")[0].split("-")
    total = answer.get("content-range").split("/")[1]
    if int(first) >= 3:
        answer.set("content-range", f"bytes {int(first) - 3}-{int(last) - 3}/{total}")


def wrong_length(answer, dice):
    length = answer.get("content-length")
    if length and length.isdigit():
        answer.set("content-length", str(max(0, int(length) + dice.choice([-70_000, -1, 1, 70_000]))))


def wrong_digest(answer, dice):
    answer.set("repr-digest", "sha-256=:" + dice.choice(["A" * 43 + "=", "!"]) + ":")


def page_416(answer, dice):
    answer.status, answer.body = "HTTP/1.1 416 Range Not Satisfiable", b"<html>no</html>"
    answer.fields = [("Content-Length", str(len(answer.body))), ("Content-Type", "text/html")]


def busy(answer, dice):
    answer.status, answer.body = "HTTP/1.1 503 Service Unavailable", b"busy"
    answer.fields = [("Content-Length", "4"), ("Retry-After", "0")]


SPOILS = [cut, stall, flip, flip, flip, other_range, wrong_length, wrong_digest, page_416, busy]
NO_RANGE, SWAP = "ignores Range", "swaps the file"


class Faulty:
    """Passes requests on to `port`. `seed_of` makes a seed of a target; `swap` gives its file another version."""

    def __init__(self, port, seed_of, swap, share=0.35):
        self.port, self.seed_of, self.swap, self.share = port, seed_of, swap, share
        self.lock, self.dice, self.faults = threading.Lock(), {}, {}
        self.rogue = Rogue(self.script)
        self.name = self.rogue.name

    def ask(self, peer, ranged=True):
        lines = [f"{peer.method} {peer.target} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Connection: close"]
        lines += [f"{key}: {value}" for key, value in peer.fields.items()
                  if key not in ("host", "connection") and (ranged or key not in ("range", "if-range"))]
        with socket.create_connection(("127.0.0.1", self.port)) as sock:
            sock.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
            data = b""
            while got := sock.recv(1 << 20):
                data += got
        return Answer(data)

    def script(self, peer):
        seed = self.seed_of(peer.target)
        with self.lock:
            dice = self.dice.setdefault(seed, random.Random(seed))
            fault = dice.choice([*SPOILS, NO_RANGE, SWAP]) if dice.random() < self.share else None
            dice = random.Random(dice.random())
            self.faults.setdefault(seed, []).append(getattr(fault, "__name__", fault))
        answer = self.ask(peer, fault != NO_RANGE)
        if fault == SWAP:
            self.swap(seed)
            half = len(answer.body) // 2
            answer.body = answer.body[:half] + self.ask(peer).body[half : len(answer.body)]
        elif callable(fault):
            fault(answer, dice)
        peer.send(answer.bytes())
        if answer.end:
            peer.end(answer.end)

    def close(self):
        self.rogue.close()
