"""Dates of feeds: formats, languages, and what is no date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.parse import captured_dates, dates

READ = {
    "2024-03-05T10:00:00Z": "2024-03-05T10:00:00",
    "2024-03-05t10:00:00z": "2024-03-05T10:00:00",
    "2024-03-05T10:00:00.5+02:00": "2024-03-05T08:00:00.500000",
    "2024-03-05T10:00:00.123456789Z": "2024-03-05T10:00:00.123456",
    "2024-03-05T10:00:00+0530": "2024-03-05T04:30:00",
    "2024-03-05T10:00:00\u221205:00": "2024-03-05T15:00:00",
    "2024-03-05T10:00": "2024-03-05T10:00:00",
    "2024-03-05 10:00:00": "2024-03-05T10:00:00",
    "2024-03-05": "2024-03-05T00:00:00",
    "2024-03": "2024-03-01T00:00:00",
    "2024": "2024-01-01T00:00:00",
    "20240305T101500Z": "2024-03-05T10:15:00",
    "20240305": "2024-03-05T00:00:00",
    "2024/03/05 10:00": "2024-03-05T10:00:00",
    "2024-03-05T24:00:00Z": "2024-03-06T00:00:00",
    "2024-12-31T23:59:60Z": "2024-12-31T23:59:59",
    "Tue, 05 Mar 2024 10:00:00 GMT": "2024-03-05T10:00:00",
    "Tue, 5 Mar 2024 10:00 EST": "2024-03-05T15:00:00",
    "Tue, 05 Mar 24 10:00:00 +0000": "2024-03-05T10:00:00",
    "Fri, 05 Mar 99 10:00:00 +0000": "1999-03-05T10:00:00",
    "Tue, 05 Mar 2024 10:00:00 CET": "2024-03-05T09:00:00",
    "Tue, 05 Mar 2024 10:00:00 XYZ": "2024-03-05T10:00:00",
    "Tue, 05 Mar 2024 10:00:00": "2024-03-05T10:00:00",
    "Tue, 05 Mar 2024 10:00:00 GMT+0100 (CET)": "2024-03-05T09:00:00",
    "Wednesday, 5 March 2024 10:00:00 +0000": "2024-03-05T10:00:00",
    "Tue Mar  5 10:00:00 2024": "2024-03-05T10:00:00",
    "Tue Mar  5 10:00:00 CET 2024": "2024-03-05T09:00:00",
    "March 5th, 2024 3:04 PM": "2024-03-05T15:04:00",
    "Mar 5, 2024 12:00 a.m.": "2024-03-05T00:00:00",
    "05.03.2024 14:30": "2024-03-05T14:30:00",
    "25/03/2024": "2024-03-25T00:00:00",
    "03/25/2024": "2024-03-25T00:00:00",
    "1709632800": "2024-03-05T10:00:00",
    "1709632800000": "2024-03-05T10:00:00",
    "2099-01-01T00:00:00Z": "2099-01-01T00:00:00",
    # an offset without its sign is east; one that no place has, and a zone nobody knows, are UTC
    "Tue, 05 Mar 2024 10:00:00 0200": "2024-03-05T08:00:00",
    "Tue, 05 Mar 2024 10:00:00 02:00": "2024-03-05T08:00:00",
    "2024-03-05T10:00:00 0530": "2024-03-05T04:30:00",
    "Tue Mar  5 10:00:00 2024 ": "2024-03-05T10:00:00",
    "Tue, 05 Mar 2024 10:00:00 +9999": "2024-03-05T10:00:00",
    "Tue, 05 Mar 2024 10:00:00 A": "2024-03-05T10:00:00",
    "Tue, 05 Mar 2024 10:00:00 Europe/Berlin": "2024-03-05T10:00:00",
    "Tue, 05 Mar 2024 10:00:00 EST5EDT": "2024-03-05T15:00:00",
    "Tue, 05 Mar 2024 10:00:00 ET": "2024-03-05T15:00:00",
    "Tue, 05 Mar 2024 10:00:00 UTC+2": "2024-03-05T08:00:00",
    "Tue, 05 Mar 2024 24:00:00 GMT": "2024-03-06T00:00:00",
    "Sat, 31 Dec 2016 23:59:60 GMT": "2016-12-31T23:59:59",
    "Tue, 05 Mar 2024 0:0:0 GMT": "2024-03-05T00:00:00",
    "2024-03-05T10Z": "2024-03-05T10:00:00",
    # ISO 8601: days of weeks and of years
    "2004-W53-6": "2005-01-01T00:00:00",
    "2004W536": "2005-01-01T00:00:00",
    "2024-W10": "2024-03-04T00:00:00",
    "2024-W10-2T10:00:00Z": "2024-03-05T10:00:00",
    "2024-065": "2024-03-05T00:00:00",
    "2024-366": "2024-12-31T00:00:00",
    # seconds, and parts of them
    "1709632800.5": "2024-03-05T10:00:00.500000",
    "1709632800000000": "2024-03-05T10:00:00",
    "@1709632800": "2024-03-05T10:00:00",
    "/Date(1709632800000+0100)/": "2024-03-05T10:00:00",
    # times with a point, behind the year or a word that announces them
    "ti 5. maaliskuuta 2024 klo 10.15": "2024-03-05T10:15:00",
    "05.03.2024 14.30": "2024-03-05T14:30:00",
    "Selasa, 05 Maret 2024 14.30.15": "2024-03-05T14:30:15",
    # Chinese, Japanese, Korean, Vietnamese; feedparser's OnBlog and Nate
    "2024年3月5日": "2024-03-05T00:00:00",
    "2024年03月05日(火) 10:15:00": "2024-03-05T10:15:00",
    "2024年3月5日 下午3点05分": "2024-03-05T15:05:00",
    "2024年3月5日 午前10時15分": "2024-03-05T10:15:00",
    "2024년 3월 5일 오후 3:05": "2024-03-05T15:05:00",
    "2024-03-05 오후 11:23:17": "2024-03-05T23:23:17",
    "2024-03-05 오전 12:23:17": "2024-03-05T00:23:17",
    "Thứ ba, 05 Tháng 3 2024 10:15": "2024-03-05T10:15:00",
}

UNREAD = (
    "", "soon", "yesterday", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "0", "2024-13-01",
    "2024-02-30", "Thu, 32 Mar 2024", "Sat, 07 Sep 2024 25:00:00 GMT", "03/04/2024", "3-4-2024", "May 2024", "5 March",
    "9" * 5000, "٣", "10:00:00", "Mon, 00 Jan 2024 00:00:00 GMT", "0000-00-00", "2024-W54", "9999366",
    "0000-00-00 00:00:00", "Mon, 30 Nov -0001 00:00:00 +0000", "1989-12-31T23:59:59Z", "2023-366", "2024-000",
    "Tue, 05 Mar 2024 10:61:00 GMT", "10:15", "--12-31", "1709632800000000000", "2024-99-99T99:99:99Z", "31 Dec 124",
)  # fmt: skip

SAME_DAY = {
    "French": ("mar. 05 mars 2024", "lun, 15 août 2024", "15 déc. 2024", "1er févr. 2024", "3 juil. 2024"),
    "German": ("Di, 05. März 2024", "Do, 15. August 2024", "15. Dez. 2024", "1. Februar 2024", "3. Juli 2024"),
    "Spanish": ("mar, 05 de marzo de 2024", "jue, 15 ago 2024", "15 dic 2024", "1 febrero 2024", "3 jul 2024"),
    "Italian": ("mar, 05 mar 2024", "gio, 15 ago 2024", "15 dicembre 2024", "1 febbraio 2024", "3 lug 2024"),
    "Portuguese": ("Ter, 05 Mar 2024", "15 de agosto de 2024", "15 dez 2024", "1 fev 2024", "3 julho 2024"),
    "Dutch": ("di, 05 mrt 2024", "do 15 augustus 2024", "15 december 2024", "1 februari 2024", "3 juli 2024"),
    "Polish": ("wt., 05 marca 2024", "15 sierpnia 2024", "15 gru 2024", "1 lutego 2024", "3 lipca 2024"),
    "Czech": ("út, 5. března 2024", "15. srpna 2024", "15. prosince 2024", "1. února 2024", "3. července 2024"),
    "Russian": ("Вт, 05 марта 2024", "15 авг 2024", "15 декабря 2024", "1 фев 2024", "3 июля 2024"),
    "Swedish": ("tis, 05 mars 2024", "15 augusti 2024", "15 dec 2024", "1 februari 2024", "3 juli 2024"),
    "Danish": ("tir, 05 marts 2024", "15. aug 2024", "15. december 2024", "1. februar 2024", "3. juli 2024"),
    "Norwegian": ("tir, 05 mars 2024", "15. august 2024", "15. desember 2024", "1. feb. 2024", "3. juli 2024"),
    "Finnish": ("ti 5. maaliskuuta 2024", "15. elokuuta 2024", "15. joulukuuta 2024", "1. helmi 2024", "3. heinä 2024"),
    "Hungarian": (
        "2024. március 5.",
        "2024. aug. 15., csü",
        "2024. dec. 15.",
        "2024. febr. 1.",
        "2024. július 3., sze",
    ),
    "Romanian": ("mar, 05 martie 2024", "15 aug. 2024", "15 decembrie 2024", "1 februarie 2024", "3 iulie 2024"),
    "Turkish": ("Sal, 05 Mart 2024", "Paz, 15 Ağu 2024", "15 Aralık 2024", "1 ŞUBAT 2024", "3 Temmuz 2024"),
    "Greek": ("Τρί, 05 Μαρ 2024", "15 Αυγούστου 2024", "15 Δεκεμβρίου 2024", "1 Φεβ 2024", "3 ΙΟΥΛΊΟΥ 2024"),
    "Ukrainian": ("Вт, 05 бер 2024", "сер, 15 серпня 2024", "15 груд 2024", "1 лютого 2024", "3 липня 2024"),
    "Indonesian": ("Sel, 05 Maret 2024", "15 Agt 2024", "15 Desember 2024", "1 Februari 2024", "3 Juli 2024"),
    "Slovak": ("ut 5. marca 2024", "15. augusta 2024", "15. decembra 2024", "1. februára 2024", "3. júla 2024"),
    "Slovenian": ("tor, 5. marec 2024", "15. avgust 2024", "15. decembra 2024", "1. februarja 2024", "3. julij 2024"),
    "Serbian": ("5. март 2024", "15. август 2024", "15. децембар 2024", "1. фебруар 2024", "3. јул 2024"),
    "Bulgarian": ("5 март 2024", "15 август 2024 г.", "15 декември 2024", "1 февруари 2024", "3 юли 2024"),
    "Belarusian": ("5 сакавіка 2024", "15 жніўня 2024", "15 снежня 2024", "1 лютага 2024", "3 ліпеня 2024"),
    "Lithuanian": (
        "2024 m. kovo 5 d.",
        "2024 m. rugpjūčio 15 d.",
        "2024 gruodžio 15",
        "2024 vasario 1",
        "2024 liepos 3",
    ),
    "Latvian": (
        "2024. gada 5. martā",
        "15. augusts 2024",
        "15. decembrī 2024",
        "1. februāris 2024",
        "3. jūlijs 2024",
    ),
    "Estonian": ("5. märts 2024", "15. august 2024", "15. detsember 2024", "1. veebruar 2024", "3. juuli 2024"),
    "Icelandic": ("5. mars 2024", "15. ágúst 2024", "15. desember 2024", "1. febrúar 2024", "3. júlí 2024"),
    "Albanian": ("5 mars 2024", "15 gusht 2024", "15 dhjetor 2024", "1 shkurt 2024", "3 korrik 2024"),
    "Galician": ("5 marzo 2024", "15 agosto 2024", "15 decembro 2024", "1 febreiro 2024", "3 xullo 2024"),
    "Azerbaijani": ("5 mart 2024", "15 avqust 2024", "15 dekabr 2024", "1 fevral 2024", "3 iyul 2024"),
    "Arabic": ("الثلاثاء 5 مارس 2024", "15 أغسطس 2024", "15 ديسمبر 2024", "1 فبراير 2024", "٣ يوليو ٢٠٢٤"),
    "Hebrew": ("5 במרץ 2024", "15 באוגוסט 2024", "15 דצמבר 2024", "1 בפברואר 2024", "3 יולי 2024"),
    "Catalan": ("dt., 05 de març 2024", "15 ag. 2024", "15 des. 2024", "1 febr. 2024", "3 juliol 2024"),
}


@pytest.mark.parametrize(("written", "meant"), READ.items())
def test_a_date_is_read(written: str, meant: str) -> None:
    assert dates.read(written) == datetime.fromisoformat(meant).replace(tzinfo=UTC)


@pytest.mark.parametrize("word", ["mar", "set", "des", "ag"])
def test_a_month_that_is_a_word_elsewhere_is_one_in_dates_only(word: str) -> None:
    assert dates.read(f"5 {word} 2024") is not None
    assert captured_dates.find(f"of 5 {word} 2024") is None


@pytest.mark.parametrize("word", ["фев", "März", "kwiecień", "jan"])
def test_both_readers_of_dates_know_the_same_months(word: str) -> None:
    assert dates.read(f"5 {word} 2024") is not None
    assert captured_dates.find(f"of 5 {word} 2024") is not None


@pytest.mark.parametrize("written", UNREAD)
def test_what_is_no_date_is_not_read(written: str) -> None:
    assert dates.read(written) is None


@pytest.mark.parametrize("language", SAME_DAY)
def test_months_are_read_in(language: str) -> None:
    found = [dates.read(written) for written in SAME_DAY[language]]
    assert found == [
        datetime(2024, month, day, tzinfo=UTC) for month, day in ((3, 5), (8, 15), (12, 15), (2, 1), (7, 3))
    ]


@given(
    st.text(max_size=60) | st.from_regex(r"\w{0,3},? \d{1,4}[ -/.]\w{1,9}[ -/.]\d{1,4} \d\d?:\d\d ?[+-]?\d{0,4}\w{0,4}")
)
def test_no_text_raises_and_every_date_is_utc_and_plausible(text: str) -> None:
    found = dates.read(text)
    assert found is None or (found.utcoffset() == timedelta(0) and 1990 <= found.year < 2200)


@given(st.timedeltas(timedelta(0), timedelta(days=76_000)))
def test_what_is_written_in_the_standard_forms_is_read_back(after: timedelta) -> None:
    moment = datetime(1990, 1, 2, tzinfo=UTC) + after
    assert dates.read(moment.isoformat()) == moment
    assert dates.read(moment.strftime("%a, %d %b %Y %H:%M:%S +0000")) == moment.replace(microsecond=0)
