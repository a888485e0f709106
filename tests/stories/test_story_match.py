"""What speaks for two articles being on one event, and what against it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.model import Candidate, Enclosure, FeedInfo
from aggregator.stories import bands, decide, match, related, signature
from aggregator.stories.evidence import evidence
from aggregator.stories.match import likeness

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.model import Article

    Make = Callable[..., Article]

QUAKE = (
    "Strong quake off Aomori prompts tsunami advisory",
    "A 6.8 earthquake hit northern Japan off Aomori on Monday.",
)
BEBEN = (
    "Erdbeben vor Aomori löst Tsunami-Warnung aus",
    "Ein Beben der Stärke 6,8 hat den Norden von Japan vor Aomori erschüttert.",
)
AGAIN = ("Japan: 6.8 earthquake off Aomori, tsunami advisory", "The quake hit off Aomori in northern Japan on Monday.")


def like(a: Article, b: Article) -> float:
    return likeness(evidence(signature(a), signature(b)))


def test_the_evidence_is_told_in_words(article: Make) -> None:
    found = match(signature(article(*QUAKE)), signature(article(*BEBEN, source="b")))
    assert found is not None
    assert "Aomori" in found.why


def test_what_is_more_than_three_days_apart_is_another_event(article: Make) -> None:
    first = signature(article(*QUAKE))
    assert match(first, signature(article(*AGAIN, source="b", hours=71))) is not None
    assert match(first, signature(article(*AGAIN, source="b", hours=73))) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Apple releases iOS 26.1 with Liquid Glass switch", "Apple releases iOS 26.2 with Liquid Glass switch"),
        ("Linux 6.18 released", "Linux 6.18-rc7 released"),
        ("Arsenal 2-1 Chelsea: Saka settles London derby", "Arsenal 3-1 Chelsea: Saka settles London derby"),
        ("Starship completes tenth test flight over Texas", "Starship completes eleventh test flight over Texas"),
        ("Melbourne Cup: Half Yours wins for Jamie Melham", "Caulfield Cup: Half Yours wins for Jamie Melham"),
        ("Brenntal buys Kestrel Foods for 4.2 billion euros", "Brenntal buys Kestrel Foods for 310 million euros"),
        (
            "India v England, third Test, day 2: Root holds up hosts",
            "India v England, third Test, day 3: Root holds up hosts",
        ),
    ],
)
def test_one_pattern_with_another_number_or_name_is_another_event(one: str, other: str, article: Make) -> None:
    text = "It is as it was said before by those who know."
    assert match(signature(article(one, text)), signature(article(one, text, source="b"))) is not None
    assert match(signature(article(one, text)), signature(article(other, text, source="b"))) is None


def test_the_same_words_make_a_match_of_two_headlines_that_do_not(article: Make) -> None:
    words = [f"{first}{second}" for first in ("sea", "bank", "mill", "road", "wood") for second in "abcdefghij"]
    text = " ".join(words) + " Harbour Quay said Mina Okafor"
    one, other = ("Harbour Quay gets its tram", "Mina Okafor speaks up")
    far = like(article(one, "Nothing."), article(other, "More.", source="b"))
    near = like(article(one, content_html=f"<p>{text}</p>"), article(other, content_html=f"<p>{text}</p>", source="b"))
    assert far < 0.5 < 0.9 < near


def test_a_page_a_picture_and_a_recording_that_both_point_to_are_evidence(article: Make) -> None:
    titles = ("Council approves the tram to Harbour Quay", "Harbour Quay: what the tram will cost the council")
    link = '<p>See <a href="https://council.example/{}?utm_source=x">this</a>.</p>'
    plain = like(
        article(titles[0], content_html=link.format("tram")),
        article(titles[1], source="b", content_html=link.format("bus")),
    )
    page = {"content_html": link.format("tram")}
    picture = {**page, "image": "https://a.example/2026/11/agency-20261120-4711.jpg"}
    recording = {**page, "enclosures": (Enclosure(url="https://pod.example/1.mp3", type="audio/mpeg"),)}
    weighed = [plain]
    for fields in (page, picture, recording):
        weighed.append(like(article(titles[0], **fields), article(titles[1], source="b", **fields)))
    assert weighed[0] < weighed[1] < weighed[2] == weighed[3]


def test_neither_a_front_page_nor_a_digest_of_links_is_evidence(article: Make) -> None:
    home = article("One", content_html='<a href="https://example.org/">x</a>')
    many = article("Two", content_html="".join(f'<a href="https://example.org/{n}">x</a>' for n in range(6)))
    own = article("Three", url="https://a.example/three", content_html='<a href="https://www.a.example/two">x</a>')
    assert signature(home).references == ()
    assert signature(many).references == ()
    assert signature(own).references == ("page a.example/three",)


def test_a_word_that_many_articles_have_says_less(article: Make) -> None:
    a, b = signature(article(*QUAKE)), signature(article(*AGAIN, source="b"))
    usual = dict.fromkeys((*a.title, *a.lead), 1.0)
    assert likeness(evidence(a, b, usual)) < likeness(evidence(a, b))


def test_keys_are_few_and_shared_by_translations(article: Make) -> None:
    long = " ".join(f"Name{chr(97 + n)}bury" for n in range(26))
    assert len(bands(signature(article(long, long)))) <= 16
    assert set(bands(signature(article(*QUAKE)))) & set(bands(signature(article(*BEBEN, source="b"))))


def test_two_articles_that_came_through_one_planet_are_of_two_publishers(article: Make) -> None:
    signed = [signature(article("One", origin=FeedInfo(id=f"tag:{name}"))) for name in ("x", "y")]
    assert [each.publisher for each in signed] == ["tag:x", "tag:y"]
    assert signature(article("One", source="a")).publisher == "a"


# ---- deciding


def candidate(made: Article, story: str | None = None) -> Candidate:
    return Candidate(key=made.key, signature=signature(made), story=story)


def test_an_article_joins_the_story_of_the_one_it_matches(article: Make) -> None:
    own = signature(article(*AGAIN, source="c"))
    alone = decide(own, [candidate(article(*QUAKE))], {})
    assert (alone.stories, len(alone.others)) == ((), 1)
    assert alone.why is not None
    told = decide(own, [candidate(article(*QUAKE), "s")], {"s": {"a", "b"}})
    assert (told.stories, told.others) == (("s",), ())


def test_a_publisher_has_one_article_in_a_story(article: Make) -> None:
    own = signature(article(*AGAIN, source="a"))
    assert decide(own, [candidate(article(*QUAKE))], {}).others == ()
    assert decide(own, [candidate(article(*QUAKE, source="b"), "s")], {"s": {"a", "b"}}).stories == ()


def test_two_stories_are_one_where_they_share_no_publisher(article: Make) -> None:
    own = signature(article(*AGAIN, source="z"))
    found = [candidate(article(*QUAKE), "s"), candidate(article(*BEBEN, source="b"), "t")]
    assert set(decide(own, found, {"s": {"a"}, "t": {"b"}}).stories) == {"s", "t"}
    assert len(decide(own, found, {"s": {"a", "c"}, "t": {"b", "c"}}).stories) == 1


def test_one_article_that_is_nothing_like_it_keeps_an_article_out_of_a_story(article: Make) -> None:
    own = signature(article(*AGAIN, source="z"))
    stray = article("Radiohead announce first shows in seven years", source="c")
    found = [candidate(article(*QUAKE), "s"), candidate(stray, "s")]
    assert decide(own, found, {"s": {"a", "c"}}).stories == ()


def test_related_are_the_most_like_it_first_and_nothing_that_is_not(article: Make) -> None:
    near, far = article(*AGAIN, source="b"), article("Tsunami off Aomori was small, says Japan", source="c", hours=-200)
    found = related(signature(article(*QUAKE)), [candidate(each) for each in (far, near, article("Links", source="d"))])
    assert found == (near.key, far.key)
    assert related(signature(article(*QUAKE)), [candidate(near), candidate(far)], limit=1) == (near.key,)


def test_of_a_title_without_end_only_the_beginning_counts(article: Make) -> None:
    words = " ".join(f"harbour{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(600))
    assert len(signature(article(words)).title) < 60


def test_garbage_is_signed_and_raises_nothing(article: Make) -> None:
    odd: list[dict[str, Any]] = [
        {"url": "http://[", "content_html": '<a href="http://[">x</a>'},
        {"content_html": "<" * 20_000},
        {"content_html": "漢" * 20_000},
        {"summary": "\ud800"},
        {"image": "data:image/png;base64,1234567890123456"},
    ]
    for fields in odd:
        signed = signature(article("\ud800 1", **fields))
        assert bands(signed) is not None
        assert likeness(evidence(signed, signed)) <= 1
    assert timedelta(0) == signed.at - signed.at
