"""Another feed at a source's address: what is in it goes nowhere until the operator says so."""

from __future__ import annotations

import json
from typing import Any

from feedserver import rss
from typer.testing import CliRunner
from waiting import until

from aggregator.cli import app

BIRDS = [("b1", "The swift"), ("b2", "The swallow"), ("b3", "The martin")]
SPAM = [(f"s{number}", f"Free spins no. {number}") for number in range(20)]


def birds(*more: tuple[str, str]) -> bytes:
    return rss("A Blog of Birds", [*more, *BIRDS], "https://birds.example/")


def casino(count: int = 20) -> bytes:
    return rss("Casino Bonus 777", SPAM[:count], "https://casino.example/")


def run(place: Any, *words: str) -> str:
    """Runs a command in this process: dozens of processes would take a minute."""
    done = CliRunner().invoke(app, [*words, "--config", str(place.folder / "config.yaml")])
    assert done.exit_code == 0, done.output
    return done.stdout


def lines(place: Any, *words: str) -> list[Any]:
    return [json.loads(line) for line in run(place, *words, "--json").splitlines()]


def row(place: Any) -> dict[str, Any]:
    found: dict[str, Any] = lines(place, "status", "birds")[0]["sources"][0]
    return found


def subscribed(place: Any, server: Any) -> None:
    server.documents = {"/feed": birds()}
    place.configure(f"{{id: birds, url: {server.url}/feed}}")
    run(place, "once", "--all")


def test_a_casino_in_the_place_of_a_blog_is_held_told_and_forgotten_when_the_blog_is_back(place, server) -> None:
    subscribed(place, server)
    before = place.published
    own = row(place)
    server.documents = {"/feed": casino()}
    one, totals = lines(place, "once", "--all")
    assert (one["code"], one["new"], one["held"], totals["held"]) == ("ok", 0, 20, 20)
    assert place.published == before, "not a byte of it is out, nor of its title"

    told = row(place)
    assert (told["state"], told["code"], told["held"], told["articles"]) == ("quarantined", "ok", 20, 23)
    assert told["since"] > own["since"] or told["since"] >= own["last_success"]
    words = (
        'the feed is called "Casino Bonus 777" now, it was "A Blog of Birds"; '
        "none of its 20 entries shares an id, a host or a title with what was known"
    )
    assert words in told["advice"]
    assert "'aggregator release birds'" in told["advice"]
    assert told["text"] == f"20 held: {words}"
    assert words in run(place, "status")
    assert words in run(place, "status", "--patch")

    again, totals = lines(place, "once", "--all")
    assert (again["code"], totals["held"], server.statuses()[-1]) == ("not_modified", 0, 304)
    assert row(place)["state"] == "quarantined"
    assert place.published == before

    server.documents = {"/feed": birds(("b4", "The nightjar"))}
    run(place, "once", "--all")
    assert place.titles() == ["The martin", "The nightjar", "The swallow", "The swift"]
    assert (row(place)["state"], row(place)["held"]) == ("ok", 20)
    assert len(lines(place, "list", "--held")[0]) == 20

    server.documents = {"/feed": casino()}
    run(place, "once", "--all")
    assert (row(place)["state"], row(place)["held"]) == ("quarantined", 20), "known, but never accepted"


def test_released_they_are_published_and_the_new_feed_is_the_source(place, server) -> None:
    subscribed(place, server)
    server.documents = {"/feed": casino(3)}
    assert "3 held articles" in run(place, "once", "--all")
    dates = {each["title"]: each["published"] for each in lines(place, "list", "--held")[0]}
    said = run(place, "release", "birds")
    assert said.startswith("3 articles of birds released; what is at its address is the source from now on\n")
    assert "documents written" in said
    assert len(place.titles()) == 6
    listed = {each["title"]: each["published"] for each in lines(place, "list")[0]}
    assert {title: listed[title] for title in dates} == dates, "with their own dates"

    run(place, "once", "--all")
    assert server.statuses()[-1] == 200, "read whole, to learn what it is called"
    assert {each.source.title for each in place.feed().entries} == {"Casino Bonus 777"}
    server.documents = {"/feed": casino(4)}
    (one, _) = lines(place, "once", "--all")
    assert (one["new"], one["held"], row(place)["state"]) == (1, 0, "ok")


def test_released_silently_they_are_never_published_and_what_comes_next_is(place, server) -> None:
    subscribed(place, server)
    server.documents = {"/feed": casino(3)}
    run(place, "once", "--all")
    before = place.published
    assert run(place, "release", "birds", "--silent").startswith("3 articles of birds taken in silently;")
    assert place.published == before
    for count in (3, 4):
        server.documents = {"/feed": casino(count)}
        (one, _) = lines(place, "once", "--all")
        assert (one["new"], one["held"]) == (count - 3, 0)
    assert place.titles() == ["Free spins no. 3", "The martin", "The swallow", "The swift"]


def test_a_running_service_holds_them_warns_once_and_publishes_what_is_released_beside_it(
    place, server, service
) -> None:
    subscribed(place, server)
    server.documents = {"/feed": casino(3)}
    run(place, "once", "--all")  # the service would come back in an hour
    process = service()
    assert b"Free spins" not in place.get("/feed.atom")[2]
    assert run(place, "release", "birds").endswith("the running service publishes it\n")
    until(lambda: b"Free spins no. 2" in place.get("/feed.atom")[2], process)
    assert "nothing is held of birds" in run(place, "release", "birds")


def test_the_log_has_one_warning_with_both_titles(place, server) -> None:
    subscribed(place, server)
    server.documents = {"/feed": casino(3)}
    first = place.run("once", "--all", "--json").stderr
    assert first.count("content replaced") == 1
    assert "Casino Bonus 777" in first
    assert "A Blog of Birds" in first
    server.documents = {"/feed": casino(4)}
    assert "content replaced" not in place.run("once", "--all", "--json").stderr


def test_rules_that_change_do_not_let_held_articles_out(place, server) -> None:
    subscribed(place, server)
    server.documents = {"/feed": casino(3)}
    run(place, "once", "--all")
    place.configure(f"{{id: birds, url: {server.url}/feed, keep: 'title ~ /./'}}")
    run(place, "publish")
    assert len(place.titles()) == 3
    run(place, "release", "birds", "--silent")
    place.configure(f"{{id: birds, url: {server.url}/feed}}")
    run(place, "publish")
    assert len(place.titles()) == 3


def test_another_address_in_the_configuration_is_no_hijack(place, server) -> None:
    subscribed(place, server)
    server.documents = {"/casino": casino(3)}
    place.configure(f"{{id: birds, url: {server.url}/casino}}")
    (one, _) = lines(place, "once", "--all")
    assert (one["new"], one["held"]) == (3, 0)
