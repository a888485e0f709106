"""A small language for what sources do over days, and what subscribers see of it.

A scenario is sentences, one on a line, under a heading that names it and the thread it comes from::

    == a site turns to https, and every guid with it (FreshRSS #5151)
    Blog has published "One" to "Five"
    an hour passes
    subscribers see new "One" to "Five"
    Blog turns every guid to https
    a day passes
    Blog posts "Six"
    a day passes
    subscribers see new "Six"

Everything else is real: the program is polled and published by its own code, over sockets, with a store on disk; only
the clock is ours. Subscribers are one reader who fetches ``feed.atom`` after each publish and remembers every id: an
entry is *new* if its id was never seen, *changed* if its ``updated`` is another than before, *withdrawn* if it is
gone and a tombstone (RFC 6721) says so, *gone* if it is not there any more though the document is not full, and *back*
if it was withdrawn or gone and is there again. ``subscribers see`` names all that was seen since the last such
sentence, and nothing may be left unsaid at the end.

``SENTENCES`` is the grammar: each sentence is a pattern and a method of ``World``.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from feedserver import FeedServer

from aggregator.articles import compile_rule
from aggregator.config import load
from aggregator.explaining import read_explanation
from aggregator.operate import board
from aggregator.pipeline import publish_if_due
from aggregator.polls import SOON, Polls
from aggregator.retention import prune_if_due
from aggregator.store import Store
from aggregator.wiring import App, open_app

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
"""A Monday."""
OURS = "tag:test.example,2026:planet"
FULL = 100
"""Entries of the first output at most; what leaves a full document was not taken back."""
ATOM = "{http://www.w3.org/2005/Atom}"
GRAVE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"

_WORDS = re.findall(
    r"\w+",
    "harbour lantern meadow copper ribbon thunder orchard saddle marble violin canyon pepper glacier walnut compass "
    "feather granite juniper kettle lagoon mirror nectar oyster pebble quarry raven sandal timber umbrella velvet "
    "willow yonder zephyr anchor basket candle dagger ember falcon garnet hammer island jigsaw kernel ladder magnet",
)


def prose(seed: str, sentences: int = 4) -> str:
    """Some sentences of plain words that belong to ``seed`` alone, always the same."""
    digest = sha256(seed.encode()).digest() * sentences
    words = [_WORDS[each % len(_WORDS)] for each in digest[: sentences * 9]]
    lines = [" ".join(words[start : start + 9]) for start in range(0, len(words), 9)]
    return " ".join(f"{line.capitalize()}." for line in lines)


@dataclass
class Post:
    """One entry at its source."""

    title: str
    guid: str | None
    link: str | None
    text: str
    date: datetime | None
    updated: datetime | None = None
    origin: Site | None = None
    """Whose it is, where another feed carries it."""
    named: bool = True
    """Whether the feed that carries it says so (``atom:source``, RSS ``<source>``)."""
    file: str = ""
    ours: bool = False
    """Whether it was taken from what this program publishes."""
    deleted: datetime | None = None
    front: str = ""
    """Lines of a local article's front matter."""


