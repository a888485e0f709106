"""What is said to read as it is written does."""

from __future__ import annotations

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.articles.clean import clean
from aggregator.articles.html import mended
from aggregator.articles.markup import too_deep, words
from aggregator.articles.nesting import plainly_nested

NAMES = words(
    "a b blockquote caption center code col colgroup dd details div dl dt figure h1 h2 li ol p pre q section span"
    " strong summary table tbody td th thead tr ul video"
)
trees = st.recursive(
    st.sampled_from(["x", " ", "\n", "<br>", "<hr>", "<img>", "<source>", "<wbr>"]),
    lambda inner: st.tuples(st.sampled_from(sorted(NAMES)), st.lists(inner, max_size=3)).map(
        lambda element: f"<{element[0]}>{''.join(element[1])}</{element[0]}>"
    ),
    max_leaves=12,
)
READER = nh3.Cleaner(tags={*NAMES, "br", "hr", "img", "source", "wbr"}, attributes={}, link_rel=None)


@settings(max_examples=400, deadline=None)
@given(st.lists(trees, max_size=3).map("".join))
def test_what_is_plainly_nested_is_read_as_it_is_written(tangled: str) -> None:
    written = READER.clean(tangled)
    assert not plainly_nested(written) or READER.clean(written) == written


@pytest.mark.parametrize(
    "html",
    [
        "text",
        "<p>a <b><i>b</i></b><br>c</p><hr><div><div><p>d</p></div></div>",
        '<p title="a&lt;p&gt;"><a href="x">a</a></p>',
        "<ul><li><p>a</p><ol><li>b</li></ol></li><ul><li>c</li></ul></ul>",
        "<dl><dt>a</dt><dd>b</dd></dl>",
        "<b><p>a</p></b>",
        "<table><caption>a</caption><colgroup><col></colgroup><thead><tr><th>a</th></tr></thead></table>",
        "<table><tbody><tr><td><p>b</p></td></tr></tbody></table>",
        "<pre>a\n\nb</pre>",
    ],
)
def test_ordinary_html_is_plainly_nested(html: str) -> None:
    assert plainly_nested(html)


@pytest.mark.parametrize(
    "html",
    [
        "<p><p>a</p></p>",
        "<p><b><div>a</div></b></p>",
        "<a><b><a>a</a></b></a>",
        "<h1><h2>a</h2></h1>",
        "<li>a</li>",
        "<ul><p>a</p></ul>",
        "<dd>a</dd>",
        "<tr><td>a</td></tr>",
        "<table><tr><td>a</td></tr></table>",
        "<ruby>a<rt>b</rt></ruby>",
        "<pre>\na</pre>",
        '<pre title="x">\na</pre>',
    ],
)
def test_elements_in_odd_places_are_not(html: str) -> None:
    assert not plainly_nested(html)


def test_a_resolved_address_that_the_next_reader_would_refuse_goes_at_once() -> None:
    once = clean('<p><a href="//1.2.3.999/x">a</a></p>', "https://blog.example/")
    assert once == '<p><a rel="noopener noreferrer">a</a></p>'
    assert clean(once) == once


@pytest.mark.parametrize("tag", ['a href="/x" title="t"', 'video poster="/x" width="3"'])
def test_an_attribute_that_goes_leaves_the_others_in_an_order_that_lasts(tag: str) -> None:
    once = clean(f"<{tag}>a")
    assert clean(once) == once


@pytest.mark.parametrize(
    "html",
    [
        '<p>a<img src="https://x.example/i.png?a=1&amp;b=2" alt="" width="600" style="width:100%"/></p>',
        '<picture><source srcset="https://x.example/i.webp"><img src="https://x.example/i.png"></picture>',
        '<IMG SRC="https://x.example/i.png">',
        "<p>no picture, <b>image</b> or frame",
    ],
)
def test_html_with_nothing_to_mend_stays_as_it_is_written(html: str) -> None:
    assert mended(html, None) is html


def test_comments_are_not_deep() -> None:
    assert not too_deep("<!-- x -->" * 2000)
