"""Whole answers for docs/http.md that no other test shows."""

import os
import re

import pytest

from conftest import body
from wire import Http, ask, read_to_end, request

DATA = body(1000)
MTIME = 1_700_000_000
AT, BEFORE, AFTER = (f"Tue, 14 Nov 2023 22:13:{s} GMT" for s in (20, 19, 21))


@pytest.fixture(scope="module")
def server(listen_once, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rfc")
    (folder / "data.bin").write_bytes(DATA)
    (folder / "empty").touch()
    (folder / "sub").mkdir()
    os.utime(folder / "data.bin", (MTIME, MTIME))
    return listen_once("serve", folder)


def test_what_is_no_longer_the_expected_version(server):
    """412, before anything else (RFC 9110 13.1.1, 13.1.4, 13.2.2)."""
    tag = ask(server.address, "/data.bin")["ETag"]
    with Http(server.address) as h:
        for headers, status in [
            ({"If_Match": tag}, 200),
            ({"If_Match": "*"}, 200),
            ({"If_Match": f'"x", {tag}'}, 200),
            ({"If_Match": '"x"'}, 412),
            ({"If_Match": "W/" + tag}, 412),                          # strong comparison
            ({"If_Match": tag[:-1]}, 412),                            # malformed: matches nothing
            ({"If_Unmodified_Since": AT}, 200),
            ({"If_Unmodified_Since": AFTER}, 200),
            ({"If_Unmodified_Since": BEFORE}, 412),
            ({"If_Unmodified_Since": "yesterday"}, 200),
            ({"If_Match": tag, "If_Unmodified_Since": BEFORE}, 200),  # only the tag decides
            ({"If_Match": '"x"', "If_None_Match": tag}, 412),
            ({"If_Match": tag, "If_None_Match": tag}, 304),
            ({"If_Match": '"x"', "Range": "bytes=5000-"}, 412),
            ({"If_None_Match": '"x"', "Range": "bytes=0-1"}, 206),
        ]:
            assert h.ask("/data.bin", **headers).status == status, headers


def test_conditions_say_nothing_of_what_is_not_there(server):
    """They apply only to what would be a 200 (RFC 9110 13.2.1)."""
    for headers in ({"If_Match": '"x"'}, {"If_None_Match": "*"}):
        assert ask(server.address, "/nothing", **headers).status == 404
        assert ask(server.address, "/sub", **headers).status == 301


def test_head_has_every_field_of_get_and_no_body(server):
    """RFC 9110 9.3.2; and a Range applies to GET only (14.2)."""
    for target, headers in [("/data.bin", {}), ("/empty", {}), ("/sub/", {}), ("/sub", {}), ("/nothing", {}),
                            ("/data.bin", {"If_None_Match": "*"}), ("/data.bin", {"If_Match": '"x"'})]:
        with Http(server.address) as h:
            get, head = h.ask(target, **headers), h.ask(target, "HEAD", **headers)
            assert head.body == b"" and h.ask("/data.bin").body == DATA  # the next answer follows directly
        assert get.status == head.status
        for a in (get, head):
            a.headers.pop("date")
        assert get.headers == head.headers, target
    assert ask(server.address, "/data.bin", "HEAD", Range="bytes=0-1").status == 200


def test_no_tunnel_and_no_echo(server):
    for target, method in (("test:80", "CONNECT"), ("/data.bin", "TRACE")):
        a = ask(server.address, target, method, X_Secret="told-to-the-server")
        assert a.status == 405 and b"told" not in a.body


def test_every_answer_has_its_date(server):
    for target in ("/data.bin", "/nothing", "/sub", "/%00"):
        assert re.fullmatch(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT",
                            ask(server.address, target)["Date"])


def test_a_date_in_any_of_three_forms(server):
    for date in (AT, "Tuesday, 14-Nov-23 22:13:20 GMT", "Tue Nov 14 22:13:20 2023"):
        assert ask(server.address, "/data.bin", If_Modified_Since=date).status == 304


def test_the_same_answers_wherever_the_stream_is_cut(server):
    """Good and bad requests, and the end: cut in two at every byte, they get the same answers to the byte."""
    stream = b"".join([
        request("/data.bin", Range="bytes=3-9"), b"\r\n" + request("/nothing"), request("/data.bin", "HEAD"),
        request("/sub/?format=json"), request("/data.bin", If_None_Match="*"), request("/sub"),
        request("http://test/empty"), request("/data.bin", "DELETE"), b"GET /data.bin HTTP/1.1\r\nHost : a\r\n\r\n",
        request("/data.bin"),
    ])

    def answers(*pieces):
        with Http(server.address) as h:
            for piece in pieces:
                h.send_all_that_it_takes(piece)
            return re.sub(rb"\r\nDate: [^\r]*", b"", read_to_end(h.s))

    whole = answers(stream)
    assert re.findall(rb"HTTP/1.1 (\d+)", whole) == [b"206", b"404", b"200", b"200", b"304", b"301", b"200", b"405",
                                                     b"400"]
    for cut in range(1, len(stream)):
        assert answers(stream[:cut], stream[cut:]) == whole, cut
