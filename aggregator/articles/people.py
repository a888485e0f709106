"""Who wrote it: always somebody with a name."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from aggregator.articles.text import plain
from aggregator.articles.urls import web
from aggregator.model import Person

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_PEOPLE = 20
_LONG = 500
"""Characters of what is not worth remembering: without it, 256 hostile names are 240 MB."""
_ADDRESS = re.compile(r"[A-Z0-9_.+'!#$%&*/=?^`{|}~-]{1,64}@(?:[A-Z0-9-]{1,63}\.)+[A-Z0-9][A-Z0-9-]{0,62}", re.I | re.A)
"""What the W3C feed validator takes for an addr-spec (RFC 5322 3.4.1)."""
_NOBODY = ("noreply@blogger.com", "invalid@example.com")
_WITH_NAME = re.compile(rf"(?P<email>{_ADDRESS.pattern})\s*\((?P<name>[^()]+)\)", re.I | re.A)


def people(claimed: Iterable[Person], base: str | None) -> tuple[Person, ...]:
    """Those who can be named, once each, at most 20; addresses of theirs only where they are real ones.

    Somebody with only a mail address is called what stands before the ``@``, somebody with only a page by its host.
    An address that stands for nobody goes: ``noreply@blogger.com``, XenForo's ``invalid@example.com``.
    """
    found: dict[str, Person] = {}
    for each in islice(claimed, 5 * MAX_PEOPLE):
        long = max(len(said or "") for said in (each.name, each.url, each.email, base)) > _LONG
        person = _person(each, base) if long else _remembered(each, base)
        if person is not None:
            found.setdefault((person.name or "").casefold(), person)
    return tuple(found.values())[:MAX_PEOPLE]


def _person(claimed: Person, base: str | None) -> Person | None:
    name = plain(claimed.name)
    email = plain(claimed.email)
    email = email.removeprefix("mailto:") if email else None
    both = _WITH_NAME.fullmatch(name or email or "")
    if both is not None:
        name, email = plain(both["name"]), both["email"]
    elif name is not None and _ADDRESS.fullmatch(name):
        name, email = None, name
    elif name is None and email is not None and not _ADDRESS.fullmatch(email):
        name = email
    if email is not None and (not _ADDRESS.fullmatch(email) or email.lower() in _NOBODY):
        email = None
    url = web(claimed.url, base)
    if name is None and email is not None:
        name = email.partition("@")[0]
    if name is None and url is not None:
        name = url.split("/")[2]
    return Person(name=name, url=url, email=email) if name is not None else None


_remembered = lru_cache(maxsize=256)(_person)
"""The same; most people write more than one article."""
