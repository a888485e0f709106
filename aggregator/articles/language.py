"""Languages by BCP 47."""

from __future__ import annotations

import re

from aggregator.articles.markup import words

_ISO_639_1 = words(
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en"
    " eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu iw ja"
    " ji jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na"
    " nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so"
    " sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
    " in"
)
"""Feeds write country codes (``jp``, ``cz``, ``dk``) for languages; those are not among them."""
_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(?P<extended>(?:-[a-z]{3}){0,3})(?:-(?P<script>[a-z]{4}))?"
    r"(?:-(?P<region>[a-z]{2}|[0-9]{3}))?(?P<rest>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    r"(?:-[a-wy-z0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?)",
    re.ASCII,
)


def language_tag(claimed: str | None) -> str | None:
    """The language as BCP 47 (RFC 5646 2.1) has it, in its usual case, ``en_us`` mended; ``None`` if it is none."""
    if claimed is None or len(claimed) > 60:
        return None
    match = _TAG.fullmatch(claimed.strip().replace("_", "-").lower())
    if match is None or (len(match["language"]) == 2 and match["language"] not in _ISO_639_1):
        return None
    script = f"-{match['script'].title()}" if match["script"] else ""
    region = f"-{match['region'].upper()}" if match["region"] else ""
    return match["language"] + match["extended"] + script + region + match["rest"]
