"""Configured: what the operator wants."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from aggregator.model.value import Value

if TYPE_CHECKING:
    from pathlib import Path

OnRemove = Literal["keep", "drop", "tombstone"]
Identity = Literal["auto", "id", "link", "title", "text"]
Future = Literal["clamp", "keep", "hold"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCertificate(Value):
    """What proves to a server who asks: files in PEM."""

    cert: Path
    key: Path | None = None
    """``None``: it is in the file of the certificate."""
    password: str | None = field(default=None, repr=False)
    """Of an encrypted key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy(Value):
    """A machine that asks for us, over plain HTTP/1.1."""

    url: str
    """``http://host:port``, nothing more."""
    auth: tuple[str, str] | None = field(default=None, repr=False)
    """User and password (basic)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FullText(Value):
    """That the text of an article is taken from its page, and where on it that is (CSS selectors)."""

    select: str | None = None
    """What holds the text; ``None``: it is told from what surrounds it."""
    remove: str | None = None
    """What is taken out before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrape(Value):
    """Where on a page without a feed its entries are: CSS selectors, those but the first within an entry."""

    items: str
    link: str | None = None
    """``None``: its first link."""
    title: str | None = None
    """``None``: its heading, else the words of its link."""
    date: str | None = None
    """``None``: its ``<time>``."""
    summary: str | None = None
    image: str | None = None
    """``None``: its first picture."""
    author: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite(Value):
    """One change to the articles of a source, as written."""

    action: str
    """``set``, ``replace``, ``remove``, ``prepend``, ``append``, ``add_tag``, ``drop_tag``, ``map_tag``,
    ``css_remove`` or ``css_select``."""
    what: tuple[tuple[str, str | tuple[str, ...] | None], ...]
    """Fields with what is done to them; of ``map_tag``, tags with what they become."""
    by: str | None = None
    """What ``replace`` puts there."""
    when: str | None = None
    """A rule: only what it takes is changed."""

    @property
    def selects(self) -> bool:
        """Whether it looks at markup."""
        return self.action.startswith("css_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Members(Value):
    """What becomes of the feeds in a list."""

    member: Source
    """What each of them is, but for its own id, address, title and tags."""
    exclude: tuple[str, ...] = ()
    """Addresses or titles that are left out, with ``*`` for any characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Value):
    """One place to look, as configured. Exactly one of ``url`` and ``folder`` is set."""

    id: str
    url: str | None = None
    folder: Path | None = None
    title: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    interval: timedelta | None = None
    """Fixed time between polls; ``None`` means learnt."""
    enabled: bool = True
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    basic_auth: tuple[str, str] | None = field(default=None, repr=False)
    bearer: str | None = field(default=None, repr=False)
    user_agent: str | None = None
    timeout: timedelta | None = None
    max_bytes: int | None = None
    allow_downgrade: bool = False
    """Whether a redirect from https to http may be followed."""
    refresh: timedelta = timedelta(days=8)
    """The whole document is asked for so long after it last came, whatever the server says."""
    ca: Path | None = None
    """File of the authorities its own origin is judged by (PEM); ``None``: the usual ones."""
    client_cert: ClientCertificate | None = None
    """Shown to its own origin, where that asks for one."""
    proxy: Proxy | None = None
    """Through which it and all it redirects to are asked."""
    http2: bool = False
    """Whether HTTP/2 is offered to it and to all it redirects to, over TLS."""
    keep: str | None = None
    drop: str | None = None
    rewrite: tuple[Rewrite, ...] = ()
    """Done one after the other, before ``keep`` and ``drop`` are asked."""
    limit_per_day: int | None = None
    """Articles of one day (UTC) that are shown alone, the first; the others are in one entry. ``None``: all."""
    identity: Identity = "auto"
    """By what its entries are told apart; ``auto``: by their ids, as long as these hold still."""
    on_remove: OnRemove = "keep"
    check_deleted: bool = False
    """Whether an article that is taken out of the feed is deleted where its page is gone (404, 410)."""
    first: int | None = 50
    """How many of its newest articles are taken where it is added to a store that has published; ``None``: all."""
    future: Future = "clamp"
    """Where an article with a date to come stands: with those of today, by its date, or nowhere until then."""
    members: Members | None = None
    """What becomes of those it lists, where it is a list of feeds (OPML) and no feed; ``folder`` may be its file."""
    listed_in: str | None = None
    """Id of the list that names it; ``None``: the configuration does."""
    public_only: bool = False
    """Whether ``network.allow`` does not hold for it, for a stranger named it."""
    full_text: FullText | None = None
    """Whether its articles have the text of their pages; ``None``: that of the feed."""
    scrape: Scrape | None = None
    """Where its entries are, if ``url`` is a page and no feed."""

    @property
    def location(self) -> str:
        """Where it is, for people: the address or the folder."""
        return self.url if self.url is not None else str(self.folder)

    @property
    def host(self) -> str:
        """Whom a poll of it bothers: ``host:port`` of its address; a folder bothers nobody but itself."""
        if self.url is None:
            return f"folder:{self.id}"
        parts = urlsplit(self.url)
        return f"{(parts.hostname or '').lower()}:{parts.port or (443 if parts.scheme == 'https' else 80)}"

    def named(self, url: str, *, max_bytes: int, timeout: timedelta | None = None) -> Source:
        """An address that it names, to be asked for as it is itself; but nothing goes there that its server is told in
        confidence. A stranger wrote it: ``network.allow`` and ``ca`` are for the source's own host."""
        at_home = urlsplit(url).hostname == urlsplit(self.url or "").hostname
        return Source(
            id=self.id,
            url=url,
            user_agent=self.user_agent,
            timeout=timeout or self.timeout,
            max_bytes=max_bytes,
            ca=self.ca if at_home else None,
            proxy=self.proxy,
            http2=self.http2,
            allow_downgrade=self.allow_downgrade,
            public_only=self.public_only or not at_home,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling(Value):
    """How often and how hard to look, for all sources."""

    budget: float | None = None
    """Requests per source and day; ``None``: no budget."""
    floor: timedelta = timedelta(hours=1)
    invited_floor: timedelta = timedelta(minutes=15)
    ceiling: timedelta = timedelta(hours=24)
    without_validators: timedelta = timedelta(hours=4)
    """Between looks that each cost the publisher a whole document."""
    concurrency: int = 64
    per_host: int = 1
    timeout: timedelta = timedelta(seconds=30)
    max_bytes: int = 10 * 1024 * 1024
    """Bytes over the wire; decoded may be twice that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates(Value):
    """What becomes of an article that several sources have."""

    prefer: Literal["original", "first"] = "original"
    """Whether a copy waits for its original, or whoever comes first is shown."""
    show: Literal["one", "all"] = "one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed(Value):
    """An exception to the refusal of private addresses: a network (``10.0.0.0/8``) or a host name, and a port."""

    network: str | None = None
    host: str | None = None
    port: int | None = None
    """``None``: any port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output(Value):
    """One document family to publish."""

    id: str
    title: str | None = None
    query: str | None = None
    limit: int = 100
    """Entries at most in the subscription document."""
    per_source: int | None = None
    """Of them at most of one source, its newest; ``None``: all."""
    formats: tuple[str, ...] = ("atom", "rss", "json", "html")
    stories: Literal["off", "join", "link"] = "off"
    """Whether articles that tell one story are one entry, or point to each other."""
    archive: bool = True
    """Whether what leaves the Atom document can be read in documents of its own (RFC 5005 section 4)."""
    digest: Literal["daily", "weekly"] | None = None
    """Whether its entries are of days or weeks, each of which lists what came in it."""
    tokens: tuple[tuple[str, str], ...] | None = field(default=None, repr=False)
    """Name and secret of each who may read it; ``None``: everybody may, none: nobody may."""

    @property
    def private(self) -> bool:
        """Whether only those with a token may read it."""
        return self.tokens is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording(Value):
    """How many of the last answers of each source are kept, for ``bundle``."""

    keep: int = 2
    """Of each source; 0: none."""
    max_bytes: int = 64 * 1024 * 1024
    """Of all of them, compressed; the oldest go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSub(Value):
    """Who tells subscribers at once of what is new."""

    hub: bool = True
    """Whether we do it ourselves, at ``/hub``."""
    hubs: tuple[str, ...] = ()
    """Addresses of other hubs that do it for us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Automatic(Value):
    """Which outputs there are that nobody configured, made when they are asked for."""

    tags: bool = True
    sources: bool = True
    languages: bool = True
    search: bool = True
    limit: int = 50
    """Entries at most in each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(Value):
    """The output as a whole."""

    title: str
    url: str
    """Public base address, ends in ``/``; every published link starts here, never from a Host header."""
    id: str
    author: str | None = None
    language: str | None = None
