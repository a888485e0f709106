"""The stage as a whole: what it promises for every document, and how a folder is read."""

from __future__ import annotations

import io
import pickle
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Code, Document, ParsedFeed, Source
from aggregator.parse import FEEDS, SEEDS, feed, parse
from aggregator.parse.decode import decode
from aggregator.parse.rawhash import raw_hash

NOW = datetime(2026, 11, 23, tzinfo=UTC)
URL = "https://example.org/feed"
CASES = sorted((Path(__file__).resolve().parent.parent / "corpus").glob("*/input.*"))


def read(body: bytes, url: str = URL, media_type: str | None = None) -> ParsedFeed:
    return parse((Document(body=body, url=url, media_type=media_type),), Source(id="s", url=url), NOW)


def rss(items: str, root: str = 'rss version="2.0"') -> bytes:
    return f"<?xml version='1.0'?><{root}><channel><title>c</title>{items}</channel></rss>".encode()


def folder(*files: tuple[str, bytes]) -> ParsedFeed:
    documents = tuple(Document(body=body, url=f"file:///seeds/{name}", name=name) for name, body in files)
    return parse(documents, Source(id="seeds", folder=Path("/seeds")), NOW)


# ---- whatever the bytes ----


@given(st.binary(max_size=300), st.none() | st.text(max_size=40))
def test_no_bytes_raise(body: bytes, media_type: str | None) -> None:
    read(body, media_type=media_type)


def edited(data: st.DataObject, body: bytes) -> bytes:
    for _ in range(data.draw(st.integers(1, 4))):
        at, length = data.draw(st.integers(0, len(body))), data.draw(st.integers(0, 40))
        insert = data.draw(
            st.binary(max_size=8)
            | st.sampled_from(
                [b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"<item>", b"</item>", b"&#", b";", b'"']
            )
        )
        body = body[:at] + insert + body[at + length :]
    return body


@given(st.data(), st.sampled_from(CASES))
def test_no_damaged_feed_raises_and_all_that_is_read_can_be_sent_and_stored(data: st.DataObject, case: Path) -> None:
    feed = read(edited(data, case.read_bytes()))
    assert pickle.loads(pickle.dumps(feed)) == feed
    repr(feed).encode("utf-8")
    assert feed.problem is None or len(feed.problem.detail) <= 300


def test_a_document_is_read_the_same_every_time() -> None:
    for case in CASES:
        assert read(case.read_bytes()) == read(case.read_bytes())


# ---- real feeds ----


def test_every_real_feed_gives_all_its_entries_without_a_problem(corpus: list[dict[str, str]]) -> None:
    for each in corpus:
        body = Path(each["path"]).read_bytes()
        feed = read(body, each["url"], "application/xml")
        assert feed.problem is None, each["url"]
        assert feed.entries, each["url"]
        if len(body) > 100_000:  # a third of the feeds, most of the bytes: plain feedparser would double the time
            continue
        plain = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
        assert feed.info.format == plain.version, each["url"]
        assert [entry.raw_id for entry in feed.entries] == [dict.get(entry, "id") or None for entry in plain.entries]


# ---- identity and change ----


def test_the_hash_forgets_the_position_and_remembers_everything_else() -> None:
    one, two = "<item><title>a</title><guid>1</guid></item>", "<item><title>b</title><guid>2</guid></item>"
    first, second = read(rss(one + two)).entries, read(rss(two + one)).entries
    assert [each.raw_hash for each in first] == [each.raw_hash for each in reversed(second)]
    assert first[0].raw_hash != first[1].raw_hash
    assert raw_hash(replace(first[0], rights="x")) != first[0].raw_hash
    assert raw_hash(replace(first[0], raw_id=None, comments="1")) != raw_hash(replace(first[0], raw_id="1"))


def test_the_hash_is_the_same_in_every_process() -> None:
    (entry,) = read(rss("<item><title>a</title><guid>1</guid><category>x</category></item>")).entries
    assert entry.raw_hash.hex() == "7cc4fcb3d61edc05be512980753c16f7579044072ff3be48c4c61063fa0ea7f0"


def test_an_id_does_not_depend_on_the_address_of_the_document() -> None:
    body = rss("<item><title>a</title><guid>a/1</guid></item>")
    assert {read(body, url).entries[0].raw_id for url in ("https://a.example/feed", "http://b.example/x/y")} == {"a/1"}


# ---- limits ----


def test_two_thousand_entries_are_read_of_one_document() -> None:
    feed = read(rss("".join(f"<item><guid>{n}</guid></item>" for n in range(2001))))
    assert [each.raw_id for each in feed.entries] == [str(n) for n in range(2000)]
    assert feed.warnings == ("only the first 2,000 of 2,001 entries were read",)
    assert feed.problem is None
    assert read(rss("<item/>" * 2000)).warnings == ()


