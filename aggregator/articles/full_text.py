"""Whether what was found on a page is the article that a feed tells of, and says more than the feed does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aggregator.articles.clean import text_of_clean
from aggregator.articles.content import content_of
from aggregator.articles.text import excerpt
from aggregator.model import PageText, ParsedEntry, Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.model import Article

RECIPE = "1"
"""Another one where the same page gives another text than before; what was read is not read anew for it."""
_LEAST = 25
"""Words of a text that is more than a caption."""
_SHORT = 160
"""Words up to which a text may be a wall with a few sentences of the article above it."""
_SHARED = 0.3
"""Of the feed's words that are on the page of the same article at least; a teaser shares nearly all of them."""
_ENOUGH = 8
"""Different words of a feed by which its article can be known."""
_WALL = re.compile(
    r"\b(?:enable (?:javascript|cookies)|(?:turn|switch) on javascript|javascript is (?:disabled|required)"
    r"|accept (?:all )?(?:our )?cookies|we (?:and our partners )?(?:use|value your privacy)[^.]{0,40}\bcookies"
    r"|(?:log|sign) in (?:to|or) (?:continue|read|subscribe|register|create)|create (?:a|your) (?:free )?account"
    r"|subscribe (?:now )?to (?:continue|read|keep reading|unlock)|already a subscriber|for subscribers only"
    r"|this (?:article|content|story) is (?:reserved|only|exclusively)|continue reading with|unlock this article"
    r"|are you (?:a robot|human)|verify (?:that )?you are (?:a )?human|unusual traffic"
    r"|access (?:to this page has been )?denied|checking your browser|just a moment"
    r"|cookies akzeptieren|jetzt (?:abonnieren|anmelden)|weiterlesen mit|bitte melden sie sich an"
    r"|r[eé]serv[eé] aux abonn[eé]s|accepter les cookies|connectez-vous pour|inicia sesi[oó]n para|suscr[ií]bete para)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]|[^\W\d_]{3,}")
"""Letters of scripts that put no space between words, and words of three letters."""


def full_text(html: str, base: str, article: Article) -> PageText | str:
    """The text of a page, clean, where it can be shown in place of the feed's; else why it cannot, in words.

    ``html`` is what was found on the page at ``base``, ``article`` as its feed says it. In doubt the feed is believed.
    """
    entry = ParsedEntry(raw_hash=b"", contents=(Text(value=html, type="text/html"),))
    found = content_of(entry, lambda _text: base)
    if found.html is None or found.words < _LEAST:
        return f"only {found.words} words were found on the page"
    if found.words <= article.words:
        return f"the page says no more than the feed ({found.words} words, and {article.words})"
    text = text_of_clean(found.html)
    if found.words <= _SHORT and (wall := _WALL.search(text)) is not None:
        return f'the page is a wall before the article ("{wall[0][:60]}")'
    own = text_of_clean(article.content_html or "") or article.summary or ""
    if not _is_same(own, article.title, text):
        return "the page says something else than the feed"
    summary = excerpt(own) if own else found.summary
    return PageText(html=found.html, words=found.words, summary=summary, image=found.image)


def _is_same(own: str, title: str, text: str) -> bool:
    said = _words(own) | _words(title)
    if len(said) < _ENOUGH:  # too few to tell
        return True
    return len(said & _words(text)) >= _SHARED * len(said)


def _words(text: str) -> set[str]:
    found: Iterable[str] = _WORD.findall(text.casefold())
    return set(found)
