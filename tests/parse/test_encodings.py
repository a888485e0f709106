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
