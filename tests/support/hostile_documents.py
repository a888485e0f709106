"""Documents made to hang, swell or crash a parser: how to make each, and the codes it may end in.

The names are those of the hostile behaviours in the design pages. What is harmless ends as ``ok``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ITEM = "<item><title>t</title><guid>1</guid></item>"


def rss(items: str, prolog: str = "<?xml version='1.0'?>", *, surrogates: bool = False) -> bytes:
    document = f"{prolog}<rss version='2.0'><channel><title>c</title>{items}</channel></rss>"
    return document.encode(errors="surrogatepass" if surrogates else "strict")


def atom(base: str, links: int) -> bytes:
    entry = f"<entry xml:base='http://a.example/{base}'>" + "<link href='a'/>" * links + "</entry>"
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>c</title>{entry}</feed>".encode()


def attributes(count: int) -> str:
    return " ".join(f"a{n}=''" for n in range(count))


def categories(count: int) -> str:
    return "".join(f"<category>{n}</category>" for n in range(count))


def nested_entities(count: int) -> str:
    return "".join(f'<!ENTITY e{n} "&e{n - 1};">' for n in range(1, count))


HOSTILE: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    # feedparser 6.0.14: over 25 s each, measured
    "redos-author": (lambda: rss(f"<item><author>{'a' * 40_000}</author></item>"), {"ok"}),
    "redos-author-cdata": (lambda: rss(f"<item><author><![CDATA[{'a.' * 40_000}]]></author></item>"), {"ok"}),
    "redos-author-references": (lambda: rss(f"<item><author>{'&#97;' * 40_000}</author></item>"), {"ok"}),
    "redos-newlines-before-doctype": (
        lambda: rss(ITEM, "<?xml version='1.0'?>" + "\n" * 40_000 + "<!DOCTYPE rss>"),
        {"ok"},
    ),
    "redos-newlines": (lambda: rss(ITEM, "<?xml version='1.0'?>" + "\n" * 40_000), {"ok"}),
    "redos-decl": (lambda: b"<?xml encoding='" * 2_000 + rss(ITEM), {"ok"}),
    "redos-decl-alone": (lambda: b"<?xml encoding='" * 2_000, {"not_a_feed"}),
    "redos-comment": (lambda: rss("<!--" * 20_000), {"xml"}),
    "redos-comments-before": (lambda: b"<!--" * 100_000 + rss(ITEM), {"ok", "not_a_feed"}),
    # quadratic in feedparser: seconds each
    "xml-attrs": (lambda: rss(f"<item {attributes(10_000)}/>"), {"xml_limit"}),
    "e-categories": (lambda: rss(f"<item>{categories(2_000)}</item>"), {"ok"}),
    "e-categories-10000": (lambda: rss(f"<item>{categories(10_000)}</item>"), {"ok"}),
    "xml-items": (lambda: rss("<item/>" * 100_000), {"ok"}),
    "e-flood": (lambda: rss(ITEM * 9_000), {"ok"}),
    # raises in feedparser
    "xml-charref0": (lambda: rss("<item><title>&#xD800; <b></title></item>"), {"xml"}),
    "xml-charref-large": (lambda: rss("<item><title>&#1114112;&#99999999999999999999;</title></item>"), {"ok"}),
    "entity-path": (lambda: b'<!DOCTYPE r [\n<!ENTITY path "C:\\data">\n]>\n<rss/>', {"xml_forbidden"}),
    # expat 2.5.0 dies of these
    "xml-nested-entities": (
        lambda: rss("&e39999;", f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY e0 "x">{nested_entities(40_000)}]>'),
        {"xml_forbidden"},
    ),
    "xml-bomb": (
        lambda: rss("&e9;", f'<!DOCTYPE r [<!ENTITY e0 "ha">{nested_entities(10).replace("&e", "&e0;&e")}]>'),
        {"xml_forbidden"},
    ),
    "xml-xxe": (lambda: rss("&x;", '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), {"xml_forbidden"}),
    "xml-xxe-on-one-line": (
        lambda: b'<?xml version="1.0"?><!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">' + rss(ITEM, ""),
        {"ok"},
    ),
    "xml-xxe-parameter": (
        lambda: rss(ITEM, '<!DOCTYPE r [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>'),
        {"xml_forbidden"},
    ),
    "xml-xxe-within": (lambda: rss('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><item>&x;</item>'), {"xml"}),
    "xml-xxe-lower-case": (lambda: rss("&x;", '<!doctype r [<!entity x "y">]>'), {"xml_forbidden"}),
    "xml-token-drip": (lambda: rss(f'<item><title a="{"x" * 5_000_000}">t</title></item>'), {"ok"}),
    "xml-deep": (lambda: rss("<x>" * 100_000), {"xml_limit"}),
    "xml-nul": (lambda: rss(ITEM).replace(b"t", b"\0t"), {"ok"}),
    "e-guid-odd": (
        lambda: rss("".join(f"<item><guid>{each}</guid></item>" for each in ("&#xDC00;", "&#0;", "9" * 5000, "\xad"))),
        {"ok"},
    ),
    "lone-surrogates": (lambda: rss("<item><guid>\ud800</guid></item>", surrogates=True), {"ok"}),
    # quadratic where links are joined to a base
    "long-base": (lambda: atom("a/" * 8_000, 1_000), {"ok"}),
    # large
    "one-large-text": (lambda: rss(f"<item><description>{'x ' * 4_000_000}</description></item>"), {"ok"}),
    "one-large-title": (lambda: rss(f"<item><title>{'&lt;' * 200_000}</title></item>"), {"ok"}),
    "links": (lambda: rss(f"<item>{'<link>http://x/</link>' * 5_000}</item>"), {"ok"}),
    "ampersands": (lambda: rss("&" * 200_000), {"ok"}),
    "less-than": (lambda: rss("<" * 50_000), {"xml"}),
    "cdata": (lambda: rss("<![CDATA[" * 100_000), {"xml"}),
    "doctypes": (lambda: b"<!DOCTYPE [" * 100_000, {"not_a_feed"}),
    "declarations": (lambda: b"<![>" * 1_000_000, {"not_a_feed"}),
    "instructions": (lambda: b"<?" * 200_000, {"not_a_feed"}),
    "titles": (lambda: b"<html>" + b"<title" * 100_000, {"not_a_feed"}),
    "namespaces": (lambda: rss("".join(f"<x{n}:a xmlns:x{n}='u{n}'/>" for n in range(2_000))), {"ok"}),
    # JSON
    "json-deep": (lambda: b"[" * 1_000_000, {"xml_limit"}),
    "json-number": (lambda: b'{"title": "t", "items": [{"id": ' + b"9" * 100_000 + b"}]}", {"ok"}),
    "json-wide": (lambda: b'{"title": "t", "items": [' + b"{}," * 50_000 + b"{}]}", {"ok"}),
    # no feeds
    "body-localpath": (lambda: b"/etc/hostname", {"not_a_feed"}),
    "body-url": (lambda: b"http://127.0.0.1:9/", {"not_a_feed"}),
    "white-space": (lambda: b" \n" * 1_000_000, {"empty"}),
    "zeros": (lambda: b"\0" * 1_000_000, {"empty", "not_a_feed"}),
}  # fmt: skip

ENDLESS: dict[str, Callable[[], bytes]] = {
    "read": lambda: atom("a/" * 500_000, 60_000),
    "cleaned": lambda: rss(
        "".join(
            f"<item><guid>{n}</guid><description><![CDATA[{'<math><img src=x>' * 480}]]></description></item>"
            for n in range(1_100)
        )
    ),
}
"""Documents that take longer than anything may, each in the stage it is named by."""
