"""Cookies of a source: one header, kept like the secrets they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.config import Config, as_yaml, effective, load, redact
from aggregator.errors import ConfigError

SITE = "site: {title: P, url: 'https://p.example/', id: 'tag:p.example,2026:p'}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "member").write_text("from-a-file\n", encoding="utf-8")
    return tmp_path


def loaded(folder: Path, source: str, **environ: str) -> Config:
    path = folder / "config.yaml"
    path.write_text(f"{SITE}sources:\n  - url: https://example.org/feed\n    {source}\n", encoding="utf-8")
    return load(path, environ)


def only_mistake(folder: Path, source: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, source, EMPTY="")
    (line,) = caught.value.mistakes
    return line.removeprefix(f"{folder / 'config.yaml'}:")


COOKIES = 'headers: {X-Key: a}\n    cookies: {sid: "${SID}", member: {file: member}, Q: \'"a,b=c"\'}'


def test_cookies_are_one_header_in_their_order(folder: Path) -> None:
    (source,) = loaded(folder, COOKIES, SID="from-environment").sources
    assert source.headers == (("X-Key", "a"), ("Cookie", 'sid=from-environment; member=from-a-file; Q="a,b=c"'))
    assert loaded(folder, "cookies: {}").sources[0].headers == ()


@pytest.mark.parametrize("text", [COOKIES, 'headers: {cookie: "sid=${SID}; member=from-a-file"}'])
def test_no_cookie_is_shown_alone_or_in_its_header(folder: Path, text: str) -> None:
    config = loaded(folder, text, SID="from-environment")
    shown = as_yaml(effective(config)) + repr(config) + repr(config.sources)
    assert "from-environment" not in shown
    assert "from-a-file" not in shown
    line = redact("sid=from-environment member=from-a-file sid=from-environment; member=from-a-file", config.secrets)
    assert "from-" not in line


def test_what_is_shown_of_cookies_is_a_configuration(folder: Path) -> None:
    (folder / "config.yaml").write_text(as_yaml(effective(loaded(folder, "cookies: {a: bcde}"))), encoding="utf-8")
    assert load(folder / "config.yaml", {}).sources[0].headers == (("Cookie", "***"),)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("cookies: {sid: hunter2; Path=/}", "4:20: sid: a cookie's value holds a semicolon or a space"),
        ("cookies: {sid: hunter2 x}", "4:20: sid: a cookie's value holds a semicolon or a space"),
        ('cookies: {sid: "hunter2\\r\\nX: 1"}', "4:20: sid: a header's value holds a line break"),
        ("cookies: {sid: 12345678}", "4:20: sid: must be a text, not a number; put it in quotes"),
        ("cookies: {sid: {file: nowhere}}", "4:20: sid: the secret file 'nowhere' does not exist"),
        ("cookies: {sid: {env: hunter2}}", "4:20: sid: must be a text or {file: PATH}"),
        ("cookies: {s id: hunter2}", "4:15: s id: 's id' is no cookie name"),
        ("cookies: sid=hunter2", "4:14: cookies: must be a mapping, not a text"),
        ("headers: {cookie: a=hunter2}\n    cookies: {sid: x}", "4:23: a second Cookie header (cookies are in line 5)"),
        ("title: T\ndefaults: {cookies: {sid: hunter2}}", "5:12: 'cookies' is no key here, but of a source"),
    ],
)
def test_a_wrong_cookie_is_named_without_its_value(folder: Path, source: str, expected: str) -> None:
    line = only_mistake(folder, source)
    assert line.startswith(expected)
    assert "hunter2" not in line
    assert "12345678" not in line
