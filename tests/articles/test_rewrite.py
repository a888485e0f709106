"""What each action of ``rewrite`` does to an article, and what it never does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.articles.clean import clean
from aggregator.articles.rewrite import compile_action, rewrite
from aggregator.articles.rewrite.selectors import MOST_TAGS
from aggregator.articles.ruling import RuleName, Ruling, names_of, rule
from aggregator.errors import Misspelt
from aggregator.model import Article, Category, Markup, Person, Rewrite, Source, as_said, as_shown

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FIRST = "<p>First paragraph, which is long enough to be a sentence of its own. </p>"
TEXT = f"{FIRST}<p>Second.</p>"


def article(**changes: Any) -> Article:
    base = Article(
        key="0" * 32,
        id="tag:example.org,2026:1",
        source="blog",
        raw_hash=b"r",
        fingerprint=b"f",
        page_hash=1,
        text_hash=2,
        title="[AD] Release 3.15 | Example",
        url="https://example.org/2026/1?ref=feed",
        summary="Its own summary.",
        content_html=clean(TEXT),
        words=12,
        authors=(Person(name="Jane Doe", email="jane@example.org"), Person(name="by Ann")),
        tags=(Category(term="js", scheme="https://example.org/tags", label="JS"), Category(term="Uncategorized")),
        published=datetime(2026, 11, 15, tzinfo=UTC),
        updated=datetime(2026, 11, 16, tzinfo=UTC),
        first_seen=datetime(2026, 11, 17, tzinfo=UTC),
        sort_at=datetime(2026, 11, 15, tzinfo=UTC),
        language="en",
        warnings=("one of before",),
    )
    return replace(base, **changes)


def action(name: str, by: str | None = None, when: str | None = None, **what: Any) -> Rewrite:
    return Rewrite(action=name, what=tuple(what.items()), by=by, when=when)


def done(*actions: Rewrite, of: Article | None = None, **changes: Any) -> Article:
    """The article as it is shown."""
    compiled = [compile_action(each) for each in actions]
    made, _ = rewrite(article(**changes) if of is None else of, compiled, NOW)
    return as_shown(made)


def terms(shown: Article) -> list[str]:
    return [each.term for each in shown.tags]


# ---- each action and each field


def test_set_gives_every_field_another_value() -> None:
    shown = done(
        action(
            "set",
            title="{source}: {title}",
            summary="Of {date}",
            url="https://example.net/{host}",
            author=("{author}", "The {source}"),
            tags=("a", "b"),
            language="pt-br",
            content="<p>{title} by {author}</p>{content}",
        )
    )
    assert shown.title == "blog: [AD] Release 3.15 | Example"
    assert shown.summary == "Of 2026-11-15"
    assert shown.url == "https://example.net/example.org"
    assert [each.name for each in shown.authors] == ["Jane Doe, by Ann", "The blog"]
    assert terms(shown) == ["a", "b"]
    assert shown.language == "pt-BR"
    assert shown.content_html is not None
    assert shown.content_html.startswith(
        "<p>blog: [AD] Release 3.15 | Example by Jane Doe, by Ann, The blog</p><p>First"
    )


def test_an_author_who_stays_keeps_the_address() -> None:
    assert done(action("set", author="Jane Doe")).authors == (Person(name="Jane Doe", email="jane@example.org"),)


def test_set_takes_away_what_may_be_missing() -> None:
    shown = done(action("set", summary=None, language=None, content=None, tags=()))
    assert (shown.summary, shown.language, shown.content_html, shown.tags) == (None, None, None, ())


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        (action("remove", title=r"/^\[AD\] /"), "title", "Release 3.15 | Example"),
        (action("remove", title="| example"), "title", "[AD] Release 3.15"),
        (action("remove", url=r"/[?&]ref=[^&]*/"), "url", "https://example.org/2026/1"),
        (action("remove", summary="/ OWN/i"), "summary", "Its summary."),
        (action("remove", content="/<p>Second.*/s"), "content_html", FIRST),
        (action("replace", r"Python \1 is out", title=r"/^.*Release ([0-9.]+).*$/"), "title", "Python 3.15 is out"),
        (action("replace", r"\0 {source} \\ {{x}}", title="[ad]"), "title", r"[AD] blog \ {x} Release 3.15 | Example"),
        (action("replace", "https://", url="/^https:../"), "url", "https://example.org/2026/1?ref=feed"),
        (action("replace", "That's", summary="Its"), "summary", "That's own summary."),
        (action("replace", "!", title="/$/"), "title", "[AD] Release 3.15 | Example!"),
        (action("replace", "!", title="/e*$/"), "title", "[AD] Release 3.15 | Exampl!"),
        (action("prepend", title="{source}: "), "title", "blog: [AD] Release 3.15 | Example"),
        (action("append", title=" ({host})"), "title", "[AD] Release 3.15 | Example (example.org)"),
        (action("prepend", summary="Note. "), "summary", "Note. Its own summary."),
    ],
)  # fmt: skip
def test_a_field_is_changed(given: Rewrite, field: str, value: str) -> None:
    assert getattr(done(given), field) == value


def test_names_of_authors_are_changed_each_for_itself() -> None:
    shown = done(action("remove", author="/^by /"))
    assert shown.authors == (Person(name="Jane Doe", email="jane@example.org"), Person(name="Ann"))
    assert [each.name for each in done(action("remove", author="/^by.*/")).authors] == ["Jane Doe"]


def test_text_is_put_around_content() -> None:
    shown = done(
        action("prepend", content="<p>From {source}</p>"),
        action("append", content='<p><a href="{url}">{title}</a></p>'),
    )
    assert shown.content_html is not None
    assert shown.content_html.startswith("<p>From blog</p><p>First")
    assert 'href="https://example.org/2026/1?ref=feed"' in shown.content_html
    assert "[AD] Release 3.15 | Example</a></p>" in shown.content_html
    assert shown.words > 12


def test_what_stands_there_already_is_not_put_there_twice() -> None:
    once = action("prepend", title="[blog] ")
    assert done(once, once).title == "[blog] [AD] Release 3.15 | Example"
    again = action("append", content="<p>End</p>")
    assert (done(again, again).content_html or "").count("End") == 1


def test_tags_are_added_dropped_and_mapped_whatever_their_case() -> None:
    assert terms(done(action("add_tag", tag=("News", "JS")))) == ["js", "Uncategorized", "News"]
    assert terms(done(action("drop_tag", tag="uncategorized"))) == ["js"]
    assert terms(done(action("drop_tag", tag=("/^un/i", "x")))) == ["js"]
    mapped = done(action("map_tag", JS="javascript", uncategorized="javascript"))
    assert mapped.tags == (Category(term="javascript"),)


def test_a_tag_that_is_not_mapped_keeps_its_scheme() -> None:
    assert done(action("map_tag", uncategorized="misc")).tags[0] == article().tags[0]


MARKED = Markup(
    html='<div class="share"><p>Share</p></div>'
    '<div class="body"><p>Text <b class="ad">buy</b></p><p class="ad">now</p></div>',
    base="https://example.org/",
)


def test_css_sees_the_classes_of_the_source_though_what_is_shown_has_none() -> None:
    content = clean(MARKED.html)
    assert "class" not in content
    removed = done(action("css_remove", css=".share, .ad"), content_html=content, markup=MARKED)
    assert removed.content_html == clean("<div><p>Text </p></div>")
    selected = done(action("css_select", css="div.body"), content_html=content, markup=MARKED)
    assert selected.content_html == clean("<div><p>Text <b>buy</b></p><p>now</p></div>")
    both = done(
        action("css_select", css="div.body"), action("css_remove", css=".ad"), content_html=content, markup=MARKED
    )
    assert both.content_html == removed.content_html


def test_css_without_the_markup_sees_what_is_left_of_it() -> None:
    assert done(action("css_remove", css="p:last-child")).content_html == clean(TEXT.replace("<p>Second.</p>", ""))


def test_what_lies_inside_what_is_taken_goes_with_it() -> None:
    shown = done(action("css_remove", css="div, p, b"), content_html="<div><p><b>x</b></p></div><h2>y</h2>")
    assert shown.content_html == "<h2>y</h2>"


def test_an_action_is_done_only_when_its_rule_takes_the_article_as_it_is_by_then() -> None:
    tagged = action("add_tag", tag="python")
    assert done(action("set", title="Yes", when='tag = "python"')).title != "Yes"
    assert done(tagged, action("set", title="Yes", when='tag = "python"')).title == "Yes"


# ---- what follows from it


def test_a_summary_and_a_picture_that_were_taken_from_the_text_follow_it() -> None:
    first = "<p>An advertisement of more than three words.</p>"
    html = clean(f'<p><img src="https://ads.example/1.png" alt=""></p>{first}{TEXT}')
    made = article(content_html=html, summary=None, image="https://ads.example/1.png")
    long = clean(f"{first}{TEXT}{'<p>More and more words.</p>' * 30}")
    from aggregator.articles.content import summary_of

    shown = done(
        action("remove", content="/^<p>An adv.*?<.p>/"), of=replace(made, content_html=long, summary=summary_of(long))
    )
    assert (shown.summary or "").startswith("First paragraph")
    assert done(action("css_remove", css="img"), of=made).image is None


def test_a_summary_of_the_source_stays() -> None:
    assert done(action("remove", content="First")).summary == "Its own summary."


def test_identity_dates_and_hashes_never_change() -> None:
    shown = done(action("set", title="x", url="https://other.example/", content="<p>x</p>", author="x", tags=("x",)))
    for name in ("key", "id", "source", "raw_hash", "fingerprint", "page_hash", "text_hash", "published", "updated",
                 "first_seen", "sort_at"):  # fmt: skip
        assert getattr(shown, name) == getattr(article(), name), name


def test_what_the_source_said_is_kept_beside_it() -> None:
    shown = done(action("set", title="x"), action("remove", content="First"))
    assert shown.original is not None
    assert shown.original.title == article().title
    assert as_said(shown) == article()
    assert done(action("remove", title="nothing of it")).original is None


# ---- what it never does


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (action("remove", title="/.*/s"), "nothing would be left of its title"),
        (action("set", title="{enclosure}"), "nothing would be left of its title"),
        (action("remove", content="/.*/s"), "nothing would be left of its content"),
        (action("css_remove", css="p"), "nothing would be left of its content"),
        (action("css_select", css=".body"), "there is nothing of that in its content"),
        (action("replace", "ftp://", url="/^https:../"), "its address would be no address on the web"),
        (action("set", url="javascript:alert(1)"), "its address would be no address on the web"),
        (action("remove", author="/.*/"), "it would have no author"),
        (action("replace", "x" * 450, content="/./"), "its content would be too long"),
        (action("add_tag", tag=tuple(map(str, range(60)))), "it would have more than 50 tags"),
    ],
)
def test_an_action_that_would_leave_no_article_leaves_it_as_it_was_with_a_warning(given: Rewrite, why: str) -> None:
    large = clean("<p>" + "x" * 3000 + "</p>") if "too long" in why else article().content_html
    shown = done(given, action("append", summary=" More."), content_html=large)
    assert shown.warnings[-1].endswith(f": {why}")
    assert shown.warnings[0] == "one of before"
    assert shown.summary == "Its own summary. More."
    expected = replace(article(content_html=large), summary=shown.summary, warnings=shown.warnings)
    assert replace(shown, original=None) == expected


def test_selectors_look_through_so_many_elements_and_no_more() -> None:
    html = "<p>x</p>" * (MOST_TAGS + 1)
    assert "more than 10,000 elements" in done(action("css_remove", css="b"), content_html=html).warnings[-1]


def test_so_many_places_are_replaced_and_no_more() -> None:
    html = clean(f"<p>{'x ' * 10_001}</p>")
    assert "more than 10,000 places" in done(action("remove", content="/x/"), content_html=html).warnings[-1]


DANGEROUS = (
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "<a href='javascript:alert(1)'>x</a>",
    "<p><b>",
)


@pytest.mark.parametrize("put", DANGEROUS)
def test_nothing_unsafe_comes_in(put: str) -> None:
    for each in (
        action("set", content=put + "text"),
        action("append", content=put),
        action("replace", put, content="First"),
    ):
        html = done(each).content_html or ""
        assert html == clean(html)
        assert "script" not in html
        assert "onerror" not in html


def test_what_an_article_says_is_text_where_it_is_put_into_html() -> None:
    shown = done(action("append", content="<p>{title}</p>"), title="<script>x</script> & <b>")
    assert "<p>&lt;script&gt;x&lt;/script&gt; &amp; &lt;b&gt;</p>" in (shown.content_html or "")


@settings(max_examples=200, deadline=None)
@given(
    html=st.text(alphabet="<>/abpi\"'= &;\n", max_size=120),
    pattern=st.sampled_from(["/</", "/>/", "/<.p>/", '/"/', "/[a-z]+/", "a", "/^/", "/.$/"]),
    by=st.text(alphabet="<>/abpi\"'= &;", max_size=12),
)
def test_content_stays_clean_whatever_is_replaced_in_it(html: str, pattern: str, by: str) -> None:
    shown = done(action("replace", by, content=pattern), content_html=clean(html) or None)
    assert shown.content_html is None or clean(shown.content_html) == shown.content_html


# ---- mistakes


@pytest.mark.parametrize(
    ("given", "within", "offset", "message"),
    [
        (action("remove", title="/ab[z-a]/"), ("remove", "title"), 4, "invalid character class range"),
        (action("remove", title="/a"), ("remove", "title"), 0, "no closing /"),
        (action("remove", title="/a/x"), ("remove", "title"), 3, "there is no flag x"),
        (action("replace", r"a \2", title="/(b)/"), ("with",), 2, "which has 1 group in (parentheses)"),
        (action("replace", r"a\q", title="/(b)/"), ("with",), 1, "write \\\\ for a backslash"),
        (action("set", title="the {titel}"), ("set", "title"), 5, "did you mean {title}?"),
        (action("set", title="the {link}"), ("set", "title"), 5, "did you mean {url}?"),
        (action("prepend", content="a } b"), ("prepend", "content"), 2, "} stands alone"),
        (action("set", author=("a", "b {x")), ("set", "author", 1), 2, "{ stands alone"),
        (action("set", language="klingon"), ("set", "language"), 0, "is no language"),
        (action("drop_tag", tag=("a", "/(/")), ("drop_tag", 1), 0, "missing )"),
        (action("css_remove", css="a["), ("css_remove",), 0, "this is no CSS selector"),
        (action("add_tag", when="titel", tag="x"), ("when",), 0, "did you mean title?"),
    ],
)
def test_a_mistake_is_told_with_its_place(
    given: Rewrite, within: tuple[int | str, ...], offset: int, message: str
) -> None:
    with pytest.raises(Misspelt) as caught:
        compile_action(given)
    assert (caught.value.within, caught.value.offset) == (within, offset)
    assert message in caught.value.message


# ---- together with keep and drop


def test_keep_and_drop_see_what_is_shown_and_each_hit_is_told() -> None:
    source = Source(
        id="blog",
        url="https://example.org/",
        keep='tag = "javascript"',
        drop='title ~ "sponsored"',
        rewrite=(action("map_tag", js="javascript"), action("remove", title="nothing of it")),
    )
    ruling = Ruling.of(source)
    ruled = rule([article(), article(key="1" * 32, title="Sponsored"), article(key="2" * 32, tags=())], ruling, NOW)
    first, second, third = ruled.articles
    assert first.left_out is None
    assert second.left_out is not None
    assert second.left_out.startswith("drop rule")
    assert third.left_out is not None
    assert third.left_out.startswith("keep rule")
    mapped, keep, drop = RuleName("rewrite", "map_tag js: javascript"), *names_of(source)[:2]
    assert ruled.hits == {"0" * 32: (mapped, keep), "1" * 32: (mapped, keep, drop)}
    assert terms(as_shown(first)) == ["javascript", "Uncategorized"]
    assert terms(first) == ["js", "Uncategorized"]


def test_ruling_again_begins_with_what_the_source_said() -> None:
    ruling = Ruling.of(Source(id="blog", url="https://example.org/", rewrite=(action("prepend", title="> "),)))
    (once,) = rule([article()], ruling, NOW).articles
    (again,) = rule([as_shown(once)], ruling, NOW).articles
    assert again == once
    (undone,) = rule([as_shown(once)], Ruling(), NOW).articles
    assert undone == article()
