"""``bundle`` and ``replay``: the same bytes anywhere, and no secret."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from emptystore import empty_store
from feedserver import FeedServer

from aggregator.articles import compile_action, compile_rule
from aggregator.bundles import MOST_BYTES, make_bundle, read_bundle, write_bundle
from aggregator.config import load
from aggregator.errors import UsageError
from aggregator.model import Exchange
from aggregator.pipeline import publish_if_due
from aggregator.polls import poll_round
from aggregator.recording import Redaction
from aggregator.replaying import replay
from aggregator.wiring import open_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECRETS = {
    "header": "hunter2-and-a-half",
    "cookie": 'quo"ted<&>cookie',
    "password": "pass wörd/+=%",
    "token": "a1b2c3d4e5f6a7b8",
    "variable": "from-the-environment-9",
    "proxy": "proxy-pass-77",
    "output": "subscriber-token-123",
}


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


def feed(*titles: str, more: str = "") -> bytes:
    items = "".join(
        f"<item><title>{title}</title><guid isPermaLink='false'>{n}</guid><link>/{n}</link>"
        f"<pubDate>Mon, 02 Nov 2026 08:0{n}:00 GMT</pubDate><description>About {title}, and more of it.</description>"
        "</item>"
        for n, title in enumerate(titles)
    )
    return f"<rss version='2.0'><channel><title>P</title><link>/</link>{more}{items}</channel></rss>".encode()


async def polled(folder: Path, server: FeedServer, documents: list[bytes], settings: str = "", more: str = "") -> Any:
    """The configuration, after the source ``paper`` gave these documents, one an hour."""
    empty_store(folder)
    (folder / "config.yaml").write_text(
        "site: {title: T, url: 'http://127.0.0.1:8080/', id: 'tag:t.example,2026:t'}\n"
        f"network: {{allow: ['127.0.0.1']}}\n{more}"
        f"sources:\n  - {{id: paper, url: '{server.url}/feed{settings}}}\n",
        encoding="utf-8",
    )
    environ = {"VARIABLE": SECRETS["variable"], "TOKEN": SECRETS["token"]}
    config = load(folder / "config.yaml", environ, compile_rule, None, compile_action)
    now = NOW
    app = await open_app(config, now=lambda: now)
    try:
        for each in documents:
            for path in ("/feed", f"/feed?token={SECRETS['token']}"):
                server.documents[path] = each
            await poll_round(app, {"paper"}, lambda _decided, _seconds: None)
            await publish_if_due(app)
            now += HOUR
    finally:
        await app.close()
    return config


def files(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


async def test_a_bundle_done_again_gives_the_same_bytes_as_it_did_here(server: FeedServer, tmp_path: Path) -> None:
    first, second = feed("One", "Two"), feed("One", "Two is another title now", "Three")
    config = await polled(tmp_path, server, [first, second, second], "', tags: [a], drop: 'title ~ \"Three\"'")
    path = tmp_path / "paper.zip"
    write_bundle(path, make_bundle(config, "paper", NOW + 5 * HOUR))
    assert path.stat().st_mode & 0o777 == 0o600
    given = read_bundle(path)
    assert [each.exchange.status for each in given.answers] == [200, 200]
    done = await replay(given, tmp_path / "again")
    assert [(len(each.decided.new), len(each.decided.updated)) for each in done.steps] == [(2, 0), (1, 1)]
    here, there = files(config.public), files(tmp_path / "again")
    assert here.keys() == there.keys()
    assert {name for name in here if not name.startswith(".") and here[name] != there[name]} == set()
    assert set(done.documents) == {name for name in here if not name.startswith(".")}
    assert len(server.requests) == 3
    with pytest.raises(UsageError, match="not empty"):
        await replay(given, tmp_path / "again")


async def test_no_secret_is_in_a_bundle_even_if_the_server_echoes_it(server: FeedServer, tmp_path: Path) -> None:
    basic = base64.b64encode(f"me:{SECRETS['password']}".encode()).decode()
    spelled = [
        *SECRETS.values(),
        basic,
        json.dumps(SECRETS["cookie"])[1:-1],
        "quo&quot;ted&lt;&amp;&gt;cookie",
        "pass%20w%C3%B6rd%2F%2B%3D%25",
        SECRETS["header"].upper(),
    ]
    said = "".join(f"<![CDATA[{each}]]> " for each in spelled)
    settings = (
        "?token=${TOKEN}', title: '${VARIABLE}', headers: {X-Key: '" + SECRETS["header"] + "'}, "
        "cookies: {session: '"
        + "pl4in-c00kie"
        + "'}, auth: {basic: {user: me, password: '"
        + SECRETS["password"]
        + "'}}"
    )
    more = "outputs: [{id: main}, {id: mine, tokens: {ann: " + SECRETS["output"] + "}}]\n"
    server.headers[f"/feed?token={SECRETS['token']}"] = {
        "X-Echo": f"{SECRETS['header']} pl4in-c00kie {basic}",
        "Set-Cookie": "id=never-kept-this",
        "Link": f"<{server.url}/feed?token={SECRETS['token']}>; rel=self",
    }
    document = feed("One", f"Two {SECRETS['header']} pl4in-c00kie", more=f"<description>{said}</description>")
    config = await polled(tmp_path, server, [document], settings, more)
    config = replace(config, secrets=config.secrets | {SECRETS["cookie"], SECRETS["proxy"]})
    made = make_bundle(config, "paper", NOW)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    for name, body in {**inside, "itself": made}.items():
        for secret in [*spelled, "pl4in-c00kie", "never-kept-this"]:
            assert secret.encode() not in body, f"{secret} is in {name}"
            assert secret.encode("utf-16-le") not in body
    path = tmp_path / "paper.zip"
    write_bundle(path, made)
    done = await replay(read_bundle(path), tmp_path / "again")
    assert len(done.steps[0].decided.new) == 2


async def test_what_a_server_echoes_is_not_even_recorded(server: FeedServer, tmp_path: Path) -> None:
    settings = "', headers: {X-Key: '" + SECRETS["header"] + "'}"
    await polled(tmp_path, server, [feed(f"One {SECRETS['header']}")], settings)
    config = load(tmp_path / "config.yaml", {}, compile_rule)
    app = await open_app(config, now=lambda: NOW)
    try:
        (kept,) = app.store.recordings.of("paper")
    finally:
        await app.close()
    assert SECRETS["header"].encode() not in kept.exchange.body
    assert b"One redacted" in kept.exchange.body


@pytest.mark.parametrize(
    "said",
    [
        "{}", "hunt%65r2/&=%20x+y", "HUNTER2%2f%26%3d%20X%2by", "hunter2%252F%2526%253D%2520x%252By",
        "hunter2/&amp;=+x%2By", "hunter2/&amp;amp;= x+y", "hunter2/&#38;= x&#x2B;y", "&#104;unter2/&amp;#38;= x+y",
        r"hunter2\/\u0026\u003d x\u002by", r"hunter2\\/&= x+y", "hunter2/<b>&amp;=</b> x+y", "hunter2/&lt;em&gt;&= x+y",
        "hunt\u00ader2/&= x+y", "hunter2/\n  &= x+y",
        base64.b64encode(b"me:hunter2/&= x+y").decode(), base64.b64encode(b"hunter2/&= x+y:oauth").decode(),
        base64.urlsafe_b64encode(b"token=hunter2/&= x+y;").decode(),
    ],
)  # fmt: skip
def test_a_secret_is_known_in_every_spelling(said: str) -> None:
    secret = "hunter2/&= x+y"
    said = said.format(secret) if said == "{}" else said
    hidden = Redaction({secret, "another-one"}).text(f"<p title='1'>Before {said} after</p> 100% & more")
    assert "redacted" in hidden
    assert hidden.startswith("<p title='1'>Before ")
    assert hidden.endswith(" after</p> 100% & more")
    for part in ("hunter", "unter2", "x+y", "x%2", "eCt5", "aHVudGVy", "h1bnRlc"):
        assert part not in hidden


def test_markup_in_the_middle_of_a_secret_stays() -> None:
    assert Redaction({"hunter2-x"}).text("<p>hun<b>ter2-</b>x</p>") == "<p>redacted<b></b></p>"


@pytest.mark.parametrize("secret", ['quo"t<&>ed', "100%41 back\\slash", "pass wörd", "パスワード12"])
def test_secrets_with_odd_letters_are_found(secret: str) -> None:
    hide = Redaction({secret})
    assert hide.text(f"is {secret} it") == "is redacted it"
    assert hide.text(json.dumps([secret])) == '["redacted"]'
    assert hide.bytes(f"is {secret} it".encode("utf-16-be")).decode("utf-16-be") == "is redacted it"


def test_wide_text_is_searched_too() -> None:
    said = Exchange(status=200, url="http://a/", headers=(), body="<p>hunter2-x</p>".encode("utf-16-le"))
    hidden = Redaction({"hunter2-x"}).exchange(said)
    assert hidden.body.decode("utf-16-le") == "<p>redacted</p>"


async def test_failures_are_recorded_by_their_heads_and_push_no_document_out(
    server: FeedServer, tmp_path: Path
) -> None:
    config = await polled(tmp_path, server, [feed("One")], "'")
    server.answers["/feed"] = (503, None)
    for hours in (2, 3, 4):
        app = await open_app(config, now=lambda hours=hours: NOW + hours * HOUR)
        try:
            await poll_round(app, {"paper"}, lambda _decided, _seconds: None, force=True)
        finally:
            await app.close()
    path = tmp_path / "paper.zip"
    write_bundle(path, make_bundle(config, "paper", NOW + 5 * HOUR))
    given = read_bundle(path)
    assert [each.exchange.status for each in given.answers] == [200, 503, 503]
    done = await replay(given, None)
    assert [str(each.decided.state.code) for each in done.steps] == ["ok", "http_5xx", "http_5xx"]


async def test_without_answers_there_is_no_bundle(server: FeedServer, tmp_path: Path) -> None:
    config = await polled(tmp_path, server, [feed("One")], "'", "recording: {keep: 0}\n")
    with pytest.raises(UsageError, match=r"recording\.keep is 0"):
        make_bundle(config, "paper", NOW)


async def test_a_source_that_never_answered_is_not_said_to_be_unpolled(server: FeedServer, tmp_path: Path) -> None:
    config = await polled(tmp_path, server, [feed("One")], "'", "recording: {keep: 0}\n")
    nowhere = replace(config, recording=replace(config.recording, keep=2))
    with pytest.raises(UsageError, match=r"last poll: 1 new"):
        make_bundle(nowhere, "paper", NOW)


# ---- what a stranger may send


def zipped(**entries: bytes | str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in entries.items():
            archive.writestr(name.replace("__", "/").replace("_json", ".json"), body)
    return stream.getvalue()


def about(**changes: Any) -> str:
    head = {
        "file": "responses/1", "at": "2026-11-02T09:00:00+00:00", "status": 200, "url": "http://a.example/feed",
        "headers": [], "redirected": False, "moved_to": None, "wire_bytes": 1, "left_out": None,
    }  # fmt: skip
    source = {"id": "a", "url": "http://a.example/feed"} | changes.pop("source", {})
    site = {"title": "T", "url": "http://a.example/", "id": "tag:a.example,2026:a"}
    settings = {"site": site, "sources": [source]} | changes.pop("settings", {})
    whole = {"format": 1, "versions": {"aggregator": "1"}, "settings": settings, "responses": [head]}
    return json.dumps(whole | changes)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not a zip"),
        (b"PK\x03\x04 and no more", "zip"),
        (zipped(readme=b"x"), "bundle.json"),
        (zipped(bundle_json="[]"), "cannot be replayed"),
        (zipped(bundle_json="[" * 100_000), "cannot be replayed"),
        (zipped(bundle_json=about(format=9)), "another format"),
        (zipped(bundle_json=about(responses=[])), "no answer"),
        (zipped(bundle_json=about()), "responses/1"),
        (zipped(bundle_json=about(source={"url": "/etc"}), responses__1=b"x"), "no web address"),
        (zipped(bundle_json=about(source={"url": "file:///etc/passwd"}), responses__1=b"x"), "no web address"),
        (zipped(bundle_json=b" " * (MOST_BYTES + 1)), "larger than"),
        (zipped(**{f"f{n}": b"" for n in range(300)}), "300 files"),
    ],
)  # fmt: skip
def test_what_is_no_bundle_is_refused_in_words(tmp_path: Path, body: bytes, why: str) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(body)
    with pytest.raises(UsageError) as refused:
        read_bundle(path)
    assert str(refused.value).startswith(f"{path}: cannot be replayed: ")
    assert why in str(refused.value)


async def test_a_bundle_names_no_file_and_no_variable_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME_SECRET", "leaked-from-here")
    (tmp_path / "secret.txt").write_text("leaked-from-a-file")
    source = {
        "title": "${HOME_SECRET}",
        "headers": {"X": {"file": str(tmp_path / "secret.txt")}},
        "folder": "/etc",
        "full_text": True,
    }
    path = tmp_path / "a.zip"
    feed_of_one = feed("One")
    path.write_bytes(
        zipped(
            bundle_json=about(source=source, settings={"include": "/etc/*.yaml", "public": "/etc/x"}),
            responses__1=feed_of_one,
            **{"..__..__escaped": b"x"},
        )
    )
    done = await replay(read_bundle(path), tmp_path / "out")
    assert len(done.steps[0].decided.new) == 1
    assert not any(b"leaked" in body for body in files(tmp_path / "out").values())
    assert not list(tmp_path.parent.glob("escaped"))
    assert done.notes


async def test_settings_that_are_wrong_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(bundle_json=about(source={"keep": "title ~~ ("}), responses__1=feed("One")))
    with pytest.raises(UsageError, match=r"cannot be used here: .*keep"):
        await replay(read_bundle(path), None)
