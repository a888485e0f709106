"""What is exported says the same when it is imported, and other programs can read it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.adding.exporting import Export, export
from aggregator.adding.importing import as_sources
from aggregator.adding.written import present, write
from aggregator.config import Config, load
from aggregator.config.as_written import own_sources
from aggregator.config.edits import written
from aggregator.model import Document, FeedInfo
from aggregator.parse import opml

HEAD = "site: {title: P, url: 'https://p.example/'}\n"
ENVIRON = {"KEY": "k3y-of-the-feed", "HOST": "feeds.example"}


def read(path: Path, text: str | None = None) -> Config:
    return load(path, ENVIRON, text=text)


def configured(folder: Path, sources: str, name: str = "config.yaml") -> Config:
    path = folder / name
    path.write_text(HEAD + sources, encoding="utf-8")
    return read(path)


def exported(config: Config) -> Export:
    return export("P", own_sources(config), {}, config.secrets)


def imported(folder: Path, body: bytes, *, trusted: bool, monkeypatch: Any = None) -> tuple[Config, tuple[str, ...]]:
    """A configuration without sources of its own, after the import."""
    path = folder / "other.yaml"
    path.write_text(HEAD + "sources: []\n", encoding="utf-8")
    text, before = present(path, read)
    listed = opml.read(Document(body=body, url="file:list"))
    assert listed is not None
    found = as_sources(listed, before.sources, folder, ENVIRON, trusted=trusted)
    write(path, text, before, found.sources, read, note=None, dry=False)
    return read(path), found.notes


@pytest.fixture(autouse=True)
def environ(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)


EVERYTHING = """sources:
  - https://short.example/feed.xml
  - {id: long, url: 'https://long.example/?a=1&b=<2>', title: 'A "title" & more', tags: ['x, y', z], interval: 30m}
  - id: rules
    url: https://rules.example/feed
    enabled: false
    keep: 'title ~ /a|b/i and not tag = "$${x}"'
    drop: |
      title = "two
      lines"
    limit_per_day: 3
    first: null
    max_bytes: 2MiB
    on_remove: tombstone
  - id: secret
    url: "https://${HOST}/feed?key=${KEY}"
    headers: {X-Key: "${KEY}", Accept-Language: de}
    auth: {basic: {user: me, password: "${KEY}"}}
    proxy: "http://me:${KEY}@proxy.example:3128"
  - group: {tags: [shared], interval: 2h, full_text: true, rewrite: [{remove: {title: '/^\\[AD\\] /'}}]}
    sources:
      - {url: 'https://grouped.example/', tags: [own], rewrite: [{css_remove: '.a, p'}], full_text: {select: article}}
      - group: {keep: 'title ~ /a/'}
        sources:
          - {url: 'https://none.example/', rewrite: null, full_text: false}
  - {id: club, url: 'https://club.example/', scrape: {items: '.e', title: 'h2 > "a"'}}
  - {opml: 'https://example.org/roll.opml', tags: [friends], exclude: ['*ads*']}
  - seeds