def test_two_hundred_attributes_may_be_on_one_element() -> None:
    def with_attributes(count: int) -> bytes:
        return rss(f"<item {' '.join(f'a{n}=' for n in range(count))}/>".replace("=", "=''"))

    assert read(with_attributes(200)).problem is None
    problem = read(with_attributes(201)).problem
    assert problem is not None
    assert (problem.code, problem.detail) == (Code.XML_LIMIT, "more than 200 attributes on one element")


def test_elements_may_be_nested_a_hundred_deep() -> None:
    inside_three = "<x>" * 97 + "</x>" * 97
    assert read(rss(f"<item>{inside_three}</item>")).problem is None
    problem = read(rss(f"<item><x>{inside_three}</x></item>")).problem
    assert problem is not None
    assert problem.code is Code.XML_LIMIT


def test_two_thousand_items_are_read_of_a_json_feed() -> None:
    items = ",".join(f'{{"id": {n}}}' for n in range(2001))
    feed = read(f'{{"title": "t", "items": [{items}]}}'.encode())
    assert [each.raw_id for each in feed.entries] == [str(n) for n in range(2000)]
    assert "only the first 2,000 of 2,001 entries were read" in feed.warnings


# ---- nothing outside the document is touched ----


def test_a_body_that_names_a_file_is_not_opened(tmp_path: Path) -> None:
    feed = tmp_path / "feed.xml"
    feed.write_bytes(rss("<item><title>from the disk</title></item>"))
    found = read(str(feed).encode())
    assert found.problem is not None
    assert found.problem.code is Code.NOT_A_FEED
    assert found.entries == ()


