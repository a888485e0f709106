"""A renderer that goes wrong replaces nothing that was good, in any format; what it cannot say is named in status."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from recorded_planet import RecordedPlanet
from structlog.testing import capture_logs

from aggregator import publish as publishing
from aggregator.errors import PublishError
from aggregator.last_publish import NAMED, SETTING, OutputState, last_publish
from aggregator.operate import output_problems, output_rows
from aggregator.publish import FORMATS
from aggregator.publish.formats import Frame
from aggregator.service import Service

TWO = "[{id: main, limit: 100}, {id: feeds, formats: [atom, json]}]"


@pytest.fixture
async def planet(tmp_path: Path) -> AsyncIterator[RecordedPlanet]:
    """Two outputs with twenty articles, published."""
    made = RecordedPlanet(tmp_path, outputs=TWO)
    await made.start()
    made.post(*range(20))
    await made.publish()
    yield made
    await made.stop()


def documents(planet: RecordedPlanet) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in planet.public.iterdir() if each.suffix[1:] in FORMATS}


def state(planet: RecordedPlanet, name: str = "main") -> OutputState:
    last = last_publish(planet.app.store.setting(SETTING))
    assert last is not None
    return last.outputs[name]


class BadFrame(Frame):
    """A frame that fills itself in another way than its parts say."""

    harm = ""

    def filled(self, entries: list[bytes]) -> bytes:
        good = super().filled(entries)
        if len(entries) < 3:  # what the gate reads of it is right
            return good
        return {
            "cut": good[: len(good) // 2],
            "rubbish": b"\xff\x00" * 1000,
            "nothing": b"",
            "other order": super().filled(entries[::-1]),
            "one less": super().filled(entries[1:]),
            "one twice": super().filled([*entries, entries[0]]),
            "six megabytes": good + b" " * 6_000_000,
        }[self.harm]


HARMS = ["cut", "rubbish", "nothing", "other order", "one less", "one twice", "six megabytes"]


@pytest.mark.parametrize(
    ("name", "harm"), [*(("atom", each) for each in HARMS), *((each, "cut") for each in ("rss", "json", "html"))]
)
async def test_a_document_that_is_not_sound_keeps_all_formats_of_its_output(planet, monkeypatch, harm, name) -> None:
    before = documents(planet)
    monkeypatch.setattr(BadFrame, "harm", harm)
    broken = replace(FORMATS[name], frame=lambda feed: BadFrame(**_parts(FORMATS[name].frame(feed))))
    monkeypatch.setattr(publishing, "FORMATS", {**FORMATS, name: broken})
    planet.post("new")
    done = await planet.publish()
    own = {each for each in before if not each.startswith("feeds.")}
    after = documents(planet)
    assert {each: after[each] for each in own} == {each: before[each] for each in own}
    assert state(planet).problem is not None
    assert any("the last good one stays" in each for each in done.problems)
    if name in ("atom", "json"):
        assert after["feeds.atom"] == before["feeds.atom"]
    else:
        assert after["feeds.atom"] != before["feeds.atom"]
        assert state(planet, "feeds").problem is None
    monkeypatch.undo()
    planet.post("newer")
    await planet.publish()
    assert b"Article newer" in documents(planet)["feed.atom"]
    assert b"Article new<" in documents(planet)["feed.atom"]
    assert state(planet).problem is None


def _parts(frame: Frame) -> dict[str, bytes]:
    return {"before": frame.before, "between": frame.between, "after": frame.after}


async def test_entries_that_cannot_be_rendered_are_named_until_they_can(planet, monkeypatch) -> None:
    good = FORMATS["atom"].entry

    def bad(entry):
        if entry.title in ("Article 3", "Article 4"):
            raise RuntimeError("this one never")
        return good(entry)

    monkeypatch.setattr(publishing, "FORMATS", {**FORMATS, "atom": replace(FORMATS["atom"], entry=bad)})
    await planet.restart()  # nothing is known that was rendered before
    planet.post("new")
    await planet.publish()
    main = state(planet)
    assert (main.entries, main.left_out, main.problem) == (19, 2, None)
    assert [each["id"] for each in main.problems] == ["tag:a.example,2026:4", "tag:a.example,2026:3"]
    assert {each["reason"] for each in main.problems} == {"RuntimeError: this one never"}
    outputs = planet.app.config.outputs
    (row, _) = output_rows(outputs, last_publish(planet.app.store.setting(SETTING)))
    assert (row["state"], row["left_out"], len(row["problems"])) == ("published", 2, 2)
    line = output_problems(outputs, last_publish(planet.app.store.setting(SETTING)))[0]
    assert line == (
        "output 'main': 2 entries are left out, such as 'tag:a.example,2026:4' of 'a.example': "
        "RuntimeError: this one never"
    )
    monkeypatch.undo()
    planet.post("newer")
    await planet.publish()
    assert state(planet).left_out == 0
    assert state(planet).entries == 22


async def test_a_renderer_that_refuses_half_of_what_is_published_is_held(planet, monkeypatch) -> None:
    before = documents(planet)
    good = FORMATS["rss"].entry

    def bad(entry):
        if int(entry.title.split()[1]) % 2:
            raise RuntimeError("no odd ones")
        return good(entry)

    monkeypatch.setattr(publishing, "FORMATS", {**FORMATS, "rss": replace(FORMATS["rss"], entry=bad)})
    await planet.restart()
    planet.post(20)
    with capture_logs() as told:
        await planet.publish()
        planet.post(22)
        await planet.publish()
        await planet.restart()
        planet.post(24)
        await planet.publish()
    assert [each["output"] for each in told if each["event"] == "output held"] == ["main"], "once, over a restart too"
    after = documents(planet)
    assert {each: after[each] for each in before if not each.startswith("feeds.")} == {
        each: body for each, body in before.items() if not each.startswith("feeds.")
    }
    assert after["feeds.atom"] != before["feeds.atom"], "it has no RSS"
    held = state(planet)
    assert held.held
    assert held.problem is not None
    assert held.problem.startswith("10 of its 20 entries would be gone")


async def test_of_many_that_are_left_out_the_first_are_named(tmp_path, monkeypatch) -> None:
    planet = RecordedPlanet(tmp_path, outputs="[{id: main, limit: 100, formats: [json]}]")

    def bad(entry):
        if entry.title == "Article good":
            return FORMATS["json"].entry(entry)
        raise RuntimeError("no")

    monkeypatch.setattr(publishing, "FORMATS", {"json": replace(FORMATS["json"], entry=bad)})
    await planet.start()
    planet.post("good", *range(NAMED + 5))
    await planet.publish()
    assert (state(planet).left_out, len(state(planet).problems)) == (NAMED + 5, NAMED)
    await planet.stop()


async def test_an_output_that_never_was_published_keeps_nothing(tmp_path, monkeypatch) -> None:
    planet = RecordedPlanet(tmp_path, outputs="[{id: main, formats: [json]}]")
    broken = replace(FORMATS["json"], frame=lambda _feed: Frame(before=b"{", between=b",", after=b"}"))
    monkeypatch.setattr(publishing, "FORMATS", {"json": broken})
    await planet.start()
    planet.post(1)
    done = await planet.publish()
    assert documents(planet) == {}
    assert len(done.problems) == 1
    assert await planet.publish_if_due() is None, "it is tried again when something changes, not each second"
    monkeypatch.undo()
    planet.post(2)
    await planet.publish_if_due()
    assert set(documents(planet)) == {"feed.json", "main.json"}
    await planet.stop()


async def test_a_lost_file_of_a_held_output_is_published_anew(planet, monkeypatch) -> None:
    """There is nothing left to keep."""
    good = FORMATS["rss"].entry

    def bad(entry):
        if int(entry.title.split()[1]) % 2:
            raise RuntimeError("no odd ones")
        return good(entry)

    monkeypatch.setattr(publishing, "FORMATS", {**FORMATS, "rss": replace(FORMATS["rss"], entry=bad)})
    await planet.restart()
    planet.post(20)
    await planet.publish()
    assert state(planet).held
    for each in planet.public.glob("*.*"):
        if each.stem in ("feed", "main", "index"):
            each.unlink()
    await planet.publish_if_due()
    assert not state(planet).held
    assert "feed.atom" in documents(planet)
    assert await planet.publish_if_due() is None


async def test_what_cannot_be_published_is_said_by_readyz_and_ends_no_service(planet: RecordedPlanet) -> None:
    """Nothing beats and nothing is drained behind an error that nobody takes."""
    app = planet.app
    service = Service(app, lambda: app.config)
    planet.post(*range(20, 25))

    async def refused() -> None:
        raise PublishError("no name for a file")

    await service._publish_if_due(wait=refused)
    assert service._unready() == "no name for a file"
    await service._publish_if_due()
    assert service._unready() is None
