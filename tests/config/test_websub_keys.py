"""``websub``: which hubs the documents name."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.config import Config, effective, load


def loaded(folder: Path, text: str) -> Config:
    path = folder / "config.yaml"
    path.write_text(
        f"site: {{title: P, url: 'https://p.example/planet', id: 'tag:p.example,2026:p'}}\n{text}\nsources: []\n"
    )
    return load(path, {})


def test_our_own_hub_is_named_unless_it_is_turned_off(tmp_path: Path) -> None:
    assert loaded(tmp_path, "").hubs == ("https://p.example/planet/hub",)
    off = loaded(tmp_path, "websub: {hub: false}")
    assert off.hub is None
    assert off.hubs == ()


def test_other_hubs_are_named_after_it_and_it_is_named_once(tmp_path: Path) -> None:
    hubs = "[https://hub.example/, https://p.example/planet/hub]"
    config = loaded(tmp_path, f"websub: {{hubs: {hubs}}}")
    assert config.hubs == ("https://p.example/planet/hub", "https://hub.example/")
    assert effective(config)["websub"] == {
        "hub": True,
        "hubs": ["https://hub.example/", "https://p.example/planet/hub"],
    }


@pytest.mark.parametrize("hub", ["https://hüb.example/", "https://hub.example/#a", "https://hub.example/<b>"])
def test_a_hub_that_no_link_header_can_name_is_a_mistake(tmp_path: Path, hub: str) -> None:
    with pytest.raises(Exception, match="public, ASCII"):
        loaded(tmp_path, f"websub: {{hubs: ['{hub}']}}")
