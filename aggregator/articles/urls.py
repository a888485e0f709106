"""Addresses: made absolute and legal for publishing, made alike for comparing. Nothing here raises."""

from __future__ import annotations

import re
from importlib.resources import files
from urllib.parse import quote, urljoin, urlsplit

from aggregator.articles.characters import legal

MAX_LINK = 4096
"""Characters of a link; more is a mistake or an attack."""
_MAX_CANDIDATES = 50
"""Sizes of one picture that are looked at; pages offer up to twenty."""

_FINE = re.compile(
    r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?:[/?](?:[a-z0-9._~:/?@!$&'()*+,;=-]++|%[0-9a-f]{2})*+)?+"
    r"(?:\#(?:[a-z0-9._~:/?@!$&'()*+,;=-]++|%[0-9a-f]{2})*+)?+",
    re.IGNORECASE | re.ASCII,
)
"""The usual address, legal as it stands."""
_SIMPLE = re.compile(
    r"https?://(?:www\.)?+(?!(?:www|m|mobile|amp)\.|.*/amp)"
    r"(?P<host>(?:[a-z0-9-]++\.)++[a-z]{2,})(?P<path>(?:/[a-z0-9._~-]*+)*+)",
    re.IGNORECASE | re.ASCII,
)
"""An address that :func:`canonical` only has to shorten at both ends."""
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE | re.ASCII)
_WEB = re.compile(r"(https?):[/\\]*", re.IGNORECASE)
_BEHIND_PATH = re.compile(r"[?#].*", re.DOTALL)
_ILLEGAL_HOST = re.compile(r"""[\s"<>\\^`{|}%?\#]""")
_UNSEEN = r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\uf8ff\ufdd0-\ufdef\ufeff\ufff0-\uffff"
"""Surrogates, private use, no characters, and the invisible marks RFC 3987 4.1 keeps out."""
_IRI_CHARS = rf"[a-zA-Z0-9._~:/?@!$&'()*+,;=\[\]-]|%[0-9a-fA-F]{{2}}|[^\x00-\xa0{_UNSEEN}]"
_UNSAFE = re.compile(rf"""[\x00-\x20"<>\\^`{{|}}\[\]\x7f-\xa0{_UNSEEN}]|%(?![0-9a-fA-F]{{2}})""")
"""What RFC 3987 2.2 keeps out of a path, query or fragment."""
_IRI = re.compile(rf"([a-z][a-z0-9+-]+):((?:{_IRI_CHARS})++)(?:\#(?:{_IRI_CHARS})*+)?+", re.IGNORECASE)
_WEB_REST = re.compile(r"//(?:[^/?@\[\]]*@)?(?:\[[0-9a-f:.]+\]|[^/?@:\[\]]+)(?::\d*)?(?:[/?][^\[\]]*)?", re.IGNORECASE)
_URN_REST = re.compile(r"[a-z0-9][a-z0-9-]{0,31}:.+", re.IGNORECASE)
_NOT_NAMES = frozenset({"javascript", "vbscript", "data", "about", "blob", "view-source"})


def _lines(name: str) -> tuple[str, ...]:
    """The words of one of our lists, without comments."""
    text = (files("aggregator.articles") / "data" / name).read_text(encoding="utf-8")
    return tuple(line.strip().lower() for line in text.splitlines() if line.strip() and not line.startswith("#"))


_TRACKING = frozenset(line for line in _lines("tracking.txt") if not line.endswith("*"))
_TRACKING_PREFIXES = tuple(line[:-1] for line in _lines("tracking.txt") if line.endswith("*"))
_TRACKERS: dict[str, tuple[str, ...]] = {}
"""Host -> beginnings of the paths below it that only count readers."""
for _line in _lines("trackers.txt"):
    _host, _, _path = _line.partition("/")
    _TRACKERS[_host] = (*_TRACKERS.get(_host, ()), _path)


def absolute(ref: str | None, base: str | None = None) -> str | None:
    """The reference as an absolute http, https or mailto address that is legal as an IRI, or ``None``.

    White space around it and line breaks inside it go, as browsers have it; characters an IRI may not hold are
    percent-encoded; a host in another script stays as it is. ``base`` may be any string; a useless one counts as
    none. Anything with another scheme, without a host or over 4 KiB is ``None``.
    """
    if not ref or len(ref) > MAX_LINK:
        return None
    if _FINE.fullmatch(ref):
        return ref
    ref = legal(ref.replace("\t", "").replace("\n", "").replace("\r", "")).strip()
    if not ref:
        return None
    scheme = _SCHEME.match(ref)
    if scheme is None:
        return _resolved(ref, base)
    name = scheme[1].lower()
    if name == "mailto":
        rest = ref[scheme.end() :]
        return f"mailto:{_encoded(rest)}" if rest else None
    return _legal_web(_WEB.sub(rf"{name}://", ref, count=1)) if name in ("http", "https") else None


def _resolved(ref: str, base: str | None) -> str | None:
    foundation = web(base)
    if ref.startswith("//"):
        return _legal_web(f"{(foundation or 'https:').partition(':')[0]}:{ref}")
    if foundation is None:
        return None
    if ref.startswith("/") and "/." not in ref and "\\" not in ref:
        made = "/".join(foundation.partition("?")[0].partition("#")[0].split("/", 3)[:3]) + ref
    else:
        try:
            made = urljoin(foundation, _slashed(ref))
        except ValueError:
            return None
    return made if len(made) <= MAX_LINK and _FINE.fullmatch(made) else _legal_web(made)


def _slashed(ref: str) -> str:
    """The reference with slashes for backslashes before its query or fragment, as browsers have it."""
    if "\\" not in ref:
        return ref
    path = _BEHIND_PATH.sub("", ref)
    return path.replace("\\", "/") + ref[len(path) :]


def _legal_web(url: str) -> str | None:
    """A web address with its illegal characters encoded; ``None`` where its host or port cannot be."""
    try:
        parts = urlsplit(_slashed(url))
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    if not host.strip(".") or _ILLEGAL_HOST.search(host) or _ILLEGAL_HOST.search(parts.netloc) or port == 0:
        return None
    path = _encoded(parts.path)
    query = f"?{_encoded(parts.query)}" if parts.query else ""
    fragment = f"#{_encoded(parts.fragment.replace('#', '%23'))}" if parts.fragment else ""
    made = f"{parts.scheme}://{parts.netloc}{path}{query}{fragment}"
    return made if len(made) <= MAX_LINK else None


def _encoded(part: str) -> str:
    return _UNSAFE.sub(lambda found: quote(found[0], safe="", errors="replace"), part)


def web(ref: str | None, base: str | None = None) -> str | None:
    """As :func:`absolute`, but only http and https."""
    made = absolute(ref, base)
    return None if made is None or made.startswith("mailto:") else made


def srcset(value: str, base: str | None) -> str | None:
    """The candidates of a ``srcset`` that have an address, absolute (HTML Standard 4.8.4.2.1); of the first 50."""
    if len(value) > 4 * MAX_LINK:
        return None
    made: list[str] = []
    tokens = value.split()[::-1]
    for _ in range(_MAX_CANDIDATES):
        if not tokens:
            break
        url = tokens.pop().lstrip(",")
        size = ""
        if url.endswith(","):
            url = url.rstrip(",")
        elif tokens:
            size, comma, rest = tokens.pop().partition(",")
            if comma and rest:
                tokens.append(rest)
        address = web(url, base)
        if address is not None:
            made.append(f"{address} {size}".strip().replace(",", "%2C"))
    return ", ".join(made) or None


def is_iri(text: str) -> bool:
    """Whether the text may be published verbatim as an id: an absolute IRI by RFC 3987, its scheme in view.

    ``http`` and ``https`` need a host, ``urn`` a namespace. Broken ``tag:`` IRIs pass: RFC 4287 4.2.6 forbids changing
    an id that is one, however it was made. ``Title:something`` is none: nobody writes a scheme like that. Schemes that
    run code are never ids.
    """
    match = _IRI.fullmatch(text)
    if match is None:
        return False
    scheme, rest = match[1].lower(), match[2]
    if scheme in ("http", "https"):
        return _WEB_REST.fullmatch(rest) is not None
    if scheme == "urn":
        return _URN_REST.fullmatch(rest) is not None
    return scheme == match[1] and scheme not in _NOT_NAMES and "[" not in rest and "]" not in rest


def untracked(url: str) -> str:
    """The address without the query parameters that only follow people (``data/tracking.txt``)."""
    head, mark, rest = url.partition("?")
    if not mark:
        return url
    query, hash_mark, fragment = rest.partition("#")
    kept = [pair for pair in query.split("&") if not _is_tracking(pair.partition("=")[0].lower())]
    query = "&".join(kept)
    return head + ("?" + query if query else "") + hash_mark + fragment


def _is_tracking(name: str) -> bool:
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)