@dataclass
class Site:
    """A source and what stands in its feed, newest first."""

    name: str
    kind: str = "RSS"
    title: str = ""
    posts: list[Post] = field(default_factory=list)
    graves: list[Post] = field(default_factory=list)
    dropped: list[Post] = field(default_factory=list)
    status: int = 200
    moved_to: str | None = None
    noise: dict[str, int] = field(default_factory=dict)
    settings: str = ""
    subscribed: bool = True
    guids: str = "tag"
    """``tag``, ``link`` or ``none``."""
    dates: bool = True
    alias: str | None = None
    """Whose host it is on, where that is not its own."""
    ours: bool = False
    """Whether it is this program's own feed."""

    @property
    def host(self) -> str:
        return self.alias or f"{self.name.lower()}.example"

    @property
    def id(self) -> str:
        return OURS if self.ours else f"tag:{self.host},2026:feed"

    def post(self, title: str, date: datetime | None) -> Post:
        slug = re.sub(r"\W+", "-", title.lower()).strip("-")
        link = f"http://{self.host}/{slug}"
        guid = {"tag": f"tag:{self.host},2026:{slug}", "link": link, "none": None}[self.guids]
        return Post(title, guid, link, f"<p>{prose(self.name + title)}</p>", date if self.dates else None, file=slug)

    def named(self, title: str) -> Post:
        for each in (*self.posts, *self.graves, *self.dropped):
            if each.title == title:
                return each
        raise AssertionError(f'{self.name} has no post "{title}"; it has {[each.title for each in self.posts]}')

    def document(self, feed_url: str) -> bytes:
        return (self._atom if self.kind == "Atom" else self._rss)(feed_url).encode()

    def _content(self, post: Post) -> str:
        text, noise = post.text, self.noise
        if (n := noise.get("advertisement")) is not None:
            picture = f'<img src="http://ads.example/{n}.gif" alt="Ad {n}">'
            text += f'<div class="ad"><a href="http://ads.example/click?c={n}">{picture}</a></div>'
        if (n := noise.get("counter")) is not None:
            text += f"<p>{n * 17} views</p><p>{n} comments</p>"
        if (n := noise.get("white space")) is not None:
            text = text.replace(" ", "\n" + " " * n).replace("<p>", f"<p>{' ' * n}")
        if (n := noise.get("markup")) is not None:
            marks = [('class="a"', 'id="b"'), ('id="b"', 'class="a"')][n % 2]
            text = text.replace("<p>", f"<p {marks[0]} {marks[1]}>")
        if (n := noise.get("picture address")) is not None:
            text += f'<img src="http://cdn{n}.example/p.jpg?token={n}" alt="A picture">'
        return text

    def _link(self, post: Post) -> str | None:
        n = self.noise.get("tracking")
        return f"{post.link}?utm_source=rss&utm_campaign=c{n}" if n is not None and post.link else post.link

    def _rss(self, feed_url: str) -> str:
        items = []
        for post in self.posts:
            parts = [f"<title>{escape(post.title)}</title>"] if post.title else []
            if link := self._link(post):
                parts.append(f"<link>{escape(link)}</link>")
            if post.guid is not None:
                is_link = "true" if post.guid == post.link else "false"
                parts.append(f'<guid isPermaLink="{is_link}">{escape(post.guid)}</guid>')
            if post.date is not None:
                parts.append(f"<pubDate>{post.date:%a, %d %b %Y %H:%M:%S} GMT</pubDate>")
            if post.origin is not None and post.named:
                origin = post.origin
                parts.append(f'<source url="http://{origin.host}/feed">{escape(origin.title or origin.name)}</source>')
            parts.append(f"<description>{escape(self._content(post))}</description>")
            items.append(f"<item>{''.join(parts)}</item>")
        return (
            "<?xml version='1.0' encoding='UTF-8'?><rss version='2.0'><channel>"
            f"<title>{escape(self.title or self.name)}</title><link>http://{self.host}/</link>"
            f"<description>{escape(self.title or self.name)}</description>{''.join(items)}</channel></rss>"
        )

    def _atom(self, feed_url: str) -> str:
        entries = []
        for post in self.posts:
            updated = post.updated or post.date or START
            link = f'<link rel="alternate" href="{escape(self._link(post) or "")}"/>' if post.link else ""
            published = f"<published>{post.date:%Y-%m-%dT%H:%M:%SZ}</published>" if post.date else ""
            origin = ""
            if post.origin is not None and post.named:
                its = post.origin
                origin = (
                    f"<source><id>{its.id}</id><title>{escape(its.title or its.name)}</title>"
                    f'<link rel="self" href="http://{its.host}/feed"/><link href="http://{its.host}/"/>'
                    f"<updated>{updated:%Y-%m-%dT%H:%M:%SZ}</updated></source>"
                )
            entries.append(
                f"<entry><id>{escape(post.guid or '')}</id><title>{escape(post.title)}</title>{link}{published}"
                f"<updated>{updated:%Y-%m-%dT%H:%M:%SZ}</updated>{origin}"
                f'<content type="html">{escape(self._content(post))}</content></entry>'
            )
        graves = "".join(
            f'<at:deleted-entry ref="{escape(each.guid or "")}" when="{each.deleted or START:%Y-%m-%dT%H:%M:%SZ}"/>'
            for each in self.graves
        )
        return (
            "<?xml version='1.0' encoding='UTF-8'?><feed xmlns='http://www.w3.org/2005/Atom'"
            " xmlns:at='http://purl.org/atompub/tombstones/1.0'>"
            f"<id>tag:{self.host},2026:feed</id><title>{escape(self.title or self.name)}</title>"
            f"<link rel='self' href='http://{self.host}/feed'/><link href='http://{self.host}/'/>"
            f"<updated>{START:%Y-%m-%dT%H:%M:%SZ}</updated>{graves}{''.join(entries)}</feed>"
        )


@dataclass
class Subscribers:
    """Everybody who reads the merged feed, as one strict reader."""

    entries: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Every id ever seen: its title and ``updated``."""
    shown: list[str] = field(default_factory=list)
    away: set[str] = field(default_factory=set)
    events: list[tuple[str, str]] = field(default_factory=list)
    document: ElementTree.Element | None = None

    def read(self, body: bytes) -> None:
        root = self.document = ElementTree.fromstring(body)
        now: dict[str, tuple[str, str]] = {}
        for entry in root.iter(f"{ATOM}entry"):
            name = entry.findtext(f"{ATOM}id") or ""
            assert name not in now, f"the document names {name} twice"
            now[name] = (entry.findtext(f"{ATOM}title") or "", entry.findtext(f"{ATOM}updated") or "")
        graves = {each.get("ref") for each in root.iter(GRAVE)}
        assert not graves & now.keys(), "an entry is there and deleted at once"
        for name, (title, updated) in now.items():
            if name not in self.entries:
                self.events.append(("new", title))
            elif name in self.away:
                self.away.discard(name)
                self.events.append(("back", title))
            elif self.entries[name][1] != updated:
                self.events.append(("changed", title))
        for name in self.shown:
            if name not in now and (name in graves or len(now) < FULL):
                self.away.add(name)
                self.events.append(("withdrawn" if name in graves else "gone", self.entries[name][0]))
        self.entries.update(now)
        self.shown = list(now)

    def id_of(self, title: str) -> str:
        found = [name for name in self.shown if self.entries[name][0] == title]
        assert len(found) == 1, f'{len(found)} entries called "{title}" are shown'
        return found[0]


Method = Callable[..., Awaitable[None]]
SENTENCES: list[tuple[re.Pattern[str], Method]] = []


def sentence(pattern: str) -> Callable[[Method], Method]:
    """A method of ``World`` for the sentences that match; ``SITE``, ``TITLE``, ``TITLES`` and ``TEXT`` stand for a
    source's name, a quoted title, several, and any quoted text."""
    for name, meaning in (
        ("SITES", r"(?P<sites>[A-Z]\w*(?:(?:, | and )[A-Z]\w*)*)"),
        ("SITE", r"(?P<site>[A-Z]\w*)"),
        ("TITLES", r'(?P<titles>"[^"]*"(?:(?:, | and | to )"[^"]*")*)'),
        ("TITLE", r'"(?P<title>[^"]*)"'),
        ("TEXT", r'"(?P<text>[^"]*)"'),
    ):
        pattern = re.sub(rf"\b{name}\b", lambda _found, meaning=meaning: meaning, pattern)

    def enter(method: Method) -> Method:
        SENTENCES.append((re.compile(pattern), method))
        return method

    return enter


