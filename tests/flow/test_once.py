"""From the first command to a subscriber's reader, one round at a time."""

from __future__ import annotations

import shutil

from feedserver import rss


def test_seeds_are_published_without_any_network(place) -> None:
    place.configure("seeds")
    place.seed("hello.md", "# Hello\n\nA first article of our own.\n")
    place.run("once")
    (entry,) = place.feed().entries
    assert entry.title == "Hello"
    assert "A first article" in entry.content[0].value
    assert entry.author
    assert entry.source.title


def test_feeds_and_seeds_become_one_feed(place, server) -> None:
    server.documents = {"/a": rss("Alpha", [("a1", "One"), ("a2", "Two")]), "/b": rss("Beta", [("b1", "Three")])}
    place.configure("seeds", f"{server.url}/a", f"{server.url}/b")
    place.seed("own.txt", "Our own\n\nA body of some words that is long enough to be one.\n")
    rows = place.json_lines("once", "--all")
    assert {row["code"] for row in rows[:-1]} == {"ok"}
    assert rows[-1]["new"] == 4
    assert "feed.atom" in rows[-1]["written"]
    assert place.titles() == ["One", "Our own", "Three", "Two"]


def test_a_second_round_asks_conditionally_and_changes_no_byte(place, server) -> None:
    server.documents = {"/a": rss("Alpha", [("a1", "One")]), "/b": rss("Beta", [("b1", "Two")])}
    place.configure("seeds", f"{server.url}/a", f"{server.url}/b")
    place.seed("own.md", "# Own\n\nText.\n")
    place.run("once", "--all")
    before = place.published
    server.requests.clear()
    rows = place.json_lines("once", "--all")
    assert server.statuses() == [304, 304]
    assert {row["code"] for row in rows[:-1]} == {"not_modified"}
    assert rows[-1]["written"] == []
    assert place.published == before


def test_a_changed_entry_changes_alone_and_keeps_its_id(place, server) -> None:
    server.documents = {"/a": rss("Alpha", [("a1", "One"), ("a2", "Two")])}
    place.configure(f"{server.url}/a")
    place.run("once", "--all")
    before = {entry.id: entry for entry in place.feed().entries}
    server.documents["/a"] = rss("Alpha", [("a1", "One, corrected"), ("a2", "Two"), ("a3", "New")])
    (row, _) = place.json_lines("once", "--all")
    assert (row["new"], row["updated"]) == (1, 1)
    after = {entry.id: entry for entry in place.feed().entries}
    assert set(before) < set(after)
    for key, entry in before.items():
        if entry.title == "Two":
            assert after[key] == entry
        else:
            assert after[key].title == "One, corrected"
            assert after[key].updated > entry.updated
            assert after[key].published == entry.published


def test_an_entry_that_scrolls_out_of_its_feed_stays(place, server) -> None:
    server.documents = {"/a": rss("Alpha", [("a1", "Old")])}
    place.configure(f"{server.url}/a")
    place.run("once", "--all")
    server.documents["/a"] = rss("Alpha", [("a2", "New")])
    place.run("once", "--all")
    assert place.titles() == ["New", "Old"]


def test_a_deleted_seed_is_withdrawn_and_a_renamed_one_keeps_its_id(place) -> None:
    place.configure("seeds")
    place.seed("a.md", "# A\n\nText of a.\n")
    place.seed("b.md", "# B\n\nText of b.\n")
    place.run("once", "--all")
    before = {entry.title: entry.id for entry in place.feed().entries}
    (place.folder / "seeds" / "a.md").unlink()
    (place.folder / "seeds" / "b.md").rename(place.folder / "seeds" / "c.md")
    (row, _) = place.json_lines("once", "--all")
    assert (row["new"], row["withdrawn"]) == (0, 1)
    assert {entry.title: entry.id for entry in place.feed().entries} == {"B": before["B"]}
    place.seed("c.md", "# B, edited\n\nOther text of b.\n")
    place.run("once", "--all")
    assert {entry.title: entry.id for entry in place.feed().entries} == {"B, edited": before["B"]}


