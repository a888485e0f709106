"""A source's proxy: how it is asked, what it is told, and what it may not be used for."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from h2server import FEED, H2Server, honest

from aggregator.model import Allowed, Code, Fetched
from aggregator.model import Proxy as Setting


class Proxy:
    """Passes on what it is asked for, to this machine, and remembers the heads of its requests."""

    def __init__(self) -> None:
        self.heads: list[bytes] = []
        self.answer = b"HTTP/1.1 200 OK\r\n\r\n"
        self.passes_on = True
        self._serving: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        for task in tuple(self._serving):
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def setting(self) -> Setting:
        return Setting(url=f"http://127.0.0.1:{self.port}", auth=("me", "pass:word"))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        there: asyncio.StreamWriter | None = None
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.heads.append(head)
            method, target, _ = head.split(b" ", 2)
            tunnel = method == b"CONNECT"
            if tunnel or not self.passes_on:
                writer.write(self.answer)
                await writer.drain()
            if self.passes_on:
                authority = target if tunnel else target.split(b"/")[2]
                back, there = await asyncio.open_connection("127.0.0.1", int(authority.rpartition(b":")[2]))
                if not tunnel:
                    there.write(head.replace(target, b"/" + target.split(b"/", 3)[3], 1))
                await asyncio.gather(self._pass(reader, there), self._pass(back, writer))
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # one of the two went away, or the test is over
        finally:
            self._serving.discard(task)
            writer.transport.abort()
            if there is not None:
                there.transport.abort()

    @staticmethod
    async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            writer.write(data)
            await writer.drain()
        writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    proxy = Proxy()
    await proxy.start()
    yield proxy
    await proxy.stop()


async def never(host: str, _port: int) -> Sequence[str]:
    raise AssertionError(f"{host} was looked up here")


@pytest.fixture
async def through(proxy: Proxy, new_reader: Any) -> AsyncIterator[Any]:
    """A reader that may call the proxy and nobody else here, and resolves nothing."""
    reader = new_reader(resolve=never, allow=(Allowed(network="127.0.0.1/32", port=proxy.port),))
    yield reader
    await reader.fetcher.aclose()


LOGIN = b"Proxy-Authorization: Basic " + base64.b64encode(b"me:pass:word") + b"\r\n"


async def test_http_is_asked_for_in_absolute_form_and_the_proxy_finds_the_host(
    proxy: Proxy, server: Any, strangers: Any, through: Any, connects: list[Any]
) -> None:
    server.on("/%7Ea", strangers.reply(strangers.FEED))
    address = server.url("/%7Ea?b=c", "feeds.example")
    outcome = await through.get(address, proxy=proxy.setting)
    assert isinstance(outcome, Fetched)
    (head,) = proxy.heads
    assert head.startswith(f"GET {address} HTTP/1.1\r\nHost: feeds.example:{server.port}\r\n".encode())
    assert LOGIN in head
    assert connects[0] == ("127.0.0.1", proxy.port)


async def test_https_goes_through_a_tunnel_and_the_login_stays_with_the_proxy(
    proxy: Proxy, tls_server: Any, strangers: Any, new_reader: Any
) -> None:
    tls_server.on("/feed", strangers.reply(strangers.FEED))
    address = tls_server.url("/feed", "localhost")
    outcome = await new_reader().get(address, proxy=proxy.setting, headers=(("X-Key", "secret"),))
    assert isinstance(outcome, Fetched)
    target = f"localhost:{tls_server.port}"
    assert proxy.heads == [f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n".encode() + LOGIN + b"\r\n"]
    (request,) = tls_server.requests
    assert request.target == b"/feed"
    assert request.header(b"x-key") == b"secret"
    assert request.header(b"proxy-authorization") is None


async def test_http2_is_spoken_through_a_tunnel_as_well(proxy: Proxy, new_reader: Any) -> None:
    server = H2Server()
    await server.start()
    url = server.on("/feed", honest(FEED))
    assert isinstance(await new_reader().get(url, proxy=proxy.setting, http2=True), Fetched)
    assert len(proxy.heads) == 1
    assert server.protocols == ["h2"]
    (request,) = server.requests
    assert b"proxy-authorization" not in dict(request)
    await server.stop()


async def test_the_certificate_at_the_end_of_the_tunnel_is_judged_as_ever(
    proxy: Proxy, tls_server: Any, strangers: Any, through: Any
) -> None:
    tls_server.on("/feed", strangers.reply(strangers.FEED))
    outcome = await through.get(tls_server.url("/feed", "feeds.example"), proxy=proxy.setting)
    assert outcome.code == Code.TLS
    assert "certificate of feeds.example refused" in outcome.detail
    assert tls_server.requests == []


async def test_what_a_redirect_leads_to_is_asked_for_through_the_proxy_too(
    proxy: Proxy, server: Any, other: Any, strangers: Any, through: Any
) -> None:
    other.on("/feed", strangers.reply(strangers.FEED))
    server.on("/old", strangers.redirect(other.url("/feed", "new.example")))
    assert isinstance(await through.get(server.url("/old", "old.example"), proxy=proxy.setting), Fetched)
    assert [head.split(b"/")[2].partition(b":")[0] for head in proxy.heads] == [b"old.example", b"new.example"]


async def test_a_proxy_in_the_own_network_must_be_allowed(proxy: Proxy, new_reader: Any, connects: list[Any]) -> None:
    outcome = await new_reader(allow=()).get("http://feeds.example/", proxy=proxy.setting)
    assert outcome.code == Code.BLOCKED_ADDR
    assert outcome.detail.startswith("the proxy: loopback address 127.0.0.1 refused; network.allow can permit it")
    assert connects == []


async def test_the_proxy_of_a_list_may_be_in_the_own_network_though_its_feeds_may_not(
    proxy: Proxy, server: Any, strangers: Any, through: Any
) -> None:
    server.on("/a", strangers.reply(strangers.FEED))
    outcome = await through.get(server.url("/a", "feeds.example"), proxy=proxy.setting, public_only=True)
    assert isinstance(outcome, Fetched)
    outcome = await through.get(server.url("/a"), proxy=proxy.setting, public_only=True)
    assert outcome.code == Code.BLOCKED_ADDR
    assert outcome.detail.endswith("network.allow holds only for what the configuration names")


@pytest.mark.parametrize("host", ["169.254.169.254", "10.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost."])
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_is_no_way_to_private_addresses(
    scheme: str, host: str, proxy: Proxy, new_reader: Any, server: Any, strangers: Any
) -> None:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return ("127.0.0.1",)

    reader = new_reader(resolve=resolve, allow=(Allowed(network="127.0.0.1/32", port=proxy.port),))
    assert (await reader.get(f"{scheme}://{host}/", proxy=proxy.setting)).code == Code.BLOCKED_ADDR
    assert proxy.heads == []
    server.on("/old", strangers.redirect(f"{scheme}://{host}/"))
    start = server.url("/old", "feeds.example")
    assert (await reader.get(start, proxy=proxy.setting)).code == Code.BLOCKED_ADDR
    assert len(proxy.heads) == 1


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (b"HTTP/1.1 407 x\r\n\r\n", Code.CONNECT, "it wants a user and password"),
        (b"HTTP/1.1 403 x\r\n\r\n", Code.CONNECT, "it answered 403 to CONNECT feeds.example:443"),
        (b"HTTP/1.1 302 x\r\nLocation: http://evil.example/\r\n\r\n", Code.CONNECT, "it answered 302"),
        (b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", Code.PROTOCOL, "it sent something of its own"),
        (b"SSH-2.0-x\r\n\r\n", Code.PROTOCOL, "not an HTTP/1.1 answer"),
        (b"", Code.PROTOCOL, "closed before an answer"),
    ],
)
async def test_a_proxy_that_opens_no_tunnel_is_said_to_be_at_fault(
    answer: bytes, code: Code, words: str, proxy: Proxy, through: Any
) -> None:
    proxy.answer, proxy.passes_on = answer, False
    outcome = await through.get("https://feeds.example/", proxy=proxy.setting)
    assert outcome.code == code
    assert outcome.detail.startswith("the proxy: ")
    assert words in outcome.detail
    assert "pass:word" not in outcome.detail


async def test_a_proxy_that_is_not_there_is_said_to_be_at_fault(proxy: Proxy, through: Any) -> None:
    await proxy.stop()
    outcome = await through.get("http://feeds.example/", proxy=proxy.setting)
    assert outcome.code == Code.CONNECT
    assert outcome.detail.startswith(f"the proxy: no connection to 127.0.0.1:{proxy.port}")


async def test_a_server_that_says_nothing_in_the_tunnel_ends_in_time(proxy: Proxy, server: Any, through: Any) -> None:
    """A plain server at the end of the tunnel waits for the end of a request; we wait for TLS."""
    address = f"https://feeds.example:{server.port}/"
    outcome = await through.get(address, proxy=proxy.setting)
    assert outcome.code == Code.TLS
