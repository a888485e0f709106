"""What reading a feed costs: CPU seconds over all feeds of a corpus, on the fast road and on feedparser's.

    python benchmarks/parse.py [--corpus FOLDER] [--repeats 5] [--json FILE]

Each row reads every feed once; results are thrown away feed by feed, as the service does. The rows take turns within
a repeat, so that what else the machine does hits all of them alike, and the minimum of the repeats counts. The slow
rows (feedparser) run twice at most. "x tree" is against building lxml's tree of elements, "of feedparser" against
feedparser as it is when nobody switches anything off, on the same documents.

"Made articles" is all a cold poll does between bytes and store: decode, sniff, parse, identify, normalise (clean,
absolute, plain). feedparser with its defaults sanitises and resolves too, but decides no identity, date or language.

The other readers (fastfeedparser, feedparser-rs) are measured where they are installed. Their entries count as alike
where id, link, title, texts (whether they call them summary or content) and enclosures are what feedparser finds with
both flags off.
"""

from __future__ import annotations

import argparse
import importlib
import io
import json
import platform
import time
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import feedparser
from corpus_server import corpus
from lxml import etree

from aggregator.articles import identify, normalise
from aggregator.model import Document, ParsedFeed, Source
from aggregator.parse import fast, feed, parse
from aggregator.parse.decode import Decoded, decode
from aggregator.parse.sniff import sniff

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 23, tzinfo=UTC)
HERE = Path(__file__).resolve().parent
TREE, DEFAULTS = "lxml's tree", "feedparser, defaults"


@dataclass(frozen=True)
class Feed:
    """One document of the corpus, and its text."""

    document: Document
    decoded: Decoded
    source: Source

    @property
    def data(self) -> bytes:
        return self.document.body


def load(folder: Path) -> list[Feed]:
    """The feeds of a folder that holds ``index.json``: a list of ``{"file", "url"}``."""
    feeds = []
    for number, each in enumerate(json.loads((folder / "index.json").read_text(encoding="utf-8"))):
        document = Document(body=(folder / each["file"]).read_bytes(), url=each["url"], media_type="application/xml")
        source = Source(id=f"feed-{number}", url=each["url"])
        feeds.append(Feed(document, decode(document), source))
    return feeds


def tree(each: Feed) -> Any:
    """The tree alone, from the bytes as they came."""
    try:
        return etree.fromstring(each.data)
    except etree.XMLSyntaxError:
        return None


def through_feedparser(each: Feed, *, extras: bool) -> Any:
    stream = io.BytesIO(each.data)
    headers = {"content-type": "application/xml", "content-location": each.document.url}
    return feedparser.parse(stream, response_headers=headers, sanitize_html=extras, resolve_relative_uris=extras)


def articles(each: Feed, found: ParsedFeed) -> Any:
    return normalise(identify(found, each.source), found.info, each.source, NOW)


def on_the_fast_road(each: Feed) -> Any:
    decoded = decode(each.document)
    sniff(decoded.text)
    return fast.parse(each.document, decoded.text, decoded.utf8)


def ours(each: Feed) -> ParsedFeed:
    return parse((each.document,), each.source, NOW)


def on_feedparsers_road(each: Feed) -> ParsedFeed:
    text = decode(each.document).text
    sniff(text)
    return feed.parse(each.document, text)


ROWS: dict[str, Callable[[Feed], Any]] = {
    TREE: tree,
    "fast road": lambda each: fast.parse(each.document, each.decoded.text, each.decoded.utf8),
    "decode, sniff, fast road": on_the_fast_road,
    "parse: fast road, else feedparser": ours,
    "made articles, whichever road": lambda each: articles(each, ours(each)),
    "feedparser, both flags off": lambda each: through_feedparser(each, extras=False),
    "parse: feedparser's road alone": on_feedparsers_road,
    "made articles, feedparser's road": lambda each: articles(each, on_feedparsers_road(each)),
    DEFAULTS: lambda each: through_feedparser(each, extras=True),
}
SLOW = frozenset(list(ROWS)[5:])


def others() -> dict[str, Callable[[Feed], Any]]:
    """Other readers of feeds, where they are installed."""
    found: dict[str, Callable[[Feed], Any]] = {}
    for name in ("fastfeedparser", "feedparser_rs"):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        found[name] = lambda each, module=module: module.parse(each.data)
    return found


