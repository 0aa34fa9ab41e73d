"""A server that publishes the hashes of its file: a list of its pieces (Metalink 4), announced by Link, and the digest
of the whole."""

import base64
import hashlib

from rogue import MODIFIED
from email.utils import formatdate

PIECE = 1 << 20
TYPE = "application/metalink4+xml"
ANNOUNCED = f'Link: <?list>; rel=describedby; type="{TYPE}"'


def metalink(body, piece=PIECE, size=None, whole=True, name="f"):
    """The list of `body`, as ferry serve writes it."""

    def hashed(data):
        return hashlib.sha256(data).hexdigest()

    hashes = "".join(f"<hash>{hashed(body[at:at + piece])}</hash>\n" for at in range(0, len(body), piece))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<metalink xmlns="urn:ietf:params:xml:ns:metalink">\n'
        f'<file name="{name}">\n<size>{len(body) if size is None else size}</size>\n'
        + (f'<hash type="sha-256">{hashed(body)}</hash>\n' if whole else "")
        + f'<pieces length="{piece}" type="sha-256">\n{hashes}</pieces>\n</file>\n</metalink>\n'
    ).encode()


def digest(body):
    return "sha-256=:" + base64.b64encode(hashlib.sha256(body).digest()).decode() + ":"


def flip(body, *places):
    """`body` with a wrong bit at each of these places."""
    wrong = bytearray(body)
    for place in places:
        wrong[place] ^= 4
    return bytes(wrong)


def send_file(peer, body, *fields, etag='"one"', stop_at=None):
    """Answers a request for any one range of `body`; ends at byte `stop_at` of it."""
    value = peer.fields.get("range")
    first, last = 0, len(body) - 1
    head = [f"Last-Modified: {formatdate(MODIFIED, usegmt=True)}", f"Date: {formatdate(usegmt=True)}", f"ETag: {etag}"]
    status = "200 OK"
    if value and peer.fields.get("if-range", etag) == etag:
        begin, end = value.removeprefix("bytes=").split("-")
        first, last = int(begin), min(int(end or last), last)
        if first > last:
            peer.answer("416 Range Not Satisfiable", f"Content-Range: bytes */{len(body)}")
            return
        status = "206 Partial Content"
        head.append(f"Content-Range: bytes {first}-{last}/{len(body)}")
    peer.answer(status, *head, *fields, f"Content-Length: {last + 1 - first}", length=False)
    peer.send(body[first : last + 1 if stop_at is None else max(first, min(stop_at, last + 1))])


def served(body, document=None, *fields, wrong=lambda peer: None, wait=None):
    """A script: `body`, its list, and what `wrong` makes of the body in an answer (None: nothing)."""
    document = metalink(body) if document is None else document

    def script(peer):
        if peer.target.endswith("?list"):
            if wait:
                wait()
            peer.answer("200 OK", f"Content-Type: {TYPE}", body=document)
            return
        sent = wrong(peer)
        send_file(peer, body if sent is None else sent, *(fields or (ANNOUNCED,)))

    return script


def of_file(server):
    """The requests that were not for the list."""
    return [peer for peer in server.requests if not peer.target.endswith("?list")]
