"""A document that looks wrong does not replace the one that is published, until its entries are back or somebody says
that it is right."""

from __future__ import annotations

import json
import os
import re
import shutil

from feedserver import rss
from waiting import until

FILES = 20


def seeds(place, count: int = FILES) -> None:
    for n in range(count):
        place.seed(f"{n:02}.md", f"# Article {n}\n\nThe text of number {n}.\n")


def unmount(place) -> None:
    """What a disk looks like that is not there: the folder that it is mounted on, and what somebody put into it."""
    (place.folder / "seeds").rename(place.folder / "disk")
    place.seed("readme.md", "# Mount the disk here\n\nNothing else.\n")


def mount(place) -> None:
    shutil.rmtree(place.folder / "seeds")
    (place.folder / "disk").rename(place.folder / "seeds")


def row(place, name: str = "main") -> dict:
    (status,) = place.json_lines("status")
    return next(each for each in status["outputs"] if each["id"] == name)


LOCAL = "{id: local, folder: seeds}"


def test_a_folder_that_loses_all_its_files_takes_nothing_from_readers_and_heals_by_itself(place) -> None:
    place.configure(LOCAL)
    seeds(place)
    place.run("once", "--all")
    before = place.published
    unmount(place)
    told = place.run("once", "--all").stdout
    assert "20 of its 20 entries would be gone" in told
    assert "aggregator publish --force" in told
    after = place.published
    documents = [name for name in before if name.startswith(("feed.", "main.", "index."))]
    assert len(documents) == 8
    assert {name: after[name] for name in documents} == {name: before[name] for name in documents}
    held = row(place)
    assert held["state"] == "held"
    assert "20 of its 20 entries" in held["problem"]
    assert "publish --force" in held["advice"]
    assert held["entries"] == FILES
    on_terminal = place.run("status").stdout
    assert "main" in on_terminal
    assert "20 of its 20 entries would be gone" in on_terminal
    mount(place)
    assert "would be gone" not in place.run("once", "--all").stdout
    assert len(place.titles()) == FILES + (b"Mount the disk" in place.published["feed.atom"])
    assert row(place)["state"] == "published"
    assert row(place)["problem"] is None


def test_what_is_held_is_held_after_a_restart_and_published_when_the_operator_says_so(place) -> None:
    place.configure(LOCAL)
    seeds(place)
    place.run("once", "--all")
    unmount(place)
    place.run("once", "--all")
    place.run("publish")
    assert len(place.titles()) == FILES
    assert row(place)["state"] == "held"
    place.run("publish", "--force")
    assert place.titles() == ["Mount the disk here"]
    assert place.published["feed.atom"].count(b"deleted-entry ref") == FILES
    assert row(place)["state"] == "published"
    mount(place)
    place.run("once", "--all")
    assert len(place.titles()) >= FILES


def test_another_configuration_is_published_without_asking(place) -> None:
    place.configure(LOCAL)
    seeds(place)
    place.run("once", "--all")
    unmount(place)
    place.run("once", "--all")
    assert len(place.titles()) == FILES
    place.configure(LOCAL, outputs="[{id: main, limit: 50}]")
    place.run("publish")
    assert place.titles() == ["Mount the disk here"]


def test_nine_files_of_twenty_may_be_deleted(place) -> None:
    place.configure(LOCAL)
    seeds(place)
    place.run("once", "--all")
    for n in range(9):
        os.unlink(place.folder / "seeds" / f"{n:02}.md")
    place.run("once", "--all")
    assert len(place.titles()) == FILES - 9


def test_what_the_operator_retracts_or_hides_is_gone_however_much_it_is(place) -> None:
    place.configure(LOCAL)
    seeds(place)
    place.run("once", "--all")
    ids = [each["id"] for each in place.json_lines("list")[0]]
    place.run("retract", *ids[:10])
    place.run("hide", *ids[10:])
    assert place.titles() == []
    assert row(place)["state"] == "published"


def test_newer_articles_push_the_others_out(place, server) -> None:
    server.documents["/blog"] = rss("Blog", [(f"a{n}", f"Old {n}") for n in range(20)])
    place.configure(server.url + "/blog", outputs="[{id: main, limit: 20}]")
    place.run("once", "--all")
    server.documents["/blog"] = rss("Blog", [(f"b{n}", f"New {n}") for n in range(30)])
    place.run("once", "--all")
    assert len(place.titles()) == 20
    assert row(place)["state"] == "published"


def test_a_running_service_tells_of_it_and_takes_the_word_of_the_operator(place, service) -> None:
    place.configure("{id: local, folder: seeds, interval: 15m}")
    seeds(place)
    place.run("once", "--all")
    unmount(place)
    place.run("once", "--all")
    process = service()

    def status() -> dict:
        return json.loads(place.get("/status.json")[2])

    (output,) = status()["outputs"]
    assert output["state"] == "held"
    assert any("20 of its 20 entries" in each for each in status()["problems"])
    assert place.get("/readyz")[0] == 200
    assert "the running service publishes it" in place.run("publish", "--force").stdout
    until(lambda: status()["outputs"][0]["state"] == "published", process)
    assert place.titles() == ["Mount the disk here"]
    assert status()["problems"] == []


def test_what_is_taken_back_is_taken_out_of_a_held_document_too(place) -> None:
    place.configure(LOCAL)
    seeds(place)
    place.run("once", "--all")
    ids = {each["title"]: each["id"] for each in place.json_lines("list")[0]}
    unmount(place)
    place.run("once", "--all")
    place.run("retract", ids["Article 3"])
    documents = {name: body for name, body in place.published.items() if name.startswith(("feed.", "main.", "index."))}
    assert len(documents) == 8
    for name, body in documents.items():
        assert not re.search(rb"Article 3\b", body), name
        assert b"Article 4" in body, name
    assert len(place.titles()) == FILES - 1
    assert documents["feed.atom"].count(b"deleted-entry ref") == 1
    assert row(place)["state"] == "held"
    mount(place)
    place.run("once", "--all")
    assert row(place)["state"] == "published"
    assert "Article 3" not in place.titles()
