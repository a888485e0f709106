"""What a text is told by."""

from __future__ import annotations

import pytest

from aggregator.stories.terms import language_of, terms_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("invests 2 billion dollars", "investiert zwei Milliarden Dollar"),
        ("invests 2 billion dollars", "20億ドル投資"),
        ("invests 2 billion dollars", "投资20亿美元"),
        ("3bn", "3 000 000 000"),
        ("14,000 jobs", "14.000 Stellen"),
        ("14,000 jobs", "14 000 emplois"),
        ("magnitude 6.8", "magnitud 6,8"),
        ("its eleventh flight", "der elfte Flug"),
        ("its 11th flight", "el undécimo vuelo"),
        ("Shenzhou 21", "神舟二十一号"),
    ],
)
def test_a_number_is_one_however_it_is_written(one: str, other: str) -> None:
    numbers = [{term for term in terms_of(text, None).terms if term[0].isdigit()} for text in (one, other)]
    assert numbers[0] == numbers[1] != set()


@pytest.mark.parametrize(
    "text", ["Erdbeben in Japan", "séisme au Japon", "terremoto en Japón", "日本で地震", "日本发生地震"]
)
def test_places_and_events_are_one_in_every_language(text: str) -> None:
    assert {"@japan", "=quake"} <= set(terms_of(text, language_of(text, None)).terms)


def test_han_is_one_in_japan_and_on_the_mainland() -> None:
    assert {"總裁", "關稅"} <= set(terms_of("総裁と関税", "ja").terms) & set(terms_of("总裁 关税", "zh").terms) | {
        "關稅"
    }
    assert set(terms_of("国会議員", "ja").terms) & set(terms_of("国会议员", "zh").terms)


def test_a_version_that_is_none_yet_is_another_one() -> None:
    assert "6.18-rc7" in terms_of("Linux 6.18-rc7 released", "en").terms


def test_names_are_what_is_capitalised_inside_a_sentence() -> None:
    told = terms_of("A harbour in Lisbon reopens after Storm Claudia", "en")
    assert {"claudi"} <= told.names
    assert "harbour" not in told.names


def test_where_every_word_is_capitalised_none_is_a_name_for_it() -> None:
    told = terms_of("Court Finds Vizio Must Show Source Code", "en")
    assert told.names == frozenset()
    assert "vizi" in told.capitals
    assert "vizi" in terms_of("Court Finds Vizio Must Show Source Code", "en", frozenset({"vizi"})).names


def test_german_nouns_are_no_names_but_acronyms_are() -> None:
    told = terms_of("Die Regierung lobt die NASA und ihre Raketen", "de")
    assert told.names == {"nasa"}


@pytest.mark.parametrize(
    ("text", "claimed", "language"),
    [
        ("Der Zug ist nicht mehr da, und wir sind es auch nicht", "en", "de"),
        ("The train is not there any more", None, "en"),
        ("Blender 5.0", "fr-CA", "fr"),
        ("Blender 5.0", None, None),
        ("東京で大雨が降った", "en", "ja"),
        ("北京暴雨", None, "zh"),
    ],
)
def test_a_text_is_in_the_language_of_its_words(text: str, claimed: str | None, language: str | None) -> None:
    assert language_of(text, claimed) == language


def test_garbage_has_terms_or_none_and_raises_nothing() -> None:
    for text in ("", "!!!", "\ud800", "١٢٣ ٤", "²³", "1" * 5000, "十" * 3000, "1,1,1", "9" * 400 + " million"):
        terms_of(text, None)
