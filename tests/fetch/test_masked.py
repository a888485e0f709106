"""A secret that a server throws back is not told on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aggregator.fetch.masked import masked
from aggregator.model import Code, Failed, Fetched

SECRET = "token with/slash"


@pytest.mark.parametrize(
    "said", [SECRET, SECRET.upper(), "token%20with%2Fslash", "TOKEN%20with%2fslash", f"x{SECRET}y{SECRET}"]
)
def test_a_secret_goes_whatever_its_spelling(said: str) -> None:
    failed = masked(Failed(code=Code.REDIRECT, detail=f"to {said}", final_url=f"http://a.example/{said}"), [SECRET])
    assert isinstance(failed, Failed)
    assert "slash" not in (failed.detail + (failed.final_url or "")).lower()
    assert failed.detail.startswith("to ")


def test_the_longer_of_two_secrets_goes_first() -> None:
    failed = masked(Failed(code=Code.DNS, detail="secret-and-more"), ["secret", "secret-and-more"])
    assert failed == Failed(code=Code.DNS, detail="***")


def test_short_words_and_what_is_no_secret_stay() -> None:
    failed = Failed(code=Code.DNS, detail="no such host: on.example")
    assert masked(failed, ["on", "", "no"]) == failed


def test_where_a_redirect_led_is_masked_and_where_the_configuration_led_is_not() -> None:
    url = "https://a.example/?key=secret-key"
    here = Fetched(documents=(), final_url=url, body_hash=b"h", status=200)
    there = replace(here, redirected=True, moved_to=url)
    hidden = "https://a.example/?key=***"
    assert masked(there, ["secret-key"]) == replace(there, final_url=hidden, moved_to=hidden)
    assert masked(here, ["secret-key"]) == here
