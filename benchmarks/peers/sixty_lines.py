"""The planet anyone would write in an evening: httpx, feedparser with its defaults, sqlite3, feedgen.

python sixty_lines.py FOLDER [--publish-only].  FOLDER/urls: one address a line. Writes planet.db, atom.xml, rss.xml
"""

import asyncio
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import httpx
from feedgen.feed import FeedGenerator

SCHEMA = """
CREATE TABLE IF NOT EXISTS feeds (url TEXT PRIMARY KEY, etag TEXT, modified TEXT);
CREATE TABLE IF NOT EXISTS entries (feed TEXT, id TEXT, title TEXT, link TEXT, author TEXT, date TEXT, html TEXT,
    PRIMARY KEY (feed, id));
CREATE INDEX IF NOT EXISTS newest ON entries (date DESC);
"""
SAVE = """INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (feed, id) DO UPDATE SET
    title = excluded.title, link = excluded.link, author = excluded.author, html = excluded.html"""


async def poll(client, db, limit, url):
    etag, modified = db.execute("SELECT etag, modified FROM feeds WHERE url = ?", (url,)).fetchone() or ("", "")
    headers = {"If-None-Match": etag, "If-Modified-Since": modified}
    async with limit:
        try:
            answer = await client.get(url, headers={name: value for name, value in headers.items() if value})
            if answer.status_code == 304:
                return
            answer.raise_for_status()
        except httpx.HTTPError as error:
            print(f"{url}: {error}", file=sys.stderr)
            return
    for entry in feedparser.parse(answer.content, response_headers={**answer.headers, "content-location": url}).entries:
        html = entry.content[0].value if "content" in entry else entry.get("summary", "")
        when = entry.get("published_parsed") or entry.get("updated_parsed")
        date = datetime(*when[:6], tzinfo=UTC) if when else datetime.now(UTC)
        key, link, title = entry.get("id") or entry.get("link"), entry.get("link"), entry.get("title", "Untitled")
        db.execute(SAVE, (url, key, title, link, entry.get("author", ""), date.isoformat(), html))
    tags = (url, answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", ""))
    db.execute("INSERT OR REPLACE INTO feeds VALUES (?, ?, ?)", tags)
    db.commit()


async def poll_all(db, urls):
    limit = asyncio.Semaphore(20)
    async with httpx.AsyncClient(follow_redirects=True, timeout=30) as client:
        await asyncio.gather(*(poll(client, db, limit, url) for url in urls))


def publish(db, folder):
    planet = FeedGenerator()
    planet.id("tag:example.org,2026:planet"), planet.title("Planet"), planet.description("Planet")
    planet.link(href="http://127.0.0.1:8080/", rel="alternate")
    for key, title, link, author, date, html in db.execute(
        "SELECT id, title, link, author, date, html FROM entries WHERE date <= ? ORDER BY date DESC LIMIT 100",
        (datetime.now(UTC).isoformat(),),
    ):
        entry = planet.add_entry(order="append")
        entry.id(key), entry.title(title), entry.link(href=link or key), entry.author(name=author or "Unknown")
        entry.published(date), entry.updated(date), entry.content(html, type="html")
    planet.atom_file(str(folder / "atom.xml")), planet.rss_file(str(folder / "rss.xml"))


if __name__ == "__main__":
    here = Path(sys.argv[1])
    database = sqlite3.connect(here / "planet.db")
    database.executescript(SCHEMA)
    if "--publish-only" not in sys.argv:
        asyncio.run(poll_all(database, (here / "urls").read_text().split()))
    publish(database, here)
