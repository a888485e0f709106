"""Which addresses may be called."""

from __future__ import annotations

import asyncio
import socket
import threading
from datetime import timedelta
from typing import Any

import pytest

from aggregator.fetch.address import parse
from aggregator.fetch.guard import Guard, SystemResolver, refused
from aggregator.fetch.problem import Problem
from aggregator.model import Allowed, Code

REFUSED = [
    "0.0.0.0",
    "0.1.2.3",
    "0.255.255.255",
    "10.0.0.0",
    "10.1.2.3",
    "10.255.255.255",
    "100.64.0.0",
    "100.100.100.100",
    "100.127.255.255",
    "127.0.0.1",
    "127.0.0.53",
    "127.255.255.255",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::2",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "3fff::1",
    "3ffe::1%eth0",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00::1",
    "fdff::1",
    "fe80::1",
    "fe80::1%lo",
    "febf::1",
    "fec0::1",
    "feff::1",
    "ff02::1",
    "ff0e::1",
    "1::1",
    "localhost",
    "127.1",
    "0x7f.1",
    "0177.0.0.1",
    "2130706433",
    "nonsense",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.1",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.1",
    "192.88.98.255",
    "192.88.100.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2003::1",
    "2606:4700::1111",
    "2a00:1450::1",
    "3ffd::1",
]


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len(set(REFUSED)) >= 60


@pytest.mark.parametrize("address", REFUSED)
def test_local_private_and_disguised_addresses_are_refused(address: str) -> None:
    assert refused(address) is not None


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass_up_to_the_edges_of_the_refused_networks(address: str) -> None:
    assert refused(address) is None


KINDS = {
    "0.0.0.0": "unspecified",
    "10.0.0.1": "private",
    "100.64.0.1": "carrier-grade NAT",
    "127.0.0.1": "loopback",
    "169.254.169.254": "link-local",
    "172.16.0.1": "private",
    "192.0.0.1": "special-purpose",
    "192.0.2.1": "documentation",
    "192.88.99.1": "6to4 relay",
    "192.168.0.1": "private",
    "198.18.0.1": "benchmarking",
    "198.51.100.1": "documentation",
    "203.0.113.1": "documentation",
    "224.0.0.1": "multicast",
    "240.0.0.1": "reserved",
    "::": "unspecified",
    "::1": "loopback",
    "::127.0.0.1": "IPv4-compatible",
    "::ffff:127.0.0.1": "IPv4-mapped",
    "64:ff9b::7f00:1": "NAT64",
    "64:ff9b:1::1": "NAT64",
    "2001::1": "Teredo",
    "2001:2::1": "special-purpose",
    "2001:db8::1": "documentation",
    "2002:7f00:1::": "6to4",
    "3fff::1": "documentation",
    "4000::1": "reserved",
    "fc00::1": "private",
    "fe80::1": "link-local",
    "fe80::1%lo": "scoped",
    "fec0::1": "site-local",
    "ff02::1": "multicast",
    "127.1": "unreadable",
}


@pytest.mark.parametrize("address", KINDS)
def test_the_operator_is_told_what_kind_of_address_it_is(address: str) -> None:
    assert refused(address) == KINDS[address]


def guard(*answers: str, allow: tuple[Allowed, ...] = (), wait: float = 5) -> Guard:
    async def resolve(_host: str, _port: int) -> tuple[str, ...]:
        return answers

    return Guard(allow, resolve, timedelta(seconds=wait))


async def code_of(guard: Guard, url: str) -> Code | None:
    try:
        await guard.addresses(parse(url))
    except Problem as problem:
        return problem.code
    return None


LITERALS = [f"[{each}]" if ":" in each else each for each in REFUSED if each not in ("localhost", "nonsense")]


@pytest.mark.parametrize("host", LITERALS)
async def test_a_refused_address_in_the_address_bar_is_refused_however_it_is_spelt(host: str) -> None:
    assert await code_of(guard(), f"http://{host}/") == Code.BLOCKED_ADDR


@pytest.mark.parametrize(
    "host",
    [
        "127.1",
        "127.0.1",
        "0x7f000001",
        "0X7F.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "127.0.0.01",
        "1.2.3.4.5",
        "１２７.0.0.1",
        "127。0。0。1",
        "[::1%25lo]",
        "[fe80::1%eth0]",
        "[v1.x]",
        "[::1",
        "1.0x",
    ],
)
async def test_other_spellings_of_numbers_are_refused_unresolved(host: str) -> None:
    assert await code_of(guard("8.8.8.8"), f"http://{host}/") == Code.BLOCKED_ADDR


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://h/", "gopher://h/", "//h/", "h", "data:,x", "javascript:1"]
)
def test_only_http_and_https_are_fetched(url: str) -> None:
    with pytest.raises(Problem) as caught:
        parse(url)
    assert caught.value.code == Code.BLOCKED_SCHEME


@pytest.mark.parametrize(
    "host", ["a b", "a..b", "%31.example", "ex\\ample", "-", "", "x" * 64 + ".org", "a." * 128 + "org"]
)
def test_what_cannot_be_a_host_name_is_not_looked_up(host: str) -> None:
    with pytest.raises(Problem) as caught:
        parse(f"http://{host}/")
    assert caught.value.code == Code.DNS


