"""sources: one feed, folder or list of feeds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from aggregator.config import addresses, certificates, texts
from aggregator.config.schema.pages import ScrapeShape
from aggregator.config.schema.settings import Settings
from aggregator.config.schema.surroundings import around
from aggregator.config.schema.values import (
    WEB,
    CookieName,
    CookieValue,
    Folder,
    HeaderText,
    Id,
    Line,
    SecretFile,
    Shape,
    text_schema,
)


class BasicShape(Shape):
    """User and one of password and password_file (RFC 7617)."""

    user: Annotated[str, BeforeValidator(texts.basic_user), text_schema()]
    password: Line | None = None
    password_file: SecretFile | None = None
    """Path of a file that holds the password."""


class AuthShape(Shape):
    """How to log in: one of basic, bearer and bearer_file."""

    basic: BasicShape | None = None
    bearer: HeaderText | None = None
    bearer_file: Annotated[SecretFile, AfterValidator(texts.header_value)] | None = None
    """Path of a file that holds the token."""


def _list_place(value: object, info: ValidationInfo) -> str | Path:
    text = texts.line(value)
    return addresses.web_url(text) if _SCHEME.match(text) else around(info).expected(certificates.existing, text)


class SourceShape(Settings):
    """A feed (url), a folder of local articles (folder), or a list of feeds (opml), all with these settings."""

    url: Annotated[str, BeforeValidator(addresses.web_url), WEB] | None = None
    folder: Folder | None = None
    """Path, relative to this file."""
    opml: Annotated[str | Path, BeforeValidator(_list_place), text_schema()] | None = None
    """A list of feeds (OPML) that is followed: its address, or its path relative to this file. Each feed in it is a
    source with the settings given here."""
    exclude: list[Line] = Field(default=[], max_length=1000)
    """Of a list: addresses or titles of feeds that are left out; * stands for any characters."""
    allow_private: bool | None = None
    """Of a list: whether network.allow holds for its feeds; without it for those in a file only."""
    id: Id | None = None
    """Permanent name; without it derived from the address."""
    title: Line | None = None
    """Instead of the feed's own."""
    enabled: bool = True
    disabled: bool = False
    auth: AuthShape | None = None
    cookies: dict[CookieName, CookieValue] = {}
    """Sent to the feed's own origin, in one Cookie header. Secrets: "${NAME}" or {file: PATH}."""
    scrape: ScrapeShape | None = None
    """For a page without a feed: where its entries are. For all that is more difficult, use a bridge."""
    http2: bool = False
    """Whether HTTP/2 is offered to the feed's server, and to all it redirects to; https only."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        return long_form(value)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        schema = handler.resolve_ref_schema(handler(core_schema))
        return {"anyOf": [{"type": "string", "description": "A feed's URL or a folder's path."}, schema]}


class GroupShape(Shape):
    """Sources that share settings; a source's own value comes first, null too. Groups may lie in groups."""

    group: Settings
    sources: list[ListedShape]


class IncludeShape(Shape):
    """More sources, in a file of their own: a list of them, with paths relative to that file."""

    include: Line
    """Path, relative to this file; with * ? [] all files that match, by name."""


ListedShape = SourceShape | GroupShape | IncludeShape
"""What may be listed; only editors are told so (:mod:`aggregator.config.listing` tells them apart)."""

GROUP_KEYS, INCLUDE_KEYS = frozenset(GroupShape.model_fields), frozenset(IncludeShape.model_fields)

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_PATH = re.compile(r"\.{0,2}/|(?!localhost\b)[^.:/]+(/|$)")
"""A path rather than an address that lost its scheme: what comes first has no dot, as the name of a host would."""


def long_form(source: object) -> object:
    """A source written as a mere text, or its folder as ``url``, as the mapping it stands for."""
    if isinstance(source, str):
        return {"url": source} if _SCHEME.match(source) else {"folder": source}
    if isinstance(source, dict) and "folder" not in source:
        url = source.get("url")
        if isinstance(url, str) and _PATH.match(url):
            return {"folder" if key == "url" else key: value for key, value in source.items()}
    return source
