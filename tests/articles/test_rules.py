"""What rules say of articles."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aggregator.articles import compile_rule, rules
from aggregator.articles.rules import FIELDS, RuleError, apply_rules, select
from aggregator.articles.rules.fields import Facts
from aggregator.model import Article, Category, Enclosure, FeedInfo, Person

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def article(**changes: Any) -> Article:
    base = Article(
        key="0" * 32,
        id="tag:example.org,2026:1",
        source="example",
        raw_hash=b"",
        fingerprint=b"",
        title="Python 3.15 Release Notes",
        url="https://www.Example.org:8443/2026/python",
        summary="What is new.",
        content_html="<p>Sponsored by <b>nobody</b>: six words here.</p>",
        authors=(Person(name="Jane Doe"), Person(name="Élodie O'Brien")),
        tags=(Category(term="python", label="Питон"), Category(term="programming")),
        published=datetime(2026, 11, 15, 23, 59, 59, tzinfo=UTC),
        updated=datetime(2026, 11, 16, 8, tzinfo=UTC),
        first_seen=datetime(2026, 11, 17, tzinfo=UTC),
        sort_at=datetime(2026, 11, 15, 23, 59, 59, tzinfo=UTC),
        language="en-GB",
        enclosures=(Enclosure(url="https://example.org/a.mp3", type="audio/mpeg", duration=1800),),
        comments="https://example.org/2026/python#comments",
        attribution="Agency News",
        origin=FeedInfo(title="Planet Python", url="https://planet.example/"),
        rights="CC BY 4.0",
    )
    return replace(base, **changes)


BARE = {
    "url": None,
    "summary": None,
    "content_html": None,
    "authors": (),
    "tags": (),
    "published": None,
    "updated": None,
    "language": None,
    "enclosures": (),
    "rights": None,
    "comments": None,
    "attribution": None,
    "origin": None,
}
"""An article of which only the inevitable is known."""


def matches(text: str, **changes: Any) -> bool:
    return rules.compile(text).matches(article(**changes), NOW)


TRUE = [
    # every field
    'title = "python 3.15 release notes"',
    'author = "jane doe"',
    'author = "ÉLODIE o\'brien"',
    'content ~ "sponsored by nobody"',
    'summary = "What is new."',
    'url = "https://www.example.org:8443/2026/python"',
    'host = "www.example.org"',
    'tag = "python"',
    'tag = "ПИТОН"',
    'source = "example"',
    'language = "en"',
    'language = "en-gb"',
    "date = 2026-11-15",
    "updated = 2026-11-16",
    "seen = 2026-11-17",
    "age > 4d and age < 5d",
    "words = 6",
    "not has_image",
    'enclosure ~ ".mp3"',
    'enclosure.type = "audio/mpeg"',
    'id = "tag:example.org,2026:1"',
    'rights ~ "cc by"',
    "enclosure.duration = 30m and enclosure.duration > 29m",
    'comments ~ "#comments"',
    'attribution = "agency news"',
    'origin = "planet python"',
    'origin ~ "planet.example"',
    # text
    'title ~ "RELEASE"',
    "title ~ /Release/",
    "title ~ /release/i",
    "title !~ /release/",
    r"title ~ /^Python \d\.\d+/",
    'title ~ "ｒｅｌｅａｓｅ"',  # full-width letters are compatible forms
    r"url ~ /\/2026\//",
    'title != "x"',
    'title in ["x", "python 3.15 RELEASE notes"]',
    'title not in ["x", "y"]',
    "title ~ /a.*z|s$/s",
    # several values
    'tag = "programming"',
    'tag in ["cars", "programming"]',
    'not tag = "cars"',
    'tag != "cars"',
    "tag !~ /^c/",
    # numbers, durations, dates
    "words != 7 and words <= 6 and words >= 6 and words < 6.5 and words > 5",
    "words in [1, 6]",
    "words not in [1, 2]",
    "age <= 4.6d and age > 108h and age > 6480m and age > 100s and age < 1w",
    "date >= 2026-11-15 and date <= 2026-11-15",
    "date > 2026-11-14 and date < 2026-11-16",
    "date in [2026-11-15, 2026-11-19]",
    "date = 2026-11-15T23:59:59Z",
    "date = 2026-11-16T00:59:59+01:00",
    "date >= 2026-11-15t23:59:59z",
    "date < 2026-11-15T23:59:59.5Z",
    "date < 9999-12-31",
    # a field alone
    "title and author and content and summary and url and host",
    "tag and source and language and updated and enclosure and enclosure.type and id and rights",
    "has_image = false",
    "has_image != TRUE",
    # joining
    'tag = "cars" or tag = "python"',
    'tag = "python" or tag = "python" and tag = "cars"',
    'not tag = "cars" and tag = "python"',
    'not (tag = "cars" and tag = "python")',
    "not not title",
    'TITLE AND NOT Tag IN ["cars"] OR summary',
    "(((title)))",
    'tag\n  =\n "python"\tand title',
]

FALSE = [
    'title = "python"',
    'title != "python 3.15 release notes"',
    "title ~ /release/",
    "title ~ /^Release/",
    'title !~ "release"',
    'tag != "python"',
    'tag in ["cars"]',
    'tag not in ["cars", "python"]',
    'language = "e"',
    'language = "en-US"',
    'host = "example.org"',
    "date > 2026-11-15",
    "date < 2026-11-15",
    "date = 2026-11-16",
    "date = 2026-11-15T23:59:58Z",
    "age < 4d",
    "words > 6",
    "words < 6",
    "has_image",
    "not title",
    '(tag = "python" or tag = "python") and tag = "cars"',
    'tag = "python" and not tag = "python"',
    "content ~ /<b>/",
]


@pytest.mark.parametrize("text", TRUE)
def test_the_rule_is_true_of_the_article(text: str) -> None:
    assert matches(text) is True


@pytest.mark.parametrize("text", FALSE)
def test_the_rule_is_false_of_the_article(text: str) -> None:
    assert matches(text) is False


@pytest.mark.parametrize(
    "name",
    ["url", "host", "author", "tag", "summary", "language", "updated", "enclosure", "enclosure.type", "rights"],
)
def test_an_unknown_fact_makes_only_negative_conditions_true(name: str) -> None:
    value = "2026-11-01" if name == "updated" else '"x"'
    assert not matches(name, **BARE)
    assert not matches(f"{name} = {value}", **BARE)
    assert matches(f"{name} != {value}", **BARE)
    assert matches(f"{name} not in [{value}]", **BARE)
    if name == "updated":
        assert not matches("updated < 2026-11-01 or updated >= 2026-11-01", **BARE)
    else:
        assert not matches(f"{name} ~ /./", **BARE)
        assert matches(f"{name} !~ /./", **BARE)


def test_content_is_the_summary_where_there_is_no_more() -> None:
    assert matches('content ~ "what is new" and words = 3', content_html=None)
    assert not matches('content ~ "what is new"')
    assert matches("not content and words = 0", content_html=None, summary=None)


def test_date_is_the_first_sight_of_an_undated_article() -> None:
    assert matches("date = 2026-11-15 and age > 4d", published=None)
    assert matches("date = 2026-11-19", published=None, sort_at=NOW - timedelta(days=1))


def test_an_article_from_the_future_has_a_negative_age() -> None:
    assert matches("age < 0s", published=NOW + timedelta(days=1))
    assert not matches("age < 0s")


def test_a_picture_may_be_its_own_or_enclosed_or_in_the_text() -> None:
    assert matches("has_image", image="https://example.org/a.png")
    assert matches("has_image = true", enclosures=(Enclosure(url="https://example.org/a", type="image/png"),))
    assert matches("has_image", content_html='<p><img src="https://example.org/a.png"></p>')
    assert not matches("has_image", content_html="<p>&lt;img src</p>")


def test_a_host_that_cannot_be_read_is_no_host() -> None:
    assert matches("not host and url", url="http://[")


def test_equality_of_text_follows_unicode() -> None:
    assert matches('title = "STRASSE"', title="Straße")
    assert matches('title ~ "file"', title="The \ufb01le")
    assert matches('title = "caf\u00e9"', title="CAFE\u0301")
    assert not matches('title = "cafe"', title="café")


def test_text_with_half_a_character_is_searched_without_a_fault() -> None:
    assert matches('title ~ /new/ and title ~ "new"', title="\ud800 new")


def test_a_regular_expression_sees_lines_as_its_flags_say() -> None:
    two = {"title": "one\ntwo"}
    assert not matches("title ~ /^two/", **two)
    assert matches("title ~ /^two/m", **two)
    assert not matches("title ~ /one.two/", **two)
    assert matches("title ~ /ONE.two/si", **two)
    assert matches("title ~ /x|TWO/i", **two)


def test_a_backslash_keeps_the_quote_after_it() -> None:
    assert matches(r'title = "say \"yes\" \\ no"', title='say "yes" \\ no')
    assert matches(r"""title = 'it\'s "fine"' """, title='it\'s "fine"')


def test_a_rule_reads_as_it_was_written() -> None:
    rule = rules.compile(' tag="python"  or title ')
    assert str(rule) == rule.text == ' tag="python"  or title '
    assert rule == rules.compile(str(rule))
    assert rule != rules.compile("title")


def test_every_field_is_tested_here() -> None:
    used = " ".join(TRUE)
    assert [name for name in FIELDS if name not in used] == []


EXPLAINED = {
    "words > 100": "did not match because words > 100 is false (words: 6)",
    'tag = "cars" or title ~ /release/i': (
        "matched because title ~ /release/i is true (title: Python 3.15 Release Notes)"
    ),
    'tag = "cars" or words > 100': (
        'did not match because tag = "cars" is false (tag: python, Питон, programming) '
        "and words > 100 is false (words: 6)"
    ),
    'title and words > 100 and tag = "cars"': "did not match because words > 100 is false (words: 6)",
    'not (has_image or language = "de")': (
        'matched because has_image is false (has_image: False) and language = "de" is false (language: en-GB, en)'
    ),
    "not (title and summary)": (
        "did not match because title is true (title: Python 3.15 Release Notes) "
        "and summary is true (summary: What is new.)"
    ),
    'tag\n!=   "cars"': 'matched because tag != "cars" is true (tag: python, Питон, programming)',
}


@pytest.mark.parametrize("text", EXPLAINED)
def test_a_rule_explains_what_decided(text: str) -> None:
    assert rules.compile(text).explain(article(), NOW) == EXPLAINED[text]


def test_an_explanation_is_short_and_printable_whatever_the_article_holds() -> None:
    tags = tuple(Category(term=f"tag{number}") for number in range(5))
    hostile = article(title="\x1b[31m" + "long " * 100, tags=tags, rights=None)
    words = rules.compile("title and tag and not rights").explain(hostile, NOW)
    assert words.isprintable()
    assert "tag2, and 2 more)" in words
    assert "rights is false (rights: none)" in words
    assert len(words) < 250


def test_keep_leaves_out_what_it_does_not_match_and_drop_what_it_does() -> None:
    keep, drop = rules.compile("title ~ /release/i"), rules.compile("content ~ /sponsored/i or words > 100")
    wanted, other, advert = article(content_html="<p>Fine</p>"), article(title="Else"), article()
    left_out = [each.left_out for each in apply_rules([wanted, other, advert], keep, drop, NOW)]
    assert left_out == [
        None,
        "keep rule 'title ~ /release/i' did not match",
        "drop rule 'content ~ /sponsored/i or words > 100' matched: content ~ /sponsored/i",
    ]


def test_a_drop_rule_names_conditions_that_had_to_be_false() -> None:
    (dropped,) = apply_rules([article()], None, rules.compile('title and not (has_image or tag = "x")'), NOW)
    assert dropped.left_out is not None
    assert dropped.left_out.endswith('matched: title, not has_image, not tag = "x"')


def test_applying_rules_changes_nothing_but_the_mark() -> None:
    marked = article(left_out="an earlier rule")
    assert apply_rules([marked], None, None, NOW) == (article(),)
    fine = article()
    assert apply_rules(iter([fine]), rules.compile("title"), None, NOW)[0] is fine
    (dropped,) = apply_rules([fine], None, rules.compile("title"), NOW)
    assert replace(dropped, left_out=None) == fine


def test_the_words_of_a_long_rule_are_cut() -> None:
    long = rules.compile("summary" + " and summary" * 300)
    (dropped,) = apply_rules([article()], None, rules.compile(f"{long} or title"), NOW)
    (not_kept,) = apply_rules([article(summary=None)], long, None, NOW)
    assert dropped.left_out is not None
    assert dropped.left_out.startswith(f"drop rule '{str(long)[:197]}...' matched: summary, summary")
    assert not_kept.left_out == f"keep rule '{str(long)[:197]}...' did not match"


def test_selecting_keeps_the_order_and_takes_all_without_a_query() -> None:
    articles = [article(id=str(number), title="odd" if number % 2 else "even") for number in range(5)]
    assert [each.id for each in select(articles, rules.compile('title = "odd"'), NOW)] == ["1", "3"]
    assert list(select(articles, None, NOW)) == articles


def test_a_fact_is_worked_out_once_for_all_conditions() -> None:
    facts = Facts(article(), NOW)
    for read in (facts.values, facts.comparable, facts.encoded):
        assert read("content")[0] is read("content")[0]


def test_age_is_counted_from_the_time_given() -> None:
    rule = rules.compile("age < 7d")
    assert rule.matches(article(), NOW)
    assert not rule.matches(article(), NOW + timedelta(days=7))


def test_a_rule_error_is_a_value_error_that_says_where() -> None:
    with pytest.raises(ValueError, match="there is no field titel; did you mean title") as caught:
        rules.compile("titel")
    assert isinstance(caught.value, RuleError)
    assert caught.value.exit_code == 2
    assert str(caught.value) == f"{caught.value.message} (at character 1 of the rule)"


@pytest.mark.parametrize(
    ("rule", "turns"),
    [
        ("age < 7d", [7 * DAY]),
        ("age <= 7d", [7 * DAY + timedelta.resolution]),
        ("age > 7d", [7 * DAY + timedelta.resolution]),
        ("age > 3d and age < 7d", [7 * DAY]),
        ("age > 6d and age < 7d", [6 * DAY + timedelta.resolution, 7 * DAY]),
        ("age in [6d, 7d]", [6 * DAY, 6 * DAY + timedelta.resolution, 7 * DAY, 7 * DAY + timedelta.resolution]),
        ("age < 1d", []),
        ('title = "another" and age > 7d', []),
        ("words > 7", []),
        ("age < 999999999d", []),
    ],
)
def test_a_rule_knows_when_it_says_something_else_of_an_article(rule: str, turns: list[timedelta]) -> None:
    compiled, dated, now = compile_rule(rule), article(), NOW
    assert dated.published is not None
    found = []
    while (at := compiled.turns(dated, now)) is not None:
        assert compiled.matches(dated, at) != compiled.matches(dated, now)
        found.append(at - dated.published)
        now = at
    assert found == turns
