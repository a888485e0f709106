"""The configuration as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from aggregator.config.watched import Watched

if TYPE_CHECKING:
    from pathlib import Path

    from aggregator.model import (
        Allowed,
        Automatic,
        Duplicates,
        Output,
        Polling,
        Receiver,
        Recording,
        Retention,
        Site,
        Source,
        WebSub,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where the service listens; port 0 takes any free one."""

    host: str
    port: int
    status_token: str | None = field(default=None, repr=False)
    """Of who may see the pages of the operator; ``None``: there is no such token."""
    admin_token: str | None = field(default=None, repr=False)
    """Of who may write at ``/admin``; ``None``: there is no such thing."""
    metrics: Literal["totals", "sources", "off"] = "totals"
    """What is measured for ``/metrics``."""

    @property
    def lookers(self) -> tuple[str, ...]:
        """Tokens that open the pages of the operator; none where these are open."""
        return tuple(filter(None, (self.status_token, self.admin_token))) if self.status_token is not None else ()

    @property
    def writers(self) -> tuple[str, ...]:
        """Tokens that open ``/admin``."""
        return (self.admin_token,) if self.admin_token is not None else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What the service tells while it runs."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "text"] = "auto"
    """``auto``: text on a terminal, JSON elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything the operator decided. Paths are absolute; passwords of sources' URLs are in their ``basic_auth``."""

    path: Path
    watch: bool = False
    """Whether a running service takes its files when they change."""
    written: tuple[tuple[Path, tuple[int | str, ...]], ...] = field(default=(), repr=False)
    """By source: the file it stands in, and the keys and indexes that lead to it there."""
    watched: Watched = field(default_factory=Watched, repr=False)
    """The files it was read from."""
    site: Site
    site_id_given: bool
    """Whether ``site.id`` stands in the file, or was derived from ``site.url``."""
    server: Server
    log: Log = field(default_factory=Log)
    store: str = field(repr=False)
    """``sqlite:////absolute/path`` or ``postgresql://...`` as given, password included."""
    public: Path
    private: Path
    """The folder of outputs that only those with a token may read."""
    allow: tuple[Allowed, ...]
    polling: Polling
    duplicates: Duplicates
    retention: Retention
    recording: Recording
    websub: WebSub
    automatic: Automatic
    sources: tuple[Source, ...] = field(repr=False)
    """Not in ``repr``: an address may carry a key in its query, and there may be ten thousand."""
    alerts: tuple[Receiver, ...]
    """Who is told of what goes wrong."""
    outputs: tuple[Output, ...]
    environment: frozenset[str] = field(repr=False)
    """Texts that came from the environment: most are secrets, and none is to leave this machine in a bundle."""
    secrets: frozenset[str] = field(repr=False)
    """Texts to hide wherever they turn up, each at least four characters long: shorter ones are in every other word."""

    def folder_of(self, output: Output) -> Path:
        """Where the documents of an output are."""
        return self.private if output.private else self.public

    @property
    def hub(self) -> str | None:
        """The address of our own hub, where there is one."""
        return f"{self.site.url}hub" if self.websub.hub else None

    @property
    def hubs(self) -> tuple[str, ...]:
        """What every public document names as its hubs: our own first."""
        own = (self.hub,) if self.hub is not None else ()
        return tuple(dict.fromkeys((*own, *self.websub.hubs)))

    @property
    def middle(self) -> int:
        """The place in the middle of the shortest output, below which no article is to come out."""
        return max(1, min(each.limit for each in self.outputs) // 2)
