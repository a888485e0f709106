"""The shape of config.yaml, as pydantic models; the one door to pydantic.

A model's fields are the keys a user may write, no more: a key without effect is not accepted. Validators raise
ValueError with the finished advice; ``explain.py`` gives pydantic's own errors their words. Each rule here is about
one value; what concerns several (one of url and folder, no id twice) is in ``across.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable  # noqa: TC003  pydantic reads the annotations when it runs
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from aggregator.config import addresses, certificates, names, paths, texts, units
from aggregator.model import Allowed, Identity, Proxy

__all__ = ["Root", "Settings", "Shape", "SourceShape", "Surroundings", "ValidationError"]


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What validation needs besides the document: the folder it lies in, and who understands rules."""

    base: Path
    check_rule: Callable[[str], object] | None = None
    _answers: dict[tuple[object, ...], tuple[Any, str | None]] = field(default_factory=dict, repr=False)

    def once(self, look: Callable[..., T], *at: object) -> T:
        """What ``look(*at)`` gives, found out once: TLS takes 1.3 ms for a file, and all sources may share it.

        Raises ValueError where that does, each time.
        """
        if (look, *at) not in self._answers:
            try:
                self._answers[look, *at] = look(*at), None
            except ValueError as error:
                self._answers[look, *at] = None, str(error)
        answer, problem = self._answers[look, *at]
        if problem is not None:
            raise ValueError(problem)
        return answer  # type: ignore[no-any-return]  # it is what this very function gave


def _around(info: ValidationInfo) -> Surroundings:
    if not isinstance(info.context, Surroundings):
        raise TypeError("validation needs its Surroundings as context")
    return info.context


def _rule(value: str, info: ValidationInfo) -> str:
    check = _around(info).check_rule
    if check is not None:
        check(value)
    return value


def _folder(value: object, info: ValidationInfo) -> Path:
    return paths.existing_folder(texts.line(value), _around(info).base)


def _public(value: object, info: ValidationInfo) -> Path:
    return paths.output_folder(texts.line(value), _around(info).base)


def _store(value: object, info: ValidationInfo) -> str:
    return addresses.store_url(value, _around(info).base)


def _secret(value: object, info: ValidationInfo) -> str:
    return paths.secret(texts.line(value), _around(info).base)


def _header_value(value: object, info: ValidationInfo) -> str:
    if isinstance(value, dict):
        if set(value) != {"file"}:
            raise ValueError("must be a text or {file: PATH}; correct it")
        value = _secret(value["file"], info)
    return texts.header_value(value)


def _token(value: object, info: ValidationInfo) -> str:
    if isinstance(value, dict):
        if set(value) != {"file"}:
            raise ValueError("must be a text or {file: PATH}; correct it")
        value = _secret(value["file"], info)
    return texts.token(value)


def _authorities(value: object, info: ValidationInfo) -> Path:
    around = _around(info)
    return around.once(certificates.authorities, texts.line(value), around.base)


def _file(value: object, info: ValidationInfo) -> Path:
    return certificates.existing(texts.line(value), _around(info).base)


def _not_yet(value: object) -> None:
    if value is not None:
        raise ValueError("not available in this version; leave it out or write null")


