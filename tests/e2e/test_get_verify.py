"""ferry get proves what it fetched: by the list of its pieces, by the digest of the whole, or it says that nothing does."""

import base64
import hashlib
import json
import random
import socket
import threading
import time

import pytest
from conftest import SANITIZED, body, run
from pieces import ANNOUNCED, PIECE, digest, flip, metalink, of_file, send_file, served
from rogue import STALL, Rogue
from test_get import getting, here, kill_at, names, size_of, tutorial, until  # noqa: F401

BODY = body(3 * PIECE + 70_000)
HEX = hashlib.sha256(BODY).hexdigest()


def first_only(spoil):
    """Spoils the first answer with the file."""

    def wrong(peer):
        return spoil if len(of_file(peer.server)) == 1 else None

    return wrong


def got(server, *args, status=0, **kw):
    return run("get", *args, f"{server.name}/f", check=status, **kw).stderr.decode()


# --- the list of pieces -----------------------------------------------------------------------------------------------


@pytest.mark.threads
def test_every_piece_is_compared_with_the_list(here):  # noqa: F811
    with Rogue(served(BODY)) as server:
        said = got(server)
    assert ", verified sha-256, 4 pieces\n" in said
    assert (here / "f").read_bytes() == BODY
    assert [peer.fields.get("want-repr-digest") for peer in of_file(server)] == ["sha-256=10"]


