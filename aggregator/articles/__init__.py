"""ParsedFeed -> Article: who an entry is, what is kept of it, and whether anyone wants it. Pure.

::

    identify (identity.py)  ->  normalise (normalise.py)  ->  apply_rules (rules/)

    content.py      the body and its summary         clean.py      HTML made safe: the only door to nh3
    people.py       authors, never none              html.py       HTML mended: a door to selectolax
    language.py     BCP 47                           markup.py     HTML as a string of tags
    compare.py      the fingerprint of the meaning   text.py       plain text out of anything
    urls.py         absolute, canonical              nesting.py    HTML that reads as it is written
    characters.py   what XML can carry               replaced.py   is it still the feed it was?
"""

from aggregator.articles.compare import fingerprint
from aggregator.articles.identity import Identified, identify, minted_id, published_id
from aggregator.articles.normalise import normalise, normalise_info
from aggregator.articles.replaced import in_words, is_replaced
from aggregator.articles.rules import FIELDS, Rule, RuleError, apply_rules, select
from aggregator.articles.rules.parser import compile_rule

__all__ = [
    "FIELDS",
    "Identified",
    "Rule",
    "RuleError",
    "apply_rules",
    "compile_rule",
    "fingerprint",
    "identify",
    "in_words",
    "is_replaced",
    "minted_id",
    "normalise",
    "normalise_info",
    "published_id",
    "select",
]