def test_a_folder_that_is_suddenly_empty_withdraws_nothing(place) -> None:
    """An unmounted folder looks like an empty one."""
    place.configure("seeds")
    place.seed("a.md", "# A\n\nText of a.\n")
    place.seed("b.md", "# B\n\nText of b.\n")
    place.run("once", "--all")
    for path in (place.folder / "seeds").iterdir():
        path.unlink()
    (row, _) = place.json_lines("once", "--all")
    assert (row["code"], row["withdrawn"]) == ("empty", 0)
    assert place.titles() == ["A", "B"]


def test_the_only_seed_may_be_deleted(place) -> None:
    place.configure("seeds")
    place.seed("a.md", "# A\n\nText of a.\n")
    place.run("once", "--all")
    (place.folder / "seeds" / "a.md").unlink()
    (row, _) = place.json_lines("once", "--all")
    assert (row["code"], row["withdrawn"]) == ("ok", 1)
    assert place.titles() == []


def test_a_folder_that_is_gone_is_a_wrong_configuration_and_withdraws_nothing(place) -> None:
    place.configure("seeds")
    place.seed("a.md", "# A\n\nText of a.\n")
    place.run("once", "--all")
    (place.folder / "seeds").rename(place.folder / "elsewhere")
    assert "config.yaml:5" in place.run("once", "--all", expect=2).stderr
    (place.folder / "elsewhere").rename(place.folder / "seeds")
    place.run("once", "--all")
    assert place.titles() == ["A"]


def test_one_broken_source_does_not_hurt_the_others(place, server) -> None:
    server.documents = {"/good": rss("Good", [("g", "Good news")]), "/page": b"<html><title>Log in</title></html>"}
    place.configure(f"{server.url}/page", f"{server.url}/good", f"{server.url}/missing", "http://127.0.0.1:1/x")
    rows = {row["id"]: row["code"] for row in place.json_lines("once", "--all")[:-1]}
    assert sorted(rows.values()) == ["connect", "http_4xx", "not_a_feed", "ok"]
    assert place.titles() == ["Good news"]
    board = place.json_lines("status")[0]["sources"]
    for row in board:
        if row["code"] != "ok":
            assert row["advice"]
            assert row["reason"]
            assert row["next_poll"]


def test_a_named_source_that_fails_is_told_by_the_exit_code(place, server) -> None:
    place.configure(f"{{id: gone, url: {server.url}/none}}")
    place.run("once", "gone", expect=1)


def test_an_unknown_source_is_a_wrong_command_line(place) -> None:
    place.configure("seeds")
    place.seed("a.md", "# A\n\nText.\n")
    assert "nosuch" in place.run("once", "nosuch", expect=2).stderr


def test_publish_needs_no_network_and_is_idempotent(place, server) -> None:
    server.documents = {"/a": rss("Alpha", [("a1", "One")])}
    place.configure(f"{server.url}/a")
    place.run("once", "--all")
    before = place.published
    server.requests.clear()
    (place.folder / "feeds" / "public" / "feed.atom").unlink()
    place.run("publish")
    assert place.published == before
    assert server.requests == []


def test_of_two_sources_with_one_id_the_first_keeps_it_and_nobody_is_overwritten(place, server) -> None:
    guid = "<guid>https://victim.example/1</guid>"
    feed = (
        "<rss version='2.0'><channel><title>{0}</title><item><title>{0} says</title>" + guid + "</item></channel></rss>"
    )
    server.documents = {"/victim": feed.format("Victim").encode(), "/thief": feed.format("Thief").encode()}
    place.configure(f"{{id: victim, url: {server.url}/victim}}", f"{{id: thief, url: {server.url}/thief}}")
    place.run("once", "victim")
    place.run("once", "thief")
    assert place.titles() == ["Thief says", "Victim says"]
    ids = {entry.title: entry.id for entry in place.feed().entries}
    assert ids["Victim says"] == "https://victim.example/1"
    assert ids["Thief says"].startswith("urn:uuid:")


