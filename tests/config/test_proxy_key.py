"""The proxy of a source: an address and perhaps a login."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.config import Config, as_yaml, effective, load, redact
from aggregator.errors import ConfigError
from aggregator.model import Proxy

SITE = "site: {title: P, url: 'https://p.example/', id: 'tag:p.example,2026:p'}\n"


def loaded(folder: Path, proxy: str, **environ: str) -> Config:
    path = folder / "config.yaml"
    path.write_text(f"{SITE}sources:\n  - url: https://example.org/feed\n    proxy: {proxy}\n", encoding="utf-8")
    return load(path, environ)


def test_a_proxy_has_an_address_and_perhaps_a_login(tmp_path: Path) -> None:
    def found(proxy: str, **environ: str) -> Proxy | None:
        return loaded(tmp_path, proxy, **environ).sources[0].proxy

    assert found("http://proxy.example:3128") == Proxy(url="http://proxy.example:3128")
    assert found("http://[fd00::1]:3128/") == Proxy(url="http://[fd00::1]:3128")
    login = Proxy(url="http://proxy.example:3128", auth=("me", "p@ss:word"))
    assert found('"http://me:${PASS}@proxy.example:3128"', PASS="p%40ss:word") == login
    assert found("null") is None


def test_the_login_is_shown_nowhere(tmp_path: Path) -> None:
    config = loaded(tmp_path, "http://me:p%40ssword@proxy.example:3128")
    assert effective(config)["sources"][0]["proxy"] == "http://me:***@proxy.example:3128"
    assert "ssword" not in repr(config.sources) + as_yaml(effective(config))
    assert redact("p@ssword p%40ssword bWU6cEBzc3dvcmQ=", config.secrets) == "*** *** ***"
    (tmp_path / "config.yaml").write_text(as_yaml(effective(config)), encoding="utf-8")
    assert load(tmp_path / "config.yaml", {}).sources[0].proxy == Proxy(
        url="http://proxy.example:3128", auth=("me", "***")
    )


@pytest.mark.parametrize(
    ("proxy", "expected"),
    [
        ("https://me:hunter2@proxy.example:3128", "a proxy is spoken to over http"),
        ("socks5://me:hunter2@proxy.example:3128", "socks5: is not supported"),
        ("http://me:hunter2@proxy.example", "a proxy needs its port"),
        ("http://me:hunter2@proxy.example:3128/path", "a proxy's address ends with its port"),
        ("http://me:hunter2@proxy.example:3128?x", "a proxy's address ends with its port"),
        ("http://me:hunter2%0d%0aX@proxy.example:3128", "the proxy's user or password holds what cannot be sent"),
        ("http://m%3ae:hunter2@proxy.example:3128", "the proxy's user or password holds what cannot be sent"),
        ("3128", "must be a URL"),
    ],
)
def test_what_is_no_proxy_is_named_without_its_login(tmp_path: Path, proxy: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, proxy)
    (line,) = caught.value.mistakes
    assert line.removeprefix(f"{tmp_path / 'config.yaml'}:").startswith(f"4:12: proxy: {expected}")
    assert "hunter2" not in line
