"""alerts: who is told of what goes wrong, and how."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from aggregator.config import addresses, texts, units
from aggregator.config.schema.values import (
    DURATION,
    WEB,
    Authorities,
    Id,
    Line,
    SecretFile,
    Shape,
    Timeout,
    Token,
    text_schema,
)
from aggregator.model import USUAL, WORDS

Address = Annotated[str, BeforeValidator(addresses.hook_url), WEB]
Mailbox = Annotated[str, BeforeValidator(texts.mailbox), text_schema(pattern=texts.MAILBOX_PATTERN)]
Every = Annotated[timedelta, BeforeValidator(partial(units.duration, low="1s", high="31d")), DURATION]
Argument = Annotated[str, BeforeValidator(texts.argument), text_schema()]


class WebhookShape(Shape):
    """An address that is sent JSON (POST); mostly the address is enough."""

    url: Address
    secret: Token | None = None
    """With it every message is signed (Standard Webhooks), so that nobody else can send one."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        return {"url": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        schema = handler.resolve_ref_schema(handler(core_schema))
        return {"anyOf": [{"type": "string", "description": "The address."}, schema]}


class CommandShape(Shape):
    """A program that is run without a shell, in the folder of this file; mostly a list of words is enough."""

    run: list[Argument] = Field(min_length=1)
    """The program and its arguments."""
    timeout: Timeout = timedelta(seconds=30)
    """After which it is ended, with all that it has started."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        return {"run": value} if isinstance(value, list) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        schema = handler.resolve_ref_schema(handler(core_schema))
        words = {"type": "array", "items": {"type": "string"}, "minItems": 1}
        return {"anyOf": [{**words, "description": "The program and its arguments."}, schema]}


class EmailShape(Shape):
    """Mail by way of a server (SMTP)."""

    host: Annotated[str, BeforeValidator(addresses.mail_host), text_schema()]
    port: int | None = Field(default=None, ge=1, le=65535)
    """Without it 587, with tls 465, with none 25."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is protected; none only where the way to the server is your own."""
    user: Line | None = None
    password: Line | None = None
    password_file: SecretFile | None = None
    """Path of a file that holds the password."""
    ca: Authorities | None = None
    """Path of a PEM file: the authorities that may vouch for the server, instead of the usual ones."""
    sender: Mailbox = Field(alias="from")
    to: list[Mailbox] = Field(min_length=1, max_length=50)

    @field_validator("to", mode="before")
    @classmethod
    def _one(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @property
    def secret(self) -> str | None:
        """The password, wherever it came from."""
        return self.password if self.password is not None else self.password_file


class NtfyShape(Shape):
    """A topic of an ntfy server; mostly its address is enough."""

    url: Address
    token: Token | None = None
    """Sent as Authorization: Bearer."""
    priority: int = Field(default=4, ge=1, le=5)
    """Of what is wrong; what is over has 3 at most."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        return {"url": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        schema = handler.resolve_ref_schema(handler(core_schema))
        return {"anyOf": [{"type": "string", "description": "The address of the topic."}, schema]}


class ReceiverShape(Shape):
    """Somebody who is told, by exactly one of webhook, command, email and ntfy."""

    id: Id
    webhook: WebhookShape | None = None
    command: CommandShape | None = None
    email: EmailShape | None = None
    ntfy: NtfyShape | None = None
    on: list[Literal[WORDS]] = Field(default=list(USUAL), min_length=1)  # type: ignore[valid-type]  # pydantic takes a tuple, mypy wants the words
    """Of what; without it of all that somebody should look at."""
    sources: list[Id] = []
    """Of sources only these."""
    tags: list[Line] = []
    """Of sources only those with one of these tags."""
    every: Every = timedelta(hours=1)
    """The least time between two messages; what comes meanwhile is told in one."""
