"""What ``defaults`` may say of how sources are asked, and how one source says otherwise."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.config import Config, as_yaml, effective, load, redact
from aggregator.model import ClientCertificate, Proxy, Source

CERTIFICATE = Path(__file__).parents[1] / "fetch" / "localhost.pem"
DEFAULTS = """\
site: {title: P, url: 'https://p.example/', id: 'tag:p.example,2026:p'}
defaults:
  ca: house.pem
  client_cert: {cert: me.pem, password: hunter2}
  proxy: http://me:p%40ssword@proxy.example:3128
  user_agent: House/1.0
  timeout: 1m
  max_bytes: 1MiB
sources:
"""
HOUSE = Proxy(url="http://proxy.example:3128", auth=("me", "p@ssword"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("house.pem", "me.pem", "own.pem"):
        shutil.copy(CERTIFICATE, tmp_path / name)
    (tmp_path / "articles").mkdir()
    return tmp_path


def loaded(folder: Path, *sources: str) -> Config:
    path = folder / "config.yaml"
    path.write_text(DEFAULTS + "".join(f"  - {each}\n" for each in sources), encoding="utf-8")
    return load(path, {})


def source(folder: Path, text: str) -> Source:
    return loaded(folder, text).sources[0]


def test_a_source_takes_what_defaults_say(folder: Path) -> None:
    found = source(folder, "https://example.org/feed")
    assert (found.ca, found.proxy) == (folder / "house.pem", HOUSE)
    assert found.client_cert == ClientCertificate(cert=folder / "me.pem", password="hunter2")
    assert (found.user_agent, found.timeout, found.max_bytes) == ("House/1.0", timedelta(minutes=1), 1024 * 1024)


def test_a_source_says_otherwise(folder: Path) -> None:
    found = source(
        folder,
        "{url: 'https://example.org/feed', ca: own.pem, client_cert: own.pem, proxy: 'http://b.example:1', "
        "user_agent: Own/2, timeout: 5s, max_bytes: 2KiB}",
    )
    assert (found.ca, found.proxy) == (folder / "own.pem", Proxy(url="http://b.example:1"))
    assert found.client_cert == ClientCertificate(cert=folder / "own.pem")
    assert (found.user_agent, found.timeout, found.max_bytes) == ("Own/2", timedelta(seconds=5), 2048)


@pytest.mark.parametrize("key", ["ca", "client_cert", "proxy", "user_agent", "timeout", "max_bytes"])
def test_null_switches_off_what_defaults_have_for_one_source(folder: Path, key: str) -> None:
    found = source(folder, f"{{url: 'https://example.org/feed', {key}: null}}")
    others = {"ca", "client_cert", "proxy", "user_agent", "timeout", "max_bytes"} - {key}
    assert getattr(found, key) is None
    assert all(getattr(found, each) is not None for each in others)


def test_what_tls_is_told_is_for_https_alone(folder: Path) -> None:
    found = source(folder, "http://example.org/feed")
    assert (found.ca, found.client_cert, found.proxy) == (None, None, HOUSE)


def test_the_scheme_may_be_written_in_any_case(folder: Path) -> None:
    assert source(folder, "HTTPS://example.org/feed").ca == folder / "house.pem"


def test_a_folder_takes_the_timeout_alone(folder: Path) -> None:
    found = source(folder, "articles")
    assert (found.ca, found.client_cert, found.proxy, found.user_agent, found.max_bytes) == (None,) * 5
    assert found.timeout == timedelta(minutes=1)


def test_secrets_of_defaults_are_hidden_and_what_is_shown_loads(folder: Path) -> None:
    config = loaded(folder, "https://example.org/feed", "{url: 'https://example.com/feed', proxy: null}")
    shown = effective(config)["sources"]
    assert [each.get("proxy") for each in shown] == ["http://me:***@proxy.example:3128", None]
    assert [each["client_cert"]["password"] for each in shown] == ["***", "***"]
    assert redact("hunter2 p@ssword", config.secrets) == "*** ***"
    (folder / "config.yaml").write_text(as_yaml(effective(config)).replace("'***'", "hunter2"), encoding="utf-8")
    assert [each.ca for each in load(folder / "config.yaml", {}).sources] == [each.ca for each in config.sources]
