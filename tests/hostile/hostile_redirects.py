"""Redirects: every kind, every form of Location, and everywhere they must not lead (fetching.md F44 to F48; G9)."""

from __future__ import annotations

from hostile_server import FEED, Behaviour, Case, Request, Wire, answer, endless, head, holding, in_turn, raw, resetting

from aggregator.model import Code

FOUND = "302 Found"


def to(*locations: str, status: str = FOUND) -> Behaviour:
    """Redirects there; ``{port}`` is this server's, ``{canary}`` the port nobody may be led to."""

    async def behave(_: Request, wire: Wire) -> None:
        places = [each.format(port=wire.server.port, canary=wire.server.canary) for each in locations]
        fields = [("Location", each) for each in places]
        await wire.send(head(status, *fields, ("Content-Length", "0")))

    return behave


def then(location: str, behave: Behaviour = answer(), status: str = FOUND) -> Behaviour:  # noqa: B008 - it has no state
    """Redirects the first request, and behaves at the next."""
    return in_turn(to(location, status=status), behave)


async def deeper(request: Request, wire: Wire) -> None:
    """Every answer leads one step further down."""
    await wire.send(head(FOUND, ("Location", f"http://127.0.0.1:{wire.server.port}{request.path}/x")))


async def longer(request: Request, wire: Wire) -> None:
    """Every answer leads to the same page with a longer query: a session id that grows."""
    await wire.send(head(FOUND, ("Location", f"{request.path}{'&' if '?' in request.path else '?'}sid=9")))


async def echo_path(request: Request, wire: Wire) -> None:
    """Leads to an address that has our own Authorization in its path, again and again."""
    secret = (request.field(b"authorization") or b"").removeprefix(b"Bearer ").decode()
    await wire.send(head(FOUND, ("Location", f"/redir-echo-path/{secret}")))


async def echo_host(request: Request, wire: Wire) -> None:
    """Leads to a host that has our own Authorization as its name."""
    secret = (request.field(b"authorization") or b"").removeprefix(b"Bearer ").decode()
    await wire.send(head(FOUND, ("Location", f"http://{secret}!/")))


async def echo_port(request: Request, wire: Wire) -> None:
    secret = (request.field(b"authorization") or b"").removeprefix(b"Bearer ").decode()
    await wire.send(head(FOUND, ("Location", f"http://127.0.0.1:{secret}/")))


async def echo_scheme(request: Request, wire: Wire) -> None:
    secret = (request.field(b"authorization") or b"").removeprefix(b"Bearer ").decode()
    await wire.send(head(FOUND, ("Location", f"{secret}:x")))


def without_cookie(request: Request) -> bool:
    return request.field(b"cookie") is None and request.field(b"referer") is None


async def checks_cookies(request: Request, wire: Wire) -> None:
    """A feed for those who bring neither a cookie nor a Referer."""
    await (answer() if without_cookie(request) else answer(status="400 x"))(request, wire)


FOLLOWED = {
    "relative": "x",
    "dots": "./a/../x",
    "absolute-path": "/redir-absolute-path/x",
    "query-only": "?a=b",
    "no-scheme": "//127.0.0.1:{port}/redir-no-scheme/x",
    "upper-case-scheme": "HTTP://127.0.0.1:{port}/redir-upper-case-scheme/x",
    "fragment": "/redir-fragment/x#y",
    "spaces": "/redir-spaces/a b",
    "latin1": "/redir-latin1/\xe9",
    "utf-8": "/redir-utf-8/\xc3\xa9",
    "c1": "/redir-c1/\x9b31m",
    "percent": "/redir-percent/%0d%0aX-Injected:%20y",
    "broken-percent": "/redir-broken-percent/%zz%",
    "user-name": "http://a:b@127.0.0.1:{port}/redir-user-name/x",
    "at-sign-in-path": "http://127.0.0.1:{port}/redir-at-sign-in-path/@x",
    "semicolons": "/redir-semicolons/;a=b;c",
    "tab-around": "\t/redir-tab-around/x\t",
    "long": "/redir-long/" + "x" * (4096 - 12),
}

