"""Private documents: there for those with a token, and for nobody else; asked of a real server."""

from __future__ import annotations

import asyncio
import base64
import threading
from datetime import UTC, datetime
from hmac import compare_digest
from typing import TYPE_CHECKING, Any

import feedparser
import httpx
import pytest

from aggregator.model import Editions, Output, version_of
from aggregator.publish.parts import marks, without
from aggregator.serve import AtOnce, Deltas, Documents, Private, WebServer, create_app, private
from aggregator.serve.answer import Request
from aggregator.serve.private import owner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LATER = datetime(2030, 1, 1, tzinfo=UTC)
PHONE, LAPTOP, OTHER = "phone-0123456789", "laptop-0123456789", "other-0123456789"
OUTPUTS = (
    Output(id="main"),
    Output(id="mine", tokens=(("phone", PHONE), ("laptop", LAPTOP))),
    Output(id="yours", tokens=(("other", OTHER),)),
    Output(id="nobodys", tokens=()),
)
PATHS = ["/mine.atom", "/mine.rss", "/mine.json", "/mine.html", "/mine/archive/1.atom"]


async def nothing() -> bytes:
    return b"{}"


class Site:
    """A server over a public and a private folder."""

    def __init__(self, folder: Path, outputs: tuple[Output, ...]) -> None:
        self.public, self.secret = folder / "public", folder / "private"
        self.documents, self.private = Documents(), Private(Documents(private=True), outputs)
        self.documents.hide(self.private.holds)
        self.deltas = Deltas(without)
        self.seen: list[str] = []
        self.client = httpx.Client()

    def load(self) -> None:
        self.documents.load(self.public, now=LATER)
        self.private.documents.load(self.secret, now=LATER)
        self.private.documents.compress()

    def saw(self, path: str, agent: bytes, address: str) -> None:
        self.seen.append(path)

    def ask(self, path: str, *, method: str = "GET", **headers: str) -> httpx.Response:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(method, path, headers=said)


@pytest.fixture
def outputs() -> tuple[Output, ...]:
    return OUTPUTS


@pytest.fixture
def site(tmp_path: Path, publish: Any, outputs: tuple[Output, ...]) -> Iterator[Site]:
    made = Site(tmp_path, outputs)
    publish(made.public, "Public")
    publish(made.secret, "Secret")
    for path in list(made.secret.iterdir()):
        if path.name.startswith("main."):
            for name in ("mine", "yours", "nobodys"):
                path.with_name(path.name.replace("main", name)).write_bytes(path.read_bytes())
        if outputs is OUTPUTS:
            path.unlink()
    (made.secret / "mine" / "archive").mkdir(parents=True)
    (made.secret / "mine" / "archive" / "1.atom").write_bytes((made.secret / "mine.atom").read_bytes())
    made.load()
    app = create_app(
        made.documents, unready=lambda: None, status=nothing, saw=made.saw, deltas=made.deltas, private=made.private
    )
    loop, server = asyncio.new_event_loop(), WebServer(app, at_once=AtOnce(made.documents, made.saw))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.start("127.0.0.1", 0), loop).result(10)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", trust_env=False) as made.client:
            yield made
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(1), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


WAYS = [
    (f"?token={PHONE}", {}),
    (f"?a=b&token={LAPTOP}&c", {}),
    ("?token=phone%2D0123456789", {}),
    ("", {"Authorization": f"Bearer {PHONE}"}),
    ("", {"Authorization": f"bearer  {PHONE}"}),
    ("", {"Authorization": basic("phone", PHONE)}),
    ("", {"Authorization": basic("whoever", LAPTOP)}),
    ("", {"Authorization": basic("", PHONE)}),
    ("?token=wrong", {"Authorization": f"Bearer {PHONE}"}),
    (f"?token={PHONE}", {"Authorization": "Bearer wrong"}),
]

WRONG = [
    ("", {}),
    ("?token=", {}),
    ("?token", {}),
    (f"?token={PHONE}x", {}),
    (f"?token={PHONE[:-1]}", {}),
    (f"?token={PHONE.upper()}", {}),
    (f"?Token={PHONE}", {}),
    (f"?token=wrong&token={PHONE}", {}),
    (f"?{PHONE}", {}),
    (f"?token={OTHER}", {}),
    ("?token=%ff%00%zz", {}),
    ("", {"Authorization": PHONE}),
    ("", {"Authorization": f"Token {PHONE}"}),
    ("", {"Authorization": "Bearer"}),
    ("", {"Authorization": f"Bearer {OTHER}"}),
    ("", {"Authorization": "Basic"}),
    ("", {"Authorization": "Basic !!!"}),
    ("", {"Authorization": f"Basic {PHONE}"}),
    ("", {"Authorization": basic(PHONE, "")}),
    ("", {"Authorization": f"Digest {PHONE}"}),
    ("", {"Cookie": f"token={PHONE}"}),
    ("", {"Referer": f"http://127.0.0.1/mine.html?token={PHONE}"}),
]


