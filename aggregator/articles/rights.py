"""Whose host is whose: who has the right to an id and to a page, and what is our own. Pure.

Anybody can write anything into a feed, the address of its site included. So what counts is the configuration alone:
an address belongs to the source that the operator subscribed to on that host.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.articles.urls import canonical, web

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aggregator.model import FeedInfo, Site, Source

NOBODY: frozenset[str] = frozenset()
_TAG = re.compile(r"tag:(?:[^@,:]*@)?([^@,:]+)[,:]", re.IGNORECASE)
"""RFC 4151 2.1: the authority is a host, or an address of mail at one. A missing date is seen in the wild."""
_PREFIXES = ("www.", "feeds.", "feed.", "rss.")
"""Hosts of feeds that belong to the site whose name is behind them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """The sources on each host, and what we publish ourselves."""

    hosts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Host -> ids of the configured sources on it."""
    enabled: frozenset[str] = NOBODY
    folders: frozenset[str] = NOBODY
    """The sources that are the operator's own."""
    site_id: str | None = None
    documents: frozenset[str] = NOBODY
    """Our own documents, in one spelling for all addresses of a page."""

    @classmethod
    def of(cls, sources: Iterable[Source], site: Site, documents: Iterable[str]) -> Rights:
        """Those of a configuration; ``documents`` are the addresses at which we publish."""
        hosts: defaultdict[str, set[str]] = defaultdict(set)
        enabled, folders = set(), set()
        for each in sources:
            if each.folder is not None:
                folders.add(each.id)
            if (host := host_of(each.url)) is not None:
                hosts[host].add(each.id)
                enabled.update([each.id] if each.enabled else [])
        return cls(
            hosts={host: frozenset(ids) for host, ids in hosts.items()},
            enabled=frozenset(enabled),
            folders=frozenset(folders),
            site_id=site.id,
            documents=frozenset(map(canonical, documents)),
        )

    def to_page(self, url: str | None) -> frozenset[str]:
        """The sources on whose host a page lies."""
        host = host_of(url)
        return NOBODY if host is None else self.hosts.get(host, NOBODY)

    def to_id(self, iri: str | None) -> frozenset[str]:
        """The sources that are the authority of an id."""
        host = authority(iri) if iri is not None else None
        return NOBODY if host is None else self.hosts.get(host, NOBODY)

    def named(self, origin: FeedInfo | None) -> frozenset[str]:
        """The sources that an entry's ``atom:source``, or RSS ``<source>``, says it is from."""
        return NOBODY if origin is None else self.to_page(origin.self_url) | self.to_page(origin.url)

    def expected(self, origin: FeedInfo | None, url: str | None) -> frozenset[str]:
        """The sources that an entry is from, as far as it says so, else those on whose host its page lies."""
        return self.named(origin) or self.to_page(url)

    def may_claim(self, source: Source, iri: str) -> bool:
        """Whether a source may publish under an id: nobody else is its authority.

        The operator's own folders may claim any; so may all, where the id names no authority that is subscribed to.
        """
        owners = self.to_id(iri)
        return source.folder is not None or not owners or source.id in owners

    def is_ours(self, info: FeedInfo | None) -> bool:
        """Whether this is what one of our own feeds says of itself."""
        if info is None:
            return False
        return (info.id is not None and info.id == self.site_id) or self.is_our_document(info.self_url)

    def is_our_document(self, url: str | None) -> bool:
        """Whether we publish at this address."""
        return url is not None and canonical(url) in self.documents


def host_of(url: str | None) -> str | None:
    """The host of a web address, without its port and without what only says that feeds are there."""
    address = web(url)
    return None if address is None else _bare((urlsplit(address).hostname or "").rstrip("."))


def authority(iri: str) -> str | None:
    """The host that answers for an id: of an address, or of a tag (RFC 4151); ``None`` for ids nobody answers for."""
    tag = _TAG.match(iri)
    return _bare(tag[1].lower().rstrip(".")) if tag is not None else host_of(iri)


def _bare(host: str) -> str:
    prefix = next((each for each in _PREFIXES if host.startswith(each) and "." in host[len(each) :]), "")
    return host[len(prefix) :]
