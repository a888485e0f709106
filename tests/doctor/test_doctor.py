"""What the doctor finds, and says to do: each check can find something."""

from __future__ import annotations

import json
import os
import resource
import shutil
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from feedserver import FeedServer

from aggregator import memory_file
from aggregator.articles import compile_rule
from aggregator.config import Config, load
from aggregator.doctor import examine, machine, reach, stored, versions
from aggregator.doctor.finding import Finding, size
from aggregator.doctor.units import unit
from aggregator.last_publish import LastPublish, OutputState
from aggregator.store import Looked, Store

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def levels(found: Iterator[Finding] | list[Finding]) -> list[tuple[str, str]]:
    return [(str(each.level), each.check) for each in found]


def said(found: Iterator[Finding] | list[Finding]) -> str:
    return "\n".join(f"{each.level} {each.text} -> {each.advice}" for each in found)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return configured(tmp_path)


def configured(folder: Path, text: str = "", sources: str = "[seeds]") -> Config:
    (folder / "seeds").mkdir(exist_ok=True)
    (folder / "config.yaml").write_text(
        f"site: {{title: T, url: 'http://planet.example/'}}\nsources: {sources}\n{text}"
    )
    return load(folder / "config.yaml", os.environ, check_rule=compile_rule)


# ---- versions


@pytest.mark.parametrize(
    ("part", "number", "level"),
    [
        ("python", "3.10.9", "bad"), ("python", "3.11.0", "ok"), ("python", "3.14.0rc1", "ok"),
        ("sqlite", "3.51.2", "warn"), ("sqlite", "3.51.3", "ok"), ("sqlite", "3.100", "ok"),
        ("expat", "2.6.9", "warn"), ("expat", "2.7.4", "ok"), ("libxml2", "2.13.7", "warn"),
        ("feedparser", "6.0.11", "bad"), ("feedparser", "6.0.14", "ok"), ("apscheduler", "4.0.0a6", "bad"),
        ("apscheduler", "3.11.3", "ok"), ("h11", "0.14.0", "bad"), ("starlette", "0.49.0", "warn"),
    ],
)  # fmt: skip
def test_a_version_with_a_known_fault_is_named_with_the_reason(part: str, number: str, level: str) -> None:
    found = versions.check({part: number})
    assert str(found[0].level) == level
    assert (f"{part} {number}" in found[-1].text) is (level == "ok")
    assert all(each.advice and part in each.text for each in found[:-1])


def test_what_is_installed_is_looked_at_and_nothing_of_it_is_bad() -> None:
    there = versions.installed()
    assert {each.part for each in versions.FAULTS} <= there.keys()
    assert all(map(versions.numbers, there.values())), there
    assert "bad" not in [str(each.level) for each in versions.check(there)]


# ---- the machine


def test_little_room_is_said_before_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    for free, level in ((10**10, "ok"), (10**8, "warn"), (10**6, "bad")):
        monkeypatch.setattr(shutil, "disk_usage", lambda _path, free=free: usage(10**11, 0, free))
        found = list(machine.disk({"store": tmp_path / "not" / "made", "documents": tmp_path}))
        assert levels(found) == [(level, "disk")]
        assert "store, documents" in found[0].text


