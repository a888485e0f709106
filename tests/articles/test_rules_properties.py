"""What holds of every rule, whatever is written in it and whatever it meets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.articles import rules
from aggregator.articles.rules import FIELDS, Rule, RuleError, apply_rules
from aggregator.model import Article, Category, Person

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ARTICLE = Article(
    key="0" * 32,
    id="tag:example.org,2026:1",
    source="example",
    raw_hash=b"",
    fingerprint=b"",
    title="Release",
    url="https://example.org/",
    content_html="<p>Words here</p>",
    tags=(Category(term="python"),),
    published=NOW - timedelta(days=2),
    first_seen=NOW,
    sort_at=NOW,
)

TRUE = ['title = "release"', 'tag~"py"', "age >= 2d", "words in [1, 2]", "title ~ /e.*e/", "date = 2026-11-18", "url"]
FALSE = ['title = "x"', "has_image", "updated < 2026-01-01", "words > 2", "title !~ /e/i", 'tag not in ["python"]']

SIGNS = [
    "=",
    "!=",
    "~",
    "!~",
    "<",
    "<=",
    ">",
    ">=",
    "(",
    ")",
    "[",
    "]",
    ",",
    "'",
    '"',
    "/",
    "\\",
    "-",
    "!",
    "é",
    "\ud800",
]
PIECES = [*FIELDS, *SIGNS, "and", "or", "not", "in", "true"]
PIECES += [
    '"x"',
    "'y'",
    "/a+/i",
    "/(/",
    "/x/q",
    "5",
    "2.5",
    "7d",
    "9w",
    "2026-11-01",
    "2026-11-01T00:00:00Z",
    "9999-12-31",
]


def compiled(text: str) -> Rule | RuleError:
    """What becomes of a text; anything but RuleError fails the test."""
    try:
        return rules.compile(text)
    except RuleError as error:
        return error


def check(text: str) -> None:
    """What holds of every text."""
    rule = compiled(text)
    if isinstance(rule, RuleError):
        assert 0 <= rule.offset <= len(text)
        assert rule.message.isprintable()
    else:
        matched = rule.matches(ARTICLE, NOW)
        assert rules.compile(str(rule)).matches(ARTICLE, NOW) is matched
        assert rule.explain(ARTICLE, NOW).startswith("matched because " if matched else "did not match because ")


@given(st.text())
def test_any_text_compiles_or_is_refused(text: str) -> None:
    check(text)


@settings(max_examples=500)
@given(st.lists(st.sampled_from(PIECES), max_size=12), st.sampled_from([" ", "", "\n"]))
def test_any_pieces_compile_or_are_refused(pieces: list[str], space: str) -> None:
    check(space.join(pieces))


@settings(max_examples=500)
@given(st.text(alphabet=st.sampled_from("()[]{}|*+?.\\^$-,:<>=!Ppdwszx019aé\n"), min_size=1))
def test_any_expression_compiles_or_is_refused(pattern: str) -> None:
    check(f"title ~ /{pattern}/i")


@given(
    st.recursive(
        st.sampled_from([(text, "True") for text in TRUE] + [(text, "False") for text in FALSE]),
        lambda inner: st.one_of(
            inner.map(lambda one: (f"not {one[0]}", f"not {one[1]}")),
            inner.map(lambda one: (f"({one[0]})", f"({one[1]})")),
            st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
                lambda three: (
                    f"{three[0][0]} {three[1].upper()} {three[2][0]}",
                    f"{three[0][1]} {three[1]} {three[2][1]}",
                )
            ),
        ),
        max_leaves=12,
    )
)
def test_joined_conditions_mean_what_they_mean_in_python(rule_and_truth: tuple[str, str]) -> None:
    text, truth = rule_and_truth
    rule = rules.compile(text)
    expected = eval(truth)
    assert rule.matches(ARTICLE, NOW) is expected
    assert rules.compile(str(rule)).matches(ARTICLE, NOW) is expected
    (kept,) = apply_rules([ARTICLE], rule, None, NOW)
    (dropped,) = apply_rules([ARTICLE], None, rule, NOW)
    assert ((kept.left_out is None), (dropped.left_out is not None)) == (expected, expected)


@given(st.sampled_from([*TRUE, *FALSE]), st.sampled_from([*TRUE, *FALSE]), st.sampled_from(["and", "or"]))
def test_the_conditions_that_decided_are_enough_to_decide(left: str, right: str, join: str) -> None:
    matched = rules.compile(f"{left} {join} {right}").matches(ARTICLE, NOW)
    (dropped,) = apply_rules([ARTICLE], None, rules.compile(f"not ({left} {join} {right})"), NOW)
    named = [text for text in (left, right) if dropped.left_out and text in dropped.left_out.split("matched: ")[1]]
    assert bool(named) is not matched
    assert not any(rules.compile(text).matches(ARTICLE, NOW) for text in named)


@given(
    st.text(min_size=1),
    st.one_of(st.none(), st.text(min_size=1)),
    st.lists(st.text(min_size=1), max_size=3),
    st.datetimes(timezones=st.just(UTC)),
)
def test_a_rule_can_be_asked_of_any_article(title: str, other: str | None, names: list[str], when: datetime) -> None:
    article = Article(
        key="0" * 32,
        id=title,
        source="example",
        raw_hash=b"",
        fingerprint=b"",
        title=title,
        url=other,
        summary=other,
        rights=other,
        language=other,
        authors=tuple(Person(name=each) for each in names),
        tags=tuple(Category(term=each) for each in names),
        published=when,
        first_seen=when,
        sort_at=when,
    )
    for name, each in FIELDS.items():
        for operator in each.kind.operators:
            value = f"[{each.kind.example}]" if operator.endswith("in") else each.kind.example
            rule = rules.compile(f"{name} {operator} {value}")
            assert rule.explain(article, NOW).isprintable()
            assert rule.matches(article, NOW) is not rules.compile(f"not {rule}").matches(article, NOW)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+$",
        r"(a|aa)+$",
        r"^(a|a?)+$",
        r"(.*a){20}$",
        r"^(([a-z])+.)+[A-Z]([a-z])+$",
        r"(x+x+)+y",
        r"a*a*a*a*a*a*b",
    ],
)
def test_an_expression_that_would_backtrack_for_ever_finishes(pattern: str) -> None:
    hostile = Article(
        key="0" * 32,
        id="1",
        source="s",
        raw_hash=b"",
        fingerprint=b"",
        title="a" * 50_000 + "!",
        first_seen=NOW,
        sort_at=NOW,
    )
    assert not rules.compile(f"title ~ /{pattern}/").matches(hostile, NOW)


def test_rules_that_look_hard_to_read_finish() -> None:
    for text in (
        '"' * 4095,
        "\\" * 4096,
        "/" * 4096,
        '"\\' * 2048,
        "(" * 4096,
        "not " * 1024,
        "title " * 682,
        "x" * 4096,
    ):
        assert isinstance(compiled(text), RuleError)