NO_PLACE = {
    "file": ("file:///etc/passwd", Code.BLOCKED_SCHEME),
    "file-of-host": ("file://localhost/etc/passwd", Code.BLOCKED_SCHEME),
    "ftp": ("ftp://127.0.0.1:{canary}/", Code.BLOCKED_SCHEME),
    "gopher": ("gopher://127.0.0.1:{canary}/_x", Code.BLOCKED_SCHEME),
    "dict": ("dict://127.0.0.1:{canary}/d", Code.BLOCKED_SCHEME),
    "ldap": ("ldap://127.0.0.1:{canary}/", Code.BLOCKED_SCHEME),
    "javascript": ("javascript:alert(1)", Code.BLOCKED_SCHEME),
    "data": ("data:text/xml,<rss/>", Code.BLOCKED_SCHEME),
    "mailto": ("mailto:a@b.test", Code.BLOCKED_SCHEME),
    "about": ("about:blank", Code.BLOCKED_SCHEME),
    "unix": ("unix:/var/run/docker.sock", Code.BLOCKED_SCHEME),
    "http-unix": ("http+unix://%2Fvar%2Frun%2Fdocker.sock/", Code.BLOCKED_SCHEME),
    "jar": ("jar:http://127.0.0.1:{canary}/!/", Code.BLOCKED_SCHEME),
    "feed": ("feed://127.0.0.1:{canary}/", Code.BLOCKED_SCHEME),
    "view-source": ("view-source:http://127.0.0.1:{canary}/", Code.BLOCKED_SCHEME),
    "ws": ("ws://127.0.0.1:{canary}/", Code.BLOCKED_SCHEME),
    "long-scheme": ("s" * 3000 + ":x", Code.BLOCKED_SCHEME),
    "no-host": ("http:///x", Code.DNS),
    "only-scheme": ("http://", Code.DNS),
    "host-with-space": ("http://a b/", Code.DNS),
    "host-with-percent": ("http://127.0.0.1%00.example/", Code.DNS),
    "host-backslash": ("http://127.0.0.1:{canary}\\@example.test/", Code.DNS),
    "label-too-long": ("http://" + "a" * 64 + ".test/", Code.DNS),
    "name-too-long": ("http://" + "a." * 140 + "test/", Code.DNS),
    "bad-punycode": ("http://xn--\xc3\xa9.test/", Code.DNS),
    "unknown-name": ("http://nowhere.test/", Code.DNS),
    "port-0": ("http://127.0.0.1:0/", Code.CONNECT),
    "port-too-big": ("http://127.0.0.1:65536/", Code.CONNECT),
    "port-negative": ("http://127.0.0.1:-1/", Code.CONNECT),
    "port-word": ("http://127.0.0.1:http/", Code.CONNECT),
    "port-digits": ("http://127.0.0.1:" + "9" * 3000 + "/", Code.CONNECT),
    "open-bracket": ("http://[::1", Code.BLOCKED_ADDR),
    "brackets-of-nothing": ("http://[]/", Code.BLOCKED_ADDR),
    "too-long": ("/" + "x" * 4096, Code.REDIRECT),
    "enormous": ("/" + "x" * 60_000, Code.REDIRECT),
}

INSIDE = (
    "127.0.0.1",
    "127.0.0.2",
    "127.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.",
    "127.000.000.001",
    "0",
    "0.0.0.0",
    "\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1",
    "\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1",
    "127\xe3\x80\x820\xe3\x80\x820\xe3\x80\x821",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "to-loopback.test",
    "one-of-two.test",
    "to-metadata.test",
    "to-v6-loopback.test",
    "to-mapped.test",
    "10.0.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::1]",
    "[2002:7f00:1::]",
    "[2001::1]",
    "[100::1]",
    "[2001:db8::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[fec0::1]",
    "[ff02::1]",
)
"""Every spelling of an address that is not the internet's."""

