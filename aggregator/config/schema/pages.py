"""full_text and scrape: what is read on pages."""

from __future__ import annotations

from typing import Any

from pydantic import model_validator

from aggregator.config.schema.values import Selector, Shape
from aggregator.config.units import kind


class FullTextShape(Shape):
    """Whether articles have the text of their pages; mostly true is enough."""

    select: Selector | None = None
    """CSS selector of what holds the text; without it the text is told from what surrounds it."""
    remove: Selector | None = None
    """CSS selector of what is taken out before."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        if value is True:
            return {}
        if isinstance(value, dict):
            return value
        raise ValueError(f"must be true, false, or a mapping of select and remove, not {kind(value)}; correct it")

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        schema = handler.resolve_ref_schema(handler(core_schema))
        return {"anyOf": [{"type": "boolean", "description": "The text is told from what surrounds it."}, schema]}


class ScrapeShape(Shape):
    """Where the entries are, if url is a page and no feed: CSS selectors, those but items within an entry."""

    items: Selector
    """Each match is an entry."""
    link: Selector | None = None
    """Its link; without it the first one."""
    title: Selector | None = None
    """Without it the first heading, else the words of the link."""
    date: Selector | None = None
    """Without it the first time element."""
    summary: Selector | None = None
    image: Selector | None = None
    """Without it the first picture."""
    author: Selector | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_mapping(cls, value: object) -> object:
        if isinstance(value, dict):
            return value
        raise ValueError(f"must be a mapping such as {{items: .news-item}}, not {kind(value)}; correct it")
