"""A running service takes its configuration when its files change, all or nothing, and says what it took."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from waiting import until


def records(place: Any, event: str) -> list[dict[str, Any]]:
    lines = [line for line in place.log.splitlines() if line.startswith("{")]
    return [each for line in lines if (each := json.loads(line)).get("event") == event]


def replace(path: Path, text: str) -> None:
    """As careful editors write: a new file in the old one's place."""
    new = path.with_name(path.name + "~")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def test_files_that_change_are_taken_whole_or_not_at_all(place: Any, service: Any) -> None:
    place.seed("one.txt", "Title of number one\n\nText of number one, with words enough to be an article.\n")
    (place.folder / "more").mkdir()
    place.configure("seeds", "{include: more/*.yaml}", watch="true")
    process = service()
    until(lambda: place.titles() == ["Title of number one"], process)
    main = place.folder / "config.yaml"
    whole = main.read_text(encoding="utf-8")

    # A file that is new and matches the pattern.
    (place.folder / "news").mkdir()
    (place.folder / "news" / "two.txt").write_text("Title of number two\n\nText of number two, in some words.\n")
    replace(place.folder / "more" / "news.yaml", "- {folder: ../news, id: news, on_remove: drop}\n")
    until(lambda: len(place.titles()) == 2, process)
    assert [each["changes"] for each in records(place, "configuration taken")] == ["+1 source"]

    # Mistakes: each is told once, and what is in force stays.
    replace(main, whole.replace("title: Planet Test", "titel: Other").replace("- seeds", "- seedz"))
    until(lambda: len(records(place, "configuration not taken")) == 2, process)
    told = {each["mistake"].partition(": ")[2] for each in records(place, "configuration not taken")}
    assert "unknown key 'titel'; nearest: 'title'" in told
    assert place.json_lines("plan", expect=2) == []

    # What is taken is told by its keys; what needs a restart is named. A plan then has nothing more to say.
    replace(main, whole.replace("Planet Test", "Planet Other").replace("host: 127.0.0.1", "host: 127.0.0.2"))
    (place.folder / "more" / "news.yaml").unlink()
    until(lambda: len(records(place, "configuration taken")) >= 2, process)
    until(lambda: place.titles() == ["Title of number one"], process)
    taken = "; ".join(each["changes"] for each in records(place, "configuration taken")[1:])
    assert "-1 source" in taken
    assert "site.title" in taken
    assert "server.host" in records(place, "restart needed")[0]["settings"]
    assert place.json_lines("plan")[0]["changes"] is False
