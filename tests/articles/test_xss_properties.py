"""HTML put together from the pieces that attacks are made of: it comes out harmless, and settled."""

from __future__ import annotations

from datetime import UTC, datetime

from harmless import html_faults
from hypothesis import example, given, settings
from hypothesis import strategies as st
from xss_vectors import DEEP, VECTORS

from aggregator.articles import identify, normalise
from aggregator.articles.clean import clean
from aggregator.model import Article, FeedInfo, ParsedEntry, ParsedFeed, Source, Text

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOURCE = Source(id="hostile", url="https://feeds.example.org/feed.xml")
BASE = "https://feeds.example.org/a/"

_ELEMENTS_WORDS = (
    "a b p div table tr td caption colgroup li dl dd details summary pre h1 ruby rt font nobr center code picture"
    " source img image video audio svg math mtext mi mglyph malignmark annotation-xml foreignObject desc title"
    " style script noscript noembed noframes iframe textarea select option template xmp listing plaintext form"
    " button input body html head frameset frame base meta link object embed param applet marquee isindex x-y slot"
)
_ELEMENTS = _ELEMENTS_WORDS.split()
_NAMES_WORDS = (
    "href src srcset poster cite action formaction xlink:href style onerror onload onclick srcdoc id name class"
    " title alt data-src data-srcset width height target ping background sizes type encoding is dir lang"
)
_NAMES = _NAMES_WORDS.split()
_VALUES = (
    "x", "https://ok.example/a", "//evil.example/", "/a?b=1&amp;c", "javascript:pwned=1", "jav&#9;ascript:pwned=1",
    "\x01javascript:pwned=1", "&#106;avascript&colon;pwned=1", "data:text/html,x", "mailto:a@ok.example", "pwned=1",
    "</style><img src=x onerror=pwned=1>", "--><img src=x onerror=pwned=1>", "</title>", "a 1x, javascript:b 2x",
    "1", "&quot;", "text/html",
    "https://[::1", "https://evil.example:99999/", "http://1.2.3.4.5/", "\u202e", "\\\\evil.example",
)  # fmt: skip
_PIECES = (
    "<!--", "-->", "--!>", "<!-->", "<![CDATA[", "]]>", "<?x", "?>", "<!x", "</", "</>", "<", ">", "&", "&lt;", "&gt;",
    "&#60", "&#x3c;", "&amp;lt;", "&NewLine;", "&#0;", "&#xd800;", "\x00", "\x0c", "\x1f", "\x85", "\u2028", "\ufeff",
    "\ud800", "`", "'", '"', "=", "/", "\n", "\t", "text", "pwned=1",
)  # fmt: skip
_quoted = st.sampled_from(["{}", "'{}'", '"{}"', '"{}', "'{}", "`{}`", "\n=\n'{}'"])
_attribute = st.builds(
    lambda gap, name, quotes, value: f"{gap}{name}={quotes.format(value)}",
    st.sampled_from([" ", "/", "\n", "\x0c", "\x0b", ""]),
    st.sampled_from(_NAMES),
    _quoted,
    st.sampled_from(_VALUES),
)
_start = st.builds(
    lambda name, attributes, end: f"<{name}{''.join(attributes)}{end}",
    st.sampled_from(_ELEMENTS) | st.sampled_from(_ELEMENTS).map(str.upper),
    st.lists(_attribute, max_size=3),
    st.sampled_from([">", ">", ">", " >", "/>", ""]),
)
_end = st.builds(
    lambda name, end: f"</{name}{end}", st.sampled_from(_ELEMENTS), st.sampled_from([">", ">", " x=y>", "/>", ""])
)
nasty = st.lists(
    st.one_of(_start, _start, _end, st.sampled_from(_PIECES), st.sampled_from(VECTORS).map(lambda each: each.html)),
    max_size=14,
).map("".join)


def article(html: str) -> Article:
    text = Text(value=html, type="text/html", base=BASE)
    entry = ParsedEntry(raw_hash=b"x", raw_id="1", base=SOURCE.url, contents=(text,), title=Text(value="t"))
    (made,) = normalise(identify(ParsedFeed(entries=(entry,), road="test"), SOURCE), FeedInfo(), SOURCE, NOW)
    return made


@settings(max_examples=500, deadline=None)
@given(nasty)
@example("".join(each.html for each in VECTORS))
@example(DEEP[0].html)
@example(DEEP[1].html)
def test_whatever_attacks_are_made_of_comes_out_harmless_and_settled(html: str) -> None:
    once = clean(html, BASE)
    assert html_faults(once) == ()
    assert clean(once, BASE) == once
    assert clean(once) == once


@settings(max_examples=200, deadline=None)
@given(nasty)
def test_an_article_that_is_read_back_is_the_same_article(html: str) -> None:
    once = article(html)
    if once.content_html is not None and "<" in once.content_html:  # without a tag it would be read as plain text
        again = article(once.content_html)
        assert again.content_html == once.content_html
        assert again.fingerprint == once.fingerprint
        assert again.summary == once.summary
