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


# ---- labels that Python does not know ----

WEB_LABELS = {
    "windows-874": ("cp874", "ข่าวไทย"),
    "x-sjis": ("cp932", "日本語①"),
    "windows-31j": ("cp932", "日本語①"),
    "x-gbk": ("gb18030", "中文"),
    "gb_2312-80": ("gb18030", "中文"),
    "x-euc-jp": ("euc_jp", "日本語"),
    "cn-big5": ("big5hkscs", "繁體"),
    "big5": ("big5hkscs", "嘅啲"),
    "x-x-big5": ("big5hkscs", "繁體"),
    "windows-949": ("cp949", "똠방각하"),
    "ks_c_5601-1989": ("cp949", "한국어"),
    "x-mac-cyrillic": ("mac_cyrillic", "Заголовок"),
    "x-mac-roman": ("mac_roman", "café"),
    "iso-8859-8-i": ("iso8859-8", "כותרת"),
    "iso-8859-6-i": ("iso8859-6", "عنوان"),
    "x-cp1251": ("cp1251", "Заголовок"),
    "iso88592": ("iso8859-2", "Žluťoučký"),
    "koi8": ("koi8-r", "Заголовок"),
}


@pytest.mark.parametrize("label", WEB_LABELS)
def test_labels_of_the_web_are_known(label: str) -> None:
    encoding, text = WEB_LABELS[label]
    assert text in read(xml(label, text).encode(encoding)).text
    assert read(f"<rss>{text}</rss>".encode(encoding), f"text/xml; charset={label.upper()}").warnings == ()


# ---- broken bytes ----

SENTENCES = {
    "shift_jis": (
        "本日の東京は晴れ、最高気温は二十度の予想です。政府は新しい経済対"
        "策を発表し、来年度の予算案について議論を始めた。"
    ),
    "euc_jp": (
        "本日の東京は晴れ、最高気温は二十度の予想です。政府は新しい経済対"
        "策を発表し、来年度の予算案について議論を始めた。"
    ),
    "gbk": (
        "今天北京天气晴朗，最高气温二十度。政府公布了新的经济政策，并开始"
        "讨论明年的预算草案。专家们正在关注这项政策的影响。"
    ),
    "big5": (
        "今天臺北天氣晴朗，最高氣溫二十度。政府公布了新的經濟政策，並開始"
        "討論明年的預算草案。專家們正在關注這項政策的影響。"
    ),
    "euc_kr": (
        "오늘 서울은 맑고 낮 최고 기온은 이십 도로 예상됩니다. "
        "정부는 새로운 경제 대책을 발표하고 예산안에 대한 논의를 시작했습니다."
    ),
    "windows-1251": (
        "Сегодня в Москве ясно, температура поднимется до двадцати "
        "градусов. Эксперты следят за бюджетом на следующий год."
    ),
    "koi8-r": (
        "Сегодня в Москве ясно, температура поднимется до двадцати "
        "градусов. Эксперты следят за бюджетом на следующий год."
    ),
    "windows-1253": (
        "Σήμερα στην Αθήνα ο καιρός είναι αίθριος και η θερμοκρασία θα "
        "φτάσει τους είκοσι βαθμούς. Η κυβέρνηση ανακοίνωσε μέτρα."
    ),
    "windows-1255": (
        "היום בתל אביב השמים בהירים והטמפרטורה תגיע לעשרים מעלות. "
        "הממשלה הודיעה על צעדים כלכליים חדשים והחלה לדון בתקציב."
    ),
    "windows-1256": (
        "الطقس اليوم في القاهرة صاف وتصل درجة الحرارة إلى عشرين درجة. أعلنت الحكومة عن إجراءات اقتصادية جديدة."
    ),
    "windows-874": ("วันนี้ท้องฟ้าในกรุงเทพแจ่มใสและอุณหภูมิจะสูงถึงยี่สิบองศา รัฐบาลประกาศมาตรการเศรษฐกิจใหม่และเริ่มอภิปรายงบประมาณ"),
    "iso-8859-2": (
        "Dnes je v Praze jasno a nejvyšší teplota dosáhne dvaceti stupňů. "
        "Vláda oznámila nová hospodářská opatření. Šťastný člověk."
    ),
    "windows-1250": (
        "Dziś w Warszawie niebo jest pogodne, a temperatura osiągnie "
        "dwadzieścia stopni. Rząd rozpoczął dyskusję. Żółć i źródło."
    ),
}
CODECS = {"windows-874": "cp874"}
SEVERAL_BYTES = ("shift_jis", "euc_jp", "gbk", "big5", "euc_kr")


