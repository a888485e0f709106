"""site, server and network: what is published as a whole, and where."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from aggregator.config import addresses, texts
from aggregator.config.schema.values import WEB, AllowedEntry, Language, Line, Shape, text_schema


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


class NetworkShape(Shape):
    """Exceptions to the refusal of private and loopback addresses."""

    allow: list[AllowedEntry] = []
    """Networks, addresses and host names, each with or without a port."""
