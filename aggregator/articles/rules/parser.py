"""Rule text -> Rule, by recursive descent. ::

rule      = all ("or" all)*
all       = one ("and" one)*
one       = "not" one | "(" rule ")" | condition
condition = FIELD
          | FIELD ("=" | "!=" | "<" | "<=" | ">" | ">=") VALUE
          | FIELD ("~" | "!~") (STRING | REGEX)
          | FIELD ["not"] "in" "[" VALUE ("," VALUE)* "]"
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal

from aggregator.articles.rules.fields import FIELDS, SYNONYMS, Facts
from aggregator.articles.rules.lexer import INSTEAD, RuleError, Token, lex
from aggregator.articles.rules.regex import MAX_PROGRAM, WrongPattern, searcher
from aggregator.articles.rules.rule import Node, Rule, joined, negated
from aggregator.articles.rules.values import COMPARE, NEGATED, Span, nonempty, read
from aggregator.model.terms import fold

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

MAX_DEPTH = 50
"""Parentheses and nots inside one another; keeps parser and rule far below Python's recursion limit."""

MAX_REGEXES = 32
"""In one rule; each may take 8 MiB for its automaton."""

_JOINS = ("and", "or", "not", "in")


def compile_rule(text: str, *, program: int = MAX_PROGRAM) -> Rule:
    """The rule that ``text`` says; ``program`` is the most instructions each of its regular expressions may have.

    Raises RuleError with the place and what was expected there.
    """
    return _Parser(text, program).rule()


class _Parser:
    def __init__(self, text: str, program: int) -> None:
        self.text = text
        self.program = program
        self.tokens = lex(text)
        self.place = 0
        self.depth = 0
        self.regexes = 0
        self.ages: list[timedelta] = []

    # Moving through the tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.place]

    def next(self) -> Token:
        token = self.token
        self.place = min(self.place + 1, len(self.tokens) - 1)
        return token

    def took(self, text: str) -> bool:
        """Whether this sign or word comes next; if so it is taken."""
        found = self.token.word == text or (self.token.kind == "sign" and self.token.text == text)
        if found:
            self.next()
        return found

    def since(self, start: int) -> str:
        """The rule's text from an offset to the last token taken."""
        return self.text[start : self.tokens[self.place - 1].end]

    # The grammar, one method per line of it

    def rule(self) -> Rule:
        if self.token.kind == "end":
            raise RuleError("the rule is empty; expected a condition such as title ~ /release/i", 0)
        root = self.either()
        if self.token.kind != "end":
            raise RuleError(f"expected and, or, or the end of the rule, found {self.token}", self.token.start)
        return Rule(self.text, root, tuple(self.ages))

    def either(self) -> Node:
        return self.sequence("or", self.all)

    def all(self) -> Node:
        return self.sequence("and", self.one)

    def sequence(self, join: Literal["and", "or"], part: Callable[[], Node]) -> Node:
        start = self.token.start
        parts = [part()]
        while self.took(join):
            parts.append(part())
        return parts[0] if len(parts) == 1 else joined(self.since(start), join, parts)

    def one(self) -> Node:
        opening = self.token
        if self.took("not"):
            self.deeper(opening)
            node = self.one()
            node = negated(self.since(opening.start), node)
        elif self.took("("):
            self.deeper(opening)
            node = self.either()
            if not self.took(")"):
                raise RuleError(
                    f"expected and, or, or ) for the ( at character {opening.start + 1}, found {self.token}",
                    self.token.start,
                )
        else:
            return self.condition()
        self.depth -= 1
        return node

    def deeper(self, opening: Token) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise RuleError(
                f"the rule is nested too deeply: more than {MAX_DEPTH} levels of parentheses and nots", opening.start
            )

    def condition(self) -> Node:
        start = self.token.start
        name = self.field()
        operator = self.operator(name)
        test = self.test(name, NEGATED.get(operator, operator))
        if operator in NEGATED:
            return Node(self.since(start), lambda facts: not test(facts), field=name)
        return Node(self.since(start), test, field=name)

    def field(self) -> str:
        token = self.next()
        if token.word in FIELDS:
            return token.word
        if token.kind != "word" or token.word in _JOINS:
            raise RuleError(f"expected a field, such as title or tag, found {token}", token.start)
        near = SYNONYMS.get(token.word) or next(iter(get_close_matches(token.word, FIELDS, 1)), None)
        hint = f"did you mean {near}?" if near else "the fields are " + ", ".join(FIELDS)
        if self.token.kind == "end" and not near:
            hint = f'for articles that speak of it write title ~ "{token.text}"; {hint}'
        raise RuleError(f"there is no field {token}; {hint}", token.start)

    def operator(self, name: str) -> str:
        """The operator that follows; "" where the field stands alone."""
        kind = FIELDS[name].kind
        token = self.token
        if kind.bare and (token.kind == "end" or token.text == ")" or token.word in ("and", "or")):
            return ""
        operator = self.next().text.lower()
        if operator == "not":
            if not self.took("in"):
                raise RuleError(
                    f"expected in after not, found {self.token}; else write not before {name}", self.token.start
                )
            operator = "not in"
        if operator in kind.operators:
            return operator
        allowed = f"{name} is {kind.name}: expected one of {', '.join(kind.operators)} after it, found {token}"
        near = INSTEAD.get(token.word)
        raise RuleError(f"{allowed}; did you mean {near}?" if near in kind.operators else allowed, token.start)

    def test(self, name: str, operator: str) -> Callable[[Facts], bool]:
        """A function that tells whether any value of the field is as this positive operator and what follows say."""
        if operator == "":
            return lambda facts: any(facts.values(name))
        if operator == "~":
            return self.match(name)
        if operator == "in":
            compares = [COMPARE["="](span) for span in self.list(name)]
            return lambda facts: any(compare(value) for value in facts.comparable(name) for compare in compares)
        compare = COMPARE[operator](self.value(name))
        return lambda facts: any(map(compare, facts.comparable(name)))

    def match(self, name: str) -> Callable[[Facts], bool]:
        token = self.next()
        if token.kind == "string":
            needle = fold(nonempty(token, name))
            return lambda facts: any(needle in value for value in facts.comparable(name))
        if token.kind != "regex":
            raise RuleError(f'expected /a regular expression/ or "text" after ~, found {token}', token.start)
        self.regexes += 1
        if self.regexes > MAX_REGEXES:
            raise RuleError(f"more than {MAX_REGEXES} regular expressions in one rule; join them with |", token.start)
        pattern, flags = token.text[1:].rsplit("/", 1)
        try:
            search = searcher(pattern, flags, self.program)
        except WrongPattern as error:
            raise RuleError(str(error), token.start + error.offset) from None
        return lambda facts: any(map(search, facts.encoded(name)))

    def value(self, name: str) -> Span:
        span = read(self.next(), name, FIELDS[name].kind)
        if name == "age":
            self.ages.append(span.first)
        return span

    def list(self, name: str) -> list[Span]:
        kind = FIELDS[name].kind
        if not self.took("["):
            raise RuleError(f"expected a list such as [{kind.example}] after in, found {self.token}", self.token.start)
        spans = [self.value(name)]
        while self.took(","):
            spans.append(self.value(name))
        if not self.took("]"):
            raise RuleError(f"expected , or ] in the list, found {self.token}", self.token.start)
        return spans
