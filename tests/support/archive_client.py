"""A reader that comes now and then and catches up on all it missed, as RFC 5005 section 4.2 has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
FH = "{http://purl.org/syndication/history/1.0}"
GRAVE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"

Get = Callable[[str], bytes | None]
"""The body at an address; None where there is none."""


@dataclass
class Document:
    """One feed document as a reader takes it."""

    url: str
    root: etree._Element

    @property
    def is_archive(self) -> bool:
        return self.root.find(f"{FH}archive") is not None

    @property
    def id(self) -> str:
        return str(self.root.findtext(f"{ATOM}id"))

    def link(self, rel: str) -> str | None:
        found = [each.get("href") for each in self.root.iterfind(f"{ATOM}link") if each.get("rel") == rel]
        assert len(found) <= 1, f"{self.url} has {len(found)} links {rel}"
        return found[0] if found else None

    @property
    def entries(self) -> list[etree._Element]:
        return self.root.findall(f"{ATOM}entry")

    @property
    def ids(self) -> list[str]:
        return [str(each.findtext(f"{ATOM}id")) for each in self.entries]

    @property
    def graves(self) -> set[str]:
        return {str(each.get("ref")) for each in self.root.iterfind(GRAVE)}


@dataclass
class ArchiveClient:
    """Remembers the addresses of archive documents it knows, and of each entry the latest it was given."""

    get: Get
    subscribed: str
    known: set[str] = field(default_factory=set)
    entries: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    """Id -> ``updated`` and content."""
    deleted: set[str] = field(default_factory=set)
    fetched: int = 0
    gaps: list[str] = field(default_factory=list)
    """Addresses at which there was nothing."""

    def come(self) -> None:
        """Once: the subscription document, then every archive document before it, until one is known."""
        document = self._document(self.subscribed)
        assert document is not None
        assert not document.is_archive
        feed_id, waiting = document.id, [document]
        before = document.link("prev-archive")
        met = set()
        while before is not None and before not in self.known:
            assert before not in met, f"the chain is a ring at {before}"
            met.add(before)
            found = self._document(before)
            if found is None:
                self.gaps.append(before)
                break
            assert found.is_archive
            assert found.id == feed_id
            waiting.append(found)
            before = found.link("prev-archive")
        for each in reversed(waiting):
            self._take(each)
        self.known |= met - set(self.gaps)
        self.deleted |= document.graves
        for gone in document.graves:
            self.entries.pop(gone, None)

    def _take(self, document: Document) -> None:
        assert len(set(document.ids)) == len(document.ids), f"{document.url} has an entry twice"
        for each in document.entries:
            name, updated = each.findtext(f"{ATOM}id"), datetime.fromisoformat(each.findtext(f"{ATOM}updated"))
            if name not in self.entries or self.entries[name][0] <= updated:
                self.entries[name] = (updated, each.findtext(f"{ATOM}content") or "")

    def _document(self, url: str) -> Document | None:
        self.fetched += 1
        body = self.get(url)
        return Document(url, etree.fromstring(body)) if body is not None else None


def from_folder(public: Path, site: str) -> Get:
    """Reads what is published below an address out of the public folder."""

    def get(url: str) -> bytes | None:
        assert url.startswith(site), f"{url} is not below {site}"
        path = public / url.removeprefix(site)
        return path.read_bytes() if path.is_file() else None

    return get


def walk(get: Get, subscribed: str) -> list[Document]:
    """Every document of a feed, the subscription document first; each link in both directions is followed."""
    body = get(subscribed)
    assert body is not None
    found = [Document(subscribed, etree.fromstring(body))]
    while (before := found[-1].link("prev-archive")) is not None:
        body = get(before)
        assert body is not None, f"{found[-1].url} leads to {before}, where nothing is"
        document = Document(before, etree.fromstring(body))
        assert document.link("self") == before
        found.append(document)
    return found
