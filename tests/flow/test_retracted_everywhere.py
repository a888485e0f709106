"""An article that is taken back is gone from everything that this program ever says, and nothing brings it back."""

from __future__ import annotations

import re

import feedparser
from lxml import etree
from waiting import until

GRAVE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
LIMIT = 6
PRIVATE = "wombatwombatwombatwombatwombat12"


def entry(n: int, noise: str = "") -> str:
    return (
        f"<entry><id>tag:blog.example,2026:{n}</id><title>Quokka{n}</title><updated>2026-11-02T10:{n:02}:00Z</updated>"
        f"<link href='https://blog.example/quokka{n}'/><author><name>Ann</name></author><category term='sport'/>"
        f"<content type='html' xml:lang='en'>&lt;p&gt;All about quokka{n}.{noise}&lt;/p&gt;</content></entry>"
    )


def blog(*numbers: int, noise: str = "") -> bytes:
    return (
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='en'><id>tag:blog.example,2026:f</id><title>Blog</title>"
        "<updated>2026-11-02T10:00:00Z</updated><link href='https://blog.example/'/>"
        f"{''.join(entry(n, noise) for n in numbers)}</feed>"
    ).encode()


FORMS = ("atom", "rss", "json")


def everything(place) -> dict[str, bytes]:
    """What anybody can get from the running service, by address."""
    asked = [f"/{kind}.{form}" for kind in ("tags/sport", "sources/blog", "languages/en") for form in FORMS]
    searches = [f"/search.{form}?q=quokka" for form in FORMS]
    private = [f"/own.{form}?token={PRIVATE}" for form in FORMS]
    files = [f"/{name}" for name in place.published if name != "index.html"]
    found: dict[str, bytes] = {}
    for path in ("/", "/tags/sport", "/sources/blog", "/search?q=quokka", *asked, *searches, *private, *files):
        status, _, body = place.get(path)
        if path.removesuffix(".html") != path and status != 200:
            status, _, body = place.get(path.removesuffix(".html"))
        assert status == 200, path
        found[path] = body
    return found


def shows(body: bytes, n: int) -> bool:
    """Whether a document has anything of the article but its tombstone."""
    return re.search(rf"quokka{n}\b".encode(), body, re.IGNORECASE) is not None


def graves(body: bytes) -> list[str]:
    return [str(each.get("ref")) for each in etree.fromstring(body).iter(GRAVE)]


def test_an_article_that_is_retracted_is_gone_everywhere_and_stays_so(place, server, service) -> None:
    server.documents["/blog"] = blog(*range(5))
    place.configure(
        f"{{id: blog, url: '{server.url}/blog'}}",
        "{id: local, folder: seeds}",
        outputs=f"[{{id: main, limit: {LIMIT}}}, {{id: topic, query: 'tag = \"sport\"', limit: 50}},"
        f" {{id: own, tokens: {{me: {PRIVATE}}}}}]",
    )
    place.seed("here.md", "---\ntags: [sport]\n---\n\n# Quokka77\n\nA local one about quokka77.\n")
    place.run("once", "--all")
    server.documents["/blog"] = blog(*range(14))
    place.run("once", "blog", "--force")

    # One that is in the feeds, one that is only in an archive document by now, and one of our own with its page.
    ids = {each["title"]: each["id"] for each in place.json_lines("list", "--limit", "100")[0]}
    taken = {13: ids["Quokka13"], 0: ids["Quokka0"], 77: ids["Quokka77"]}
    process = service()
    until(lambda: place.get("/feed.atom")[0] == 200, process)
    before = everything(place)
    holding = {n: {path for path, body in before.items() if shows(body, n)} for n in taken}
    assert {"/", "/feed.atom", "/main.rss", "/topic.json", "/tags/sport.rss", "/search.atom?q=quokka"} <= holding[13]
    assert f"/own.atom?token={PRIVATE}" in holding[13]
    assert {path for path in holding[0] if "/archive/" in path}
    assert "/feed.atom" not in holding[0]
    pages = [path for path in holding[77] if path.startswith("/a/")]
    assert pages
    _, headers, _ = place.get("/feed.atom")

    place.run("retract", *taken.values())
    until(lambda: taken[13] in graves(place.get("/feed.atom")[2]), process)
    after = everything(place)
    left = {path: n for path, body in after.items() for n in taken if shows(body, n)}
    assert left == {}
    for path in pages:
        assert place.get(path)[0] in (404, 410)
    for path in ("/feed.atom", "/main.atom", "/topic.atom", f"/own.atom?token={PRIVATE}"):
        for n in (13, 77):
            if path in holding[n]:
                assert taken[n] in graves(after[path]), path
    assert taken[0] in graves(after["/main.atom"]), "the tombstone of what was in an archive document"
    for path in holding[0]:
        if "/archive/" in path and path not in after:
            assert place.get(path)[0] in (404, 410), "the old archive document"

    # Who has the document of before and asks for what is new gets the tombstone and nothing of the text.
    status, _, delta = place.get("/feed.atom", **{"A-IM": "feed", "If-None-Match": headers["etag"]})
    assert status == 226
    assert taken[13] in graves(delta)
    assert not shows(delta, 13)

    process.terminate()
    process.wait()
    for round_ in range(5):
        server.documents["/blog"] = blog(*range(14), noise=f" Edited {round_}." * round_)
        place.seed("here.md", f"---\ntags: [sport]\n---\n\n# Quokka77\n\nA local one about quokka77. {round_}\n")
        place.run("once", "blog", "local", "--force")
        for name, body in place.published.items():
            assert not any(shows(body, n) for n in taken), name
        feed = place.published["feed.atom"]
        assert {taken[13], taken[77]} <= set(graves(feed))
        assert len({each.id for each in feedparser.parse(feed).entries} & set(taken.values())) == 0
    assert {each["state"] for each in place.json_lines("status")[0]["outputs"]} == {"published"}