def _text_schema(**more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", **more})


_DURATION = _text_schema(pattern=units.DURATION_PATTERN, examples=["30s", "15m", "1h", "2d"])
_WEB = _text_schema(pattern="^https?://")
_FILE_SCHEMA = {
    "type": "object",
    "properties": {"file": {"type": "string"}},
    "required": ["file"],
    "additionalProperties": False,
}
_SIZE_SCHEMA = [
    {"type": "string", "pattern": units.SIZE_PATTERN, "examples": ["10MiB"]},
    {"type": "integer", "minimum": 1024, "maximum": 1024**3},
]

Line = Annotated[str, BeforeValidator(texts.line), _text_schema(minLength=1, maxLength=500)]
Language = Annotated[str, BeforeValidator(texts.language), _text_schema(pattern=texts.LANGUAGE_PATTERN)]
Rule = Annotated[str, BeforeValidator(texts.rule), AfterValidator(_rule), _text_schema(minLength=1)]
Id = Annotated[str, BeforeValidator(names.check_id), _text_schema(pattern=names.ID_PATTERN)]
OutputId = Annotated[Id, AfterValidator(names.check_output_id)]
Interval = Annotated[timedelta, BeforeValidator(partial(units.duration, low="15m", high="366d")), _DURATION]
SourceInterval = Annotated[timedelta, BeforeValidator(partial(units.duration, low="10s", high="366d")), _DURATION]
Refresh = Annotated[timedelta, BeforeValidator(partial(units.duration, low="1d", high="366d")), _DURATION]
Kept = Annotated[timedelta, BeforeValidator(partial(units.duration, low="1d", high="36600d")), _DURATION]
Timeout = Annotated[timedelta, BeforeValidator(partial(units.duration, low="1s", high="10m")), _DURATION]
Size = Annotated[
    int, BeforeValidator(partial(units.size, low="1KiB", high="1GiB")), WithJsonSchema({"anyOf": _SIZE_SCHEMA})
]
Folder = Annotated[Path, BeforeValidator(_folder), _text_schema()]
Public = Annotated[Path, BeforeValidator(_public), _text_schema()]
Authorities = Annotated[Path, BeforeValidator(_authorities), _text_schema()]
File = Annotated[Path, BeforeValidator(_file), _text_schema()]
SecretFile = Annotated[str, BeforeValidator(_secret), _text_schema()]
HeaderName = Annotated[str, AfterValidator(texts.header_name)]
HeaderText = Annotated[str, BeforeValidator(texts.header_value), _text_schema()]
HeaderValue = Annotated[
    str, BeforeValidator(_header_value), WithJsonSchema({"anyOf": [{"type": "string"}, _FILE_SCHEMA]})
]
CookieName = Annotated[str, AfterValidator(texts.cookie_name)]
CookieValue = Annotated[HeaderValue, AfterValidator(texts.cookie_value)]
Token = Annotated[
    str,
    BeforeValidator(_token),
    WithJsonSchema({"anyOf": [{"type": "string", "minLength": texts.SHORTEST_TOKEN}, _FILE_SCHEMA]}),
]
NotYet = Annotated[None, BeforeValidator(_not_yet)]
"""A key that a later version gives a meaning; until then a value would be a promise that is not kept."""
Format = Literal["atom", "rss", "json", "html"]
AllowedEntry = Annotated[
    Allowed, BeforeValidator(units.allowed), _text_schema(examples=["127.0.0.1:8900", "10.0.0.0/8"])
]


class Shape(BaseModel):
    """A mapping of the document: strict types, unknown keys refused, no value repeated in an error."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True
    )


class SiteShape(Shape):
    """The output as a whole."""

    title: Line
    url: Annotated[str, BeforeValidator(addresses.site_url), _WEB]
    """Public base address: every link that is published starts here."""
    id: Annotated[str, BeforeValidator(texts.iri), _text_schema()] | None = None
    """Permanent IRI of the whole, such as tag:example.org,2026:planet; without it, the url."""
    author: Line | None = None
    """For pages; entries carry their own authors."""
    language: Language | None = None
    """Such as en or pt-BR."""


class ServerShape(Shape):
    """Where the service listens."""

    host: Annotated[str, BeforeValidator(addresses.listen_host), _text_schema()] = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    """0 takes any free port."""


class NetworkShape(Shape):
    """Exceptions to the refusal of private and loopback addresses."""

    allow: list[AllowedEntry] = []
    """Networks, addresses and host names, each with or without a port."""


class PollingShape(Shape):
    """How often and how hard to look, for all sources."""

    budget: NotYet = None
    """Requests per source and day: not available in this version."""
    floor: Interval = timedelta(hours=1)
    """No source is polled more often, unless it invites it or has an interval of its own."""
    invited_floor: Interval = timedelta(minutes=15)
    """Nor more often than this, even if it invites it."""
    ceiling: Interval = timedelta(hours=24)
    """The longest time between two polls that a feed can ask for, and that failures lead to."""
    without_validators: Interval = timedelta(hours=4)
    """The least time between two polls of a feed whose server sends neither ETag nor Last-Modified."""
    concurrency: int = Field(default=64, ge=1, le=1000)
    """Requests at a time."""
    per_host: int = Field(default=1, ge=1, le=16)
    """Requests at a time to one host."""
    timeout: Timeout = timedelta(seconds=30)
    max_bytes: Size = 10 * 1024 * 1024
    """Of one answer, over the wire."""

    @field_validator("invited_floor")
    @classmethod
    def _below_floor(cls, value: timedelta, info: ValidationInfo) -> timedelta:
        floor = info.data.get("floor")
        if floor is not None and value > floor:
            raise ValueError(f"lies above the floor of {units.duration_text(floor)}; lower it, or raise the floor")
        return value

    @field_validator("ceiling")
    @classmethod
    def _above_floor(cls, value: timedelta, info: ValidationInfo) -> timedelta:
        floor = info.data.get("floor")
        if floor is not None and value < floor:
            raise ValueError(f"lies below the floor of {units.duration_text(floor)}; raise it, or lower the floor")
        return value


class DuplicatesShape(Shape):
    """What becomes of an article that several sources have."""

    prefer: Literal["original", "first"] = "original"
    """Whether a copy waits, a day at most, for the source whose article it is, or whoever comes first is shown."""
    show: Literal["one", "all"] = "one"
    """Whether one of them is shown, or every one."""


class RetentionShape(Shape):
    """For how long texts of articles are kept; ids are kept for ever."""

    content: Kept | None = timedelta(days=365)
    """Since an article was first seen; null keeps all."""
    per_source: int | None = Field(default=10_000, ge=1)
    """Articles of one source with their texts, the newest; null keeps all."""


class WebSubShape(Shape):
    """Who tells subscribers at once of what is new (WebSub)."""

    hub: bool = True
    """Whether this program does, at /hub of the site; only while it runs as a service."""
    hubs: list[Annotated[str, BeforeValidator(addresses.hub_url), _WEB]] = Field(default=[], max_length=8)
    """Other hubs that are told of every change, and do it for us."""


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
        _around(info).once(certificates.check_identity, self.cert, self.key, self.secret)
        return self

    @property
    def secret(self) -> str | None:
        """The password, wherever it came from."""
        return self.password if self.password is not None else self.password_file

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        schema = handler.resolve_ref_schema(handler(core_schema))
        return {"anyOf": [{"type": "string", "description": "The path of a certificate with its key."}, schema]}


class Settings(Shape):
    """Set for all sources; a source's own value comes first, null too. Tags and headers are added to the source's own.

    Local folders take only tags, language, timeout, keep, drop and on_remove from here; ca and client_cert are for
    https.
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
    proxy: Annotated[Proxy, BeforeValidator(addresses.proxy), _text_schema(pattern="^http://")] | None = None
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
    limit_per_day: int | None = Field(default=None, ge=0, le=10_000)
    """Articles of one day that are published alone, the first; the others are one entry. 0: all are that."""
    identity: Identity = "auto"
    """By what entries are told apart: their ids as long as these hold still (auto), or always by one of these."""
    first: int | None = Field(default=50, ge=0, le=100_000)
    """Articles taken at first, the newest, of a source that is added after something was published; null: all."""
    future: Literal["clamp", "keep", "hold"] = "clamp"
    """Articles dated later than now stand with those of today, or by their date, or are not published before it."""
    on_remove: Literal["keep", "drop", "tombstone"] = "keep"
    """What happens to its articles when the source is removed from this file."""
    check_deleted: bool = False
    """Whether the page of an article that is taken out of the feed is asked for, to withdraw it where that is gone."""


class BasicShape(Shape):
    """User and one of password and password_file (RFC 7617)."""

    user: Annotated[str, BeforeValidator(texts.basic_user), _text_schema()]
    password: Line | None = None
    password_file: SecretFile | None = None
    """Path of a file that holds the password."""


class AuthShape(Shape):
    """How to log in: one of basic, bearer and bearer_file."""

    basic: BasicShape | None = None
    bearer: HeaderText | None = None
    bearer_file: Annotated[SecretFile, AfterValidator(texts.header_value)] | None = None
    """Path of a file that holds the token."""


class SourceShape(Settings):
    """A feed (url) or a folder of local articles (folder)."""

    url: Annotated[str, BeforeValidator(addresses.web_url), _WEB] | None = None
    folder: Folder | None = None
    """Path, relative to this file."""
    id: Id | None = None
    """Permanent name; without it derived from the address."""
    title: Line | None = None
    """Instead of the feed's own."""
    enabled: bool = True
    disabled: bool = False
    auth: AuthShape | None = None
    cookies: dict[CookieName, CookieValue] = {}
    """Sent to the feed's own origin, in one Cookie header. Secrets: "${NAME}" or {file: PATH}."""
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


class OutputShape(Shape):
    """One document family to publish, at /{id}.atom and so on."""

    id: OutputId
    title: Line | None = None
    query: Rule | None = None
    """Only articles this rule takes; without it all."""
    limit: int = Field(default=100, ge=1, le=1000)
    """Entries at most, the newest."""
    per_source: int | None = Field(default=None, ge=1, le=1000)
    """Of them at most of one source, its newest."""
    formats: list[Format] = Field(default=["atom", "rss", "json", "html"], min_length=1)
    stories: Literal["off", "join", "link"] = "off"
    """Articles of several sources on one event: join them in one entry, or link them to each other."""
    archive: bool = True
    """Whether what leaves its Atom document can be read in documents of its own, as long as it is public."""
    digest: Literal["daily", "weekly"] | None = None
    """One entry for each day, or week, that lists what came in it."""
    tokens: dict[Line, Token] | None = None
    """Who may read it, and nobody else: a name and a secret for each. Secrets: "${NAME}" or {file: PATH}."""

    @field_validator("tokens", mode="before")
    @classmethod
    def _nobody(cls, value: object) -> object:
        return {} if value is None else value  # the last one was taken away: that must not make it public

    @field_validator("tokens")
    @classmethod
    def _told_apart(cls, value: dict[str, str] | None) -> dict[str, str] | None:
        if value is not None and len(set(value.values())) < len(value):
            raise ValueError("two names have the same token, so one could not be revoked alone; give each its own")
        return value


class AutomaticShape(Shape):
    """Outputs that nobody configured, made when they are asked for. Without a word they are there, unless every output
    is private."""

    tags: bool | None = None
    """Of each tag, at /tags/{tag}; all tags at /tags."""
    sources: bool | None = None
    """Of each source, at /sources/{id}; all sources at /sources."""
    languages: bool | None = None
    """Of each language, at /languages/{code}."""
    search: bool | None = None
    """Of a search, at /search?q={words}."""
    limit: int = Field(default=50, ge=1, le=200)
    """Entries at most in each, the newest."""


class Root(Shape):
    """Configuration of the aggregator."""

    site: SiteShape
    server: ServerShape = ServerShape()
    store: Annotated[str, BeforeValidator(_store), _text_schema(pattern="^(sqlite:///|postgresql://)")] = Field(
        default="sqlite:///var/aggregator.db", validate_default=True
    )
    """sqlite:///PATH or postgresql://USER@HOST/DATABASE."""
    public: Public = Field(default="feeds/public", validate_default=True)
    """Folder where published documents are written."""
    private: Public = Field(default="feeds/private", validate_default=True)
    """Folder where documents of outputs with tokens are written; no web server should serve it."""
    network: NetworkShape = NetworkShape()
    polling: PollingShape = PollingShape()
    duplicates: DuplicatesShape = DuplicatesShape()
    retention: RetentionShape = RetentionShape()
    websub: WebSubShape = WebSubShape()
    defaults: Settings = Settings()
    sources: list[SourceShape]
    automatic: AutomaticShape = AutomaticShape()
    outputs: list[OutputShape] = Field(default=[OutputShape(id="main")], min_length=1)
    """The first one is also /feed.atom and so on; without this key, one called main with everything."""


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


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of config.yaml, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Aggregator configuration",
        **{key: value for key, value in Root.model_json_schema().items() if key != "title"},
    }