@pytest.mark.parametrize("piece", [100_000, 1 << 22, len(BODY)])
def test_pieces_may_have_any_length(here, piece):  # noqa: F811
    with Rogue(served(BODY, metalink(BODY, piece), wrong=first_only(flip(BODY, 2_000_000)))) as server:
        said = got(server)
    n = -(-len(BODY) // piece)
    assert f"verified sha-256, {n} piece{'s' if n > 1 else ''} (1 was wrong and fetched again)" in said
    assert (here / "f").read_bytes() == BODY


@pytest.mark.threads
@pytest.mark.parametrize("place", [0, PIECE - 1, 2 * PIECE, len(BODY) - 1])
def test_one_flipped_bit_costs_one_piece(here, place):  # noqa: F811
    with Rogue(served(BODY, wrong=first_only(flip(BODY, place)))) as server:
        said = got(server)
    first = place // PIECE * PIECE
    last = min(first + PIECE, len(BODY)) - 1
    assert [peer.fields.get("range") for peer in of_file(server)] == [None, f"bytes={first}-{last}"]
    assert "4 pieces (1 was wrong and fetched again)" in said
    assert (here / "f").read_bytes() == BODY
    assert names(here) == ["f"]


def test_the_data_does_not_wait_for_the_list(here):  # noqa: F811
    """The list is held back until the file has been sent."""
    sent = threading.Event()

    def script(peer):
        if peer.target.endswith("?list"):
            assert sent.wait(30)
            peer.answer("200 OK", body=metalink(BODY))
        else:
            send_file(peer, BODY, ANNOUNCED)
            sent.set()

    with Rogue(script) as server:
        assert "4 pieces" in got(server)


def test_a_piece_that_stays_wrong_is_a_failure_that_names_it(here):  # noqa: F811
    with Rogue(served(BODY, wrong=lambda peer: flip(BODY, PIECE + 5, PIECE * 3))) as server:
        said = got(server, status=6)
    assert "2 pieces are not what the server's list of hashes promises, also after 3 more tries" in said
    assert f"bytes {PIECE}-{2 * PIECE - 1}, {3 * PIECE}-{len(BODY) - 1}" in said
    assert len(of_file(server)) == 4
    assert "f" not in names(here)


def test_a_server_without_ranges_sends_all_of_it_again(here):  # noqa: F811
    def script(peer):
        if peer.target.endswith("?list"):
            peer.answer("200 OK", body=metalink(BODY))
        else:
            first = len(of_file(peer.server)) == 1
            peer.answer("200 OK", ANNOUNCED, 'ETag: "one"', body=flip(BODY, PIECE) if first else BODY)

    with Rogue(script) as server:
        said = got(server)
    assert "(1 was wrong and fetched again)" in said
    assert (here / "f").read_bytes() == BODY


def test_a_file_that_changes_before_a_piece_is_fetched_again(here):  # noqa: F811
    new = body(len(BODY) + 5, seed=1)

    def script(peer):
        begun = len(of_file(peer.server))
        if peer.target.endswith("?list"):
            peer.answer("200 OK", body=metalink(BODY if begun == 1 else new))
        elif begun == 1:
            send_file(peer, flip(BODY, 5), ANNOUNCED)
        else:
            send_file(peer, new, ANNOUNCED, etag='"two"')

    with Rogue(script) as server:
        said = got(server)
    assert "the file has changed: starting over" in said and "verified sha-256, 4 pieces" in said
    assert (here / "f").read_bytes() == new


@pytest.mark.parametrize(
    "document, why",
    [
        (b"<html>", "it is no Metalink 4"),
        (metalink(BODY)[:-20], "it is not valid XML"),
        (metalink(BODY, size=5), "it has pieces that do not make up the file"),
        (metalink(BODY[:-1]), "it is for a file of 3.1 MiB"),
        (metalink(BODY, whole=False).replace(b"sha-256", b"sha-512"), "it has no SHA-256"),
    ],
)
def test_a_list_that_is_of_no_use_costs_only_the_proof(here, document, why):  # noqa: F811
    with Rogue(served(BODY, document)) as server:
        said = got(server)
        assert f"the server's list of hashes is of no use: {why}\n" in said
        assert ", unverified\n" in said
        assert (here / "f").read_bytes() == BODY
        assert len(of_file(server)) == 1
        assert "nothing proves it" in got(server, "-o", "g", "--require-verified", status=6)
    assert "g" not in names(here)


def test_a_list_that_does_not_come_in_time(here):  # noqa: F811
    never = threading.Event()
    with Rogue(served(BODY, wait=lambda: never.wait(60))) as server:
        said = got(server, "--timeout", "1")
        never.set()
    assert "the server's list of hashes is of no use: " in said and ", unverified" in said
    assert (here / "f").read_bytes() == BODY


def test_a_list_that_comes_slowly_is_waited_for(here):  # noqa: F811
    document = metalink(BODY)

    def script(peer):
        if not peer.target.endswith("?list"):
            send_file(peer, BODY, ANNOUNCED)
            return
        peer.answer("200 OK", f"Content-Length: {len(document)}", length=False)
        for at in range(0, len(document), 100):
            peer.send(document[at : at + 100])
            time.sleep(0.2)

    with Rogue(script) as server:
        assert "4 pieces" in got(server, "--timeout", "1")


@pytest.mark.parametrize("status", ["404 Not Found", "302 Found\r\nLocation: /other", "206 Partial Content"])
def test_a_list_that_is_not_there(here, status):  # noqa: F811
    def script(peer):
        if peer.target.endswith("?list"):
            peer.answer(status, body=metalink(BODY))
        else:
            send_file(peer, BODY, ANNOUNCED)

    with Rogue(script) as server:
        said = got(server)
    assert "is of no use: " in said and ", unverified" in said
    assert [peer.target for peer in server.requests if "other" in peer.target] == []


def test_a_list_of_another_server_is_not_asked_for(here):  # noqa: F811
    with Rogue(served(BODY)) as other:
        link = ANNOUNCED.replace("?list", f"{other.url}/f?list")
        with Rogue(served(BODY, None, link)) as server:
            said = got(server)
    assert "is on another server" in said and ", unverified" in said
    assert other.requests == []


def test_the_list_is_looked_for_where_the_file_comes_from(here):  # noqa: F811
    def script(peer):
        if peer.target == "/f":
            peer.answer("302 Found", "Location: /deep/er/g?a=b")
        else:
            served(BODY, None, ANNOUNCED.replace("?list", "h?list"))(peer)

    with Rogue(script) as server:
        assert "4 pieces" in got(server)
    assert [p.target for p in server.requests if "list" in p.target] == ["/deep/er/h?list"]


def test_a_password_goes_along_to_the_list(here):  # noqa: F811
    with Rogue(served(BODY)) as server:
        run("get", f"http://me:secret@{server.name}/f", check=0)
    sent = [peer.fields.get("authorization") for peer in server.requests]
    assert sent == ["Basic " + base64.b64encode(b"me:secret").decode()] * 2


# --- what is here already ----------------------------------------------------------------------------------------------

MANY = body(12 * PIECE + 5)


def ranges(server):
    return [peer.fields.get("range") for peer in of_file(server)]


def span(first, last=None):
    """The request for these pieces of MANY."""
    return f"bytes={first * PIECE}-{min(((first if last is None else last) + 1) * PIECE, len(MANY)) - 1}"


def killed_at(here, at, *args, content=MANY):  # noqa: F811
    """Leaves a part of `at` bytes."""
    sent = served(content)

    def script(peer):
        if peer.target.endswith("?list"):
            sent(peer)
        else:
            send_file(peer, content, ANNOUNCED, stop_at=at)
            peer.end(STALL)

    with Rogue(script) as server:
        kill_at(f"{server.name}/f", here / "f.part", at, *args)
        return server.port


def again(port, script, *args, status=0):
    with Rogue(script, port=port) as server:
        return server, got(server, *args, status=status)


@pytest.mark.threads
def test_after_a_kill_only_what_is_missing_or_wrong_is_fetched(here):  # noqa: F811
    port = killed_at(here, 6 * PIECE + 1000)
    part = here / "f.part"
    part.write_bytes(flip(part.read_bytes(), 2 * PIECE + 7, 6 * PIECE + 999))
    server, said = again(port, served(MANY))
    assert ranges(server)[1:] == [span(2), span(6, 12)]
    assert ", 5.0 MiB of them were here already, verified sha-256, 13 pieces (1 was wrong and fetched again)\n" in said
    assert (here / "f").read_bytes() == MANY and names(here) == ["f"]


def test_a_part_that_is_right_so_far_is_gone_on_with_at_its_last_byte(here):  # noqa: F811
    port = killed_at(here, 6 * PIECE + 1000)
    server, said = again(port, served(MANY))
    assert ranges(server) == [f"bytes={6 * PIECE + 1000 - 16384}-"] * 2
    assert ", 6.0 MiB of them were here already, verified sha-256, 13 pieces\n" in said
    assert (here / "f").read_bytes() == MANY


def test_a_wrong_bit_among_the_last_bytes_costs_one_piece(here):  # noqa: F811
    port = killed_at(here, 6 * PIECE + 100_000)
    part = here / "f.part"
    part.write_bytes(flip(part.read_bytes(), 6 * PIECE + 99_999))
    server, said = again(port, served(MANY))
    assert ranges(server)[2:] == [None, span(6, 12)] and ", verified sha-256, 13 pieces\n" in said
    assert (here / "f").read_bytes() == MANY


def test_kills_and_flipped_bits_cost_little(here):  # noqa: F811
    """Bytes are fetched twice only for the flipped bits, and for what was on its way."""
    dice, part, content = random.Random(7), here / "f.part", body(40 * PIECE)
    kills = flips = 0

    def slowly(peer):
        """No more than 64 KiB are on their way."""
        peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
        served(content)(peer)

    with Rogue(slowly) as server:
        for at in range(PIECE, 38 * PIECE, (4 if SANITIZED else 2) * PIECE):
            with getting(f"{server.name}/f") as proc:
                until(lambda: server.sent >= at or proc.poll() is not None, "more", None)
                if proc.poll() is None:
                    proc.kill()
                    kills += 1
                proc.wait()
            if not part.exists():
                break
            if dice.random() < 0.3 and size_of(part) > 0:
                with open(part, "r+b") as f:
                    place = dice.randrange(size_of(part))
                    f.seek(place)
                    byte = f.read(1)
                    f.seek(place)
                    f.write(bytes([byte[0] ^ 1]))
                flips += 1
        run("get", "-f", f"{server.name}/f", check=0)
        assert (here / "f").read_bytes() == content and names(here) == ["f"]
        assert kills > 5 and flips > 1
        assert server.sent < len(content) + (2 * kills + flips + 2) * PIECE


@pytest.mark.parametrize("info", ["claim", "boot", "url"])
def test_nothing_beside_the_part_is_needed(here, info):  # noqa: F811
    port = killed_at(here, 6 * PIECE + 1000)
    path = here / "f.part.info"
    text = path.read_text()
    path.write_text("ferry-part 1\n" if info == "claim" else text.replace("boot ", "boot x") if info == "boot" else
                    text.replace("url http:", "url https:"))
    server, said = again(port, served(MANY))
    assert ranges(server)[1:] == [span(6, 12)] and "6.0 MiB of them were here already" in said
    assert (here / "f").read_bytes() == MANY and names(here) == ["f"]


def test_a_kill_while_gaps_are_filled_costs_nothing_that_was_right(here):  # noqa: F811
    port = killed_at(here, 4 * PIECE)
    part = here / "f.part"
    part.write_bytes(flip(part.read_bytes(), 0))

    def stalls(peer):
        if peer.fields.get("range") == span(4, 12):
            send_file(peer, MANY, ANNOUNCED, stop_at=8 * PIECE)
            peer.end(STALL)
        else:
            served(MANY)(peer)

    with Rogue(stalls, port=port) as server, getting(f"{server.name}/f") as proc:
        until(lambda: part.exists() and part.read_bytes()[: 8 * PIECE] == MANY[: 8 * PIECE], "filled", proc)
        proc.kill()
        proc.wait()
    assert size_of(part) == len(MANY)
    server, said = again(port, served(MANY))
    assert ranges(server)[1:] == [span(8, 12)] and "8.0 MiB of them were here already" in said
    assert (here / "f").read_bytes() == MANY and names(here) == ["f"]


def test_a_part_with_gaps_is_worth_nothing_without_a_list(here):  # noqa: F811
    port = killed_at(here, 4 * PIECE)
    part = here / "f.part"
    part.write_bytes(flip(part.read_bytes(), 0))

    def spoils(peer):
        served(MANY, wrong=lambda p: flip(MANY, 0) if p.fields.get("range") == span(0) else None)(peer)

    _, said = again(port, spoils, status=6)
    assert f"bytes 0-{PIECE - 1}" in said and size_of(part) == len(MANY)
    server, said = again(port, lambda p: send_file(p, MANY))
    assert ranges(server) == [None] and ", unverified\n" in said
    assert (here / "f").read_bytes() == MANY and names(here) == ["f"]


def test_a_signal_leaves_what_is_right(here):  # noqa: F811
    port = killed_at(here, 4 * PIECE)
    (here / "f.part.info").write_text("ferry-part 1\n")

    def stalls(peer):
        if peer.target.endswith("?list"):
            served(MANY)(peer)
        else:
            send_file(peer, MANY, ANNOUNCED, stop_at=6 * PIECE)
            peer.end(STALL)

    with Rogue(stalls, port=port) as server, getting(f"{server.name}/f") as proc:
        until(lambda: (here / "f.part").read_bytes()[: 6 * PIECE] == MANY[: 6 * PIECE], "filled", proc)
        proc.terminate()
        said = proc.communicate(timeout=60)[1]
    assert b"; run the same command again to go on" in said
    server, _ = again(port, served(MANY))
    assert ranges(server)[1:] == [span(6, 12)]


@pytest.mark.parametrize("document", [b"no list", metalink(MANY[:-1])])
def test_without_a_good_list_it_goes_on_as_ever(here, document):  # noqa: F811
    port = killed_at(here, 6 * PIECE + 1000)
    server, said = again(port, served(MANY, document))
    assert ranges(server)[-1] == f"bytes={6 * PIECE + 1000 - 16384}-"
    assert "is of no use" in said and "6.0 MiB of them were here already, unverified" in said
    assert (here / "f").read_bytes() == MANY


def test_a_list_that_comes_too_late_to_be_first_still_proves_the_file(here):  # noqa: F811
    port = killed_at(here, 6 * PIECE)
    lists = []

    def script(peer):
        if peer.target.endswith("?list"):
            lists.append(peer)
            if len(lists) == 1:
                peer.end(STALL)
        served(MANY)(peer)

    server, said = again(port, script, "--timeout", "1")
    assert len(lists) == 2 and ", verified sha-256, 13 pieces" in said
    assert (here / "f").read_bytes() == MANY


# --- only what changed ------------------------------------------------------------------------------------------------


def older(*pieces):
    return flip(MANY, *(i * PIECE + 3 for i in pieces))


@pytest.mark.threads
def test_of_a_newer_version_only_what_changed_is_fetched(here):  # noqa: F811
    (here / "f").write_bytes(older(1, 4, 6, 9)[: 12 * PIECE])
    old = (here / "f").stat().st_ino
    with Rogue(served(MANY)) as server:
        said = got(server, "--force")
    # Two near ones are fetched in one request.
    assert ranges(server)[1:] == [span(1), span(4, 6), span(9), span(12)]
    assert "verified sha-256, 13 pieces\n" in said and "were here already" in said
    assert (here / "f").read_bytes() == MANY and names(here) == ["f"]
    assert (here / "f").stat().st_ino != old


def test_the_old_version_stays_whole_until_the_new_one_is_complete(here):  # noqa: F811
    (here / "f").write_bytes(older(1, 10))

    def stalls(peer):
        if peer.fields.get("range") == span(10):
            peer.end(STALL)
        else:
            served(MANY)(peer)

    with Rogue(stalls) as server, getting("-f", f"{server.name}/f") as proc:
        until(lambda: span(10) in ranges(server), "the last request", proc)
        assert (here / "f").read_bytes() == older(1, 10)
        proc.kill()
        proc.wait()
    assert (here / "f").read_bytes() == older(1, 10)
    server, _ = again(server.port, served(MANY), "-f")
    assert ranges(server)[1:] == [span(10)]
    assert (here / "f").read_bytes() == MANY and names(here) == ["f"]


def test_nothing_changed(here):  # noqa: F811
    (here / "f").write_bytes(MANY)
    with Rogue(served(MANY)) as server:
        assert "verified sha-256, 13 pieces" in got(server, "--force")
    assert len(server.requests) == 2 and (here / "f").read_bytes() == MANY


def test_a_shorter_version(here):  # noqa: F811
    (here / "f").write_bytes(MANY + BODY)
    with Rogue(served(MANY)) as server:
        got(server, "--force")
    assert ranges(server)[1:] == [] and (here / "f").read_bytes() == MANY


@pytest.mark.parametrize("options", [[], ["--sha256", hashlib.sha256(MANY).hexdigest()]])
def test_a_file_that_changes_meanwhile_keeps_what_is_the_same(here, options):  # noqa: F811
    (here / "f").write_bytes(older(1, 2, 4, 9))
    first = older(2)

    def script(peer):
        seen = len(of_file(peer.server))
        now = first if seen < 2 else MANY
        if peer.target.endswith("?list"):
            peer.answer("200 OK", body=metalink(now))
        else:
            send_file(peer, now, ANNOUNCED, etag=f'"{seen < 2}"')

    with Rogue(script) as server:
        said = got(server, "-f", *options)
    assert "the file has changed" in said or options
    assert (here / "f").read_bytes() == MANY and names(here) == ["f"]


# --- the digest of the whole ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("right", [False, True])
def test_without_a_list_the_digest_of_the_whole_is_compared(here, old, right):  # noqa: F811
    field = digest(BODY)
    field = f"Digest: SHA-256={field[9:-1]}" if old else f"Repr-Digest: {field}"
    with Rogue(lambda p: send_file(p, BODY if right else flip(BODY, 100), field)) as server:
        said = got(server, status=0 if right else 6)
    assert (", verified sha-256\n" if right else f"not {HEX}, as the server says") in said
    assert names(here) == (["f"] if right else [])


def test_where_the_list_is_of_no_use_the_digest_counts(here):  # noqa: F811
    fields = (ANNOUNCED, f"Repr-Digest: {digest(BODY)}")
    for document in (b"no list", metalink(body(len(BODY), seed=2))):
        with Rogue(served(BODY, document, *fields)) as server:
            said = got(server, "-f")
        assert "is of no use" in said and ", verified sha-256\n" in said


def test_a_list_with_wrong_hashes_does_not_spoil_a_file_whose_digest_is_right(here):  # noqa: F811
    lies = metalink(flip(BODY, PIECE)).replace(hashlib.sha256(flip(BODY, PIECE)).hexdigest().encode(), HEX.encode())
    with Rogue(served(BODY, lies, ANNOUNCED, f"Repr-Digest: {digest(BODY)}")) as server:
        said = got(server)
    assert "is of no use: the SHA-256 of the whole file is right" in said and ", verified sha-256\n" in said
    assert len(of_file(server)) == 4


def test_a_wrong_piece_costs_no_other_one_also_where_there_is_a_digest(here):  # noqa: F811
    fields = (ANNOUNCED, f"Repr-Digest: {digest(BODY)}")
    with Rogue(served(BODY, None, *fields, wrong=lambda p: flip(BODY, 0))) as server:
        assert f"bytes 0-{PIECE - 1}" in got(server, status=6)
    with Rogue(served(BODY, None, *fields), port=server.port) as server:
        got(server)
    assert [p.fields.get("range") for p in of_file(server)] == [None, f"bytes=0-{PIECE - 1}"]


@pytest.mark.parametrize("size", [0, 1, PIECE])
def test_a_single_piece_needs_no_list_where_there_is_a_digest(here, size):  # noqa: F811
    with Rogue(served(BODY[:size], None, ANNOUNCED, f"Repr-Digest: {digest(BODY[:size])}")) as server:
        got(server, "--require-verified")
    assert len(server.requests) == 1


def test_the_users_own_digest(here):  # noqa: F811
    with Rogue(lambda p: send_file(p, BODY)) as server:
        assert ", verified sha-256\n" in got(server, "--sha256", HEX.upper(), "--require-verified")
        said = got(server, "-f", "--sha256", "0" * 64, status=6)
    assert f"its SHA-256 is {HEX}, not {'0' * 64}, as --sha256 has it" in said
    with Rogue(served(BODY, wrong=first_only(flip(BODY, 7)))) as server:
        assert "verified sha-256, 4 pieces (1" in got(server, "-o", "g", "--sha256", HEX)
    assert names(here) == ["f", "g"] and (here / "g").read_bytes() == BODY


def test_the_users_digest_of_a_file_that_is_here(here):  # noqa: F811
    (here / "f").write_bytes(BODY)
    with Rogue(lambda p: send_file(p, BODY)) as server:
        assert "already here, verified sha-256\n" in got(server, "--sha256", HEX)
        assert "exists, and its SHA-256 is" in got(server, "--sha256", "0" * 64, status=8)
    assert server.requests == []


def test_the_users_digest_of_a_file_from_a_plain_server(here):  # noqa: F811
    with Rogue(tutorial(BODY), plain=True) as server:
        run("get", "--sha256", "1" * 64, f"plain://{server.name}/f", check=6)
        assert b"verified sha-256" in run("get", "--sha256", HEX, f"plain://{server.name}/f", check=0).stderr


@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize("fields", [(ANNOUNCED,), (f"Repr-Digest: {digest(BODY)}",)])
def test_a_stream_is_proved_as_a_whole(here, fields, right):  # noqa: F811
    with Rogue(served(BODY, None, *fields, wrong=lambda p: BODY if right else flip(BODY, 9))) as server:
        done = run("get", "-o", "-", "--require-verified", f"{server.name}/f", check=0 if right else 6)
    assert len(done.stdout) == len(BODY)


# --- nothing ----------------------------------------------------------------------------------------------------------


def test_nothing_proves_it_and_that_is_said(here):  # noqa: F811
    with Rogue(lambda p: send_file(p, BODY)) as server:
        assert ", unverified\n" in got(server)
        for args in ([], ["-f"], ["-o", "-"]):
            assert "nothing proves it" in got(server, "--require-verified", *args, status=6)


def test_json_says_what_was_proved(here):  # noqa: F811
    with Rogue(served(BODY, wrong=first_only(flip(BODY, 7)))) as server:
        proved = json.loads(run("get", "--json", f"{server.name}/f", check=0).stdout)
    with Rogue(lambda p: send_file(p, BODY)) as server:
        whole = json.loads(run("get", "-f", "--json", "--sha256", HEX, f"{server.name}/f", check=0).stdout)
        nothing = json.loads(run("get", "-f", "--json", f"{server.name}/f", check=0).stdout)
    keys = ("verified", "pieces", "fetched_again")
    assert [tuple(o[k] for k in keys) for o in (proved, whole, nothing)] == [
        ("sha-256", 4, 1), ("sha-256", 0, 0), (None, 0, 0)]


@pytest.mark.parametrize("args", [["--sha256", "abc"], ["--sha256", HEX, "a/b", "c/d"], ["--sha256", HEX, "-i", "x"]])
def test_wrong_usage(here, args):  # noqa: F811
    run("get", *args, "nas/f", check=2)
