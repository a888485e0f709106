"""Cleaned in one walk over the tags or by a parser: the same HTML, or none."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aggregator.articles.allowed import ATTRIBUTES, TAGS
from aggregator.articles.characters import legal
from aggregator.articles.clean import by_parser, clean
from aggregator.articles.markup import ELEMENTS, words
from aggregator.articles.nesting import ANYTHING, MAY_HOLD, VOID
from aggregator.articles.wellformed import Unsure, cleaned
from aggregator.model import Document, Source
from aggregator.parse import parse

NOW = datetime(2026, 11, 23, tzinfo=UTC)
BASE = "https://blog.example/2026/post"


def alike(html: str, base: str | None = BASE) -> bool:
    """Whether the walk was sure of the HTML; fails where it gives something else than the parser."""
    try:
        made = cleaned(html, base)
    except Unsure:
        return False
    assert made == by_parser(html, base)
    return True


@pytest.mark.parametrize(
    "html",
    [
        "<p>a <b>b</b><br/>c &amp; d > e \xa0 &nbsp; &rsquo; &#8217; &#150; AT&T &copy2026 &notit;</p>",
        '<p class="x" style="y" id=z title="a &quot;b&quot; c">d</p>',
        "<P>a<BR>b</P>",
        '<a href="/x?a=1&amp;b=2&copy=3&utm_source=x#y" target=_blank rel="tag">a</a>',
        "<a href='https://x.example/?q=\"a\"'>a</a>",
        '<a href="javascript:alert(1)" onclick="alert(1)">a</a>',
        '<a href="https://x.example/" href="https://y.example/">a</a>',
        '<img src="i.png" alt="a" width=600 height="400" srcset="i.png 1x, /j.png 2x" loading="lazy"/>',
        '<video poster="/p.png" src="v.mp4"></video><audio><source src="a.mp3"/></audio>',
        "<details open><summary>a</summary>b</details>",
        "<font color=red>a<o:p></o:p><custom-element>b</custom-element></font>",
        "<table><thead><tr><th>a</th></tr></thead><tbody>\n<tr>\n<td align=left>b</td></tr></tbody></table>",
        "<ul>\n<li>a<ol start=3><li value=4>b</li></ol></li>\n</ul><dl><dt>a</dt><dd>b</dd></dl>",
        "<pre>\n a\n\n  b</pre><pre><code>\nx</code></pre>",
        "a<!-- <b> -- > c -->b<!---->c<!--[if mso]><p>d</p><![endif]-->",
        "<style>p > b { color: red } </p></style><p>a</p><script>if (a < b) document.write('<p>')</script>",
        '<iframe src="https://www.youtube.com/embed/abc123XYZ_-" title="A &amp; B" allowfullscreen></iframe>',
        '<p><iframe src="https://ads.example/">text</iframe></p>',
        "<div><p>a</p><div>b",
        "<p>a<link rel=x href=y><meta charset=z></p>",
        "<blockquote cite='/q'>a<hr>b</blockquote>",
        '<a href="/x"><figure><img src="/i.png"></img><figcaption>a</figcaption></figure></a>',
        '<pre><span class="k">if</span> <span style=color>a</span> &<span>lt;</span> &am<span>p;</span></pre>',
        "<p><span><span>a</span></span><span TITLE=x>b</span><span title/>c</span></p>",
        "<!-- --<span>> --></span> -->b",
        "<p>&#x1F600; &#128512; &LT; &Lt; &#00000000000000000000000000000000000065;</p>",
        "<p>vector<int> is fine</int></p>",
        '<a href="javascript:a" title="t">a</a>',
    ],
)
def test_tidy_html_needs_no_parser(html: str) -> None:
    assert alike(html)


@pytest.mark.parametrize(
    "html",
    [
        "<p>a<p>b</p>",
        "<a>a<a>b</a></a>",
        "<a><div>a<a>b</a></div></a>",
        "<p><a><div>a</div></a></p>",
        "<table><tbody><tr></img><td>a</td></tr></tbody></table>",
        "<b><i>a</b></i>",
        "</p>",
        "<p>a</p",
        "<p>a</p<b>b</b>",
        "<p title=a>b>c</p",
        '<p title="a > b">c</p>',
        '<p title="<b>">c</p>',
        "<p title=\"a\"lang='en'>c</p>",
        '<p ti"tle="a">c</p>',
        "<p =a>c</p>",
        "a < b",
        "<svg><p>a</svg>",
        "<math>a</math>",
        "<select><option>a</select>",
        "<table>a<tr><td>b</table>",
        "<table><tr><td>b</td></tr></table>",
        "<ul>a<li>b</li></ul>",
        "<pre>\n\na</pre>",
        "<pre><!-- a -->\nb</pre>",
        "<script><!--<script></script>--></script>",
        "<script>a",
        "<script>a</script x=y>",
        "<style>a</styles></style >",
        "a<!--> b -->",
        "a<!---> b -->",
        "a<!-- b --!> c -->",
        "a<!-- b",
        "<image src=x>",
        "<form><p>a</p></form>",
        "<noscript>a</noscript>",
        "<textarea><p>a</textarea>",
        "<b title=a>b</b>",
        "<?php echo 1 ?>",
        "<![CDATA[a]]>",
        "<img src=/i.png width=1 height=1>",
        '<img data-src="/i.png">',
        "<img>",
        '<a href="http://[::1]/">a</a>',
        '<a href="http://xn--a.example:80/">a</a>',
        '<a href="http:x.&#xd800;example">a</a>',
        '<a href="javascript:a" title="t" lang="en">a</a>',
        '<p title="<span>">a</p></span>',
        "<table> <span> </span></table>",
        "<im<span>g src=/x></span>",
        '<span a="x"title=y>t</span>',
        '<span a="b>c">t</span>',
        "<span a/title=x>t</span>",
        "<span><video></span>a",
        "<span><cite></span>a</cite>",
        "<span><b></span>a</b>",
        "<pre><span>\na</span></pre>",
        "<A>b<a>c</a></A>",
        "<script>a</script\xa0>b",
        "<p>&#xFDD0;a&#x1FFFE;</p>",
        '<p title="&#64976;">a</p>',
        "<p>&#13\n</p>",
        '<video><source src="https://x.example/a.mp4" width="1"></video>',
        '<p title="a&copy b">c</p>',
        "<div>" * 201,
    ],
)
def test_what_a_parser_sees_otherwise_is_left_to_it(html: str) -> None:
    assert not alike(html)


COMMON = st.sampled_from(
    sorted(words("a b i span div p em strong blockquote ul li img video iframe pre br/ hr o:p font h2"))
)
RARE = st.sampled_from([*sorted(ELEMENTS | TAGS), "image", "listing", "x-y", "P", "Div", "search", "rb"])
TEXTS = st.sampled_from(
    [
        "a", " ", "\n", "a > b", "&amp;", "&lt;b&gt;", "&nbsp;", "\xa0", "&eacute;", "&#60;", "&#128;", "&#0;",
        "&bogus;", "&amp", "&#x41", "&", "a & b", "&notin;", "&notit;", "&copy2", "\u3000", "&#13;",
        "&zwj;", "&#xd800;",
    ]
)  # fmt: skip
VALUES = st.sampled_from(
    """"a"|'a'|a|""|"a b"|'"'|"&quot;"|"a&b=c&copy=d"|"&copy"|"\xa0"|"/x"|"?q#f"|"https://x.example/a b?utm_source=c"|
    "http://x.example:80/"|"javascript:a"|"//y.example"|"&#10;"|"mailto:a@x.example"|"/i.png 1x, j.png 2x"|"1"|a/|
    "http://1.2.3.4/"|"&lt;p&gt;"|"data:,a"|"https://www.youtube.com/embed/abc123"|'https://player.vimeo.com/video/1'|
    "&#x26;amp;"|"\n"|"https://x.example/i.png"|"../j.png"|"/./a"|"/\\a"|"https://pixel.wp.com/g.gif"
    """.strip().split("|")
)
KNOWN = sorted(
    {*set().union(*ATTRIBUTES.values()), "class", "style", "onclick", "id", "data-src", "rel", "HREF", "a:b"}
)
ATTRIBUTE = st.one_of(
    st.sampled_from(KNOWN).map(lambda name: f" {name}"),
    st.tuples(st.sampled_from(KNOWN), VALUES, st.sampled_from([" ", "\n ", ""])).map(
        lambda of: f"{of[2]}{of[0]}={of[1]}"
    ),
)
TAG = st.tuples(
    COMMON | COMMON | COMMON | RARE,
    st.lists(ATTRIBUTE, max_size=3).map("".join),
    st.sampled_from(["", "", "/", " /", " "]),
).map("".join)
LOOSE = st.sampled_from(
    [
        "<!-- a -->",
        "<!-- <b> -->",
        "</img>",
        "<span>",
        "</span>",
        "<SPAN>",
        "<!-->",
        "</p>",
        "</br>",
        "<",
        "</",
        "<a",
        "<!doctype html>",
        "<? ?>",
    ]
)
PIECES = st.recursive(
    TEXTS | TEXTS | LOOSE | TAG.map(lambda tag: f"<{tag}>"),
    lambda inner: st.tuples(TAG, st.lists(inner, max_size=4).map("".join)).map(
        lambda of: f"<{of[0]}>{of[1]}</{of[0].split()[0].rstrip('/')}>"
    ),
    max_leaves=10,
)


ODD = st.sampled_from(
    """<!-->|<!-- a --!> -->|<!doctype html>|<![CDATA[a]]>|<?php a ?>|</|<|<1>|</p>|</b>|</span>|<span>|
    <SPAN title=x>|<script>|<style>a</styles></style>|<textarea><p></textarea>|
    <noscript><img src=/x></noscript>|<svg><p>a</svg>|<math>a</math>|<select><option>a</select>|<template><p>|
    <plaintext>|<image src=/x>|<form>|<button><p>a|<p>|<li>|<dd>|<tr>|<td>|<table>|</table>|</div>|<h2>|
    <a href=/x>|<A>|<nobr>|<b>|<ruby>a<rt>b</ruby>|<rt>|<col>|<br/>|</br>|<p/>|<td/>|<base href=/>|<pre>\n|
    <int>|</int>|<annotation-xml>|<listing>|<marquee>|<video>|<iframe>|<summary>|<optgroup>|<legend>|</\xa0p>|
    &am|p;|"|'|=|>
    """.replace("|\n    ", "|")
    .strip()
    .split("|")
)


@st.composite
def tidy(draw: st.DrawFn, holds: frozenset[str] = ANYTHING, around: tuple[str, ...] = ()) -> str:
    """HTML nested as it should be: what :func:`cleaned` is mostly sure of."""
    written = []
    for _ in range(draw(st.integers(0, 3 - len(around) // 2))):
        if len(holds) > 5:
            written.append(draw(TEXTS))
        name = draw(st.sampled_from(sorted(holds - set(around) if "a" in around else holds)))
        given = (
            draw(ATTRIBUTE) if draw(st.integers(0, 5)) == 0 else ' src="/i.png"' if name in ("img", "source") else ""
        )
        written.append(f"<{name}{given}>")
        if name not in VOID:
            written.append(draw(tidy(MAY_HOLD.get(name, holds), (*around, name))))
            written.append(f"</{name}>")
    return "".join(written)


@settings(max_examples=600, deadline=None)
@given(tidy(), st.none() | ODD, st.floats(0, 1), st.sampled_from([None, BASE]))
def test_one_odd_thing_in_tidy_html_changes_nothing_about_that(
    html: str, odd: str | None, where: float, base: str | None
) -> None:
    at = int(where * len(html))
    html = legal(html if odd is None else html[:at] + odd + html[at:])
    alike(html, base)
    once = clean(html, base)
    assert clean(once) == once


@settings(max_examples=700, deadline=None)
@given(st.lists(PIECES, max_size=4).map("".join), st.sampled_from([None, BASE]))
@example('<p><iframe src="https://www.youtube.com/embed/abc123"></iframe></p>', None)
def test_both_ways_give_the_same(html: str, base: str | None) -> None:
    alike(legal(html), base)


def test_most_real_articles_need_no_parser(corpus: list[dict[str, str]]) -> None:
    sure = tried = 0
    for each in corpus:
        document = Document(body=Path(each["path"]).read_bytes(), url=each["url"])
        if len(document.body) > 200_000:
            continue
        for entry in parse((document,), Source(id="a", url=each["url"]), NOW).entries:
            for text in entry.contents:
                if "<" in text.value:
                    tried += 1
                    sure += alike(legal(text.value), each["url"])
    assert tried > 300
    assert sure > 0.9 * tried
