"""Feeds of every encoding (F53), with every wish (F21 to F24, F32), full of links and of addresses (F51)."""

from __future__ import annotations

from hostile_server import Behaviour, answer

TITLE = "Größe, ein Maß für Öl"


def rss(title: str = "One", *, head: str = "", channel: str = "", more: str = "") -> str:
    item = f"<item><title>{title}</title><guid isPermaLink='false'>1</guid>{more}</item>"
    return f"{head}<rss version='2.0'><channel><title>T</title>{channel}{item}</channel></rss>"


def declared(encoding: str) -> str:
    return f"<?xml version='1.0' encoding='{encoding}'?>"


def served(body: bytes, *fields: tuple[str, str], charset: str | None = None) -> Behaviour:
    media_type = "application/xml" + ("" if charset is None else f"; charset={charset}")
    return answer(body, ("Content-Type", media_type), ("ETag", '"a"'), *fields)


def encoded(text: str, charset: str | None = None, head: str = "", title: str = TITLE) -> Behaviour:
    return served(rss(title, head=head).encode(text), charset=charset)


NO_TEXT = ("hex", "base64", "rot13", "bz2", "zlib", "uu", "quopri", "idna", "punycode", "unicode_escape",
           "raw_unicode_escape", "undefined", "mbcs", "utf-7", "none", "../../etc/passwd", "x" * 9000)  # fmt: skip
"""Python knows codecs by most of these names, which are no encodings of text on the web."""

TITLES: dict[str, tuple[Behaviour, str]] = {
    "enc-mark-over-header": (encoded("utf-8-sig", "iso-8859-1"), TITLE),
    "enc-mark-over-declaration": (encoded("utf-8-sig", None, declared("koi8-r")), TITLE),
    "enc-header-over-declaration": (encoded("iso-8859-2", "iso-8859-2", declared("koi8-r")), TITLE),
    "enc-declaration": (encoded("iso-8859-2", None, declared("iso-8859-2")), TITLE),
    "enc-utf-8-by-default": (encoded("utf-8"), TITLE),
    "enc-utf-16": (encoded("utf-16"), TITLE),
    "enc-utf-16-against-header": (encoded("utf-16", "utf-8", declared("utf-8")), TITLE),
    "enc-utf-32": (encoded("utf-32"), TITLE),
    "enc-shift-jis": (encoded("shift-jis", "shift_jis", title="日本語のフィード"), "日本語のフィード"),
    "enc-latin-1-is-windows-1252": (encoded("windows-1252", "iso-8859-1", title="“€”"), "“€”"),
    **{f"enc-no-text-{n}-{name[:12]}": (served(rss().encode(), charset=name), "One") for n, name in enumerate(NO_TEXT)},
    **{
        f"enc-no-text-declared-{n}-{name[:12]}": (served(rss(head=declared(name)).encode()), "One")
        for n, name in enumerate(NO_TEXT)
        if "/" not in name
    },
    "enc-utf-7-script": (
        served(rss("+ADw-script+AD4-").encode(), charset="utf-7"), "+ADw-script+AD4-"
    ),
}  # fmt: skip


def wishes(channel: str, *fields: tuple[str, str]) -> Behaviour:
    return served(rss(channel=channel).encode(), *fields)


HOURS = "".join(f"<hour>{n}</hour>" for n in range(24))
DAYS = "".join(
    f"<day>{n}</day>" for n in (["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"])
)

WISHES: dict[str, tuple[Behaviour, float]] = {
    "ttl-two-hours": (wishes("<ttl>120</ttl>"), 2),
    "ttl-short": (wishes("<ttl>1</ttl>"), 1),
    "ttl-zero": (wishes("<ttl>0</ttl>"), 1),
    "ttl-negative": (wishes("<ttl>-120</ttl>"), 1),
    "ttl-words": (wishes("<ttl>forever</ttl>"), 1),
    "ttl-year": (wishes("<ttl>525600</ttl>"), 24),
    "ttl-overflow": (wishes("<ttl>999999</ttl>"), 1),
    "ttl-400-digits": (wishes(f"<ttl>{'9' * 400}</ttl>"), 1),
    "skip-hours-all": (wishes(f"<skipHours>{HOURS}</skipHours>"), 1),
    "skip-days-all": (wishes(f"<skipDays>{DAYS}</skipDays>"), 1),
    "skip-hours-garbage": (wishes("<skipHours><hour>noon</hour><hour>99</hour><hour>-1</hour></skipHours>"), 1),
    "skip-hours-afternoon": (
        wishes(f"<skipHours>{''.join(f'<hour>{n}</hour>' for n in range(12, 18))}</skipHours>"), 6
    ),
    "sy-update-every-minute": (
        wishes("<sy:updatePeriod xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'>hourly</sy:updatePeriod>"
               "<sy:updateFrequency xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'>60</sy:updateFrequency>"),
        1,
    ),
    "cc-max-age-2h": (wishes("", ("Cache-Control", "max-age=7200")), 2),
    "cc-max-age-year": (wishes("", ("Cache-Control", "max-age=31536000")), 24),
    "cc-s-maxage-alone": (wishes("", ("Cache-Control", "s-maxage=7200")), 1),
    "cc-no-store": (wishes("", ("Cache-Control", "no-store")), 1),
    "expires-0": (wishes("", ("Expires", "0")), 1),
    "cond-lose-all": (answer(rss().encode()), 4),
}  # fmt: skip
"""Hours until the next poll."""

