"""Private outputs through the whole program: files, tokens, SIGHUP, logs, a lost database."""

from __future__ import annotations

import base64
import signal
import stat
from typing import Any

import feedparser
from feedserver import rss
from waiting import until

PHONE, LAPTOP = "phone-0123456789", "laptop-0123456789"


def outputs(*lines: str) -> str:
    return "[" + ", ".join(lines) + "]"


MAIN = "{id: main, query: 'not tag = \"family\"'}"
MINE = f"{{id: mine, title: Mine, limit: 3, tokens: {{phone: {PHONE}, laptop: {LAPTOP}}}}}"


def files(place: Any, folder: str) -> set[str]:
    below = place.folder / "feeds" / folder
    found = {each.relative_to(below).as_posix() for each in below.rglob("*") if each.is_file()}
    return {each for each in found if not each.startswith(".")}


def reload(process: Any, place: Any) -> None:
    taken = place.log.count("configuration taken")
    process.send_signal(signal.SIGHUP)
    until(lambda: place.log.count("configuration taken") > taken, process)


def test_a_token_is_revoked_by_sighup_and_never_told(place, server, service) -> None:
    server.documents = {"/a": rss("Alpha", [("a1", "One")]), "/b": rss("Beta", [("b1", "Two")])}
    sources = [f"{{id: a, url: '{server.url}/a', tags: [family]}}", f"{server.url}/b"]
    place.configure(*sources, outputs=outputs(MAIN, MINE))
    process = service()
    opened = f"/mine.atom?token={PHONE}"
    until(lambda: b"One" in place.get(opened)[2], process)
    assert place.get("/mine.atom")[0] == place.get("/mine.atom?token=wrong-0123456789")[0] == 404
    assert b"One" not in place.get("/feed.atom")[2]
    assert {"mine.atom", "mine.html"} <= files(place, "private")
    assert not any("mine" in each for each in files(place, "public"))
    assert stat.S_IMODE((place.folder / "feeds" / "private").stat().st_mode) == 0o700
    status, headers, page = place.get(f"/mine.html?token={PHONE}")
    assert (status, headers["cache-control"][:8]) == (200, "private,")
    assert b'<link rel="stylesheet" href="' in page
    assert b"To subscribe, put <code>?token=</code>" in page
    assert b'<meta name="robots" content="noindex">' in page
    assert place.get("/style.css")[0] == 200
    for path in ("/", "/feed.atom", "/opml.xml", "/sitemap.xml", "/robots.txt", "/status.json", "/main.html"):
        _, headers, body = place.get(path)
        assert b"mine." not in body + str(headers).encode(), path
        assert b'"mine"' not in body, path
    for path in ("/search?q=One", "/tags/family.atom", "/sources/a", "/tags", "/search.rss?q=One"):
        assert b">One<" not in place.get(path)[2], path
    until(lambda: b"Two" in place.get("/search.rss?q=Two")[2], process)
    assert b"Alpha" not in place.get("/sources")[2]
    assert place.get("/sources/a")[0] == 404
    for path in ("/mine.atom", "/mine.html"):
        _, headers, body = place.get(f"{path}?token={PHONE}")
        assert PHONE.encode() not in body + str(headers).encode()
        assert b'rel="hub"' not in body
        assert "hub" not in headers.get("link", "")

    only_laptop = MINE.replace(f"phone: {PHONE}, ", "")
    place.configure(*sources, outputs=outputs(MAIN, only_laptop))
    reload(process, place)
    assert place.get(opened)[0] == 404
    basic = base64.b64encode(f"me:{LAPTOP}".encode()).decode()
    assert place.get("/mine.atom", Authorization=f"Basic {basic}")[0] == 200
    assert place.get("/mine.atom", Authorization=f"Bearer {LAPTOP}")[0] == 200
    for secret in (PHONE, LAPTOP):
        assert secret not in place.log
        assert secret not in place.run("config", "show").stdout
        assert secret not in place.run("status", "--json").stdout


def test_sources_that_only_private_outputs_show_are_named_nowhere(place, server) -> None:
    server.documents = {"/a": rss("Alpha", [("a1", "One")]), "/b": rss("Beta", [("b1", "Two")]), "/c": rss("None", [])}
    sources = [f"{{id: {name}, url: '{server.url}/{name}'{more}}}" for name, more in (("b", ""), ("c", ""))]
    sources.append(f"{{id: hush, url: '{server.url}/a', tags: [family]}}")
    place.configure(*sources, outputs=outputs(MAIN, MINE))
    place.run("once")
    place.run("export", "site", "out")
    out = place.folder / "out"
    listed = (out / "sources" / "index.html").read_text()
    for text in (place.published["opml.xml"].decode(), (out / "opml.xml").read_text(), listed):
        assert "Beta" in text
        assert "Alpha" not in text
        assert f"{server.url}/a" not in text
        assert "None" not in text, "nothing tells that what is to come will be public"
    assert "1 article" not in listed

    place.configure(*sources, outputs=outputs("{id: main}", MINE))
    place.run("once")
    assert b"Alpha" in place.published["opml.xml"]
    place.configure(*sources, outputs=outputs(MINE))
    place.run("once")
    assert b"<outline" not in place.published["opml.xml"]


