"""Enclosures, media, episodes, places and threads: what came in goes out (O19, O31, rows 26 and 37 of the field)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from aggregator.articles import identify, normalise, normalise_info
from aggregator.model import (
    Category,
    Chapter,
    Credit,
    Document,
    Enclosure,
    Episode,
    Link,
    Output,
    Place,
    Reference,
    Replies,
    Site,
    Source,
)
from aggregator.parse import parse
from aggregator.publish import FORMATS, assemble

CORPUS = Path(__file__).parent.parent / "corpus"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SITE = Site(title="Planet", url="https://planet.example/", id="tag:planet.example,2026:planet")
NS = {
    "a": "http://www.w3.org/2005/Atom",
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "psc": "http://podlove.org/simple-chapters",
    "georss": "http://www.georss.org/georss",
    "thr": "http://purl.org/syndication/thread/1.0",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "cc": "http://backend.userland.com/creativeCommonsRssModule",
}
RICH = (
    "atom-threads",
    "georss-earthquakes",
    "georss-shapes",
    "media-rss",
    "news-media-captions",
    "podcast",
    "podcast-2.0",
    "podcast-buzzsprout",
    "podcast-owner-after-author",
)
"""Feeds of the corpus that say more than words."""


def held(body: bytes, url: str):
    """The articles of a document, and what its feed says of itself."""
    source = Source(id="source", url=url)
    said = parse((Document(body=body, url=url),), source, NOW)
    assert said.problem is None
    return normalise(identify(said, source), said.info, source, NOW), normalise_info(said.info, url)


def facts(article):
    """What is compared: one date, for a document dates every entry; no ``medium``, which is read in the type, too."""
    names = ("episode", "in_reply_to", "replies", "licence", "tags", "language", "image")
    return {name: getattr(article, name) for name in names} | {
        "places": frozenset(article.places),
        "date": article.published or article.updated or article.first_seen,
        "enclosures": [replace(each, medium=None) for each in article.enclosures],
    }


@pytest.mark.parametrize("kind", ["atom", "rss"])
@pytest.mark.parametrize("name", RICH)
def test_o31_what_comes_in_goes_out(name, kind):
    """Read again, our own document says the same as the source's."""
    path = next((CORPUS / name).glob("input.*"))
    articles, info = held(path.read_bytes(), "https://source.example/feed")
    sources = {"source": Source(id="source", url="https://source.example/feed")}
    made = assemble(articles, {"source": info}, sources, SITE, Output(id="main", limit=1000), first=True)
    again = {each.id: each for each in held(FORMATS[kind].render(made), "https://planet.example/feed")[0]}
    assert again.keys() == {each.id for each in articles}
    for each in articles:
        assert facts(again[each.id]) == facts(_as_far_as_words_go(each, kind))


def _as_far_as_words_go(article, kind):
    """RSS has no place for a category's label beside its term, nor for the date of the last answer."""
    if kind == "atom":
        return article
    tags = tuple(Category(term=tag.label or tag.term, scheme=tag.scheme) for tag in article.tags)
    replies = article.replies and replace(article.replies, updated=None)
    return replace(article, tags=tags, replies=replies)


