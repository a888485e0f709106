"""What a receiver is sent: words for people, facts for programs, and who is sent what."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aggregator.alerting.message import LISTED, alerts_message, in_words, publish_message, wants
from aggregator.model import PUBLISH, WORDS, HealthChange, Ntfy, Receiver, Site, Source

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SITE = Site(title="Planet", url="https://p.example/", id="tag:p.example,2026:p")


def change(subject: str = "heise", **fields: Any) -> HealthChange:
    given: dict[str, Any] = {
        "at": NOW, "kind": "source", "before": "failing", "after": "failing", "about": "failing", "alert": "raised",
        "since": NOW - timedelta(hours=7), "text": "503 Service Unavailable", "advice": "It is asked again later.",
        "url": "https://heise.example/feed", "last_success": NOW - timedelta(hours=8),
        "next_try": NOW + timedelta(hours=8),
    }  # fmt: skip
    return HealthChange(subject=subject, **(given | fields))


def receiver(**fields: Any) -> Receiver:
    return Receiver(id="phone", by=Ntfy(url="https://ntfy.example/t"), **fields)


def test_an_alert_says_what_since_when_what_then_and_what_to_type() -> None:
    said = alerts_message([change()], SITE, NOW)
    assert said.subject == "Planet: heise has been failing since 2026-11-23 05:00 UTC"
    assert said.text == (
        "heise has been failing since 2026-11-23 05:00 UTC\n"
        "  https://heise.example/feed\n"
        "  503 Service Unavailable\n"
        "  last success 2026-11-23 04:00 UTC; next try 2026-11-23 20:00 UTC\n"
        "  It is asked again later.\n"
        "  aggregator status heise\n\n"
        "https://p.example/status\n"
    )
    assert said.bad


def test_five_hundred_alerts_are_one_message_with_all_names_counted() -> None:
    said = alerts_message([change(f"s{n}", seq=n) for n in range(500)], SITE, NOW)
    assert said.subject == "Planet: 500 failing"
    assert len(said.facts["alerts"]) == 500
    assert said.text.count("aggregator status s") == 50
    assert "And 450 more: s50 (failing), " in said.text
    assert "and 250 more" in said.text
    assert len(said.text) < 20_000


def test_a_message_lists_no_more_than_a_program_wants_to_read_and_says_how_many_there_are() -> None:
    said = alerts_message([change(f"s{n}", seq=n) for n in range(5000)], SITE, NOW)
    assert len(said.facts["alerts"]) == LISTED
    assert said.facts["more"] == 5000 - LISTED
    assert said.subject == "Planet: 5000 failing"


def test_what_is_wrong_comes_before_what_is_over_and_this_machine_first() -> None:
    over = change("old", alert="over", seq=1)
    machine = change("network", kind="machine", about="network-down", seq=3)
    said = alerts_message([over, change("new", seq=2), machine], SITE, NOW)
    starts = [each.partition("\n")[0] for each in said.text.split("\n\n")]
    assert starts[:3] == [
        "This machine has been offline since 2026-11-23 05:00 UTC",
        "new has been failing since 2026-11-23 05:00 UTC",
        "old is well again; it had been failing since 2026-11-23 05:00 UTC",
    ]
    assert said.subject == "Planet: 1 network-down, 1 failing, 1 recovered"


def test_a_message_has_the_same_id_when_it_is_sent_again_and_another_one_when_there_is_more() -> None:
    one = alerts_message([change()], SITE, NOW)
    assert alerts_message([change()], SITE, NOW + timedelta(hours=1)).id == one.id
    assert alerts_message([change(), change("other")], SITE, NOW).id != one.id
    assert one.facts["alerts"][0]["id"] != alerts_message([change("other")], SITE, NOW).facts["alerts"][0]["id"]


def test_a_text_of_a_stranger_is_one_line_and_not_endless() -> None:
    said = alerts_message([change(text="a\nheise is well again\x1b[2J" + "x" * 10_000)], SITE, NOW).text
    assert "\nheise is well again" not in said
    assert "\x1b" not in said
    assert len(said) < 1500


def test_facts_are_plain_json() -> None:
    facts = json.loads(json.dumps(alerts_message([change()], SITE, NOW).facts))
    assert facts["type"] == "alerts"
    assert facts["alerts"][0] | {"id": "", "says": ""} == {
        "id": "", "says": "", "alert": "raised", "kind": "source", "subject": "heise", "word": "failing",
        "text": "503 Service Unavailable", "advice": "It is asked again later.", "command": "aggregator status heise",
        "url": "https://heise.example/feed", "at": "2026-11-23T12:00:00Z", "since": "2026-11-23T05:00:00Z",
        "last_success": "2026-11-23T04:00:00Z", "next_try": "2026-11-23T20:00:00Z",
    }  # fmt: skip


@pytest.mark.parametrize("word", [each for each in WORDS if each != PUBLISH])
def test_every_word_is_said_in_words(word: str) -> None:
    said = in_words(change(about=word))
    assert said.startswith("heise ")
    assert "{" not in said


@pytest.mark.parametrize(
    ("kind", "subject", "word", "raised", "over"),
    [
        (
            "source",
            "heise",
            "moved",
            "heise has been at another address",
            "heise is well again; it had been at another",
        ),
        ("source", "heise", "stale", "heise has been silent for longer", "heise is well again; it had been silent"),
        ("source", "heise", "flapping", "heise has been coming and going", "heise is well again; it had been coming"),
        ("machine", "network", "network-down", "This machine has been offline", "This machine is well again; it had"),
        ("machine", "publish", "publish-failing", "Publishing has been failing", "Publishing is well again; it had"),
        ("hub", "https://h.example/", "hub-failing", "hub https://h.example/ has not taken what", "hub https://h.ex"),
        ("rule", "main keep 1", "never-matched", "rule main keep 1 has not matched anything", "rule main keep 1 is"),
    ],
)
def test_what_is_told_has_a_time_whether_it_is_new_lasts_or_is_over(
    kind: Any, subject: str, word: str, raised: str, over: str
) -> None:
    since = " since 2026-11-23 05:00 UTC"
    said = in_words(change(subject, kind=kind, about=word))
    assert said.startswith(raised)
    assert said.endswith(since)
    assert in_words(change(subject, kind=kind, about=word, alert="again")) == f"Still: {said}"
    said = in_words(change(subject, kind=kind, about=word, alert="over"))
    assert said.startswith(over)
    assert said.endswith(since)


def test_what_is_published_is_named_with_its_page() -> None:
    entries = [("main", f"tag:{n}", f"Title {n}", f"https://a.example/{n}") for n in range(60)]
    said = publish_message(entries, ["feed.atom"], SITE, NOW)
    assert said.subject == "Planet: 60 new entries, such as Title 0"
    assert said.text.startswith("Title 0\n  https://a.example/0\n")
    assert "And 10 more." in said.text
    assert said.facts["documents"] == ["https://p.example/feed.atom"]
    assert said.facts["entries"][59] == {
        "output": "main",
        "id": "tag:59",
        "title": "Title 59",
        "url": "https://a.example/59",
    }


def test_a_title_is_one_line_and_means_nothing_to_a_terminal() -> None:
    title = "One\r\nBcc: all@p.example \x1b[31m\x9b\u202e"
    said = publish_message([("main", "tag:1", title, None)], ["feed.atom"], SITE, NOW)
    assert said.subject == "Planet: One Bcc: all@p.example [31m"
    assert said.text.startswith("One Bcc: all@p.example [31m\n  tag:1\n")


def test_a_receiver_gets_what_it_asked_for() -> None:
    usual, failing = receiver(), receiver(on=("failing",))
    assert wants(usual, change(), None)
    assert not wants(usual, change(about="left-out"), None)
    assert wants(failing, change(), None)
    assert not wants(failing, change(about="gone"), None)
    assert not wants(failing, change(alert="over"), None)
    assert wants(receiver(on=("failing", "recovered")), change(alert="over"), None)
    assert not wants(receiver(on=("gone", "recovered")), change(alert="over"), None)
    assert not wants(usual, change(alert=None), None)


def test_a_receiver_may_be_for_some_sources_and_hears_of_all_else_all_the_same() -> None:
    source = Source(id="heise", url="https://heise.example/feed", tags=("news", "de"))
    assert wants(receiver(sources=("heise",)), change(), source)
    assert not wants(receiver(sources=("other",)), change(), source)
    assert wants(receiver(tags=("news",)), change(), source)
    assert not wants(receiver(tags=("sport",)), change(), source)
    assert wants(receiver(sources=("other",), tags=("news",)), change(), source)
    assert wants(receiver(tags=("sport",)), change("store", kind="machine", about="store-failing"), None)


def test_nobody_is_told_that_he_himself_cannot_be_told() -> None:
    lost = change("phone", kind="receiver", about="unreachable")
    assert not wants(receiver(), lost, None)
    assert wants(receiver(), change("desk", kind="receiver", about="unreachable"), None)