async def test_one_refused_address_spoils_the_whole_answer() -> None:
    assert await code_of(guard("8.8.8.8", "127.0.0.1"), "http://example.org/") == Code.BLOCKED_ADDR
    assert await code_of(guard("8.8.8.8", "::ffff:127.0.0.1"), "http://example.org/") == Code.BLOCKED_ADDR
    assert await code_of(guard("8.8.8.8", "2606:4700::1111"), "http://example.org/") is None


async def test_a_refused_address_far_down_the_answer_counts_too() -> None:
    assert await code_of(guard(*[f"8.8.8.{n}" for n in range(200)], "10.0.0.1"), "http://e.org/") == Code.BLOCKED_ADDR


async def test_an_answer_of_500_addresses_is_cut_to_the_first_few() -> None:
    found = await guard(*[f"8.8.{n // 250}.{n % 250}" for n in range(500)]).addresses(parse("http://e.org/"))
    assert found == tuple(f"8.8.0.{n}" for n in range(8))


async def test_an_exception_holds_for_its_network_and_port_only() -> None:
    allow = (Allowed(network="127.0.0.1", port=8900),)
    assert await code_of(guard(allow=allow), "http://127.0.0.1:8900/") is None
    assert await code_of(guard(allow=allow), "http://127.0.0.1:8901/") == Code.BLOCKED_ADDR
    assert await code_of(guard(allow=allow), "http://127.0.0.2:8900/") == Code.BLOCKED_ADDR
    assert await code_of(guard(allow=allow), "http://[::ffff:127.0.0.1]:8900/") == Code.BLOCKED_ADDR
    assert await code_of(guard("127.0.0.1", allow=allow), "http://local.example:8900/") is None
    network = (Allowed(network="10.0.0.0/8"),)
    assert await code_of(guard(allow=network), "http://10.9.8.7:1/") is None
    assert await code_of(guard(allow=network), "http://11.0.0.1:1/") is None
    assert await code_of(guard(allow=network), "http://192.168.0.1/") == Code.BLOCKED_ADDR


async def test_an_exception_for_a_name_holds_for_that_name_and_port_only() -> None:
    allow = (Allowed(host="Wiki.intern", port=80),)
    assert await code_of(guard("10.0.0.1", allow=allow), "http://wiki.intern/") is None
    assert await code_of(guard("10.0.0.1", allow=allow), "http://WIKI.intern./") is None
    assert await code_of(guard("10.0.0.1", allow=allow), "http://wiki.intern:81/") == Code.BLOCKED_ADDR
    assert await code_of(guard("10.0.0.1", allow=allow), "http://evil.wiki.intern/") == Code.BLOCKED_ADDR


async def test_a_lookup_that_hangs_ends_in_a_code() -> None:
    async def hang(_host: str, _port: int) -> tuple[str, ...]:
        await asyncio.sleep(3600)
        return ()

    assert await code_of(Guard((), hang, timedelta(seconds=0.05)), "http://example.org/") == Code.DNS


@pytest.mark.parametrize("error", [socket.gaierror(-2, "Name or service not known"), OSError(), UnicodeError("label")])
async def test_a_lookup_that_fails_ends_in_a_code(error: Exception) -> None:
    async def fail(_host: str, _port: int) -> tuple[str, ...]:
        raise error

    assert await code_of(Guard((), fail, timedelta(seconds=5)), "http://example.org/") == Code.DNS
    assert await code_of(guard(), "http://example.org/") == Code.DNS


async def test_the_system_resolver_knows_this_machine_and_says_what_it_does_not_know() -> None:
    resolve = SystemResolver()
    assert "127.0.0.1" in await resolve("127.0.0.1", 80)
    with pytest.raises(OSError):  # noqa: PT011 - any resolver error will do
        await resolve("does-not-exist.invalid", 80)


async def test_a_machine_out_of_threads_is_a_failed_lookup_and_keeps_no_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = SystemResolver(threads=1)

    def none_left(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as broken:
        broken.setattr(threading.Thread, "start", none_left)
        for _ in range(2):
            with pytest.raises(OSError, match="thread"):
                await resolve("127.0.0.1", 80)
    assert list(await resolve("127.0.0.1", 80)) == ["127.0.0.1"]


async def test_lookups_use_a_bounded_number_of_threads_that_do_not_hold_up_the_end(
    monkeypatch: pytest.MonkeyPatch, until: Any
) -> None:
    go, running, most = threading.Event(), set(), []

    def slow(host: str, port: int, **_: Any) -> list[Any]:
        running.add(threading.current_thread())
        most.append(len(running))
        go.wait(10)
        running.discard(threading.current_thread())
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    resolve = SystemResolver(threads=3)
    waiting = [asyncio.create_task(resolve(f"8.8.8.{n}", 80)) for n in range(9)]
    await until(lambda: len(most) >= 3)
    given_up = waiting.pop(0)
    given_up.cancel()
    await asyncio.sleep(0.02)
    assert len(most) == 3, "a look-up nobody waits for still holds its thread"
    assert all(thread.daemon for thread in running)
    go.set()
    assert [list(each) for each in await asyncio.gather(*waiting)] == [[f"8.8.8.{n}"] for n in range(1, 9)]
    assert max(most) == 3
