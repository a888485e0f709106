"""Which address asks for what, and the one address that is published for it."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.articles import compile_rule
from aggregator.model import Automatic, Site
from aggregator.model.terms import tag_term
from aggregator.publish.automatic import (
    FORMATS,
    LONGEST_QUERY,
    MOST_WORDS,
    Asked,
    Unclear,
    address,
    asked_at,
    pages_of,
    query_of,
    typed,
)

SITE = Site(title="Planet", url="https://planet.example/sub/", id="tag:planet.example,2026:planet")


def at(url: str) -> Asked | None:
    """As a web server takes it apart, whose site may be anywhere on its host."""
    parts = urlsplit(url.removeprefix(SITE.url.rstrip("/")))
    return asked_at(unquote(parts.path, errors="replace"), parts.query.encode())


@pytest.mark.parametrize(
    ("path", "kind", "name", "format_"),
    [
        ("/tags/cars", "tags", "cars", "html"),
        ("/tags/Cars.atom", "tags", "cars", "atom"),
        ("/tags/STRASSE.rss", "tags", "strasse", "rss"),
        ("/tags/Stra%C3%9Fe.json", "tags", "strasse", "json"),
        ("/tags/a%2Fb.atom", "tags", "a/b", "atom"),
        ("/tags/a/b.atom", "tags", "a/b", "atom"),
        ("/tags/.net", "tags", ".net", "html"),
        ("/tags/asp.net.atom", "tags", "asp.net", "atom"),
        ("/tags/C%23", "tags", "c#", "html"),
        ("/tags/package.json", "tags", "package", "json"),
        ("/tags/package.json.html", "tags", "package.json", "html"),
        ("/tags/100%25", "tags", "100%", "html"),
        ("/languages/en-GB.atom", "languages", "en-gb", "atom"),
        ("/sources/blog", "sources", "blog", "html"),
        ("/sources/Blog", "sources", "Blog", "html"),
        ("/search", "search", "", "html"),
        ("/search?q=a+b%20%20c", "search", "a b c", "html"),
        ("/search.atom?x=1&q=%C3%A9", "search", "é", "atom"),
        ("/tags", "tags", "", "html"),
        ("/sources", "sources", "", "html"),
    ],
)
def test_what_an_address_asks_for(path: str, kind: str, name: str, format_: str) -> None:
    assert at(path) == Asked(kind=kind, name=name, format=format_)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "path",
    ["/", "/tags/", "/tags/.atom", "/tags.atom", "/sources.json", "/languages", "/search/x", "/search.xml", "/search.",
     "/other/x", "/tags/%FF", "/tags/" + "x" * 201],
)  # fmt: skip
def test_what_no_address_of_ours_is(path: str) -> None:
    assert at(path) is None


@given(st.text(min_size=1, max_size=40), st.sampled_from(FORMATS))
def test_every_tag_that_finds_something_has_one_address_in_each_format_that_leads_to_it(
    name: str, format_: str
) -> None:
    term = tag_term(name)
    if term is None:
        return
    asked = Asked(kind="tags", name=term.removeprefix("tag:"), format=format_)
    if "\ufffd" not in name:
        assert at(address(SITE, asked)) == asked
        assert address(SITE, asked).isascii()


@given(st.text(max_size=60), st.sampled_from(FORMATS))
def test_every_search_has_one_address_that_leads_to_it(text: str, format_: str) -> None:
    words = " ".join(text.split())
    if not words.isprintable() or words.encode(errors="ignore").decode() != words:
        return
    asked = Asked(kind="search", name=words, format=format_)
    assert at(address(SITE, asked)) == asked


@pytest.mark.parametrize(
    "query",
    [b"q=%00", b"q=a%00b", b"q=%ff", b"q=%E2%80%AEab", b"q=\xff", b"q=" + b"x" * (LONGEST_QUERY + 1), b"q=x" * 9999],
)  # fmt: skip
def test_a_search_that_is_no_text_or_too_long_is_refused(query: bytes) -> None:
    with pytest.raises(Unclear, match="search"):
        asked_at("/search", query)


@given(st.text(min_size=1, max_size=60))
def test_every_name_and_every_search_is_a_rule_that_is_sound(text: str) -> None:
    name = text.encode(errors="ignore").decode() or "x"
    compile_rule(query_of(Asked(kind="tags", name=name, format="atom")))
    try:
        rule = query_of(Asked(kind="search", name=name, format="atom"))
    except Unclear:
        return
    compile_rule(rule)


def test_words_and_phrases_are_all_looked_for_in_title_and_text() -> None:
    asked = Asked(kind="search", name='climate "hot summer" c\\o', format="html")
    assert query_of(asked) == (
        '(title ~ "climate" or content ~ "climate") and (title ~ "hot summer" or content ~ "hot summer")'
        ' and (title ~ "c\\\\o" or content ~ "c\\\\o")'
    )
    with pytest.raises(Unclear, match=f"{MOST_WORDS + 1} words; at most {MOST_WORDS}"):
        query_of(Asked(kind="search", name=" ".join("x" * (MOST_WORDS + 1)), format="html"))
    with pytest.raises(Unclear, match="no word"):
        query_of(Asked(kind="search", name='""', format="html"))


def test_pages_lead_to_what_is_there() -> None:
    assert [each.href for each in pages_of(SITE, Automatic(), home=True)] == [
        f"{SITE.url}{each}" for each in ("", "sources", "tags", "search")
    ]
    assert pages_of(SITE, Automatic(tags=False, sources=False, search=False), home=False) == ()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (b"q=tag+%3D+%22cars", 'tag = "cars'),
        (b"x=1&q=%C3%BC", "\u00fc"),
        (b"q=%FF%00", "\ufffd "),
        (b"q=\xff", "\ufffd"),
        (b"q=" + 4000 * b"a", 2998 * "a"),
        (b"&".join(b"a=%d" % each for each in range(20)), ""),
        (b"", ""),
    ],
)
def test_what_was_typed_can_be_shown_again_whatever_it_was(query: bytes, words: str) -> None:
    assert typed(query) == words