def _said(entry: Any) -> tuple[Any, ...]:
    """What an entry of any of these readers says, for comparing."""

    def got(value: Any, name: str) -> Any:
        return (value.get(name) if isinstance(value, dict) else getattr(value, name, None)) or ""

    plain = (got(entry, name) for name in ("id", "link", "title"))
    texts = {got(entry, "summary"), *(got(each, "value") for each in got(entry, "content"))} - {""}
    enclosures = (got(each, "href") or got(each, "url") for each in got(entry, "enclosures"))
    return (*plain, frozenset(texts), tuple(enclosures))


def alike(other: Callable[[Feed], Any], feeds: list[Feed]) -> tuple[int, int, int]:
    """How many entries feedparser finds, how many another reader does, and how many of those are alike."""
    there = found = same = 0
    for each in feeds:
        wanted = [_said(entry) for entry in through_feedparser(each, extras=False).entries]
        try:
            entries = [_said(entry) for entry in other(each).entries]
        except Exception:  # as in cost(): refusing a feed loses its entries
            entries = []
        there, found = there + len(wanted), found + len(entries)
        same += sum(one == two for one, two in zip(wanted, entries, strict=False))
    return there, found, same


def cost(row: Callable[[Feed], Any], feeds: list[Feed]) -> tuple[float, int]:
    """CPU seconds for all feeds, and how many the reader refused."""
    refused = 0
    begun = time.process_time()
    for each in feeds:
        try:
            row(each)
        except Exception:  # a peer may refuse a feed with anything: counted and shown
            refused += 1
    return time.process_time() - begun, refused


def measure(feeds: list[Feed], repeats: int) -> dict[str, dict[str, Any]]:
    rows = {**ROWS, **others()}
    times: dict[str, list[float]] = {name: [] for name in rows}
    refused: dict[str, int] = {}
    for repeat in range(repeats):
        for name, row in rows.items():
            if name in SLOW and repeat >= 2:
                continue
            spent, refused[name] = cost(row, feeds)
            times[name].append(spent)
    best = {name: min(spent) for name, spent in times.items()}
    return {
        name: {
            "cpu": best[name],
            "x_tree": best[name] / best[TREE],
            "of_feedparser": best[name] / best[DEFAULTS],
            "refused": refused[name],
        }
        for name in rows
    }


def roads(feeds: list[Feed]) -> dict[str, int]:
    """How many feeds there are, how many are well-formed, how many of those took the fast road."""
    well_formed = [each for each in feeds if tree(each) is not None]
    taken = sum(ours(each).road == fast.ROAD for each in well_formed)
    entries = sum(len(ours(each).entries) for each in feeds)
    return {"feeds": len(feeds), "well_formed": len(well_formed), "fast": taken, "entries": entries}


def main() -> None:
    words = argparse.ArgumentParser(description="What reading a feed costs.")
    words.add_argument(
        "--corpus", type=Path, help="folder of real feeds (default: AGGREGATOR_CORPUS, ../shared/corpus)"
    )
    words.add_argument("--repeats", type=int, default=5)
    words.add_argument("--json", type=Path)
    chosen = words.parse_args()
    warnings.simplefilter("ignore")

    feeds = load(corpus(chosen.corpus))
    share = roads(feeds)
    rows = measure(feeds, chosen.repeats)
    size = sum(len(each.data) for each in feeds) / 1e6
    print(f"{share['feeds']} feeds, {size:.0f} MB, {share['entries']:,} entries, Python {platform.python_version()}")
    print(f"{share['fast']} of {share['well_formed']} well-formed feeds took the fast road\n")
    print("| | CPU s | x tree | of feedparser | refused |\n|---|---:|---:|---:|---:|")
    for name, row in rows.items():
        part = f"1/{1 / row['of_feedparser']:.1f}"
        print(f"| {name} | {row['cpu']:.3f} | {row['x_tree']:.2f} | {part} | {row['refused'] or ''} |")
    for name, other in others().items():
        there, found, same = alike(other, feeds)
        print(f"\n{name}: {found:,} of {there:,} entries, {same:,} of them alike")
    if chosen.json:
        chosen.json.write_text(json.dumps({"roads": share, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
