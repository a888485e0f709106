"""The main text of a page that was saved with everything around it; the only door to trafilatura.

trafilatura is under the Apache licence since 1.8 (it was under the GPL before) and is imported only when such a page is
met: it takes 0.13 to 0.27 s and 19 MiB, which most folders, and all feeds, never need.
"""

from __future__ import annotations

import re

LARGEST = 2_000_000
"""Characters; a page of a newspaper has 100,000 to 500,000."""
_CODE = re.compile(r"<pre>\s*<pre>(.*?)</pre>\s*</pre>", re.DOTALL)
_BODY = re.compile(r"<body>(.*)</body>", re.DOTALL)
_NO_DATES = {"original_date": True, "extensive_search": False, "max_date": "9999-12-31"}
"""Given so that trafilatura does not ask the clock for a latest date; no date is taken from it."""


def main_text(page: str) -> str | None:
    """The main text as HTML with its links, pictures, lists and tables; ``None`` where there is none to be found.

    Raises whatever trafilatura raises for a page it cannot take; it is called for the text alone, so that it asks
    neither clock nor network.
    """
    if len(page) > LARGEST:
        return None
    import trafilatura

    found = trafilatura.extract(
        page,
        output_format="html",
        include_comments=False,
        include_formatting=True,
        include_images=True,
        include_links=True,
        include_tables=True,
        date_extraction_params=dict(_NO_DATES),
    )
    body = _BODY.search(found or "")
    return _CODE.sub(r"<pre><code>\1</code></pre>", body[1]).strip() or None if body is not None else None
