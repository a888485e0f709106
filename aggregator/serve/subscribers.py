"""How many people read what is published here, as far as a web server can know: services announce a number in their
User-Agent, and programs that announce none count as one person each.

Whatever a stranger claims is bounded, and so is what is remembered of him: of a program, a hash of its address and
agent under a key that exists in memory only, until midnight UTC; of a service, its name and number.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv6Address
from secrets import token_bytes
from typing import TYPE_CHECKING, Any

from aggregator.serve import agents

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

SETTING = "subscribers"
"""The store's setting for :meth:`Subscribers.as_text`."""

FEEDS = ("atom", "rss", "json")
"""Documents that readers subscribe to, by the ending of their name."""

DAYS = 3
"""For how many days a service's number counts: some ask for a feed with few subscribers only every other day."""

MOST = 999_999
"""A known service that announces more is not believed: scrapers pretend to be ``NewsBlur Feed Fetcher - 1000000
subscribers`` (seen in public code, 2025)."""

MOST_UNKNOWN = 1_000
"""A service nobody has heard of that announces more is not believed."""

UNKNOWN = 100
"""Of so many unknown services the numbers are kept, one for each output; further ones are passed over."""

CLIENTS = 50_000
"""Programs told apart on one day; further ones are not counted. They take at most 12 MB."""

CLIENTS_OF_ONE = 1_000
"""Of these from one address: one stranger can give himself any number of names."""

AGENT_BYTES = 512
"""Of a User-Agent that are looked at."""

AGENTS = 1_000
"""User-Agents whose meaning is remembered: to find it takes 10 to 200 microseconds, to remember it less than one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Subscribers at one moment."""

    announced: int
    bare: int
    """Programs that announce no number."""
    services: tuple[tuple[str, str, int], ...]
    """Service, output, number."""

    @property
    def total(self) -> int:
        return self.announced + self.bare

    def as_json(self) -> dict[str, Any]:
        """The shape of ``status --json``."""
        services = [{"service": name, "output": output, "subscribers": n} for name, output, n in self.services]
        return {"total": self.total, "announced": self.announced, "bare": self.bare, "services": services}


class Subscribers:
    """Counts. Made from what :meth:`as_text` gave before, if anything."""

    def __init__(self, now: datetime, stored: str | None = None) -> None:
        said: Mapping[str, Any] = json.loads(stored) if stored is not None else {}
        self._day = date.fromisoformat(said["day"]) if said else now.date()
        self._bare_before: int = said.get("bare_before", 0)
        self._bare_so_far: int = said.get("bare", 0)
        """Counted today before a restart; who that was is not known any more."""
        self._heard: dict[tuple[str, str], dict[date, int]] = {}
        for service, output, numbers in said.get("heard", ()):
            self._heard[service, output] = {date.fromisoformat(day): number for day, number in numbers.items()}
        self._clients: set[bytes] = set()
        self._addresses: Counter[bytes] = Counter()
        self._key = token_bytes(32)
        self._read = lru_cache(AGENTS)(_read)
        self.turn(now)

    def turn(self, now: datetime) -> None:
        """A new day (UTC): who was there is forgotten, and what services said goes out of date."""
        today = now.date()
        if today == self._day:
            return
        self._bare_before = self._bare if today - self._day == timedelta(days=1) else 0
        self._bare_so_far = 0
        self._day = today
        self._clients = set()
        self._addresses = Counter()
        self._key = token_bytes(32)
        self._read.cache_clear()
        for who, numbers in list(self._heard.items()):
            fresh = {day: each for day, each in numbers.items() if timedelta(0) <= today - day < timedelta(days=DAYS)}
            self._heard[who] = fresh
            if not fresh:
                del self._heard[who]

    def saw(self, path: str, agent: bytes, address: str, first: str) -> None:
        """A program was given, or has already, the document at ``path``; ``first`` is the output also called feed."""
        output, _, ending = path[1:].rpartition(".")
        if ending not in FEEDS or "/archive/" in output:  # who reads the past of an output asked for its feed before
            return
        agent = agent[:AGENT_BYTES]
        who = self._read(agent)
        if isinstance(who, agents.Announced):
            self._hear(who, first if output == "feed" else output)
        elif who and len(self._clients) < CLIENTS:
            self._meet(agent, address)

    def _meet(self, agent: bytes, address: str) -> None:
        """One person's reader."""
        client = self._hash(address.encode() + b" " + agent)
        if client in self._clients:
            return
        home = self._hash(_home(address).encode())
        if self._addresses[home] < CLIENTS_OF_ONE:
            self._addresses[home] += 1
            self._clients.add(client)

    def _hash(self, what: bytes) -> bytes:
        return blake2b(what, digest_size=8, key=self._key).digest()

    def _hear(self, said: agents.Announced, output: str) -> None:
        """The highest number a service names for an output: it may ask for each format, for some of the people."""
        if said.subscribers > (MOST if said.known else MOST_UNKNOWN):
            return
        who = (said.service, output)
        if who not in self._heard and not said.known and self._unknown >= UNKNOWN:
            return
        numbers = self._heard.setdefault(who, {})
        numbers[self._day] = max(numbers.get(self._day, 0), said.subscribers)

    @property
    def _unknown(self) -> int:
        return sum(service not in agents.KNOWN for service, _ in self._heard)

    @property
    def _bare(self) -> int:
        """Today's programs; after a restart the same ones come again, so the larger number is taken."""
        return max(self._bare_so_far, len(self._clients))

    def tally(self) -> Tally:
        """The subscribers of the last days. Of programs, those of yesterday until there are more today."""
        services = tuple((*who, max(numbers.values())) for who, numbers in sorted(self._heard.items()))
        return Tally(
            announced=sum(number for _, _, number in services),
            bare=max(self._bare_before, self._bare),
            services=services,
        )

    def as_text(self) -> str:
        """What is kept over a restart; nothing of it tells who anybody is."""
        return json.dumps(
            {
                "day": self._day.isoformat(),
                "bare_before": self._bare_before,
                "bare": self._bare,
                "heard": [
                    [*who, {day.isoformat(): number for day, number in numbers.items()}]
                    for who, numbers in sorted(self._heard.items())
                ],
            }
        )


def _read(agent: bytes) -> agents.Announced | bool:
    """What a service announces, or else whether it is one person's reader."""
    words = agent.decode("latin-1")
    return agents.announced(words) or agents.is_reader(words)


def _home(address: str) -> str:
    """The address, or of an IPv6 address the 64 bits that one household has to itself."""
    return str(int(IPv6Address(address)) >> 64) if ":" in address else address