def test_who_shows_a_token_gets_the_document(site: Site) -> None:
    for query, headers in WAYS:
        answer = site.ask(f"/mine.atom{query}", **headers)
        assert (answer.status_code, b"Secret" in answer.content) == (200, True), (query, headers)


def test_every_document_of_the_output_opens(site: Site) -> None:
    for path in PATHS:
        assert site.ask(f"{path}?token={PHONE}").status_code == 200
        assert site.ask(path).status_code == 404


def same(one: httpx.Response, other: httpx.Response) -> bool:
    kept = [
        (each.status_code, each.content, [pair for pair in each.headers.multi_items() if pair[0] != "date"])
        for each in (one, other)
    ]
    return kept[0] == kept[1]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_for_all_others_it_is_as_if_there_were_nothing(site: Site, method: str) -> None:
    for query, headers in WRONG:
        for path in ("/mine.atom", "/mine.html", "/mine/archive/1.atom", "/nobodys.atom"):
            more = {**headers, "If-None-Match": "*", "A-IM": "feed"}
            asked = site.ask(path + query, method=method, **more)
            absent = site.ask(path.replace("mine", "none") + query, method=method, **more)
            assert asked.status_code == 404, (path, query, headers)
            assert same(asked, absent)


def test_a_token_opens_its_own_output_alone(site: Site) -> None:
    assert site.ask(f"/yours.atom?token={PHONE}").status_code == 404
    assert site.ask(f"/yours.atom?token={OTHER}").status_code == 200
    assert site.ask(f"/nobodys.atom?token={OTHER}").status_code == 404
    assert site.ask(f"/mine.xml?token={PHONE}").status_code == 404
    assert site.ask(f"/mine?token={PHONE}").status_code == 404


def test_what_is_public_needs_no_token_and_minds_none(site: Site) -> None:
    answer = site.ask(f"/main.atom?token={PHONE}", Authorization="Bearer wrong")
    assert (answer.status_code, answer.headers["cache-control"][:7]) == (200, "public,")


def test_a_revoked_token_ends_with_the_next_request(site: Site) -> None:
    assert site.ask(f"/mine.atom?token={PHONE}").status_code == 200
    site.private.use((Output(id="main"), Output(id="mine", tokens=(("laptop", LAPTOP),))))
    assert site.ask(f"/mine.atom?token={PHONE}").status_code == 404
    assert site.ask(f"/mine.atom?token={LAPTOP}").status_code == 200
    site.private.use((Output(id="main"), Output(id="mine", tokens=())))
    assert site.ask(f"/mine.atom?token={LAPTOP}").status_code == 404


@pytest.mark.parametrize("path", ["/", "/feed.atom", "/feed.rss", "/feed.json"])
def test_the_addresses_of_the_first_output_never_show_another(site: Site, publish: Any, path: str) -> None:
    """What was the first has left its documents there until the next publish, or for as long as none succeeds."""
    mine, yours = OUTPUTS[1], OUTPUTS[2]
    for name, title in (("yours", "Of yours"), ("mine", "Of mine")):
        publish(site.secret, title)
        for each in list(site.secret.glob("main.*")):
            each.replace(each.with_name(each.name.replace("main", name)))
    site.private.use((mine, yours))
    site.load()
    assert b"Of mine" in site.ask(f"{path}?token={PHONE}").content
    site.private.use((yours, mine))
    assert site.ask(f"{path}?token={PHONE}").status_code == 404
    assert site.ask(f"{path}?token={OTHER}").status_code == 404
    publish(site.secret, "Of yours")
    site.load()
    assert b"Of yours" in site.ask(f"{path}?token={OTHER}").content