def test_an_output_becomes_private_and_public_again(place, server, service) -> None:
    server.documents = {"/a": rss("Alpha", [(f"a{n}", f"Title {n}") for n in range(9)])}
    public = "{id: mine, title: Mine, limit: 3}"
    place.configure(f"{server.url}/a", outputs=outputs(public, "{id: other}"))
    process = service()
    until(lambda: place.get("/mine/archive/1.atom")[0] == 200, process)

    place.configure(f"{server.url}/a", outputs=outputs(MINE, "{id: other}"))
    reload(process, place)
    for path in ("/", "/feed.atom", "/mine.atom", "/mine/archive/1.atom", "/mine/archive/99.atom"):
        assert place.get(path)[0] == 404, path
    until(lambda: place.get(f"/feed.atom?token={PHONE}")[0] == 200, process)
    assert place.get(f"/mine/archive/1.atom?token={PHONE}")[0] == 404, "links to these could not carry the token"
    assert place.get(f"/?token={PHONE}")[0] == 200
    until(lambda: not any(each.startswith(("mine", "feed", "index")) for each in files(place, "public")), process)
    assert "other.atom" in files(place, "public")

    place.configure(f"{server.url}/a", outputs=outputs(public, "{id: other}"))
    reload(process, place)
    until(lambda: place.get("/feed.atom")[0] == 200, process)
    assert files(place, "private") == set()


def test_what_became_private_is_in_no_output_made_before_even_while_nothing_can_be_published(
    place, server, service
) -> None:
    server.documents = {"/a": rss("Alpha", [("a1", "One")])}
    source = f"{{id: a, url: '{server.url}/a', tags: [family]}}"
    place.configure(source, outputs="[{id: main}]")
    process = service()
    paths = ("/tags/family.atom", "/search.atom?q=One", "/sources/a.atom")
    until(lambda: all(b">One<" in place.get(path)[2] for path in paths), process)
    (place.folder / "feeds" / "private" / "mine.atom" / "in the way").mkdir(parents=True)
    place.configure(source, outputs=outputs(MAIN, MINE))
    reload(process, place)
    assert [path for path in paths if b">One<" in place.get(path)[2]] == []


def test_what_is_only_in_a_private_output_is_known_after_the_database_was_lost(place, server) -> None:
    server.documents = {"/a": rss("Alpha", [("a1", "One")])}
    place.configure(f"{{id: a, url: '{server.url}/a', tags: [family]}}", outputs=outputs(MAIN, MINE))
    place.run("once")
    before = (place.folder / "feeds" / "private" / "mine.atom").read_bytes()
    for each in (place.folder / "var").iterdir():
        each.unlink()
    server.documents = {"/a": rss("Alpha", [])}
    place.run("once")
    after = (place.folder / "feeds" / "private" / "mine.atom").read_bytes()
    assert b'<title type="text">One</title>' in before
    assert b'<title type="text">One</title>' in after


def test_a_private_output_that_is_gone_leaves_nothing(place) -> None:
    place.configure("seeds", outputs=outputs(MAIN, MINE))
    place.seed("a.md", "# A\n\nText.\n")
    place.run("once")
    assert "mine.atom" in files(place, "private")
    place.configure("seeds", outputs=outputs(MAIN))
    place.run("once")
    assert files(place, "private") == set()


def test_yesterdays_version_is_known_after_a_restart(place, server, service) -> None:
    """feedparser sends ``A-IM: feed``: it gets what is new, and nothing of it is missed."""
    old = [(f"a{n}", f"Title {n}") for n in range(9)]
    server.documents = {"/a": rss("Alpha", old)}
    place.configure(f"{{id: a, url: '{server.url}/a'}}")
    first = service()
    address = f"http://127.0.0.1:{place.port}/feed.atom"
    until(lambda: b"Title 8" in place.get("/feed.atom")[2], first)
    read = feedparser.parse(address)
    assert (read.status, len(read.entries)) == (200, 9)
    first.send_signal(signal.SIGTERM)
    first.wait()

    server.documents = {"/a": rss("Alpha", [("new", "New"), *old])}
    place.run("once", "a", "--force")
    second = service()
    until(lambda: place.get("/readyz")[0] == 200, second)
    again = feedparser.parse(address, etag=read.etag)
    assert (again.status, [each.title for each in again.entries]) == (226, ["New"])
    assert feedparser.parse(address, etag=again.etag).status == 304
    assert b"Title 8" in place.get("/feed.atom")[2], "who asks for no delta gets all"
