"""defaults: what is set for many sources at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from aggregator.config import addresses, certificates
from aggregator.config.schema.pages import FullTextShape
from aggregator.config.schema.rewriting import MOST_ACTIONS, ActionShape
from aggregator.config.schema.surroundings import around
from aggregator.config.schema.values import (
    Authorities,
    File,
    HeaderName,
    HeaderText,
    HeaderValue,
    Language,
    Line,
    Refresh,
    Rule,
    SecretFile,
    Shape,
    Size,
    SourceInterval,
    Timeout,
    text_schema,
)
from aggregator.model import Identity, Proxy


class ClientCertShape(Shape):
    """Files in PEM that prove who asks; mostly a path is enough."""

    cert: File
    """Path of the certificate."""
    key: File | None = None
    """Path of its private key; without it the key is in the certificate's file."""
    password: Line | None = None
    """Of an encrypted key."""
    password_file: SecretFile | None = None
    """Path of a file that holds the password."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        return {"cert": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _usable(self, info: ValidationInfo) -> Self:
        around(info).once(certificates.check_identity, self.cert, self.key, self.secret)
        return self

    @property
    def secret(self) -> str | None:
        """The password, wherever it came from."""
        return self.password if self.password is not None else self.password_file

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        schema = handler.resolve_ref_schema(handler(core_schema))
        return {"anyOf": [{"type": "string", "description": "The path of a certificate with its key."}, schema]}


def _off(value: object) -> object:
    return None if value is False else value


class Settings(Shape):
    """Set for all sources; a source's own value comes first, null too. Tags, headers, rewrite are added to its own.

    Local folders take only tags, language, timeout, keep, drop, rewrite and on_remove from here; ca and client_cert
    are for https.
    """

    tags: list[Line] = []
    """Given to every article, besides its own."""
    language: Language | None = None
    """Of articles that name none."""
    interval: SourceInterval | None = None
    """Fixed time between polls, at least 15m for feeds; without it polling.floor, for a folder 1m."""
    headers: dict[HeaderName, HeaderValue] = {}
    """Sent to the feed's own origin. Secrets: "${NAME}" or {file: PATH}."""
    ca: Authorities | None = None
    """Path of a PEM file: the authorities that may vouch for the feed's own origin, instead of the usual ones."""
    client_cert: ClientCertShape | None = None
    """Shown to the feed's own origin: a path, or cert with key and password."""
    proxy: Annotated[Proxy, BeforeValidator(addresses.proxy), text_schema(pattern="^http://")] | None = None
    """Such as http://USER:PASSWORD@proxy.example:3128; it also finds the addresses of hosts."""
    user_agent: HeaderText | None = None
    timeout: Timeout | None = None
    max_bytes: Size | None = None
    allow_downgrade: bool = False
    """Whether a redirect from https to http may be followed."""
    refresh: Refresh = timedelta(days=8)
    """The whole feed is asked for so long after it last came, even where the server says that nothing changed."""
    keep: Rule | None = None
    """Only articles this rule takes are published."""
    drop: Rule | None = None
    """Articles this rule takes are not published."""
    rewrite: Annotated[list[ActionShape], Field(max_length=MOST_ACTIONS)] | None = []
    """What is changed in articles before they are published; those of defaults come after the source's own."""
    limit_per_day: int | None = Field(default=None, ge=0, le=10_000)
    """Articles of one day that are published alone, the first; the others are one entry. 0: all are that."""
    identity: Identity = "auto"
    """By what entries are told apart: their ids as long as these hold still (auto), or always by one of these."""
    first: int | None = Field(default=50, ge=0, le=100_000)
    """Articles taken at first, the newest, of a source that is added after something was published; null: all."""
    future: Literal["clamp", "keep", "hold"] = "clamp"
    """Articles dated later than now stand with those of today, or by their date, or are not published before it."""
    full_text: Annotated[FullTextShape | None, BeforeValidator(_off)] = None
    """Whether articles have the text of their pages: true, or where on them it is (select, remove)."""
    on_remove: Literal["keep", "drop", "tombstone"] = "keep"
    """What happens to its articles when the source is removed from this file."""
    check_deleted: bool = False
    """Whether the page of an article that is taken out of the feed is asked for, to withdraw it where that is gone."""

    def within(self, outer: Settings) -> Settings:
        """These for some of the sources that ``outer`` is for: a value of its own comes first, null too; tags, headers
        and rewrite are added up."""
        own = {key: getattr(self, key) for key in self.model_fields_set}
        names = {name.lower() for name in self.headers}
        usual = {name: value for name, value in outer.headers.items() if name.lower() not in names}
        own["tags"] = [*outer.tags, *self.tags]
        own["headers"] = {**usual, **self.headers}
        own["rewrite"] = [*self.rewrite, *(outer.rewrite or ())] if self.rewrite is not None else None
        return outer.model_copy(update=own)
