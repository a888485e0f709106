"""Somebody who comes once a month for a year, and what the program goes through meanwhile.

``AGGREGATOR_YEARS`` says how many different years are played.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from archive_client import ArchiveClient, from_folder, walk
from killed import Kill, killing
from recorded_planet import SITE, RecordedPlanet

DAY = timedelta(days=1)


class Truth:
    """What was published, as it is now."""

    def __init__(self, planet: RecordedPlanet) -> None:
        self.planet = planet
        self.texts: dict[str, str] = {}
        self.gone: set[str] = set()
        self.hidden: set[str] = set()
        self.numbers = 0

    @property
    def alive(self) -> list[str]:
        return sorted(self.texts.keys() - self.gone - self.hidden)

    def post(self, count: int, **said: object) -> None:
        for _ in range(count):
            self.numbers += 1
            (each,) = self.planet.post(self.numbers, **said)
            self.texts[each] = f"<p>The text of {self.numbers}.</p>"

    def edit(self, each: str) -> None:
        self.numbers += 1
        self.planet.now += timedelta(minutes=1)
        self.planet.edit(each, f"It says {self.numbers} now.")
        self.texts[each] = f"<p>It says {self.numbers} now.</p>"


async def killed(planet: RecordedPlanet, monkeypatch: pytest.MonkeyPatch, chance: random.Random) -> None:
    """One publish that ends at some write, removal or transaction, and a new start."""
    with killing(monkeypatch, chance.randrange(1, 9)), contextlib.suppress(Kill):
        await planet.publish()
    await planet.restart()


@pytest.mark.parametrize("seed", range(int(os.environ.get("AGGREGATOR_YEARS", "1"))))
async def test_who_comes_once_a_month_has_everything_that_was_ever_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """O15: what is rebuilt from the documents is what there is."""
    chance = random.Random(seed)
    planet = RecordedPlanet(tmp_path, outputs="[{id: main, limit: 5, formats: [atom]}]")
    await planet.start()
    truth = Truth(planet)
    client = ArchiveClient(from_folder(planet.public, SITE), f"{SITE}feed.atom")
    for month in range(12):
        for _ in range(2):
            truth.post(chance.randrange(1, 9))
            await planet.publish()
            if chance.random() < 0.5:
                truth.edit(chance.choice(truth.alive))
            if chance.random() < 0.5:
                truth.post(1, sort_at=planet.now - chance.randrange(5, 300) * DAY)
            if chance.random() < 0.4:
                taken = chance.choice(truth.alive)
                if (way := chance.choice(["retract", "hide", "delete"])) == "delete":
                    planet.delete(taken)
                else:
                    planet.operate(way, taken)
                (truth.hidden if way == "hide" else truth.gone).add(taken)
            if truth.gone and chance.random() < 0.2:
                back = chance.choice(sorted(truth.gone))
                planet.operate("retract", back, undo=True)
                planet.say_again(back, truth.texts[back])
                truth.gone.discard(back)
            if chance.random() < 0.4:
                await killed(planet, monkeypatch, chance)
            await planet.publish()
            planet.now += timedelta(days=chance.randrange(10, 16))
            await planet.publish_if_due()
        if month in (4, 8):
            await planet.restart(lambda: shutil.rmtree(tmp_path / "var"))
            await planet.publish()
        planet.now += DAY
        await planet.publish_if_due()

        client.come()
        assert not client.gaps
        lost = truth.texts.keys() - truth.gone - truth.hidden - client.entries.keys()
        assert not lost, f"month {month}"
        assert {each: client.entries[each][1] for each in truth.alive} == {
            each: truth.texts[each] for each in truth.alive
        }, f"month {month}"
        assert not truth.gone & client.entries.keys(), f"month {month}"
        documents = walk(client.get, client.subscribed)
        said = {each for document in documents for each in document.ids}
        assert said == set(truth.alive)
    assert client.fetched < 12 * 20
    await planet.stop()
