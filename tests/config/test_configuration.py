"""What a right configuration comes to."""

from __future__ import annotations

import json
import re
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.config import Config, as_yaml, effective, json_schema, load, nearest, redact
from aggregator.errors import ConfigError
from aggregator.model import Allowed, Output, Polling, Site

PROJECT = Path(__file__).resolve().parents[2]
SITE = "site: {title: P, url: 'https://p.example/'}\n"

EVERYTHING = """
site:
  title: Planet Example
  url: http://127.0.0.1:8080
  id: tag:example.org,2026:planet
  author: Example editors
  language: en
server: {host: 127.0.0.1, port: 8081}
store: sqlite:///var/aggregator.db
public: feeds/public
network: {allow: [127.0.0.1:8900, 10.0.0.0/8, "[fd00::/8]:80", "::1", Box.internal, "box:8080"]}
polling:
  {budget: null, floor: 2h, invited_floor: 30m, ceiling: 2d, without_validators: 1d, concurrency: 8,
  per_host: 2, timeout: 10s, max_bytes: 2MiB}
defaults: {tags: [all], limit_per_day: 5, interval: 3h, headers: {X-Default: "1", X-Key: none}, language: de}
sources:
  - feeds/seeds
  - https://example.org/feed.xml
  - id: example
    url: https://example.org/blog/
    title: Example
    tags: [news, all]
    language: fr
    interval: 30m
    headers: {x-key: "${EXAMPLE_KEY}", X-File: {file: secrets/token}}
    auth: {basic: {user: me, password_file: secrets/token}}
    user_agent: Example/1.0
    timeout: 1m
    max_bytes: 4096
    allow_downgrade: true
    refresh: 30d
    identity: link
    keep: 'title ~ /release/i'
    drop: >
      content ~ /sponsored/i
      or tag = "ad"
    limit_per_day: 12
    on_remove: tombstone
  - {url: https://example.net/feed, disabled: true, auth: {bearer: "${TOKEN:-fallback}"}}
outputs:
  - {id: main, title: Everything, limit: 50, per_source: 3, formats: [json, atom]}
  - {id: cars, query: 'tag = "cars"'}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "feeds" / "seeds").mkdir(parents=True)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "token").write_text("token-from-file\n", encoding="utf-8")
    return tmp_path


def loaded(folder: Path, text: str, **environ: str) -> Config:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path, environ)


def test_every_setting_arrives(folder: Path) -> None:
    config = loaded(folder, EVERYTHING, EXAMPLE_KEY="key-from-environment")
    assert config.path == folder / "config.yaml"
    assert config.site == Site(
        title="Planet Example",
        url="http://127.0.0.1:8080/",
        id="tag:example.org,2026:planet",
        author="Example editors",
        language="en",
    )
    assert (config.server.host, config.server.port) == ("127.0.0.1", 8081)
    assert config.store == f"sqlite:///{folder}/var/aggregator.db"
    assert config.public == folder / "feeds" / "public"
    assert config.allow == (
        Allowed(network="127.0.0.1/32", port=8900),
        Allowed(network="10.0.0.0/8"),
        Allowed(network="fd00::/8", port=80),
        Allowed(network="::1/128"),
        Allowed(host="box.internal"),
        Allowed(host="box", port=8080),
    )
    assert config.polling == Polling(
        floor=timedelta(hours=2),
        invited_floor=timedelta(minutes=30),
        ceiling=timedelta(days=2),
        without_validators=timedelta(days=1),
        concurrency=8,
        per_host=2,
        timeout=timedelta(seconds=10),
        max_bytes=2 * 1024 * 1024,
    )
    assert config.outputs == (
        Output(id="main", title="Everything", limit=50, per_source=3, formats=("json", "atom")),
        Output(id="cars", query='tag = "cars"'),
    )
    example = config.sources[2]
    assert (example.id, example.url, example.title) == ("example", "https://example.org/blog/", "Example")
    assert example.tags == ("all", "news")
    assert example.language == "fr"
    assert example.interval == timedelta(minutes=30)
    assert example.headers == (("X-Default", "1"), ("x-key", "key-from-environment"), ("X-File", "token-from-file"))
    assert example.basic_auth == ("me", "token-from-file")
    assert (example.user_agent, example.timeout, example.max_bytes) == ("Example/1.0", timedelta(minutes=1), 4096)
    assert example.allow_downgrade
    assert example.refresh == timedelta(days=30)
    assert [each.identity for each in config.sources[1:3]] == ["auto", "link"]
    assert [each.limit_per_day for each in config.sources] == [None, 5, 12, 5]
    assert [each.per_source for each in config.outputs] == [3, None]
    assert config.sources[1].refresh == timedelta(days=8)
    assert (example.keep, example.drop) == ("title ~ /release/i", 'content ~ /sponsored/i or tag = "ad"')
    assert example.on_remove == "tombstone"
    assert (config.sources[3].enabled, config.sources[3].bearer) == (False, "fallback")


def test_defaults_reach_every_source_and_those_for_feeds_only_feeds(folder: Path) -> None:
    seeds, feed, *_ = loaded(folder, EVERYTHING, EXAMPLE_KEY="k").sources
    assert (feed.tags, feed.language) == (("all",), "de")
    assert (feed.interval, feed.headers) == (timedelta(hours=3), (("X-Default", "1"), ("X-Key", "none")))
    assert (seeds.tags, seeds.language) == (("all",), "de")
    assert (seeds.interval, seeds.headers) == (None, ())
    assert (seeds.folder, seeds.url) == (folder / "feeds" / "seeds", None)


def test_the_least_configuration_gets_the_documented_defaults(folder: Path) -> None:
    config = loaded(folder, SITE + "sources: []\n")
    assert config.site.id == "https://p.example/"
    assert (config.server.host, config.server.port) == ("127.0.0.1", 8080)
    assert config.store == f"sqlite:///{folder}/var/aggregator.db"
    assert config.public == folder / "feeds" / "public"
    assert (config.allow, config.polling, config.sources) == ((), Polling(), ())
    assert config.outputs == (Output(id="main", limit=100, formats=("atom", "rss", "json", "html")),)


def test_a_folder_may_be_looked_at_more_often_than_a_feed(folder: Path) -> None:
    (source,) = loaded(folder, SITE + "sources: [{folder: feeds/seeds, interval: 30s}]\n").sources
    assert source.interval == timedelta(seconds=30)


def test_an_absolute_sqlite_path_and_a_postgresql_address_are_kept(folder: Path) -> None:
    assert loaded(folder, SITE + "sources: []\nstore: sqlite:////srv/a.db\n").store == "sqlite:////srv/a.db"
    assert loaded(folder, SITE + "sources: []\nstore: sqlite:////srv/c#/a.db\n").store == "sqlite:////srv/c#/a.db"
    address = "postgresql://me:secret@db.example:5433/planet?sslmode=require"
    assert loaded(folder, SITE + f"sources: []\nstore: {address}\n").store == address


# -- the environment ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "environ", "expected"),
    [
        ("${NAME}", {"NAME": "x"}, "x"),
        ("a ${NAME} b ${NAME}", {"NAME": "x"}, "a x b x"),
        ("${NAME:-other}", {}, "other"),
        ("${NAME:-other}", {"NAME": ""}, "other"),
        ("${NAME:-other}", {"NAME": "x"}, "x"),
        ("$${NAME}", {"NAME": "x"}, "${NAME}"),
        ("$NAME costs 5$", {"NAME": "x"}, "$NAME costs 5$"),
        ("${NAME}", {"NAME": "${OTHER}", "OTHER": "x"}, "${OTHER}"),
        ("${NAME}", {"NAME": "{a: [1]} # &b *c !d"}, "{a: [1]} # &b *c !d"),
    ],
)
def test_variables_are_replaced_once_and_stay_text(
    folder: Path, text: str, environ: dict[str, str], expected: str
) -> None:
    document = f"site: {{title: '{text}', url: 'https://p.example/'}}\nsources: []\n"
    assert loaded(folder, document, **environ).site.title == expected


def test_words_of_yaml_1_1_stay_text(folder: Path) -> None:
    for word in ("on", "off", "yes", "no", "1_000", "012", "0x10", "1:30", "2026-01-01", "<<", "="):
        assert loaded(folder, f"site: {{title: {word}, url: 'https://p.example/'}}\nsources: []\n").site.title == word


# -- ids ------------------------------------------------------------------------------------------------------------


def ids(folder: Path, *sources: str) -> list[str]:
    text = SITE + "sources:\n" + "".join(f"  - {each}\n" for each in sources)
    return [each.id for each in loaded(folder, text).sources]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://example.org/feed.xml", "example-org"),
        ("https://www.example.org/feed/atom/", "example-org"),
        ("https://example.blogspot.com/feeds/posts/default", "example-blogspot-com"),
        ("https://feeds.bbci.co.uk/news/world/rss.xml", "feeds-bbci-co-uk-news-world"),
        ("https://discourse.ardour.org/c/blog/15.rss", "discourse-ardour-org-c-blog-15"),
        ("https://EXAMPLE.org:8443/Blog", "example-org-blog"),
        ("http://[::1]/feed", "1"),
    ],
)
def test_a_source_is_called_after_its_address(folder: Path, address: str, expected: str) -> None:
    assert ids(folder, f"'{address}'") == [expected]


def test_what_the_readable_part_would_lose_is_kept_as_a_hash(folder: Path) -> None:
    found = ids(
        folder,
        "https://example.org/?feed=a",
        "https://example.org/?feed=b",
        "https://example.org/日本",
        f"https://example.org/{'a' * 100}",
    )
    assert len(set(found)) == 4
    assert all(len(each) <= 64 and each[-9] == "-" for each in found)


def test_adding_a_source_below_never_renames_one_above(folder: Path) -> None:
    before = ids(folder, "https://example.org/feed.xml", "https://example.org/rss.xml")
    after = ids(folder, "https://example.org/feed.xml", "https://example.org/rss.xml", "https://example.org/atom.xml")
    assert before[0] == "example-org"
    assert after[:2] == before
    assert len(set(after)) == 3


def test_addresses_that_derive_the_same_are_told_apart_by_their_own_hash(folder: Path) -> None:
    feed, rss, atom = (f"https://example.org/{each}.xml" for each in ("feed", "rss", "atom"))
    assert ids(folder, feed, rss, atom)[1:] == ids(folder, feed, atom, rss)[:0:-1]


def test_a_given_id_goes_before_a_derived_one(folder: Path) -> None:
    first, second = ids(folder, "https://example.org/feed.xml", "{url: 'https://example.net/', id: example-org}")
    assert second == "example-org"
    assert first.startswith("example-org-")


def test_a_new_key_in_an_address_does_not_give_the_source_a_new_id(folder: Path) -> None:
    text = SITE + "sources: ['https://example.org/feed?key=${KEY}']\n"
    old, new = (loaded(folder, text, KEY=key) for key in ("key-of-may", "key-of-june"))
    assert old.sources[0].url != new.sources[0].url
    assert old.sources[0].id == new.sources[0].id


def test_every_address_of_the_corpus_gets_an_id_of_its_own(folder: Path, corpus: list[dict[str, str]]) -> None:
    found = ids(folder, *(f"'{each['url']}'" for each in corpus))
    assert len(set(found)) == len(corpus)


# -- secrets --------------------------------------------------------------------------------------------------------

SECRETIVE = """
site: {title: P, url: 'https://p.example/'}
store: postgresql://me:store-p%40ss@db.example/planet
sources:
  - https://me:url-p%40ss@example.org/feed
  - url: https://example.net/feed?key=${KEY}
    headers: {X-Key: header-secret, Authorization: Token token-secret, Accept: text/html}
  - {url: https://example.com/feed, auth: {basic: {user: me, password: basic-secret}}}
  - {url: https://example.com/other, auth: {bearer_file: secrets/token}}
"""
SECRETS = (
    "store-p@ss",
    "store-p%40ss",
    "url-p@ss",
    "url-p%40ss",
    "key-secret",
    "header-secret",
    "token-secret",
    "basic-secret",
    "bWU6YmFzaWMtc2VjcmV0",  # me:basic-secret in base64, as the header carries it
    "token-from-file",
)


def test_no_secret_is_in_what_is_shown_of_a_configuration(folder: Path) -> None:
    config = loaded(folder, SECRETIVE, KEY="key-secret")
    shown = [repr(config), str(config), as_yaml(effective(config)), json.dumps(effective(config))]
    assert [secret for secret in SECRETS for text in shown if secret in text] == []
    assert all("bearer: '***'" in text for text in shown[2:3])


def test_every_secret_is_hidden_from_a_log_line_and_harmless_headers_are_not(folder: Path) -> None:
    config = loaded(folder, SECRETIVE, KEY="key-secret")
    line = redact(f"text/html {' '.join(SECRETS)}", config.secrets)
    assert line == "text/html " + " ".join(["***"] * len(SECRETS))


def test_the_password_in_an_address_goes_to_its_place(folder: Path) -> None:
    source = loaded(folder, SECRETIVE, KEY="key-secret").sources[0]
    assert source.url == "https://example.org/feed"
    assert source.basic_auth == ("me", "url-p@ss")


def test_very_short_secrets_are_not_hunted_in_logs(folder: Path) -> None:
    config = loaded(folder, SITE + "sources: [{url: 'https://e.example/', headers: {X-Version: '2'}}]\n")
    assert config.secrets == frozenset()
    assert effective(config)["sources"][0]["headers"] == {"X-Version": "***"}


# -- showing --------------------------------------------------------------------------------------------------------


def test_the_effective_configuration_is_a_configuration_and_means_the_same(folder: Path) -> None:
    without_secrets = EVERYTHING.replace("${EXAMPLE_KEY}", "***").replace("{file: secrets/token}", "'***'")
    without_secrets = without_secrets.replace("password_file: secrets/token", "password: '***'")
    without_secrets = without_secrets.replace('X-Default: "1", X-Key: none', "X-Default: '***'")
    config = loaded(folder, without_secrets.replace("${TOKEN:-fallback}", "***"))
    assert loaded(folder, as_yaml(effective(config))) == config


def test_the_nearest_name_is_found_across_case_and_hyphens() -> None:
    assert nearest("Allow-Downgrade", ["allow_downgrade", "enabled"]) == "allow_downgrade"
    assert nearest("zzz", ["allow_downgrade", "enabled"]) is None


# -- the schema and the shipped file --------------------------------------------------------------------------------


def test_the_schema_beside_the_documentation_is_up_to_date() -> None:
    """Renew it with ``aggregator config schema > docs/config.schema.json``."""
    shipped = (PROJECT / "docs" / "config.schema.json").read_text(encoding="utf-8")
    assert shipped == json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def keys_of(schema: dict[str, Any], name: str) -> set[str]:
    model = schema["$defs"][name]
    (model,) = [each for each in model.get("anyOf", [model]) if each.get("type") == "object"]
    assert model["additionalProperties"] is False
    return set(model["properties"])


def test_the_schema_names_every_key_and_takes_no_other() -> None:
    schema = json_schema()
    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) == {
        *("site", "server", "store", "public", "private", "network", "polling", "duplicates", "retention", "defaults"),
        *("sources", "outputs", "websub", "automatic", "recording", "alerts", "log", "watch"),
    }
    settings = {
        *("tags", "language", "interval", "headers", "user_agent", "timeout", "max_bytes", "allow_downgrade"),
        *("first", "future", "identity"),
        *("refresh", "keep", "drop", "limit_per_day", "on_remove", "ca", "client_cert", "proxy"),
        *("check_deleted", "full_text", "rewrite"),
    }
    assert keys_of(schema, "Settings") == settings
    assert keys_of(schema, "GroupShape") == {"group", "sources"}
    assert keys_of(schema, "IncludeShape") == {"include"}
    assert keys_of(schema, "SourceShape") == settings | {
        *("url", "folder", "id", "title", "enabled", "disabled", "auth", "cookies", "http2", "scrape"),
        *("opml", "exclude", "allow_private"),
    }
    said = {"id", "title", "query", "limit", "per_source", "formats", "stories", "archive", "tokens"}
    assert keys_of(schema, "OutputShape") == said | {"digest"}
    assert keys_of(schema, "AutomaticShape") == {"tags", "sources", "languages", "search", "limit"}


def test_the_shipped_configuration_is_right_and_names_its_schema() -> None:
    text = (PROJECT / "config.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=docs/config.schema.json\n")
    config = load(PROJECT / "config.yaml", {})
    assert config.sources[0].folder == PROJECT / "feeds" / "seeds"
    assert sum(each.url is not None for each in config.sources) >= 6


def test_the_commented_settings_of_the_shipped_configuration_are_right_too(folder: Path) -> None:
    text = (PROJECT / "config.yaml").read_text(encoding="utf-8")
    text = text.replace("  # id: tag", "  id: tag").replace("  # - id: example\n", "  - id: example\n")
    text = text.replace("  #   ", "    ").replace("/run/secrets/other", "secrets/token")
    text = text.replace("/run/secrets/example", "secrets/token")
    text, settings = re.subn(r"^( *)# (- \{|automatic: \{|websub: \{|recording: \{)", r"\1\2", text, flags=re.MULTILINE)
    assert settings == 7
    for name in ("house.pem", "me.pem"):
        (folder / "certs").mkdir(exist_ok=True)
        shutil.copy(PROJECT / "tests" / "fetch" / "localhost.pem", folder / "certs" / name)
    config = loaded(folder, text, EXAMPLE_KEY="key", EXAMPLE_SESSION="token", PHONE_TOKEN="0" * 32)
    example = next(each for each in config.sources if each.id == "example")
    assert (example.enabled, example.user_agent) == (False, "Example/1.0")
    assert [each.id for each in config.outputs if each.tokens or each.digest] == ["daily", "mine"]


# -- size -----------------------------------------------------------------------------------------------------------


def test_ten_thousand_sources_fit_in_one_file(folder: Path) -> None:
    text = SITE + "sources:\n" + "".join(f"  - https://host{n}.example.org/feed.xml\n" for n in range(10_000))
    assert len({each.id for each in loaded(folder, text).sources}) == 10_000


def test_thousands_of_mistakes_are_all_reported(folder: Path) -> None:
    text = SITE + "sources:\n" + "".join(f"  - {{url: 'https://h{n}.example/', intervall: 1h}}\n" for n in range(2000))
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text)
    assert len(caught.value.mistakes) == 2000
    assert caught.value.mistakes[-1].startswith(f"{folder / 'config.yaml'}:2002:")
