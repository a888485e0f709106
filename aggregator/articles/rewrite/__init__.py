"""Rewriting: what the operator changes in the articles of a source before they are shown; ``docs/rewriting.md`` is its
reference. ::

    Rewrite (as written) -> compiled.py (Action) -> apply.py (what is shown in place of what the source said)

    actions.py    what each action does to an article
    wording.py    title, content and the rest set: cleaned, bounded, with what follows from them
    templates.py  ``{title}`` and ``\\1`` in texts
    selectors.py  CSS selectors: a door to selectolax
"""

from aggregator.articles.rewrite.apply import rewrite
from aggregator.articles.rewrite.compiled import Action, compile_action, in_words

__all__ = ["Action", "compile_action", "in_words", "rewrite"]