def items(text: str, head: str = "") -> str:
    description = f"<description>&lt;p&gt;{text}&lt;/p&gt;</description>"
    item = f"<item><title>News</title><link>https://example.org/1</link>{description}</item>"
    return f"{head}<rss version='2.0'><channel><title>News in ASCII</title>{item * 3}</channel></rss>"


@pytest.mark.parametrize("label", SEVERAL_BYTES)
@pytest.mark.parametrize("served", [True, False])
def test_one_bad_byte_does_not_make_it_windows_1252(label: str, served: bool) -> None:
    whole = items(SENTENCES[label], "" if served else f"<?xml version='1.0' encoding='{label}'?>").encode(label)
    stop = "。" if "。" in SENTENCES[label] else ". "
    body = whole.replace(stop.encode(label), b"\x85 ", 1)  # what no two bytes of these encodings are
    found = read(body, f"text/xml; charset={label}" if served else None)
    assert SENTENCES[label] in found.text  # the two whole ones
    assert "\ufffd" in found.text
    (warning,) = found.warnings
    assert warning.endswith("were replaced")


def test_a_document_that_is_mostly_broken_is_not_what_it_says() -> None:
    body = xml("euc-kr", "Größe, Äpfel, Öl, für; ").encode("latin-1") * 3
    found = read(body)
    assert "Größe, Äpfel" in found.text
    assert found.warnings == ("neither UTF-8 nor what it says it is; read as Windows-1252",)


# ---- nothing said ----


@pytest.mark.parametrize("label", SENTENCES)
@pytest.mark.parametrize("head", ["", "<?xml version='1.0' encoding='utf-8'?>"])
def test_what_nothing_is_said_of_is_what_it_looks_like(label: str, head: str) -> None:
    text = items(SENTENCES[label], head)
    found = read(text.encode(CODECS.get(label, label)))
    assert found.text == text
    (warning,) = found.warnings
    assert warning == f"neither UTF-8 nor what it says it is; read as {found.encoding}"


@pytest.mark.parametrize("label", ["windows-1251", "gbk", "windows-1253"])
def test_what_most_letters_speak_against_is_not_latin_1(label: str) -> None:
    text = items(SENTENCES[label], "<?xml version='1.0' encoding='iso-8859-1'?>")
    found = read(text.encode(label))
    assert found.text == text
    assert found.warnings == (f"said to be Latin-1 but most letters are not; read as {found.encoding}",)


LATIN = (
    (
        "Aujourd’hui, le ciel est dégagé à Paris et la température "
        "atteindra vingt degrés. Où êtes-vous, garçon ? « Déjà ! »"
    ),
    (
        "Heute ist es in München klar, die Höchsttemperatur beträgt "
        "zwanzig Grad. „Über alles müssen wir reden“, 300 € – süß."
    ),
    "Größe, Äpfel, Öl, Übung, süß, weiß, für, Mäuse, Bäume, Häuser",
    (
        "El Gobierno anunció nuevas medidas económicas y comenzó el debate. "
        "¿Qué pasará mañana? ¡El niño comió! La 3ª vez, n.º 5."
    ),
    ("Hoje o céu está limpo em Lisboa. A população não está convencida de que as ações serão úteis à nação econômica."),
    ("Idag är det klart väder i Göteborg. Många människor är på väg till sjön för att få njuta av hösten, å, ä och ö."),
    ("Tänään Helsingissä on selkeää ja lämpötila nousee kahteenkymmeneen asteeseen. Pääministeri kertoi näistä eilen."),
    ("I dag er det klart vejr i København, og temperaturen når tyve grader. Mange må gå på arbejde, også på Ærø."),
    "Í dag er heiðskírt í Reykjavík og hitinn nær tuttugu gráðum. Þetta er það sem fólkið þráði mest.",
    ("Il governo ha annunciato nuove misure perché la società è già in difficoltà; così però più città potrà."),
    (
        "L'any vinent hi haurà eleccions al Paral·lel; això és així "
        "perquè el col·legi ho va començar a Vilafranca. Però què?"
    ),
)


