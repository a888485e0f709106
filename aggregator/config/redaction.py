"""Which texts of a configuration are secrets, and how they are hidden."""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from aggregator.model import Output, Source

HIDDEN = "***"
_SHORTEST = 4
"""Hiding ``me`` or ``1`` wherever it occurs would make a log unreadable and hide nothing."""

HARMLESS = frozenset({"accept", "accept-language", "cache-control", "dnt", "from", "pragma", "referer"})
"""Headers without secrets; values such as ``text/html`` must stay readable in logs."""

_KEYS = re.compile(
    r"(?:.*[_.-])?(?:api[_-]?key|apikey|key|token|secret|pass(?:word|wd)?|pwd|auth|signature|sig|session(?:id)?|sid)",
    re.IGNORECASE,
)
"""Parameters of an address that open it to whoever knows them, by their names: ``token`` (GitHub), ``feed_token``
(GitLab), ``auth`` (Patreon), ``api_key``."""
_SHORTEST_KEY = 8
"""Characters, a digit among them; ``?auth=1`` and ``?key=technology`` are none."""


def secrets_of(
    sources: Iterable[Source],
    outputs: Iterable[Output],
    store: str,
    taken: Mapping[str, str],
    more: Iterable[str | None] = (),
) -> frozenset[str]:
    """Every text to hide: passwords, tokens and header values, in the forms in which they may turn up.

    ``taken`` holds the values that came from the environment; those that stand in an address's query count too, and
    in its path or in a rule where they look like keys. ``more`` are secrets of the service itself.
    """
    found = {*_of_store(store), *filter(None, more), *(secret for each in outputs for _, secret in each.tokens or ())}
    for source in sources:
        found.update(_of_source(source))
        query = urlsplit(source.url).query if source.url and "?" in source.url else ""
        found.update(value for value in taken if query and value in query)
        if taken:
            rules = (repr(source.rewrite), source.keep or "", source.drop or "")
            found.update(keys_among(taken, (urlsplit(source.url or "").path, *rules)))
        found.update(_of_query(query))
    return frozenset(form for each in found for form in (each, quote(each, safe="")) if len(each) >= _SHORTEST)


def source_secrets(source: Source) -> frozenset[str]:
    """Those of one source."""
    return secrets_of((source,), (), "sqlite:", {})


def keys_among(taken: Iterable[str], texts: Iterable[str]) -> frozenset[str]:
    """The values from the environment that stand in these texts and look like keys: no words, no paths."""
    keys = {value for value in taken if _is_key(value) and not value.startswith("/")}
    return frozenset(value for text in texts for value in keys if value in text)


def keys_in(url: str) -> frozenset[str]:
    """The keys that stand in an address as they are."""
    return frozenset(_of_query(urlsplit(url).query)) if "?" in url else frozenset()


def _of_query(query: str) -> Iterator[str]:
    """Keys that stand in an address as they are: it would be published with them."""
    for name, value in parse_qsl(query):
        if _KEYS.fullmatch(name) and _is_key(value):
            yield value


def _is_key(value: str) -> bool:
    return len(value) >= _SHORTEST_KEY and any(map(str.isdigit, value))


def _of_source(source: Source) -> Iterator[str]:
    for name, value in source.headers:
        if name.lower() not in HARMLESS:
            yield value
            yield from value.split(" ")[1:] if name.lower().endswith("authorization") else ()
            yield from _of_cookies(value) if name.lower() == "cookie" else ()
    if source.bearer is not None:
        yield source.bearer
    for pair in (source.basic_auth, source.proxy.auth if source.proxy is not None else None):
        if pair is not None:
            yield pair[1]
            yield base64.b64encode(":".join(pair).encode()).decode("ascii")
    if source.client_cert is not None and source.client_cert.password is not None:
        yield source.client_cert.password


def _of_cookies(header: str) -> Iterator[str]:
    for pair in header.split(";"):
        yield pair.partition("=")[2].strip()


def _of_store(store: str) -> Iterator[str]:
    if store.startswith("sqlite:"):
        return
    parts = urlsplit(store)
    for password in (parts.password or "", dict(parse_qsl(parts.query)).get("password", "")):
        yield password
        yield unquote(password)


def redact(text: str, secrets: Iterable[str]) -> str:
    """``text`` with every secret in it hidden, the longest first."""
    secrets = frozenset(secrets)
    if not secrets:  # as in most configurations
        return text
    width, beginnings = _beginnings(secrets)
    found = {
        secret
        for start in range(len(text) - width + 1)
        for secret in beginnings.get(text[start : start + width], ())
        if text.startswith(secret, start)
    }
    for secret in sorted(found, key=lambda each: (len(each), each), reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


@lru_cache(maxsize=2)
def _beginnings(secrets: frozenset[str]) -> tuple[int, dict[str, list[str]]]:
    """Secrets by their first characters, and how many these are: 10,000 addresses are looked through for 20,000
    secrets at each publish, which took minutes one by one."""
    width = min((len(each) for each in secrets), default=_SHORTEST)
    beginnings: dict[str, list[str]] = {}
    for each in secrets:
        beginnings.setdefault(each[:width], []).append(each)
    return width, beginnings


def store_shown(store: str) -> str:
    """The store's address without its password."""
    if store.startswith("sqlite:"):
        return store
    parts = urlsplit(store)
    if parts.password is None:
        return store
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{parts.username or ''}:{HIDDEN}@{host}").geturl()