def test_feedparser_is_never_given_what_it_may_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose name is the very text that feedparser reads: given as bytes or text, it would be opened."""
    monkeypatch.chdir(tmp_path)
    trap = tmp_path / '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"' / ">"
    trap.parent.mkdir()
    trap.write_bytes(rss("<item><title>from the disk</title></item>"))
    body = b'<rss version="2.0"/>'
    assert feed.parse(Document(body=body, url=URL), body.decode()).entries == ()


def test_a_doctype_is_not_fetched(tmp_path: Path) -> None:
    definition = tmp_path / "feed.dtd"
    definition.write_text("<!ENTITY title 'from the disk'>", encoding="utf-8")
    doctype = f'<!DOCTYPE rss SYSTEM "{definition.as_uri()}">'
    feed = read(f"{doctype}<rss version='2.0'><channel><title>&title;</title></channel></rss>".encode())
    assert feed.info.title == "&title;"


# ---- encodings ----


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_unicode_is_recognised_with_and_without_its_mark(encoding: str) -> None:
    text = "<?xml version='1.0'?><rss><channel><title>Ж</title></channel></rss>"
    assert decode(Document(body=text.encode(encoding), url=URL)).text.lstrip("\ufeff") == text


@pytest.mark.parametrize("encoding", ["iso-8859-2", "windows-1251", "koi8-r", "shift_jis", "gb2312", "euc-kr", "big5"])
def test_a_declared_encoding_is_believed(encoding: str) -> None:
    text = {"iso-8859-2": "Łódź", "windows-1251": "Жук", "koi8-r": "Жук"}.get(
        encoding, "中文" if encoding != "euc-kr" else "한국"
    )
    body = f"<?xml version='1.0' encoding='{encoding}'?><rss>{text}</rss>".encode(encoding)
    assert text in decode(Document(body=body, url=URL)).text
    body = f"<rss>{text}</rss>".encode(encoding)
    assert text in decode(Document(body=body, url=URL, media_type=f'text/xml; charset="{encoding}"')).text


@pytest.mark.parametrize("name", ["utf-7", "rot13", "zlib", "idna", "unicode_escape", "no-such", "a\0b", "utf-16"])
def test_a_codec_that_is_no_charset_of_documents_is_not_used(name: str) -> None:
    body = f"<?xml version='1.0' encoding='{name}'?><rss>+ADw-script+AD4- \\u003c</rss>".encode()
    decoded = decode(Document(body=body, url=URL, media_type=f"text/xml; charset={name}"))
    assert decoded.text == body.decode()


def test_latin_1_means_windows_1252() -> None:
    body = b"<?xml version='1.0' encoding='ISO-8859-1'?><rss>\x93\xfc\x94</rss>"
    assert "\u201c\u00fc\u201d" in decode(Document(body=body, url=URL)).text


# ---- pages ----


@pytest.mark.parametrize(
    ("page", "detail"),
    [
        ("<html><title>Sign in</title>", 'HTML page that asks for a login, not a feed (title: "Sign in")'),
        (
            "<!doctype html><form><input name=p type=password>",
            "HTML page that asks for a login, not a feed (without a title)",
        ),
        ("<html><body>No feed here, log in to see it", "HTML page, not a feed (without a title)"),
        ("<html><head><title>A&amp;B\n\x1b[31m</title>", 'HTML page, not a feed (title: "A&B [31m")'),
        (
            "<html><title>Attention Required! | Cloudflare</title>",
            "Cloudflare's block page answered instead of the feed",
        ),
        ("<html><script src=/cf-mitigated></script>", "Cloudflare's bot check answered instead of the feed"),
        ("<script>var x = '<feed '</script><html>", "HTML page, not a feed"),
    ],
)
def test_a_page_is_named(page: str, detail: str) -> None:
    problem = read(page.encode()).problem
    assert problem is not None
    assert problem.code is Code.NOT_A_FEED
    assert problem.detail.startswith(detail)


# ---- folders ----


def test_a_folder_gives_the_entries_of_all_its_files_in_order() -> None:
    feed = folder(
        ("a.md", b"---\ntitle: A\nid: seed-a\n---\nText of a."),
        (
            "b/feed.xml",
            rss("<item><title>B1</title><guid>b1</guid></item><item><title>B2</title><guid>b2</guid></item>"),
        ),
        ("c.txt", b"Title of c\n\nA body that is long enough to be one, with a second clause and a full stop.\n"),
        ("d.json", b'{"version": "https://jsonfeed.org/version/1.1", "title": "D", "items": [{"id": "d1"}]}'),
    )
    assert [each.raw_id for each in feed.entries] == ["seed-a", "b1", "b2", "c.txt", "d1"]
    assert [each.position for each in feed.entries] == [0, 1, 2, 3, 4]
    assert (feed.road, feed.info.format, feed.problem, feed.warnings) == ("folder", "folder", None, ())


def test_a_file_that_cannot_be_read_is_a_warning_that_names_it() -> None:
    feed = folder(
        ("broken.xml", b"<html><title>Log in</title></html>"),
        ("notes.docx", b"PK"),
        ("good.md", b"---\ntitle: Good\n---\nText."),
    )
    assert [each.raw_id for each in feed.entries] == ["good.md"]
    assert feed.problem is None
    assert feed.warnings[0].startswith("broken.xml: ")
    assert "notes.docx: no parser for .docx; rename it to .txt, .md, .html" in feed.warnings


def test_every_format_has_one_parser() -> None:
    assert set(FEEDS) == {"xml", "json"}
    assert set(SEEDS) == {".txt", ".md", ".html"}


def test_a_source_without_documents_is_empty() -> None:
    problem = parse((), Source(id="s", url=URL), NOW).problem
    assert problem is not None
    assert problem.code is Code.EMPTY


# ---- files of a folder that cannot be read as what they are ----


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("b.md", b"---\ntitle: {{{\n---\n"),
        ("b.md", b"\x00\x01\x02\x03" * 100),
        ("b.txt", b" \n\n"),
        ("b.md", b"---\ntitle: B\npublish_at: soon\n---\nText.\n"),
        ("b.xml", rss("<item><title>one</title></item><item><title>two</title></item>")[:-30]),
        ("b.json", b'{"version": "https://jsonfeed.org/version/1.1", "items": ['),
    ],
)
def test_a_file_that_cannot_be_read_as_what_it_is_is_unread_and_the_warning_says_what_follows(
    name: str, body: bytes
) -> None:
    found = folder(("a.md", b"# A\n\nText.\n"), (name, body))
    assert found.unread == (name,)
    assert any(each.startswith(name) and "withdrawn" in each for each in found.warnings)
    assert found.entries[0].title is not None


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("b.md", b"---\ndraft: true\n---\nText.\n"),
        ("b.md", b"---\ntitle: {{{\n---\nText.\n"),
        ("b.xml", rss("")),
        ("b.markdown", b"x"),
    ],
)
def test_a_draft_an_empty_feed_and_a_file_of_another_kind_hold_nothing_back(name: str, body: bytes) -> None:
    assert folder(("a.md", b"# A\n\nText.\n"), (name, body)).unread == ()


@pytest.mark.parametrize("name", ["", "a.html", "a.md", "a.txt"])
def test_a_number_without_end_is_no_reference_and_no_crash(name: str) -> None:
    """``html.unescape`` raises ValueError for one of more than 4,300 digits."""
    number = "&#" + "1" * 5000 + ";"
    if name:
        body = (
            f"<title>{number}</title><p>Words {number} &eacute;</p>"
            if name == "a.html"
            else f"# Words {number}\n\nText.\n"
        )
        assert len(folder((name, body.encode())).entries) == 1
        return
    escaped = number.replace("&", "&amp;")
    item = f"<item><title>One {escaped}</title><author>{escaped}</author><rights>{escaped}</rights></item>"
    found = parse(
        (Document(body=rss(item), url="https://example.org/feed"),), Source(id="a", url="https://x.org/"), NOW
    )
    assert found.entries[0].title is not None
    page = Document(body=f"<html><title>{number}</title></html>".encode(), url="https://example.org/feed")
    assert parse((page,), Source(id="a", url="https://x.org/"), NOW).problem is not None
