"""Nothing a source sends may run anywhere it is shown."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest

from aggregator.articles import identify, normalise
from aggregator.articles.clean import clean
from aggregator.model import Article, Category, FeedInfo, Link, ParsedEntry, ParsedFeed, Person, Source, Text

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOURCE = Source(id="hostile", url="https://feeds.example.org/feed.xml")

VECTORS = (
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script/x>alert(1)</script>",
    "<script>alert(1)",
    "<<script>alert(1)//<</script>",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "</title><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "<!--><script>alert(1)</script>-->",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)",
    "<img/src=x/onerror=alert(1)>",
    "<img src='x' onerror\n=\nalert(1)>",
    "<img src=x onerror=&#97;lert(1)>",
    "<IMG SRC=\"javascript:alert('x')\">",
    '<img src="jav&#x09;ascript:alert(1)">',
    '<img src="jav\tascript:alert(1)">',
    '<img src=" &#14; javascript:alert(1)">',
    '<img srcset="javascript:alert(1) 1x, x onerror=alert(1) 2x">',
    '<img src=x alt="`><script>alert(1)</script>">',
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)//",
    "<svg><script>alert(1)</script></svg>",
    '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=1 onerror=alert(1)>'>",
    "<math href='javascript:alert(1)'>x</math>",
    '<math><annotation-xml encoding="text/html"><script>alert(1)</script></annotation-xml></math>',
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<textarea><p title='</textarea><img src=x onerror=alert(1)>'></textarea>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'></xmp>",
    "<template><script>alert(1)</script></template>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<iframe><script>alert(1)</script></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<object data='data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=='></object>",
    "<embed src=javascript:alert(1)>",
    "<applet code=x></applet>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)></select>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video src=x onerror=alert(1)></video>",
    "<video poster=javascript:alert(1) src=x></video>",
    "<audio src=javascript:alert(1)></audio>",
    "<video><source onerror=alert(1) src=x></video>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<x onclick=alert(1)>x</x>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href='java&#10;script:alert(1)'>x</a>",
    "<a href='java\x00script:alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='&#106;&#97;&#118;&#97;script&colon;alert(1)'>x</a>",
    "<a href='javascript&NewLine;:alert(1)'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='view-source:javascript:alert(1)'>x</a>",
    "<a href='//evil.example/' onmouseover=alert(1)>x</a>",
    "<a href='x' style='background:url(javascript:alert(1))'>x</a>",
    "<div style='width:expression(alert(1))'>x</div>",
    "<style>@import 'javascript:alert(1)';</style>",
    "<link rel=stylesheet href=javascript:alert(1)>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href=javascript:alert(1)//><a href=x>y</a>",
    "<table background=javascript:alert(1)><tr><td>x</td></tr></table>",
    "<blockquote cite=javascript:alert(1)>x</blockquote>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;",
    "&#60;img src=x onerror=alert(1)&#62;",
    "javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
)
NAMES = (
    "a abbr address article aside audio b bdi bdo big blockquote br caption center cite code col colgroup dd del"
    " details div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p"
    " picture pre q s samp section small source span strike strong sub summary sup table tbody td tfoot th thead time"
    " tr tt u ul var video wbr"
)
KEPT_TAGS = set(NAMES.split())
ADDRESSES = {"href", "src", "poster", "cite", "srcset"}


class Executable(HTMLParser):
    """Collects whatever could run, by an own list and not by the one under test."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in KEPT_TAGS:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or name in ("style", "srcdoc", "formaction", "action", "data", "background"):
                self.found.append(f"{name}={value}")
            if name in ADDRESSES and not re.match(r"https?://|mailto:", value or ""):
                self.found.append(f"{name}={value}")

    handle_startendtag = handle_starttag

    def handle_comment(self, data: str) -> None:
        self.found.append(f"<!--{data}-->")


def article(**claimed: Any) -> Article:
    entry = ParsedEntry(raw_hash=b"x", raw_id="1", base=SOURCE.url, **claimed)
    (made,) = normalise(identify(ParsedFeed(entries=(entry,), road="test"), SOURCE), FeedInfo(), SOURCE, NOW)
    return made


def test_the_checker_itself_finds_what_runs() -> None:
    raw = "".join(VECTORS[:60])
    assert len(Executable(raw).found) > 20


@pytest.mark.parametrize("vector", VECTORS)
@pytest.mark.parametrize("kind", ["text/html", "text/plain", "application/xhtml+xml"])
def test_content_has_nothing_that_runs(vector: str, kind: str) -> None:
    made = article(contents=(Text(value=f"before {vector} after", type=kind, base=SOURCE.url),))
    assert not Executable(made.content_html or "").found
    assert clean(made.content_html or "") == (made.content_html or "")


@pytest.mark.parametrize("vector", VECTORS)
def test_content_that_is_not_placed_in_anything_has_nothing_that_runs(vector: str) -> None:
    assert not Executable(clean(vector, "https://example.org/")).found
    assert not Executable(clean(vector, "javascript:alert(1)")).found


@pytest.mark.parametrize("vector", VECTORS)
@pytest.mark.parametrize("kind", ["text/html", "text/plain"])
def test_titles_names_and_tags_hold_no_markup_even_where_a_reader_takes_them_for_html(vector: str, kind: str) -> None:
    made = article(
        title=Text(value=vector, type=kind),
        authors=(Person(name=vector, url=vector, email=vector),),
        categories=(Category(term=vector, scheme=vector, label=vector),),
        rights=vector,
        attribution=vector,
    )
    texts = [made.title, made.rights, made.attribution]
    texts += [author.name for author in made.authors] + [t for tag in made.tags for t in (tag.term, tag.label)]
    for text in filter(None, texts):
        assert not Executable(text).found, text
        assert not Executable(unescape(text)).found, text
    assert all(author.url is None or author.url.startswith("https://") for author in made.authors)
    assert all(tag.scheme is None for tag in made.tags)


@pytest.mark.parametrize("vector", VECTORS)
def test_links_lead_to_the_web_or_nowhere(vector: str) -> None:
    made = article(
        title=Text(value="t"),
        links=(Link(href=vector), Link(href=vector, rel="via"), Link(href=vector, rel="enclosure")),
        image=vector,
        comments=vector,
    )
    addresses = [made.url, made.image, made.comments, *(link.href for link in made.links)]
    addresses += [enclosure.url for enclosure in made.enclosures]
    for address in filter(None, addresses):
        assert re.match(r"https://feeds\.example\.org/", address)
        assert not re.search(r"[\s<>\"]", address)


@pytest.mark.parametrize("vector", VECTORS)
def test_an_id_that_is_published_is_an_address_and_no_script(vector: str) -> None:
    entry = ParsedEntry(raw_hash=b"x", raw_id=vector, title=Text(value="t"))
    (made,) = normalise(identify(ParsedFeed(entries=(entry,), road="test"), SOURCE), FeedInfo(), SOURCE, NOW)
    assert made.id.startswith("urn:uuid:")
