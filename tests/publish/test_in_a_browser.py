"""What real Chromium does with what we publish: with every known vector in every field, it runs and loads nothing."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from chromium import Chromium, installed
from harmless import ALLOWED
from xss_publish import Held, held, published
from xss_vectors import VECTORS

from aggregator.publish import style

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.model import Rendered

OURS = "http://published.test/"
PROBE = (Path(__file__).parent.parent / "support" / "browser_probe.js").read_text(encoding="utf-8")
READERS_PAGE = b"<!doctype html><html><head><title>reader</title></head><body></body></html>"
WAYS = (
    "innerHTML of a div",
    "innerHTML of a table cell",
    "innerHTML of a paragraph, read again",
    "setHTMLUnsafe",
    "fragment that runs scripts",
    "DOMParser",
    "document.write",
    "document.write in quirks mode",
)
TOGETHER = 10
"""Vectors whose articles share a published document: a browser takes time in the square of what is on a page."""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    program = installed()
    if program is None:
        pytest.skip("no Chromium on the path: install the package chromium, or set AGGREGATOR_CHROMIUM to one")
    browser = Chromium(program, tmp_path_factory.mktemp("chromium"))
    browser.pages[f"{OURS}favicon.ico"] = ("image/png", b"")
    browser.pages[f"{OURS}reader.html"] = ("text/html; charset=utf-8", READERS_PAGE)
    browser.pages[f"{OURS}style.css"] = ("text/css; charset=utf-8", style().body)
    browser.pages[f"{OURS}own.html"] = ("text/html", b"<video controls src=x></video><audio controls src=x></audio>")
    browser.pages[f"{OURS}own.xml"] = ("application/xml", b"<a><b/></a>")
    for own in ("own.html", "own.xml"):
        browser.open(OURS + own)
        browser.run("new Promise((done) => setTimeout(done, 200))")
    browser.own = {address for _, address in browser.asked if address.startswith("data:")}
    yield browser
    browser.close()


@pytest.fixture
def reader(browser: Chromium) -> Chromium:
    """A web reader's page, with nothing asked for yet."""
    browser.open(f"{OURS}reader.html")
    browser.run(PROBE)
    browser.forget()
    return browser


@cache
def publications() -> tuple[dict[str, Rendered], ...]:
    """All articles with all vectors, those that say the same only once, in a few outputs, by path."""
    seen: set[str] = set()
    numbers = range(len(VECTORS))
    batches = [numbers[start : start + TOGETHER] for start in numbers[::TOGETHER]]
    made = (published(_new(each, seen) for number in batch for each in held(number))[0] for batch in batches)
    return tuple({rendered.path: rendered for rendered in each.documents} for each in made)


def _new(source: Held, seen: set[str]) -> Held:
    """The source with the articles that say what none before did."""
    new = {}
    for each in source.articles:
        said = (each.title, each.content_html, each.authors, each.tags, each.links, each.enclosures, each.image)
        new.setdefault(_without_number(repr(said)), each)
    fresh = tuple(article for said, article in new.items() if said not in seen)
    seen.update(new)
    return replace(source, articles=fresh)


@cache
def contents() -> tuple[str, ...]:
    """Every content that is published, once."""
    items = [item for each in publications() for item in json.loads(each["feed.json"].body)["items"]]
    found = {_without_number(item["content_html"]): item["content_html"] for item in items if "content_html" in item}
    return tuple(found.values())


@cache
def words() -> tuple[str, ...]:
    """Every title, name and tag."""
    items = [item for each in publications() for item in json.loads(each["feed.json"].body)["items"]]
    found = {item["title"] for item in items} | {tag for item in items for tag in item.get("tags", ())}
    found |= {author["name"] for item in items for author in item["authors"]}
    return tuple(sorted({_without_number(each): each for each in found if "<" in each or "&" in each}.values()))


def _without_number(text: str) -> str:
    return re.sub(r"\d+[-/](?=rss|atom|json)|(?<=/seeds/)\d+|(?<=seeds-)\d+", "", text)