@pytest.fixture
def rendered(feed, article):
    """``rendered(kind, **said)``: the entry of an article as a tree."""

    def render(kind, **said):
        root = etree.fromstring(FORMATS[kind].render(feed(article(**said))))
        return root.find("a:entry" if kind == "atom" else "channel/item", NS)

    return render


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_o31_nothing_is_invented(kind, rendered):
    """An entry that has a file and no more gets no element of Media RSS nor of a podcast."""
    entry = rendered(kind, enclosures=(Enclosure(url="https://blog.example/a.mp3", type="audio/mpeg", length=5),))
    foreign = {etree.QName(each).namespace for each in entry.iter()} - {None, NS["a"], NS["dc"]}
    assert foreign <= {"http://purl.org/rss/1.0/modules/content/"}


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_o31_a_media_group_has_at_least_two_files(kind, rendered):
    """MediaGroupWithoutAlternatives: a rendition of a file that is not there stands alone."""
    first = Enclosure(url="https://blog.example/a.mp3", duration=60)
    other = Enclosure(url="https://blog.example/a.ogg", rendition_of=first.url)
    lost = Enclosure(url="https://blog.example/b.ogg", rendition_of="https://blog.example/gone.mp3", medium="audio")
    entry = rendered(kind, enclosures=(first, other, lost))
    groups = entry.findall("media:group", NS)
    assert [[each.get("url")[-5:] for each in group] for group in groups] == [["a.mp3", "a.ogg"]]
    assert [each.get("url")[-5:] for each in entry.findall("media:content", NS)] == ["b.ogg"]


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_media_values_the_validator_refuses_are_left_out(kind, rendered):
    """InvalidMediaMedium, InvalidMIMEType, InvalidNonNegativeInteger, InvalidItunesEpisodeType."""
    odd = Enclosure(url="https://blog.example/a", type="audio", length=-5, medium="hologram", duration=0, width=0)
    episode = Episode(season=0, number="3.5", kind="special", explicit=True)
    entry = rendered(kind, enclosures=(odd,), episode=episode)
    (content,) = entry.findall("media:content", NS)
    assert dict(content.attrib) == {"url": "https://blog.example/a"}
    said = {etree.QName(each).localname: each.text for each in entry if etree.QName(each).namespace == NS["itunes"]}
    assert said == {"explicit": "true"}
    assert entry.findtext("podcast:episode", namespaces=NS) == "3.5"


def test_every_file_of_several_is_in_rss_though_its_profile_allows_one_enclosure(rendered):
    files = tuple(Enclosure(url=f"https://blog.example/{n}.mp3", type="audio/mpeg", title=f"Part {n}") for n in "12")
    item = rendered("rss", enclosures=files)
    assert [each.get("url") for each in item.findall("enclosure")] == ["https://blog.example/1.mp3"]
    (other,) = item.findall("media:content", NS)
    assert (other.get("url"), other.get("type")) == ("https://blog.example/2.mp3", "audio/mpeg")
    assert other.findtext("media:title", namespaces=NS) == "Part 2"


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_a_picture_is_a_thumbnail_only_where_its_source_named_it(kind, rendered):
    """The first picture of a text stands for the article; it is in the text, and nobody called it a thumbnail."""
    picture = "https://blog.example/p.png?a=1&b=2"
    named = rendered(kind, image=picture)
    assert [each.get("url") for each in named.findall("media:thumbnail", NS)] == [picture]
    shown = rendered(kind, image=picture, content_html='<p><img src="https://blog.example/p.png?a=1&amp;b=2"></p>')
    assert shown.find("media:thumbnail", NS) is None
    enclosed = rendered(kind, image=picture, enclosures=(Enclosure(url=picture, type="image/png"),))
    assert enclosed.find("media:thumbnail", NS) is None


def test_o19_a_thread_goes_on_in_atom(rendered):
    """RFC 4685: what it answers, how many answers there are, and where."""
    since = datetime(2026, 11, 2, tzinfo=UTC)
    answer = Reference(
        ref="tag:blog.example,2026:0", href="https://blog.example/0", type="text/html", source="https://blog.example/f"
    )
    entry = rendered(
        "atom",
        in_reply_to=(answer, Reference(href="https://blog.example/without-an-id")),
        replies=Replies(
            count=3, updated=since, feed="https://blog.example/1/replies", post_to="https://blog.example/p"
        ),
        comments="https://blog.example/1#comments",
        links=(Link(rel="replies", href="https://blog.example/1/replies", type="application/atom+xml"),),
    )
    assert [dict(each.attrib) for each in entry.findall("thr:in-reply-to", NS)] == [
        {"ref": answer.ref, "href": answer.href, "type": answer.type, "source": answer.source}
    ]
    assert [dict(each.attrib) for each in entry.findall("a:link[@rel='replies']", NS)] == [
        {"rel": "replies", "href": "https://blog.example/1#comments", "type": "text/html"},
        {
            "rel": "replies",
            "href": "https://blog.example/1/replies",
            "type": "application/atom+xml",
            f"{{{NS['thr']}}}count": "3",
            f"{{{NS['thr']}}}updated": "2026-11-02T00:00:00+00:00",
        },
    ]
    assert entry.findtext("thr:total", namespaces=NS) == "3"
    assert entry.findtext("wfw:comment", namespaces=NS) == "https://blog.example/p"
    assert entry[-1].tag == f"{{{NS['a']}}}source"