SCRIPT = "javascript:alert(1)"
LINKS: dict[str, str] = {
    "e-links": f"<link>{SCRIPT}</link>",
    "e-links-spaces": "<link> java\nscript:alert(1)</link>",
    "e-links-data": "<link>data:text/html,x</link>",
    "e-links-file": "<link>file:///etc/passwd</link>",
    "e-enclosures": f"<enclosure url='{SCRIPT}' type='audio/mpeg' length='1'/>",
    "e-enclosures-file": "<enclosure url='file:///etc/passwd' type='audio/mpeg' length='1'/>",
    "e-comments": f"<comments>{SCRIPT}</comments>",
    "x-author": "<author>&lt;script&gt;alert(1)&lt;/script&gt;</author>",
    "x-body": f"<description>&lt;a href=' &amp;#106;avascript:alert(1)'&gt;x&lt;/a&gt;&lt;img src='{SCRIPT}'&gt;"
    "&lt;svg&gt;&lt;a&gt;&lt;set to='javascript:alert(1)'&gt;&lt;form&gt;&lt;script&gt;alert(1)&lt;/script&gt;"
    "&lt;iframe srcdoc='x'&gt;&lt;meta http-equiv=refresh content='0;url=x'&gt;</description>",
}
"""What leads nowhere good: it is in nothing that is kept."""


def full_of_addresses(base: str) -> bytes:
    """A feed that names its own server at every place where a reader could feel called upon to look."""
    page = f"&lt;img src='{base}/p.png'&gt;&lt;iframe src='{base}/f'&gt;&lt;link rel=stylesheet href='{base}/s.css'&gt;"
    return (
        f"<?xml version='1.0'?><?xml-stylesheet href='{base}/style.xsl' type='text/xsl'?>"
        f"<!DOCTYPE rss SYSTEM '{base}/rss.dtd'>"
        "<rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom' xmlns:media='http://search.yahoo.com/mrss/' "
        "xmlns:wfw='http://wellformedweb.org/CommentAPI/' xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd' "
        "xmlns:xi='http://www.w3.org/2001/XInclude' xmlns:podcast='https://podcastindex.org/namespace/1.0' "
        "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' "
        f"xsi:schemaLocation='http://search.yahoo.com/mrss/ {base}/mrss.xsd'>"
        f"<channel xml:base='{base}/base/'><title>T</title><link>{base}/</link>"
        f"<image><url>{base}/icon.png</url></image>"
        f"<atom:link rel='self' href='{base}/self'/><atom:link rel='next' href='{base}/page2'/>"
        f"<atom:link rel='hub' href='{base}/hub'/><atom:link rel='alternate' href='{base}/alternate'/>"
        f"<cloud domain='127.0.0.1' port='{base.rpartition(':')[2]}' path='/cloud' protocol='http-post'/>"
        f"<itunes:image href='{base}/cover.jpg'/><xi:include href='{base}/include.xml'/><docs>{base}/docs</docs>"
        f"<item><title>One</title><link>{base}/article</link><guid>{base}/guid</guid><comments>{base}/c</comments>"
        f"<wfw:commentRss>{base}/comments.rss</wfw:commentRss><source url='{base}/source.rss'>S</source>"
        f"<enclosure url='{base}/sound.mp3' type='audio/mpeg' length='9'/><media:content url='{base}/film.mp4'/>"
        f"<media:thumbnail url='{base}/thumb.png'/><podcast:chapters url='{base}/chapters.json' type='x/y'/>"
        f"<podcast:transcript url='{base}/words.srt' type='x/y'/><description>{page}</description></item>"
        "</channel></rss>"
    ).encode()
