"""Two machines with the same articles publish the same bytes: no clock, no locale, no time zone, no order of polls, no
database, no hash seed and no folder is in them.

What is new comes from one source a round. Where an old post stands that turns up late depends on what stood there when
it did (docs/dates.md), so that two orders of polls may make other articles of two sources at once.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from feedserver import rss
from postgres import Postgres

RUN = Path(__file__).resolve().parent.parent / "support" / "at_a_time.py"
MONDAY = datetime.fromisoformat("2026-11-02T09:00:00+00:00")
MEMORY = ".memory.jsonl"
REAL = 10
"""Real feeds that are merged besides, the smallest."""

OUTPUTS = """[{id: main, limit: 12},
  {id: planets, title: 'Pläne', query: 'title ~ /[13579]$/', limit: 8, stories: join},
  {id: links, stories: link, limit: 40, per_source: 5},
  {id: all, limit: 1000}]"""


def _date(number: int) -> str:
    return f"2026-10-{number + 1:02}T10:00:00+02:00" if number < 12 else f"2026-11-02T{number}:00:00Z"


def atom(name: str, numbers: range, planet: str = "") -> bytes:
    """A feed; as a planet carries it, where one is named."""
    origin = (
        f"<source><id>tag:{name}.example,2026:f</id><title>{name}</title><updated>2026-10-30T10:00:00Z</updated>"
        f'<link href="http://{name}.example/"/></source>'
        if planet
        else ""
    )
    entries = "".join(
        f"<entry><id>tag:{name}.example,2026:{n}</id><title>Ünïcode {name} {n}</title>"
        f'<link href="http://{name}.example/{n}"/><updated>{_date(n)}</updated>'
        f"<author><name>Ann</name></author><category term='b'/><category term='a'/>"
        f'<content type="html">&lt;p&gt;Text {n} of {name} &amp;amp; more.&lt;/p&gt;</content>{origin}</entry>'
        for n in numbers
    )
    name = planet or name
    return (
        f"<feed xmlns='http://www.w3.org/2005/Atom'><id>tag:{name}.example,2026:f</id><title>{name}</title>"
        f"<updated>2026-10-30T10:00:00Z</updated><link href='http://{name}.example/'/>{entries}</feed>"
    ).encode()


def rounds(real: dict[str, bytes]) -> list[dict[str, bytes]]:
    """What the sources say, twice: new entries of one source, edits, equal dates, and a copy of another's."""
    first = {
        "/alpha": atom("alpha", range(12)),
        "/beta": atom("beta", range(3, 12)),
        "/gamma": rss("Gamma", [(f"g{n}", f"No date {n}") for n in range(6)]),
        "/planet": atom("alpha", range(4), planet="planet"),
        **real,
    }
    second = {
        **first,
        "/alpha": atom("alpha", range(18)).replace(b"Text 3 of", b"Quite another text 3 of"),
        "/beta": atom("beta", range(3, 12)).replace(b"Text 5 of", b"In other words, and more of them, text 5 of"),
    }
    return [first, second]


@pytest.fixture
def real(request) -> dict[str, bytes]:
    try:
        corpus = request.getfixturevalue("corpus")
    except pytest.skip.Exception:
        return {}
    bodies = sorted((Path(each["path"]).read_bytes() for each in corpus), key=lambda body: (len(body), body))
    return {f"/real{n}": body for n, body in enumerate(bodies[10 : 10 + REAL])}


def machine(place, store: str, seeds: Path, server, names: list[str]) -> None:
    place.configure(
        *(f"{{id: {name}, url: 'http://{name}.example:{server.port}/{name}'}}" for name in names),
        f"{{id: local, folder: '{seeds}', title: Local}}",
        site="{title: Planet, url: 'https://planet.example/', id: 'tag:test.example,2026:planet', language: en}",
        outputs=OUTPUTS,
        network=f"{{allow: ['127.0.0.1:{server.port}']}}",
        store=f"'{store}'",
    )


def poll(place, now: datetime, order: list[str], umask: int, **environment: str) -> None:
    result = subprocess.run(
        [sys.executable, str(RUN), "config.yaml", now.isoformat(), *order],
        cwd=place.folder, env={**os.environ, **environment}, umask=umask, capture_output=True, text=True, timeout=200,
        check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr


def test_two_machines_with_the_same_articles_publish_the_same_bytes(
    make_place, tmp_path: Path, server, postgres: Postgres, real
) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    for n in range(4):
        (seeds / f"{n}.md").write_text(f"# Local {n}\n\nA text of our own, number {n}.\n", encoding="utf-8")
        os.utime(seeds / f"{n}.md", (1_790_000_000 + n, 1_790_000_000 + n))
    here, there = tmp_path / "a", tmp_path / "quite" / "another place"
    there.mkdir(parents=True)
    here.mkdir()
    places = make_place(here), make_place(there)
    names = [path[1:] for path in rounds(real)[0]]
    with postgres.database(migrated=False) as database:
        machine(places[0], f"sqlite:///{here}/one.db", seeds, server, names)
        machine(places[1], database, seeds, server, names)
        for day, documents in enumerate(rounds(real)):
            server.documents = documents
            now = MONDAY + timedelta(days=day)
            order = [*names, "local"]
            poll(places[0], now, order, 0o022, PYTHONHASHSEED="1", TZ="Pacific/Kiritimati", LC_ALL="C.UTF-8")
            poll(
                places[1], now, order[::-1], 0o077, PYTHONHASHSEED="4242", TZ="America/St_Johns", LC_ALL="C",
                PYTHONUTF8="0",
            )  # fmt: skip
            one, other = (
                {name: body for name, body in each.published.items() if MEMORY not in name} for each in places
            )
            assert sorted(one) == sorted(other)
            assert len(one) >= 20
            differing = [name for name in one if one[name] != other[name]]
            assert differing == []
    public = here / "feeds" / "public"
    assert stat.S_IMODE((public / "feed.atom").stat().st_mode) == 0o644
    assert any("archive/" in name for name in one)
