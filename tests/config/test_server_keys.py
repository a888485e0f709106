"""Tokens of the service's own pages: secrets, two different ones, and which of them opens what."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.config import Config, as_yaml, effective, load, redact
from aggregator.errors import ConfigError

LOOK, WRITE = "look-0123456789abcdef", "write-0123456789abcdef"


def loaded(folder: Path, server: str) -> Config:
    (folder / "admin").write_text(f"{WRITE}\n", encoding="utf-8")
    path = folder / "config.yaml"
    path.write_text(f"site: {{title: P, url: 'https://p.example/'}}\nsources: []\nserver: {server}\n", encoding="utf-8")
    return load(path, {"LOOK": LOOK})


def test_both_tokens_open_what_is_to_be_seen_and_one_what_is_to_be_done(tmp_path: Path) -> None:
    server = loaded(tmp_path, '{status_token: "${LOOK}", admin_token: {file: admin}}').server
    assert (server.lookers, server.writers) == ((LOOK, WRITE), (WRITE,))


def test_a_token_for_writing_alone_closes_nothing_to_lookers(tmp_path: Path) -> None:
    server = loaded(tmp_path, "{admin_token: {file: admin}}").server
    assert (server.lookers, server.writers) == ((), (WRITE,))


def test_without_tokens_there_are_none(tmp_path: Path) -> None:
    server = loaded(tmp_path, "{port: 0}").server
    assert (server.lookers, server.writers, server.metrics) == ((), (), "totals")


def test_no_token_is_shown(tmp_path: Path) -> None:
    config = loaded(tmp_path, '{status_token: "${LOOK}", admin_token: {file: admin}, metrics: "off"}')
    shown = as_yaml(effective(config)) + repr(config)
    assert effective(config)["server"] == {
        "host": "127.0.0.1",
        "port": 8080,
        "status_token": "***",
        "admin_token": "***",
        "metrics": "off",
    }
    for secret in (LOOK, WRITE):
        assert secret not in shown
        assert redact(f"GET /status?token={secret}", config.secrets) == "GET /status?token=***"


@pytest.mark.parametrize(
    ("server", "words"),
    [
        (f"{{status_token: {LOOK}, admin_token: {LOOK}}}", "who may look may write; give each its own"),
        ("{admin_token: short}", "a token has 16 to 256 characters, this one has 5"),
        ("{status_token: {file: nowhere}}", "nowhere"),
        ("{metrics: all}", "metrics"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, server: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, server)
    [mistake] = caught.value.mistakes
    assert words in mistake
    assert mistake.startswith(f"{tmp_path / 'config.yaml'}:3:")
    assert LOOK not in mistake
