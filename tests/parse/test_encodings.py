"""Which encoding a document is in, who said so, and what the operator is told of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Document
from aggregator.parse.decode import Decoded, decode

UMLAUTS = "Größe, Äpfel, Öl, Übung, süß, weiß, für, Mäuse, Bäume, Häuser"


def read(body: bytes, media_type: str | None = None) -> Decoded:
    return decode(Document(body=body, url="https://example.org/feed", media_type=media_type))


def xml(encoding: str, text: str = "é") -> str:
    return f"<?xml version='1.0' encoding='{encoding}'?><rss>{text}</rss>"


def test_the_mark_is_stronger_than_the_header_and_the_declaration() -> None:
    found = read(b"\xef\xbb\xbf" + xml("windows-1252").encode(), "text/xml; charset=koi8-r")
    assert "é" in found.text
    assert found.warnings == ("said to be koi8-r but it begins with the mark of utf-8",)
    assert read(b"\xef\xbb\xbf" + xml("utf-8").encode(), "text/xml; charset=utf-8").warnings == ()


def test_the_header_is_stronger_than_the_declaration() -> None:
    found = read(xml("koi8-r", "\u00ff\u00ff").encode("latin-1"), "text/xml; charset=iso-8859-2")
    assert (found.encoding, found.warnings) == ("iso8859-2", ("also said to be koi8-r; read as iso8859-2",))


def test_the_declaration_counts_where_the_header_cannot_be() -> None:
    found = read(xml("iso-8859-2", "Ż").encode("iso-8859-2"), "text/xml; charset=utf-8")
    assert "Ż" in found.text
    assert found.warnings == ("also said to be utf-8; read as iso8859-2",)


@pytest.mark.parametrize("label", ["iso-8859-1", "windows-1251", "shift_jis", "us-ascii"])
def test_valid_utf_8_is_utf_8_whatever_it_is_said_to_be(label: str) -> None:
    declared = read(xml(label, UMLAUTS).encode())
    assert (UMLAUTS in declared.text, declared.warnings) == (True, (f"declared as {label} but it is UTF-8",))
    served = read(xml("utf-8", UMLAUTS).encode(), f"text/xml; charset={label}")
    assert (UMLAUTS in served.text, served.warnings) == (True, (f"served as {label} but it is UTF-8",))


def test_ascii_is_no_occasion_to_warn() -> None:
    assert read(xml("iso-8859-1", "e").encode(), "text/xml; charset=koi8-r").warnings == ()


def test_an_encoding_that_looks_like_ascii_is_believed() -> None:
    text = "日本語"
    assert text in read(xml("iso-2022-jp", text).encode("iso-2022-jp")).text
    assert text in read(f"<rss>{text}</rss>".encode("iso-2022-jp"), "text/xml; charset=iso-2022-jp").text


WRITTEN = {
    "utf-8": "日本 Größe",
    "shift_jis": "日本語の見出し",
    "euc-jp": "日本語の見出し",
    "iso-2022-jp": "日本語の見出し",
    "gb2312": "中文订阅源的标题",
    "gbk": "中文订阅源的標題",
    "gb18030": "中文订阅源的标题𠀀",
    "big5": "繁體中文的標題",
    "euc-kr": "한국어 제목",
    "ks_c_5601-1987": "한국어 제목",
    "iso-2022-kr": "한국어 제목",
    "koi8-r": "Заголовок ленты",
    "koi8-u": "Заголовок їґ",
    "windows-1250": "Příliš žluťoučký",
    "windows-1251": "Заголовок ленты",
    "windows-1252": "Größe „x“ €",
    "windows-1253": "Ελληνικός τίτλος",
    "windows-1254": "İstanbul ığşç",
    "windows-1255": "כותרת",
    "windows-1256": "عنوان",
    "windows-1257": "Žinios ąčę",
    "iso-8859-1": "Größe café",
    "iso-8859-2": "Příliš žluťoučký",
    "iso-8859-5": "Заголовок ленты",
    "iso-8859-7": "Ελληνικός τίτλος",
    "iso-8859-8": "כותרת",
    "iso-8859-9": "İstanbul ığşç",
    "iso-8859-15": "Größe €",
    "tis-620": "ข่าวไทย",
    "macintosh": "Größe café",
}


@pytest.mark.parametrize("label", WRITTEN)
def test_what_is_said_of_the_encoding_is_so(label: str) -> None:
    text = WRITTEN[label]
    for body, media_type in (
        (xml(label, text).encode(label), None),
        (xml(label, text).encode(label), "text/xml"),
        (f"<rss>{text}</rss>".encode(label), f"application/rss+xml;charset={label.upper()}"),
        (f"<rss>{text}</rss>".encode(label), f"text/xml; charset='{label}'"),
        (xml(label, text).encode(label), f'text/xml; charset="{label}"; x=y'),
    ):
        found = read(body, media_type)
        assert (text in found.text, found.warnings) == (True, ()), (media_type, found)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("label", ["utf-8", "utf-16", "iso-8859-1"])
def test_wide_characters_are_known_by_their_bytes_whatever_is_said(encoding: str, label: str) -> None:
    body = xml(label, UMLAUTS).encode(encoding)
    marked = "\ufeff".encode(encoding) + body
    for media_type in (None, f"text/xml; charset={label}", f"text/xml; charset={encoding}"):
        assert UMLAUTS in read(body, media_type).text
        assert UMLAUTS in read(marked, media_type).text
        assert not read(marked, media_type).text.startswith("\ufeff")


def test_a_label_that_means_nothing_is_passed_over() -> None:
    for label in ("foo", "utf-7", "rot13", "idna", "x" * 5000, "utf-8\x00"):
        assert read(xml("iso-8859-2", "ž").encode("iso-8859-2"), f"text/xml; charset={label}").text.endswith("ž</rss>")


def test_one_broken_byte_in_a_thousand_does_not_make_it_another_encoding() -> None:
    body = xml("iso-8859-1", UMLAUTS + "x" * 1000).encode() + b"\xff"
    found = read(body, "text/xml; charset=iso-8859-1")
    assert UMLAUTS in found.text
    assert found.text.endswith("\ufffd")
    assert "bytes that are not utf-8 were replaced" in found.warnings
    assert "served as iso-8859-1 but it is mostly UTF-8" in found.warnings


def test_a_few_letters_of_latin_1_in_much_ascii_stay_latin_1() -> None:
    body = xml("iso-8859-1", "x" * 5000 + "é").encode("latin-1")
    assert read(body).text.endswith("é</rss>")


def test_c1_controls_mean_letters_of_windows_1252() -> None:
    found = read("<rss>\x93\x80\x81\x94</rss>".encode())
    assert found.text == "<rss>“€\ufffd”</rss>"
    assert len(found.warnings) == 1
    assert read("<rss>“</rss>".encode()).warnings == ()
    assert read("<rss>\x93</rss>".encode("utf-16")).text == "<rss>“</rss>"


@given(st.binary(max_size=200), st.none() | st.sampled_from(["utf-8", "latin-1", "iso-2022-jp", "utf-16", "x"]))
def test_any_bytes_are_some_text_without_controls(body: bytes, label: str | None) -> None:
    found = read(body, label and f"text/xml; charset={label}")
    assert not any("\x80" <= each <= "\x9f" for each in found.text)
