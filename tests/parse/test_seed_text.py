"""Plain text: the real captured page, then each rule with the case that would break without it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.model import Document, ParsedEntry, Person, Rating
from aggregator.parse import captured_blocks as page_blocks
from aggregator.parse.text import parse_seed

if TYPE_CHECKING:
    from pathlib import Path

SEEN = datetime(2026, 3, 1, 12, tzinfo=UTC)
REAL = "000_fed76b7ca8b5c79e.txt"


def entry(body: str | bytes, name: str = "note.txt", seen: datetime = SEEN) -> ParsedEntry:
    result = parse_seed(
        Document(body=body if isinstance(body, bytes) else body.encode(), url=f"file:///seeds/{name}", name=name), seen
    )
    assert result.entry is not None, result.warnings
    return result.entry


def html(found: ParsedEntry) -> str:
    return found.contents[0].value if found.contents else ""


def paragraphs(found: ParsedEntry) -> list[str]:
    return [unescape(each) for each in re.findall(r"<p>(.*?)</p>", html(found), re.DOTALL)]


def article(*parts: str) -> ParsedEntry:
    """A titled article of these paragraphs."""
    return entry("\n\n".join(("The title of it", *parts)))


BODY = "The first paragraph of the body says what happened, to whom, and where it did. It goes on for a while."
LAST = "The last paragraph of the body ends with a full stop, as nearly every paragraph does."


# -- the real page ---------------------------------------------------------------------------------------------


@pytest.fixture
def real(shared: Path) -> ParsedEntry:
    return entry((shared / "seeds" / REAL).read_bytes(), REAL)


@pytest.fixture
def source(shared: Path) -> list[str]:
    return (shared / "seeds" / REAL).read_text(encoding="utf-8").split("\n\n")


def test_the_real_page_has_its_title_and_its_summary_of_one_sentence(real: ParsedEntry, source: list[str]) -> None:
    assert real.title is not None
    assert real.summary is not None
    assert (real.title.value, real.summary.value) == (source[0], source[1])
    assert real.title.value.startswith("After the debut of Xiaomi’s car, Lei Jun wrote")
    assert len(page_blocks.sentences(real.summary.value)) == 1


def test_the_real_page_has_its_four_body_paragraphs_whole_and_nothing_else(
    real: ParsedEntry, source: list[str]
) -> None:
    assert paragraphs(real) == [source[2], source[4], source[6], source[7]]
    assert html(real).count("<") == 8


def test_the_real_page_shows_neither_caption_nor_furniture(real: ParsedEntry) -> None:
    text = html(real)
    for gone in ("After the appearance of", "contact us", "Share", "helpful", "93", "Discover"):
        assert gone not in text


def test_the_real_page_keeps_its_facts_as_data(real: ParsedEntry) -> None:
    assert real.attribution == "PhoneAuto News"
    assert real.authors == (Person(name="PhoneAuto News"),)
    assert real.rating == Rating(helpful=93, total=132)
    assert real.raw_id == REAL


@pytest.mark.parametrize(
    ("seen", "published"),
    [
        (datetime(2026, 3, 1, tzinfo=UTC), datetime(2025, 11, 15, tzinfo=UTC)),
        (datetime(2026, 11, 15, tzinfo=UTC), datetime(2026, 11, 15, tzinfo=UTC)),
        (datetime(2026, 11, 14, 23, tzinfo=UTC), datetime(2025, 11, 15, tzinfo=UTC)),
    ],
)
def test_the_real_page_is_dated_by_the_latest_such_day_not_after_first_sight(
    shared: Path, seen: datetime, published: datetime
) -> None:
    found = entry((shared / "seeds" / REAL).read_bytes(), REAL, seen)
    assert found.published == published
    assert any("estimated" in each for each in found.warnings)


# -- head ------------------------------------------------------------------------------------------------------


def test_a_note_of_one_line_is_a_title_alone() -> None:
    found = entry("The library is closed today.\n")
    assert found.title is not None
    assert (found.title.value, found.summary, found.contents) == ("The library is closed today.", None, ())


def test_a_long_first_paragraph_stays_in_the_body_and_gives_the_title() -> None:
    text = "Nobody saw Dr. Roe arrive. " + "She came by the back door and said nothing to anyone. " * 5
    found = entry(text)
    assert found.title is not None
    assert found.title.value == "Nobody saw Dr. Roe arrive."
    assert paragraphs(found) == [text.strip()]


def test_a_first_sentence_without_end_is_shortened_at_a_word() -> None:
    found = entry("word " * 100)
    assert found.title is not None
    assert found.title.value.endswith("word…")
    assert len(found.title.value) <= 100


def test_the_paragraph_before_a_longer_body_is_the_summary() -> None:
    found = article("In short, it rained.", BODY)
    assert found.summary is not None
    assert found.summary.value == "In short, it rained."
    assert paragraphs(found) == [BODY]


@pytest.mark.parametrize(
    "second",
    [
        LAST + " " + LAST + " " + LAST,  # three sentences
        "BEIJING (Xinhua) -- Rain fell.",
        "You need:",
    ],
)
def test_a_paragraph_of_the_body_is_no_summary(second: str) -> None:
    found = article(second, BODY * 5)
    assert found.summary is None
    assert paragraphs(found)[0] == second


def test_title_and_one_paragraph_have_no_summary() -> None:
    found = article("It rained.")
    assert found.summary is None
    assert paragraphs(found) == ["It rained."]


def test_byline_and_date_line_are_facts_and_no_paragraphs() -> None:
    found = article("By Jane Doe and John Roe", "Published: 3 November 2025, 14:30", BODY, LAST)
    assert [each.name for each in found.authors] == ["Jane Doe", "John Roe"]
    assert found.published == datetime(2025, 11, 3, 14, 30, tzinfo=UTC)
    assert paragraphs(found) == [BODY, LAST]
    assert found.warnings == ()


@pytest.mark.parametrize("line", ["[Agency News]", "Source: Agency News", "来源：新华社"])
def test_a_line_that_only_credits_an_agency_is_a_fact_and_no_paragraph(line: str) -> None:
    found = article("In short, it rained.", line, "On 3 February it rained. " + BODY, LAST)
    assert found.attribution in ("Agency News", "新华社")
    assert found.published == datetime(2026, 2, 3, tzinfo=UTC)
    assert found.summary is not None
    assert len(paragraphs(found)) == 2


@pytest.mark.parametrize(
    ("above", "tail", "kept"),
    [
        (("Theirs", "In short, it rained."), ("Share:",), ()),
        (("Theirs.", "By Jane Doe"), (), ()),
        (("Theirs",), (), ()),
    ],
)
def test_a_captured_page_keeps_its_facts_under_a_title_of_front_matter_and_loses_its_own(
    above: tuple[str, ...], tail: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    body = f"[Agency News] {BODY}"
    found = entry("---\ntitle: Mine\n---\n" + "\n\n".join((*above, body, LAST, *tail)))
    assert (found.title and found.title.value, found.attribution) == ("Mine", "Agency News")
    assert paragraphs(found) == [*kept, body, LAST]


def test_furniture_around_a_text_shows_that_it_was_captured() -> None:
    found = entry(f"---\ntitle: Mine\n---\nTheirs, a title line\n\n{BODY}\n\n{LAST}\n\nShare:\n")
    assert paragraphs(found) == [BODY, LAST]


@pytest.mark.parametrize(
    ("first", "tail"),
    [
        ("It rained.", ""),
        ("It rained.", "Share:\n"),
        ("It rained", ""),
        ("GENEVA, Feb. 3 (AP) -- It rained", "By Jane Doe\n"),
    ],
)
def test_what_was_written_under_a_title_of_ones_own_is_all_text(first: str, tail: str) -> None:
    under = f"{tail}\n{BODY}\n\n{LAST}" if tail.startswith("By") else f"{BODY}\n\n{LAST}\n\n{tail}"
    found = entry(f"---\ntitle: Mine\n---\n{first}\n\n{under}")
    assert paragraphs(found)[0] == first
    assert paragraphs(found)[-2:] == [BODY, LAST]


def test_a_first_paragraph_of_several_sentences_is_text_and_its_first_sentence_the_title() -> None:
    first = (
        "The harbour is open again. " + "Whoever waited outside may come in, and need not ring the bell any more. " * 2
    )
    found = entry(f"{first}\n\n{BODY}\n\n{LAST}")
    assert found.title is not None
    assert found.title.value == "The harbour is open again."
    assert paragraphs(found) == [first.strip(), BODY, LAST]


def test_a_note_of_one_paragraph_does_not_repeat_itself() -> None:
    note = "A folder is the whole truth: delete a file here and its article is withdrawn. A feed is only a window."
    found = entry(note)
    assert found.title is not None
    assert found.title.value == "A folder is the whole truth: delete a file here and its article is withdrawn."
    assert (found.summary, paragraphs(found)) == (None, [note])
    long = entry("word, " * 40 + "end")
    assert long.title is not None
    assert long.title.value.endswith("word…")
    assert len(long.title.value) <= 100
    wide = entry("港の入り口に立つ時計台の針が、" * 12)
    assert wide.title is not None
    assert wide.title.value.endswith("針が…")
    assert len(wide.title.value) <= 100


def test_the_title_said_twice_is_said_once() -> None:
    assert paragraphs(article("THE TITLE OF IT", BODY, LAST)) == [BODY, LAST]


# -- captions --------------------------------------------------------------------------------------------------


def test_a_repeated_caption_is_shown_once_where_it_first_stood() -> None:
    found = article(
        BODY, "The new bridge seen from the east bank", LAST, "The new bridge seen from the east bank", BODY * 2
    )
    assert html(found).count("The new bridge") == 1
    assert "</p>\n<figure><figcaption>The new bridge seen from the east bank</figcaption></figure>\n<p>" in html(found)


def test_a_repeated_caption_that_says_the_title_again_is_not_shown() -> None:
    caption = "A picture of the title of it"
    assert "picture" not in html(article(BODY, caption, LAST, caption, BODY + "x"))


def test_words_said_twice_are_no_caption() -> None:
    assert paragraphs(article(BODY, "“No.”", "“Why?”", "“No.”", LAST)).count("“No.”") == 2


def test_a_drawn_line_is_a_rule_between_parts_and_gone_at_the_end() -> None:
    found = article("T", BODY, "* * *", LAST, "___", BODY + "x", "___", "Share:", "Read more")
    assert found.contents[0].value.count("<hr>") == 2
    assert found.contents[0].value.endswith("x</p>")


def test_a_subheading_made_of_words_of_the_title_stays() -> None:
    found = entry(f"The harbour and the price of fish in the north\n\n{BODY}\n\nThe price of fish\n\n{LAST}\n")
    assert "The price of fish" in paragraphs(found)


# -- paragraphs ------------------------------------------------------------------------------------------------


def test_lines_of_a_paragraph_are_joined() -> None:
    found = article("The first line\nand the second of a well-\nknown paragraph.", "東京で\n雨が降った。")
    assert paragraphs(found) == ["The first line and the second of a well-known paragraph.", "東京で雨が降った。"]


def test_without_empty_lines_each_long_line_is_a_paragraph() -> None:
    assert paragraphs(entry("\n".join(["A title", BODY * 4, BODY, LAST]))) == [BODY * 4, BODY, LAST]


def test_without_empty_lines_wrapped_lines_are_joined() -> None:
    wrapped = "A title\nThe text of this file was wrapped by an editor at a width of\nabout sixty columns, as mail is."
    assert paragraphs(entry(wrapped)) == [
        "The text of this file was wrapped by an editor at a width of about sixty columns, as mail is."
    ]


def test_lists_become_lists() -> None:
    found = article(BODY, "We need:\n- salt\n- bread &\n  butter", "1. open\n2. close", LAST)
    assert "<p>We need:</p>\n<ul><li>salt</li><li>bread &amp; butter</li></ul>" in html(found)
    assert "<ol><li>open</li><li>close</li></ol>" in html(found)


@pytest.mark.parametrize("line", ["- Bonjour, dit-il.", "1. FC Köln hat gewonnen.", "— No, dijo."])
def test_one_line_with_a_dash_or_a_number_is_a_paragraph_and_loses_nothing(line: str) -> None:
    assert line in paragraphs(article(BODY, line, LAST))


def test_quotes_dashes_and_markup_are_kept_and_escaped() -> None:
    text = '“Yes” – she wrote <b>a & b</b> — it\'s "so"…'
    found = article(BODY, text, LAST)
    assert text in paragraphs(found)
    assert "<b>" not in html(found)


words = st.lists(st.from_regex(r"[a-z]{2,9}", fullmatch=True), min_size=12, max_size=30).map(" ".join)


@settings(max_examples=30, deadline=None)
@given(st.lists(words.map(lambda each: f"Nothing {each} is lost."), min_size=2, max_size=6, unique=True))
def test_every_paragraph_of_a_body_arrives_whole_and_in_order(body: list[str]) -> None:
    longest_first = ["Opening " + "really " * 60 + "long.", *body]
    assert paragraphs(article(*longest_first)) == longest_first


# -- dates -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opening", "published"),
    [
        ("GENEVA, Feb. 3 (AP) -- Rain fell.", datetime(2026, 2, 3, tzinfo=UTC)),
        ("[Agency News] On 3 February 2019 rain fell.", datetime(2019, 2, 3, tzinfo=UTC)),
        ("On February 3, 2026, rain fell.", datetime(2026, 2, 3, tzinfo=UTC)),
        ("新华社北京2月3日电 今天下雨。", datetime(2026, 2, 3, tzinfo=UTC)),
        ("On July 20, 1969, two people walked on the moon.", None),
        ("Rain fell. It had been dry since 3 February.", None),
        ("The fair opens on June 4, 2031.", None),
        ("They may 15 times have said so.", None),
    ],
)
def test_the_opening_of_a_report_dates_it(opening: str, published: datetime | None) -> None:
    assert article(opening, LAST).published == published


def test_front_matter_comes_before_the_file_name_and_both_before_the_text() -> None:
    text = "Title\n\nNovember 3, 2025\n\n" + BODY
    assert entry(text).published == datetime(2025, 11, 3, tzinfo=UTC)
    assert entry(text, "2025-12-24-x.txt").published == datetime(2025, 12, 24, tzinfo=UTC)
    dated = entry("---\ndate: 2026-01-01\n---\n" + text, "2025-12-24-x.txt")
    assert dated.published == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_leap_day_is_looked_for_in_earlier_years() -> None:
    found = article("PARIS, Feb. 29 (AFP) -- Rain fell.", LAST)
    assert found.published == datetime(2024, 2, 29, tzinfo=UTC)


# -- identity --------------------------------------------------------------------------------------------------


def test_the_raw_hash_depends_neither_on_the_day_nor_on_the_name_but_on_the_text() -> None:
    text = "Title\n\nGENEVA, Feb. 3 (AP) -- Rain fell."
    first = entry(text).raw_hash
    assert entry(text, seen=datetime(2029, 1, 1, tzinfo=UTC)).raw_hash == first
    assert entry(text, "b/2020-01-01-other.txt").raw_hash == first
    assert entry(text.replace("Feb. 3", "Feb. 4")).raw_hash != first


# -- bytes that are no article (reliability S5, S10) -----------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "title", "warning"),
    [
        ("\ufeffCafé\r\n\r\nBody.\r\n".encode(), "Café", None),
        ("Café\r\rBody.".encode("utf-16"), "Café", None),
        ("Café au lait and more text".encode("utf-16-le"), "Café au lait and more text", None),
        ("Café – crème".encode("cp1252"), "Café – crème", "note.txt:1: not UTF-8, read as Windows-1252"),
        ("Ünder älle Öfen\n\nB\xe4d".encode() + b"\xff", "Ünder älle Öfen", "note.txt:3: 1 broken bytes in UTF-8"),
        (b"One\n\ntwo \x00\x1b here", "One", "note.txt:3: 2 control characters removed, the first is U+0000"),
    ],
)
def test_odd_encodings_are_read_and_named(body: bytes, title: str, warning: str | None) -> None:
    found = entry(body)
    assert found.title is not None
    assert found.title.value == title
    assert [each[: len(warning or "")] for each in found.warnings] == ([warning] if warning else [])


@pytest.mark.parametrize("body", [b"", b" \n\n\t", bytes(range(256)) * 4, b"\x89PNG\r\n\x1a\n" + b"\x00\x01" * 50])
def test_a_file_without_text_publishes_nothing_and_is_named(body: bytes) -> None:
    result = parse_seed(Document(body=body, url="file:///seeds/x.txt", name="x.txt"), SEEN)
    assert result.entry is None
    assert result.warnings[-1].startswith("x.txt")


def test_a_name_with_line_end_ansi_and_bidi_is_escaped_wherever_it_shows() -> None:
    name = "a\n\x1b[31m\u202eb\udcff.txt"
    result = parse_seed(Document(body=b"\xe9 title", url="file:///seeds/x", name=name), SEEN)
    assert result.entry is not None
    for shown in (result.entry.raw_id or "", *result.warnings):
        assert shown.isprintable()
        shown.encode()
    nameless = parse_seed(Document(body=b"x" * 300, url="file:///x", name=name), SEEN).entry
    assert nameless is not None


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.one_of(st.binary(max_size=400), st.text(max_size=400).map(lambda each: each.encode("utf-8", "surrogatepass")))
)
def test_no_bytes_raise_and_what_is_read_can_be_written(body: bytes) -> None:
    result = parse_seed(Document(body=body, url="file:///seeds/x.txt", name="x.txt"), SEEN)
    assert result.entry is not None or result.warnings
    if result.entry is not None and result.entry.title is not None:
        result.entry.title.value.encode()
        assert result.entry.title.value.strip()
        html(result.entry).encode()


@pytest.mark.parametrize(
    "unit", ["- ", "a. ", "A. ", "(", "1", "1. x\n", "Share\n\n", "Yes\n\n", "x\n", "x\n\n", "[A ", "11月", "A 1 "]
)
def test_a_hundred_thousand_characters_of_one_pattern_are_read(unit: str) -> None:
    body = (unit * (100_000 // len(unit))).encode()
    result = parse_seed(Document(body=body, url="file:///seeds/x.txt", name="x.txt"), SEEN)
    assert (result.entry is not None) is (unit != "Share\n\n"), "nothing but furniture is no article"


CYRILLIC, CHINESE, JAPANESE = (
    "Паром на ручной тяге снова ходит, и тянут его сами.",
    "港口的钟百年后重新走动，没有人笑。",
    "港の時計が百年ぶりに動く。",
)


@pytest.mark.parametrize(
    ("said", "encoding"),
    [
        (CYRILLIC, "cp1251"),
        (CYRILLIC, "koi8-r"),
        (CHINESE, "gb18030"),
        (JAPANESE * 3, "shift_jis"),
        ("Grüße an alle", "cp1252"),
    ],
)
def test_a_text_in_another_alphabet_is_never_published_as_accents(said: str, encoding: str) -> None:
    found = parse_seed(Document(body=said.encode(encoding), url="file:///s/c.txt", name="c.txt"), SEEN)
    assert found.entry is not None
    assert found.entry.title is not None
    assert found.entry.title.value.startswith(said[:12])
    assert "c.txt:1: not UTF-8, read as" in found.warnings[0]