def test_o19_a_thread_goes_on_in_rss(rendered):
    replies = Replies(count=3, feed="https://blog.example/1/replies")
    item = rendered("rss", replies=replies, comments="https://blog.example/1#comments")
    assert item.findtext("comments") == "https://blog.example/1#comments"
    assert item.findtext("slash:comments", namespaces=NS) == "3"
    assert item.findtext("wfw:commentRss", namespaces=NS) == "https://blog.example/1/replies"
    assert rendered("rss", replies=replies).find("comments") is None


def test_what_rss_has_no_word_for_is_in_its_modules(rendered):
    """Language (row 37), rights of the entry or else of its source (O7), licence, when it was changed."""
    item = rendered(
        "rss", language="de", licence="https://creativecommons.org/licenses/by/4.0/", updated=NOW, rights=None
    )
    assert item.findtext("dc:language", namespaces=NS) == "de"
    assert item.findtext("dc:rights", namespaces=NS) == "CC BY"
    assert item.findtext("cc:license", namespaces=NS) == "https://creativecommons.org/licenses/by/4.0/"
    assert item.findtext("{http://purl.org/dc/terms/}modified") == "2026-11-20T12:00:00+00:00"


def test_an_unchanged_item_does_not_say_when_it_was_changed(rendered):
    assert rendered("rss").find("{http://purl.org/dc/terms/}modified") is None


def test_chapters_and_people_of_an_episode(rendered):
    credit = Credit(name="Ann <A>", role="guest", url="https://ann.example/", image="javascript:1")
    mark = Chapter(start=3661.5, title="The end", url="https://blog.example/end")
    entry = rendered("rss", episode=Episode(marks=(mark,), credits=(credit,), number="7", name="Seven"))
    (chapter,) = entry.findall("psc:chapters/psc:chapter", NS)
    assert dict(chapter.attrib) == {"start": "01:01:01.500", "title": "The end", "href": "https://blog.example/end"}
    (person,) = entry.findall("podcast:person", NS)
    assert (person.text, dict(person.attrib)) == (
        "Ann <A>",
        {"role": "guest", "group": "cast", "href": "https://ann.example/"},
    )
    assert dict(entry.find("podcast:episode", NS).attrib) == {"display": "Seven"}


@pytest.mark.parametrize(
    ("place", "tag", "text"),
    [
        (Place(points=((1e-7, -77.0),)), "point", "0.0000001 -77"),
        (Place(shape="line", points=((1.5, 2.25), (3, 4))), "line", "1.5 2.25 3 4"),
        (Place(shape="circle", points=((1, 2),), radius=500), "circle", "1 2 500"),
    ],
    ids=["point", "line", "circle"],
)
def test_a_place_is_written_in_plain_decimals(place, tag, text, rendered):
    entry = rendered("atom", places=(replace(place, name="Here", elevation=-3.5),))
    assert entry.findtext(f"georss:{tag}", namespaces=NS) == text
    assert entry.findtext("georss:featureName", namespaces=NS) == "Here"
    assert entry.findtext("georss:elev", namespaces=NS) == "-3.5"


def test_several_places_keep_their_own_names(rendered):
    entry = rendered("atom", places=(Place(points=((1, 2),), name="A"), Place(points=((3, 4),), name="B")))
    assert [each.get("featurename") for each in entry.findall("georss:point", NS)] == ["A", "B"]
    assert entry.find("georss:featureName", NS) is None


def test_tags_keep_their_scheme_and_entries_their_language(rendered):
    """Row 37 of the field: scheme and xml:lang go out."""
    entry = rendered("atom", language="pt-BR", tags=(Category(term="t", scheme="https://blog.example/tags"),))
    assert entry.get("{http://www.w3.org/XML/1998/namespace}lang") == "pt-BR"
    assert dict(entry.find("a:category", NS).attrib) == {"term": "t", "scheme": "https://blog.example/tags"}
