"""ParsedFeed -> Article: who an entry is, what is kept of it, and whether anyone wants it. Pure.

::

    identify (identity.py)  ->  normalise (normalise.py)  ->  rule (ruling.py: rewrite/, then rules/)

    content.py      the body and its summary         clean.py      HTML made safe: the only door to nh3
    people.py       authors, never none              html.py       HTML mended: a door to selectolax
    language.py     BCP 47                           markup.py     HTML as a string of tags
    compare.py      the fingerprint of the meaning   text.py       plain text out of anything
    furniture.py    counters, advertisements, footers
    full_text.py    whether what a page says is the article
    urls.py         absolute, canonical              nesting.py    HTML that reads as it is written
    rights.py       whose host is whose
    characters.py   what XML can carry               replaced.py   is it still the feed it was?
"""

from aggregator.articles.compare import fingerprint, is_noise, media, page_hash, title_meaning
from aggregator.articles.full_text import RECIPE, full_text
from aggregator.articles.furniture import lines_of
from aggregator.articles.identity import (
    Identified,
    identify,
    identity_by,
    key_by_id,
    minted_id,
    narrower_keys,
    published_id,
)
from aggregator.articles.normalise import normalise, normalise_info
from aggregator.articles.replaced import in_words, is_replaced
from aggregator.articles.rewrite import compile_action
from aggregator.articles.rights import Rights
from aggregator.articles.rules import FIELDS, Rule, RuleError, apply_rules, select
from aggregator.articles.rules.parser import compile_rule
from aggregator.articles.ruling import Ruled, RuleName, Ruling, names_of, rule
from aggregator.articles.urls import canonical

__all__ = [
    "FIELDS",
    "RECIPE",
    "Identified",
    "Rights",
    "Rule",
    "RuleError",
    "RuleName",
    "Ruled",
    "Ruling",
    "apply_rules",
    "canonical",
    "compile_action",
    "compile_rule",
    "fingerprint",
    "full_text",
    "identify",
    "identity_by",
    "in_words",
    "is_noise",
    "is_replaced",
    "key_by_id",
    "lines_of",
    "media",
    "minted_id",
    "names_of",
    "narrower_keys",
    "normalise",
    "normalise_info",
    "page_hash",
    "published_id",
    "rule",
    "select",
    "title_meaning",
]