def test_rules_leave_out_what_the_operator_does_not_want(place, server) -> None:
    server.documents = {"/a": rss("Alpha", [("a1", "Sponsored thing"), ("a2", "News")])}
    place.configure(f"{{url: {server.url}/a, drop: 'title ~ /sponsored/i'}}")
    place.run("once", "--all")
    assert place.titles() == ["News"]


def test_the_sites_id_is_stored_once_and_survives_another_address(place) -> None:
    place.configure("seeds", site="{title: T, url: 'http://127.0.0.1:1/'}")
    place.seed("a.md", "# A\n\nText.\n")
    place.run("once")
    place.configure("seeds", site="{title: T, url: 'http://127.0.0.1:2/'}")
    place.run("once")
    assert place.feed().feed.id == "http://127.0.0.1:1/"
    assert place.feed().feed.link == "http://127.0.0.1:2/"
    place.configure("seeds", site="{title: T, url: 'http://127.0.0.1:2/', id: 'tag:other.example,2026:x'}")
    assert "http://127.0.0.1:1/" in place.run("once", expect=1).stderr


def test_a_folder_may_have_an_id_and_tags_of_its_own(place) -> None:
    place.configure("{id: mine, url: seeds, tags: [own]}")
    place.seed("a.md", "# A\n\nText.\n")
    (row, _) = place.json_lines("once")
    assert row["id"] == "mine"
    (article,) = place.json_lines("list")[0]
    assert article["tags"] == ["own"]


def test_the_documents_of_an_output_that_is_gone_are_removed(place) -> None:
    place.configure("seeds", outputs="[{id: main}, {id: other, formats: [atom, rss]}]")
    place.seed("a.md", "# A\n\nText.\n")
    place.run("once")
    assert {"other.atom", "other.rss", "main.json"} <= set(place.published)
    place.configure("seeds", outputs="[{id: main, formats: [atom]}]")
    (place.folder / "feeds" / "public" / "robots.txt").write_text("User-agent: *\n", encoding="utf-8")
    place.run("once")
    assert {each for each in place.published if not each.startswith("a/")} == {
        *("feed.atom", "main.atom", "opml.xml", "style.css", "sitemap.xml", "news.xml"),
        "robots.txt",  # not ours
    }


def test_a_secret_in_an_address_is_in_no_document_and_no_answer(place, server, monkeypatch) -> None:
    monkeypatch.setenv("FEED_KEY", "sekret99")
    feed = rss("Alpha", [("a1", "One")]).replace(
        b"<channel>", f"<channel><link>{server.url}/a?key=sekret99</link>".encode(), 1
    )
    server.documents = {"/a?key=sekret99": feed}
    place.configure(f"'{server.url}/a?key=${{FEED_KEY}}'")
    place.run("once", "--all")
    assert place.titles() == ["One"]
    shown = place.run("status", "--json").stdout + place.run("status").stdout + place.run("config", "show").stdout
    assert "sekret99" not in shown
    assert [name for name, body in place.published.items() if b"sekret99" in body] == []


def test_a_lost_public_folder_is_made_again(place) -> None:
    place.configure("seeds")
    place.seed("a.md", "# A\n\nText.\n")
    place.run("once")
    before = place.published
    shutil.rmtree(place.folder / "feeds")
    place.run("once")
    assert place.published == before


def test_a_source_that_was_not_polled_is_named(place) -> None:
    place.configure("seeds", "{id: off, url: 'http://127.0.0.1:1/x', disabled: true}")
    place.seed("a.md", "# A\n\nText.\n")
    assert "off was not polled: it is switched off" in place.run("once", "off", expect=1).stdout
    assert place.json_lines("once", "off", expect=1)[-1]["not_polled"] == ["off"]


def test_looking_makes_no_store(place) -> None:
    place.configure("seeds")
    place.seed("a.md", "# A\n\nText.\n")
    assert place.json_lines("status")[0]["sources"][0]["state"] == "new"
    assert place.json_lines("list") == [[]]
    assert not (place.folder / "var").exists()


def test_a_wrong_log_level_is_a_wrong_command_line(place) -> None:
    place.configure("seeds")
    place.seed("a.md", "# A\n\nText.\n")
    place.run("run", "--log-level", "loud", expect=2)
