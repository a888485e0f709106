"""Whether an edit means anything: noise touches nothing, typos move nothing, meaning moves ``updated`` once."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.articles import Identified, normalise
from aggregator.articles.furniture import is_ad, is_furniture, text_without, without
from aggregator.model import (
    Article,
    Category,
    Enclosure,
    FeedInfo,
    Known,
    KnownArticle,
    Link,
    ParsedEntry,
    Person,
    Rating,
    Replies,
    Source,
    Text,
)
from aggregator.plan.edits import FOLLOWED, REMEMBERED, SIGNIFICANT, Edit, judge, site_lines

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(days=3)
SOURCE = Source(id="a", url="https://blog.example/feed")
PROSE = (
    "The council met on Monday to discuss the harbour. It was the ninth meeting this year, and the longest.",
    "Nobody expected an agreement, least of all the mayor, who had asked for 1200 lanterns and got 40.",
    "“It is what it is”, she said – and left the room…",
)
PLAIN = "".join(f"<p>{each}</p>" for each in PROSE)


def made(html: str = PLAIN, title: str = "The harbour", at: datetime = NOW, **said: Any) -> Article:
    given: dict[str, Any] = {
        "title": Text(value=title),
        "links": (Link(href="https://blog.example/harbour"),),
        "contents": (Text(value=html, type="text/html"),),
        "authors": (Person(name="Jane"), Person(name="Joe")),
        "categories": (Category(term="News"),),
        "published": BEFORE,
    }
    entry = ParsedEntry(raw_hash=f"{html}{title}{sorted(said)}{said}".encode()[-64:], **{**given, **said})
    (article,) = normalise([Identified(key="0" * 32, claimed_id=None, entry=entry)], FeedInfo(title="Blog"), SOURCE, at)
    return article


def known(article: Article, **changes: Any) -> KnownArticle:
    names = {each.name for each in fields(KnownArticle)} & {each.name for each in fields(Article)}
    return replace(KnownArticle(**{name: getattr(article, name) for name in names}), **changes)


def edit(before: Article, after: Article, now: datetime = NOW, **how: Any) -> Edit:
    return judge(after, known(before), before, now, **how)


def what(found: Edit) -> str:
    (only,) = [name for name in ("untouched", "refreshed", "updated") if getattr(found, name) is not None]
    return only


# ---- noise: what is held stays, byte for byte

AD = (
    '<div class="ad"><a href="https://ads.example/click?c={n}">'
    '<img src="https://ads.example/{n}.gif" alt="Ad {n}"></a></div>'
)
LONG = "<p>A long line of prose that nobody would take for a counter, even with a link behind it: it goes on and on. "
FLARE = (
    '<div class="feedflare"><a href="http://feeds.example/~ff/b?a=x"><img src="http://feeds.example/~ff/b?d=y"></a>'
    ' <a href="http://feeds.example/~ff/b?a=z"><img src="http://feeds.example/~ff/b?i=1"></a></div>'
)
NOISE: dict[str, tuple[str, str]] = {
    "another advertisement": (PLAIN + AD.format(n=1), PLAIN + AD.format(n=2)),
    "an advertisement comes": (PLAIN, AD.format(n=1) + PLAIN),
    "an advertisement from who knows where": (
        PLAIN + '<p><a href="https://shoes.example/?x=1"><img src="https://cdn.example/shoe1.jpg" alt="Shoes"></a></p>',
        PLAIN + '<p><a href="https://hats.example/"><img src="https://cdn.example/hat.jpg" alt="Hats"></a></p>',
    ),
    "an advertisement in words": (
        PLAIN + '<p><a href="https://x.doubleclick.net/1">Buy shoes</a></p><p>Sponsored by Shoes</p>',
        PLAIN + '<p><a href="https://x.doubleclick.net/2">Buy hats now</a></p><p>Sponsored by Hats</p>',
    ),
    "a tracking pixel": (
        PLAIN + '<img src="https://pixel.wp.com/b.gif?x=1" width="1" height="1">',
        PLAIN + '<img src="https://pixel.wp.com/b.gif?x=2" width="1" height="1">',
    ),
    "comments are counted": (PLAIN + "<p>12 comments</p>", PLAIN + "<p>15 comments</p>"),
    "the first comment": (PLAIN + "<p>No comments</p>", PLAIN + "<p>1 comment</p>"),
    "readers are counted": (PLAIN + "<p>Read by 340 people</p>", PLAIN + "<p>Read by 1,341 people</p>"),
    "views and shares in a row": (
        PLAIN + "<p>Filed under News | 340 views · 12 shares</p>",
        PLAIN + "<p>Filed under News | 1.2k views · 13 shares</p>",
    ),
    "time to read": ("<p>3 min read</p>" + PLAIN, "<p>4 min read</p>" + PLAIN),
    "time since": ("<p><em>Updated 5 minutes ago</em></p>" + PLAIN, "<p><em>Updated 2 hours ago</em></p>" + PLAIN),
    "a counter in a link": (
        LONG + '<a href="https://blog.example/harbour#comments">12 comments</a></p>',
        LONG + '<a href="https://blog.example/harbour#comments">19 comments</a></p>',
    ),
    "a link to the comments": (
        PLAIN,
        PLAIN + '<p><a href="https://blog.example/harbour#comments">Leave a comment</a></p>',
    ),
    "a FeedBurner footer": (PLAIN, PLAIN + FLARE),
    "a WordPress footer": (
        PLAIN,
        PLAIN + '<p>The post <a href="https://blog.example/harbour">The harbour</a> appeared first on'
        ' <a href="https://blog.example">Blog</a>.</p>',
    ),
    "white space": (PLAIN, PLAIN.replace(" ", "\n    ").replace("</p>", " </p>\n\n")),
    "no-break spaces": (
        PLAIN,
        PLAIN.replace("the harbour", "the&nbsp;harbour").replace("ninth meeting", "ninth&#160;meeting"),
    ),
    "straight quotes, dashes and dots": (
        PLAIN,
        PLAIN.translate(str.maketrans({"“": '"', "”": '"', "–": "--", "…": "..."})),
    ),
    "spelling of characters": (PLAIN, PLAIN.replace("“", "&ldquo;").replace("…", "&#8230;").replace("M", "&#x4d;")),
    "invisible characters": (PLAIN, PLAIN.replace("council", "coun\u00adcil").replace("mayor", "\u200bmayor\ufeff")),
    "case of tags and names of classes": (
        PLAIN,
        PLAIN.replace("<p>", '<P CLASS="x7f" ID="a">').replace("</p>", "</P>"),
    ),
    "order of attributes": (
        PLAIN + '<p><img src="https://blog.example/a.jpg" alt="Boats" width="400" height="300"></p>',
        PLAIN + '<p><img height="300" width="400" alt="Boats" src="https://blog.example/a.jpg"></p>',
    ),
    "tracking in links": (
        PLAIN + '<p>See <a href="https://port.example/x?utm_source=a">the port</a>.</p>',
        PLAIN + '<p>See <a href="https://port.example/x?utm_source=b&amp;fbclid=c">the port</a>.</p>',
    ),
    "signed addresses of pictures": (
        PLAIN + '<p><img src="https://cdn1.example/p/boats.jpg?token=abc&amp;Expires=1" alt="Boats"></p>',
        PLAIN + '<p><img src="https://cdn2.example/p/boats.jpg?token=def&amp;Expires=2" alt="Boats"></p>',
    ),
}


@pytest.mark.parametrize(("before", "after"), NOISE.values(), ids=NOISE.keys())
def test_noise_touches_nothing(before: str, after: str) -> None:
    assert what(edit(made(before), made(after))) == "untouched"
    assert what(edit(made(after), made(before))) == "untouched"


SAID: dict[str, dict[str, Any]] = {
    "authors in another order": {"authors": (Person(name="Joe"), Person(name="Jane"))},
    "another date": {"published": NOW},
    "updated, without a change": {"updated": NOW},
    "a counter in the title": {"title": "The harbour (12 comments)"},
    "tracking in its link": {"links": (Link(href="http://www.blog.example/harbour/?utm_medium=rss"),)},
    "more votes": {"rating": Rating(helpful=3, total=4)},
    "more answers": {"replies": Replies(count=12, updated=NOW)},
}


@pytest.mark.parametrize("said", SAID.values(), ids=SAID.keys())
def test_what_is_said_of_an_article_and_means_nothing_touches_nothing(said: dict[str, Any]) -> None:
    assert what(edit(made(), made(**said))) == "untouched"


def test_all_noise_at_once_touches_nothing() -> None:
    after = PLAIN.replace("<p>", '<p class="x">').replace("“", "&quot;").replace("”", '"').replace(" ", "  ")
    found = edit(made(), made(f"<p>3 min read</p>{AD.format(n=7)}{after}<p>12 comments | 7 shares</p>", updated=NOW))
    assert what(found) == "untouched"


def test_the_hash_of_the_bytes_is_noted_so_that_noise_is_looked_at_once() -> None:
    after = made(PLAIN + "<p>12 comments</p>")
    assert edit(made(), after).untouched == (after.key, after.raw_hash, 0)


def test_in_the_operators_own_files_nothing_is_noise() -> None:
    found = edit(made(), made(PLAIN + "<p>12 comments</p>"), own=True)
    assert found.refreshed is not None
    assert "12 comments" in (found.refreshed.content_html or "")


# ---- refreshed: shown as it is now, and its ``updated`` stays

REFRESHED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a link leads elsewhere": (
        {"html": PLAIN + '<p>See <a href="https://port.example/x">the port</a>.</p>'},
        {"html": PLAIN + '<p>See <a href="https://port.example/y">the port</a>.</p>'},
    ),
    "another picture": (
        {"html": PLAIN + '<p><img src="https://blog.example/boats.jpg"></p>'},
        {"html": PLAIN + '<p><img src="https://blog.example/lanterns.jpg"></p>'},
    ),
    "another tag": ({}, {"categories": (Category(term="Harbour"),)}),
    "another author": ({}, {"authors": (Person(name="Jim"),)}),
    "a typo": ({}, {"html": PLAIN.replace("agreement", "agrement")}),
    "a word": ({}, {"html": PLAIN.replace("ninth meeting", "ninth public meeting")}),
    "a counter we cannot read": ({"html": PLAIN + "<p>Luettu 340</p>"}, {"html": PLAIN + "<p>Luettu 341</p>"}),
    "indented code": (
        {"html": PLAIN + "<pre>if x:\n  y()</pre>"},
        {"html": PLAIN + "<pre>if x:\n    y()</pre>"},
    ),
    "its page moved": ({}, {"links": (Link(href="https://new.example/the-harbour"),)}),
}


@pytest.mark.parametrize(("before", "after"), REFRESHED.values(), ids=REFRESHED.keys())
def test_what_means_the_same_is_shown_as_it_is_now_and_moves_nothing(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    was = made(**before)
    found = edit(was, made(**after, updated=NOW))
    assert what(found) == "refreshed"
    assert found.refreshed is not None
    assert (found.refreshed.updated, found.refreshed.sort_at) == (was.updated, was.sort_at)
    assert found.version is None


def test_a_date_where_there_was_none_is_shown_as_if_it_had_been_there() -> None:
    was = made(published=None, at=BEFORE)
    found = edit(was, made(published=BEFORE - timedelta(days=9), updated=NOW))
    assert found.refreshed is not None
    assert (found.refreshed.updated, found.refreshed.sort_at) == (BEFORE, was.sort_at)


def test_another_page_is_noted() -> None:
    found = edit(made(), made(links=(Link(href="https://new.example/the-harbour"),)))
    assert found.refreshed is not None
    assert found.refreshed.note == "link changed"


def test_what_another_version_of_the_parser_reads_is_shown_and_moves_nothing() -> None:
    found = edit(made(), made("<p>Something else entirely, of which nobody said a word before.</p>"), reread=True)
    assert what(found) == "refreshed"


def test_the_first_date_stands() -> None:
    found = edit(
        made(), made(PLAIN + "<p>And then, at long last, the lanterns came, all of them at once.</p>", published=NOW)
    )
    assert found.updated is not None
    assert found.updated.published == BEFORE


# ---- updated: it says something else

MORE = "<p>On Tuesday the mayor came back, and the council agreed to everything at once.</p>"
OTHER = "Everyone had hoped for a wonderful compromise, with the exception of her"
CHINESE = "港口会议星期一举行。" * 9
UPDATED: dict[str, tuple[str, str, str]] = {
    "a paragraph": (PLAIN, PLAIN + MORE, "a paragraph added, +14 words"),
    "a paragraph less": (PLAIN + MORE, PLAIN, "a paragraph removed, -14 words"),
    "a sentence": (
        PLAIN,
        PLAIN.replace("longest.", "longest. Boats were not discussed, nor were the lighthouse keepers."),
        "+",
    ),
    "another sentence": (PLAIN, PLAIN.replace("Nobody expected an agreement, least of all the mayor", OTHER), "words"),
    "a death toll": (
        "<p>A storm hit the harbour on Monday. 12 dead, many missing.</p>" + PLAIN,
        "<p>A storm hit the harbour on Monday. 15 dead, many missing.</p>" + PLAIN,
        "a number changed",
    ),
    "a score": ("<p>Harbour City – Lantern Town 2:1</p>", "<p>Harbour City – Lantern Town 2:2</p>", "a number changed"),
    "a price": (PLAIN + "<p>Price: 12 EUR</p>", PLAIN + "<p>Price: 15 EUR</p>", "a number changed"),
    "a short text": ("<p>Talks failed.</p>", "<p>Talks succeeded.</p>", "1 word changed"),
    "Chinese": (
        f"<p>{CHINESE}</p>",
        f"<p>{CHINESE}市长说今年的灯笼太少了，明年还要再开一次会，大家都同意她的看法。</p>",
        "+",
    ),
}


@pytest.mark.parametrize(("before", "after", "note"), UPDATED.values(), ids=UPDATED.keys())
def test_a_change_of_meaning_moves_updated_and_says_what_changed(before: str, after: str, note: str) -> None:
    was = made(before)
    found = edit(was, made(after))
    assert found.updated is not None
    assert found.updated.updated == NOW
    assert note in (found.updated.note or "")
    assert (found.updated.id, found.updated.sort_at) == (was.id, was.sort_at)


def test_what_it_said_before_is_kept_with_what_changed() -> None:
    was = made(title="The habour")
    found = edit(was, made())
    assert found.version is not None
    assert (found.version.title, found.version.content_html, found.version.at) == ("The habour", was.content_html, NOW)
    assert found.version.note == 'title changed from "The habour"'
    assert found.updated is not None
    assert found.updated.note == found.version.note


def test_a_believable_claim_says_when_it_was_updated() -> None:
    claimed = BEFORE + timedelta(days=1)
    found = edit(made(), made(PLAIN + MORE, updated=claimed))
    assert found.updated is not None
    assert found.updated.updated == claimed


def test_a_recording_that_comes_later_is_news_and_another_address_of_it_is_not() -> None:
    was = made(enclosures=(Enclosure(url="https://cdn1.example/x/episode-9.mp3?sig=1", type="audio/mpeg"),))
    moved = made(enclosures=(Enclosure(url="https://cdn2.example/y/episode-9.mp3?sig=2", type="audio/mpeg"),))
    assert what(edit(was, moved)) != "updated"
    assert what(edit(made(), was)) == "updated"


def test_a_post_without_a_title_is_not_retitled_by_an_edit_of_its_first_words() -> None:
    text = "The council met on Munday to discuss the harbour and its lanterns, for the ninth time in this year already."
    was = made(f"<p>{text}</p>", title="")
    now = made(f"<p>{text.replace('Munday', 'Monday')}</p>", title="")
    assert was.title != now.title
    assert what(edit(was, now)) == "refreshed"


def test_without_the_text_that_was_held_every_other_meaning_counts() -> None:
    was = made()
    found = judge(made(PLAIN.replace("agreement", "agrement")), known(was), None, NOW)
    assert what(found) == "updated"
    assert found.version is None


# ---- the site's own lines


def test_a_footer_that_comes_under_several_articles_at_once_is_no_edit_of_any() -> None:
    footer = "<p>Dear readers, from today on you can subscribe to our newsletter; it comes on Fridays and is free.</p>"
    texts = [f"<p>Article number {n} of the harbour chronicle, about {'boats' * n} and more.</p>" for n in range(1, 4)]
    before = {f"{n:032x}": replace(made(text), key=f"{n:032x}") for n, text in enumerate(texts)}
    after = {f"{n:032x}": replace(made(text + footer), key=f"{n:032x}") for n, text in enumerate(texts)}
    held = Known(articles={key: known(each) for key, each in before.items()}, before=before)
    furniture = site_lines(after, held)
    assert len(furniture) == 1
    for key, each in after.items():
        assert what(edit(before[key], each, furniture=furniture)) == "refreshed"
        assert what(edit(before[key], each)) == "updated"
    two = dict(list(after.items())[:2])
    assert site_lines(two, held) == frozenset()


# ---- back and forth


def course(*texts: str) -> list[tuple[str, str | None, datetime | None]]:
    """What is shown after each poll of a source that says these in turn: what came of it, the text, its ``updated``."""
    held, found = made(texts[0]), []
    for hours, text in enumerate(texts[1:], start=1):
        now = NOW + timedelta(hours=hours)
        edited = judge(made(text, at=now), known(held), held, now)
        if edited.untouched is not None:
            held = replace(held, raw_hash=edited.untouched[1], flips=edited.untouched[2])
        held = edited.refreshed or edited.updated or held
        found.append((what(edited), held.content_html, held.updated))
    return found


A, B, C = (
    PLAIN,
    PLAIN + MORE,
    PLAIN + MORE + "<p>On Wednesday nobody remembered any of it, and the harbour was quiet.</p>",
)


def test_what_goes_back_once_is_followed() -> None:
    (_, _, first), (how, text, second) = course(A, B, A)
    assert (how, text) == ("updated", A)
    assert first is not None
    assert second is not None
    assert second > first


def test_what_flaps_moves_nothing_any_more_and_shows_what_came_last_as_new() -> None:
    seen = course(A, B, A, B, A, B, A, A, B)
    assert [how for how, _, _ in seen] == ["updated", "updated", "refreshed", *["untouched"] * 5]
    assert {text for _, text, _ in seen[2:]} == {B}
    assert len({updated for _, _, updated in seen[1:]}) == 1


def test_a_flapping_article_is_followed_again_when_it_says_something_new() -> None:
    how, text, updated = course(A, B, A, B, A, C)[-1]
    assert (how, text, updated) == ("updated", C, NOW + timedelta(hours=5))


def test_only_so_many_versions_are_remembered() -> None:
    held = made()
    for n in range(REMEMBERED + 3):
        held = judge(made(f"{PLAIN}<p>{f'Part {n} of it. ' * 9}</p>"), known(held), held, NOW).updated or held
    assert len(held.past) == REMEMBERED
    assert held.fingerprint not in held.past


def test_the_operators_own_files_are_followed_back_and_forth() -> None:
    was = replace(made(A), past=(made(B).fingerprint,), flips=FOLLOWED)
    assert what(edit(was, made(B), own=True)) == "updated"


# ---- properties

NOISY = st.sampled_from(
    [
        lambda html, n: f"{html}<p>{n} comments</p>",
        lambda html, n: f"<p>Views: {n}</p>{html}",
        lambda html, n: f"<div>Read by {n} people</div>{html}",
        lambda html, n: f"<p>{n % 60 + 1} min read</p>{html}",
        lambda html, n: f"<p>Updated {n} minutes ago</p>{html}",
        lambda html, n: f"{html}<p><span>{n}</span> views | {n} shares · {n} likes</p>",
        lambda html, n: html + AD.format(n=n),
        lambda html, n: AD.format(n=n) + html,
        lambda html, n: html.replace(" ", " " * (n % 5 + 1)),
        lambda html, n: html.replace("<p>", f'<p class="c{n}" data-x="{n}">'),
        lambda html, n: html.replace(" the ", "&nbsp;the "),
        lambda html, n: html.replace("</p>", "</P>\n\t"),
        lambda html, _: html.replace("'", "’").replace("...", "…").replace(" - ", " – "),
        lambda html, n: f'{html}<p><a href="https://blog.example/harbour#respond">Leave a comment ({n})</a></p>',
        lambda html, n: f'{html}<img src="https://pixel.wp.com/g.gif?r={n}">',
    ]
)
WORD = st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=9)
SENTENCE = st.lists(WORD, min_size=6, max_size=14).map(lambda words: " ".join(words).capitalize() + ".")
NOISES = st.lists(st.tuples(NOISY, st.integers(2, 99_999)), max_size=6)
BODY = st.lists(st.lists(SENTENCE, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=5)


@given(BODY, NOISES, NOISES)
def test_no_noise_ever_touches_anything(body: list[str], one: list[Any], other: list[Any]) -> None:
    html = "".join(f"<p>{each}</p>" for each in body)
    before, after = html, html
    for noise, n in one:
        before = noise(before, n)
    for noise, n in other:
        after = noise(after, n)
    assert what(edit(made(before), made(after))) == "untouched"


@given(BODY, st.data(), NOISES)
def test_a_sentence_more_always_moves_updated(body: list[str], data: st.DataObject, noises: list[Any]) -> None:
    sentence = data.draw(SENTENCE.filter(lambda text: len(text.replace(" ", "")) > 2 * SIGNIFICANT // 2))
    place = data.draw(st.integers(0, len(body) - 1))
    longer = [f"{each} {sentence}" if n == place else each for n, each in enumerate(body)]
    before, after = ("".join(f"<p>{each}</p>" for each in some) for some in (body, longer))
    for noise, n in noises:
        after = noise(after, n)
    assert what(edit(made(before), made(after))) == "updated"


# ---- what is furniture

COUNTERS = (
    "12 comments", "Comments: 12", "# Comments: 12", "Comments (12)", "No comments", "Points: 51", "1,234 views",
    "1.2k views", "Read by 340 people", "Viewed 340 times", "340 people like this", "12 people found this helpful",
    "3 min read", "3 minute read", "Reading time: 3 minutes", "Estimated reading time: about 5 min", "5 minutes ago",
    "Updated 5 minutes ago", "Posted an hour ago", "vor 5 Minuten", "il y a 5 minutes", "12 Kommentare", "♥ 12 likes",
    "340 views, 12 comments", "Last updated on Tue, 3 Nov 2026 10:00:00 GMT", "Updated: November 3, 2026",
    "Leave a comment", 'Leave a comment on "The harbour"', "Read more »", "Continue reading →", "Share on Facebook",
    "Permalink", "The post The harbour appeared first on Blog.", "Sponsored by Shoes", "Advertisement",
)  # fmt: skip
WORDS = (
    "12 dead", "15 dead in flood", "Promoted to director", "Published 3 new books", "Price: 12 EUR", "Bayern 2:1 Real",
    "Posted 12 wins in a row", "He has 12 comments on the bill", "No deal", "Part 3", "Updated rules for 2027",
    "Read by Tom Hanks", "10:05", "2026", "Today we won", "The comments were deleted",
)  # fmt: skip


@pytest.mark.parametrize("text", COUNTERS)
def test_a_counter_or_a_label_is_furniture(text: str) -> None:
    assert is_furniture(text)


@pytest.mark.parametrize("text", WORDS)
def test_words_that_mean_something_are_not(text: str) -> None:
    assert not is_furniture(text)


def test_a_counter_behind_a_title_goes_and_a_number_of_a_part_stays() -> None:
    assert text_without("News (12 comments)") == "News"
    assert text_without("Part (3)") == "Part (3)"


def test_html_without_furniture_is_given_back_as_it_was() -> None:
    assert without(PLAIN) is PLAIN


@pytest.mark.parametrize(
    "url", ["https://ads.example/1", "http://x.doubleclick.net/a", "https://a.example/ads/1", "http://f.example/~ff/x"]
)
def test_addresses_of_advertisements_are_known(url: str) -> None:
    assert is_ad(url)


@pytest.mark.parametrize(
    "url", ["https://loads.example/1", "https://blog.example/2026/ads-and-me", "https://example.org/#ad"]
)
def test_other_addresses_are_not(url: str) -> None:
    assert not is_ad(url)