def is_tracker(url: str) -> bool:
    """Whether an image at this address only counts readers (``data/trackers.txt``)."""
    host, slash, path = url.lower().partition("://")[2].partition("/")
    while slash and host:
        if host in _TRACKERS and path.startswith(_TRACKERS[host]):
            return True
        host = host.partition(".")[2]
    return False


def canonical(url: str) -> str:
    """One spelling for all addresses of one page, for comparing only, never for publishing.

    Scheme, ``www.``, ``m.``, ``mobile.`` and ``amp.`` hosts, default ports, case of the host, trailing slash,
    ``/amp`` at the end, fragment and tracking parameters do not count. Other addresses come back as they are.
    """
    simple = _SIMPLE.fullmatch(url)
    if simple is not None:
        return f"//{simple['host'].lower()}{simple['path'].rstrip('/')}"
    made = web(url)
    if made is None:
        return url
    parts = urlsplit(untracked(made))
    host = (parts.hostname or "").rstrip(".")
    for prefix in ("www.", "m.", "mobile.", "amp."):
        if host.startswith(prefix) and "." in host[len(prefix) :]:
            host = host[len(prefix) :]
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    path = re.sub(r"(?:/amp)?/*\Z", "", parts.path)
    query = "&".join(pair for pair in parts.query.split("&") if pair and pair.lower() not in ("amp", "amp=1"))
    spelled = f"//{host}{port}{path}" + (f"?{query}" if query else "")
    encoded = quote(spelled, safe="%/:?#[]@!$&'()*+,;=~")
    return re.sub("%[0-9a-fA-F]{2}", lambda found: found[0].upper(), encoded)
