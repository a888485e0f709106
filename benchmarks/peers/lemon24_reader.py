"""lemon24/reader as its documentation has it: add the feeds, update them; feedgen where it must publish.

python lemon24_reader.py FOLDER [--publish-only].  FOLDER/urls: one address a line. Writes reader.db, atom.xml, rss.xml
"""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from feedgen.feed import FeedGenerator
from reader import Reader, make_reader


def update(reader: Reader, urls: list[str]) -> None:
    """Polls every feed now (``scheduled=False``: else reader waits an hour between two looks), ten threads."""
    for url in urls:
        reader.add_feed(url, exist_ok=True)
    reader.update_feeds(scheduled=False, workers=10)


def publish(reader: Reader, folder: Path) -> None:
    """reader publishes no feeds: this is what its user would add."""
    planet = FeedGenerator()
    planet.id("tag:example.org,2026:planet")
    planet.title("Planet")
    planet.description("Planet")
    planet.link(href="http://127.0.0.1:8080/", rel="alternate")
    for each in reader.get_entries(limit=100):
        entry = planet.add_entry(order="append")
        when = each.published or each.updated or datetime.now(UTC)
        content = each.get_content(prefer_summary=False)
        entry.id(each.id)
        entry.title(each.title or "Untitled")
        entry.link(href=each.link or each.id)
        entry.author(name=each.authors_str or "Unknown")
        entry.published(when)
        entry.updated(each.updated or when)
        entry.content(content.value if content else "", type="html")
    planet.atom_file(str(folder / "atom.xml"))
    planet.rss_file(str(folder / "rss.xml"))


if __name__ == "__main__":
    here = Path(sys.argv[1])
    with closing(make_reader(str(here / "reader.db"))) as reader:
        if "--publish-only" in sys.argv:
            publish(reader, here)
        else:
            update(reader, (here / "urls").read_text().split())
