"""Tables of datelines, bylines, dates and page furniture, and of the sentences that only look like them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator.model import Document, ParsedEntry, Rating
from aggregator.parse import captured_dates as dates
from aggregator.parse.captured_dateline import byline, dateline
from aggregator.parse.captured_furniture import body_length, furniture
from aggregator.parse.text import parse_seed


@pytest.mark.parametrize(
    ("opening", "agency", "day"),
    [
        ("[PhoneAuto News] On the day", "PhoneAuto News", None),
        ("BEIJING, Nov. 15 (Xinhua) -- The", "Xinhua", (11, 15)),
        ("LONDON, Nov 15 (Reuters) - The", "Reuters", (11, 15)),
        ("WASHINGTON (AP) — The", "AP", None),
        ("San Francisco, Calif. (AP) -- The", "AP", None),
        ("Berlin (dpa) - Der", "dpa", None),
        ("Paris (AFP) – Le", "AFP", None),
        ("Madrid, 15 nov (EFE).- El", "EFE", (11, 15)),
        ("(AP) WASHINGTON - The", "AP", None),
        ("(Reuters) - Shares fell", "Reuters", None),
        ("CHICAGO--(BUSINESS WIRE)--Foo", "BUSINESS WIRE", None),
        ("NEW YORK, Nov. 15, 2025 /PRNewswire/ -- Foo", "PRNewswire", (11, 15)),
        ("МОСКВА, 15 ноября. /ТАСС/. Сегодня", "ТАСС", (11, 15)),
        ("МОСКВА, 15 ноя - РИА Новости. Сегодня", "РИА Новости", (11, 15)),
        ("新华社北京11月15日电 今天", "新华社", (11, 15)),
        ("新华社北京11月15日电（记者张三）今天", "新华社", (11, 15)),
        ("【新华社北京11月15日电】今天", "新华社", (11, 15)),
        ("中新网11月15日电 今天", "中新网", (11, 15)),
        ("【环球网报道】今天", "环球网", None),
        ("【東京=共同】今日", "共同", None),
        ("【ワシントン共同】今日", "共同", None),
        ("(서울=연합뉴스) 홍길동 기자 = 오늘", "연합뉴스", None),
        ("GENEVA, Nov. 15 -- The", None, (11, 15)),
        ("BERLIN (dpa-AFX) - Der", "dpa-AFX", None),
        ("Frankfurt/Main (dpa) - Der", "dpa", None),
        ("Hamburg/Berlin (epd). Die", "epd", None),
        ("Москва. 15 ноября. INTERFAX.RU - Сегодня", "INTERFAX.RU", (11, 15)),
        ("КИЇВ. 15 листопада. УНН. Сьогодні", "УНН", (11, 15)),
        ("القاهرة 15 نوفمبر (رويترز) - قال", "رويترز", (11, 15)),
        ("（中央社記者王小明台北15日電）今天", "中央社", None),
        ("（東京 15日 ロイター） - 今日", "ロイター", None),
        ("［東京 １５日 ロイター］ - 今日", "ロイター", None),
        ("नई दिल्ली, 15 नवंबर (भाषा) दिल्ली", "भाषा", (11, 15)),
        ("ΑΘΗΝΑ, 15 Νοεμβρίου (ΑΠΕ-ΜΠΕ) - Η", "ΑΠΕ-ΜΠΕ", (11, 15)),
        ("BUCUREȘTI, 15 noiembrie (Agerpres) - Președintele", "Agerpres", (11, 15)),
    ],
)
def test_a_dateline_names_its_agency_and_its_day(opening: str, agency: str | None, day: tuple[int, int] | None) -> None:
    found = dateline(opening)
    assert found.agency == agency
    assert (found.day and (found.day.month, found.day.day)) == day


@pytest.mark.parametrize(
    "opening",
    [
        "[Video] The bridge falls",
        "[Update] The bridge stands",
        "【快讯】今天",
        "[1] See the first book.",
        "[...] and then she left.",
        "The company (Apple) - said so.",
        "In 2024 (when it opened) - nobody came.",
        "John Smith (42) - the baker - left.",
        "据新华社报道，今天下雨。",
        "他在网上报道了这个消息。",
        "Share prices fell on Monday.",
        "NASA said on Nov. 15 that it would.",
        "Apple Inc (AAPL). Shares fell",
        "On Nov. 15 (Saturday) the fair opened.",
        "Am 15. November (Samstag) - endlich - war es so weit.",
        "本日11月15日（土曜日）から",
        "彼は言った（共同）と",
        "Washington (the city) - not the man.",
        "He/She (they) - said so.",
        "Berlin (Ost) - ein Rückblick",
        "Mr. Brown. 15 people. Nobody. They left.",
        "Paris. 15 euros. Rien. Les gens rient.",
    ],
)
def test_an_ordinary_opening_is_no_dateline(opening: str) -> None:
    assert not dateline(opening)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Jane Doe", ("Jane Doe",)),
        ("By Jane Doe and John Roe | November 15, 2025", ("Jane Doe", "John Roe")),
        ("By JANE DOE, Staff Writer", ("JANE DOE",)),
        ("Von Max Mustermann", ("Max Mustermann",)),
        ("Par Jeanne d'Arc", ("Jeanne d'Arc",)),
        ("Por Ana de la Cruz", ("Ana de la Cruz",)),
        ("作者：张三", ("张三",)),
        ("Oleh Budi Santoso", ("Budi Santoso",)),
        ("بقلم ليلى حداد", ("ليلى حداد",)),
        ("Text: Eva Klein", ("Eva Klein",)),
        ("홍길동 기자", ("홍길동",)),
        ("Text Eva Klein", None),
        ("By the sea", None),
        ("By 2030 it is over", None),
        ("By Monday", None),
        ("By Popular Demand", None),
    ],
)
def test_a_byline_names_people(line: str, names: tuple[str, ...] | None) -> None:
    found = byline(line)
    assert (found and found.names) == names


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Nov. 15", (None, 11, 15)),
        ("On November 15th, it", (None, 11, 15)),
        ("Nov. 15, 2025", (2025, 11, 15)),
        ("15. November 2025", (2025, 11, 15)),
        ("15 de noviembre de 2025", (2025, 11, 15)),
        ("le 1er décembre 2025", (2025, 12, 1)),
        ("15 ноября 2025 г.", (2025, 11, 15)),
        ("2025年11月15日", (2025, 11, 15)),
        ("11월 15일", (None, 11, 15)),
        ("15.11.2025", (2025, 11, 15)),
        ("2025-11-15", (2025, 11, 15)),
        ("15/11/2025", (2025, 11, 15)),
        ("11/15/2025", (2025, 11, 15)),
        ("11/11/2025", (2025, 11, 11)),
        ("03/11/2025", None),
        ("they may 15 times", None),
        ("Feb 30", None),
        ("version 1.15.2025", None),
        ("May 1968", None),
        ("November 15:30", None),
    ],
)
def test_a_day_is_found_in_text(text: str, day: tuple[int | None, int, int] | None) -> None:
    found = dates.find(text)
    assert (found and (found.year, found.month, found.day)) == day


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("2026-11-15-title.md", 15),
        ("20261115.txt", 15),
        ("post_2026_11_15.md", 15),
        ("2025-01-01/2026-11-15.md", 15),
        ("2025-01-01/title.md", None),
        ("000_fed76b7ca8b5c79e.txt", None),
        ("x20261115.txt", None),
        ("2026-13-45.txt", None),
        ("2026-1115.txt", None),
    ],
)
def test_a_date_is_found_in_a_file_name(name: str, day: int | None) -> None:
    found = dates.in_name(name)
    assert found == (datetime(2026, 11, day, tzinfo=UTC) if day else None)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-11-15", 0),
        ("2026-11-15 14:30", 14),
        ("2026-11-15T14:30:00+01:00", 13),
        ("2026-11-15 14:30:00 +0100", 13),
        ("2026-11-15T14:30Z", 14),
        ("Sun, 15 Nov 2026 14:30:00 GMT", 14),
        ("15 November 2026", 0),
        ("15 November 2026, 14:30", 14),
        ("15.11.2026 14.30 Uhr", 14),
        ("2026-11-15 2:30 pm", 14),
        ("November 15, 2026 at 7:30 a.m. EST", 12),
        ("15 November 2026 25:30", 0),
        ("November 15, 2026", 0),
    ],
)
def test_a_stated_date_is_read(text: str, hour: int) -> None:
    found = dates.stated(text)
    assert found is not None
    assert (found.date().isoformat(), found.hour) == ("2026-11-15", hour)


@pytest.mark.parametrize(
    ("line", "at"),
    [
        ("Published: 15 November 2026, 14:30", "2026-11-15T14:30"),
        ("Publicerad 15 november 2026 08.15", "2026-11-15T08:15"),
        ("Published 3:15 p.m. ET Nov. 15, 2026 | Updated 5:02 p.m. ET Nov. 15, 2026", "2026-11-15T20:15"),
        ("2026-11-15T08:15:00+01:00", "2026-11-15T07:15"),
        ("发布时间：2026年11月15日 09:30", "2026-11-15T09:30"),
        ("15 November 2026 | Ada Brenn", None),
        ("On 15 November 2026 it rained", None),
        ("03/11/2026", None),
    ],
)
def test_a_line_that_is_a_date_is_read_with_its_time(line: str, at: str | None) -> None:
    day = dates.line(line)
    assert (day and day.at and day.at.isoformat()[:16]) == at


@pytest.mark.parametrize(
    ("line", "so"),
    [("03/11/2026", True), ("Posted 03/11/2026 às 10h15", True), ("3/3/2026", False), ("a 3/4/2026", False)],
)
def test_a_date_that_may_be_two_is_known_as_such(line: str, so: bool) -> None:
    assert dates.two_ways(line) is so


@pytest.mark.parametrize(
    "text",
    [
        "tomorrow",
        "2026",
        "15 November",
        "0001-01-01T00:00+12:00",
        "the 15 November 2026",
        "2026-11-15 14:30 Europe/Berlin",
    ],
)
def test_what_states_no_date_is_refused(text: str) -> None:
    assert dates.stated(text) is None


# -- furniture -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "Share:",
        "SHARE THIS ARTICLE",
        "Share: Facebook | Twitter | E-mail",
        "Was this article helpful?",
        "Discover more",
        "We will continue to update Phone&Auto; if you have any questions or suggestions, please contact us!",
        "© 2025 Example Media Ltd.",
        "Copyright 2025 Example Media. All rights reserved.",
        "We use cookies to improve your experience on our site.",
        "Artikel teilen",
        "War dieser Artikel hilfreich?",
        "Das könnte Sie auch interessieren:",
        "Partager cet article",
        "À lire aussi",
        "Tous droits réservés",
        "¿Fue útil este artículo?",
        "Artículos relacionados",
        "Condividi su Facebook",
        "Articoli correlati",
        "Compartilhe este artigo",
        "Leia também:",
        "Deel dit artikel",
        "Lees ook",
        "Udostępnij ten artykuł",
        "Czytaj też",
        "Поделиться:",
        "Читайте также",
        "Поділитися",
        "Dela artikeln",
        "Lue myös",
        "Související články",
        "Bu makale yardımcı oldu mu?",
        "مقالات ذات صلة",
        "分享到：",
        "相关阅读",
        "関連記事",
        "この記事は役に立ちましたか？",
        "관련 기사",
        "Baca juga",
        "Tin liên quan",
    ],
)
def test_furniture_is_known_in_many_languages(line: str) -> None:
    assert furniture(line) is not None


@pytest.mark.parametrize(
    "line",
    [
        "93 out of 132 found this helpful",
        "93 of 132 people found this helpful.",
        "93 von 132 fanden dies hilfreich",
        "Utilisateurs qui ont trouvé cela utile : 93 sur 132",
        "Usuarios a los que les pareció útil: 93 de 132",
        "Utenti che ritengono sia utile: 93 su 132",
        "Usuários que acharam isso útil: 93 de 132",
        "93 van 132 vonden dit nuttig",
        "93 z 132 uznało to za pomocne",
        "93 из 132 считают это полезным",
        "93 av 132 tyckte detta var till hjälp",
        "132 kişi içerisinden 93 kişi bunun yardımcı olduğunu düşündü",
        "132 人中有 93 人觉得有帮助",
        "132人中93人がこの記事が役に立ったと言っています",
        "132명 중 93명이 도움이 되었다고 했습니다",
    ],
)
def test_votes_are_a_rating_in_many_languages(line: str) -> None:
    found = furniture(line)
    assert found is not None
    assert found.rating == Rating(helpful=93, total=132)


def test_votes_in_thousands_are_counted_and_impossible_votes_are_not() -> None:
    thousands, impossible = (
        furniture("1,093 out of 2,132 found this helpful"),
        furniture("9 out of 3 found this helpful"),
    )
    assert thousands is not None
    assert thousands.rating == Rating(helpful=1093, total=2132)
    assert impossible is not None
    assert impossible.rating is None


HARD_NEGATIVES = [
    "Share prices fell on Monday, and nobody knew why.",
    "Share and share alike, said the old woman.",
    "Cookies are small files that a site leaves on your machine.",
    "We use cookies in this trifle because sponge goes soft.",
    "This site was a brickworks until 1931.",
    "“Contact us when you land,” the tower said.",
    "Related articles of the treaty were struck out in 1848.",
    "Was this article helpful to the defence? The court thought not.",
    "Of 132 people asked, 93 found this helpful; the others had not tried it.",
    "Discover more than one comet and they name a street after you.",
    "The minister declined to make further comments.",
    "Yes.",
    "Print.",
    "Comments on the draft are due in May.",
    "She signed the copyright of all her songs over to the choir.",
    "Subscribe to the theory and you must accept its cost.",
    "Anzeige erstattete der Nachbar erst am Montag.",
    "Partager est un art, disait-elle.",
]


@pytest.mark.parametrize("line", HARD_NEGATIVES)
def test_a_body_paragraph_is_never_furniture(line: str) -> None:
    assert furniture(line) is None
    assert body_length(["Title", "Body.", line, "Share:", "Discover more"]) == 3


def test_lines_under_a_heading_go_with_it_and_those_above_stay() -> None:
    body = ["Title", "The body ends here.", "A last line without a stop"]
    tail = ["Related articles", "How the harbour got its cranes", "Ferry timetable", "© 2025 Example"]
    assert body_length(body + tail) == len(body)


def test_buttons_between_furniture_go_and_a_poem_does_not() -> None:
    assert body_length(["Title", "Body.", "Share:", "Snapgram", "Was this article helpful?", "Yes", "No"]) == 2
    poem = [f"line {number} of the poem" for number in range(8)]
    assert body_length(["Title", "Share", *poem, "Share"]) == 10
    assert body_length(["Title", "Related articles", "one line"]) == 3


def test_text_after_furniture_keeps_what_stands_above_it() -> None:
    parts = ["Title", "Body.", "Advertisement", "The text goes on after the advertisement, as it should.", "Share:"]
    assert body_length(parts) == 4


def test_an_article_about_cookies_is_published_whole() -> None:
    text = (
        "What a cookie is for\n\nA cookie is a name a site gives you, so that it knows you again tomorrow.\n\n"
        "“We use cookies,” says the banner, and few people read on.\n\nCookies on the plate are another matter."
    )
    found = parse_seed(
        Document(body=text.encode(), url="file:///s/c.txt", name="c.txt"), datetime(2026, 3, 1, tzinfo=UTC)
    ).entry
    assert isinstance(found, ParsedEntry)
    assert found.contents[0].value.count("<p>") == 3
