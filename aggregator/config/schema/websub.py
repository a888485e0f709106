"""websub: who tells subscribers at once."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from aggregator.config import addresses
from aggregator.config.schema.values import WEB, Shape


class WebSubShape(Shape):
    """Who tells subscribers at once of what is new (WebSub)."""

    hub: bool = True
    """Whether this program does, at /hub of the site; only while it runs as a service."""
    hubs: list[Annotated[str, BeforeValidator(addresses.hub_url), WEB]] = Field(default=[], max_length=8)
    """Other hubs that are told of every change, and do it for us."""