HOPS: dict[str, tuple[Behaviour, int, Code]] = {
    "to-itself": (to("/redir-to-itself"), 1, Code.REDIRECT),
    "to-nothing": (to(""), 1, Code.REDIRECT),
    "to-its-fragment": (to("#x"), 1, Code.REDIRECT),
    "to-and-fro": (in_turn(to("/redir-to-and-fro/b"), to("/redir-to-and-fro")), 2, Code.REDIRECT),
    "ever-deeper": (deeper, 6, Code.REDIRECT),
    "ever-longer": (longer, 6, Code.REDIRECT),
    "to-404": (then("x", answer(b"", status="404 x")), 2, Code.HTTP_4XX),
    "to-410": (then("x", answer(b"", status="410 x")), 2, Code.HTTP_4XX),
    "to-429": (then("x", answer(b"", ("Retry-After", "60"), status="429 x")), 2, Code.RATE_LIMITED),
    "to-500": (then("x", answer(b"", status="500 x")), 2, Code.HTTP_5XX),
    "to-304": (then("x", raw(head("304 x"))), 2, Code.UNEXPECTED_STATUS),
    "to-empty": (then("x", answer(b"")), 2, Code.EMPTY),
    "to-brotli": (then("x", answer(b"x", ("Content-Encoding", "br"))), 2, Code.ENCODING),
    "to-reset": (then("x", resetting()), 2, Code.PROTOCOL),
    "to-cut": (then("x", raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<rss")), 2, Code.TRUNCATED),
    "to-endless": (then("x", endless(b"x" * 65536, b"HTTP/1.1 200 OK\r\n\r\n")), 2, Code.TOO_LARGE),
    "to-no-location": (then("x", raw(head("301 x"))), 2, Code.UNEXPECTED_STATUS),
    "endless-body": (in_turn(endless(b"x" * 65536, b"HTTP/1.1 302 x\r\nLocation: x\r\n\r\n"), answer()), 2, Code.OK),
    "silent-body": (
        in_turn(holding(b"HTTP/1.1 302 x\r\nLocation: x\r\nContent-Length: 9\r\n\r\n"), answer()),
        2,
        Code.OK,
    ),
    "body-is-a-feed": (in_turn(raw(b"HTTP/1.1 302 x\r\nLocation: x\r\n\r\n" + FEED), answer()), 2, Code.OK),
    "field-injected": (raw(b"HTTP/1.1 302 x\r\nLocation: /x\rSet-Cookie: a=b\r\n\r\n"), 1, Code.PROTOCOL),
    "nul": (raw(b"HTTP/1.1 302 x\r\nLocation: /x\0y\r\n\r\n"), 1, Code.PROTOCOL),
    "two-locations": (in_turn(to("/redir-two-locations/x", "http://127.0.0.1:{canary}/"), answer()), 2, Code.OK),
    "refresh": (raw(b"HTTP/1.1 302 x\r\nRefresh: 0; url=/x\r\n\r\n"), 1, Code.UNEXPECTED_STATUS),
    "300": (to("x", status="300 x"), 1, Code.UNEXPECTED_STATUS),
    "304": (to("x", status="304 x"), 1, Code.UNEXPECTED_STATUS),
    "305": (to("http://127.0.0.1:{canary}/", status="305 x"), 1, Code.UNEXPECTED_STATUS),
    "201": (to("x", status="201 x"), 1, Code.UNEXPECTED_STATUS),
    "sets-a-cookie": (
        in_turn(raw(b"HTTP/1.1 302 x\r\nLocation: x\r\nSet-Cookie: s=1; Path=/\r\n\r\n"), checks_cookies),
        2,
        Code.OK,
    ),
    "echo-path": (echo_path, 2, Code.REDIRECT),
    "echo-host": (echo_host, 1, Code.DNS),
    "echo-port": (echo_port, 1, Code.CONNECT),
    "echo-scheme": (echo_scheme, 1, Code.BLOCKED_SCHEME),
}


CASES = [
    Case(path="/redir-downgrade", behave=to("http://127.0.0.1:{port}/x"), code=Code.REDIRECT, tls="holds"),
    Case(
        path="/redir-https-of-http",
        behave=to("https://127.0.0.1:{port}/"),
        code=Code.TLS,
        waits="silence",
        connections=2,
    ),
    *(Case(path=f"/redir-{name}", behave=then(place), code=Code.OK, requests=2) for name, place in FOLLOWED.items()),
    *(
        Case(
            path=f"/redir-{number}",
            behave=then("/moved", status=f"{number} x"),
            code=Code.OK,
            requests=2,
        )
        for number in (301, 302, 303, 307, 308)
    ),
    *(Case(path=f"/redir-{name}", behave=to(place), code=code) for name, (place, code) in NO_PLACE.items()),
    *(
        Case(
            path=f"/ssrf-{number:02}-{host.encode('ascii', 'backslashreplace').decode()}",
            behave=to(f"http://{host}:{{canary}}/"),
            code=Code.BLOCKED_ADDR,
        )
        for number, host in enumerate(INSIDE)
    ),
    *(
        Case(path=f"/redir-{name}", behave=behave, code=code, requests=requests)
        for name, (behave, requests, code) in HOPS.items()
    ),
]
