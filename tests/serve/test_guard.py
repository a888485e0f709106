"""Who gets to see the pages of the operator."""

from __future__ import annotations

from base64 import b64encode

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from aggregator.serve.guard import Guard
from aggregator.websub import Limit

LOOK, WRITE = "look-0123456789abcdef", "write-0123456789abcdef"


async def page(request: object) -> Response:
    return Response("for the operator")


def basic(password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'me:{password}'.encode()).decode()}"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


async def ask(
    guard: Guard, path: str = "/status", headers: dict[str, str] | None = None, client: str = "127.0.0.1"
) -> httpx.Response:
    app = Starlette(routes=[Route("/status", guard.of(page), methods=["GET", "POST"])])
    transport = httpx.ASGITransport(app, client=(client, 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as http:
        return await http.get(path, headers=headers or {})


def limit(burst: int = 3) -> Limit:
    return Limit(burst=burst, a_minute=1)


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/status", bearer(LOOK)),
        ("/status", {"Authorization": f"bearer   {LOOK} "}),
        ("/status", basic(WRITE)),
        (f"/status?token={LOOK}", {}),
        (f"/status?state=failing&token={WRITE}", {}),
    ],
)
async def test_a_token_opens_the_page(path: str, headers: dict[str, str]) -> None:
    assert (await ask(Guard(lambda: (LOOK, WRITE), limit()), path, headers)).text == "for the operator"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/status", {}),
        ("/status", bearer(LOOK[:-1])),
        ("/status", bearer(f"{LOOK}x")),
        ("/status", bearer("")),
        ("/status", basic("")),
        ("/status", {"Authorization": "Basic not-base64"}),
        ("/status?token=", {}),
        ("/status?token=%FF", {}),
        (f"/status?nottoken={LOOK}", {}),
    ],
)
async def test_without_a_right_one_it_is_closed_and_asks_for_one(path: str, headers: dict[str, str]) -> None:
    answer = await ask(Guard(lambda: (LOOK,), limit()), path, headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert answer.headers["cache-control"] == "no-store"
    assert LOOK not in answer.text


@pytest.mark.parametrize(("path", "headers"), [("/status", basic(WRITE)), (f"/status?token={WRITE}", {})])
async def test_where_something_is_written_only_a_header_counts_that_no_browser_sends(
    path: str, headers: dict[str, str]
) -> None:
    guard = Guard(lambda: (WRITE,), limit(), anywhere=False)
    answer = await ask(guard, path, headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="operator"')
    assert (await ask(guard, "/status", bearer(WRITE))).status_code == 200


async def test_tokens_are_asked_for_each_time_so_that_a_reload_changes_them() -> None:
    tokens = [LOOK]
    guard = Guard(lambda: tokens, limit())
    assert guard.locked
    tokens[:] = [WRITE]
    assert (await ask(guard, headers=bearer(LOOK))).status_code == 401
    assert (await ask(guard, headers=bearer(WRITE))).status_code == 200


async def test_who_guesses_has_to_wait_and_others_do_not() -> None:
    clock = Clock()
    guard = Guard(lambda: (LOOK,), limit(3), clock=clock)
    guesses = [(await ask(guard, headers=bearer(f"guess-{n}"), client="192.0.2.1")).status_code for n in range(4)]
    assert guesses == [401, 401, 401, 429]
    right = await ask(guard, headers=bearer(LOOK), client="192.0.2.1")
    assert (right.status_code, right.headers["retry-after"]) == (429, "60")  # or it would tell that it is the right one
    assert (await ask(guard, headers=bearer(LOOK), client="192.0.2.2")).status_code == 200
    clock.seconds += 60
    assert (await ask(guard, headers=bearer(LOOK), client="192.0.2.1")).status_code == 200


async def test_who_shows_nothing_guesses_nothing() -> None:
    guard = Guard(lambda: (LOOK,), limit(1))
    assert [(await ask(guard)).status_code for _ in range(3)] == [401, 401, 401]


async def test_a_network_of_ipv6_is_one_guesser() -> None:
    guard = Guard(lambda: (LOOK,), limit(1))
    first = await ask(guard, headers=bearer("guess"), client="2001:db8::1")
    second = await ask(guard, headers=bearer("guess"), client="2001:db8::2%eth0")
    assert (first.status_code, second.status_code) == (401, 429)


async def test_on_a_socket_for_both_clients_of_ipv4_are_not_one_guesser() -> None:
    guard = Guard(lambda: (LOOK,), limit(1))
    first = await ask(guard, headers=bearer("guess"), client="::ffff:192.0.2.1")
    second = await ask(guard, headers=bearer("guess"), client="::ffff:192.0.2.2")
    assert (first.status_code, second.status_code) == (401, 401)


async def test_without_a_token_a_page_is_open_unless_it_says_otherwise() -> None:
    assert (await ask(Guard(tuple, limit()), client="192.0.2.1")).status_code == 200
    assert (await ask(Guard(tuple, limit(), unlocked="hidden"))).status_code == 404
    assert not Guard(tuple, limit()).locked


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "[::1]:8080", "[::1]"])
async def test_this_machine_is_asked_by_an_address_or_as_localhost(host: str) -> None:
    assert (await ask(Guard(tuple, limit(), unlocked="local"), headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"])
async def test_a_local_page_is_there_for_this_machine(client: str) -> None:
    assert (await ask(Guard(tuple, limit(), unlocked="local"), client=client)).status_code == 200


@pytest.mark.parametrize(
    ("client", "headers"),
    [
        ("192.0.2.1", {}),
        ("10.0.0.1", {}),
        ("::ffff:192.0.2.1", {}),
        ("", {}),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}),
        ("::1", {"Via": "1.1 proxy"}),
        ("127.0.0.1", {"X-Real-IP": "192.0.2.1"}),
        ("127.0.0.1", {"Host": "planet.example"}),  # HAProxy says no more, nor does a browser that was led astray
        ("::1", {"Host": "localhost.planet.example:8080"}),
    ],
)
async def test_a_local_page_is_closed_to_others_and_to_those_a_web_server_asks_for(
    client: str, headers: dict[str, str]
) -> None:
    answer = await ask(Guard(tuple, limit(), unlocked="local"), headers=headers, client=client)
    assert answer.status_code == 403
    assert "server.status_token" in answer.text
