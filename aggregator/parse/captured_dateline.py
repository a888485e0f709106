"""Who reported it: agency tags, datelines and bylines at the head of a captured report.

[PhoneAuto News] On November 15th, ...        an agency tag
BEIJING, Nov. 15 (Xinhua) -- The ...          a dateline with its agency
(AP) WASHINGTON - The ...                     the agency first
新华社北京11月15日电 ...                       agency, place and day in one
By Jane Doe and John Roe                      a byline
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from aggregator.parse import captured_dates as dates

_AGENCY = r"(?P<agency>[^\W\d_][^()（）\[\]【】/\n]{1,40})"
_PLACE = r"(?P<place>(?:[^()（）\[\]【】/\n:!?]|(?<=\w)/(?=\w)){2,80}?)"
_DASH = r"\.?\s*[-–—―:=]{1,2}"

_TAG = re.compile(r"[\[【［〔](?P<tag>[^\[\]【】［］〔〕\n]{2,40})[\]】］〕]")
_PLACE_AGENCY = re.compile(
    rf"{_PLACE}\s*(?:--)?\s*(?:[(（]{_AGENCY}[)）]{_DASH}|/{_AGENCY.replace('agency', 'slashed')}/)"
)
_PLACE_KNOWN = re.compile(
    rf"{_PLACE}\s*[(（](?:(?P<agency>epd|dpa|KNA)[)）]\.\s|(?P<hindi>भाषा|वार्ता|एएनआई|आईएएनएस|पीटीआई)[)）])"
)
"""Agencies after whose name a full stop, or nothing, stands for the dash."""
_PLACE_COMMA_DAY = re.compile(r"(?P<place>[^\W\d_][^,()\n]{1,40},\s[^,()\n]{3,20}?)\s*\((?P<agency>[A-Z]{2,6})\)\s")
"""Indian agencies put no dash: ``Jaipur, Nov 3 (PTI) A stepwell``."""
_PLACE_DAY_AGENCY = re.compile(
    r"(?P<place>[^\W\d_][^.\n]{1,30}\.\s+\d{1,2}\s+[^\W\d_]{3,12})\.\s+(?P<agency>[^\W\d_][\w.-]{1,20}?)(?:\s[-–—]|\.)\s"
)
_PLACE_DASH_AGENCY = re.compile(
    rf"{_PLACE}\s[-–—]\s(?P<agency>РИА Новости|ТАСС|Интерфакс|Xinhua|Reuters|TASS|Interfax|ANSA|EFE|AFP|AP|dpa|"
    r"رويترز|أ ف ب|د ب أ|وام|واس)(?!\w)"
)
_AGENCY_PLACE = re.compile(
    rf"[(（]{_AGENCY}[)）](?:\s+(?P<place>[A-ZÀ-ÞА-Я]{{3,}}[^a-zà-þа-я\n]{{0,60}}?)(?={_DASH}\s)|\s*[-–—]{{1,2}}\s)"
)
_PLACE_DAY = re.compile(rf"(?P<place>[A-ZÀ-ÞА-Я]{{3}}{_PLACE[len('(?P<place>') : -1]}){_DASH}\s")
_KNOWN = "新华社|中新社|中新网|人民网|新华网|央视网|央广网|环球网|澎湃新闻|财联社|路透社|法新社|美联社|中央社"
_NEWSROOM = f"{_KNOWN}|[一-鿿]{{2,5}}社|[一-鿿]{{2,4}}[日晚]报|[一-鿿]{{2,4}}网"
_WHERE = r"[一-鿿]{0,10}?"
_ON = r"(?P<day>(?:\d{4}年)?\d{1,2}月\d{1,2}日)"
_SENT = r"(?:\s*[(（][^()（）]{1,30}[)）])?\s*(?:专?电|讯|消息|報道|报道)"
_CHINESE = re.compile(rf"(?P<agency>{_KNOWN}){_WHERE}{_ON}?{_SENT}")
_CHINESE_DATED = re.compile(rf"(?P<agency>{_NEWSROOM}){_WHERE}{_ON}{_SENT}")
_CHINESE_TAG = re.compile(rf"(?P<agency>{_NEWSROOM}){_WHERE}{_ON}?{_SENT}")
_JAPANESE_TAG = re.compile(
    r"[^=＝]{0,16}?(?P<agency>共同(?:通信)?|時事(?:通信)?|ロイター|聯合ニュース|(?:AFP|ＡＦＰ)(?:時事)?|ＡＰ)"
)
_JAPANESE = re.compile(rf"[(（]{_JAPANESE_TAG.pattern}[)）]")
_TAIWANESE = re.compile(rf"[(（](?P<agency>{_KNOWN})[^()（）]{{0,30}}[電电訊讯][)）]")
_SOURCE = re.compile(
    rf"(?:source|quelle|fuente|fonte|bron|źródło|источник|来源|來源|出典|출처)\s*[:：]\s*{_AGENCY}", re.IGNORECASE
)
_EQUALS = re.compile(r"(?P<place>[^=＝\s]{1,12})\s*[=＝]\s*(?P<agency>[^=＝()（）]{2,20})")
_KOREAN = re.compile(rf"[(（\[]{_EQUALS.pattern}[)）\]]")

_REPORTERS = re.compile(
    r"[(（]记者[:：]?\s*(?P<chinese>[一-鿿、，· ]{2,40})[)）]|[)\]]\s*(?P<korean>[가-힣]{2,4})\s*(?:기자|특파원)\s*="
)
_REPORTING = re.compile(
    r"[(（]?(?:(?:additional )?reporting|writing) by (?P<names>[^;()]{3,120}?)(?: in [^;()]{2,60})?"
    r"(?:;[^()]{0,300})?[)）]?\.?",
    re.IGNORECASE,
)
_SMALL_AGENCY = re.compile(
    r"(?:afp|anp|ansa|ap|apa|ats|belga|cna|dpa|dts|efe|epd|idea|kna|lusa|ntb|ots|pap|ritzau|sda|sid|stt|tass|tt|upi)"
    r"(?:-[^\W\d_]{2,5})?"
)
"""Agencies that are written small: ``dpa``, ``dpa-AFX``. Other small words in brackets are remarks."""
_SMALL_WORDS = frozenset(
    word
    for words in (
        "al am an and auf bei da das de del della den der des di do dos du",
        "e el en et i la las le les lo of on the und upon van von y и на",
    )
    for word in words.split()
)

_BY = re.compile(
    r"(?:(?:(?:written |reported |story |text |words )?by|von|par|por|di|door|af|av|від|autor(?:in)?|auteur|author|"
    r"автор|oleh|penulis|scris de|της|του|بقلم|作者|文|记者|記者|撰文|글)(?:\s*[:：/／]\s*|\s+)|"
    r"(?:text|tekst|teksti|текст|yazan|haber|foto e testo|escrito por|skrevet av)\s*:\s*)(?P<names>.+)|"
    r"(?P<korean>[가-힣]{2,4})\s*(?:기자|특파원)(?:\s*[\w.-]+@[\w.-]+)?",
    re.IGNORECASE,
)
_NAME = re.compile(r"[^\W\d_]['’.\w-]*(?:\s+[^\W\d_]['’.\w-]*){0,4}")
_ELIDED = re.compile(r"[dl]['’][A-ZÀ-Þ]")
"""``Jeanne d'Arc``."""
_BETWEEN_NAMES = re.compile(
    r"\s*(?:,|、|，|&|\b(?:and|und|et|y|e|en|og|och|oraz|ja|ve|dan|и|та|і)\b)\s*", re.IGNORECASE
)
_ROLE = re.compile(r"\b(?:writer|reporter|correspondent|editor|staff|contributor|redaktion|demand)\b", re.IGNORECASE)
_PARTS = re.compile(r"\s*[|•·]\s*|\s+[–—-]\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dateline:
    """How a report opens: its agency, and the day its dateline names, if either is given."""

    agency: str | None = None
    day: dates.Day | None = None
    names: tuple[str, ...] = ()
    """Its reporters, where the dateline names them too, as in Chinese and Korean."""

    def __bool__(self) -> bool:
        return self.agency is not None or self.day is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Byline:
    """The people a line names as authors, and the day that stands beside them."""

    names: tuple[str, ...]
    day: dates.Day | None = None


def dateline(paragraph: str) -> Dateline:
    """What a paragraph's opening says of its agency and day; empty (false) for an ordinary paragraph."""
    opening = paragraph[:200]
    tag = _TAG.match(opening)
    if tag is not None:
        return _tagged(tag["tag"].strip())
    for pattern in (_KOREAN, _JAPANESE, _TAIWANESE):
        eastern = pattern.match(opening)
        if eastern is not None:
            return Dateline(agency=eastern["agency"].strip(), names=_reporters(opening))
    chinese = _CHINESE.match(opening) or _CHINESE_DATED.match(opening)
    if chinese is not None:
        return Dateline(agency=chinese["agency"], day=dates.find(chinese["day"] or ""), names=_reporters(opening))
    for pattern in (_PLACE_AGENCY, _PLACE_KNOWN, _PLACE_DAY_AGENCY, _PLACE_DASH_AGENCY, _AGENCY_PLACE):
        found = pattern.match(opening)
        if found is None:
            continue
        named = found.groupdict()
        agency = (named.get("agency") or named.get("slashed") or named.get("hindi") or "").strip()
        if _is_agency(agency) and _is_place(named["place"]):
            return Dateline(agency=agency, day=dates.find(named["place"] or ""), names=_reporters(opening))
    found = _PLACE_COMMA_DAY.match(opening)
    if found is not None and _is_place(found["place"]) and (day := dates.find(found["place"])) is not None:
        return Dateline(agency=found["agency"], day=day)
    found = _PLACE_DAY.match(opening)
    if found is not None and _is_place(found["place"]) and (day := dates.find(found["place"])) is not None:
        return Dateline(day=day)
    return Dateline()


def credit(paragraph: str) -> Dateline | None:
    """What a line says that names the agency and nothing else: ``[Agency News]`` or ``Source: Agency News``."""
    if _TAG.fullmatch(paragraph) is not None:
        return dateline(paragraph) or None
    source = _SOURCE.fullmatch(paragraph)
    return Dateline(agency=source["agency"].strip()) if source is not None and _is_agency(source["agency"]) else None


def byline(paragraph: str) -> Byline | None:
    """Who a line such as ``By Jane Doe and John Roe | 15 November 2025`` names; ``None`` for any other line."""
    if len(paragraph) > 120:
        return None
    first, *rest = _PARTS.split(paragraph)
    by = _BY.fullmatch(first.strip())
    if by is None:
        return None
    given = _BETWEEN_NAMES.split((by["names"] or by["korean"]).strip().rstrip("."))
    names = tuple(each for each in given if is_name(each) and not _ROLE.search(each))
    if not names or not is_name(given[0]) or len(given) > 6:
        return None
    days = (dates.find(each) for each in rest)
    return Byline(names=names, day=next(filter(None, days), None))


def reporting(paragraph: str) -> tuple[str, ...]:
    """Whom a line such as ``(Reporting by Ann Lee in London; Editing by Jan Harvey)`` names as reporters."""
    found = _REPORTING.fullmatch(paragraph)
    given = _BETWEEN_NAMES.split(found["names"].strip()) if found is not None else []
    return tuple(each for each in given if is_name(each))


def _reporters(opening: str) -> tuple[str, ...]:
    found = _REPORTERS.search(opening)
    if found is None:
        return ()
    return tuple(filter(None, (each.strip() for each in re.split("[、， ]", found["chinese"] or found["korean"]))))[:6]


def _tagged(tag: str) -> Dateline:
    """``PhoneAuto News``, ``新华社北京11月15日电``, ``東京=共同``; but not ``Video``."""
    chinese = _CHINESE_TAG.fullmatch(tag)
    if chinese is not None:
        return Dateline(agency=chinese["agency"], day=dates.find(chinese["day"] or ""))
    placed = _EQUALS.fullmatch(tag) or _JAPANESE_TAG.fullmatch(tag)
    if placed is not None:
        return Dateline(agency=placed["agency"].strip())
    return Dateline(agency=tag) if _is_agency(tag) else Dateline()


def _is_agency(name: str) -> bool:
    """A name, or a short one that is written small (``dpa``, ``apa``); not a remark in brackets."""
    if len(name) < 2 or not name[0].isalpha() or dates.find(name) is not None:
        return False
    if {name.casefold().replace("’", "'"), name.split(",")[0].casefold()} & _not_agencies():
        return False
    return _is_place(name) or _SMALL_AGENCY.fullmatch(name) is not None


@cache
def _not_agencies() -> frozenset[str]:
    rows = files("aggregator.parse").joinpath("data/not_agencies.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(row for row in rows if row and not row.startswith("#"))


def _is_place(words: str | None) -> bool:
    """Whether these are a place (and a day): a few words, each capitalised but for the small ones."""
    letters = [word for word in re.findall(r"[^\W\d_][\w'’.&-]*", words or "") if word.casefold() not in _SMALL_WORDS]
    lower = [word for word in letters if word[0].islower() and dates.find(f"1 {word}") is None]
    return len(letters) <= 7 and not lower


def is_name(name: str) -> bool:
    """Two or more capitalised words, or a short name in a script without capitals."""
    if _NAME.fullmatch(name) is None:
        return False
    if not name[0].isupper():
        return not name[0].islower() and 2 <= len(name) <= 12
    words = name.split()
    if any(word.casefold() in _not_agencies() for word in words):
        return False  # "By Noon Friday"
    return len(words) >= 2 and all(
        word[0].isupper() or word.casefold() in _SMALL_WORDS or _ELIDED.match(word) for word in words
    )
