"""Pages saved with the whole site around them, invented here, in many languages and layouts.

``captured_pages/*.html`` are the pages. Each has its article and, around it, what must not be published.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aggregator.model import Document, ParsedEntry, Person
from aggregator.parse import extract, html

FOLDER = Path(__file__).with_name("captured_pages")
SEEN = datetime(2026, 11, 23, tzinfo=UTC)


def read(body: str, name: str = "page.html") -> tuple[ParsedEntry, tuple[str, ...]]:
    result = html.parse_seed(Document(body=body.encode(), url=f"file:///seeds/{name}", name=name), SEEN)
    assert result.entry is not None
    return result.entry, result.warnings


def page(name: str) -> str:
    return (FOLDER / f"{name}.html").read_text(encoding="utf-8")


PAGES = {
    "news-en": (
        "Ferry returns to the north quay after eleven years",
        "Ada Brenn",
        "2026-11-12T07:30:00+00:00",
        ["The first ferry to use", 'href="https://courier.example/2015/piles"', 'src="https://courier.example/img/ferry.jpg"',
         "<h2>What has changed", "<blockquote>", "has never been out of use."],
        ["partners", "Weather", "Share on", "newsletter", "Swing bridge stuck", "Most read",
         "Council votes", "Imprint", "<h1"],
    ),
    "blog-de": (
        "Warum unser Backofen jetzt Fahrrad fährt",
        "Jonas Kehl",
        "2026-10-03T16:20:00+00:00",
        ["Der alte Backofen", "<li>Bremsweg bei Regen: sieben Meter</li>", "die Wartenden wärmt."],
        ["Startseite", "Teilen mit", "Kommentar", "Hafenstraße", "Neueste Beiträge", "WordPress", "<h1"],
    ),
    "magazine-fr": (
        "Le phare qui écrivait tous les soirs",
        "Maëlle Le Guen",
        "2026-09-21T04:00:00+00:00",
        ["Pendant cent ans", "1926–1927", "<table>", "attend, dit-il, 1953."],
        ["cookies", "Accueil", "Partager", "Les plus lus", "bouées", "Mentions légales"],
    ),
    "noticias-es": (
        "La biblioteca presta herramientas",
        "Inés Cabral",
        "2026-11-05T09:00:00+00:00",
        ["Desde el lunes", "mostrador de la entrada."],
        ["Portada", "Compartir", "Lo más leído", "mercado", "cookies", "Aviso legal", "<h1"],
    ),
    "portal-ru": (
        "В посёлке заработал паром на ручной тяге",
        None,
        "2026-11-01T09:00:00+00:00",
        ["Паром на ручной тяге снова", "паром поставят в сарай."],
        ["Главная", "Погода", "Поделиться", "Читайте также", "Школьный музей", "Все права", "<h1"],
    ),
    "nikki-ja": (
        "港の時計が百年ぶりに直った",
        "森川ひかり",
        "2026-11-09T00:00:00+00:00",
        ["港の入り口に立つ", "投票で決める予定だ。"],
        ["トップ", "シェアする", "ランキング", "朝市", "無断転載", "<h1"],
    ),
    "akhbar-ar": (
        "مكتبة عائمة تصل إلى الجزر",
        "ليلى حداد",
        "2026-11-03T08:00:00+00:00",
        ["وصلت المكتبة العائمة", "من الكتاب الذي أخره."],
        ["الرئيسية", "الأكثر قراءة", "سوق السمك", "ملفات تعريف", "جميع الحقوق", "<h1"],
    ),
    "docs-pt": (
        "Como ler um barômetro",
        "Rui Teles",
        "2026-08-14T00:00:00+00:00",
        ["O barômetro mede", "<ol><li>Bata", "<pre><code>queda = ", "o melhor lugar da casa."],
        ["Ventos", "Menu", "Anterior", "útil", "licença", "<h1"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_a_captured_page_is_read_to_its_article_and_nothing_around_it(name: str) -> None:
    title, author, published, kept, gone = PAGES[name]
    found, warnings = read(page(name))
    assert found.title is not None
    assert found.title.value == title
    assert [each.name for each in found.authors if each.name != found.attribution] == ([author] if author else [])
    assert found.published is not None
    assert found.published.isoformat() == published
    text = found.contents[0].value
    assert [each for each in kept if each not in text] == []
    assert [each for each in gone if each in text] == []
    assert warnings == ()


def test_every_page_has_a_row() -> None:
    assert {each.stem for each in FOLDER.glob("*.html")} == set(PAGES)
    assert len(PAGES) >= 8


def test_the_facts_of_a_page_come_from_its_head() -> None:
    found, _ = read(page("news-en"))
    assert found.updated == datetime(2026, 11, 12, 9, 5, tzinfo=UTC)
    assert [each.term for each in found.categories] == ["ferries", "harbour"]
    assert found.image == "https://courier.example/img/ferry.jpg"
    assert found.summary is not None
    assert found.summary.value == "The first sailing left at dawn."
    assert found.authors == (Person(name="Ada Brenn", url="https://courier.example/by/ada"),)
    assert found.links[0].href == "https://courier.example/2026/11/ferry-returns"
    assert (found.language, found.attribution) == ("en-GB", "Vell Sound Courier")


def test_microdata_is_read_where_it_belongs_to_the_article() -> None:
    found, _ = read(page("noticias-es"))
    assert found.updated == datetime(2026, 11, 6, 7, tzinfo=UTC)
    assert [each.term for each in found.categories] == ["bibliotecas", "barrio"]
    nested = (
        '<div itemscope itemtype="https://schema.org/BlogPosting"><h2 itemprop="headline">Mine</h2>'
        '<div itemprop="comment" itemscope itemtype="https://schema.org/Comment">'
        '<span itemprop="headline">Theirs</span><i itemprop="author">Nobody</i></div>'
        '<span itemprop="author" itemscope><a itemprop="url" href="/ada">x</a><b itemprop="name">Ada</b></span>'
        '<img itemprop="image" src="https://a.example/i.png"><p>Text</p></div>'
    )
    found, _ = read(nested)
    assert found.title is not None
    assert (found.title.value, found.image) == ("Mine", "https://a.example/i.png")
    assert found.authors == (Person(name="Ada"),)


def test_a_title_of_ones_own_takes_the_place_of_the_page_s() -> None:
    found, _ = read("---\ntitle: Mine\n---\n" + page("docs-pt"))
    assert found.title is not None
    assert found.title.value == "Mine"
    assert "Como ler um barômetro" not in found.contents[0].value


BY_HAND = (
    '<html><head><link rel="stylesheet" href="s.css"><title>T</title></head><body><nav>NAV</nav><main><h1>T</h1>'
    f"<figure><img src='p.png'><figcaption>Caption</figcaption></figure><p>{'A sentence of my own. ' * 40}</p>"
    "<dl><dt>term</dt><dd>meaning</dd></dl></main><footer>FOOT</footer></body></html>"
)


def test_a_page_written_by_hand_keeps_its_own_markup() -> None:
    text = read(BY_HAND)[0].contents[0].value
    assert "<figcaption>Caption</figcaption>" in text
    assert "<dl><dt>term</dt>" in text
    assert "NAV" not in text


def test_trafilatura_is_imported_for_captured_pages_alone() -> None:
    code = (
        "import sys; from datetime import datetime, UTC; from aggregator.model import Document\n"
        "from aggregator.parse import html\n"
        "document = Document(body=sys.stdin.buffer.read(), url='file:///x.html', name='x.html')\n"
        "html.parse_seed(document, datetime.now(UTC))\n"
        "print('trafilatura' in sys.modules)"
    )
    for body, imported in ((BY_HAND, "False"), (page("news-en"), "True")):
        done = subprocess.run([sys.executable, "-c", code], input=body.encode(), capture_output=True, check=True)
        assert done.stdout.decode().strip() == imported


def test_where_the_text_cannot_be_told_our_own_reading_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(text: str) -> str | None:
        raise RecursionError

    monkeypatch.setattr(extract, "main_text", fails)
    found, warnings = read(page("news-en"))
    assert "The first ferry to use" in found.contents[0].value
    assert warnings == (
        "page.html: its text could not be told from what surrounds it (RecursionError), so more of it is kept",
    )


@pytest.mark.parametrize("found", [None, "", "<p>Sign up to our newsletter.</p>"])
def test_an_extraction_that_missed_the_text_is_not_taken(monkeypatch: pytest.MonkeyPatch, found: str | None) -> None:
    monkeypatch.setattr(extract, "main_text", lambda text: found)
    text = read(page("news-en"))[0].contents[0].value
    assert "The first ferry to use" in text
    assert "has never been out of use." in text


def test_a_page_too_large_for_it_is_read_without_it() -> None:
    assert extract.main_text("<p>x</p>" * (extract.LARGEST // 8 + 1)) is None


@pytest.mark.parametrize("inside", ["<div>" * 3000, "<b><i>" * 3000, "<table><tr><td>" * 800, "<p>x" * 5_000])
def test_deep_and_broken_captured_pages_are_read(inside: str) -> None:
    body = page("blog-de").replace('<div class="entry-content">', f'<div class="entry-content">{inside}')
    found, _ = read(body)
    assert "Der alte Backofen" in found.contents[0].value
