"""outputs and automatic: what is published."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from aggregator.config.schema.values import Format, Line, OutputId, Rule, Shape, Token


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
