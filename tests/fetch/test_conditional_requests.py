"""Conditional requests, from the wire to the value: rules F1 to F17."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aggregator.fetch.conditional import VALIDATOR_BYTES
from aggregator.model import Code, Failed, Fetched, NotModified, Validators

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CONDITIONS = {b"if-none-match", b"if-modified-since"}
ODD = [
    ('W/"a"', None),
    ('"a-gzip"', "Sun, 06 Nov 1994 08:49:37 GMT"),
    ("unquoted", "yesterday"),
    ('"\u00e9\u00ff"', "Mon, 1 Jan 2038 00:00:00 +0100"),
    (None, "0"),
    ('"a", "b"', None),
    ('"' + "x" * (VALIDATOR_BYTES - 2) + '"', None),
]


def fields(etag: str | None, modified: str | None) -> list[tuple[str, str]]:
    return [(name, value) for name, value in (("ETag", etag), ("Last-Modified", modified)) if value is not None]


async def test_the_first_request_is_unconditional_and_carries_exactly_these_headers(
    server: Any, strangers: Any, reader: Any
) -> None:
    """F1: one request, and no date of our own making. F15: no A-IM."""
    await reader.get(server.on("/f", strangers.reply(strangers.FEED)))
    (request,) = server.requests
    assert request.method == "GET"
    assert request.names == [b"host", b"user-agent", b"accept", b"accept-encoding"]
    assert request.header(b"host") == f"127.0.0.1:{server.port}".encode()
    assert request.header(b"user-agent") == b"aggregator/test (+http://127.0.0.1/)"
    assert request.header(b"accept-encoding") == b"gzip, deflate"
    assert b"application/rss+xml" in (request.header(b"accept") or b"")
    assert request.raw.endswith(b"\r\n\r\n"), "no body"


@pytest.mark.parametrize(("etag", "modified"), ODD)
async def test_validators_go_back_byte_for_byte(
    etag: str | None, modified: str | None, server: Any, strangers: Any, reader: Any, after: Any
) -> None:
    """F2: both that exist. F5: a bare 304 keeps them."""
    url = server.on("/f", strangers.conditional(strangers.FEED, *fields(etag, modified)))
    first = await reader.get(url)
    assert isinstance(first, Fetched)
    second = await reader.get(url, after(first, url))
    assert isinstance(second, NotModified)
    assert second.status == 304
    assert second.validators == first.validators, "a bare 304 keeps what is stored"
    asked = server.requests[1]
    assert asked.header(b"if-none-match") == (None if etag is None else etag.encode("latin-1"))
    assert asked.header(b"if-modified-since") == (None if modified is None else modified.encode("latin-1"))


async def test_no_byte_of_a_validator_is_lost_or_changed(server: Any, strangers: Any, reader: Any, after: Any) -> None:
    """F2."""
    returned = 0
    for byte in range(1, 256):
        etag = f'"{chr(byte)}"'
        url = server.on("/f", strangers.conditional(strangers.FEED, ("ETag", etag)))
        first = await reader.get(url)
        if isinstance(first, Failed) or first.validators.etag is None:
            assert byte < 0x20 or byte == 0x7F, "only control characters spoil an answer"
            continue
        await reader.get(url, after(first, url))
        assert server.requests[-1].header(b"if-none-match") == etag.encode("latin-1")
        returned += 1
    assert returned >= 223


async def test_validators_over_the_limit_are_dropped(server: Any, strangers: Any, reader: Any) -> None:
    long = "x" * (VALIDATOR_BYTES + 1)
    url = server.on("/f", strangers.reply(strangers.FEED, ("ETag", long), ("Last-Modified", "kept")))
    assert (await reader.get(url)).validators == Validators(last_modified="kept")


async def test_validators_in_a_304_replace_those_stored_and_the_others_stay(
    server: Any, strangers: Any, reader: Any, after: Any
) -> None:
    """F4, F24."""
    old = fields('"1"', "then")
    url = server.on(
        "/f", strangers.conditional(strangers.FEED, *old, fresh=(("ETag", '"2"'), ("Cache-Control", "max-age=7")))
    )
    first = await reader.get(url)
    second = await reader.get(url, after(first, url))
    assert second.validators == Validators(etag='"2"', last_modified="then")
    assert second.freshness.fresh_for == timedelta(seconds=7), "freshness in a 304 counts"


async def test_the_same_bytes_with_new_validators_are_not_modified_and_bring_the_new_ones(
    server: Any, strangers: Any, reader: Any, after: Any
) -> None:
    """F3: a file that was touched. F6, F17."""
    url = server.on("/f", strangers.reply(strangers.FEED, ("ETag", '"1"'), ("Last-Modified", "then")))
    first = await reader.get(url)
    server.on("/f", strangers.reply(strangers.FEED, ("ETag", '"2"'), ("Cache-Control", "max-age=7")))
    second = await reader.get(url, after(first, url))
    assert isinstance(second, NotModified)
    assert second.status == 200
    assert second.validators == Validators(etag='"2"'), "a validator the new answer lacks is dropped"
    assert second.freshness.fresh_for == timedelta(seconds=7)


async def test_the_same_text_under_another_coding_is_the_same(
    server: Any, strangers: Any, reader: Any, after: Any
) -> None:
    """F17: without validators, by the hash of the decoded body."""
    import gzip

    url = server.on("/f", strangers.reply(strangers.FEED))
    first = await reader.get(url)
    server.on("/f", strangers.reply(gzip.compress(strangers.FEED), ("Content-Encoding", "gzip")))
    assert isinstance(await reader.get(url, after(first, url)), NotModified)


async def test_other_bytes_are_fetched_and_the_lost_validators_are_gone(
    server: Any, strangers: Any, reader: Any, after: Any
) -> None:
    """F6."""
    url = server.on("/f", strangers.reply(strangers.FEED, ("ETag", '"1"'), ("Last-Modified", "then")))
    first = await reader.get(url)
    server.on("/f", strangers.reply(strangers.FEED + b" ", ("Last-Modified", "now")))
    second = await reader.get(url, after(first, url))
    assert isinstance(second, Fetched)
    assert second.validators == Validators(last_modified="now")


async def test_a_304_nobody_asked_for_is_an_error(server: Any, strangers: Any, reader: Any) -> None:
    """F9."""
    outcome = await reader.get(server.on("/f", strangers.reply(status="304 Not Modified")))
    assert (outcome.code, outcome.status) == (Code.UNEXPECTED_STATUS, 304)


async def test_an_edited_address_forgets_validators_and_bytes(
    server: Any, strangers: Any, reader: Any, after: Any
) -> None:
    """F12."""
    behaviour = strangers.conditional(strangers.FEED, ("ETag", '"1"'))
    server.on("/old", behaviour)
    url = server.on("/new", behaviour)
    state = after(await reader.get(server.url("/old")), server.url("/old"), final_url=url)
    outcome = await reader.get(url, state)
    assert isinstance(outcome, Fetched)
    assert not CONDITIONS & set(server.requests[-1].names)


async def test_cleared_state_has_everything_read_again(server: Any, strangers: Any, reader: Any, after: Any) -> None:
    url = server.on("/f", strangers.conditional(strangers.FEED, ("ETag", '"1"')))
    state = after(await reader.get(url), url, validators=Validators(), body_hash=None)
    assert isinstance(await reader.get(url, state), Fetched)


async def test_validators_are_sent_only_on_the_hop_they_came_from(
    server: Any, other: Any, strangers: Any, reader: Any, after: Any
) -> None:
    """F11."""
    end = other.on("/end", strangers.conditional(strangers.FEED, ("ETag", '"1"')))
    url = server.on("/f", strangers.redirect(end))
    first = await reader.get(url)
    assert first.final_url == end
    second = await reader.get(url, after(first, url))
    assert isinstance(second, NotModified)
    assert not CONDITIONS & set(server.requests[1].names), "not to the host that redirects"
    assert other.requests[1].header(b"if-none-match") == b'"1"'
    elsewhere = other.on("/elsewhere", strangers.conditional(strangers.FEED, ("ETag", '"1"')))
    server.on("/f", strangers.redirect(elsewhere))
    third = await reader.get(url, after(first, url))
    assert isinstance(third, Fetched), "the redirect moved: another address, other validators"
    assert not CONDITIONS & set(other.requests[2].names)


@pytest.mark.parametrize("value", ["no-store", "no-cache", "private, max-age=0"])
async def test_answers_that_may_not_be_cached_have_validators_all_the_same(
    value: str, server: Any, strangers: Any, reader: Any
) -> None:
    """F14."""
    behaviour = strangers.reply(strangers.FEED, ("ETag", '"1"'), ("Cache-Control", value), ("Expires", "0"))
    outcome = await reader.get(server.on("/f", behaviour))
    assert outcome.validators == Validators(etag='"1"')
    assert outcome.freshness.fresh_for == timedelta(0)


@pytest.mark.parametrize("status", ["500 x", "404 x", "204 x", "206 x"])
async def test_an_error_has_no_validators_to_store(status: str, server: Any, strangers: Any, reader: Any) -> None:
    """F7."""
    outcome = await reader.get(server.on("/f", strangers.reply(b"", ("ETag", '"no"'), status=status)))
    assert isinstance(outcome, Failed)
    assert not hasattr(outcome, "validators")


@pytest.mark.parametrize("status", ["500 x", "404 x", "429 x"])
async def test_after_an_error_the_validators_of_the_last_stored_answer_go_out(
    status: str, server: Any, strangers: Any, reader: Any, after: Any
) -> None:
    """F7: whatever the error called itself."""
    url = server.on("/f", strangers.conditional(strangers.FEED, ("ETag", '"1"')))
    stored = after(await reader.get(url), url)
    server.on("/f", strangers.reply(b"", ("ETag", '"error"'), status=status))
    assert isinstance(await reader.get(url, stored), Failed)
    server.on("/f", strangers.conditional(strangers.FEED, ("ETag", '"1"')))
    assert isinstance(await reader.get(url, stored), NotModified)


async def test_a_refresh_that_is_due_asks_for_the_whole_document(
    server: Any, strangers: Any, reader: Any, after: Any
) -> None:
    """F10: some servers answer 304 to anything; F17: the same body is recognised all the same."""
    url = server.on("/f", strangers.conditional(strangers.FEED, ("ETag", '"1"')))
    first = await reader.get(url)
    for refresh_at, asked in ((None, b'"1"'), (NOW + timedelta(seconds=1), b'"1"'), (NOW, None)):
        outcome = await reader.get(url, after(first, url, refresh_at=refresh_at))
        assert server.requests[-1].header(b"if-none-match") == asked
        assert isinstance(outcome, NotModified)
        assert outcome.status == (304 if asked else 200)


async def test_a_304_to_a_refresh_is_an_error(server: Any, strangers: Any, reader: Any, after: Any) -> None:
    """F9, F10."""
    url = server.on("/f", strangers.reply(strangers.FEED, ("ETag", '"1"')))
    stored = after(await reader.get(url), url, refresh_at=NOW)
    server.on("/f", strangers.reply(status="304 Not Modified"))
    assert (await reader.get(url, stored)).code is Code.UNEXPECTED_STATUS


async def test_what_may_come_back_is_said_alike_in_every_request(
    server: Any, strangers: Any, reader: Any, after: Any
) -> None:
    """F16: an answer and its validators vary with it. F15: nobody asks for a difference (A-IM)."""
    end = server.on("/end", strangers.conditional(strangers.FEED, ("ETag", '"1"')))
    url = server.on("/f", strangers.redirect(end))
    first = await reader.get(url)
    await reader.get(url, after(first, url))
    assert len(server.requests) == 4
    assert {request.header(b"accept-encoding") for request in server.requests} == {b"gzip, deflate"}
    assert len({request.header(b"accept") for request in server.requests}) == 1
    assert not any(b"a-im" in request.names for request in server.requests)


async def test_a_difference_nobody_asked_for_is_no_document(server: Any, strangers: Any, reader: Any) -> None:
    """F15: what is absent from it would count as gone."""
    outcome = await reader.get(server.on("/f", strangers.reply(strangers.FEED, status="226 IM Used")))
    assert (outcome.code, outcome.status) == (Code.UNEXPECTED_STATUS, 226)


async def test_a_document_that_is_cut_brings_nothing(server: Any, strangers: Any, reader: Any) -> None:
    """F8."""
    body = strangers.FEED
    head = f'HTTP/1.1 200 OK\r\nContent-Length: {len(body) + 9}\r\nETag: "cut"\r\nConnection: close\r\n\r\n'.encode()
    outcome = await reader.get(server.on("/f", strangers.raw(head + body)))
    assert isinstance(outcome, Failed)
    assert outcome.code is Code.TRUNCATED
