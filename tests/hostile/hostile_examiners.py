"""Servers that look at the request: a feed for the well behaved, 400 for all others (fetching.md F40 to F49)."""

from __future__ import annotations

from collections.abc import Callable

from hostile_server import FEED, LOOPBACK, SECRET, Behaviour, Case, Request, Wire, answer, head

from aggregator.model import Code

NEVER = (
    b"cookie",
    b"referer",
    b"range",
    b"if-range",
    b"content-length",
    b"transfer-encoding",
    b"a-im",
    b"expect",
    b"from",
)
ONCE = (b"host", b"user-agent", b"accept", b"accept-encoding")


def examined(well: Callable[[Request], bool], then: Behaviour | None = None) -> Behaviour:
    async def behave(request: Request, wire: Wire) -> None:
        good = then or answer()
        await (good if well(request) else answer(status="400 x"))(request, wire)

    return behave


def plain(request: Request) -> bool:
    """GET and what belongs to it, each field once, no body, nothing that follows people about."""
    names = [name for name, _ in request.fields]
    return (
        request.raw.startswith(b"GET ")
        and request.raw.endswith(b"\r\n\r\n")
        and all(names.count(name) == 1 for name in ONCE)
        and not any(name in names for name in NEVER)
    )


def introduces_itself(request: Request) -> bool:
    return b"(+http" in (request.field(b"user-agent") or b"")


def asks_for_what_it_can_undo(request: Request) -> bool:
    return set((request.field(b"accept-encoding") or b"").replace(b" ", b"").split(b",")) == {b"gzip", b"deflate"}


def asks_for_feeds(request: Request) -> bool:
    accept = request.field(b"accept") or b""
    return b"application/atom+xml" in accept and b"application/rss+xml" in accept


def target(expected: str) -> Callable[[Request], bool]:
    return lambda request: request.path == expected


def keyed(request: Request) -> bool:
    return request.field(b"authorization") == f"Bearer {SECRET}".encode() and request.field(b"x-key") == SECRET.encode()


def bare(request: Request) -> bool:
    return SECRET.encode() not in request.raw and request.field(b"authorization") is None


def after(first: Callable[[Request], bool], location: str, second: Callable[[Request], bool]) -> Behaviour:
    """Examines the first request, redirects it, and examines the second."""

    async def behave(request: Request, wire: Wire) -> None:
        if len(wire.server.requests) > 1:
            await examined(second)(request, wire)
        elif first(request):
            place = location.format(port=wire.server.port)
            await wire.send(
                head("302 Found", ("Location", place), ("Set-Cookie", "s=1; Path=/"), ("Content-Length", "0"))
            )
        else:
            await answer(status="400 x")(request, wire)

    return behave


KEY = (("headers", (("X-Key", SECRET),)),)
PATHS = {
    "tilde": "/q-tilde/%7Euser/~user",
    "dots": "/q-dots/a/../b/./c",
    "slashes": "/q-slashes//a///b/",
    "query": "/q-query?b=2&a=1&a=&%41=%61&?",
    "empty-query": "/q-empty-query?",
    "broken-percent": "/q-broken-percent/%zz%",
    "reserved": "/q-reserved/!$&'()*+,;=:@",
    "brackets": '/q-brackets/[a]|{b}\\^`"<c>',
}


async def gives_cookies(request: Request, wire: Wire) -> None:
    """Cookies of every kind with every answer, and no feed for whoever brings one back."""
    jar = ("a=b", "c=d; Path=/", f"e=f; Domain={LOOPBACK}", "g=h; Max-Age=99999999; SameSite=None", "=", "i")
    well = plain(request)
    await answer(FEED, *(("Set-Cookie", each) for each in jar), status="200 x" if well else "400 x")(request, wire)


def carries_the_password(request: Request) -> bool:
    """As basic authentication, and nowhere else."""
    return (
        request.field(b"authorization") == b"Basic bWU6cMOk" and b"@" not in request.raw and b"me:" not in request.raw
    )


CASES = [
    Case(path="/t-cookies", behave=gives_cookies, code=Code.NOT_MODIFIED, polls=3, requests=3),
    Case(
        path="/redir-userinfo",
        host="me:p%C3%A4@good.test",
        behave=after(carries_the_password, "/x", carries_the_password),
        code=Code.OK,
        requests=2,
        settings=(("bearer", None),),
    ),
    Case(path="/q-plain", behave=examined(plain), code=Code.OK),
    Case(path="/q-agent", behave=examined(introduces_itself), code=Code.OK),
    Case(path="/q-codings", behave=examined(asks_for_what_it_can_undo), code=Code.OK),
    Case(path="/q-accept", behave=examined(asks_for_feeds), code=Code.OK),
    *(Case(path=path, behave=examined(target(path)), code=Code.OK) for path in PATHS.values()),
    Case(path="/q-fragment#part", behave=examined(target("/q-fragment")), code=Code.OK),
    Case(path="/q-space/a b", behave=examined(target("/q-space/a%20b")), code=Code.OK),
    Case(
        path="/q-newline/a\r\nX-Injected: b", behave=examined(target("/q-newline/a%0D%0AX-Injected:%20b")), code=Code.OK
    ),
    Case(path="/q-umlaut/\xe9", behave=examined(target("/q-umlaut/%C3%A9")), code=Code.OK),
    Case(path="/q-keyed", behave=examined(keyed), code=Code.OK, settings=KEY),
    Case(path="/q-keyed-same-origin", behave=after(keyed, "/x", keyed), code=Code.OK, settings=KEY, requests=2),
    Case(
        path="/q-keyed-other-origin",
        behave=after(keyed, "http://to-loopback.test:{port}/x", bare),
        code=Code.OK,
        settings=KEY,
        requests=2,
    ),
    Case(
        path="/q-plain-after-redirect",
        behave=after(plain, "http://to-loopback.test:{port}/x", plain),
        code=Code.OK,
        requests=2,
    ),
    Case(
        path="/q-codings-after-redirect", behave=after(plain, "/x", asks_for_what_it_can_undo), code=Code.OK, requests=2
    ),
    Case(
        path="/q-location-injects",
        behave=after(plain, "/x%0d%0aX-Key:y", target("/x%0d%0aX-Key:y")),
        code=Code.OK,
        requests=2,
    ),
]
