"""What a subscriber may ask for: read without a hub, a clock or a socket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from aggregator.websub import LIMIT, Limit, Refusal, Request, key_of, next_try, plain, read, signature, with_parameters
from aggregator.websub.requests import FORM

GOOD = {"hub.mode": "subscribe", "hub.topic": "https://p.example/feed.atom", "hub.callback": "https://s.example/cb"}
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def asked(media_type: str = FORM, **said: str) -> Request | Refusal:
    return read(urlencode(GOOD | {f"hub.{name}": value for name, value in said.items()}).encode(), media_type)


def taken(**said: str) -> Request:
    found = asked(**said)
    assert isinstance(found, Request), found
    return found


def test_a_request_is_read() -> None:
    found = taken(lease_seconds="7200", secret="é")
    assert (found.mode, found.topic, found.callback) == ("subscribe", GOOD["hub.topic"], GOOD["hub.callback"])
    assert (found.host, found.lease, found.secret) == ("s.example", timedelta(hours=2), "é")


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"mode": ""}, "hub.mode"),
        ({"mode": "SUBSCRIBE"}, "hub.mode"),
        ({"mode": "publish"}, "by itself"),
        ({"topic": ""}, "hub.topic"),
        ({"topic": "https://p.example/" + "a" * 2048}, "hub.topic"),
        ({"callback": ""}, "hub.callback"),
        ({"callback": "/cb"}, "https://"),
        ({"callback": "ftp://s.example/"}, "https://"),
        ({"callback": "javascript:alert(1)"}, "https://"),
        ({"callback": "https:///cb"}, "no address"),
        ({"callback": "https://s.example:0/"}, "no address"),
        ({"callback": "https://s.example:65536/"}, "no address"),
        ({"callback": "https://s.example/a b"}, "no address"),
        ({"callback": "https://s.example/\r\nX-Other: 1"}, "no address"),
        ({"callback": "https://s.example/\0"}, "no address"),
        ({"callback": "https://s.éxample/"}, "no address"),
        ({"callback": "http://127.0.0.1\\@s.example/"}, "user name"),
        ({"callback": "http://s.example\\/"}, "no address"),
        ({"callback": "https://me@s.example/"}, "user name"),
        ({"callback": "https://me:secret@s.example/"}, "user name"),
        ({"callback": "https://s.example?@"}, ""),
        ({"callback": "https://s.example/#a"}, "fragment"),
        ({"callback": "https://s.example/" + "a" * 2048}, "characters"),
        ({"lease_seconds": "-1"}, "lease_seconds"),
        ({"lease_seconds": "1e9"}, "lease_seconds"),
        ({"lease_seconds": "٣"}, "lease_seconds"),
        ({"secret": "é" * 100}, "200 bytes"),
    ],
)
def test_what_cannot_be_had_is_told(said: dict[str, str], word: str) -> None:
    found = asked(**said)
    if not word:
        assert isinstance(found, Request)
        return
    assert isinstance(found, Refusal)
    assert found.status == 400
    assert word in found.reason
    assert "secret@" not in found.reason


def test_a_secret_of_199_bytes_is_one() -> None:
    assert taken(secret="s" * 199).secret == "s" * 199


def test_an_empty_secret_is_none() -> None:
    assert taken(secret="").secret is None


def test_the_lease_and_secret_of_an_unsubscription_mean_nothing() -> None:
    found = taken(mode="unsubscribe", lease_seconds="-5", secret="s" * 900)
    assert (found.mode, found.secret) == ("unsubscribe", None)


@pytest.mark.parametrize(
    ("said", "days"),
    [("", 10), ("0", 10), ("864000", 10), ("99999999999999999999999999", 30), ("2592000", 30), ("1", 5 / 24 / 60)],
)
def test_leases_keep_within_bounds(said: str, days: float) -> None:
    assert taken(lease_seconds=said).lease == timedelta(days=days)


@pytest.mark.parametrize("media_type", ["", "application/json", "multipart/form-data", f"{FORM}; charset=latin-1"])
def test_only_a_form_in_utf_8_is_read(media_type: str) -> None:
    found = asked(media_type)
    assert isinstance(found, Refusal)
    assert found.status == 415


@pytest.mark.parametrize("media_type", [FORM, FORM.upper(), f"{FORM}; charset=UTF-8", f'{FORM};charset="utf-8"'])
def test_a_form_says_so_in_its_own_way(media_type: str) -> None:
    assert isinstance(asked(media_type), Request)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"hub.mode=subscribe&hub.topic=%ff", 400),
        (b"\xff\xfe", 400),
        (b"a=" + b"b" * 9000, 413),
        (b"a=b&" * 101, 400),
        (b"", 400),
        (b"hub.callback=https://a.example/&hub.callback=https://b.example/", 400),
    ],
)
def test_what_is_no_form_is_refused(body: bytes, status: int) -> None:
    found = read(body, FORM)
    assert isinstance(found, Refusal)
    assert found.status == status


def test_the_same_said_twice_is_said_once() -> None:
    body = urlencode([*GOOD.items(), *GOOD.items()]).encode()
    assert isinstance(read(body, FORM), Request)


@pytest.mark.parametrize(
    ("callback", "query"),
    [
        ("https://s.example/cb", "?"),
        ("https://s.example/cb?", ""),
        ("https://s.example/cb?a=%20", "&"),
        ("https://s.example/cb?a&", ""),
    ],
)
def test_parameters_come_behind_those_of_the_callback(callback: str, query: str) -> None:
    assert with_parameters(callback, {"hub.topic": "https://p/?a b&c"}) == (
        f"{callback}{query}hub.topic=https%3A%2F%2Fp%2F%3Fa%20b%26c"
    )


@pytest.mark.parametrize(
    "spelled", ["HTTPS://S.Example/a%2Fb?C", "https://s.example:443/%61%2Fb?C", "https://s.example/a%2Fb?%43"]
)
def test_addresses_are_compared_as_what_they_mean(spelled: str) -> None:
    assert plain(spelled) == "https://s.example/a%2Fb?C"
    assert key_of("t", spelled) == key_of("t", "https://s.example/a%2Fb?C")
    assert key_of("t", spelled) != key_of("t", "https://s.example/a/b?C")


def test_a_signature_can_be_checked_by_others() -> None:
    """RFC 4231, test case 2."""
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert signature("Jefe", b"what do ya want for nothing?") == f"sha256={expected}"


def test_waits_grow_and_end() -> None:
    waits = [(next_try(NOW, failures) - NOW).total_seconds() for failures in range(LIMIT + 2)]
    assert waits == [10, 10, 60, 300, 1800, 7200, 7200, 7200]


def test_who_asks_often_has_to_wait_and_nobody_else() -> None:
    limit = Limit(burst=2, a_minute=6)
    for _ in range(2):
        assert limit.wait("a", 100.0) == 0
        limit.take("a", 100.0)
    assert limit.wait("a", 100.0) == pytest.approx(10)
    assert limit.wait("b", 100.0) == 0
    assert limit.wait("a", 110.0) == 0
    limit.take("a", 110.0)
    assert limit.wait("a", 1000.0) == 0
    limit.take("a", 1000.0)
    limit.take("a", 1000.0)
    assert limit.wait("a", 1000.0) > 0, "nobody saves up for more than a burst"


def test_it_is_not_remembered_of_everybody_how_often_they_asked() -> None:
    limit = Limit(burst=1, a_minute=1)
    for number in range(20_000):
        limit.take(str(number), 1.0)
    assert len(limit._left) <= 10_000
    assert limit.wait("19999", 1.0) > 0
