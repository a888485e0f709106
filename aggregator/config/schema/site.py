"""site, server and network: what is published as a whole, and where."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from aggregator.config import addresses, texts
from aggregator.config.schema.values import WEB, AllowedEntry, Language, Line, Shape, Token, text_schema


class SiteShape(Shape):
    """The output as a whole."""

    title: Line
    url: Annotated[str, BeforeValidator(addresses.site_url), WEB]
    """Public base address: every link that is published starts here."""
    id: Annotated[str, BeforeValidator(texts.iri), text_schema()] | None = None
    """Permanent IRI of the whole, such as tag:example.org,2026:planet; without it, the url."""
    author: Line | None = None
    """For pages; entries carry their own authors."""
    language: Language | None = None
    """Such as en or pt-BR."""


class ServerShape(Shape):
    """Where the service listens."""

    host: Annotated[str, BeforeValidator(addresses.listen_host), text_schema()] = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    """0 takes any free port."""
    status_token: Token | None = None
    """Who shows it may see /status, /ops.atom and /metrics, and nobody else. Secrets: "${NAME}" or {file: PATH}."""
    admin_token: Token | None = None
    """Who shows it may write at /admin, which is not there without it, and see all that status_token lets see."""
    metrics: Literal["totals", "sources", "off"] = "totals"
    """What /metrics shows: sums over all sources, figures of each source too, or nothing."""

    @model_validator(mode="after")
    def _two_tokens(self) -> Self:
        if self.admin_token is not None and self.admin_token == self.status_token:
            raise ValueError("status_token and admin_token are the same, so who may look may write; give each its own")
        return self


class LogShape(Shape):
    """What the service tells on standard error while it runs."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least important records that are written."""
    format: Literal["auto", "json", "text"] = "auto"
    """A JSON document a line, or text for people; auto: text on a terminal, JSON elsewhere."""


class NetworkShape(Shape):
    """Exceptions to the refusal of private and loopback addresses."""

    allow: list[AllowedEntry] = []
    """Networks, addresses and host names, each with or without a port."""
