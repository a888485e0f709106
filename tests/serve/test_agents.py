"""What a User-Agent says of subscribers, and whether a person stands behind it."""

from __future__ import annotations

import pytest

from aggregator.serve.agents import Announced, announced, is_reader

FEEDFETCHER = "like FeedFetcher-Google"
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/14.0 Safari"

SERVICES = [
    (f"Feedly/1.0 (+http://www.feedly.com/fetcher.html; 462 subscribers; {FEEDFETCHER})", "feedly", 462),
    ("Feedbin feed-id:1697787 - 102 subscribers", "feedbin", 102),
    (f'NewsBlur Feed Fetcher - 27 subscribers - https://www.newsblur.com/site/77/x ("{SAFARI}/605.1")', "newsblur", 27),
    ("NewsBlur Feed Fetcher - 1 subscriber - http://www.newsblur.com/site/77/x", "newsblur", 1),
    ("Mozilla/5.0 (compatible; inoreader.com; 114 subscribers)", "inoreader", 114),
    ("Mozilla/5.0 (compatible; theoldreader.com; 1 subscribers; feed-id=cead6c3a8376)", "theoldreader", 1),
    ("Mozilla/5.0 (compatible; BazQux/2.4; +https://bazqux.com/fetcher; 1 subscribers)", "bazqux", 1),
    ("Bloglovin/1.0 (http://www.bloglovin.com; 1 subscribers)", "bloglovin", 1),
    ("Netvibes (http://www.netvibes.com/; 5 subscribers; feedId: 5404723)", "netvibes", 5),
    ("Overcast/1.0 Podcast Sync (123 subscribers; feed-id=456789; +http://overcast.fm/)", "overcast", 123),
    (
        "Dreamwidth Studios (webmaster@dreamwidth.org; for https://www.dreamwidth.org/users/v/; 2 readers)",
        "dreamwidth",
        2,
    ),
    ("PlainFeeder v0.0.1 (+http://plainfeeder.com/about ; Subscriber Count: 12)", "plainfeeder.com", 12),
    ("Bloglines/3.1 (http://www.bloglines.com; 1,154 subscribers)", "bloglines.com", 1154),
    ("Mozilla/5.0 (X11; Rojo 1.0;; on behalf of 15 subscriber(s) at http://www.rojo.com/?x) Gecko", "rojo.com", 15),
    ("kinjabot (; 1 Readers)", "kinjabot", 1),
    ("Some Reader; Follower: 3", "some", 3),
    ("New/1 0 subscribers", "new", 0),
    ("9" * 400 + " subscribers", "subscribers", int("9" * 400)),
]

READERS = [
    "NetNewsWire (RSS Reader; https://netnewswire.com/)",
    "Mozilla/5.0 (compatible; Miniflux/2.2.3; +https://miniflux.app)",
    "FreshRSS/1.24.1 (Linux; https://freshrss.org)",
    "Tiny Tiny RSS/24.02 (https://tt-rss.org/)",
    "Reeder/5040001 CFNetwork/1331.0.7 Darwin/21.4.0",
    "SpaceCowboys Android RSS Reader / 2.13.0(3764)",
    "newsboat/2.21 (Linux x86_64)",
    "Liferea/1.15.6 (Linux; https://lzone.de/liferea/) AppleWebKit (KHTML, like Gecko)",
    "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.10.1",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko) FluentReader/1.1 Chrome/91.0 Safari/537.36",
    "Mozilla/5.0 Vienna/3.1.1",
    "Emacs Elfeed 3.4.2",
    "feedparser/6.0.11 +https://github.com/kurtmckee/feedparser/",
    "aggregator/0.1 (+https://planet.example/; 37 subscribers)",
]

OTHERS = [
    "",
    f"{SAFARI}/605.1.15",
    "Mozilla/5.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",
    "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "facebookexternalhit/1.1",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "TelegramBot (like TwitterBot)",
    "Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
    "kube-probe/1.27",
    "Blackbox Exporter/0.24",
    "curl/8.5.0",
    "python-requests/2.31.0",
    "Go-http-client/2.0",
    f"Feedly/1.0 (+http://www.feedly.com/fetcher.html; {FEEDFETCHER})",
]


@pytest.mark.parametrize(("agent", "service", "number"), SERVICES)
def test_a_service_announces_its_subscribers(agent: str, service: str, number: int) -> None:
    assert announced(agent) == Announced(service, number)


def test_a_service_has_one_name_whatever_its_version_and_the_feed() -> None:
    said = [
        "Minor/1.0 (+https://www.minor.example/a; 3 subscribers; feed-id=1)",
        "Minor/2.0 (+https://minor.example/b; 5 subscribers; feed-id=2)",
    ]
    assert {each.service for agent in said if (each := announced(agent))} == {"minor.example"}


@pytest.mark.parametrize("agent", [*READERS, *OTHERS])
def test_versions_and_dates_are_no_numbers_of_subscribers(agent: str) -> None:
    assert announced(agent) is None


@pytest.mark.parametrize("agent", ["RSS2 reader", "Feed/2.3 Reader", "NewsReader 7", "a.5 users"])
def test_a_number_that_belongs_to_a_word_is_no_number_of_subscribers(agent: str) -> None:
    assert announced(agent) is None


@pytest.mark.parametrize("agent", READERS)
def test_a_program_that_reads_feeds_is_a_reader(agent: str) -> None:
    assert is_reader(agent)


@pytest.mark.parametrize("agent", OTHERS)
def test_browsers_robots_probes_libraries_and_curious_services_are_no_readers(agent: str) -> None:
    assert not is_reader(agent)
