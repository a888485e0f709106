"""Which versions of a document are known outlives a restart."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.model import version_of

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.store import Store

OLD, NEW = version_of(b"old"), version_of(b"new")
A, B = b"aaaaaaaa", b"bbbbbbbb"


def test_versions_of_each_document_are_kept(store: Store, now: datetime) -> None:
    assert store.outputs.editions() == {}
    store.outputs.note_editions({"main.atom": (OLD, [A]), "main.rss": (OLD, [A])}, now)
    store.outputs.note_editions({"main.atom": (NEW, [B, A])}, now + timedelta(minutes=1))
    assert store.outputs.editions().keys() == {"main.atom", "main.rss"}
    found = store.outputs.editions(["main.atom", "other.atom"])
    assert found.keys() == {"main.atom"}
    number = found["main.atom"].number_of(OLD)
    assert number is not None
    assert (found["main.atom"].present, found["main.atom"].known_in(number)) == (NEW, {A})
    assert store.outputs.editions(["main.rss"])["main.rss"].present == OLD


def test_documents_that_are_gone_are_forgotten(store: Store, now: datetime) -> None:
    store.outputs.note_editions({"main.atom": (OLD, [A]), "main.rss": (OLD, [A])}, now)
    store.outputs.forget_editions(["main.rss"])
    store.outputs.note_editions({}, now)
    assert store.outputs.editions().keys() == {"main.atom"}
