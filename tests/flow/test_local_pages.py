"""Local articles have pages: their addresses stay, their entries lead there, and they go with their articles."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime

import lxml.html
import pytest
import validator
from feedserver import FeedServer
from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
HERE = "---\ntitle: {title}\ndate: {date}\n---\nThe text of it.\n"
FEED = b"""<rss version="2.0"><channel><title>Far</title><link>https://far.example/</link><description>x</description>
<item><title>Foreign</title><link>https://far.example/1</link><guid>urn:far:1</guid><description>words</description>
</item></channel></rss>"""


def seeded(place, **sources):
    place.configure("seeds", *sources.get("more", ()), **{k: v for k, v in sources.items() if k != "more"})
    place.seed("one.md", HERE.format(title="Rail strike ends", date="2026-11-01"))
    place.seed(
        "two.md", HERE.format(title="Bread", date="2026-11-02").replace("title", "link: https://b.example/\ntitle")
    )
    place.json_lines("once", "--all")
    return place


def pages(place) -> list[str]:
    return [path for path in place.published if path.startswith("a/")]


def links(place, path="feed.atom") -> dict[str, str]:
    root = etree.fromstring(place.published[path])
    return {
        each.findtext(f"{ATOM}title"): next(
            (link.get("href") for link in each.findall(f"{ATOM}link") if link.get("rel") == "alternate"), None
        )
        for each in root.findall(f"{ATOM}entry")
    }


def test_where_the_first_output_is_private_the_pages_lead_to_the_first_that_is_public(place) -> None:
    """What nobody can open without a token is not offered, and everything is published."""
    seeded(place, outputs="[{id: mine, tokens: {phone: phone-0123456789}}, {id: news}]")
    (path,) = pages(place)
    page = place.published[path].decode()
    assert "/news.atom" in page
    assert "/feed.atom" not in page
    assert links(place, "news.atom")["Rail strike ends"].endswith("/" + path.removesuffix(".html"))


def test_a_local_article_without_a_page_has_one_here_and_its_entries_lead_there(place) -> None:
    seeded(place)
    (path,) = pages(place)
    assert re.fullmatch(r"a/rail-strike-ends-[0-9a-f]{10}\.html", path)
    address = f"http://127.0.0.1:{place.port}/{path.removesuffix('.html')}"
    assert links(place) == {"Rail strike ends": address, "Bread": "https://b.example/"}
    items = {each["title"]: each["url"] for each in json.loads(place.published["feed.json"])["items"]}
    assert items == links(place)
    rss = etree.fromstring(place.published["feed.rss"])
    assert {each.findtext("title"): each.findtext("link") for each in rss.iter("item")} == items
    assert place.published["index.html"].decode().count(f'href="{address}"') == 1


def test_the_page_is_whole_and_offers_the_feeds(place) -> None:
    seeded(place)
    (path,) = pages(place)
    page = lxml.html.document_fromstring(place.published[path])
    assert page.xpath("string(//h1)") == "Rail strike ends"
    assert page.xpath("string(//*[@class='content'])").strip() == "The text of it."
    assert page.xpath("//link[@rel='canonical']/@href") == [links(place)["Rail strike ends"]]
    assert page.xpath("//link[@rel='alternate']/@type") == [
        "application/atom+xml",
        "application/rss+xml",
        "application/feed+json",
    ]
    assert page.xpath("//link[@rel='stylesheet']/@href") == ["/style.css"]
    assert not page.xpath("//script | //style | //*[@style] | //meta[@name='robots']")
    assert page.xpath("//html/@lang | //main | //*[@class='skip']")


def test_the_address_stays_when_the_title_changes_and_the_file_moves(place) -> None:
    seeded(place)
    before = links(place)["Rail strike ends"]
    place.seed("one.md", HERE.format(title="Quite another title", date="2026-11-01"))
    place.json_lines("once", "--all")
    assert links(place)["Quite another title"] == before
    (place.folder / "seeds" / "one.md").rename(place.folder / "seeds" / "moved.md")
    place.json_lines("once", "--all")
    assert links(place)["Quite another title"] == before
    (path,) = pages(place)
    assert b'<h1 dir="auto">Quite another title</h1>' in place.published[path]


@pytest.mark.parametrize("memory", ["with the memory file", "with the documents alone"])
def test_the_address_outlives_the_database(memory, place) -> None:
    seeded(place)
    before = links(place)["Rail strike ends"]
    place.seed("one.md", HERE.format(title="Quite another title", date="2026-11-01"))
    place.json_lines("once", "--all")
    for each in place.folder.glob("aggregator.db*"):
        each.unlink()
    for each in place.folder.glob("var/*"):
        each.unlink()
    if memory == "with the documents alone":
        (place.folder / "feeds" / "public" / ".memory.jsonl").unlink()
    place.json_lines("once", "--all")
    assert links(place)["Quite another title"] == before
    assert len(pages(place)) == 1


def test_the_page_goes_with_its_article_and_comes_back_with_it(place) -> None:
    seeded(place)
    (path,) = pages(place)
    file = place.folder / "seeds" / "one.md"
    away = place.folder / "away.md"
    shutil.move(file, away)
    place.json_lines("once", "--all")
    assert pages(place) == []
    shutil.move(away, file)
    place.json_lines("once", "--all")
    assert pages(place) == [path]


def test_a_page_that_was_lost_is_made_again_and_one_that_did_not_change_is_not_touched(place) -> None:
    seeded(place)
    (path,) = pages(place)
    file = place.folder / "feeds" / "public" / path
    before = file.stat().st_mtime_ns
    place.run("publish")
    assert file.stat().st_mtime_ns == before
    file.unlink()
    place.run("publish")
    assert pages(place) == [path]


def test_the_maps_have_our_pages_and_nothing_foreign(place) -> None:
    with FeedServer({"/feed.xml": FEED}) as server:
        seeded(place, more=[f"{{id: far, url: '{server.url}/feed.xml'}}"])
    site = f"http://127.0.0.1:{place.port}/"
    body = place.published["sitemap.xml"]
    assert validator.sitemap(body, site, datetime.now(UTC)) == []
    places = [each.text for each in etree.fromstring(body).iter("{*}loc")]
    assert places == [links(place)["Rail strike ends"]]
    assert b'<meta name="robots" content="noindex">' in place.published["index.html"]


def test_a_site_of_local_articles_alone_may_be_found(place) -> None:
    seeded(place)
    assert b'name="robots"' not in place.published["index.html"]
    places = [each.text for each in etree.fromstring(place.published["sitemap.xml"]).iter("{*}loc")]
    assert places == [f"http://127.0.0.1:{place.port}/", links(place)["Rail strike ends"]]


def test_what_was_published_today_is_news(place) -> None:
    seeded(place)
    assert "news.xml" not in place.published
    place.seed("new.md", HERE.format(title="Fresh", date=datetime.now(UTC).date().isoformat()))
    place.json_lines("once", "--all")
    body = place.published["news.xml"]
    assert validator.sitemap(body, f"http://127.0.0.1:{place.port}/", datetime.now(UTC)) == []
    assert [each.text for each in etree.fromstring(body).iter("{*}title")] == ["Fresh"]
    (place.folder / "seeds" / "new.md").unlink()
    place.json_lines("once", "--all")
    assert "news.xml" not in place.published


def test_without_local_articles_there_are_no_maps(place) -> None:
    with FeedServer({"/feed.xml": FEED}) as server:
        place.configure(f"{{id: far, url: '{server.url}/feed.xml'}}")
        place.json_lines("once", "--all")
    assert {"sitemap.xml", "news.xml"}.isdisjoint(place.published)


def test_what_only_a_private_output_has_is_on_no_page(place) -> None:
    place.seed("secret/one.md", HERE.format(title="Diary", date="2026-11-01"))
    place.configure(
        "{id: diary, folder: seeds/secret}",
        outputs="""[{id: main, query: 'source != "diary"'}, {id: mine, tokens: {phone: 'a-long-secret-token'}}]""",
    )
    place.json_lines("once", "--all")
    assert pages(place) == []
    private = (place.folder / "feeds" / "private" / "mine.atom").read_bytes()
    assert b"Diary" in private
    assert b"/a/" not in private


def test_the_service_serves_pages_and_maps_and_forgets_them(place, service) -> None:
    seeded(place)
    (path,) = pages(place)
    service()
    status, headers, body = place.get(f"/{path.removesuffix('.html')}")
    assert (status, headers["content-type"], body) == (200, "text/html; charset=utf-8", place.published[path])
    assert place.get(f"/{path.removesuffix('.html')}", **{"If-None-Match": headers["etag"]})[0] == 304
    assert place.get("/sitemap.xml")[1]["content-type"] == "application/xml; charset=utf-8"
