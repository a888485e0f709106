"""What is different in two configurations, and what is written down of one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aggregator.config import Config, Difference, difference, duplicates_of, load, normal, outputs_of, sources_of

BEGIN = """\
site: {title: P, url: 'https://p.example/', id: 'tag:p.example,2026:p'}
sources:
  - {url: 'https://a.example/feed', id: a, headers: {X-Key: secret-one}, interval: 2h}
  - {url: 'https://b.example/feed?key=${KEY}', id: b}
outputs: [{id: main}, {id: mine, tokens: {me: 'a-secret-of-twenty-letters-and-more'}, limit: 7}]
"""
SALT = b"salt" * 4


def read(folder: Path, text: str, key: str = "the-key-of-b") -> Config:
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    return load(folder / "config.yaml", {"KEY": key})


def stored(config: Config) -> dict[str, Any]:
    """As it comes out of the store."""
    return dict(json.loads(json.dumps(normal(config, SALT))))


def changed(folder: Path, *replaced: tuple[str, str], key: str = "the-key-of-b") -> Difference:
    before, text = stored(read(folder, BEGIN)), BEGIN
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    return difference(before, stored(read(folder, text, key)))


def test_nothing_is_different_in_the_same_configuration(tmp_path: Path) -> None:
    same = changed(tmp_path)
    assert not same
    assert same.words == "nothing changes"
    assert not changed(tmp_path, ("id: a,", "id: a, on_remove: keep, enabled: true,")), (
        "what is usual may be written out"
    )


def test_no_secret_is_written_down_and_yet_another_one_is_a_change(tmp_path: Path) -> None:
    text = json.dumps(stored(read(tmp_path, BEGIN)))
    assert not [each for each in ("secret-one", "the-key-of-b", "a-secret-of-twenty") if each in text]
    assert changed(tmp_path, ("secret-one", "secret-two")).changed == {"a": ("headers",)}
    assert changed(tmp_path, key="another-key").changed == {"b": ("url",)}
    assert changed(tmp_path, ("letters-and-more", "letters-and-less")).outputs_changed == {"mine": ("tokens",)}


def test_sources_are_added_removed_changed_and_called_otherwise(tmp_path: Path) -> None:
    found = changed(tmp_path, ("id: a,", "id: c,"), ("id: b}", "id: b, tags: [x], keep: 'title ~ \"x\"'}"))
    assert (found.added, found.removed, found.renamed) == (("c",), ("a",), (("a", "c"),))
    assert found.changed == {"b": ("keep", "tags")}
    assert found.words == "+1 source, -1 source, 1 source changed"


def test_outputs_and_settings_are_named_with_their_keys(tmp_path: Path) -> None:
    found = changed(tmp_path, ("{id: main}", "{id: all}"), ("limit: 7", "limit: 8"), ("title: P", "title: Q"))
    assert (found.outputs_added, found.outputs_removed) == (("all",), ("main",))
    assert found.outputs_changed == {"mine": ("limit",)}
    assert found.settings == ("site.title", "which output is the first")
    assert found.words == "+output all; -output main; output mine: limit; site.title; which output is the first"


def test_what_a_running_service_keeps_is_named(tmp_path: Path) -> None:
    server = "server: {port: 9, status_token: a-token-of-twenty-letters}"
    more = f"store: 'sqlite:///other.db'\n{server}\nlog: {{level: debug}}\npolling: {{floor: 2h}}\nsources:"
    found = changed(tmp_path, ("sources:", more))
    assert set(found.restart) == {"store", "server.port", "log.level"}
    assert {"polling.floor", "server.status_token"} <= set(found.settings)
    assert not changed(tmp_path, ("sources:", "polling: {floor: 2h}\nsources:")).restart


def test_another_password_of_the_store_is_a_change(tmp_path: Path) -> None:
    one, other = (
        stored(read(tmp_path, f"store: 'postgresql://me:{each}@db.example/x'\n" + BEGIN)) for each in ("pass1", "pass2")
    )
    assert difference(one, other).settings == ("store",)
    assert "pass1" not in json.dumps(one)


def test_outputs_and_sources_come_back_as_they_were_but_for_secrets(tmp_path: Path) -> None:
    config = read(tmp_path, BEGIN + "duplicates: {show: all}\n")
    given = stored(config)
    assert duplicates_of(given) == config.duplicates
    main, mine = outputs_of(given)
    assert main == config.outputs[0]
    assert (mine.id, mine.limit, mine.private) == ("mine", 7, True)
    assert [(each.id, each.interval) for each in sources_of(given)] == [
        (each.id, each.interval) for each in config.sources
    ]


def test_settings_of_another_version_are_left_out(tmp_path: Path) -> None:
    given = stored(read(tmp_path, BEGIN))
    given["outputs"][0]["sparkles"] = True
    assert outputs_of(given)[0].id == "main"