def test_what_cannot_be_read_or_is_not_there_is_named(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    store.touch(0o644)
    found = list(machine.rights({"store": tmp_path}, {"seeds": tmp_path / "gone"}, store))
    assert "is not there" in said(found)
    assert "can be read by everybody" in said(found)
    store.chmod(0o600)
    assert ("ok", "rights") in levels(machine.rights({"store": tmp_path}, {}, store))
    denied = [each for each in machine.rights({"store": Path("/proc/1/task")}, {}, None) if each.level == "bad"]
    assert os.access("/proc/1/task", os.W_OK) or denied


def test_a_clock_before_what_is_stored_is_wrong() -> None:
    assert machine.clock(NOW, NOW).level == "ok"
    assert machine.clock(NOW, None).level == "ok"
    late = machine.clock(NOW, NOW + timedelta(hours=1))
    assert (late.level, "3,600 s from now" in late.text) == ("bad", True)
    assert machine.clock(datetime(1970, 1, 1, tzinfo=UTC), None).level == "bad"


def test_few_open_files_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for hard, level in ((1024, "warn"), (8192, "ok"), (resource.RLIM_INFINITY, "ok")):
        monkeypatch.setattr(resource, "getrlimit", lambda _what, hard=hard: (1024, hard))
        assert machine.open_files().level == level


def test_no_time_zones_and_no_utf8_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (machine.time_zones().level, machine.encoding().level) == ("ok", "ok")
    monkeypatch.setattr("zoneinfo.available_timezones", set)
    monkeypatch.setattr("locale.getpreferredencoding", lambda **_: "ISO-8859-1")
    assert (machine.time_zones().level, machine.encoding().level) == ("warn", "warn")


def test_a_unit_that_lacks_what_the_service_knows_is_said(tmp_path: Path) -> None:
    path = tmp_path / "aggregator.service"
    assert list(unit((path,))) == []
    path.write_text("[Service]\nExecStart=/x run\nType=simple\nWatchdogSec=60\n")
    found = list(unit((path,)))
    assert ["Type=notify" in found[0].text, "TimeoutStopSec" in found[1].text, len(found)] == [True, True, 2]
    shutil.copy(Path(__file__).parents[2] / "deploy" / "aggregator.service", path)
    assert levels(unit((path,))) == [("ok", "systemd")]
    path.write_text(path.read_text().replace("Type=notify", "Type=notify-reload"))
    assert levels(unit((path,))) == [("ok", "systemd")]


# ---- the store


SOUND = Looked(name="s", there=True, revision="0001", bytes=5_000_000, articles=7, server="16.2", settings={
    "fsync": "on", "full_page_writes": "on", "server_encoding": "UTF8", "synchronous_commit": "on",
})  # fmt: skip


@pytest.mark.parametrize(
    ("change", "level", "words"),
    [
        ({"problem": "it is empty"}, "bad", "it is empty -> 'aggregator restore"),
        ({"damage": "row 3 missing"}, "bad", "damaged: row 3 missing"),
        ({"known": False, "revision": "9999"}, "bad", "schema 9999 is of a newer version"),
        ({}, "warn", "schema 0001 is of an older version"),
        ({"log_bytes": 10**9}, "warn", "its log has 953.7 MiB"),
        ({"free_share": 0.9, "bytes": 10**9}, "warn", "90% of the file holds nothing"),
        ({"server": "14.9"}, "warn", "version 14.9 is older than 15"),
        ({"settings": SOUND.settings | {"fsync": "off"}}, "bad", "fsync is off"),
        ({"settings": SOUND.settings | {"server_encoding": "SQL_ASCII"}}, "bad", "not every text can be stored"),
        ({"settings": SOUND.settings | {"synchronous_commit": "off"}}, "warn", "loses the last commits"),
    ],
)
def test_what_is_wrong_with_a_store_is_said(change: dict[str, Any], level: str, words: str) -> None:
    assert f"{level} " in said(found := list(stored.store(replace(SOUND, **change))))
    assert words in said(found)


def test_a_memory_file_that_is_not_the_stores_is_said(config: Config) -> None:
    config.public.mkdir(parents=True)
    path = config.public / memory_file.NAME
    writing = memory_file.Rewriting(path, config.site.id)
    length = writing.finish()
    known = {"stamp": writing.stamp, "size": length, "base": length}

    def finding(**facts: Any) -> str:
        return said([stored.memory(config, replace(SOUND, facts={"memory file": json.dumps(known | facts)}))])

    assert finding().startswith("ok")
    assert "another one" in finding(stamp="other")
    assert "cut off" in finding(size=length + 1)
    assert "knows of articles" in said([stored.memory(config, replace(SOUND, articles=0))])
    path.unlink()
    assert "is not there" in finding()


def test_documents_that_are_missing_and_files_that_are_nobodys_are_said(config: Config) -> None:
    last = LastPublish(at=NOW, edition="e", documents=("feed.atom",), outputs={"main": OutputState()})
    facts = {"last publish": last.as_text()}
    assert "feed.atom is missing" in said(list(stored.published(config, replace(SOUND, facts=facts))))
    config.public.mkdir(parents=True)
    for name in ("feed.atom", ".memory.jsonl", ".feed.atom.0123.part", "old.html"):
        (config.public / name).touch()
    (config.public / "main" / "archive").mkdir(parents=True)
    found = said(list(stored.published(config, replace(SOUND, facts=facts))))
    assert ".feed.atom.0123.part, old.html are in" in found
    for name in (".feed.atom.0123.part", "old.html"):
        (config.public / name).unlink()
    assert said(list(stored.published(config, replace(SOUND, facts=facts)))).startswith("ok 1 published")
    held = replace(last, outputs={"main": OutputState(problem="looks wrong", held=True)})
    assert "main is not published" in said(
        list(stored.published(config, replace(SOUND, facts={"last publish": held.as_text()})))
    )


# ---- who answers


async def test_whether_the_service_answers_and_what_is_published_there(tmp_path: Path) -> None:
    with FeedServer() as server:
        port = server.url.rpartition(":")[2]
        config = configured(
            tmp_path,
            f"server: {{port: {port}}}\nnetwork: {{allow: ['127.0.0.1']}}",
            f"[seeds, '{server.url}/feed?key=secret']",
        )
        config = replace(config, site=replace(config.site, url=f"{server.url}/"))
        server.documents = {"/healthz": b"ok", "/feed.atom": f"<feed>{config.site.id}</feed>".encode()}
        assert (await reach.service(config, "7", NOW)).level == "ok"
        assert "answers, though no process" in (await reach.service(config, None, NOW)).text
        assert (await reach.public(config, NOW)).level == "ok"
        server.documents["/feed.atom"] = b"<feed>another</feed>"
        assert (await reach.public(config, NOW)).level == "bad"
        network = await reach.source(config, NOW)
        assert (network.level, "secret" in network.text) == ("ok", False)
    assert (await reach.service(config, None, NOW)).text == "does not run"
    assert "does not answer" in (await reach.service(config, "7", NOW)).text
    assert (await reach.source(config, NOW)).level == "bad"
    assert (await reach.public(config, NOW)).level == "warn"


async def everything(folder: Path, **more: Any) -> list[Finding]:
    def loading(path: Path) -> Config:
        return load(path, os.environ, check_rule=compile_rule)

    return [each async for each in examine(folder / "config.yaml", loading, NOW, **more)]


async def test_all_is_looked_at_where_the_configuration_is_right(tmp_path: Path) -> None:
    config = configured(tmp_path, "server: {port: 1}")
    assert [each for each in await everything(tmp_path) if each.level == "bad"] == []
    assert not (tmp_path / "var").exists(), "nothing is made"
    Store.open(config.store).close()
    found = await everything(tmp_path)
    assert {each.check for each in found} >= {
        "versions", "configuration", "open files", "time zones", "encoding", "disk", "rights", "clock", "store",
        "memory", "documents", "service",
    }  # fmt: skip
    assert all(each.advice for each in found if each.level != "ok")
    assert "1 source, 1 output" in said(found)
    assert "sound, 0 articles" in said(found)
    (tmp_path / "var" / "aggregator.db").write_bytes(b"no database" * 1000)
    assert ("bad", "store") in levels(await everything(tmp_path))


async def test_a_broken_configuration_stops_only_what_needs_it(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("sources: [")
    found = await everything(tmp_path)
    assert ("bad", "configuration") in levels(found)
    assert {"versions", "disk", "store"} <= {each.check for each in found}


def test_sizes_are_for_people() -> None:
    assert [size(each) for each in (7, 2048, 5 * 1024**2, 3 * 1024**3)] == ["7 bytes", "2.0 KiB", "5.0 MiB", "3.0 GiB"]


async def test_a_store_of_another_user_is_a_finding(config: Config, tmp_path: Path) -> None:
    """No reason to end, and none to put a backup in its place."""
    Store.open(config.store).close()
    store = Path(config.store.removeprefix("sqlite:///"))
    store.parent.chmod(0 if os.geteuid() else 0o700)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        found = [each async for each in examine(tmp_path / "config.yaml", lambda _path: config, NOW)]
        assert machine.nearest(store).exists()
    finally:
        os.seteuid(user)
        store.parent.chmod(0o700)
    (refused,) = (each for each in found if each.level == "bad")
    assert (refused.check, "Permission denied" in refused.text) == ("rights", True)
    assert "restore" not in (refused.advice or "")
