"""Actions as written -> actions ready to be done; every mistake with the place where it is."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aggregator.articles.language import language_tag
from aggregator.articles.rewrite import actions, selectors
from aggregator.articles.rewrite.templates import template
from aggregator.articles.rules.parser import compile_rule
from aggregator.articles.rules.regex import WrongPattern, expression, literal
from aggregator.errors import Misspelt
from aggregator.model.terms import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aggregator.articles.rewrite.actions import Change
    from aggregator.articles.rules.rule import Rule
    from aggregator.model import Rewrite

    Given = str | tuple[str, ...] | None

_DOLLAR = re.compile(r"\$([1-9])(?![0-9.,])")
_LITERAL = re.compile(r"/((?:[^/\\\n]|\\[^\n])+)/([A-Za-z]*)")


@dataclass(frozen=True, slots=True)
class Action:
    """One action, ready to be done. Two are equal if they are written alike."""

    text: str
    """As it is told to people, and counted under."""
    changes: tuple[Change, ...] = field(repr=False, compare=False)
    when: Rule | None = None
    selects: bool = False
    """Whether it looks at markup."""


def compile_action(given: Rewrite) -> Action:
    """The action that is written. Raises Misspelt with the place of what is wrong in it."""
    with _within("when"):
        when = compile_rule(given.when) if given.when is not None else None
    return Action(in_words(given), tuple(_CHANGES[given.action](given)), when, given.selects)


def in_words(given: Rewrite) -> str:
    """``replace title: /a/ with b, when tag = "x"``: on one line."""
    what = ", ".join(_pair(given.action, name, value) for name, value in given.what)
    by = f" with {given.by!r}" if given.by is not None else ""
    when = f", when {given.when}" if given.when is not None else ""
    return f"{given.action} {what}{by}{when}"


def _pair(action: str, name: str, value: Given) -> str:
    said = "nothing" if value is None else value if isinstance(value, str) else ", ".join(value)
    return said if action in _UNNAMED else f"{name}: {said}"


_UNNAMED = frozenset({"add_tag", "drop_tag", "css_remove", "css_select"})


@contextmanager
def _within(*path: int | str) -> Iterator[None]:
    """Says of a mistake where in the action it is."""
    try:
        yield
    except Misspelt as error:
        error.within = (*path, *error.within)
        raise


def _set(given: Rewrite) -> Iterator[Change]:
    for name, value in given.what:
        with _within("set", name):
            match name:
                case "tags":
                    yield actions.set_tags(_texts(value))
                case "language":
                    yield actions.set_language(_language(value))
                case "author":
                    yield actions.set_authors(_each(value, template))
                case _:
                    yield actions.set_text(name, template(str(value)) if value is not None else None)


def _language(value: Given) -> str | None:
    if value is None:
        return None
    language = language_tag(str(value))
    if language is None:
        raise Misspelt(f"{value} is no language; write such as en, pt-BR or zh-Hans", 0)
    return language


def _replace(given: Rewrite) -> Iterator[Change]:
    for name, value in given.what:
        with _within("replace", name):
            pattern = _pattern(str(value))
        with _within("with"):
            by = template(given.by or "", pattern.groups)
            _check_groups(given.by or "", by.groups, pattern.groups)
        yield actions.substitute(name, pattern, by)


def _check_groups(text: str, used: bool, groups: int) -> None:
    """``$1`` is what other programs call a group."""
    found = _DOLLAR.search(text)
    if found is not None and not used and int(found[1]) <= groups:
        right = f"write \\{found[1]} for a group of the expression, not ${found[1]}"
        raise Misspelt(f"{right}; where {found[0]} is meant as it stands, write the group as (?:...)", found.start())


def _remove(given: Rewrite) -> Iterator[Change]:
    for name, value in given.what:
        with _within("remove", name):
            yield actions.substitute(name, _pattern(str(value)), None)


def _put(given: Rewrite) -> Iterator[Change]:
    put = actions.prepend if given.action == "prepend" else actions.append
    for name, value in given.what:
        with _within(given.action, name):
            yield put(name, template(str(value)))


def _add_tag(given: Rewrite) -> Iterator[Change]:
    for _, value in given.what:
        yield actions.add_tag(_texts(value))


def _drop_tag(given: Rewrite) -> Iterator[Change]:
    for _, value in given.what:
        with _within("drop_tag"):
            patterns = _each(value, lambda text: _pattern(text) if text.startswith("/") else None)
        names = frozenset(fold(each) for each in _texts(value) if not each.startswith("/"))
        yield actions.drop_tag(names, [each for each in patterns if each is not None])


def _map_tag(given: Rewrite) -> Iterator[Change]:
    yield actions.map_tag({fold(name): str(value) for name, value in given.what})


def _css(given: Rewrite) -> Iterator[Change]:
    cut = actions.css_remove if given.action == "css_remove" else actions.css_select
    for _, value in given.what:
        try:
            selectors.check(str(value))
        except ValueError as error:
            raise Misspelt(str(error), 0, (given.action,)) from None
        yield cut(str(value))


def _texts(value: Given) -> tuple[str, ...]:
    return () if value is None else (value,) if isinstance(value, str) else value


def _each(value: Given, read: Callable[[str], Any]) -> list[Any]:
    """Each text read, a mistake told with its place in the list, if it is one."""
    if not isinstance(value, tuple):
        return [read(each) for each in _texts(value)]
    found = []
    for place, each in enumerate(value):
        with _within(place):
            found.append(read(each))
    return found


def _pattern(text: str) -> Any:
    """``/expression/flags`` as in rules, or a text that is meant as it stands, whatever its case."""
    if not text.startswith("/"):
        return literal(text)
    found = _LITERAL.fullmatch(text)
    if found is None:
        advice = "this regular expression has no closing /, or is empty (write / inside it as \\/)"
        raise Misspelt(advice, 0)
    try:
        return expression(found[1], found[2])
    except WrongPattern as error:
        raise Misspelt(str(error), error.offset) from None


_CHANGES: dict[str, Callable[[Rewrite], Iterator[Change]]] = {
    "set": _set,
    "replace": _replace,
    "remove": _remove,
    "prepend": _put,
    "append": _put,
    "add_tag": _add_tag,
    "drop_tag": _drop_tag,
    "map_tag": _map_tag,
    "css_remove": _css,
    "css_select": _css,
}
