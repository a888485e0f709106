"""docs/alerts.md: every word is on the page, the check of signatures holds, and the messages look as shown."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pages import PROJECT, blocks_of, rows, section

from aggregator.alerting import command
from aggregator.alerting.message import alerts_message, publish_message
from aggregator.alerting.webhook import signature
from aggregator.config import load
from aggregator.model import USUAL, WORDS, Command, HealthChange, Site
from aggregator.operate import alerts

PAGE = PROJECT / "docs" / "alerts.md"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SITE = Site(title="Planet Example", url="https://planet.example/", id="tag:planet.example,2026:p")
GONE = HealthChange(at=NOW, kind="source", subject="a", before="ok", after="gone", about="gone", alert="raised")


def test_every_word_is_on_the_page_and_no_other() -> None:
    shown = {row[0].strip("`"): row[1] for row in rows(section(PAGE, "What can be told?"))}
    assert list(shown) == list(WORDS)
    assert {word for word, meaning in shown.items() if "not told unless asked for" in meaning} == {*WORDS} - {*USUAL}


def test_the_patience_on_the_page_is_that_of_the_program() -> None:
    page = section(PAGE, "When am I told?")
    assert alerts.PATIENCE["failing"] == alerts.After(lasted=timedelta(hours=6), looks=3)
    assert "after six hours and three looks" in page
    assert alerts.PATIENCE["rate-limited"].lasted == timedelta(days=3)
    assert alerts.PATIENCE["network-down"].lasted == timedelta(minutes=5)
    assert [alerts.PATIENCE[each].lasted for each in ("publish-failing", "store-failing")] == [
        timedelta(minutes=10),
        timedelta(minutes=2),
    ]
    assert (10, timedelta(days=3), 3, timedelta(days=3)) == (
        alerts.OFTEN,
        alerts.OFTEN_WITHIN,
        alerts.ALERTS,
        alerts.STEADY,
    )


@pytest.mark.parametrize("secret", ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "0123456789abcdef"])
def test_the_check_of_signatures_takes_ours_and_nothing_else(secret: str) -> None:
    [block] = blocks_of(PAGE, "python")
    names: dict[str, Any] = {}
    exec(block.text, names)
    is_ours, now = names["is_ours"], NOW.timestamp()
    stamp = str(int(now))
    headers = {
        "webhook-id": "a1",
        "webhook-timestamp": stamp,
        "webhook-signature": signature(secret, "a1", stamp, b"{}"),
    }
    assert is_ours(secret, headers, b"{}", now + 60)
    assert not is_ours(secret, headers, b"{ }", now)
    assert not is_ours(secret, headers | {"webhook-id": "a2"}, b"{}", now)
    assert not is_ours(secret, headers, b"{}", now + 301)
    assert not is_ours(secret[:-4] + "aaaa", headers, b"{}", now)


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    return [shape(each) for each in value[:1]] if isinstance(value, list) else None


def test_the_messages_on_the_page_have_the_shape_of_ours() -> None:
    told = alerts_message([GONE], SITE, NOW)
    published = publish_message([("main", "tag:1", "T", "https://a.example/1")], ["feed.atom"], SITE, NOW)
    shown = [json.loads(block.text) for block in blocks_of(PAGE, "json")]
    assert [shape(each) for each in shown] == [shape({"id": each.id, **each.facts}) for each in (told, published)]
    assert [list(each) for each in shown] == [["id", *each.facts] for each in (told, published)]


async def test_the_command_on_the_page_writes_its_log(tmp_path: Path) -> None:
    [block] = [each for each in blocks_of(PAGE, "yaml") if "alerts.log" in each.text]
    config = tmp_path / "config.yaml"
    config.write_text(f"site: {{title: T, url: 'https://p.example/'}}\nsources: []\n{block.text}")
    by = load(config, {}).alerts[0].by
    assert isinstance(by, Command)
    await command.send(by, alerts_message([GONE], SITE, NOW))
    assert (tmp_path / "alerts.log").read_text() == "Planet Example: a has been gone\n"


def test_the_variables_of_a_command_are_on_the_page() -> None:
    named = set(re.findall(r"`(AGGREGATOR_\w+)`", section(PAGE, "A command")))
    assert named == set(command.variables(alerts_message([GONE], SITE, NOW)))
