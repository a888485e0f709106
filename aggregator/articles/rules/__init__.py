"""The rule language: one small boolean language over :class:`aggregator.model.Article`.

``keep``, ``drop``, output queries and ``list --query`` are all written in it; ``docs/rules.md`` is its reference. ::

    text -> lexer (tokens) -> parser (Rule: closures over Facts) -> apply (left out, selected)

    fields.py   what a rule can ask about an article: one entry per field
    values.py   what it can compare with: text, numbers, dates, durations
    regex.py    regular expressions in linear time: the only door to RE2
"""

from aggregator.articles.rules.apply import apply_rules, select
from aggregator.articles.rules.fields import FIELDS
from aggregator.articles.rules.lexer import RuleError
from aggregator.articles.rules.parser import compile_rule as compile  # noqa: A004  # named as in re.compile
from aggregator.articles.rules.rule import Rule

__all__ = ["FIELDS", "Rule", "RuleError", "apply_rules", "compile", "select"]