def call(browser: Chromium, function: str, *arguments: object) -> object:
    return browser.run(f"{function}({', '.join(map(json.dumps, arguments))})")


def nothing_happened(browser: Chromium) -> None:
    assert browser.dialogs == []
    assert browser.opened == []
    for kind, address in browser.asked:
        if address in browser.own:
            continue
        assert kind in ("Image", "Media"), (kind, address)
        assert re.match(r"https?://", address), (kind, address)
        assert not address.endswith("/p.gif"), "a picture that only counts readers"
        assert not address.endswith("/t.png"), "a picture that a style asks for"


@pytest.mark.parametrize("way", ["innerHTML of a div", "fragment that runs scripts", "document.write"])
def test_vectors_that_are_not_cleaned_do_run_here(reader: Chromium, way: str) -> None:
    ran = call(reader, "fired", [each.html for each in VECTORS], way)
    assert isinstance(ran, list)
    assert len(ran) >= 60, [VECTORS[place].name for place in ran]


def test_vectors_that_are_not_cleaned_do_load_here(reader: Chromium) -> None:
    call(reader, "fired", [each.html for each in VECTORS], "document.write")
    asked = {kind for kind, _ in reader.asked}
    assert asked >= {"Document", "Stylesheet", "Script", "Image"}
    assert any(address.endswith("/p.gif") for _, address in reader.asked)


@pytest.mark.parametrize("way", WAYS)
def test_published_content_runs_and_loads_nothing_wherever_a_reader_puts_it(reader: Chromium, way: str) -> None:
    found = call(reader, "shown", contents(), way, 40)
    assert isinstance(found, dict)
    assert found["ran"] == []
    allowed = {f"{tag} {name}" for tag, names in ALLOWED.items() for name in names} | set(ALLOWED)
    allowed |= {"div", "goes to http:", "goes to https:", "goes to mailto:"}
    assert set(found["there"]) <= allowed
    nothing_happened(reader)


def test_published_content_reads_the_same_when_it_is_read_again(reader: Chromium) -> None:
    assert call(reader, "unsettled", contents()) == []


@pytest.mark.parametrize("way", ["innerHTML of a div", "fragment that runs scripts", "document.write"])
def test_titles_names_and_tags_run_nothing_even_where_a_reader_takes_them_for_html(reader: Chromium, way: str) -> None:
    found = call(reader, "shown", words(), way, 10)
    assert isinstance(found, dict)
    assert found["ran"] == []
    nothing_happened(reader)


def test_the_published_page_runs_and_loads_nothing(browser: Chromium) -> None:
    for number, documents in enumerate(publications()):
        page = documents["index.html"]
        browser.pages[f"{OURS}{number}/style.css"] = browser.pages[f"{OURS}style.css"]
        browser.pages[f"{OURS}{number}/"] = (page.media_type, page.body)
        browser.forget()
        browser.open(f"{OURS}{number}/")
        browser.run(PROBE)
        browser.run("used(document), pause(100)")
        assert browser.run("window.pwned === undefined && location.href") == f"{OURS}{number}/"
        assert browser.run("document.querySelectorAll('main > article').length") == page.body.count(b"<article data-id")
        nothing_happened(browser)


@pytest.mark.parametrize("media_type", ["application/xml", "text/html"])
@pytest.mark.parametrize("path", ["feed.atom", "feed.rss"])
def test_published_feeds_run_nothing_where_a_server_names_them_wrongly(
    browser: Chromium, path: str, media_type: str
) -> None:
    tried = publications()[:: 9 if media_type == "application/xml" else 1]  # shown as a tree, which takes seconds
    for number, documents in enumerate(tried):
        address = f"{OURS}{number}/{media_type}/{path}"
        browser.pages[address] = (f"{media_type}; charset=utf-8", documents[path].body)
        browser.forget()
        browser.open(address)
        browser.run("new Promise((done) => setTimeout(done, 100))")
        assert browser.run("window.pwned === undefined && location.href") == address
        nothing_happened(browser)
