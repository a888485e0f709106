"""``/admin``: what the operator may have done over HTTP. JSON in, JSON out, for who shows the token.

No page of another site can use it: a token counts only in a header that no browser sends by itself, and requests that
a page makes (``Origin``, ``Sec-Fetch-Site``) are refused.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from secrets import token_hex
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

from starlette.responses import Response
from starlette.routing import Route

from aggregator.errors import AggregatorError, StoreError, UsageError
from aggregator.logs import about, get_logger
from aggregator.serve.answer import current

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from aggregator.serve.guard import Guard

log = get_logger()

MOST_BYTES = 64 * 1024
"""Of the body of a request."""

LONGEST = 4096
"""Characters of a text in it."""


class Absent(AggregatorError):
    """What is asked for is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that can be asked for. ``needs`` and ``takes`` are the fields it must and may have, by their types."""

    does: str
    """One line."""
    do: Callable[..., Awaitable[Mapping[str, Any]]]
    """Is given the fields by name. Raises AggregatorError, OSError."""
    needs: Mapping[str, type] = field(default_factory=dict)
    takes: Mapping[str, type] = field(default_factory=dict)
    method: Literal["GET", "POST"] = "POST"


class _Refused(Exception):
    """A request that cannot be done as it is."""

    def __init__(self, status: int, error: str, advice: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.advice = advice


def admin(actions: Mapping[str, Action], guard: Guard, results: Counter[str]) -> list[Route]:
    """The routes. ``results`` counts how calls ended: ``done``, ``refused`` or ``failed``."""

    async def call(request: Request) -> Response:
        if not guard.locked:
            return guard.hidden()
        name = request.path_params.get("action", "")
        with about(request=token_hex(4)):
            began = perf_counter()
            fields: Mapping[str, Any] = {}
            try:
                _check_origin(request)
                refused = guard.refusal(request)
                if refused is not None:
                    results["refused"] += 1
                    _audit(request, name, {}, refused.status_code, began)
                    words = bytes(refused.body).decode().strip()
                    return _json(refused.status_code, {"error": words, "advice": _HOW}, refused.headers)
                action = _action(actions, request, name)
                fields = _fields(action, await _given(request, action))
                done = await action.do(**fields)
            except _Refused as error:
                results["refused"] += 1
                _audit(request, name, fields, error.status, began)
                allow = {"allow": "GET, POST"} if error.status == 405 else {}
                return _json(error.status, {"error": error.error, "advice": error.advice}, allow)
            except (AggregatorError, OSError) as error:
                results["failed"] += 1
                status = _status(error)
                _audit(request, name, fields, status, began, error=str(error))
                what, _, advice = str(error).partition("; ")
                return _json(status, {"error": what, "advice": advice or "see the log of the service"})
            results["done"] += 1
            _audit(request, name, fields, 200, began)
            return _json(200, done)

    methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
    return [Route("/admin", call, methods=methods), Route("/admin/{action}", call, methods=methods)]


_HOW = "send the token that is server.admin_token as 'Authorization: Bearer TOKEN'"


def described(actions: Mapping[str, Action]) -> dict[str, Any]:
    """What there is, for who asks for ``/admin`` itself."""
    names = {str: "text", bool: "true or false"}
    return {
        "actions": [
            {
                "action": f"{each.method} /admin/{name}",
                "does": each.does,
                "needs": {key: names[kind] for key, kind in each.needs.items()},
                "takes": {key: names[kind] for key, kind in each.takes.items()},
            }
            for name, each in actions.items()
        ]
    }


def _check_origin(request: Request) -> None:
    site = request.headers.get("sec-fetch-site", "none")
    if "origin" in request.headers or site not in ("none", "same-origin"):
        raise _Refused(403, "pages of web sites cannot use this", "use a program such as curl")


def _action(actions: Mapping[str, Action], request: Request, name: str) -> Action:
    async def index() -> Mapping[str, Any]:
        return described(actions)

    action = Action(does="names what there is", do=index, method="GET") if not name else actions.get(name)
    if action is None:
        raise _Refused(404, f"there is no action called {name[:100]!r}", f"there are {', '.join(actions)}")
    if request.method != action.method:
        raise _Refused(405, f"/admin/{name} is no {request.method}", f"send {action.method}")
    return action


async def _given(request: Request, action: Action) -> dict[str, Any]:
    """The fields of a request: of its query for GET, else of its body."""
    if action.method == "GET":
        return dict(request.query_params)
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise _Refused(413, f"the body is larger than {MOST_BYTES} bytes", "send less at a time")
    if not body.strip():
        return {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise _Refused(415, f"the body is {kind[:100] or 'of no type'}", "send 'Content-Type: application/json'")
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise _Refused(400, "the body is no JSON", 'send an object such as {"source": "example"}') from None
    if not isinstance(given, dict):
        raise _Refused(400, "the body is no JSON object", 'send one such as {"source": "example"}')
    return given


def _fields(action: Action, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with the right types, all that are needed and no others."""
    kinds = {**action.needs, **action.takes}
    known = ", ".join(kinds) or "none"
    for name, value in given.items():
        kind = kinds.get(name)
        if kind is None:
            raise _Refused(400, f"unknown field {name[:100]!r}", f"the fields are: {known}")
        if not isinstance(value, kind):
            raise _Refused(400, f"{name} is of the wrong type", f"write {_WRITTEN[kind]}")
        if isinstance(value, str) and (len(value) > LONGEST or not value.strip()):
            raise _Refused(400, f"{name} is empty or too long", f"write 1 to {LONGEST:,} characters")
        if isinstance(value, str) and _NO_TEXT.search(value):
            raise _Refused(400, f"{name} holds what is no character", "write it without NUL and half surrogates")
    if missing := [name for name in action.needs if name not in given]:
        raise _Refused(400, f"{missing[0]} is missing", f"the fields are: {known}")
    return dict(given)


_WRITTEN = {str: "a text", bool: "true or false"}
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
"""Nothing stored has it, and no database takes it."""


def _status(error: Exception) -> int:
    match error:
        case Absent():
            return 404
        case UsageError():
            return 400
        case StoreError():
            return 503
        case OSError():
            return 500
        case _:
            return 409


def _audit(
    request: Request, action: str, fields: Mapping[str, Any], status: int, began: float, error: str | None = None
) -> None:
    """One line for each call, whoever made it."""
    client = request.client.host if request.client is not None else None
    said = {"fields": json.dumps(dict(fields), ensure_ascii=True)} if fields else {}
    said |= {"error": error} if error is not None else {}
    write = log.info if status < 400 else log.warning
    ms = round((perf_counter() - began) * 1000)
    write("admin", action=action, method=request.method, status=status, client=client, ms=ms, **said)


def _json(status: int, document: Mapping[str, Any], more: Mapping[str, str] | None = None) -> Response:
    made = current(status, json.dumps(document, ensure_ascii=True, indent=2).encode() + b"\n", b"application/json")
    headers = {name.decode(): value.decode() for name, value in made.headers}
    kept = {name: value for name, value in (more or {}).items() if name in ("www-authenticate", "retry-after", "allow")}
    return Response(made.body, made.status, headers | kept)
