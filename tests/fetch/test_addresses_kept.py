"""What is configured is what goes over the wire."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from aggregator.fetch.address import follow, parse
from aggregator.fetch.problem import Problem
from aggregator.model import Code, Fetched

VERBATIM = [
    "/feed?x=%7Ea&y=a+b&z=a%20b",
    "/%7Euser/%C3%a4/../b/./c//d",
    "/a%2Fb;v=1,2/@:!$&'()*+,=?q=[]{}|^`\"<>\\",
    "/?",
    "/??a?b",
    "/x?a=1&a=2&&=",
    "/%zz%",
    "/#not",
]


@pytest.mark.parametrize("target", VERBATIM)
async def test_path_and_query_go_over_the_wire_byte_for_byte(
    target: str, server: Any, strangers: Any, reader: Any
) -> None:
    server.on(target.partition("?")[0].partition("#")[0], strangers.reply(strangers.FEED))
    outcome = await reader.get(server.url(target))
    assert isinstance(outcome, Fetched), outcome
    assert server.requests[0].target == target.partition("#")[0].encode()


def test_only_what_cannot_be_sent_is_encoded() -> None:
    assert parse("http://e.org/\u00e4 b\t\n?\u00fc").target == "/%C3%A4%20b%09%0A?%C3%BC"
    assert parse("http://e.org").target == "/"
    assert parse("http://e.org?q").target == "/?q"


def test_names_are_sent_as_ascii() -> None:
    assert parse("http://stra\u00dfe.example/").host == "xn--strae-oqa.example"
    assert parse("HTTP://EXAMPLE.org/").host == "example.org"


def test_the_port_shows_where_it_is_unusual() -> None:
    assert parse("http://e.org:80/").authority == "e.org"
    assert parse("https://e.org:80/").authority == "e.org:80"
    assert parse("http://[2606:4700::1111]:8/").authority == "[2606:4700::1111]:8"
    assert str(parse("http://e.org:/x")) == "http://e.org/x"


@pytest.mark.parametrize("port", ["0", "65536", "-1", "x", "8 0", "\u0661", "999999999"])
def test_a_port_that_is_none_ends_in_a_code(port: str) -> None:
    with pytest.raises(Problem) as caught:
        parse(f"http://e.org:{port}/")
    assert caught.value.code == Code.CONNECT


def test_name_and_password_are_kept_out_of_sight() -> None:
    address = parse("http://me:pa@ss@e.org/x")
    assert address.userinfo == "me:pa@ss"
    assert str(address) == "http://e.org/x"
    assert "pa@ss" not in repr(address) + address.shown
    assert parse("http://e.org/x?key=1").shown == "http://e.org/x?\u2026"


@pytest.mark.parametrize(
    ("location", "url"),
    [
        (b"/y?z#f", "http://e.org:81/y?z"),
        (b"y", "http://e.org:81/a/y"),
        (b"?y", "http://e.org:81/a/b?y"),
        (b"../y", "http://e.org:81/y"),
        (b"//f.org/y", "http://f.org/y"),
        (b"https://f.org", "https://f.org/"),
        (b" http://me:pw@f.org/ ", "http://f.org/"),
        (b"/%7e/../x", "http://e.org:81/%7e/../x"),
        ("/\u00e4".encode(), "http://e.org:81/%C3%A4"),
        (b"/\xe4", "http://e.org:81/%E4"),
    ],
)
def test_a_location_is_resolved_against_the_address_that_gave_it(location: bytes, url: str) -> None:
    to = follow(parse("http://user:secret@e.org:81/a/b?c"), location)
    assert str(to) == url
    assert to.userinfo is None


@pytest.mark.parametrize("location", [b"http://[", b"http:///x", b"http://\xff/", b"\x00", b"http:x", b"//"])
def test_a_location_that_is_no_address_never_raises_anything_else(location: bytes) -> None:
    with contextlib.suppress(Problem):
        follow(parse("http://e.org/"), location)
