"""The kinds of values that a key may have: how each is read, what may be wrong with it, its JSON Schema."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo, WithJsonSchema

from aggregator.config import addresses, certificates, names, paths, texts, units
from aggregator.config.schema.surroundings import around
from aggregator.model import Allowed


def _rule(value: str, info: ValidationInfo) -> str:
    check = around(info).check_rule
    if check is not None:
        check(value)
    return value


def _selector(value: str, info: ValidationInfo) -> str:
    check = around(info).check_selector
    if check is not None:
        check(value)
    return value


def _folder(value: object, info: ValidationInfo) -> Path:
    return around(info).expected(paths.existing_folder, texts.line(value))


def _public(value: object, info: ValidationInfo) -> Path:
    return paths.output_folder(texts.line(value), around(info).base)


def _store(value: object, info: ValidationInfo) -> str:
    return addresses.store_url(value, around(info).base)


def _secret(value: object, info: ValidationInfo) -> str:
    text, given = texts.line(value), around(info)
    given.read.add(paths.absolute(text, given.base))
    return paths.secret(text, given.base)


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
    text, given = texts.line(value), around(info)
    given.read.add(paths.absolute(text, given.base))
    return given.once(certificates.authorities, text, given.base)


def _file(value: object, info: ValidationInfo) -> Path:
    text, given = texts.line(value), around(info)
    given.read.add(paths.absolute(text, given.base))
    return certificates.existing(text, given.base)


def _not_yet(value: object) -> None:
    if value is not None:
        raise ValueError("not available in this version; leave it out or write null")


def text_schema(**more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", **more})


DURATION = text_schema(pattern=units.DURATION_PATTERN, examples=["30s", "15m", "1h", "2d"])
WEB = text_schema(pattern="^https?://")
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

Line = Annotated[str, BeforeValidator(texts.line), text_schema(minLength=1, maxLength=500)]
Language = Annotated[str, BeforeValidator(texts.language), text_schema(pattern=texts.LANGUAGE_PATTERN)]
Rule = Annotated[str, BeforeValidator(texts.rule), AfterValidator(_rule), text_schema(minLength=1)]
Selector = Annotated[
    str, BeforeValidator(texts.selector), AfterValidator(_selector), text_schema(minLength=1, maxLength=500)
]
Id = Annotated[str, BeforeValidator(names.check_id), text_schema(pattern=names.ID_PATTERN)]
OutputId = Annotated[Id, AfterValidator(names.check_output_id)]
Interval = Annotated[timedelta, BeforeValidator(partial(units.duration, low="15m", high="366d")), DURATION]
SourceInterval = Annotated[timedelta, BeforeValidator(partial(units.duration, low="10s", high="366d")), DURATION]
Refresh = Annotated[timedelta, BeforeValidator(partial(units.duration, low="1d", high="366d")), DURATION]
Kept = Annotated[timedelta, BeforeValidator(partial(units.duration, low="1d", high="36600d")), DURATION]
Timeout = Annotated[timedelta, BeforeValidator(partial(units.duration, low="1s", high="10m")), DURATION]
Size = Annotated[
    int, BeforeValidator(partial(units.size, low="1KiB", high="1GiB")), WithJsonSchema({"anyOf": _SIZE_SCHEMA})
]
Folder = Annotated[Path, BeforeValidator(_folder), text_schema()]
Public = Annotated[Path, BeforeValidator(_public), text_schema()]
StoreUrl = Annotated[str, BeforeValidator(_store), text_schema(pattern="^(sqlite:///|postgresql://)")]
Authorities = Annotated[Path, BeforeValidator(_authorities), text_schema()]
File = Annotated[Path, BeforeValidator(_file), text_schema()]
SecretFile = Annotated[str, BeforeValidator(_secret), text_schema()]
HeaderName = Annotated[str, AfterValidator(texts.header_name)]
HeaderText = Annotated[str, BeforeValidator(texts.header_value), text_schema()]
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
    Allowed, BeforeValidator(units.allowed), text_schema(examples=["127.0.0.1:8900", "10.0.0.0/8"])
]


class Shape(BaseModel):
    """A mapping of the document: strict types, unknown keys refused, no value repeated in an error."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True
    )
