"""Entries as claimed become articles as held."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.articles import identify, normalise, normalise_info
from aggregator.articles.people import _remembered, people
from aggregator.articles.text import word_count
from aggregator.model import (
    Article,
    Category,
    Enclosure,
    FeedInfo,
    Link,
    ParsedEntry,
    ParsedFeed,
    Person,
    Rating,
    Source,
    Text,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FEED = "https://blog.example/feed.xml"
SOURCE = Source(id="blog", url=FEED)
HOME = FeedInfo(title="The Blog", url="https://blog.example/", self_url=FEED)


def html(value: str, **more: Any) -> Text:
    return Text(value=value, type="text/html", **more)


def made(*, info: FeedInfo = HOME, at: Source = SOURCE, **claimed: Any) -> Article:
    entry = ParsedEntry(**{"raw_id": "1", "raw_hash": b"hash", "base": FEED, **claimed})
    (article,) = normalise(identify(ParsedFeed(entries=(entry,), road="test"), at), info, at, NOW)
    return article


def link(href: str, rel: str = "alternate", **more: Any) -> Link:
    return Link(href=href, rel=rel, **more)


# ------------------------------------------------------------------------------------------------------ titles


@pytest.mark.parametrize(
    ("given", "kind", "kept"),
    [
        ("A  title\n here ", "text/plain", "A title here"),
        ("<b>Bold</b> claim", "text/html", "Bold claim"),
        ("<b>Bold</b> claim", "text/plain", "Bold claim"),
        ("AT&amp;T", "text/plain", "AT&T"),
        ("&lt;![CDATA[AT&amp;T]]&gt;", "text/plain", "AT&T"),
        ("<![CDATA[A <b>bold</b> claim]]>", "text/html", "A bold claim"),
        ("What <![CDATA[ ]]> is", "text/plain", "What <![CDATA[ ]]> is"),
        ("AT&amp;T", "text/html", "AT&T"),
        ("AT&amp;amp;T", "text/html", "AT&T"),
        ("It&#8217;s", "text/plain", "It’s"),
        ("R&D", "text/html", "R&D"),
        ("R&D", "text/plain", "R&D"),
        ("1 < 2", "text/plain", "1 < 2"),
        ("1 &lt; 2", "text/html", "1 < 2"),
        ("How the <script> tag works", "text/html", "How the script tag works"),
        ("How the &lt;script&gt; tag works", "text/html", "How the script tag works"),
        ("Use <b> with care", "text/plain", "Use <b> with care"),
        ("vector<int> in C++", "text/plain", "vector<int> in C++"),
        ("a\x00b\x92c", "text/plain", "ab’c"),
        ("non\xa0breaking", "text/plain", "non breaking"),
    ],
)
def test_titles_are_plain_text(given: str, kind: str, kept: str) -> None:
    assert made(title=Text(value=given, type=kind)).title == kept


def test_a_title_has_at_most_a_kibibyte_and_ends_after_a_word() -> None:
    title = made(title=Text(value="wörd " * 1000)).title
    assert 900 < len(title.encode()) <= 1024
    assert title.endswith("wörd…")


@pytest.mark.parametrize(
    ("claimed", "title"),
    [
        ({"summary": Text(value="In short. And more.")}, "In short. And more."),
        ({"contents": (html("<p>First words</p><p>then more</p>"),)}, "First words then more"),
        ({"contents": (html("<p>" + "many words " * 50 + "</p>"),)}, ("many words " * 7).strip() + "…"),
        ({"links": (link("https://blog.example/2026/a-post/"),)}, "blog.example/2026/a-post"),
        ({"title": Text(value=" \n ")}, "Untitled"),
        ({"title": html("<script>x</script>")}, "Untitled"),
        ({}, "Untitled"),
    ],
)
def test_what_has_no_title_is_named_by_what_it_has(claimed: dict[str, Any], title: str) -> None:
    assert made(**claimed).title == title


# ------------------------------------------------------------------------------------------------------ content


def test_html_is_chosen_before_plain_text_and_the_longest_of_it() -> None:
    contents = (Text(value="plain and very long " * 20), html("<p>caption</p>"), html("<p>the article itself</p>"))
    assert made(contents=contents).content_html == "<p>the article itself</p>"


def test_contents_that_are_no_text_are_passed_over() -> None:
    contents = (Text(value="iVBORw0KGgo" * 9, type="image/png"), Text(value="words"))
    assert made(contents=contents).content_html == "<p>words</p>"


def test_a_summary_that_is_all_there_is_is_the_content_too() -> None:
    article = made(summary=html("<p>All <b>of</b> it</p>"))
    assert article.content_html == "<p>All <b>of</b> it</p>"
    assert article.summary is None


def test_a_summary_that_says_more_than_the_content_is_the_content() -> None:
    article = made(contents=(html("<p>A caption</p>"),), summary=html("<p>The whole article, at length</p>"))
    assert article.content_html == "<p>The whole article, at length</p>"
    assert article.summary == "A caption"


def test_a_summary_that_says_more_than_a_photograph_leaves_it_its_place() -> None:
    photograph, words = (html('<p>Dawn <img src="/d.jpg"></p>'),), "A description of it, longer than its own words."
    article = made(contents=photograph, summary=html(words))
    assert (article.summary, "/d.jpg" in (article.content_html or "")) == (words, True)
    article = made(contents=photograph, summary=html(words + '<img src="/e.jpg">'))
    assert "/e.jpg" in (article.content_html or "")
    article = made(contents=photograph, summary=html(words * 100))
    assert words in (article.content_html or "")


def test_an_element_that_is_only_mentioned_swallows_no_text() -> None:
    article = made(contents=(html("A flaw < 1.0 in <script> handling of it"),))
    assert article.content_html == "<p>A flaw &lt; 1.0 in script handling of it</p>"


@pytest.mark.parametrize("wrapped", ["<![CDATA[{}]]>", "&lt;![CDATA[{}]]&gt;", " <![CDATA[{}]]> "])
def test_a_cdata_section_that_became_text_is_taken_off(wrapped: str) -> None:
    assert made(contents=(html(wrapped.format("<p>One</p>")),)).content_html == "<p>One</p>"


def test_a_title_nobody_can_see_is_none() -> None:
    assert made(title=Text(value="\u200b\ufeff"), contents=(html("<p>One</p>"),)).title == "One"


def test_a_line_break_of_xhtml_stays_one() -> None:
    assert made(contents=(html("<p>one<br></br>two<br/>three</p>"),)).content_html == "<p>one<br>two<br>three</p>"


def test_a_given_summary_is_kept_as_plain_text() -> None:
    article = made(contents=(html("<p>The whole article, at length</p>"),), summary=html("In <i>short</i> &amp; so"))
    assert article.summary == "In short & so"


def test_a_summary_that_repeats_the_content_is_none() -> None:
    assert made(contents=(html("<p>Same words</p>"),), summary=Text(value="Same  words")).summary is None


def test_a_missing_summary_is_made_of_the_first_sentences() -> None:
    text = "First sentence of the article, which has some length to it so that it counts. " * 8
    article = made(contents=(html(f"<p>{text}</p>"),))
    assert article.summary is not None
    assert len(article.summary) <= 300
    assert article.summary.endswith("counts.")


def test_a_summary_without_sentences_ends_after_a_word() -> None:
    article = made(contents=(html("<p>" + "word " * 200 + "</p>"),))
    assert article.summary is not None
    assert len(article.summary) <= 300
    assert article.summary.endswith("word…")


def test_a_summary_is_found_behind_a_lot_of_markup() -> None:
    pictures = "".join(f'<a href="https://x.example/{n}"><img src="https://x.example/{n}.png"></a>' for n in range(200))
    summary = made(contents=(html(pictures + "<p>" + "Words come last. " * 30 + "</p>"),)).summary
    assert summary is not None
    assert summary.startswith("Words come last.")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (Text(value="One\ntwo\n\nthree & <3"), "<p>One<br>two</p><p>three &amp; &lt;3</p>"),
        (Text(value="<p>Really <b>HTML</b></p>"), "<p>Really <b>HTML</b></p>"),
        (html("One\ntwo\n\nthree &amp; four"), "<p>One\ntwo</p><p>three &amp; four</p>"),
        (html("&lt;p&gt;Escaped &lt;b&gt;twice&lt;/b&gt;&lt;/p&gt;"), "<p>Escaped <b>twice</b></p>"),
        (html("<p>&lt;b&gt; is bold</p>"), "<p>&lt;b&gt; is bold</p>"),
        (Text(value="<div>x</div>", type="application/xhtml+xml"), "<div>x</div>"),
        (Text(value="# Markdown", type="text/markdown"), "<p># Markdown</p>"),
        (html("  "), None),
        (html("<script>x</script>"), None),
    ],
)
def test_every_kind_of_content_becomes_html(given: Text, kept: str | None) -> None:
    assert made(contents=(given,)).content_html == kept


@pytest.mark.parametrize(
    "huge",
    ["<p>" + "long " * 200 + "</p>\n", "plain words ", "<div><p>a</p>", "<b>ä&amp;</b>", "ä"],
)
def test_content_is_cut_at_half_a_mebibyte_and_says_so(huge: str) -> None:
    article = made(
        contents=(
            html(
                huge * (600 * 1024 // len(huge.encode())),
            ),
        )
    )
    assert article.content_html is not None
    assert 200 * 1024 < len(article.content_html.encode()) <= 512 * 1024 or "<div>" in huge
    assert any("512 KiB" in warning for warning in article.warnings) or "<div>" in huge


def test_content_that_is_long_but_fits_is_whole() -> None:
    text = "<p>" + "long " * 90_000 + "</p>"
    article = made(contents=(html(text),))
    assert article.content_html == text
    assert article.warnings == ()


# ------------------------------------------------------------------------------------------------------ addresses


@pytest.mark.parametrize(
    ("claimed", "url"),
    [
        ({"links": (link("https://a.example/self", "self"), link("https://a.example/1"))}, "https://a.example/1"),
        ({"links": (link("/1"),)}, "https://blog.example/1"),
        ({"links": (link("javascript:x"), link("/2"))}, "https://blog.example/2"),
        ({"links": (link("https://a.example/a b"),)}, "https://a.example/a%20b"),
        ({"links": (link(" https://a.example/1\n"),)}, "https://a.example/1"),
        ({"raw_id": "https://a.example/g", "raw_id_is_permalink": True}, "https://a.example/g"),
        ({"raw_id": "https://a.example/g", "raw_id_is_permalink": False}, None),
        ({"raw_id": "abc", "raw_id_is_permalink": True}, None),
        ({"links": (link("https://a.example/e.mp3", "enclosure"),)}, None),
        ({"links": (link("https://a.example/" + "x" * 5000),)}, None),
    ],
)
def test_the_address_is_the_first_link_to_the_web(claimed: dict[str, Any], url: str | None) -> None:
    assert made(**claimed).url == url


def test_a_link_that_leads_nowhere_is_told() -> None:
    assert "javascript:x" in made(links=(link("javascript:x"),)).warnings[0]


@pytest.mark.parametrize(
    ("text_base", "src"),
    [
        (FEED, "https://blog.example/2026/i.png"),
        ("http://www.blog.example/feed.xml", "https://blog.example/2026/i.png"),
        ("https://cdn.example/x/", "https://cdn.example/x/i.png"),
        ("/below/", "https://blog.example/below/i.png"),
        (None, "https://blog.example/2026/i.png"),
    ],
)
def test_pictures_lie_beside_the_page_unless_the_feed_says_otherwise(text_base: str | None, src: str) -> None:
    article = made(
        links=(link("https://blog.example/2026/post"),), contents=(html('<img src="i.png">', base=text_base),)
    )
    assert article.content_html == f'<img src="{src}">'
    assert article.image == src


def test_without_a_page_pictures_are_relative_to_the_feed() -> None:
    assert made(contents=(html('<img src="i.png">', base=FEED),)).image == "https://blog.example/i.png"


def test_links_worth_keeping_are_kept_absolute_and_once() -> None:
    links = (
        link("/post"),
        link("/post.de", type="text/html", hreflang="DE_de"),
        link("/via", "via", title="<i>Via</i>"),
        link("/via", "via"),
        link("/standout", "standout"),
        link("/post#comments", "replies", type="Application/Atom+XML; charset=utf-8", length=-1),
        link("/e.mp3", "enclosure"),
    )
    assert made(links=links).links == (
        link("https://blog.example/post.de", "related", type="text/html", hreflang="de-DE"),
        link("https://blog.example/via", "via", title="Via"),
        link("https://blog.example/post#comments", "replies", type="application/atom+xml"),
    )


def test_enclosures_are_absolute_and_once() -> None:
    enclosures = (
        Enclosure(url="/a.mp3", type="Audio/MPEG", length=123, duration=60),
        Enclosure(url="/a.mp3"),
        Enclosure(url="ftp://x.example/b.mp3"),
        Enclosure(url="/c.mp3", type="not a type", length=-5),
    )
    assert made(enclosures=enclosures, links=(link("/d.mp3", "enclosure", length=7),)).enclosures == (
        Enclosure(url="https://blog.example/a.mp3", type="audio/mpeg", length=123, duration=60),
        Enclosure(url="https://blog.example/c.mp3"),
        Enclosure(url="https://blog.example/d.mp3", length=7),
    )


def test_at_most_twenty_enclosures_are_kept() -> None:
    assert len(made(enclosures=tuple(Enclosure(url=f"/{n}") for n in range(50))).enclosures) == 20


def test_the_picture_is_the_named_one_else_an_enclosed_one_else_the_first_in_the_text() -> None:
    enclosed = (Enclosure(url="/a.mp3", type="audio/mpeg"), Enclosure(url="/b.png", type="image/png"))
    text = (html('<p>x</p><img alt="a" src="/c.png?a=1&amp;b=2">'),)
    assert made(image="/a.png", enclosures=enclosed, contents=text).image == "https://blog.example/a.png"
    assert made(image="data:x", enclosures=enclosed, contents=text).image == "https://blog.example/b.png"
    assert made(contents=text).image == "https://blog.example/c.png?a=1&b=2"
    assert made(contents=(html("<p>x</p>"),)).image is None


@pytest.mark.parametrize(
    "furniture",
    [
        '<img src="/a.png" width="17" height="17">',
        '<img alt=":)" src="/images/smilies/icon_e_smile.gif">',
        '<img src="https://a.example/images/emoji/twitter/smile.png?v=9">',
        '<img src="https://secure.gravatar.com/avatar/x?s=80">',
        '<img src="/sd/twitter_icon_large.png">',
    ],
)
def test_faces_smileys_and_buttons_do_not_stand_for_an_article(furniture: str) -> None:
    assert (
        made(contents=(html(f'<p>x</p>{furniture}<img width="600" src="/b.png">'),)).image
        == "https://blog.example/b.png"
    )
    assert made(contents=(html(f"<p>x</p>{furniture}"),)).image is None


def test_the_address_of_the_comments_is_absolute() -> None:
    assert made(comments="/post#comments").comments == "https://blog.example/post#comments"


# ------------------------------------------------------------------------------------------------------ people


JANE = Person(name="Jane")


@pytest.mark.parametrize(
    ("claimed", "info", "source", "author"),
    [
        ({"authors": (JANE,), "source": FeedInfo(authors=(Person(name="S"),))}, HOME, SOURCE, "Jane"),
        ({"source": FeedInfo(authors=(JANE,))}, FeedInfo(authors=(Person(name="F"),)), SOURCE, "Jane"),
        ({"attribution": "Agency"}, FeedInfo(authors=(JANE,)), SOURCE, "Jane"),
        ({"attribution": "Agency"}, HOME, SOURCE, "Agency"),
        ({"source": FeedInfo(title="Original")}, HOME, SOURCE, "Original"),
        ({}, HOME, SOURCE, "The Blog"),
        ({}, FeedInfo(), Source(id="blog", url=FEED, title="Ours"), "Ours"),
        ({}, FeedInfo(), SOURCE, "blog.example"),
        ({}, FeedInfo(), Source(id="seeds", folder=Path("seeds")), "seeds"),
        ({"authors": (Person(name="<br>"), Person(email="not one"))}, HOME, SOURCE, "not one"),
        ({"authors": (Person(name=" "),)}, HOME, SOURCE, "The Blog"),
    ],
)
def test_somebody_always_stands_for_an_article(
    claimed: dict[str, Any], info: FeedInfo, source: Source, author: str
) -> None:
    assert made(info=info, at=source, **claimed).authors[0].name == author


@pytest.mark.parametrize(
    ("claimed", "kept"),
    [
        (Person(name="<b>J&amp;amp;D</b>", url="/jd"), Person(name="J&D", url="https://blog.example/jd")),
        (Person(name="jane@x.example"), Person(name="jane", email="jane@x.example")),
        (Person(email="jane@x.example"), Person(name="jane", email="jane@x.example")),
        (Person(name="J", email="mailto:jane@x.example"), Person(name="J", email="jane@x.example")),
        (Person(email="jane@x.example (Jane Doe)"), Person(name="Jane Doe", email="jane@x.example")),
        (Person(name="Jane", email="hidden"), Person(name="Jane")),
        (Person(name="Jane", email="noreply@blogger.com"), Person(name="Jane")),
        (Person(name="Jane", email="invalid@example.com"), Person(name="Jane")),
        (Person(name="Jane", url="javascript:x"), Person(name="Jane")),
        (Person(url="https://jane.example/me"), Person(name="jane.example", url="https://jane.example/me")),
    ],
)
def test_people_have_a_name_and_only_real_addresses(claimed: Person, kept: Person) -> None:
    assert made(authors=(claimed,)).authors == (kept,)
    assert made(contributors=(claimed,)).contributors == (kept,)


def test_only_people_with_short_names_are_remembered() -> None:
    before = _remembered.cache_info()
    assert people((Person(name="x" * 100_000), Person(name="b", url="/" + "x" * 4000)), None)[0].name
    assert _remembered.cache_info() == before


def test_people_are_named_once_and_are_at_most_twenty() -> None:
    assert len(made(authors=(JANE, Person(name="JANE"), JANE)).authors) == 1
    assert len(made(authors=tuple(Person(name=str(n)) for n in range(50))).authors) == 20


# ------------------------------------------------------------------------------------------------------ tags, language


def test_tags_are_the_sources_and_the_operators_once_whatever_their_case() -> None:
    source = Source(id="blog", url=FEED, tags=("news", "Python"))
    claimed = (
        Category(term="python", scheme="https://x.example/tags", label="Python"),
        Category(term="<b>R&amp;amp;D</b>", scheme="AccessClassName"),
        Category(term=" ", label="Only a label"),
        Category(term=" "),
    )
    assert made(at=source, categories=claimed).tags == (
        Category(term="python", scheme="https://x.example/tags", label="Python"),
        Category(term="R&D"),
        Category(term="Only a label"),
        Category(term="news"),
    )


def test_the_operators_tags_are_there_even_among_a_hundred() -> None:
    source = Source(id="blog", url=FEED, tags=("news",))
    tags = made(at=source, categories=tuple(Category(term=str(n)) for n in range(100))).tags
    assert len(tags) == 50
    assert tags[-1].term == "news"


@pytest.mark.parametrize(
    ("claimed", "tag"),
    [
        ("en", "en"),
        ("EN_us", "en-US"),
        ("zh-hans-cn", "zh-Hans-CN"),
        ("es-419", "es-419"),
        ("de-1996", "de-1996"),
        ("fil", "fil"),
        ("english", None),
        ("jp", None),
        ("en, fr", None),
        ("en-", None),
        ("", None),
        ("x" * 1000, None),
        ("<en>", None),
    ],
)
def test_a_language_is_one_of_bcp_47_or_none(claimed: str, tag: str | None) -> None:
    assert made(language=claimed).language == tag


def test_the_language_is_the_entrys_else_its_texts_else_the_feeds_else_as_configured() -> None:
    source = Source(id="blog", url=FEED, language="es")
    info = FeedInfo(language="it")
    text = (html("x", language="fr"),)
    assert made(language="de", contents=text, info=info, at=source).language == "de"
    assert made(language="??", contents=text, info=info, at=source).language == "fr"
    assert made(info=info, at=source).language == "it"
    assert made(info=FeedInfo(), at=source).language == "es"


# ------------------------------------------------------------------------------------------------------ dates

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("published", "updated", "sort_at"),
    [
        (NOW - 2 * DAY, NOW - DAY, NOW - 2 * DAY),
        (None, NOW - DAY, NOW - DAY),
        (NOW + DAY, None, NOW),
        (datetime(1, 1, 1, tzinfo=UTC), NOW - DAY, NOW - DAY),
    ],
)
def test_articles_are_sorted_by_their_date_but_never_in_the_future(
    published: datetime | None, updated: datetime | None, sort_at: datetime
) -> None:
    article = made(published=published, updated=updated)
    assert article.sort_at == sort_at
    assert article.first_seen == NOW


def test_dates_are_kept_as_claimed_even_in_the_future() -> None:
    assert made(published=NOW + DAY).published == NOW + DAY


@pytest.mark.parametrize(
    ("claimed", "updated"),
    [
        ({"updated": NOW + DAY}, NOW),
        ({"published": NOW + DAY}, NOW),
        ({"published": NOW + DAY, "updated": NOW - DAY}, NOW - DAY),
        ({"published": NOW - DAY}, None),
        ({"published": NOW + 2 * DAY, "not_before": NOW + DAY}, NOW + DAY),
        ({"updated": NOW - DAY, "not_before": NOW + DAY}, NOW - DAY),
    ],
)
def test_nothing_was_updated_after_it_is_out(claimed: dict[str, datetime], updated: datetime | None) -> None:
    assert made(**claimed).updated == updated


@pytest.mark.parametrize(
    ("claimed", "published", "sort_at"),
    [
        (None, NOW + DAY, NOW + DAY),
        (NOW - DAY, NOW - DAY, NOW + DAY),
        (NOW + 3 * DAY, NOW + 3 * DAY, NOW + DAY),
    ],
)
def test_what_is_held_back_is_new_when_it_is_let_out(
    claimed: datetime | None, published: datetime, sort_at: datetime
) -> None:
    article = made(published=claimed, not_before=NOW + DAY)
    assert (article.published, article.sort_at) == (published, sort_at)


def test_a_moment_of_release_that_has_passed_is_the_date_of_what_has_none() -> None:
    article = made(not_before=NOW - DAY)
    assert (article.published, article.updated, article.sort_at) == (NOW - DAY, None, NOW - DAY)


@pytest.mark.parametrize("year", [1, 1970, 1989, 2200, 9999])
def test_an_implausible_date_counts_as_missing_and_says_so(year: int) -> None:
    article = made(published=datetime(year, 6, 1, tzinfo=UTC), updated=datetime(year, 6, 1, tzinfo=UTC))
    assert article.published is None
    assert article.updated is None
    assert [warning.partition(" ")[0] for warning in article.warnings] == ["its", "its"]


@pytest.mark.parametrize("year", [1990, 2199])
def test_the_oldest_and_newest_plausible_dates_are_kept(year: int) -> None:
    assert made(published=datetime(year, 6, 1, tzinfo=UTC)).published is not None


def test_undated_entries_keep_the_order_of_their_document_just_below_now() -> None:
    entries = tuple(ParsedEntry(raw_hash=b"x", raw_id=str(n), position=n) for n in range(500))
    articles = normalise(identify(ParsedFeed(entries=entries, road="t"), SOURCE), HOME, SOURCE, NOW)
    order = [article.sort_at for article in articles]
    assert order == sorted(order, reverse=True)
    assert len(set(order)) == 500
    assert NOW - timedelta(seconds=1) < order[-1] < order[0] < NOW
    assert all(article.published is None and article.updated is None for article in articles)


# ------------------------------------------------------------------------------------------------------ the rest


def test_what_came_through_another_feed_remembers_where_from() -> None:
    origin = FeedInfo(
        id="https://jane.example/",
        title="<b>Jane&#8217;s</b>",
        url="https://jane.example/",
        self_url="/jane.atom",
        rights="&copy; Jane",
        updated=datetime(1970, 1, 1, tzinfo=UTC),
    )
    assert made(source=origin).origin == FeedInfo(
        id="https://jane.example/",
        title="Jane’s",
        url="https://jane.example/",
        self_url="https://blog.example/jane.atom",
        rights="© Jane",
    )


def test_what_a_feed_says_of_itself_can_be_published() -> None:
    info = FeedInfo(
        id="not an iri",
        title="A\x00 &amp;amp; B",
        url="/",
        language="EN_gb",
        icon="javascript:x",
        updated=datetime(1, 1, 1, tzinfo=UTC),
        hubs=("https://hub.example/",),
        ttl=timedelta(hours=1),
    )
    assert normalise_info(info, FEED) == FeedInfo(
        title="A & B",
        url="https://blog.example/",
        language="en-GB",
        hubs=("https://hub.example/",),
        ttl=timedelta(hours=1),
    )


def test_facts_about_the_article_are_carried_along() -> None:
    article = made(
        info=FeedInfo(updated=NOW - DAY),
        rights="<p>&copy; 2026</p>",
        attribution=" Agency ",
        rating=Rating(helpful=93, total=132),
        not_before=NOW + DAY,
        warnings=("said by the parser",),
    )
    assert article.source_updated == NOW - DAY
    assert article.rights == "© 2026"
    assert article.attribution == "Agency"
    assert article.rating == Rating(helpful=93, total=132)
    assert article.not_before == NOW + DAY
    assert article.warnings == ("said by the parser",)
    assert (article.source, article.raw_hash) == ("blog", b"hash")


# ------------------------------------------------------------------------------------------------------ fingerprints

BASIS: dict[str, Any] = {
    "title": Text(value="A title"),
    "links": (link("https://blog.example/a"),),
    "contents": (html("<p>Some words</p>"),),
    "authors": (Person(name="Jane"), Person(name="Joe")),
    "enclosures": (Enclosure(url="https://blog.example/a.mp3"),),
}


@pytest.mark.parametrize(
    "cosmetic",
    [
        {"title": html("A  <i>title</i>")},
        {"links": (link("https://other.example/b"),)},
        {"authors": (Person(name="Jane"),)},
        {"contents": (html("<div class=x>Some\n <b>words</b><img width=1 height=1 src='/x'></div>"),)},
        {"authors": (Person(name="Joe", url="/joe"), Person(name="Jane"))},
        {"enclosures": (Enclosure(url="https://blog.example/a.mp3?utm_medium=rss", length=3),)},
        {"published": NOW},
        {"updated": NOW},
        {"categories": (Category(term="new"),)},
    ],
)
def test_what_does_not_change_the_meaning_does_not_change_the_fingerprint(cosmetic: dict[str, Any]) -> None:
    assert made(**{**BASIS, **cosmetic}).fingerprint == made(**BASIS).fingerprint


@pytest.mark.parametrize(
    "edit",
    [
        {"title": Text(value="Another title")},
        {"contents": (html("<p>Other words</p>"),)},
        {"enclosures": ()},
    ],
)
def test_an_edit_changes_the_fingerprint(edit: dict[str, Any]) -> None:
    assert made(**{**BASIS, **edit}).fingerprint != made(**BASIS).fingerprint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        (" \n ", 0),
        ("one", 1),
        ("one  two\n\n three\t", 3),
        ("l'été dernier", 2),
        ("新しい記事を読む時間はどれくらいですか", 1 + 19 // 2),
        ("Apple 发布 手机", 3 + 4 // 2),
        ("นายกรัฐมนตรีเดินทางไปประชุม ที่เชียงใหม่", 2 + 39 // 5),
    ],
)
def test_words_are_counted_in_any_script(text: str, words: int) -> None:
    assert word_count(text.split()) == words


def test_an_article_knows_how_much_there_is_to_read() -> None:
    body = Text(value="<p>One two</p>\n<p>three</p>", type="text/html")
    assert made(contents=(body,)).words == 3
