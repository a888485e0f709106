"""Archive documents over the life of an output: what is in them, what comes out of them, and what repairs them."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from archive_client import ArchiveClient, Document, from_folder, walk
from killed import Kill, killing
from lxml import etree
from recorded_planet import SITE, RecordedPlanet

from aggregator.model import FOLDED
from aggregator.outputs import archive_changes
from aggregator.publish import archive, files

DAY = timedelta(days=1)
FEED = f"{SITE}feed.atom"
FOUR = "[{id: main, limit: 4, formats: [atom]}]"


@pytest.fixture
async def planet(tmp_path: Path) -> AsyncIterator[RecordedPlanet]:
    """One output of four entries, running."""
    made = RecordedPlanet(tmp_path, outputs=FOUR)
    await made.start()
    yield made
    await made.stop()


def documents(planet: RecordedPlanet, name: str = "feed") -> list[Document]:
    """The subscription document and all that it leads to, the newest first."""
    return walk(from_folder(planet.public, planet.site), f"{planet.site}{name}.atom")


def archives(planet: RecordedPlanet, name: str = "feed") -> list[list[str]]:
    """The ids in each archive document, the newest first."""
    return [each.ids for each in documents(planet, name)[1:]]


def numbers(planet: RecordedPlanet, output: str = "main") -> list[int]:
    """Of the documents on disk."""
    return sorted(files.archived(planet.public, output))


def ids(*names: object, source: str = "a") -> list[str]:
    return [f"tag:{source}.example,2026:{each}" for each in names]


async def flow(planet: RecordedPlanet, *names: object) -> None:
    """Articles that come one after the other."""
    for each in names:
        planet.post(each)
        await planet.publish()


# ---- when a document is closed


async def test_a_document_is_closed_when_an_entry_would_be_in_none(planet: RecordedPlanet) -> None:
    await flow(planet, *range(4))
    assert archives(planet) == [], "all of it is in the subscription document"
    await flow(planet, 4)
    assert archives(planet) == [ids(*range(4, -1, -1))], "with what left it, what is in it"
    await flow(planet, *range(5, 9))
    assert len(archives(planet)) == 1, "what leaves is archived already"
    await flow(planet, 9)
    assert archives(planet) == [ids(*range(9, 4, -1)), ids(*range(4, -1, -1))]


async def test_the_header_and_the_document_lead_to_the_newest(planet: RecordedPlanet) -> None:
    """O21."""
    from aggregator.serve import Documents

    await flow(planet, *range(5))
    served = Documents()
    served.load(planet.public, now=planet.now)
    for path in ("/feed.atom", "/main.atom"):
        document = served.get(path)
        assert document is not None
        header = dict(document.identity.headers)[b"link"].decode()
        assert f'<{SITE}main/archive/1.atom>; rel="prev-archive"' in header


async def test_what_comes_with_an_old_date_waits_a_day(planet: RecordedPlanet) -> None:
    await flow(planet, *range(5))
    planet.post("late", sort_at=planet.now - 9 * DAY)
    await planet.publish()
    assert len(archives(planet)) == 1
    planet.now += DAY - timedelta(minutes=1)
    assert await planet.publish_if_due() is None
    planet.now += timedelta(minutes=2)
    assert await planet.publish_if_due() is not None, "though nothing is new"
    assert archives(planet) == [ids("late"), ids(*range(4, -1, -1))]
    planet.now += DAY
    assert await planet.publish_if_due() is None


async def test_many_that_are_late_do_not_wait(planet: RecordedPlanet) -> None:
    await flow(planet, *range(5))
    old = planet.now - 9 * DAY
    planet.post(*range(100, 199), sort_at=old)
    await planet.publish()
    assert len(archives(planet)) == 1
    planet.post(199, sort_at=old)
    await planet.publish()
    assert sorted(archives(planet)[0]) == sorted(ids(*range(100, 200)))


async def test_at_the_first_publish_all_beside_the_document_is_archived_in_order(
    planet: RecordedPlanet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MOST", 20)
    monkeypatch.setattr(archive_changes, "CLOSED_AT_ONCE", 2)
    monkeypatch.setattr(archive_changes, "LEAST", 4)
    planet.post(*range(75))
    await planet.publish()
    assert [len(each) for each in archives(planet)] == [18, 18]
    assert archives(planet)[1][-1] == ids(0)[0], "the oldest first"
    while await planet.publish_if_due() is not None:
        documents(planet)
    assert [len(each) for each in archives(planet)] == [17, 18, 18, 18]
    told = [each for document in reversed(archives(planet)) for each in reversed(document)]
    assert told == ids(*range(71)), "each once, from the oldest to the newest"


async def test_a_document_never_has_more_bytes_than_readers_take(planet: RecordedPlanet) -> None:
    """O14, for what has left the subscription document."""
    planet.post(*range(30), content_html=f"<p>{'long ' * 60_000}</p>")
    await planet.publish()
    sizes = [(planet.public / f"main/archive/{each}.atom").stat().st_size for each in numbers(planet)]
    assert len(sizes) == 2
    assert max(sizes) <= 5_000_000


async def test_an_entry_that_cannot_be_written_is_left_out_alone(planet: RecordedPlanet) -> None:
    planet.post(*range(12))
    planet.post("huge", sort_at=planet.now - DAY, content_html=f"<p>{'x' * 2_600_000}</p>")
    await planet.publish()
    assert archives(planet) == [ids(*range(7, -1, -1))]
    assert await planet.publish_if_due() is None, "it is not tried again and again"


# ---- an edited entry


async def test_an_edited_entry_comes_again_in_a_later_document(planet: RecordedPlanet) -> None:
    """O15."""
    """O15."""
    await flow(planet, *range(10))
    before = planet.public / "main/archive/1.atom"
    old = before.read_bytes()
    client = ArchiveClient(from_folder(planet.public, SITE), FEED)
    client.come()
    planet.now += timedelta(hours=1)
    planet.edit(ids(3)[0], "It says more.")
    await planet.publish()
    planet.now += DAY
    await planet.publish_if_due()
    assert archives(planet)[0] == ids(3)
    assert before.read_bytes() == old, "no document changes because of it"
    client.come()
    assert client.entries[ids(3)[0]][1] == "<p>It says more.</p>"


async def test_an_edited_entry_in_the_document_is_archived_as_it_is_when_it_leaves(planet: RecordedPlanet) -> None:
    await flow(planet, *range(5))
    planet.now += timedelta(hours=1)
    planet.edit(ids(3)[0], "It says more.")
    await planet.publish()
    await flow(planet, *range(5, 8))
    assert ids(3)[0] in archives(planet)[0]
    client = ArchiveClient(from_folder(planet.public, SITE), FEED)
    client.come()
    assert client.entries[ids(3)[0]][1] == "<p>It says more.</p>"


# ---- what is taken back


@pytest.mark.parametrize("way", ["retract", "hide", "delete"])
async def test_what_is_taken_back_comes_out_of_every_document_that_held_it(planet: RecordedPlanet, way: str) -> None:
    await flow(planet, *range(10))
    planet.now += timedelta(hours=1)
    planet.edit(ids(3)[0], "It says more.")
    await planet.publish()
    planet.now += DAY
    await planet.publish_if_due()
    assert [ids(3)[0] in each for each in archives(planet)] == [True, False, True]
    others = {
        each.piece
        for n in (1, 2)
        for each in archive.entries_of((planet.public / f"main/archive/{n}.atom").read_bytes())
    }
    kept = (planet.public / "main/archive/2.atom").read_bytes()

    if way == "delete":
        planet.delete(ids(3)[0])
    else:
        planet.operate(way, ids(3)[0])
    await planet.publish()
    found = documents(planet)
    assert not any(ids(3)[0] in each.ids for each in found)
    assert (ids(3)[0] in found[0].graves) == (way != "hide")
    assert numbers(planet) == [2, 4], "1 got another number, and nothing was left of 3"
    now = {
        each.piece
        for n in (2, 4)
        for each in archive.entries_of((planet.public / f"main/archive/{n}.atom").read_bytes())
    }
    assert others - now == {each for each in others if b"2026:3<" in each}, "the others are the same bytes"
    assert not now - others
    changed = (planet.public / "main/archive/2.atom").read_bytes()
    assert archive.entries_of(changed) == archive.entries_of(kept)
    assert archive.moved(changed, archive.standing_of(kept)) == kept, "but for its links"
    assert planet.app.store.archives.highest("main") == 4


async def test_who_knows_the_old_documents_finds_the_way_through_the_new_ones(planet: RecordedPlanet) -> None:
    await flow(planet, *range(15))
    client = ArchiveClient(from_folder(planet.public, SITE), FEED)
    client.come()
    planet.operate("retract", ids(7)[0])
    await planet.publish()
    await flow(planet, *range(15, 27))
    client.come()
    assert not client.gaps
    assert client.entries.keys() == {*ids(*range(27))} - {*ids(7)}


async def test_what_is_published_again_comes_in_a_new_document(planet: RecordedPlanet) -> None:
    await flow(planet, *range(10))
    planet.operate("retract", ids(3)[0])
    await planet.publish()
    client = ArchiveClient(from_folder(planet.public, SITE), FEED)
    client.come()
    planet.operate("retract", ids(3)[0], undo=True)
    planet.now += DAY
    await planet.publish()
    await planet.publish_if_due()
    client.come()
    assert ids(3)[0] in client.entries
    assert sum(ids(3)[0] in each for each in archives(planet)) == 1


@pytest.mark.parametrize("on_remove", ["keep", "drop", "tombstone"])
async def test_articles_of_a_removed_source_stay_or_go_as_it_says(tmp_path: Path, on_remove: str) -> None:
    planet = RecordedPlanet(tmp_path, sources=("a", "b"), outputs=FOUR)
    planet.on_remove["b"] = on_remove
    await planet.start()
    for each in range(5):
        planet.post(each)
        planet.post(each, source="b")
        await planet.publish()
    theirs = {*ids(*range(5), source="b")}
    planet.sources = ("a",)
    await planet.restart()
    await planet.publish()
    said = {each for document in documents(planet) for each in document.ids}
    assert said == {*ids(*range(5))} | (theirs if on_remove == "keep" else set())
    assert bool(documents(planet)[0].graves) == (on_remove == "tombstone")
    waiting = planet.app.store.archives.waiting("main", 100, planet.now, copies=False)
    assert on_remove == "keep" or not {each.id for each in waiting} & theirs

    planet.sources = ("a", "b")
    await planet.restart()
    await planet.publish()
    planet.now += DAY
    await planet.publish_if_due()
    assert {each for document in documents(planet) for each in document.ids} == {*ids(*range(5))} | theirs
    await planet.stop()


async def test_many_documents_are_replaced_over_several_publishes(
    planet: RecordedPlanet, monkeypatch: pytest.MonkeyPatch
) -> None:
    await flow(planet, *range(20))
    monkeypatch.setattr(archive_changes, "REPLACED_AT_ONCE", 1)
    planet.operate("retract", *ids(1, 6, 11, 16))
    await planet.publish()
    for _ in range(4):
        documents(planet)
        await planet.publish_if_due()
    assert await planet.publish_if_due() is None
    assert not {*ids(1, 6, 11, 16)} & {each for document in documents(planet) for each in document.ids}
    assert len(archives(planet)) == 4


async def test_pruned_texts_stay_in_their_documents_though_another_entry_comes_out(planet: RecordedPlanet) -> None:
    await flow(planet, *range(10))
    planet.app.store.articles.prune(
        "a", aged=None, beyond=planet.now - timedelta(minutes=5), needed=(), after=None, now=planet.now, limit=100
    )
    held = planet.app.store.articles.find(ids(2)[0])
    assert held is not None
    assert held.content_html is None
    planet.operate("retract", ids(3)[0])
    await planet.publish()
    client = ArchiveClient(from_folder(planet.public, SITE), FEED)
    client.come()
    assert client.entries[ids(2)[0]][1] == "<p>The text of 2.</p>"


# ---- killed


async def test_wherever_it_is_killed_the_chain_can_be_walked_and_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = RecordedPlanet(tmp_path / "template", outputs=FOUR)
    template.folder.mkdir()
    await template.start()
    await flow(template, *range(14))
    template.operate("retract", *ids(2, 7))
    template.post(14, 15)
    await template.stop()
    alive = {*ids(*range(16))} - {*ids(2, 7)}
    ended = False
    at = 0
    while not ended:
        at += 1
        planet = RecordedPlanet(tmp_path / str(at), outputs=FOUR)
        shutil.copytree(template.folder, planet.folder)
        planet.now = template.now + timedelta(minutes=1)
        await planet.start()
        with killing(monkeypatch, at):
            try:
                await planet.publish()
                ended = True
            except Kill:
                pass
        said = {each for document in documents(planet) for each in document.ids}
        assert said >= alive - {*ids(14, 15)}, f"killed at step {at}: who comes now misses something"
        await planet.restart()
        await planet.publish_if_due()
        await planet.publish_if_due()
        found = documents(planet)
        assert {each for document in found for each in document.ids} == alive, f"killed at step {at}"
        on_disk = {f"{SITE}main/archive/{each}.atom" for each in numbers(planet)}
        assert on_disk == {each.url for each in found[1:]}, f"killed at step {at}: strays"
        after = [None, *(each.url for each in found[1:])]
        assert [each.link("next-archive") for each in found[1:]] == after[: len(found) - 1], f"killed at step {at}"
        assert not list(planet.public.rglob("*.part"))
        await planet.stop()
    assert at >= 15


async def test_a_full_disk_costs_nothing(planet: RecordedPlanet, monkeypatch: pytest.MonkeyPatch) -> None:
    await flow(planet, *range(4))
    planet.post(4)
    with monkeypatch.context() as patched:

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        patched.setattr(files, "_write_through", full)
        with pytest.raises(OSError, match="No space"):
            await planet.publish()
    assert len(documents(planet)) == 1
    await planet.publish()
    assert archives(planet) == [ids(*range(4, -1, -1))]


# ---- lost and damaged


async def test_after_a_lost_database_documents_and_numbers_go_on(planet: RecordedPlanet) -> None:
    await flow(planet, *range(13))
    planet.operate("retract", ids(7)[0])
    await planet.publish()
    before = {each: (planet.public / f"main/archive/{each}.atom").read_bytes() for each in numbers(planet)}
    client = ArchiveClient(from_folder(planet.public, SITE), FEED)
    client.come()
    await planet.restart(lambda: shutil.rmtree(planet.folder / "var"))
    await planet.publish()
    assert {each: (planet.public / f"main/archive/{each}.atom").read_bytes() for each in numbers(planet)} == before
    await flow(planet, *range(13, 22))
    assert min(set(numbers(planet)) - before.keys()) > max(before)
    client.come()
    assert client.entries.keys() == {*ids(*range(22))} - {*ids(7)}
    told = [each for document in archives(planet) for each in document]
    assert len(told) == len(set(told)), "each once"
    planet.operate("retract", ids(3)[0])
    await planet.publish()
    assert not any(ids(3)[0] in each.ids for each in documents(planet)), "it is known what is in which"


async def test_what_was_taken_back_but_not_yet_out_is_out_after_a_lost_database(planet: RecordedPlanet) -> None:
    await flow(planet, *range(10))
    planet.operate("retract", ids(3)[0])
    from aggregator.memory import keep

    await keep(planet.app)
    await planet.restart(lambda: shutil.rmtree(planet.folder / "var"))
    await planet.publish()
    assert not any(ids(3)[0] in each.ids for each in documents(planet))
    assert {each for document in documents(planet) for each in document.ids} == {*ids(*range(10))} - {*ids(3)}


async def test_an_old_database_that_is_put_back_learns_from_the_documents(planet: RecordedPlanet) -> None:
    await flow(planet, *range(6))
    await planet.restart(lambda: shutil.copytree(planet.folder / "var", planet.folder / "old"))
    await flow(planet, *range(6, 18))
    client = ArchiveClient(from_folder(planet.public, SITE), FEED)
    client.come()

    def put_back() -> None:
        shutil.rmtree(planet.folder / "var")
        (planet.folder / "old").rename(planet.folder / "var")

    await planet.restart(put_back)
    await planet.publish()
    await flow(planet, *range(18, 28))
    client.come()
    assert not client.gaps
    assert client.entries.keys() == {*ids(*range(28))}


async def test_a_document_that_was_deleted_by_hand_is_made_again(planet: RecordedPlanet) -> None:
    await flow(planet, *range(15))
    path = planet.public / "main/archive/2.atom"
    before = path.read_bytes()
    path.unlink()
    await planet.publish()
    await planet.publish()
    assert path.read_bytes() == before
    path.write_bytes(b"nonsense")
    await planet.restart()
    await planet.publish()
    assert path.read_bytes() == before


async def test_a_document_that_is_cut_off_is_made_again(planet: RecordedPlanet) -> None:
    await flow(planet, *range(15))
    path = planet.public / "main/archive/2.atom"
    before = path.read_bytes()
    path.write_bytes(before[: before.rindex(b"</entry>") - 50])
    await planet.restart()
    await planet.publish()
    assert path.read_bytes() == before


async def test_what_is_taken_back_is_in_no_half_entry_of_a_document_that_was_cut_off(planet: RecordedPlanet) -> None:
    await flow(planet, *range(15))
    path = planet.public / "main/archive/2.atom"
    before = path.read_bytes()
    last, others = archives(planet)[-2][-1], archives(planet)[-2][:-1]
    path.write_bytes(before[: before.rindex(b"</entry>") - 50])
    planet.operate("retract", last)
    await planet.publish()
    assert archives(planet)[-2] == others
    assert not [each for each in (planet.public / "main/archive").iterdir() if last.encode() in each.read_bytes()]


async def test_a_deleted_document_without_texts_drops_out_of_the_chain(planet: RecordedPlanet) -> None:
    await flow(planet, *range(10))
    gone = planet.now - timedelta(seconds=325)
    planet.app.store.articles.prune("a", aged=None, beyond=gone, needed=(), after=None, now=planet.now, limit=100)
    (planet.public / "main/archive/1.atom").unlink()
    await planet.publish()
    await planet.publish()
    assert len(archives(planet)) == 1
    assert {each for document in documents(planet) for each in document.ids} == {*ids(*range(5, 10))}


# ---- the configuration


async def test_another_site_address_is_told_in_every_document(planet: RecordedPlanet) -> None:
    await flow(planet, *range(15))
    pieces = [
        archive.entries_of((planet.public / f"main/archive/{each}.atom").read_bytes()) for each in numbers(planet)
    ]
    planet.site = "https://new.example/"
    await planet.restart()
    await planet.publish()
    found = documents(planet)
    assert len(found) == 4
    assert {each.link("current") for each in found[1:]} == {"https://new.example/feed.atom"}
    after = [archive.entries_of((planet.public / f"main/archive/{each}.atom").read_bytes()) for each in numbers(planet)]
    assert after == pieces


async def test_an_output_without_archive_has_none_and_one_that_is_gone_leaves_none(tmp_path: Path) -> None:
    limits = "limit: 4, formats: [atom]"
    planet = RecordedPlanet(
        tmp_path, outputs=f"[{{id: main, {limits}}}, {{id: other, {limits}}}, {{id: none, {limits}, archive: false}}]"
    )
    await planet.start()
    await flow(planet, *range(6))
    assert (numbers(planet), numbers(planet, "other"), numbers(planet, "none")) == ([1], [1], [])
    assert len(documents(planet, "none")) == 1
    assert {each.id for each in documents(planet, "other")} == {documents(planet, "other")[0].id}
    planet.outputs = f"[{{id: main, {limits}, archive: false}}]"
    await planet.restart()
    await planet.publish()
    assert not (planet.public / "main").exists()
    assert not (planet.public / "other").exists()
    assert len(documents(planet)) == 1
    planet.outputs = f"[{{id: main, {limits}}}]"
    await planet.restart()
    await planet.publish()
    planet.now += DAY
    await planet.publish_if_due()
    assert {each for document in documents(planet) for each in document.ids} == {*ids(*range(6))}
    assert 1 not in numbers(planet), "a number is given out once"
    await planet.stop()


async def test_documents_agree_on_the_id_of_their_output_when_it_becomes_the_first(tmp_path: Path) -> None:
    limits = "limit: 4, formats: [atom]"
    planet = RecordedPlanet(tmp_path, outputs=f"[{{id: main, {limits}}}, {{id: other, {limits}}}]")
    await planet.start()
    await flow(planet, *range(6))
    planet.outputs = f"[{{id: other, {limits}}}, {{id: main, {limits}}}]"
    await planet.restart()
    await planet.publish()
    for name in ("feed", "main"):
        found = documents(planet, name)
        assert len({each.id for each in found}) == 1
        assert {each.link("current") for each in found[1:]} == {f"{SITE}{name}.atom"}
    await planet.stop()


async def test_of_what_is_beyond_the_limit_per_source_only_what_was_shown_is_archived(tmp_path: Path) -> None:
    planet = RecordedPlanet(tmp_path, outputs="[{id: main, limit: 10, per_source: 3, formats: [atom]}]")
    await planet.start()
    planet.post(*range(6))
    await planet.publish()
    assert documents(planet)[0].ids == ids(5, 4, 3)
    planet.post(6)
    await planet.publish()
    assert archives(planet) == [ids(6, 5, 4, 3)]
    planet.now += 2 * DAY
    await planet.publish()
    assert archives(planet) == [ids(6, 5, 4, 3)]
    assert not [
        each
        for each in planet.app.store.archives.waiting("main", 100, planet.now, copies=False)
        if each.id in ids(0, 1, 2)
    ]
    await planet.stop()


async def test_every_document_is_valid(planet: RecordedPlanet, shared: Path) -> None:
    import validator

    await flow(planet, *range(12))
    planet.operate("retract", ids(3)[0])
    await planet.publish()
    schema = etree.RelaxNG(etree.parse(shared / "atom.rng"))
    for each in documents(planet):
        body = (planet.public / each.url.removeprefix(SITE)).read_bytes()
        found = validator.atom(body, each.url, planet.now + DAY)
        assert not [line for line in found if not line.startswith("DuplicateUpdated")]
        schema.assertValid(etree.fromstring(body))


# ---- entries that are more, or other, than an article


async def test_a_day_that_is_folded_is_archived_as_it_stands_when_it_leaves(planet: RecordedPlanet) -> None:
    day = planet.now
    await flow(planet, 0, 1)
    folded = [planet.article(f"folded {each}", sort_at=day, held=FOLDED) for each in range(3)]
    planet.record(held=tuple(folded))
    await planet.publish()
    (digest,) = {*documents(planet)[0].ids} - {*ids(0, 1)}
    planet.now += DAY
    await flow(planet, *range(2, 8))
    assert digest not in documents(planet)[0].ids
    client = ArchiveClient(from_folder(planet.public, SITE), FEED)
    client.come()
    assert "folded 2" in client.entries[digest][1]
    planet.operate("retract", folded[2].id)
    await planet.publish()
    client = ArchiveClient(from_folder(planet.public, SITE), FEED)
    client.come()
    assert "folded 1" in client.entries[digest][1]
    assert "folded 2" not in client.entries[digest][1]
    found = [
        each for document in documents(planet)[1:] for each in document.entries if each.findtext("{*}id") == digest
    ]
    assert len(found) == 1


async def test_of_a_story_that_is_one_entry_only_that_is_archived(tmp_path: Path) -> None:
    planet = RecordedPlanet(
        tmp_path, sources=("a", "b"), outputs="[{id: main, limit: 4, formats: [atom], stories: join}]"
    )
    await planet.start()
    title = "Magnitude 7.4 earthquake strikes Valparaiso in Chile"
    for source in ("a", "b"):
        planet.post(f"quake-{source}", source=source, title=title, content_html=f"<p>{title}, 14 killed.</p>")
        await planet.publish()
    await flow(planet, *range(6))
    planet.now += 2 * DAY
    await planet.publish()
    said = {each for document in documents(planet) for each in document.ids}
    assert "tag:a.example,2026:quake-a" in said
    assert "tag:b.example,2026:quake-b" not in said
    client = ArchiveClient(from_folder(planet.public, SITE), FEED)
    client.come()
    assert "Also covered by" in client.entries["tag:a.example,2026:quake-a"][1]
    await planet.stop()


async def test_an_output_with_digests_has_no_archive(tmp_path: Path) -> None:
    planet = RecordedPlanet(tmp_path, outputs="[{id: main, limit: 2, formats: [atom], digest: daily}]")
    await planet.start()
    for each in range(5):
        planet.post(each)
        planet.now += DAY
        await planet.publish()
    assert archives(planet) == []
    await planet.stop()


async def test_while_an_output_is_held_only_what_somebody_took_back_comes_out(tmp_path: Path) -> None:
    planet = RecordedPlanet(tmp_path, outputs="[{id: main, limit: 12, formats: [atom]}]")
    await planet.start()
    planet.post(*range(12))
    await planet.publish()
    planet.post(*range(12, 24))
    await planet.publish()
    assert ids(0)[0] in archives(planet)[0]
    gone = [planet.app.store.articles.find(each) for each in ids(*range(1, 24))]
    planet.record(withdrawn=tuple(each.key for each in gone if each is not None))
    planet.operate("retract", *ids(0, 23))
    await planet.publish()
    held = {*ids(*range(1, 23))}
    said = {each for document in documents(planet) for each in document.ids}
    assert said == held, "the files of a folder may be back tomorrow"
    planet.record(new=tuple(each for each in gone[:-1] if each is not None))
    await planet.publish()
    assert {each for document in documents(planet) for each in document.ids} == held
    await planet.stop()