def titles_in(text: str) -> list[str]:
    """``"A", "B" and "C"``; ``"Post 1" to "Post 9"`` and ``"One" to "Five"`` are series."""
    found: list[str] = []
    for first, last in re.findall(r'"([^"]*)"(?: to "([^"]*)")?', text):
        found.extend(_series(first, last) if last else [first])
    return found


_NUMBERS = re.findall(r"\w+", "One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve")


def _series(first: str, last: str) -> list[str]:
    if first in _NUMBERS:
        return _NUMBERS[_NUMBERS.index(first) : _NUMBERS.index(last) + 1]
    stem = first.rstrip("0123456789")
    return [f"{stem}{n}" for n in range(int(first[len(stem) :]), int(last[len(stem) :]) + 1)]


_SPAN = re.compile(r"(an?|\d+) (minute|hour|day|week|month|year)s? (?:pass|passes|later)$")
_UNITS = {"minute": 1 / 60, "hour": 1, "day": 24, "week": 168, "month": 730, "year": 8766}


class World:
    """One scenario while it runs."""

    def __init__(self, folder: Path, server: FeedServer, prefix: str) -> None:
        self.folder, self.server, self.prefix = folder, server, prefix
        self.now = START
        self.sites: dict[str, Site] = {}
        self.subscribers = Subscribers()
        self.app: App | None = None
        self.extra: dict[str, str] = {}
        self.ids: dict[str, str] = {}
        self.noted = b""

    # ---- running

    async def play(self, lines: Iterable[tuple[int, str]]) -> None:
        """Every sentence in turn. An AssertionError names the line that does not hold."""
        try:
            for number, line in lines:
                try:
                    await self._say(line)
                except AssertionError as error:
                    raise AssertionError(f"line {number}: {line}\n  {error}") from error
            assert not self.subscribers.events, f"unsaid: subscribers also saw {self.subscribers.events}"
        finally:
            if self.app is not None:
                await self.app.close()

    async def _say(self, line: str) -> None:
        if found := _SPAN.match(line):
            count = 1 if found[1] in ("a", "an") else int(found[1])
            await self._pass(timedelta(hours=count * _UNITS[found[2]]))
            return
        for pattern, method in SENTENCES:
            if found := pattern.fullmatch(line):
                await method(self, **found.groupdict())
                return
        raise AssertionError("no sentence of this language; see SENTENCES in tests/support/scenario.py")

    async def _pass(self, span: timedelta) -> None:
        step = max(timedelta(hours=1), span / 24)
        end = self.now + span
        while self.now < end:
            self.now = min(self.now + step, end)
            await self.round()

    async def round(self, only: list[str] | None = None) -> None:
        """One round of polls, one publish, and the subscribers read."""
        app = await self.opened()
        self._serve()
        await self._poll(app, only)
        await publish_if_due(app)
        await prune_if_due(app)
        self._read()

    async def _poll(self, app: App, only: list[str] | None) -> None:
        """What is due, or ``only`` these, each once; the clock is moved on where hosts want a second between polls."""
        polls = Polls(app)
        left = None if only is None else set(only)
        while left is None or left or len(polls):
            started = await polls.start(only=left)
            if left is not None:
                left.difference_update(started)
            if len(polls):
                await polls.wait()
            elif not started:
                due = await app.db(app.store.queue.next_due, self.now, only=left)
                if due is None or due > self.now + SOON:
                    break
                self.now = due
        assert polls.failure is None, polls.failure

    def _read(self) -> None:
        feed = self.folder / "feeds" / "public" / "feed.atom"
        if feed.exists():
            self.subscribers.read(feed.read_bytes())

    async def opened(self) -> App:
        if self.app is None:
            self._configure()
            config = load(self.folder / "config.yaml", {}, check_rule=compile_rule)
            self.app = await open_app(config, now=lambda: self.now, resolve=_loopback)
        return self.app

    async def shut(self) -> None:
        if self.app is not None:
            await self.app.close()
            self.app = None

    async def reconfigure(self) -> None:
        self._configure()
        if self.app is not None:
            await self.app.use(load(self.folder / "config.yaml", {}, check_rule=compile_rule))

    def _configure(self) -> None:
        lines = [
            "site: {title: Planet, url: 'http://127.0.0.1:8080/', id: 'tag:test.example,2026:planet'}",
            f"network: {{allow: ['127.0.0.1:{self.server.port}']}}",
            *(f"{name}: {value}" for name, value in self.extra.items()),
            "sources:",
        ]
        for site in self.sites.values():
            if not site.subscribed:
                continue
            where = f"folder: {site.name}" if site.kind == "folder" else f'url: "{self.address(site)}"'
            lines.append(f"  - {{id: {site.name.lower()}, {where}{site.settings}}}")
            if site.kind == "folder":
                (self.folder / site.name).mkdir(exist_ok=True)
        (self.folder / "config.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def address(self, site: Site) -> str:
        return f"http://{site.host}:{self.server.port}/{self.prefix}/{site.name}"

    def _serve(self) -> None:
        for site in self.sites.values():
            path = f"/{self.prefix}/{site.name}"
            if site.kind == "folder":
                self._write_files(site)
            elif site.ours:
                self.server.documents[path] = (self.folder / "feeds" / "public" / "feed.atom").read_bytes()
            elif site.status == 200:
                self.server.documents[path] = site.document(self.address(site))
                self.server.answers.pop(path, None)
            else:
                self.server.answers[path] = (site.status, site.moved_to)

    def _write_files(self, site: Site) -> None:
        folder = self.folder / site.name
        folder.mkdir(exist_ok=True)
        wanted = {f"{post.file}.md": post for post in site.posts}
        for each in folder.iterdir():
            if each.name not in wanted:
                each.unlink()
        for name, post in wanted.items():
            date = f"date: {post.date:%Y-%m-%dT%H:%M:%SZ}\n" if post.date else ""
            text = f"---\ntitle: {post.title}\n{date}{post.front}---\n{post.text}\n"
            if not (folder / name).exists() or (folder / name).read_text() != text:
                (folder / name).write_text(text)

    def site(self, name: str) -> Site:
        if name not in self.sites:
            self.sites[name] = Site(name)
        return self.sites[name]

    def bump(self, site: Site, kind: str) -> None:
        site.noise[kind] = site.noise.get(kind, 0) + 1

    # ---- what sources are

    @sentence(r"SITE is an? (?P<kind>RSS|Atom) feed(?P<how>.*)")
    async def is_feed(self, site: str, kind: str, how: str) -> None:
        it = self.site(site)
        it.kind = kind
        it.guids = "none" if "without guids" in how else "link" if "whose guids are its links" in how else "tag"
        it.dates = "without dates" not in how
        if found := re.search(r"called \"([^\"]*)\"", how):
            it.title = found[1]
        if found := re.search(r"with \{(.*)\}", how):
            it.settings = f", {found[1]}"

    @sentence(r"SITE is a folder(?: with \{(?P<settings>.*)\})?")
    async def is_folder(self, site: str, settings: str | None) -> None:
        it = self.site(site)
        it.kind, it.guids = "folder", "none"
        it.settings = f", {settings}" if settings else ""

    @sentence(r"the configuration says (?P<key>\w+): (?P<value>.*)")
    async def configured(self, key: str, value: str) -> None:
        self.extra[key] = value
        await self.reconfigure()

    @sentence(r"SITE has published TITLES(?: in (?P<year>\d{4}))?")
    async def has_published(self, site: str, titles: str, year: str | None) -> None:
        """One a day, the last a day ago, or in that year."""
        it, names = self.site(site), titles_in(titles)
        last = self.now - timedelta(days=1) if year is None else datetime(int(year), 12, 1, tzinfo=UTC)
        for place, title in enumerate(names):
            it.posts.insert(0, it.post(title, last - timedelta(days=len(names) - 1 - place)))

    # ---- what sources do

    @sentence(r"SITE posts TITLES(?P<how>.*)")
    async def posts(self, site: str, titles: str, how: str) -> None:
        it = self.site(site)
        for place, title in enumerate(titles_in(titles)):
            post = it.post(title, self.now + timedelta(seconds=place))
            self._shape(post, how)
            it.posts.insert(0, post)

    @sentence(r"SITE has posted TITLES over the last (?P<days>\d+) days")
    async def has_posted(self, site: str, titles: str, days: str) -> None:
        it, names = self.site(site), titles_in(titles)
        step = timedelta(days=int(days)) / len(names)
        for place, title in enumerate(names):
            it.posts.insert(0, it.post(title, self.now - step * (len(names) - 1 - place)))

    @sentence(r"SITE shows TITLES below all others")
    async def shows_below(self, site: str, titles: str) -> None:
        it = self.site(site)
        it.posts += [it.post(title, None) for title in titles_in(titles)]

    def _shape(self, post: Post, how: str) -> None:
        if found := re.search(r"dated (\d{4}-\d{2}-\d{2})", how):
            post.date = datetime.fromisoformat(found[1]).replace(hour=12, tzinfo=UTC)
        if found := re.search(r"dated (\d+) days (ago|ahead)", how):
            days = timedelta(days=int(found[1]))
            post.date = self.now - days if found[2] == "ago" else self.now + days
        if "without a date" in how:
            post.date = None
        if "without a guid" in how:
            post.guid = None
        if "without a link" in how:
            post.link = None
        if found := re.search(r'with the guid "([^"]*)"', how):
            post.guid = found[1]
        if found := re.search(r'with the link "([^"]*)"', how):
            post.link = found[1]
        if found := re.search(r'saying "([^"]*)"', how):
            post.text = f"<p>{found[1]}</p>"

    @sentence(r"SITE edits TITLE to say TEXT")
    async def edits(self, site: str, title: str, text: str) -> None:
        post = self.site(site).named(title)
        post.text, post.updated = f"<p>{text}</p>", self.now

    @sentence(r"SITE adds to TITLE TEXT")
    async def adds_to(self, site: str, title: str, text: str) -> None:
        post = self.site(site).named(title)
        post.text, post.updated = f"{post.text}<p>{text}</p>", self.now

    @sentence(r"SITE renames TITLE to TEXT")
    async def renames(self, site: str, title: str, text: str) -> None:
        post = self.site(site).named(title)
        post.title, post.updated = text, self.now

    @sentence(r"SITE drops TITLES")
    async def drops(self, site: str, titles: str) -> None:
        it = self.site(site)
        it.dropped += [each for each in it.posts if each.title in titles_in(titles)]
        it.posts = [each for each in it.posts if each.title not in titles_in(titles)]

    @sentence(r"SITE deletes TITLES")
    async def deletes(self, site: str, titles: str) -> None:
        """Takes them out and says so (RFC 6721)."""
        it = self.site(site)
        graves = [each for each in it.posts if each.title in titles_in(titles)]
        for each in graves:
            each.deleted = self.now
        it.graves += graves
        await self.drops(site, titles)

    @sentence(r"SITE puts TITLES back(?P<how>|, updated|, and says no more that it is deleted)")
    async def puts_back(self, site: str, titles: str, how: str) -> None:
        """What it dropped or deleted, as it was; its tombstone stays unless it says otherwise."""
        it = self.site(site)
        for title in titles_in(titles):
            post = it.named(title)
            it.posts.insert(0, post)
            it.dropped.remove(post)
            if "updated" in how:
                post.updated = self.now
            if "no more" in how:
                it.graves.remove(post)

    @sentence(r"SITE says that TEXT is deleted")
    async def says_deleted(self, site: str, text: str) -> None:
        """Of an id, whoever's it is."""
        self.site(site).graves.append(Post("", text, None, "", None, deleted=self.now))

    @sentence(r"SITE marks TITLE with \{(?P<front>.*)\}")
    async def marks(self, site: str, title: str, front: str) -> None:
        """In the front matter of a local article."""
        self.site(site).named(title).front = f"{front}\n" if front else ""

    @sentence(r"SITE keeps its newest (?P<count>\d+)")
    async def keeps(self, site: str, count: str) -> None:
        it = self.site(site)
        it.posts, it.graves = it.posts[: int(count)], it.graves

    @sentence(r"SITE shows (?P<count>\d+) of its posts from TITLE on")
    async def shows_from(self, site: str, count: str, title: str) -> None:
        it = self.site(site)
        start = it.posts.index(it.named(title))
        it.posts = it.posts[start : start + int(count)]

    @sentence(r"SITE is emptied")
    async def emptied(self, site: str) -> None:
        self.site(site).posts = []

    @sentence(r"SITE reverses its order")
    async def reverses(self, site: str) -> None:
        self.site(site).posts.reverse()

    @sentence(r"SITE gives TITLE the (?P<what>guid|link|date) TEXT")
    async def gives(self, site: str, title: str, what: str, text: str) -> None:
        value: Any = datetime.fromisoformat(text).replace(tzinfo=UTC) if what == "date" else text
        setattr(self.site(site).named(title), what, value)

    @sentence(r"SITE gives every post (?P<what>a new guid|a new link|a new guid and link|today's date|no guid|no date)")
    async def gives_every(self, site: str, what: str) -> None:
        for place, post in enumerate(self.site(site).posts):
            mark = sha256(f"{post.guid}{post.link}{self.now}".encode()).hexdigest()[:12]
            if "guid" in what and what != "no guid":
                post.guid = f"urn:x-new:{mark}"
            if "link" in what:
                post.link = f"http://{self.site(site).host}/{mark}"
            if what == "today's date":
                post.date = self.now - timedelta(seconds=place)
            if what == "no guid":
                post.guid = None
            if what == "no date":
                post.date = None

    @sentence(r"SITE gives every post the same guid")
    async def gives_same(self, site: str) -> None:
        for post in self.site(site).posts:
            post.guid = "same"

    @sentence(r"SITE numbers its guids from the top")
    async def numbers(self, site: str) -> None:
        for place, post in enumerate(self.site(site).posts, start=1):
            post.guid = str(place)

    @sentence(r"SITE answers with the guids of (?P<which>another|the first) server")
    async def other_server(self, site: str, which: str) -> None:
        """A server behind a CDN that makes ids its own way; what is posted meanwhile has an id on each."""
        for post in self.site(site).posts:
            post.guid = (post.guid or "").removeprefix("other-")
            if which == "another":
                post.guid = f"other-{post.guid}"

    @sentence(r"SITE forgets its tombstones")
    async def forgets_tombstones(self, site: str) -> None:
        self.site(site).graves = []

    @sentence(r"SITE turns every (?P<what>guid|link|guid and link) to https")
    async def to_https(self, site: str, what: str) -> None:
        for post in self.site(site).posts:
            if "guid" in what and post.guid:
                post.guid = post.guid.replace("http://", "https://")
            if "link" in what and post.link:
                post.link = post.link.replace("http://", "https://")

    @sentence(r"SITE moves every (?P<what>guid|link|guid and link) to the host (?P<host>[\w.-]+)")
    async def moves_host(self, site: str, what: str, host: str) -> None:
        it = self.site(site)
        for post in it.posts:
            if "guid" in what and post.guid:
                post.guid = post.guid.replace(it.host, host)
            if "link" in what and post.link:
                post.link = post.link.replace(it.host, host)

    @sentence(r"SITE shows another (?P<kind>advertisement|counter|white space|markup|tracking|picture address)")
    async def shows_another(self, site: str, kind: str) -> None:
        self.bump(self.site(site), kind)

    @sentence(r"SITE answers (?P<status>\d{3})")
    async def answers(self, site: str, status: str) -> None:
        self.site(site).status = int(status)

    @sentence(r"SITE is called TEXT")
    async def is_called(self, site: str, text: str) -> None:
        self.site(site).title = text

    @sentence(r"SITE is replaced by a site called TEXT with TITLES")
    async def is_replaced(self, site: str, text: str, titles: str) -> None:
        it, other = self.site(site), Site(re.sub(r"\W+", "", text))
        it.title = text
        it.posts = []
        for place, title in enumerate(titles_in(titles)):
            it.posts.insert(0, other.post(title, self.now - timedelta(hours=place)))

    @sentence(r"SITE carries TITLES of (?P<other>[A-Z]\w*)(?P<how>.*)")
    async def carries(self, site: str, titles: str, other: str, how: str) -> None:
        """As planets do: with the id and the link of the original; ``unnamed`` without an ``atom:source``,
        ``under its own guids`` with other ids."""
        it, its = self.site(site), self.site(other)
        for title in titles_in(titles):
            original = its.named(title)
            copy = Post(title, original.guid, original.link, original.text, original.date, original.updated, its)
            copy.named = "unnamed" not in how
            if "under its own guids" in how:
                copy.guid = f"tag:{it.host},2026:copy-{title.lower().replace(' ', '-')}"
            it.posts.insert(0, copy)

    @sentence(r"SITE carries all that we publish(?P<how>.*)")
    async def carries_ours(self, site: str, how: str) -> None:
        """Planets may be subscribed to this one: with the ids that it gives; ``naming us`` in an ``atom:source``,
        ``under its own guids`` with other ids."""
        it = self.site(site)
        us = Site("Us", ours=True, alias="127.0.0.1:8080")
        assert self.subscribers.document is not None, "nothing is published yet"
        it.posts = [each for each in it.posts if each.origin is not us and not each.ours]
        for entry in self.subscribers.document.iter(f"{ATOM}entry"):
            links = [each.get("href") for each in entry.iter(f"{ATOM}link") if each.get("rel") == "alternate"]
            name, title = entry.findtext(f"{ATOM}id") or "", entry.findtext(f"{ATOM}title") or ""
            text, at = entry.findtext(f"{ATOM}content") or "", entry.findtext(f"{ATOM}updated") or ""
            post = Post(title, name, links[0] if links else None, text, datetime.fromisoformat(at), ours=True)
            post.origin = us if "naming us" in how else None
            if "under its own guids" in how:
                post.guid = f"tag:{it.host},2026:{sha256(name.encode()).hexdigest()[:12]}"
            it.posts.append(post)

    @sentence(r"SITE copies the (?P<what>guid|guid and link) of TITLE of (?P<other>[A-Z]\w*) for TEXT")
    async def copies(self, site: str, what: str, title: str, other: str, text: str) -> None:
        """A post of its own under another's id: a forgery."""
        it, original = self.site(site), self.site(other).named(title)
        forged = it.post(text, self.now)
        forged.guid = original.guid
        if "link" in what:
            forged.link = original.link
        it.posts.insert(0, forged)

    @sentence(r"SITE renames the file of TITLE to TEXT")
    async def renames_file(self, site: str, title: str, text: str) -> None:
        self.site(site).named(title).file = text

    # ---- what the operator does

    @sentence(r"the operator (?P<what>adds|removes|disables|enables) SITES")
    async def changes_sources(self, what: str, sites: str) -> None:
        for name in re.findall(r"[A-Z]\w*", sites):
            it = self.site(name)
            if what in ("adds", "removes"):
                it.subscribed = what == "adds"
            else:
                it.settings = it.settings.replace(", disabled: true", "") + (", disabled: true" * (what == "disables"))
        await self.reconfigure()

    @sentence(r"the operator (?P<what>retracts|hides|pins)(?P<undo> no more)? TITLES")
    async def operates(self, what: str, undo: str | None, titles: str) -> None:
        """By another process, while the program runs."""
        wanted = titles_in(titles)
        with Store.open(f"sqlite:///{self.folder}/var/aggregator.db", lock=False) as store:
            ids = [name for name, (title, _) in self.subscribers.entries.items() if title in wanted]
            found = [article for name in ids if (article := store.articles.find(name)) is not None]
            titles_found = sorted(self.subscribers.entries[each.id][0] for each in found)  # a pruned one has no title
            assert titles_found == sorted(wanted), f"held are {titles_found}"
            hand: Any = what.removesuffix("s")
            store.articles.operate(hand, [each.key for each in found], self.now, undo=undo is not None)
        await publish_if_due(await self.opened())
        self._read()

    @sentence(r"SITE is another address of (?P<other>[A-Z]\w*)")
    async def is_another_address(self, site: str, other: str) -> None:
        it, its = self.site(site), self.site(other)
        it.alias, it.posts, it.kind = its.host, its.posts, its.kind

    @sentence(r"SITE is our own feed")
    async def is_our_own(self, site: str) -> None:
        self.site(site).ours = True

    @sentence(r"the operator (?P<what>retracts|hides|pins) the folded TITLES")
    async def operates_folded(self, what: str, titles: str) -> None:
        """Nobody has seen their ids."""
        with Store.open(f"sqlite:///{self.folder}/var/aggregator.db", lock=False) as store:
            keys = [each.key for each in store.outputs.folded(START, FULL, self.now) if each.title in titles_in(titles)]
            assert len(keys) == len(titles_in(titles)), "not all of these are folded"
            hand: Any = what.removesuffix("s")
            store.articles.operate(hand, keys, self.now)
        await publish_if_due(await self.opened())
        self._read()

    @sentence(r"SITE is not subscribed to yet")
    async def not_yet(self, site: str) -> None:
        self.site(site).subscribed = False

    @sentence(r"the operator sets \{(?P<settings>.*)\} for SITE")
    async def sets(self, settings: str, site: str) -> None:
        self.site(site).settings = f", {settings}"
        await self.reconfigure()

    @sentence(r"the operator releases SITE(?P<how> silently)?")
    async def releases(self, site: str, how: str | None) -> None:
        app = await self.opened()
        await app.db(
            app.store.articles.let_go, site.lower(), self.now, silent=how is not None, middle=app.config.middle
        )

    @sentence(r"(?P<count>\d+) (?P<unit>day|month|year)s? pass(?:es)? unobserved")
    async def unobserved(self, count: str, unit: str) -> None:
        """The machine is switched off."""
        self.now += timedelta(hours=int(count) * _UNITS[unit])

    @sentence(r"every source is polled")
    async def polled(self) -> None:
        self.now += timedelta(minutes=1)
        await self.round([each.name.lower() for each in self.sites.values() if each.subscribed])

    @sentence(r"SITE is polled")
    async def one_polled(self, site: str) -> None:
        self.now += timedelta(minutes=1)
        assert site.lower() in (await self.opened()).sources, "it is named before the program starts, or added"
        await self.round([site.lower()])

    @sentence(r"the program restarts")
    async def restarts(self) -> None:
        await self.shut()
        await self.round()

    @sentence(r"the program is upgraded")
    async def upgraded(self) -> None:
        """Another version of the parser read what is held."""
        await self.shut()
        await self._sql("update source_state set parser_version = 0", "update articles set fingerprint = x'00'")
        await self.round()

    async def _sql(self, *statements: str) -> None:
        import sqlite3

        with sqlite3.connect(self.folder / "var" / "aggregator.db") as database:
            for each in statements:
                database.execute(each)
        database.close()

    @sentence(r"the database (?P<more>and the memory file are|is) lost")
    async def database_lost(self, more: str) -> None:
        await self.shut()
        for each in (self.folder / "var").iterdir():
            each.unlink()
        if more != "is":
            (self.folder / "feeds" / "public" / ".memory.jsonl").unlink()
        feed = self.folder / "feeds" / "public" / "feed.atom"
        before = feed.read_bytes()
        assert await publish_if_due(await self.opened()) is not None, "nothing was remembered"
        assert feed.read_bytes() == before, "what is published before any source was asked is not what it was"
        await self.round()

    @sentence(r"(?P<count>\d+) articles? (?:has|have) no text any more")
    async def pruned(self, count: str) -> None:
        import sqlite3

        with sqlite3.connect(self.folder / "var" / "aggregator.db") as database:
            (found,) = database.execute("select count(*) from articles where pruned_at is not null").fetchone()
        database.close()
        assert found == int(count), f"it is {found}"

    # ---- what is to be seen

    @sentence(r"subscribers see (?P<what>.*)")
    async def subscribers_see(self, what: str) -> None:
        wanted: list[tuple[str, str]] = []
        if what != "nothing":
            for kind, names in re.findall(
                r'(new|changed|withdrawn|gone|back) ((?:"[^"]*"(?:, | and (?=")| to )?)+)', what
            ):
                wanted.extend((kind, title) for title in titles_in(names))
            assert wanted, "say: subscribers see nothing, or new / changed / withdrawn / gone / back and titles"
        seen, self.subscribers.events = self.subscribers.events, []
        assert sorted(seen) == sorted(wanted), (
            f"not seen: {sorted(_minus(wanted, seen))}; seen besides: {sorted(_minus(seen, wanted))}"
        )

    @sentence(r"nobody looks")
    async def nobody_looks(self) -> None:
        """What subscribers saw up to here is not asked for."""
        self.subscribers.events.clear()

    @sentence(r"TITLE of SITE is explained as TEXT")
    async def explained(self, title: str, site: str, text: str) -> None:
        """By its address."""
        app = await self.opened()
        told = read_explanation(app.config, self.site(site).named(title).link or "", self.now)
        assert str(told.fate) == text, f"it is explained as {told.fate}: {told.because}"

    @sentence(r"the feed shows TITLES")
    async def feed_shows(self, titles: str) -> None:
        """Exactly these, from the top."""
        shown = [self.subscribers.entries[name][0] for name in self.subscribers.shown]
        assert shown == titles_in(titles), f"it shows {shown}"

    @sentence(r"the feed has (?:no tombstones|tombstones of TITLES)")
    async def has_tombstones(self, titles: str | None) -> None:
        """Exactly these, each once."""
        assert self.subscribers.document is not None, "nothing is published yet"
        refs = [each.get("ref") or "" for each in self.subscribers.document.iter(GRAVE)]
        named = sorted(self.subscribers.entries[each][0] if each in self.subscribers.entries else each for each in refs)
        assert named == sorted(titles_in(titles or "")), f"it has tombstones of {named}"

    @sentence(r"the feed begins with TITLES")
    async def feed_begins(self, titles: str) -> None:
        wanted = titles_in(titles)
        shown = [self.subscribers.entries[name][0] for name in self.subscribers.shown][: len(wanted)]
        assert shown == wanted, f"it begins with {shown}"

    @sentence(r"TITLE is shown under (?P<what>the id|its old id|the link) ?(?:TEXT)?")
    async def shown_under(self, title: str, what: str, text: str | None) -> None:
        name = self.subscribers.id_of(title)
        if what == "its old id":
            assert self.ids.get(title) == name, f"it was {self.ids.get(title)} and is {name}"
        elif what == "the id":
            assert name == text, f"it is {name}"
        else:
            links = self.entry(title).findall(f"{ATOM}link")
            assert text in [each.get("href") for each in links if each.get("rel", "alternate") == "alternate"]

    @sentence(r"the ids are noted")
    async def ids_noted(self) -> None:
        for name in self.subscribers.shown:
            self.ids[self.subscribers.entries[name][0]] = name

    @sentence(r"the ids are as noted")
    async def ids_kept(self) -> None:
        now = {self.subscribers.entries[name][0]: name for name in self.subscribers.shown}
        moved = {title: (old, now.get(title)) for title, old in self.ids.items() if now.get(title) != old}
        assert not moved, f"title -> (id then, id now): {moved}"

    @sentence(r"TITLE is dated (?P<date>\d{4}-\d{2}-\d{2})")
    async def is_dated(self, title: str, date: str) -> None:
        published = self.entry(title).findtext(f"{ATOM}published") or ""
        assert published.startswith(date), f"it is dated {published}"

    @sentence(r"TITLE lists TITLES")
    async def lists(self, title: str, titles: str) -> None:
        """Each with a link, in this order, and no other."""
        found = re.findall(r'<li><a href="[^"]+">([^<]*)</a>', self.entry(title).findtext(f"{ATOM}content") or "")
        assert found == titles_in(titles), f"it lists {found}"

    @sentence(r"TITLE has the (?P<rel>\w+) link TEXT")
    async def has_link(self, title: str, rel: str, text: str) -> None:
        links = [each.get("href") for each in self.entry(title).findall(f"{ATOM}link") if each.get("rel") == rel]
        assert text in links, f"its {rel} links are {links}"

    @sentence(r"TITLE has no (?P<rel>\w+) link")
    async def has_no_link(self, title: str, rel: str) -> None:
        links = [each.get("href") for each in self.entry(title).findall(f"{ATOM}link") if each.get("rel") == rel]
        assert not links, f"its {rel} links are {links}"

    @sentence(r"TITLE ends in TEXT")
    async def ends_in(self, title: str, text: str) -> None:
        """The last words of its content, without markup."""
        content = re.sub("<[^>]*>", "", self.entry(title).findtext(f"{ATOM}content") or "")
        assert content.endswith(text), f"it ends in {content[-len(text) - 20 :]!r}"

    @sentence(r"the document is (?P<what>|as )noted")
    async def document_noted(self, what: str) -> None:
        """Byte for byte."""
        body = (self.folder / "feeds" / "public" / "feed.atom").read_bytes()
        assert not what or body == self.noted, "its bytes are others"
        self.noted = body

    @sentence(r'the note of TITLE says "(?P<note>.*)"')
    async def note_says(self, title: str, note: str) -> None:
        """What its last edit changed."""
        app = await self.opened()
        article = await app.db(app.store.articles.find, self.subscribers.id_of(title))
        assert article is not None
        assert article.note == note, f"it says {article.note!r}"

    @sentence(r"TITLE has (?P<count>\d+) older versions?")
    async def has_versions(self, title: str, count: str) -> None:
        app = await self.opened()
        article = await app.db(app.store.articles.find, self.subscribers.id_of(title))
        assert article is not None
        versions = await app.db(app.store.articles.versions, article.key)
        assert len(versions) == int(count), f"they are {[each.note for each in versions]}"

    @sentence(r"SITE is (?P<state>ok|stale|quarantined|failing|missing|moved|gone|disabled|rate-limited)")
    async def is_state(self, site: str, state: str) -> None:
        app = await self.opened()
        states = {each.source: each for each in await app.db(app.store.polls.states)}
        counts, waiting = await app.db(app.store.articles.counts), await app.db(app.store.articles.waiting)
        rows = board(app.config.sources, states, counts, waiting=waiting)
        found = {row.id: row.state for row in rows}[site.lower()]
        assert found == state, f"it is {found}"

    @sentence(r"the status of SITE says TEXT")
    async def status_says(self, site: str, text: str) -> None:
        app = await self.opened()
        states = {each.source: each for each in await app.db(app.store.polls.states)}
        conflicts = await app.db(app.store.articles.conflicts)
        (row,) = (
            each for each in board(app.config.sources, states, {}, conflicts=conflicts) if each.id == site.lower()
        )
        said = (row.text or "", *row.warnings)
        assert any(text in each for each in said), f"it says {said}"

    @sentence(r"SITE is told apart by (?P<by>id|link|title|text)")
    async def is_told_apart(self, site: str, by: str) -> None:
        app = await self.opened()
        state = await app.db(app.store.polls.state, site.lower())
        assert state is not None, "it was never configured"
        assert (state.told_by or "id") == by, f"it is {state}"

    @sentence(r"(?P<count>\d+) articles of SITE are held")
    async def are_held(self, count: str, site: str) -> None:
        app = await self.opened()
        waiting = (await app.db(app.store.articles.waiting)).get(site.lower(), ())
        assert sum(each.articles for each in waiting) == int(count), f"held are {waiting}"

    def entry(self, title: str) -> ElementTree.Element:
        assert self.subscribers.document is not None, "nothing is published yet"
        name = self.subscribers.id_of(title)
        for entry in self.subscribers.document.iter(f"{ATOM}entry"):
            if entry.findtext(f"{ATOM}id") == name:
                return entry
        raise AssertionError(f'"{title}" is not in the document')


async def _loopback(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


def _minus(these: list[tuple[str, str]], those: list[tuple[str, str]]) -> list[tuple[str, str]]:
    left = list(those)
    return [each for each in these if each not in left or left.remove(each) is not None]


@dataclass(frozen=True)
class Scenario:
    """One of a file of scenarios."""

    name: str
    lines: tuple[tuple[int, str], ...]


def read_scenarios(path: Path) -> list[Scenario]:
    """The scenarios of a file: ``== name``, then sentences; lines that begin with ``#`` are remarks."""
    found: list[Scenario] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = line.strip()
        if line.startswith("== "):
            found.append(Scenario(line[3:], ()))
        elif line and not line.startswith("#"):
            found[-1] = Scenario(found[-1].name, (*found[-1].lines, (number, line)))
    return found
