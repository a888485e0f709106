"""Redirects: followed within limits, every hop checked again, secrets left at home."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from aggregator.fetch import Fetcher
from aggregator.model import Allowed, Code, Fetched, NotModified


@pytest.mark.parametrize(
    ("chain", "moved"),
    [
        ((301,), True),
        ((308,), True),
        ((301, 308), True),
        ((302,), False),
        ((303,), False),
        ((307,), False),
        ((301, 302), False),
        ((302, 301), False),
    ],
)
async def test_only_an_unbroken_permanent_chain_moves(
    chain: tuple[int, ...], moved: bool, server: Any, strangers: Any, reader: Any
) -> None:
    """F44 and F45: all are followed; what a move comes to over days is not decided here."""
    for number, status in enumerate(chain):
        server.on(f"/{number}", strangers.redirect(f"/{number + 1}", status))
    end = server.on(f"/{len(chain)}", strangers.reply(strangers.FEED))
    outcome = await reader.get(server.url("/0"))
    assert isinstance(outcome, Fetched)
    assert outcome.final_url == outcome.documents[0].url == end
    assert (outcome.redirected, outcome.moved_to) == (True, end if moved else None)


@pytest.mark.parametrize("etag", [True, False])
@pytest.mark.parametrize(("chain", "moved"), [((301,), True), ((301, 308), True), ((302,), False), ((301, 307), False)])
async def test_a_move_is_said_again_where_nothing_has_changed(
    chain: tuple[int, ...], moved: bool, etag: bool, server: Any, strangers: Any, reader: Any, after: Any
) -> None:
    for number, status in enumerate(chain):
        server.on(f"/{number}", strangers.redirect(f"/{number + 1}", status))
    answer = strangers.conditional(strangers.FEED, ("ETag", '"a"')) if etag else strangers.reply(strangers.FEED)
    end = server.on(f"/{len(chain)}", answer)
    outcome = await reader.get(server.url("/0"), after(await reader.get(server.url("/0")), server.url("/0")))
    assert isinstance(outcome, NotModified)
    assert outcome.status == (304 if etag else 200)
    assert (outcome.redirected, outcome.moved_to) == (True, end if moved else None)


async def test_what_is_where_it_was_has_not_moved(server: Any, strangers: Any, reader: Any, after: Any) -> None:
    url = server.on("/f", strangers.conditional(strangers.FEED, ("ETag", '"a"')))
    first = await reader.get(url)
    for outcome in (first, await reader.get(url, after(first, url))):
        assert (outcome.redirected, outcome.moved_to) == (False, None)


async def test_five_redirects_are_followed_and_six_are_not(server: Any, strangers: Any, reader: Any) -> None:
    """F46."""
    for number in range(6):
        server.on(f"/{number}", strangers.redirect(f"/{number + 1}"))
    server.on("/6", strangers.reply(strangers.FEED))
    assert isinstance(await reader.get(server.url("/1")), Fetched)
    outcome = await reader.get(server.url("/0"))
    assert outcome.code == Code.REDIRECT
    assert "6 redirects" in outcome.detail
    assert server.url("/6") in outcome.detail


async def test_a_circle_is_named(server: Any, strangers: Any, reader: Any) -> None:
    """F46."""
    server.on("/a", strangers.redirect("/b"))
    server.on("/b", strangers.redirect("/a#x"))
    outcome = await reader.get(server.url("/a"))
    assert outcome.code == Code.REDIRECT
    assert server.url("/a") in outcome.detail
    assert len(server.requests) == 2


async def test_a_location_over_4_kib_is_refused(server: Any, strangers: Any, reader: Any) -> None:
    server.on("/f", strangers.redirect("/" + "x" * 4095))
    assert (await reader.get(server.url("/f"))).code == Code.HTTP_4XX, "4,096 bytes are followed"
    server.on("/f", strangers.redirect("/" + "x" * 4096))
    assert (await reader.get(server.url("/f"))).code == Code.REDIRECT


PRIVATE = [
    "http://127.0.0.2/",
    "http://10.0.0.1/",
    "http://169.254.169.254/latest/meta-data",
    "//192.168.0.1/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://2130706433/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://0/",
    "http://me@127.0.0.2/",
    "http://public.example\\@127.0.0.2/",
    "http://rebind.example/",
    "http://\uff11\uff12\uff17.0.0.1/".encode().decode("latin-1"),
]


@pytest.mark.parametrize("location", PRIVATE)
async def test_no_redirect_reaches_a_private_address(
    location: str, server: Any, strangers: Any, new_reader: Any, connects: list[Any]
) -> None:
    """F46: every hop is checked anew."""

    async def resolve(_host: str, _port: int) -> tuple[str, ...]:
        return ("8.8.8.8", "127.0.0.2")

    reader = new_reader(allow=(Allowed(network="127.0.0.1/32", port=server.port),), resolve=resolve)
    outcome = await reader.get(server.on("/f", strangers.redirect(location)))
    assert outcome.code == Code.BLOCKED_ADDR
    assert outcome.detail.startswith("after a redirect")
    assert connects == [("127.0.0.1", server.port)], "no packet is sent"
    assert server.connections == 1


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/", "javascript:alert(1)", "data:,x"])
async def test_no_redirect_leads_out_of_the_web(location: str, server: Any, strangers: Any, reader: Any) -> None:
    """F46."""
    outcome = await reader.get(server.on("/f", strangers.redirect(location)))
    assert outcome.code == Code.BLOCKED_SCHEME


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{port}/f", "http://[::1]:{port}/f", "http://localhost:{port}/f", "http://0:{port}/f"]
)
async def test_without_an_exception_nothing_local_is_called(
    url: str, server: Any, strangers: Any, new_reader: Any, connects: list[Any]
) -> None:
    server.on("/f", strangers.reply(strangers.FEED))
    outcome = await new_reader(allow=()).get(url.format(port=server.port))
    assert outcome.code == Code.BLOCKED_ADDR
    assert [each for each in connects if isinstance(each, tuple) and each[1] == server.port] == []
    assert server.connections == 0


async def test_the_address_that_was_checked_is_the_address_that_is_called(
    server: Any, strangers: Any, new_reader: Any, connects: list[Any]
) -> None:
    answers = iter([("127.0.0.1",), ("127.0.0.2",), ("127.0.0.2",)])

    async def resolve(_host: str, _port: int) -> tuple[str, ...]:
        return next(answers)

    server.on("/f", strangers.reply(strangers.FEED))
    reader = new_reader(allow=(Allowed(network="127.0.0.1/32"),), resolve=resolve)
    outcome = await reader.get(server.url("/f", "rebind.example"))
    assert isinstance(outcome, Fetched)
    assert connects == [("127.0.0.1", server.port)]
    assert server.requests[0].header(b"host") == f"rebind.example:{server.port}".encode()
    assert (await reader.get(server.url("/f", "rebind.example"))).code == Code.BLOCKED_ADDR
    assert len(connects) == 1


async def test_a_dead_first_address_gives_way_to_the_next(server: Any, strangers: Any, new_reader: Any) -> None:
    async def resolve(_host: str, _port: int) -> tuple[str, ...]:
        return ("::1", "127.0.0.3", "127.0.0.1")

    server.on("/f", strangers.reply(strangers.FEED))
    reader = new_reader(allow=(Allowed(host="two.example"),), resolve=resolve)
    assert isinstance(await reader.get(server.url("/f", "two.example")), Fetched)


async def test_secrets_stay_with_the_origin_they_were_configured_for(
    server: Any, other: Any, strangers: Any, reader: Any
) -> None:
    """F48: scheme, host and port."""
    other.on("/end", strangers.reply(strangers.FEED))
    server.on("/same", strangers.redirect(other.url("/end")))
    server.on("/f", strangers.redirect("/same"))
    settings = {"headers": (("X-Key", "k"), ("Accept", "a/b")), "bearer": "t", "basic_auth": None}
    assert isinstance(await reader.get(server.url("/f"), **settings), Fetched)
    for request in server.requests:
        assert request.header(b"x-key") == b"k"
        assert request.header(b"authorization") == b"Bearer t"
    (foreign,) = other.requests
    assert foreign.names == [b"host", b"user-agent", b"accept", b"accept-encoding"]
    assert foreign.header(b"accept") != b"a/b"


async def test_a_user_name_in_a_redirect_is_not_used(server: Any, other: Any, strangers: Any, reader: Any) -> None:
    other.on("/end", strangers.reply(strangers.FEED))
    server.on("/f", strangers.redirect(other.url("/end").replace("//", "//me:pw@")))
    outcome = await reader.get(server.url("/f"))
    assert outcome.final_url == other.url("/end")
    assert other.requests[0].header(b"authorization") is None


async def test_a_redirect_from_https_to_http_is_refused_unless_allowed(
    tls_server: Any, server: Any, strangers: Any, new_reader: Any
) -> None:
    """F47."""
    server.on("/f", strangers.reply(strangers.FEED))
    tls_server.on("/f", strangers.redirect(server.url("/f")))
    reader = new_reader(allow=(Allowed(network="127.0.0.1/32"),), resolve=local)
    url = tls_server.url("/f", "localhost")
    assert (await reader.get(url)).code == Code.REDIRECT
    assert server.connections == 0
    assert isinstance(await reader.get(url, allow_downgrade=True), Fetched)


@asynccontextmanager
async def both(tls_server: Any, server: Any) -> AsyncIterator[int]:
    """A port that speaks TLS to those who begin with it, and answers all others in the clear."""

    async def copy(from_: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        while data := await from_.read(4096):
            to.write(data)
        to.close()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.read(4096)
        behind = tls_server if first.startswith(b"\x16") else server
        there = await asyncio.open_connection("127.0.0.1", behind.port)
        there[1].write(first)
        await asyncio.gather(copy(reader, there[1]), copy(there[0], writer), return_exceptions=True)

    async with await asyncio.start_server(pass_on, "127.0.0.1", 0) as listening:
        yield listening.sockets[0].getsockname()[1]


async def test_another_host_or_scheme_is_another_origin_at_the_same_port_too(
    tls_server: Any, server: Any, strangers: Any, new_reader: Any
) -> None:
    """F48: a name is not a number, and a secret sent over TLS does not leave it."""
    reader = new_reader(allow=(Allowed(network="127.0.0.1/32"),), resolve=local)
    settings = {"headers": (("X-Key", "k"),), "bearer": "t", "allow_downgrade": True}
    server.on("/end", strangers.reply(strangers.FEED))
    async with both(tls_server, server) as port:
        server.on("/host", strangers.redirect(f"http://localhost:{port}/end"))
        tls_server.on("/scheme", strangers.redirect(f"http://localhost:{port}/end"))
        for start in (f"http://127.0.0.1:{port}/host", f"https://localhost:{port}/scheme"):
            assert isinstance(await reader.get(start, **settings), Fetched)
    for first in (server.requests[0], tls_server.requests[0]):
        assert first.header(b"x-key") == b"k"
    for end in (server.requests[1], server.requests[2]):
        assert end.names == [b"host", b"user-agent", b"accept", b"accept-encoding"]


async def local(_host: str, _port: int) -> tuple[str, ...]:
    return ("127.0.0.1",)


async def test_tls_is_spoken_with_the_name_and_the_certificate_is_checked(
    tls_server: Any, strangers: Any, new_reader: Any
) -> None:
    tls_server.on("/f", strangers.reply(strangers.FEED))
    allow = (Allowed(network="127.0.0.1/32"),)
    trusting = new_reader(allow=allow, resolve=local)
    assert isinstance(await trusting.get(tls_server.url("/f", "localhost")), Fetched)
    wrong_name = await trusting.get(tls_server.url("/f", "other.example"))
    assert wrong_name.code == Code.TLS
    assert "other.example" in wrong_name.detail
    usual = new_reader(allow=allow, resolve=local, tls=None)
    assert (await usual.get(tls_server.url("/f", "localhost"))).code == Code.TLS
    assert len(tls_server.requests) == 1


def test_a_fetcher_refuses_an_exception_that_is_no_network() -> None:
    from aggregator.model import Polling

    with pytest.raises(ValueError, match="does not appear"):
        Fetcher(polling=Polling(), allow=(Allowed(network="everything"),), agent="a")