"""


def test_an_import_of_an_export_of_ones_own_is_the_same_configuration(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    config = configured(tmp_path, EVERYTHING)
    found = exported(config)
    assert (found.sources, found.notes) == (9, ())
    again, notes = imported(tmp_path, found.body, trusted=True)
    assert notes == ()
    assert again.sources == config.sources


def test_paths_in_an_included_file_lead_where_they_led(tmp_path: Path) -> None:
    (tmp_path / "more" / "seeds").mkdir(parents=True)
    (tmp_path / "more" / "key.txt").write_text("s3cret-value")
    (tmp_path / "more" / "more.yaml").write_text(
        "- folder: seeds\n- {url: 'https://a.example/', headers: {X-Key: {file: key.txt}}}\n"
    )
    config = configured(tmp_path, "sources:\n  - include: more/more.yaml\n")
    body = exported(config).body
    again, notes = imported(tmp_path, body, trusted=True)
    assert (again.sources, notes) == (config.sources, ())


def test_a_stranger_gets_no_secret_by_an_export_of_his(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    config = configured(tmp_path, EVERYTHING)
    again, notes = imported(tmp_path, exported(config).body, trusted=False)
    expected = [each.id for each in config.sources if each.id not in ("secret", "seeds")]
    assert [each.id for each in again.sources] == expected
    assert not any(each.headers or each.basic_auth or each.proxy for each in again.sources)
    assert "--trust" in notes[-1]


def test_what_is_a_secret_in_so_many_words_is_left_out_and_said(tmp_path: Path) -> None:
    config = configured(
        tmp_path,
        "sources:\n"
        "  - {id: a, url: 'https://me:passw0rd@a.example/'}\n"
        "  - {id: b, url: 'https://b.example/?token=abcdef123456'}\n"
        "  - {id: c, url: 'https://c.example/', headers: {X-Key: s3cret-value}}\n"
        "  - {id: d, url: 'https://d.example/', auth: {basic: {user: me, password: abc}}}\n",
    )
    found = exported(config)
    for secret in (b"passw0rd", b"abcdef123456", b"s3cret-value", b"abc"):
        assert secret not in found.body
    assert b'xmlUrl="https://a.example/"' in found.body
    assert [note.split(":")[0].split(" ")[0] for note in found.notes] == ["a", "b", "c", "d"]


LINE = st.text(st.characters(exclude_categories=("C", "Z")) | st.just(" "), min_size=1, max_size=20).map(str.strip)
TEXTS = LINE.filter(lambda text: bool(text) and "${" not in text)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.fixed_dictionaries(
            {"url": st.integers(0, 10**6).map(lambda n: f"https://example.org/{n}?x=1&y=é")},
            optional={
                "id": st.from_regex(r"[a-z][a-z0-9-]{3,12}", fullmatch=True),
                "title": TEXTS,
                "tags": st.lists(TEXTS, max_size=3),
                "interval": st.sampled_from(["15m", "1h", "2d"]),
                "enabled": st.booleans(),
                "limit_per_day": st.none() | st.integers(0, 9),
                "keep": TEXTS,
                "language": st.sampled_from(["de", "pt-BR"]),
            },
        ),
        max_size=4,
        unique_by=(lambda each: each["url"], lambda each: each.get("id", each["url"])),
    )
)
def test_any_settings_survive(tmp_path: Path, sources: list[dict[str, Any]]) -> None:
    config = configured(tmp_path, f"sources: {written(sources)}\n")
    again, _ = imported(tmp_path, exported(config).body, trusted=False)
    assert again.sources == config.sources


@pytest.mark.parametrize(
    "value", ["x", "1", "true", "null", '"x"', "[1]", "é\n\t\x00", "", 1, 1.5, True, None, ["a"], {}]
)
def test_a_value_in_an_attribute_is_read_as_it_was(value: Any) -> None:
    assert opml.from_text(opml.as_text(value)) == value


def test_other_readers_read_it(tmp_path: Path) -> None:
    program = shutil.which("newsboat")
    if program is None:
        pytest.skip("newsboat is not installed (apt-get install newsboat)")
    config = configured(
        tmp_path,
        "sources:\n  - {url: 'https://a.example/?x=1&y=2', title: 'A & B', tags: [news]}\n  - https://b.example/\n",
    )
    (tmp_path / "list.opml").write_bytes(
        export("P", own_sources(config), {"b-example": FeedInfo(title="From B")}, config.secrets).body
    )
    home = tmp_path / "home"
    home.mkdir()
    subprocess.run(
        [program, "-u", home / "urls", "-c", home / "cache.db", "-C", "/dev/null", "-i", tmp_path / "list.opml"],
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        capture_output=True,
        check=True,
        timeout=60,
    )
    lines = (home / "urls").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("https://a.example/?x=1&y=2")
    assert '"news"' in lines[0]
    assert any(line.startswith("https://b.example/") for line in lines)
