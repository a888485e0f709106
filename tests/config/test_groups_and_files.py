"""Groups of sources that share settings, and files of more of them."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.config import Change, Config, load, patch
from aggregator.errors import ConfigError

SITE = "site: {title: P, url: 'https://p.example/'}\n"


def read(folder: Path, text: str, **files: str) -> Config:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_yaml", ".yaml")
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(content, encoding="utf-8")
    (folder / "config.yaml").write_text(SITE + text, encoding="utf-8")
    return load(folder / "config.yaml", {"LIST": "more.yaml"})


def mistakes(folder: Path, text: str, **files: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(folder, text, **files)
    return [each.replace(f"{folder}{os.sep}", "") for each in caught.value.mistakes]


def test_a_source_comes_before_its_group_and_that_before_defaults(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        "defaults: {tags: [all], language: en, headers: {X-A: default, X-B: default}, timeout: 9s}\n"
        "sources:\n"
        "  - group: {tags: [news], interval: 2h, headers: {x-a: group}, language: de}\n"
        "    sources:\n"
        "      - https://a.example/feed\n"
        "      - {url: 'https://b.example/feed', interval: null, tags: [own], headers: {X-B: own}}\n"
        "      - group: {interval: 3h, tags: [inner]}\n"
        "        sources: [https://c.example/feed]\n"
        "  - https://d.example/feed\n",
    )
    a, b, c, d = config.sources
    assert [each.tags for each in config.sources] == [
        ("all", "news"), ("all", "news", "own"), ("all", "news", "inner"), ("all",),
    ]  # fmt: skip
    hours = [each.interval and each.interval / timedelta(hours=1) for each in config.sources]
    assert hours == [2, None, 3, None]
    assert [each.language for each in config.sources] == ["de", "de", "de", "en"]
    assert {each.timeout for each in config.sources} == {timedelta(seconds=9)}
    assert dict(a.headers) == {"X-B": "default", "x-a": "group"}
    assert dict(b.headers) == {"x-a": "group", "X-B": "own"}
    assert dict(d.headers) == {"X-A": "default", "X-B": "default"}
    assert c.id == "c-example"


def test_files_hold_more_sources_in_their_order_and_paths_begin_there(tmp_path: Path) -> None:
    (tmp_path / "lists" / "mine").mkdir(parents=True)
    (tmp_path / "lists" / "secret").write_text("hush-hush\n", encoding="utf-8")
    config = read(
        tmp_path,
        "sources:\n  - https://a.example/feed\n  - include: lists/*.yaml\n"
        "  - group: {tags: [t]}\n    sources:\n      - include: ${LIST}\n  - https://z.example/feed\n",
        lists__1_yaml="- mine\n- {url: 'https://b.example/feed', auth: {bearer_file: secret}}\n",
        lists__2_yaml="sources:\n  - include: ../deep.yaml\n",
        lists__3_yaml="# nothing yet\n",
        deep_yaml="- https://c.example/feed\n",
        more_yaml="- https://d.example/feed\n",
    )
    assert [each.location for each in config.sources] == [
        "https://a.example/feed", str(tmp_path / "lists" / "mine"), "https://b.example/feed", "https://c.example/feed",
        "https://d.example/feed", "https://z.example/feed",
    ]  # fmt: skip
    assert config.sources[2].bearer == "hush-hush"
    assert config.sources[4].tags == ("t",)
    assert [path.name for path, _ in config.written] == [
        "config.yaml", "1.yaml", "1.yaml", "deep.yaml", "more.yaml", "config.yaml",
    ]  # fmt: skip


def test_a_mistake_is_named_with_the_file_it_is_in(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        "sources:\n  - https://a.example/feed\n  - include: lists/*.yaml\n",
        lists__1_yaml="- https://a.example/feed\n- {url: 'https://b.example/feed', id: Wrong}\n",
        lists__2_yaml="\n- {url: 'https://c.example/', title: '${UNSET}'}\n- group: {keep: 3}\n  sources: [nowhere]\n",
    )
    assert [each.partition(": ")[0] for each in found] == [
        "lists/1.yaml:1:3", "lists/1.yaml:2:39", "lists/2.yaml:2:38", "lists/2.yaml:3:17",
        "lists/2.yaml:4:13",
    ]  # fmt: skip
    assert "line 3 of config.yaml" in found[0].replace(str(tmp_path), "")


def test_a_source_has_32_actions_at_most_with_all_that_are_around_it(tmp_path: Path) -> None:
    def actions(count: int) -> str:
        return "rewrite: [" + ", ".join(["{add_tag: x}"] * count) + "]"

    def text(group: int, own: int) -> str:
        return (
            f"defaults: {{{actions(20)}}}\nsources:\n"
            f"  - group: {{{actions(group)}}}\n    sources:\n"
            f"      - {{url: 'https://a.example/feed', {actions(own)}}}\n"
            "      - https://b.example/feed\n"
            f"      - {{group: {{rewrite: null}}, sources: [{{url: 'https://c.example/', {actions(32)}}}]}}\n"
        )

    assert [len(each.rewrite) for each in read(tmp_path, text(10, 2)).sources] == [32, 30, 32]
    said = "actions with those of defaults and of the groups around, of 32 that a source may have; remove some"
    assert mistakes(tmp_path, text(10, 3)) == [f"config.yaml:6:50: rewrite: 33 {said}"]
    assert mistakes(tmp_path, text(13, 3)) == [f"config.yaml:4:22: rewrite: 33 {said}"]


def test_files_that_include_each_other_end(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path, "sources: [include: a.yaml]\n", a_yaml="- include: b.yaml\n", b_yaml="- include: a.yaml\n"
    )
    assert len(found) == 1
    assert found[0].startswith(
        "b.yaml:1:12: include: a.yaml is part of the configuration already (line 2 of config.yaml)"
    )


def test_groups_and_files_are_not_nested_for_ever(tmp_path: Path) -> None:
    files = {f"f{number}_yaml": f"- include: f{number + 1}.yaml\n" for number in range(20)}
    assert any(
        "nested deeper than 8 levels" in each for each in mistakes(tmp_path, "sources: [include: f0.yaml]\n", **files)
    )


def test_a_link_to_a_file_that_is_included_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "link.yaml").symlink_to(tmp_path / "real.yaml")
    files = {"real_yaml": "- https://a.example/f\n"}
    found = mistakes(tmp_path, "sources: [include: real.yaml, include: link.yaml]\n", **files)
    assert "link.yaml is part of the configuration already" in found[0]


def test_it_is_seen_when_any_of_its_files_changes_comes_or_goes(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        "sources:\n  - include: lists/*.yaml\n  - {url: 'https://b.example/feed', auth: {bearer_file: secret}}\n",
        lists__1_yaml="- https://a.example/feed\n",
        secret="one\n",
    )
    looks = [config.watched.look()]
    for change in (
        lambda: (tmp_path / "secret").write_text("two-two\n", encoding="utf-8"),
        lambda: (tmp_path / "lists" / "2.yaml").write_text("[]\n", encoding="utf-8"),
        lambda: (tmp_path / "lists" / "1.yaml").unlink(),
        lambda: (tmp_path / "new").write_text(SITE, encoding="utf-8") and (tmp_path / "new").replace(config.path),
    ):
        assert config.watched.look() == looks[-1]
        change()
        looks.append(config.watched.look())
    assert len(set(looks)) == 5


def test_a_patch_reaches_into_groups_and_says_which_file_a_source_stands_in(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        "sources:\n  - include: more.yaml\n  - group: {tags: [t]}\n    sources:\n      - url: https://a.example/feed\n",
        more_yaml="- https://b.example/feed\n",
    )
    found = patch(config, [Change(source="a-example", url="https://new.example/feed")], {})
    assert "+      - url: https://new.example/feed" in found.diff
    elsewhere = patch(config, [Change(source="b-example", url="https://new.example/feed")], {})
    assert not elsewhere.diff
    assert f"it stands in {tmp_path / 'more.yaml'}" in elsewhere.left_out[0]
