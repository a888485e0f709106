"""/admin: who gets in, what is taken, how it is answered, and what the log says of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from aggregator.errors import AggregatorError, StoreError, UsageError
from aggregator.logs import configure
from aggregator.serve.admin import MOST_BYTES, Absent, Action, admin
from aggregator.serve.guard import Guard
from aggregator.websub import Limit

TOKEN = "write-0123456789abcdef"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
JSON = {"Content-Type": "application/json"}


class Service:
    """Notes what it is asked to do."""

    def __init__(self, error: Exception | None = None, tokens: tuple[str, ...] = (TOKEN,)) -> None:
        self.done: list[tuple[str, dict[str, Any]]] = []
        self.results: Counter[str] = Counter()
        self._error = error
        guard = Guard(lambda: tokens, Limit(burst=3, a_minute=1), unlocked="hidden", anywhere=False)
        actions = {
            "poll": Action(does="polls", do=self.poll, needs={"source": str}, takes={"force": bool}),
            "explain": Action(does="explains", do=self.explain, needs={"id": str}, method="GET"),
        }
        self._app = Starlette(routes=admin(actions, guard, self.results))

    async def poll(self, **fields: Any) -> Mapping[str, Any]:
        return self._do("poll", fields)

    async def explain(self, **fields: Any) -> Mapping[str, Any]:
        return self._do("explain", fields)

    def _do(self, name: str, fields: dict[str, Any]) -> Mapping[str, Any]:
        if self._error is not None:
            raise self._error
        self.done.append((name, fields))
        return {"did": name}

    async def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        given = {**BEARER, **JSON} if headers is None else headers
        transport = httpx.ASGITransport(self._app, client=("192.0.2.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://planet.example") as http:
            return await http.request(method, path, content=content, headers=given)


async def test_what_is_asked_with_the_token_is_done() -> None:
    service = Service()
    answer = await service.ask("POST", "/admin/poll", {"source": "blog", "force": True})
    assert (answer.status_code, answer.json()) == (200, {"did": "poll"})
    assert service.done == [("poll", {"source": "blog", "force": True})]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    assert service.results == {"done": 1}


async def test_what_is_asked_for_to_be_seen_has_its_fields_in_the_address() -> None:
    service = Service()
    assert (await service.ask("GET", "/admin/explain?id=urn:x", headers=BEARER)).status_code == 200
    assert service.done == [("explain", {"id": "urn:x"})]


async def test_it_says_what_there_is() -> None:
    listed = (await Service().ask("GET", "/admin", headers=BEARER)).json()["actions"]
    assert [each["action"] for each in listed] == ["POST /admin/poll", "GET /admin/explain"]
    assert (listed[0]["needs"], listed[0]["takes"]) == ({"source": "text"}, {"force": "true or false"})


@pytest.mark.parametrize("path", ["/admin", "/admin/poll", "/admin/nothing"])
async def test_without_a_token_in_the_configuration_there_is_nothing(path: str) -> None:
    service = Service(tokens=())
    for method in ("GET", "POST"):
        answer = await service.ask(method, path, headers={**BEARER, "Origin": "http://evil.example"})
        assert (answer.status_code, answer.text) == (
            404,
            "There is nothing at this address. The feed is at /feed.atom.\n",
        )


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic Og=="}])
async def test_without_the_token_nothing_is_done_nor_told(headers: dict[str, str]) -> None:
    service = Service()
    for path in ("/admin", "/admin/poll", "/admin/nothing", f"/admin/poll?token={TOKEN}"):
        answer = await service.ask("POST", path, {"source": "a"}, headers={**headers, **JSON})
        assert answer.status_code in (401, 429)
        assert answer.json().keys() == {"error", "advice"}
    assert service.done == []
    assert service.results.keys() == {"refused"}


async def test_who_guesses_has_to_wait() -> None:
    service = Service()
    guesses = [await service.ask("POST", "/admin/poll", {}, headers={"Authorization": f"Bearer {n}"}) for n in range(4)]
    assert [each.status_code for each in guesses] == [401, 401, 401, 429]
    assert guesses[-1].headers["retry-after"] == "60"
    assert (await service.ask("POST", "/admin/poll", {"source": "a"})).status_code == 429


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://planet.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_page_of_a_web_site_gets_nothing(headers: dict[str, str]) -> None:
    service = Service()
    answer = await service.ask("POST", "/admin/poll", {"source": "a"}, headers={**BEARER, **JSON, **headers})
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]
    preflight = await service.ask(
        "OPTIONS", "/admin/poll", headers={"Access-Control-Request-Method": "POST", **headers}
    )
    assert preflight.status_code == 403
    assert not [name for name in preflight.headers if name.startswith("access-control")]
    assert service.done == []


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "words"),
    [
        ("GET", "/admin/poll", None, BEARER, 405, "send POST"),
        ("POST", "/admin/explain", {"id": "x"}, None, 405, "send GET"),
        ("DELETE", "/admin/poll", None, None, 405, "send POST"),
        ("POST", "/admin/pol", {}, None, 404, "there are poll, explain"),
        ("POST", "/admin/poll", {}, None, 400, "source is missing"),
        ("POST", "/admin/poll", None, BEARER, 400, "source is missing"),
        ("POST", "/admin/poll", {"source": "a", "sauce": 1}, None, 400, "the fields are: source, force"),
        ("POST", "/admin/poll", {"source": 1}, None, 400, "write a text"),
        ("POST", "/admin/poll", {"source": None}, None, 400, "write a text"),
        ("POST", "/admin/poll", {"source": " "}, None, 400, "source is empty"),
        ("POST", "/admin/poll", {"source": "a" * 5000}, None, 400, "too long"),
        ("POST", "/admin/poll", {"source": "a", "force": 1}, None, 400, "write true or false"),
        ("POST", "/admin/poll", {"source": "a", "force": "true"}, None, 400, "write true or false"),
        ("POST", "/admin/poll", {"source": ["a"]}, None, 400, "source is of the wrong type"),
        ("POST", "/admin/poll", b'{"source": "a\\ud800"}', None, 400, "source holds what is no character"),
        ("POST", "/admin/poll", b'{"source": "a\\u0000"}', None, 400, "source holds what is no character"),
        ("POST", "/admin/poll", ["a"], None, 400, "no JSON object"),
        ("POST", "/admin/poll", b"{", None, 400, "no JSON"),
        ("POST", "/admin/poll", b"[" * 60_000, None, 400, "no JSON"),
        ("POST", "/admin/poll", b"\xff\xfe", None, 400, "no JSON"),
        ("POST", "/admin/poll", b" " * (MOST_BYTES + 1), None, 413, "larger than"),
        ("POST", "/admin/poll", {"source": "a"}, BEARER, 415, "application/json"),
        ("POST", "/admin/poll", b"source=a", {**BEARER, "Content-Type": "text/plain"}, 415, "application/json"),
        ("GET", "/admin/explain", None, BEARER, 400, "id is missing"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_done(
    method: str, path: str, body: Any, headers: dict[str, str] | None, status: int, words: str
) -> None:
    service = Service()
    answer = await service.ask(method, path, body, headers)
    assert answer.status_code == status
    document = answer.json()
    assert document.keys() == {"error", "advice"}
    assert words in f"{document['error']}; {document['advice']}"
    assert service.done == []
    assert service.results == {"refused": 1}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Absent("no source is called a; did you mean b?"), 404),
        (UsageError("name an article; 'aggregator list' shows what there is"), 400),
        (StoreError("the disk is full; make room"), 503),
        (AggregatorError("the service is stopping; ask again when it is back"), 409),
        (OSError(28, "No space left on device", "/var/www"), 500),
    ],
)
async def test_what_fails_is_told_with_what_to_do(error: Exception, status: int) -> None:
    service = Service(error)
    answer = await service.ask("POST", "/admin/poll", {"source": "a"})
    assert answer.status_code == status
    document = answer.json()
    assert document.keys() == {"error", "advice"}
    assert document["error"] in str(error)
    assert document["advice"]
    assert service.results == {"failed": 1}


async def test_each_call_is_a_line_of_the_log_without_the_token(capsys: pytest.CaptureFixture[str]) -> None:
    configure(as_json=True)
    service = Service()
    await service.ask("POST", "/admin/poll", {"source": "blog\nforged"})
    await service.ask("POST", "/admin/poll", {"source": "a"}, headers={"Authorization": "Bearer guess-guess-guess"})
    written = capsys.readouterr().err
    done, refused = map(json.loads, written.splitlines())
    assert (done["event"], done["action"], done["status"], done["client"]) == ("admin", "poll", 200, "192.0.2.1")
    assert json.loads(done["fields"]) == {"source": "blog\nforged"}
    assert (refused["level"], refused["status"]) == ("warning", 401)
    assert done["request"] != refused["request"]
    assert TOKEN not in written
    assert "guess-guess" not in written
