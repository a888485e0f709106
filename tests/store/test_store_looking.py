"""A look at a store changes nothing and takes no lock, however the store is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from aggregator.store import Store, look, schema


def test_what_a_store_is_and_who_holds_it(url: str, make: Any, backend: str) -> None:
    with Store.open(url) as store:
        make.sync(store, make.source())
        make.record(store, new=(make.article(),), state={"last_poll": make.now})
        store.set_setting("a", "b")
        found = look(url)
        assert str(os.getpid()) in (found.holder or "")
    assert (found.articles, found.newest, found.facts["a"]) == (1, make.now, "b")
    assert (found.problem, found.damage, found.current, found.known) == (None, None, True, True)
    assert found.bytes
    assert (found.server is not None, found.path is not None) == (backend == "postgresql", backend == "sqlite")
    assert look(url).holder is None
    if backend == "postgresql":
        assert found.settings["fsync"] in ("on", "off")
        assert found.settings["server_encoding"] == "UTF8"


@pytest.mark.parametrize(("revision", "known"), [("9999", False), ("0001", True)])
def test_of_a_store_of_another_version_it_is_said_and_nothing_is_migrated(revision: str, known: bool, url: str) -> None:
    with Store.open(url) as store, store._database.writing() as db:
        db.execute(text(f"UPDATE {schema.VERSION_TABLE} SET version_num = '{revision}'"))
    for _ in range(2):
        found = look(url)
        assert (found.revision, found.known, found.current) == (revision, known, False)


def test_a_store_that_is_not_there_is_not_made(empty_url: str, tmp_path: Path) -> None:
    found = look(empty_url)
    assert (found.there, found.problem, found.articles) == (False, None, None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda path: path.write_bytes(b""), "empty"),
        (lambda path: path.write_bytes(b"no database" * 500), "not a database"),
        (lambda path: path.write_bytes(path.read_bytes()[:40_000]), ""),
        (lambda path: path.rename(path.with_name("store.db-wal")), "store.db-wal is there"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(harm: Any, said: str, sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(sqlite_template.read_bytes())
    harm(path)
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    found = look(f"sqlite:///{path}")
    assert said in (found.problem or found.damage or "sound")
    assert found.problem or found.damage
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir() if each.name in before} == before


def test_a_server_that_does_not_answer_is_said() -> None:
    pytest.importorskip("psycopg")
    found = look("postgresql://nobody:geheim@127.0.0.1:1/none")
    assert found.problem
    assert "geheim" not in found.name + found.problem
