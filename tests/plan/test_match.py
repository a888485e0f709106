"""Which held article an entry is whose id is not known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.articles import Identified, identify, identity_by, key_by_id, narrower_keys, normalise
from aggregator.model import (
    FLOOD,
    Article,
    Document,
    FeedInfo,
    Fetched,
    Known,
    KnownArticle,
    Link,
    ParsedEntry,
    ParsedFeed,
    Person,
    Polling,
    PollPlan,
    Source,
    SourceState,
    Text,
    Validators,
)
from aggregator.parse import parse
from aggregator.plan import is_doubtful, plan

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SOURCE = Source(id="blog", url="https://blog.example/feed.xml")
INFO = FeedInfo(title="Blog", url="https://blog.example/", authors=(Person(name="Ann"),))
KEPT = [name for name in KnownArticle.__dataclass_fields__ if name != "withdrawn"]


@dataclass
class Memory:
    """What the store does for a poll, in dictionaries."""

    source: Source = SOURCE
    info: FeedInfo = INFO
    state: SourceState = field(default_factory=lambda: SourceState(source=SOURCE.id, next_poll_at=NOW))
    held: dict[str, KnownArticle] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    says: dict[str, str | None] = field(default_factory=dict)
    """Key -> the ``rights`` of an article, which tell its post."""
    whole: dict[str, Article] = field(default_factory=dict)
    born: list[str | None] = field(default_factory=list)
    """The ``rights`` of all that was new."""
    now: datetime = NOW

    def poll(self, *entries: ParsedEntry) -> PollPlan:
        placed = [replace(each, position=place) for place, each in enumerate(entries)]
        feed = ParsedFeed(info=self.info, entries=tuple(placed), road="test")
        by = identity_by(self.source, self.state)
        found = identify(feed, self.source, by)
        held = self._known([each.key for each in found])
        fresh = [each for each in found if self._is_news(each, held)]
        articles = normalise(fresh, self.info, self.source, self.now)
        doubtful = {each.key: each for each in articles if self._is_doubtful(each, held)}
        if doubtful:
            narrower = [key for each in fresh if each.key in doubtful for key in narrower_keys(each.entry, SOURCE, by)]
            if by != "auto":
                narrower += [key_by_id(each.entry, SOURCE) for each in fresh if each.key in doubtful]
            known = self._resembling(self._known([*narrower, *held]), doubtful.values())
        else:
            known = Known(articles=held)
        known = replace(known, owners={each.id: key for key, each in self.held.items()}, before=self.whole)
        if not known.articles:
            known = replace(known, history=tuple(self.whole.values()))
        self.now += timedelta(hours=1)
        outcome = Fetched(
            documents=(), validators=Validators(), final_url=self.source.location, body_hash=b"", status=200
        )
        decided = plan(
            self.source, self.state, outcome, polling=Polling(), now=self.now, parser_version=0,
            feed=feed, entries=found, articles=articles, known=known,
        )  # fmt: skip
        self._record(decided)
        return decided

    def _known(self, keys: Iterable[str]) -> dict[str, KnownArticle]:
        return {key: self.held[at] for key in keys if (at := self.aliases.get(key, key)) in self.held}

    def _is_news(self, each: Identified, known: dict[str, KnownArticle]) -> bool:
        return each.key not in known or known[each.key].raw_hash != each.entry.raw_hash

    def _is_doubtful(self, each: Article, known: dict[str, KnownArticle]) -> bool:
        return each.key not in known or is_doubtful(each, known[each.key])

    def _resembling(self, known: dict[str, KnownArticle], strangers: Iterable[Article]) -> Known:
        found = {each.key for each in known.values()}
        pages = {each.page_hash for each in strangers} - {None}
        texts = {each.text_hash for each in strangers} - {None}
        same = (each for each in self.held.values() if each.page_hash in pages or each.text_hash in texts)
        return Known(
            articles=known,
            upstream=tuple(self.held[key] for key in self.state.upstream if key not in found),
            same_page=tuple(each for each in same if each.key not in found),
        )

    def _record(self, decided: PollPlan) -> None:
        self.state = decided.state
        self.born += [each.rights for each in (*decided.new, *decided.held)]
        for each in (*decided.new, *decided.held):
            assert each.key not in self.held, "an article that is new is held already"
            assert each.duplicate_of is None
            self.says[each.key] = each.rights
        changed = (*decided.updated, *decided.refreshed)
        assert len({each.key for each in changed}) == len(changed), "one article is changed twice"
        for each in changed:
            assert self.says[each.key] == each.rights, "an article became another one"
        for each in (*decided.new, *decided.held, *changed):
            self.held[each.key] = KnownArticle(**{name: getattr(each, name) for name in KEPT})
            self.whole[each.key] = each
        for key, raw_hash, _ in decided.untouched:
            self.held[key] = replace(self.held[key], raw_hash=raw_hash)
        self.aliases.update(decided.aliases)


@dataclass(frozen=True)
class Post:
    """What somebody wrote."""

    number: int
    title: str = ""
    guid: str | None = None
    link: str | None = None
    date: datetime | None = None
    text: str | None = None

    def entry(self) -> ParsedEntry:
        said = repr(self)
        text = self.text or " ".join(sha256(f"{self.number} {n}".encode()).hexdigest() for n in range(3))
        return ParsedEntry(
            raw_hash=sha256(said.encode()).digest(),
            raw_id=self.guid,
            links=() if self.link is None else (Link(href=self.link),),
            title=Text(value=self.title or f"Post {self.number}"),
            contents=(Text(value=text),),
            published=self.date,
            rights=f"post {self.number}",
        )


def post(number: int, **said: Any) -> Post:
    usual: dict[str, Any] = {
        "guid": f"tag:blog.example,2026:{number}",
        "link": f"https://blog.example/{number}",
        "date": NOW - timedelta(days=100 - number),
    }
    return Post(number, **(usual | said))


def polls(*documents: Sequence[Post], source: Source = SOURCE) -> Memory:
    memory = Memory(source)
    for each in documents:
        memory.poll(*(post.entry() for post in each))
    return memory


def born(*documents: Sequence[Post], source: Source = SOURCE) -> list[int]:
    """The numbers of the posts that were new, in their order."""
    return [int((each or "0").rpartition(" ")[2]) for each in polls(*documents, source=source).born]


FIVE = [post(n) for n in range(5, 0, -1)]
OTHER: dict[str, Callable[[Post], Post]] = {
    "https": lambda each: replace(each, guid=f"https://blog.example/{each.number}"),
    "www": lambda each: replace(each, link=f"http://www.blog.example/{each.number}/?utm_source=rss"),
    "other guids": lambda each: replace(each, guid=f"urn:x:{each.number}"),
    "no guids": lambda each: replace(each, guid=None),
    "other links": lambda each: replace(each, link=f"https://other.example/posts/{each.number}?p=1"),
    "both": lambda each: replace(each, guid=f"urn:x:{each.number}", link=f"https://other.example/{each.number}"),
    "no links": lambda each: replace(each, guid=f"urn:x:{each.number}", link=None),
}


@pytest.mark.parametrize("change", OTHER.values(), ids=OTHER)
def test_a_feed_whose_entries_all_come_under_others_is_recognised_and_one_new_post_in_it_is_new(
    change: Callable[[Post], Post],
) -> None:
    assert born(FIVE, [change(post(6)), *map(change, FIVE)]) == [5, 4, 3, 2, 1, 6]


@pytest.mark.parametrize("change", OTHER.values(), ids=OTHER)
def test_two_such_names_may_take_turns(change: Callable[[Post], Post]) -> None:
    memory = polls(FIVE, list(map(change, FIVE)), FIVE, list(map(change, FIVE)))
    assert len(memory.held) == 5
    assert memory.state.identity is None


def test_a_guid_that_is_an_address_is_known_however_it_is_spelled() -> None:
    one = post(1, guid="http://blog.example/1", link=None, date=None)
    same = replace(one, guid="https://www.blog.example/1/", title="Another title", text="Short.")
    assert born([*FIVE[:3], one], [*FIVE[:3], same]) == [5, 4, 3, 1]


def test_the_operator_is_told_of_a_remap() -> None:
    memory = polls(FIVE, [post(6), *map(OTHER["other guids"], FIVE)])
    words = "5 entries came under new ids; recognised by their links, 1 more is new"
    assert memory.state.detail == words
    assert words in memory.state.warnings


def test_nothing_is_said_of_one_entry_that_comes_under_a_new_id() -> None:
    memory = polls(FIVE, [OTHER["other guids"](FIVE[0]), *FIVE[1:]])
    assert memory.state.warnings == ()
    assert len(memory.held) == 5


def test_in_a_remap_the_page_alone_is_enough() -> None:
    moved = list(map(OTHER["other guids"], FIVE))
    edited = replace(moved[2], title="All new", text="All new. " * 20, date=NOW)
    assert born(FIVE, [*moved[:2], edited, *moved[3:]]) == [5, 4, 3, 2, 1]


# ---- how much it takes


def test_an_edited_headline_that_gives_another_guid_is_an_edit() -> None:
    edited = replace(FIVE[2], title="Another headline", guid="tag:blog.example,2026:another", text="All new. " * 20)
    assert born(FIVE, [*FIVE[:2], replace(edited, date=NOW), *FIVE[3:]]) == [5, 4, 3, 2, 1]


def test_the_next_on_the_same_page_is_new_where_the_last_one_may_have_fallen_off_the_end() -> None:
    today = post(1, link="https://blog.example/today")
    assert born([today], [post(2, link=today.link)], [post(3, link=today.link)]) == [1, 2, 3]


def test_two_that_both_could_be_one_are_none() -> None:
    twins = [
        replace(post(n), title="Weekly links", date=NOW, text="x" * 90, link=f"https://blog.example/w{n}")
        for n in (6, 7)
    ]
    gone = post(1, title="Weekly links", date=NOW, text="x" * 90)
    assert sorted(born([gone, *FIVE[:2]], [*twins, *FIVE[:2]])) == [1, 4, 5, 6, 7]


def test_one_that_could_be_two_is_neither() -> None:
    shown = [replace(post(n), title="Weekly links", date=NOW) for n in (1, 2)]
    text = "y" * 90
    before = [replace(each, text=text) for each in shown]
    after = replace(post(9), title="Weekly links", date=NOW, text=text)
    assert born(before, [after]) == [1, 2, 9]


def test_a_home_page_that_all_entries_link_to_is_no_evidence() -> None:
    home = "https://blog.example/"
    weekly = [post(n, link=home, title="Weekly links") for n in (1, 2, 3)]
    assert born([weekly[0]], [weekly[1]], [weekly[2]]) == [1, 2, 3]


def test_a_page_that_several_entries_link_to_is_no_evidence() -> None:
    log = [post(n, link="https://blog.example/log", title="Release") for n in (1, 2, 3, 4)]
    assert born(log[:2], log[2:]) == [1, 2, 3, 4]


def test_a_repeated_text_is_no_evidence_for_a_few() -> None:
    text = "In this episode we talk, and before that we thank those who pay for it, as we do each week. " * 2
    shows = [post(n, text=text, title=f"Episode {n}") for n in (1, 2, 3)]
    assert born([shows[0]], [shows[1]], [shows[2]]) == [1, 2, 3]


def test_titles_and_dates_of_fewer_than_sixty_per_cent_are_no_evidence() -> None:
    moved = [replace(OTHER["both"](each), text=f"Not what it said before: {each.number}.") for each in FIVE[:2]]
    fresh = [post(n) for n in (6, 7, 8)]
    assert len(born(FIVE, [*fresh, *moved])) == 10
    assert len(born(FIVE, [*fresh[:1], *moved])) == 6


def test_a_post_that_left_long_ago_and_is_bumped_under_another_guid_is_the_old_one() -> None:
    later = [post(n) for n in range(10, 5, -1)]
    bumped = replace(post(1, guid="urn:x:bumped"), date=NOW)
    assert born(FIVE, later, later, [bumped, *later]) == [5, 4, 3, 2, 1, 10, 9, 8, 7, 6]


def test_an_entry_beside_the_one_it_could_be_is_another() -> None:
    again = replace(FIVE[0], guid="urn:x:again")
    assert born(FIVE, [again, *FIVE]) == [5, 4, 3, 2, 1, 5]


def test_one_listed_under_its_old_and_its_new_id_at_once_is_one() -> None:
    again = replace(FIVE[0], guid="urn:x:again")
    memory = polls(FIVE, [again, *FIVE[1:]], [again, *FIVE], [FIVE[0], again, *FIVE[1:]])
    assert len(memory.held) == 5


def test_two_under_the_ids_that_one_had_are_two_where_they_say_something_else() -> None:
    moved = replace(FIVE[0], guid="urn:x:again")
    other = post(9, guid="urn:x:again", date=FIVE[0].date)
    assert born(FIVE, [moved, *FIVE[1:]], [other, *FIVE], [other, *FIVE]) == [5, 4, 3, 2, 1, 9]


# ---- ids that say nothing


def test_an_id_reused_for_a_later_release_is_another_article() -> None:
    releases = [post(n, guid="tag:blog.example,2026:latest") for n in (1, 2, 3)]
    assert born([releases[0]], [releases[1]], [releases[1]], [releases[2]]) == [1, 2, 3]


def test_also_where_the_earlier_one_was_retracted() -> None:
    memory = polls([post(1, guid="tag:blog.example,2026:latest")])
    ((key, held),) = memory.held.items()
    memory.held[key] = replace(held, withdrawn=True, deleted_by="operator")
    memory.poll(post(2, guid="tag:blog.example,2026:latest").entry())
    assert memory.born == ["post 1", "post 2"]


def test_an_edit_of_all_there_is_without_a_later_date_is_an_edit() -> None:
    other = replace(FIVE[0], title="All new", link="https://blog.example/new", text="All new. " * 20)
    assert born(FIVE, [other, *FIVE[1:]]) == [5, 4, 3, 2, 1]


def test_ids_that_are_places_in_the_list_shift_without_a_doublet() -> None:
    def numbered(*numbers: int) -> list[Post]:
        return [post(n, guid=str(place)) for place, n in enumerate(numbers)]

    documents = [(3, 2, 1), (4, 3, 2), (5, 4, 3), (5, 3), (3,), (6, 3)]
    assert sorted(born(*(numbered(*each) for each in documents))) == [1, 2, 3, 4, 5, 6]


def test_two_that_share_an_id_for_one_look_are_two() -> None:
    one, two = (post(n, guid="same") for n in (1, 2))
    assert born([one], [two, one], [two], [one], [two, one]) == [1, 2]


def test_two_of_one_title_that_share_an_id_are_two() -> None:
    one, two = (post(n, guid="same", title="Weekly links") for n in (1, 2))
    assert born([one], [two, one], [two], [one]) == [1, 2]


@pytest.mark.parametrize("link", ["https://blog.example/", None, "own"])
def test_ten_that_share_an_id_are_ten_over_all_looks(link: str | None) -> None:
    ten = [post(n, guid="same", **({} if link == "own" else {"link": link})) for n in range(10)]
    assert sorted(born(ten, ten[:1], ten[3:], ten[5:6], ten)) == list(range(10))


def test_ids_that_were_new_at_two_looks_are_not_asked_again() -> None:
    def again(look: int) -> list[Post]:
        return [replace(each, guid=f"urn:x:{look}:{each.number}") for each in FIVE]

    memory = polls(*map(again, range(3)))
    assert memory.state.told_by == "link"
    memory.poll(*(each.entry() for each in again(3)))
    before = len(memory.aliases)
    for look in range(4, 9):
        memory.poll(*(each.entry() for each in again(look)))
    assert len(memory.aliases) == before
    assert len(memory.held) == 5


def again_under_new_ids(looks: int, posts: list[Post]) -> list[list[Post]]:
    return [[replace(each, guid=f"urn:x:{look}:{each.number}") for each in posts] for look in range(looks)]


def test_what_was_learnt_does_not_outweigh_an_id_that_holds_still_again() -> None:
    documents = again_under_new_ids(3, FIVE)
    other = replace(documents[2][0], link="https://blog.example/new", title="All new", text="All new. " * 20)
    memory = polls(*documents, [other, *documents[2][1:]])
    assert memory.state.told_by == "link"
    assert len(memory.held) == 5


def test_nor_is_an_id_believed_that_two_entries_share() -> None:
    weekly = [replace(each, title="Weekly links") for each in FIVE]
    documents = again_under_new_ids(3, weekly)
    moved = replace(documents[2][0], link="https://blog.example/moved")
    other = replace(moved, number=6, link="https://blog.example/other", date=NOW)
    assert born(*documents, [other, moved, *documents[2][1:]]) == [5, 4, 3, 2, 1, 6]


def test_titles_without_dates_and_texts_are_no_names_to_be_learnt() -> None:
    undated = [replace(each, link="https://blog.example/", date=None) for each in FIVE]
    assert polls(*again_under_new_ids(4, undated)).state.identity is None


@pytest.mark.parametrize(("title", "new"), [("News", 3), ("What the harbour was built for", 0)])
def test_titles_alone_tell_something_where_they_are_long(title: str, new: int) -> None:
    bare = [post(n, title=f"{title} {n}", date=None, text="Short.") for n in (3, 2, 1)]
    assert len(born(bare, [OTHER["both"](each) for each in bare])) == 3 + new


def test_texts_that_come_again_later_under_other_titles_are_new() -> None:
    later = [post(n) for n in range(10, 5, -1)]
    texts = ["".join(sha256(f"{each.number} {n}".encode()).hexdigest() for n in range(3)) for each in FIVE[:3]]
    tips = [replace(post(20 + n), text=text) for n, text in enumerate(texts)]
    first = [replace(each, text=text) for each, text in zip(FIVE[:3], texts, strict=True)]
    assert len(born(first, later, later, [*tips, *later[:2]])) == 11


def test_what_was_in_the_last_document_comes_before_what_said_the_same_long_ago() -> None:
    alike = [post(n, title="Weekly links", date=None, text="The same as ever, in many words. " * 5) for n in (1, 3)]
    between = post(2, date=None)
    assert born([alike[0]], [between], [alike[1], between], [OTHER["both"](alike[1]), between]) == [1, 2, 3]


# ---- what the operator says


def by(identity: Any) -> Source:
    return replace(SOURCE, identity=identity)


def test_where_links_tell_apart_another_guid_means_nothing() -> None:
    one = post(1)
    assert born([one], [replace(one, guid="urn:x:2", title="Another", date=NOW, text="Short.")], source=by("link")) == [
        1
    ]


def test_where_ids_tell_apart_another_guid_is_another_entry() -> None:
    assert len(born(FIVE, [OTHER["other guids"](each) for each in FIVE], source=by("id"))) == 10


def test_where_titles_tell_apart_the_date_does_too() -> None:
    weekly = [post(n, title="Weekly links", guid=None) for n in (1, 2)]
    assert born([weekly[0]], [weekly[1]], source=by("title")) == [1, 2]
    other = OTHER["other links"](weekly[0])
    assert born([weekly[0]], [other], source=by("title")) == [1]


def test_where_texts_tell_apart_all_else_may_change() -> None:
    one = post(1, text="z" * 100)
    other = post(2, text="z" * 100, title="Post 1")
    memory = Memory(by("text"))
    memory.poll(one.entry())
    memory.poll(replace(other.entry(), rights="post 1"))
    assert memory.born == ["post 1"]


def test_what_waits_in_quarantine_is_paired_with_nothing_from_before_it() -> None:
    memory = polls(FIVE)
    spam = [
        replace(post(n, title=f"Casino {n}"), link=f"https://casino.example/{n}", guid=f"c{n}", text=f"{n} " * 90)
        for n in (6, 7, 8)
    ]
    memory.info = FeedInfo(title="Casino", url="https://casino.example/")
    stolen = replace(FIVE[0], guid="c5", link="https://casino.example/5")
    decided = memory.poll(*(each.entry() for each in (stolen, *spam[1:])))
    assert decided.state.quarantine is not None
    assert len(decided.held) == 3
    assert decided.aliases == ()


def test_what_came_in_a_quarantine_is_nothing_that_comes_after_it() -> None:
    memory = polls(FIVE)
    (key,) = (key for key, says in memory.says.items() if says == "post 5")
    memory.held[key] = replace(memory.held[key], held="the feed is called Casino now")
    memory.poll(*(each.entry() for each in (OTHER["both"](FIVE[0]), *FIVE[1:])))
    assert len(memory.held) == 6


@pytest.mark.parametrize("held", ["flood: too many at once", "dropped", "absorbed"])
def test_what_waits_or_was_dropped_stays_so_under_another_id(held: str) -> None:
    memory = polls(FIVE)
    (key,) = (key for key, says in memory.says.items() if says == "post 5")
    memory.held[key] = replace(memory.held[key], held=f"{FLOOD}too many" if held.startswith("flood") else held)
    memory.poll(*(each.entry() for each in (OTHER["other guids"](FIVE[0]), *FIVE[1:])))
    assert len(memory.held) == 5


# ---- whatever happens


@st.composite
def histories(draw: st.DrawFn) -> list[list[Post]]:
    """What a feed gives over its looks: posts come, are edited and fall off its end, while their names change."""
    dated, weekly, home = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
    window = draw(st.integers(2, 8))
    ids = links = count = in_a_row = 0
    order, volatile = False, False
    posts: list[Post] = []
    documents: list[list[Post]] = []
    for _ in range(draw(st.integers(2, 8))):
        changes = draw(st.lists(st.sampled_from(["post", "post", "ids", "links", "both", "order"]), max_size=3))
        in_a_row = in_a_row + 1 if {"ids", "links", "both"} & set(changes) else 0
        volatile = volatile or in_a_row > 1  # by then the titles may be the names
        if posts and not in_a_row and not _is_without(ids):
            place = draw(st.integers(0, min(window, len(posts)) - 1))
            edits: list[dict[str, Any]] = [
                {"text": f"{posts[place].number} new " * 40},
                {"title": f"Edited {len(documents)}"},
            ]
            posts[place] = replace(posts[place], **draw(st.sampled_from([{}, *edits[: 1 if volatile else 2]])))
        for what in changes:
            if what == "post":
                count += 1
                title = f"Weekly links {count % 2}" if weekly else f"Number {count}"
                posts.insert(0, Post(count, title=title, date=NOW - timedelta(days=99 - count) if dated else None))
            ids += what in ("ids", "both")
            links += what in ("links", "both")
            order ^= what == "order"
        if weekly and home and _is_without(ids):  # nothing tells two of one title on one page apart but their ids
            ids += 1
        shown = [
            replace(each, guid=_guid(ids, each.number), link=_link(None if home else links, ids, each.number))
            for each in posts[:window]
        ]
        documents.append(shown[::-1] if order else shown)
    return documents


def _is_without(ids: int) -> bool:
    return ids % 3 == 2


def _guid(ids: int, number: int) -> str | None:
    return None if _is_without(ids) else f"{'http' if ids % 3 else 'https'}://blog.example/{ids // 3}/{number}"


def _link(links: int | None, ids: int, number: int) -> str:
    return "https://blog.example/" if links is None else f"https://blog.example/p{links}/{number}?utm_source={ids}"


@settings(max_examples=250, deadline=None)
@given(histories())
def test_every_post_is_an_article_once_whatever_its_names_are(documents: list[list[Post]]) -> None:
    wanted = {each.number for shown in documents for each in shown}
    assert sorted(born(*documents)) == sorted(wanted)


# ---- real feeds


def renamed(entry: ParsedEntry, *, guid: bool, link: bool) -> ParsedEntry:
    """The entry as another program of its publisher might say it."""
    mark = sha256(repr((entry.raw_id, entry.links, entry.raw_hash)).encode()).hexdigest()[:16]
    moved = [
        replace(each, href=f"https://moved.example/{mark}") if link and each.rel == "alternate" else each
        for each in entry.links
    ]
    return replace(
        entry,
        raw_id=f"urn:x:{mark}" if guid else entry.raw_id,
        raw_id_is_permalink=entry.raw_id_is_permalink and not guid,
        links=tuple(moved),
        raw_hash=sha256(f"{mark}{guid}{link}".encode()).digest(),
    )


@pytest.fixture(scope="module")
def real(corpus: list[dict[str, str]]) -> list[tuple[Source, FeedInfo, list[ParsedEntry]]]:
    """Real feeds, twenty entries of each at most; ``rights`` tell which entry is which."""
    read = []
    for each in corpus:
        document = Document(body=Path(each["path"]).read_bytes(), url=each["url"], media_type=None)
        source = Source(id="s", url=each["url"])
        feed = parse((document,), source, NOW)
        told = [replace(one, rights=f"post {place}") for place, one in enumerate(feed.entries[:20])]
        read.append((source, feed.info, told))
    return read


@pytest.mark.parametrize(("guid", "link"), [(True, False), (False, True), (True, True)])
def test_entries_of_real_feeds_are_recognised_under_other_names(
    real: list[tuple[Source, FeedInfo, list[ParsedEntry]]], guid: bool, link: bool
) -> None:
    entries = doubled = 0
    for source, info, told in real:
        memory = Memory(source, info)
        memory.poll(*told)
        before = len(memory.born)
        memory.poll(*(renamed(one, guid=guid, link=link) for one in told))
        entries += before
        doubled += len(memory.born) - before
    assert doubled <= 0.01 * entries, f"{doubled} of {entries} came as new"
