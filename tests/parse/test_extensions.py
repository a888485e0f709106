"""What feeds say beyond RSS and Atom: one rule at a time, on both roads."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from aggregator.model import (
    Chapter,
    Credit,
    Document,
    Episode,
    FeedInfo,
    ParsedEntry,
    ParsedFeed,
    Place,
    Reference,
    Replies,
    Wishes,
)
from aggregator.parse import extensions, fast, feed, salvage
from aggregator.parse.decode import decode
from aggregator.parse.names import Children, common

URL = "https://example.org/feed"
SPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "georss": "http://www.georss.org/georss",
    "gml": "http://www.opengis.net/gml",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "thr": "http://purl.org/syndication/thread/1.0",
    "at": "http://purl.org/atompub/tombstones/1.0",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "access": "http://www.bloglines.com/about/specs/fac-1.0",
    "indexing": "urn:atom-extension:indexing",
    "xhtml": "http://www.w3.org/1999/xhtml",
    "webfeeds": "http://webfeeds.org/rss/1.0",
    "cc": "http://creativecommons.org/ns#",
    "psc": "http://podlove.org/simple-chapters",
}
DECLARED = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in SPACES.items())


def rss(item: str, channel: str = "") -> str:
    return f'<rss version="2.0" {DECLARED}><channel><title>c</title>{channel}<item>{item}</item></channel></rss>'


def read(text: str) -> ParsedFeed:
    """The feed, alike on both roads."""
    document = Document(body=text.encode(), url=URL)
    slow, quick = feed.parse(document, text), fast.parse(document, text)
    assert quick is None or (quick.info, quick.entries, quick.tombstones) == (slow.info, slow.entries, slow.tombstones)
    return slow


def entry(item: str) -> ParsedEntry:
    (found,) = read(rss(item)).entries
    return found


def image(item: str) -> str | None:
    return entry(item).image


# ---- names


def test_a_namespace_is_known_in_every_spelling() -> None:
    assert common("{http://search.yahoo.com/mrss}Thumbnail") == "media:thumbnail"
    assert common("{HTTP://www.itunes.com/DTDs/PodCast-1.0.dtd}image") == "itunes:image"
    assert common("{http://www.w3.org/2005/Atom}link") == common("link") == common("atom:link") == "link"
    assert common("itunes:Image") == "itunes:image"  # a prefix nobody declared, in a recovered tree
    assert common("{urn:x}image") == "?:image"


# ---- media


MEDIA = {
    "content": '<media:content medium="image" url="https://i.example/c.jpg"/>',
    "thumbnail": '<media:thumbnail url="https://i.example/t.jpg"/>',
    "featured": '<webfeeds:featuredImage url="https://i.example/f.jpg"/>',
    "itunes": '<itunes:image href="https://i.example/i.jpg"/>',
    "item": "<image><url>https://i.example/r.jpg</url></image>",
}


def test_pictures_are_chosen_in_the_stated_order() -> None:
    remaining = list(MEDIA)
    while remaining:
        item = "".join(MEDIA[each] for each in reversed(remaining))
        assert image(item) == f"https://i.example/{'r' if remaining[0] == 'item' else remaining[0][0]}.jpg"
        remaining.pop(0)
    assert image("") is None


def test_of_several_pictures_the_default_counts_then_the_widest_then_the_first() -> None:
    one = '<media:content type="image/png" url="https://i.example/{}" width="{}"/>'
    assert image(one.format("a", 1) + one.format("b", 20) + one.format("c", 3)) == "https://i.example/b"
    assert image(one.format("a", 5) + one.format("b", 5)) == "https://i.example/a"
    default = '<media:content type="image/png" url="https://i.example/d" isDefault="true"/>'
    assert image(one.format("a", 9) + default) == "https://i.example/d"


def test_the_face_of_the_author_is_not_the_picture_of_the_article() -> None:
    face = '<media:content medium="image" url="https://1.gravatar.com/avatar/x"/>'
    assert image(face + MEDIA["content"]) == "https://i.example/c.jpg"
    assert image(face) is None


def test_a_stamp_is_the_picture_only_where_the_text_has_none() -> None:
    stamp = '<media:thumbnail width="72" height="72" url="https://i.example/s72-c/a.jpg"/>'
    assert image(stamp) == "https://i.example/s72-c/a.jpg"
    assert image(stamp + "<description>&lt;img src='b.jpg'&gt;</description>") is None
    assert image(stamp.replace('"72"', '"720"') + "<description>&lt;img src='b.jpg'&gt;</description>") is not None
    assert image('<media:thumbnail url="https://avatars.githubusercontent.com/u/1"/>') is None


def test_what_two_places_say_of_one_file_is_put_together() -> None:
    (file,) = entry(
        '<enclosure url="https://a.example/1.mp3" type="audio/mpeg" length="0"/>'
        '<media:content url="https://a.example/1.mp3" type="audio/x" fileSize="7" duration="61"/>'
        "<itunes:duration>9</itunes:duration>"
    ).enclosures
    assert (file.type, file.length, file.duration, file.medium) == ("audio/mpeg", 7, 61, "audio")


def test_renditions_name_the_default_of_their_group() -> None:
    content = '<media:content medium="video" url="https://a.example/{}" {}/>'
    group = "<media:group>" + content.format("a", "") + content.format("b", 'isDefault="true"') + "</media:group>"
    found = entry(group + content.format("c", "")).enclosures
    assert {each.url[-1]: each.rendition_of and each.rendition_of[-1] for each in found} == {
        "a": "b",
        "b": None,
        "c": None,
    }


@pytest.mark.parametrize(
    ("attributes", "kept"),
    [
        ('medium="audio"', True),
        ('type="video/mp4"', True),
        ('medium="document"', True),
        ('medium="executable"', True),
        ('medium="image"', False),
        ('type="application/x-shockwave-flash"', False),
        ('type="application/x-shockwave-flash" expression="full" lang="a.mp4"', False),
        ("", False),
    ],
)
def test_media_that_is_a_file_is_an_enclosure(attributes: str, kept: bool) -> None:
    assert bool(entry(f'<media:content url="https://a.example/x" {attributes}/>').enclosures) is kept


@pytest.mark.parametrize(
    ("name", "medium"),
    [("a.mp4", "video"), ("a.MP3?x=.jpg", "audio"), ("a.pdf#1", "document"), ("a.php", None), ("a.jpg", None)],
)
def test_a_file_nothing_is_said_of_is_known_by_its_name(name: str, medium: str | None) -> None:
    files = entry(f'<media:content url="https://a.example/{name}"/>').enclosures
    assert [each.medium for each in files] == ([medium] if medium else [])


def test_a_picture_nothing_is_said_of_is_known_by_its_name() -> None:
    assert image('<media:content url="https://i.example/c.webp?w=1"/>') == "https://i.example/c.webp?w=1"
    assert image('<media:content url="https://i.example/c.php"/>') is None
    assert image('<media:content url="https://i.example/c.jpg" type="video/mp4"/>') is None


def test_an_address_may_be_the_text_of_its_element() -> None:
    assert image("<media:thumbnail> https://i.example/t.jpg </media:thumbnail>") == "https://i.example/t.jpg"
    assert image("<itunes:image>https://i.example/i.jpg</itunes:image>") == "https://i.example/i.jpg"
    assert image("<itunes:image>a picture</itunes:image>") is None
    (file,) = entry("<enclosure>https://a.example/1.mp3</enclosure>").enclosures
    assert file.url == "https://a.example/1.mp3"
    assert entry("<enclosure>no address</enclosure>").enclosures == ()


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("754", 754),
        ("12:34", 754),
        ("1:02:03.5", 3723),
        ("PT1H2M3S", 3723),
        ("45 min", 2700),
        ("1h 2m", 3720),
        ("2 hours, 5 minutes", 7500),
        ("90 sec", 90),
        ("0", None),
        ("00:00:00", None),
        ("soon", None),
        ("12 MB", None),
        ("5 m 3", None),
        ("-5", None),
        ("1:2:3:4", None),
    ],
)
def test_a_duration_is_read_as_people_write_it(written: str, seconds: int | None) -> None:
    (file,) = entry(
        f'<enclosure url="https://a.example/1.mp3"/><itunes:duration>{written}</itunes:duration>'
    ).enclosures
    assert file.duration == seconds


# ---- captions


D = "<description>The article.</description>"
C = "<content:encoded>The whole article.</content:encoded>"
K = "<itunes:summary>A caption that is longer than all of the article is.</itunes:summary>"
M = "<media:content medium='image' url='https://i.example/x'><media:description>{}</media:description></media:content>"


@pytest.mark.parametrize(
    "item", [D + K + C, K + D + C, C + K + D, M.format("Words") + D + C, D + M.format("Words") + C]
)
def test_a_caption_is_not_the_article(item: str) -> None:
    found = entry(item)
    assert found.summary is not None
    assert (found.summary.value, found.summary.type) == ("The article.", "text/html")
    assert [each.value for each in found.contents] == ["The whole article."]


def test_a_caption_is_the_summary_where_there_is_no_other() -> None:
    only = entry(K)
    assert only.summary is not None
    assert only.summary.value.startswith("A caption")
    assert only.contents == ()
    with_content = entry(C + K)
    assert with_content.summary == only.summary
    assert [each.value for each in with_content.contents] == ["The whole article."]


def test_a_caption_that_says_it_is_html_is_html() -> None:
    found = entry("<media:description type='html'>&lt;b&gt;x&lt;/b&gt;</media:description>")
    assert found.summary is not None
    assert (found.summary.value, found.summary.type) == ("<b>x</b>", "text/html")


# ---- episodes, places, threads


def test_an_episode_is_known_by_either_vocabulary() -> None:
    assert entry("<itunes:season>1</itunes:season><itunes:episode>2</itunes:episode>").episode == Episode(
        season=1, number="2"
    )
    assert entry("<podcast:episode>3.5</podcast:episode><itunes:episode>4</itunes:episode>").episode == Episode(
        number="3.5"
    )
    assert entry("<itunes:episode>four</itunes:episode><itunes:explicit>maybe</itunes:explicit>").episode is None
    assert entry("<itunes:explicit>clean</itunes:explicit>").episode == Episode(explicit=False)


ENVELOPE = """<gml:Envelope><gml:lowerCorner>1 2</gml:lowerCorner>
<gml:upperCorner>3 4</gml:upperCorner></gml:Envelope>"""


@pytest.mark.parametrize(
    ("item", "places"),
    [
        ("<georss:point>1 2</georss:point>", (Place(points=((1, 2),)),)),
        ("<georss:point>1, 2</georss:point>", (Place(points=((1, 2),)),)),
        ("<georss:point>1 2 3</georss:point>", ()),
        ("<georss:point>90.1 2</georss:point>", ()),
        ("<georss:point>nan 2</georss:point>", ()),
        ("<georss:point>1e309 2</georss:point>", ()),
        ("<georss:point>١ 2</georss:point>", ()),
        ("<georss:line>1 2 3 4</georss:line>", (Place(shape="line", points=((1, 2), (3, 4))),)),
        ("<georss:polygon>1 2 3 4</georss:polygon>", ()),
        ("<georss:circle>1 2 0</georss:circle>", ()),
        ("<georss:circle>1</georss:circle>", ()),
        ("<georss:circle/>", ()),
        ("<georss:where><gml:Point><gml:pos>1 2</gml:pos></gml:Point></georss:where>", (Place(points=((1, 2),)),)),
        (
            f"<georss:where>{ENVELOPE}</georss:where>",
            (Place(shape="box", points=((1, 2), (3, 4))),),
        ),
        ("<geo:lat>1</geo:lat>", ()),
        ("<geo:lat>1</geo:lat><geo:long>2</geo:long><geo:alt>3</geo:alt>", (Place(points=((1, 2),), elevation=3),)),
        ('<podcast:location geo="geo:1,2">X</podcast:location>', (Place(points=((1, 2),), name="X"),)),
        ("<podcast:location>Somewhere</podcast:location>", ()),
    ],
)
def test_places(item: str, places: tuple[Place, ...]) -> None:
    assert entry(item).places == places


def test_replies_are_counted_by_whoever_counts_them() -> None:
    link = '<atom:link rel="replies" type="application/atom+xml" href="https://a.example/r" thr:count="2"/>'
    assert entry(link).replies == Replies(count=2, feed="https://a.example/r")
    assert entry("<thr:total>0</thr:total>" + link).replies == Replies(count=0, feed="https://a.example/r")
    assert entry("<slash:comments>5</slash:comments>").replies == Replies(count=5)
    assert entry("<slash:comments>many</slash:comments>").replies is None
    page = entry('<atom:link rel="replies" type="text/html" href="https://a.example/p"/>')
    assert (page.comments, page.replies) == ("https://a.example/p", None)


def test_an_entry_may_answer_several() -> None:
    item = '<thr:in-reply-to ref="urn:1"/><thr:in-reply-to ref="urn:2" source="https://a.example/f"/><thr:in-reply-to/>'
    assert entry(item).in_reply_to == (Reference(ref="urn:1"), Reference(ref="urn:2", source="https://a.example/f"))


@pytest.mark.parametrize(
    "item",
    [
        '<atom:link rel="license" href="https://l.example/"/>',
        "<cc:license>https://l.example/</cc:license>",
        '<dcterms:license xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" rdf:resource="https://l.example/"/>',
        '<media:license type="text/html" href="https://l.example/">Some words</media:license>',
        '<podcast:license url="https://l.example/">mine</podcast:license>',
        "<dc:rights>https://l.example/</dc:rights>",
    ],
)
def test_a_licence_is_an_address_wherever_it_stands(item: str) -> None:
    assert entry(item).licence == "https://l.example/"
    assert entry("<dc:rights>© me, see https://l.example/</dc:rights>").licence is None


@pytest.mark.parametrize(
    ("said", "wishes"),
    [
        ('<access:restriction relationship="DENY"/>', Wishes(access="deny")),
        ('<access:restriction relationship="perhaps"/>', None),
        ("<indexing:index>no</indexing:index>", Wishes(index=False)),
        ("<indexing:index>yes</indexing:index>", Wishes(index=True)),
        ('<xhtml:meta name="ROBOTS" content="noindex, nofollow"/>', Wishes(index=False)),
        ('<xhtml:meta name="robots" content="nofollow"/>', None),
        ("<itunes:block>Yes</itunes:block>", Wishes(listed=False)),
        ("<itunes:block>no</itunes:block>", None),
    ],
)
def test_what_a_publisher_asks_for_is_kept_for_entries_and_feeds(said: str, wishes: Wishes | None) -> None:
    assert entry(said).wishes == wishes
    assert read(rss("", said)).info.wishes == wishes


def test_an_attribute_of_the_feed_may_ask_not_to_be_indexed() -> None:
    text = f'<feed xmlns="{SPACES["atom"]}" xmlns:i="{SPACES["indexing"]}" i:index="no"><id>urn:f</id></feed>'
    assert read(text).info.wishes == Wishes(index=False)


def test_a_feed_may_say_that_it_moved_and_that_it_ended() -> None:
    info = read(rss("", "<itunes:new-feed-url> https://n.example/ </itunes:new-feed-url>")).info
    assert (info.new_url, info.ended) == ("https://n.example/", False)
    assert read(rss("", "<itunes:complete>Yes</itunes:complete>")).info.ended
    assert not read(rss("", "<itunes:complete>No</itunes:complete>")).info.ended


def test_every_tombstone_is_kept_with_who_and_when() -> None:
    stones = "".join(f'<at:deleted-entry ref="urn:{n}" when="2026-01-0{n}T00:00:00Z"/>' for n in (1, 2, 3))
    found = read(rss("<title>t</title>", stones)).tombstones
    assert [(each.ref, each.when) for each in found] == [
        (f"urn:{n}", datetime(2026, 1, n, tzinfo=UTC)) for n in (1, 2, 3)
    ]
    assert read(rss("", '<at:deleted-entry when="2026-01-01T00:00:00Z"/>')).tombstones == ()


def test_dcterms_names_the_author_where_nobody_else_does() -> None:
    assert [each.name for each in entry("<dcterms:creator>Dana</dcterms:creator>").authors] == ["Dana"]
    both = entry("<dcterms:creator>Dana</dcterms:creator><dc:creator>Eve</dc:creator>")
    assert [each.name for each in both.authors] == ["Eve"]


def test_the_canonical_address_is_kept_beside_the_link() -> None:
    found = entry('<link>https://counter.example/1</link><atom:link rel="canonical" href="https://a.example/1"/>')
    assert found.canonical == "https://a.example/1"
    assert found.links[0].href == "https://counter.example/1"


# ---- one road after the other


def test_facts_of_broken_xml_find_their_entry_by_its_id() -> None:
    """The tree has one entry less than feedparser finds."""
    text = (
        "<rss><channel><item><guid>1</guid><b></item>"
        '<item><guid>2</guid><enclosure url="https://a.example/2"/></item></channel></rss>'
    )
    found = {each.raw_id: [one.url for one in each.enclosures] for each in read(text).entries}
    assert found == {"1": [], "2": ["https://a.example/2"]}


def test_what_makes_feedparser_raise_is_read_without_it() -> None:
    chapters = "<psc:chapters><psc:chapter/></psc:chapters>"
    text = rss(f"<guid>1</guid><title>t</title>{chapters}").replace("<title>c</title>", "<title>&nbsp;</title>")
    found = feed.parse(Document(body=text.encode(), url=URL), text)
    assert [each.raw_id for each in found.entries] == ["1"]
    assert found.problem is None
    assert any("entries lost: 0" in each for each in found.warnings)


@given(st.sets(st.integers(0, 11), max_size=11))
@settings(max_examples=40)
def test_of_entries_that_cannot_be_read_only_those_are_lost(bad: set[int]) -> None:
    def ask(data: bytes) -> dict[str, Any]:
        items = [each.text for each in etree.fromstring(data).iter("item")]
        if any(int(each or "") in bad for each in items):
            raise KeyError("feedparser would")
        return {"entries": items}

    text = "<rss><channel>" + "".join(f"<item>{n}</item>" for n in range(12)) + "</channel></rss>"
    found = salvage.read(text.encode(), URL, ask)
    assert found is not None
    answer, lost = found
    assert [int(each) for each in answer["entries"]] == [n for n in range(12) if n not in bad]
    assert lost == len(bad)


def test_a_document_that_cannot_be_read_at_all_is_refused() -> None:
    def ask(data: bytes) -> Any:
        raise KeyError(data)

    assert salvage.read(b"<rss><channel><item/></channel></rss>", URL, ask) is None
    assert salvage.read(b"", URL, ask) is None


# ---- anything

WORDS = st.sampled_from(
    ["", "1", "-1", "1 2", "yes", "no", "1e999", "nan", "geo:1,2", "http://[", "https://a.example/", "٣", "2026-01-01"]
) | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="<>&\"'"), max_size=8)
TAGS = sorted(
    {name for table in (extensions._OF_ENTRIES, extensions._OF_FEEDS) for names, _ in table.values() for name in names}
    | {"gml:Point", "gml:pos", "gml:posList", "gml:Envelope", "media:description", "media:title", "podcast:source"}
    | {"itunes:summary", "at:deleted-entry", "at:by", "description", "content:encoded"}
)
ELEMENTS = st.recursive(
    st.tuples(st.sampled_from([each for each in TAGS if "/" not in each and "@" not in each]), WORDS, WORDS).map(
        lambda one: made(one[0], one[1], one[2])
    ),
    lambda inner: st.tuples(st.sampled_from(["media:group", "georss:where", "media:content"]), st.lists(inner)).map(
        lambda one: f"<{one[0]}>{''.join(one[1])}</{one[0]}>"
    ),
    max_leaves=6,
)


def made(tag: str, text: str, value: str) -> str:
    attributes = " ".join(f'{name}="{value}"' for name in ("url", "href", "rel", "ref", "geo", "width", "duration"))
    return f"<{tag} {attributes} medium='video'>{text}</{tag}>"


@given(st.lists(ELEMENTS, max_size=5).map("".join))
@settings(max_examples=150, deadline=None)
def test_no_extension_raises_and_facts_are_of_the_values_they_are_for(inside: str) -> None:
    prefixes = {each.partition(":")[0] for each in TAGS if ":" in each}
    spaces = " ".join(f'xmlns:{each}="{SPACES.get(each, "urn:" + each)}"' for each in prefixes if each.isalpha())
    element = etree.fromstring(f"<item {spaces}>{inside}</item>", etree.XMLParser(recover=True))
    children = Children(element)
    assert set(extensions.entry(children)) <= {each.name for each in fields(ParsedEntry)}
    assert set(extensions.feed(children)) <= {each.name for each in fields(FeedInfo)}
    extensions.captions(children)


def test_decoding_twice_is_decoding_once() -> None:
    body = "<rss>\x93x\x94</rss>".encode()
    once = decode(Document(body=body, url=URL))
    assert once.text == "<rss>“x”</rss>"
    assert decode(Document(body=once.text.encode(), url=URL)).warnings == ()


# ---- people and chapters of an episode


def test_people_of_an_episode_have_their_part() -> None:
    found = entry(
        "<podcast:person>Jane</podcast:person>"
        '<podcast:person role="Guest" group="Cast" href="https://b.example/" img="/b.jpg"> Bob </podcast:person>'
        "<podcast:person>Jane</podcast:person><podcast:person role='guest'/>"
    ).episode
    assert found is not None
    assert found.credits == (
        Credit(name="Jane", role="host", group="cast"),
        Credit(name="Bob", role="guest", group="cast", url="https://b.example/", image="/b.jpg"),
    )


def test_chapters_within_the_entry_are_read_by_their_start() -> None:
    found = entry(
        '<psc:chapters version="1.2">'
        '<psc:chapter start="01:02:03.25" title="Last" href="https://a.example/" image="https://a.example/i.png"/>'
        '<psc:chapter start="0" title="First"/><psc:chapter start="3:30" title="Second"/>'
        '<psc:chapter start="-1" title="x"/><psc:chapter start="soon" title="x"/><psc:chapter title="x"/>'
        '<psc:chapter start="9"/></psc:chapters>'
    ).episode
    assert found is not None
    assert found.marks == (
        Chapter(start=0, title="First"),
        Chapter(start=210, title="Second"),
        Chapter(start=3723.25, title="Last", url="https://a.example/", image="https://a.example/i.png"),
    )


def test_endless_people_and_chapters_end() -> None:
    people = "".join(f"<podcast:person>{each}</podcast:person>" for each in range(100))
    marks = "".join(f'<psc:chapter start="{each}" title="t"/>' for each in range(400))
    found = entry(f"{people}<psc:chapters>{marks}</psc:chapters>").episode
    assert found is not None
    assert (len(found.credits), len(found.marks)) == (50, 300)


def test_a_show_without_an_id_has_that_of_its_podcast_guid() -> None:
    guid = "<podcast:guid>917393E3-1b1e-5cef-ace4-edaa54e1f810</podcast:guid>"
    assert read(rss("", guid)).info.id == "urn:uuid:917393e3-1b1e-5cef-ace4-edaa54e1f810"
    assert read(rss("", f"{guid}<atom:id>urn:own</atom:id>")).info.id == "urn:own"
    assert read(rss("", "<podcast:guid>me</podcast:guid>")).info.id is None


# ---- more places


def test_old_gml_and_holes_and_attributes_of_places() -> None:
    old = "<georss:where><gml:Point><gml:coordinates>45,-71</gml:coordinates></gml:Point></georss:where>"
    assert entry(old).places == (Place(points=((45, -71),)),)
    ring = "<gml:{0}><gml:LinearRing><gml:posList>{1}</gml:posList></gml:LinearRing></gml:{0}>"
    holed = ring.format("exterior", "0 0 0 9 9 9 0 0") + ring.format("interior", "1 1 1 2 2 2 1 1")
    (place,) = entry(f"<georss:where><gml:Polygon>{holed}</gml:Polygon></georss:where>").places
    assert place.points == ((0, 0), (0, 9), (9, 9), (0, 0))
    named = '<georss:point featurename="Here" elev="7">1 2</georss:point><georss:featureName>There</georss:featureName>'
    assert entry(named).places == (Place(points=((1, 2),), name="Here", elevation=7),)


# ---- content elsewhere


def test_content_that_is_elsewhere_is_a_file_unless_it_is_a_page() -> None:
    def files(content: str) -> list[tuple[str, str | None]]:
        (found,) = read(f"<feed xmlns='{SPACES['atom']}'><entry><id>urn:1</id>{content}</entry></feed>").entries
        return [(each.url, each.type) for each in found.enclosures]

    assert files('<content type="audio/mpeg" src="/1.mp3"/>') == [("https://example.org/1.mp3", "audio/mpeg")]
    linked = '<link rel="enclosure" href="/1.pdf" type="application/pdf"/>'
    assert files(f'{linked}<content type="application/pdf" src="/1.pdf"/>') == [
        ("https://example.org/1.pdf", "application/pdf")
    ]
    assert files('<content type="text/html" src="/1.html"/>') == []
    assert files('<content type="html">x</content>') == []