def test_its_headers_keep_it_to_who_asked(site: Site) -> None:
    said = site.ask(f"/mine.atom?token={PHONE}", Accept_Encoding="identity").headers
    assert said["cache-control"] == "private, max-age=900"
    assert said["vary"] == "Accept-Encoding, Authorization"
    assert said["x-robots-tag"] == "noindex, nofollow"
    assert said["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in said
    assert PHONE not in str(said)


def test_head_conditions_and_codings_are_those_of_public_documents(site: Site) -> None:
    url = f"/mine.atom?token={PHONE}"
    whole = site.ask(url, Accept_Encoding="gzip")
    assert whole.headers["content-encoding"] == "gzip"
    tag = whole.headers["etag"]
    kept = site.ask(url, Accept_Encoding="gzip", If_None_Match=tag)
    assert (kept.status_code, kept.content) == (304, b"")
    assert kept.headers["cache-control"] == "private, max-age=900"
    assert "access-control-allow-origin" not in kept.headers
    head = site.ask(url, method="HEAD", Accept_Encoding="gzip")
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tag)
    assert site.ask(url, method="POST").status_code == 405


def test_deltas_of_a_private_document_are_as_private(site: Site, publish: Any) -> None:
    path, editions = site.secret / "mine.atom", Editions(path="mine.atom")
    for n in (4, 5):
        publish(site.secret, *(f"Secret {each}" for each in range(n)))
        (site.secret / "main.atom").replace(path)
        body = path.read_bytes()
        editions = editions.after(version_of(body), marks("atom", body) or (), LATER)
        if n == 4:
            tag = f'"{version_of(body)}"'
    site.load()
    site.deltas.load({"mine.atom": editions})
    answer = site.ask(f"/mine.atom?token={PHONE}", A_IM="feed", If_None_Match=tag, Accept_Encoding="identity")
    assert (answer.status_code, answer.content.count(b"<entry>")) == (226, 1)
    assert answer.headers["cache-control"] == "private, no-store, im", "im allows to keep it what knows of deltas"
    assert answer.headers["vary"] == "A-IM, If-None-Match, Accept-Encoding, Authorization"
    assert "access-control-allow-origin" not in answer.headers
    assert same(site.ask("/mine.atom", A_IM="feed", If_None_Match=tag), site.ask("/none.atom"))


def test_readers_are_counted_without_their_tokens(site: Site) -> None:
    assert site.ask(f"/mine.atom?token={PHONE}").status_code == 200
    assert site.ask("/mine.atom?token=wrong").status_code == 404
    assert site.seen == ["/mine.atom"]


def test_feedparser_reads_it_with_a_password_in_the_address(site: Site) -> None:
    address = str(site.client.base_url).replace("http://", f"http://me:{PHONE}@")
    read = feedparser.parse(f"{address}/mine.atom")
    assert (read.status, [each.title for each in read.entries]) == (200, ["Secret"])


class TestWhereTheFirstOutputIsPrivate:
    """Then the addresses that it has alone are, too."""

    @pytest.fixture
    def outputs(self) -> tuple[Output, ...]:
        return (Output(id="main", tokens=(("phone", PHONE),)),)

    def test_its_addresses_ask_for_a_token(self, site: Site) -> None:
        for path in ("/", "/feed.atom", "/feed.rss", "/main.json", "/main.html"):
            assert b"Secret" in site.ask(f"{path}?token={PHONE}").content
            assert same(site.ask(path), site.ask("/nothing.atom")), "what still lies in the public folder is not served"
        assert site.ask("/style.css").status_code == 200


@pytest.mark.parametrize(
    ("path", "output"),
    [
        ("/", "first"), ("/index.html", "first"), ("/feed.atom", "first"), ("/main.atom", "main"),
        ("/main/archive/1.atom", "main"), ("/style.css", "style"), ("/main", "main"), ("/.atom", "first"),
        ("//main.atom", "first"), ("main.atom", "ain"), ("", "first"), ("/feed/archive/1.atom", "first"),
    ],
)  # fmt: skip
def test_the_owner_of_a_document_is_told_by_its_address(path: str, output: str) -> None:
    assert owner(path, "first") == output


def test_every_token_of_every_output_is_compared_whatever_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def counting(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return compare_digest(one, other)

    monkeypatch.setattr(private, "compare_digest", counting)
    door = Private(Documents(private=True), OUTPUTS)
    counts = []
    for path in ("/mine.atom", "/nobodys.atom", "/none.atom", "/"):
        for token in (PHONE, OTHER, "x", "x" * 10_000):
            compared.clear()
            door.opened(Request("GET", path, f"token={token}".encode()))
            counts.append(len(compared))
        compared.clear()
        door.opened(Request("GET", path))
        counts.append(len(compared))
    assert set(counts) == {3}
    assert {len(each) for pair in compared for each in pair} == {32}
