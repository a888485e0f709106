"""rewrite: what is changed in the articles of a source."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from aggregator.config import texts
from aggregator.config.schema.surroundings import around
from aggregator.config.schema.values import Line, Rule, Shape, text_schema
from aggregator.model import Rewrite

LONGEST = 4000
MOST_ACTIONS = 32
"""Of one source, those of ``defaults`` among them."""


def _text(value: object) -> str:
    """A text of several lines, which may be empty: white space in it counts."""
    if not isinstance(value, str):
        advice = "put it in quotes" if isinstance(value, bool | int | float | dict) else "write one"
        raise ValueError(f"must be a text; {advice}")  # noqa: TRY004  pydantic collects ValueError
    if len(value) > LONGEST:
        raise ValueError(f"is {len(value):,} characters long; use at most {LONGEST:,}")
    if texts.UNPRINTABLE.search(value.replace("\n", " ")):
        raise ValueError("holds a character that no document may carry; remove it")
    return value


def _said(value: object) -> str:
    text = _text(value)
    if not text:
        raise ValueError("must not be empty; write a text, or remove the key")
    return text


def _list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_said), text_schema(minLength=1)]
"""White space at its ends counts."""
Template = Text
"""A text in which {title} stands for what the article says."""
Pattern = Text
"""/a regular expression/, or a text as it stands."""
Css = Annotated[str, BeforeValidator(texts.selector), text_schema(minLength=1, maxLength=500)]
"""It is checked with its action."""
Lines = Annotated[list[Line], BeforeValidator(_list)]


class SetShape(Shape):
    """Fields and what they are from now on; {title} and the like stand for what the article said. null: none."""

    title: Template | None = None
    summary: Template | None = None
    content: Template | None = None
    author: Annotated[list[Template], BeforeValidator(_list), Field(min_length=1)] | None = None
    url: Template | None = None
    tags: Lines | None = None
    language: Line | None = None

    @model_validator(mode="after")
    def _needed(self) -> Self:
        for name in ("title", "author", "url"):
            if name in self.model_fields_set and not getattr(self, name):
                raise ValueError(f"{name} must not be empty; write a text, or remove the key")
        return self


class PatternsShape(Shape):
    """Fields, and what is looked for in each: /a regular expression/ as in rules, or a text as it stands."""

    title: Pattern | None = None
    summary: Pattern | None = None
    content: Pattern | None = None
    author: Pattern | None = None
    url: Pattern | None = None


class AddedShape(Shape):
    """Fields, and what is put there; {title} and the like stand for what the article says."""

    title: Template | None = None
    summary: Template | None = None
    content: Template | None = None


class ActionShape(Shape):
    """One change to every article, or to those that a rule takes. They are done in their order."""

    set: SetShape | None = None
    """Give fields another value."""
    replace: PatternsShape | None = None
    """Put another text in place of what is found."""
    with_: Annotated[str, BeforeValidator(_text), text_schema()] | None = Field(default=None, alias="with")
    """What replace puts there; \\\\1 stands for the first group of the expression."""
    remove: PatternsShape | None = None
    """Take out what is found."""
    prepend: AddedShape | None = None
    """Put a text before what is there."""
    append: AddedShape | None = None
    """Put a text behind what is there."""
    add_tag: Lines | None = None
    """Give more tags."""
    drop_tag: Annotated[list[Line], BeforeValidator(_list)] | None = None
    """Take tags away: their names, or /regular expressions/."""
    map_tag: dict[Line, Line] | None = None
    """Tags, and what each is called here."""
    css_remove: Css | None = None
    """Take out of the content what a CSS selector takes."""
    css_select: Css | None = None
    """Keep of the content only what a CSS selector takes."""
    when: Rule | None = None
    """Only articles this rule takes, as they are by then."""

    @model_validator(mode="after")
    def _one_action(self, info: ValidationInfo) -> Self:
        given = [name for name in ACTIONS if getattr(self, name) is not None]
        if not given:
            raise ValueError(f"needs one of {', '.join(ACTIONS)}; write such as '- remove: {{title: /ad/i}}'")
        if len(given) > 1:
            raise ValueError(f"{given[0]} and {given[1]} are two actions; write each as an item of its own")
        if (given[0] == "replace") != (self.with_ is not None):
            raise ValueError("replace and with belong together; write both, or 'remove' to put nothing there")
        if isinstance(what := getattr(self, given[0]), Shape | dict) and not (
            what.model_fields_set if isinstance(what, Shape) else what
        ):
            raise ValueError(f"{given[0]} says of nothing what becomes of it; write such as '{{title: ...}}'")
        check = around(info).check_action
        if check is not None:
            check(self.value)
        return self

    @property
    def value(self) -> Rewrite:
        """As the program works with it."""
        action = next(name for name in ACTIONS if getattr(self, name) is not None)
        return Rewrite(action=action, what=tuple(_what(getattr(self, action), action)), by=self.with_, when=self.when)


ACTIONS = (
    "set", "replace", "remove", "prepend", "append", "add_tag", "drop_tag", "map_tag", "css_remove", "css_select",
)  # fmt: skip


def _what(given: Any, action: str) -> list[tuple[str, str | tuple[str, ...] | None]]:
    if isinstance(given, Shape):
        pairs = [(name, getattr(given, name)) for name in type(given).model_fields if name in given.model_fields_set]
    elif isinstance(given, dict):
        pairs = list(given.items())
    else:
        pairs = [(action, given)]
    return [(name, _plain(value)) for name, value in pairs]


def _plain(value: Any) -> str | tuple[str, ...] | None:
    if isinstance(value, list):
        return value[0] if len(value) == 1 else tuple(value)
    return value  # type: ignore[no-any-return]  # a text, or None