@pytest.mark.parametrize("text", LATIN)
def test_what_may_be_windows_1252_stays_so(text: str) -> None:
    for head in ("", "<?xml version='1.0' encoding='utf-8'?>"):
        found = read(items(text, head).encode("cp1252"))
        assert (found.text, found.encoding) == (items(text, head), "cp1252")
    assert read(items(text, "<?xml version='1.0' encoding='iso-8859-1'?>").encode("cp1252")).warnings == ()


def test_a_few_foreign_letters_tell_nothing() -> None:
    assert read("<rss><title>ÄÖÜß</title></rss>".encode("cp1252")).encoding == "cp1252"
    assert read("<rss><title>Мир</title></rss>".encode("cp1251")).encoding == "cp1252"


# ---- UTF-16 without a mark, that begins otherwise ----


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", ['{"title": "ü"}', '[{"title": "ü"}]', "\n<rss>ü</rss>", " \r\n<rss>ü</rss>", "\t{}ü"])
def test_wide_characters_are_known_whatever_they_begin_with(encoding: str, text: str) -> None:
    for media_type in (None, "application/json; charset=utf-16le", "text/xml; charset=utf-8"):
        found = read(text.encode(encoding), media_type)
        assert (found.text, found.encoding) == (text, encoding)


# ---- where the declaration stands ----


@pytest.mark.parametrize(
    "before",
    [
        "<br />\n<b>Warning</b>:  Undefined index in <b>/srv/feed.php</b> on line <b>12</b><br />\n",
        "<?xml version='1.0'?>\n",
        "\n<?xml-stylesheet href='x.xsl'?>\n",
        "junk ",
    ],
)
def test_a_declaration_is_found_behind_what_does_not_belong_there(before: str) -> None:
    found = read((before + xml("koi8-r", "Лента")).encode("koi8-r"))
    assert "Лента" in found.text
    assert found.warnings == ()


def test_a_long_declaration_is_read_and_one_within_the_feed_is_not() -> None:
    spaced = "<?xml version='1.0'" + " " * 500 + "encoding='koi8-r'?><rss>Лента</rss>"
    assert "Лента" in read(spaced.encode("koi8-r")).text
    quoted = "<rss><title><![CDATA[<?xml version='1.0' encoding='koi8-r'?>]]> é</title></rss>"
    assert read(quoted.encode("cp1252")).text == quoted


# ---- encoded twice ----


def twice(text: str) -> bytes:
    """As a database does that takes UTF-8 for Windows-1252 and keeps bytes that mean nothing there."""
    decoded = "".join(bytes([each]).decode("cp1252", "ignore") or chr(each) for each in text.encode())
    return decoded.encode()


@pytest.mark.parametrize("text", ["café, naïve", "it’s “so” – said", "Größe à la “Ñandú”", "日本の😀"])
def test_utf_8_that_was_encoded_twice_is_put_right(text: str) -> None:
    found = read(twice(f"<rss>{text}</rss>"))
    assert found.text == f"<rss>{text}</rss>"
    assert found.warnings == ("it was made UTF-8 twice, and read as if once",)
    assert found.utf8 is None


@pytest.mark.parametrize("text", ["cafÃ©", "cafÃ© and cafÃ© and é", "cafÃ© and cafÃ© – so", "Ã is a letter", "É, Ã"])
def test_one_such_letter_or_another_beside_them_stays(text: str) -> None:
    assert (read(text.encode()).text, read(text.encode()).warnings) == (text, ())
