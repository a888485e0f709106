"""A patch of the configuration: only what changes, comments and layout kept, applied by ``patch`` and valid."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from aggregator.config import Change, Patch, load, patch, redact

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "site: {title: P, url: 'https://p.example/'}   # ours\nsources:\n"
NEW = "https://new.example/feed.xml"
ENVIRON = {"KEY": "k3y-of-the-feed", "HOST": "old.example"}


def offered(folder: Path, sources: str, *changes: Change) -> Patch:
    path = folder / "config.yaml"
    path.write_bytes((HEAD + sources).encode())
    config = load(path, ENVIRON)
    return patch(config, changes, ENVIRON, partial(redact, secrets=config.secrets))


def applied(folder: Path, given: Patch) -> str:
    """The list of sources after ``patch`` was run, once it was found valid."""
    path = folder / "config.yaml"
    before = path.read_bytes()
    assert shutil.which("patch"), "the program patch is needed"
    done = subprocess.run(
        ["patch", "--binary", "--fuzz=0", "-p1", "-d", str(folder)],
        input=given.diff.encode(), capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    load(path, ENVIRON)
    assert path.read_bytes() != before
    return path.read_bytes().decode().removeprefix(HEAD)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  - {id: a, url: https://old.example/feed} # why\n", f"  - {{id: a, url: {NEW}}} # why\n"),
        ("  - id: a  # of old\n    url:   https://old.example/feed   # why\n    tags: [x]\n",
         f"  - id: a  # of old\n    url:   {NEW}   # why\n    tags: [x]\n"),
        ("  - url: 'https://old.example/feed'\n    id: a", f"  - url: {NEW}\n    id: a"),
        # Without an id of its own it is given the one it went by.
        ("  # above\n  - https://old.example/feed   # why\n  # below\n",
         f"  # above\n  - {{id: old-example-feed, url: {NEW}}}   # why\n  # below\n"),
        ("  - url: https://old.example/feed # why\n    tags: [x]\n",
         f"  - url: {NEW} # why\n    id: old-example-feed\n    tags: [x]\n"),
        ("  - {url: https://old.example/feed, tags: [x]}\n", f"  - {{url: {NEW}, id: old-example-feed, tags: [x]}}\n"),
        ("  - tags: [x]\n    url: https://old.example/feed",
         f"  - tags: [x]\n    url: {NEW}\n    id: old-example-feed"),
        ("  - {id: a, url: https://old.example/feed}\r\n  - url: https://b.example/\r\n",
         f"  - {{id: a, url: {NEW}}}\r\n  - url: https://b.example/\r\n"),
        # A variable is gone with the address it was in.
        ('  - {id: a, url: "https://${HOST}/feed"}\n', f"  - {{id: a, url: {NEW}}}\n"),
    ],
)  # fmt: skip
def test_an_address_changes_and_nothing_else(before: str, after: str, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(HEAD + before)
    name = load(tmp_path / "config.yaml", ENVIRON).sources[0].id
    given = offered(tmp_path, before, Change(source=name, url=NEW))
    assert given.left_out == ()
    assert applied(tmp_path, given) == after.replace("old-example-feed", name)
    first = load(tmp_path / "config.yaml", ENVIRON).sources[0]
    assert (first.id, first.url) == (name, NEW)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  - id: a\n    url: https://old.example/feed # why\n    tags: [x]\n",
         "  - id: a\n    url: https://old.example/feed # why\n    enabled: false\n    tags: [x]\n"),
        ("  - {id: a, url: https://old.example/feed}\n",
         "  - {id: a, url: https://old.example/feed, enabled: false}\n"),
        ("  - id: a\n    enabled: true # for now\n    url: https://old.example/feed\n",
         "  - id: a\n    enabled: false # for now\n    url: https://old.example/feed\n"),
        ("  - id: a\n    disabled: false\n    url: https://old.example/feed\n",
         "  - id: a\n    disabled: true\n    url: https://old.example/feed\n"),
        ('  - {id: a, url: "https://${HOST}/feed"}\n', '  - {id: a, url: "https://${HOST}/feed", enabled: false}\n'),
        ("  - {enabled: true, url: https://old.example/feed}\n",
         "  - {enabled: false, url: https://old.example/feed, id: NAME}\n"),
        ("  - https://old.example/feed # why\n",
         "  - {id: NAME, url: https://old.example/feed, enabled: false} # why\n"),
        ('  - "https://${HOST}/feed"\n', '  - {id: NAME, url: "https://${HOST}/feed", enabled: false}\n'),
    ],
)  # fmt: skip
def test_a_feed_that_is_gone_is_switched_off(before: str, after: str, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(HEAD + before)
    name = load(tmp_path / "config.yaml", ENVIRON).sources[0].id
    given = offered(tmp_path, before, Change(source=name))
    assert given.left_out == ()
    assert applied(tmp_path, given) == after.replace("NAME", name)
    assert not load(tmp_path / "config.yaml", ENVIRON).sources[0].enabled


def test_several_changes_are_one_patch(tmp_path: Path) -> None:
    sources = "".join(f"  - {{id: s{n}, url: https://{n}.example/feed}} # {n}\n" for n in range(30))
    changes = [Change(source=f"s{n}", url=f"https://{n}.example/new") for n in (29, 3, 4)] + [Change(source="s17")]
    after = sources.replace("17.example/feed", "17.example/feed, enabled: false")
    for n in (3, 4, 29):
        after = after.replace(f"/{n}.example/feed", f"/{n}.example/new")
    assert applied(tmp_path, offered(tmp_path, sources, *changes)) == after


def test_without_a_change_there_is_no_patch(tmp_path: Path) -> None:
    assert offered(tmp_path, "  - https://old.example/feed\n") == Patch(diff="", left_out=())


@pytest.mark.parametrize(
    ("sources", "url", "why"),
    [
        ("  - {id: a, url: https://old.example/feed}\n", "https://evil.example/?${KEY}", "holds ${"),
        ("  - {id: a, url: https://old.example/feed}\n", "https://evil.example/x y", "space or control"),
        ("  - {id: a, url: https://old.example/feed}\n  - {id: b, url: 'https://new.example/feed.xml/'}\n",
         NEW, "b is at"),
        ('  - {id: a, url: "https://old.example/feed?key=${KEY}"}\n',
         "https://old.example/new?key=k3y-of-the-feed", "a secret"),
        ("  - {id: a, url: https://old.example/feed, headers: {X-Key: abcdef}}\n", NEW, "another server"),
        ("  - {id: a, url: https://old.example/feed, auth: {bearer: abcdef}}\n", NEW, "another server"),
        ("  - {id: a, url: https://old.example/feed, auth: {basic: {user: u, password: abcdef}}}\n",
         NEW, "another server"),
        ("  - {id: b, url: https://b.example/, title: &u https://old.example/feed}\n  - {id: a, url: *u }\n",
         NEW, "cannot follow"),
    ],
)  # fmt: skip
def test_what_is_not_safe_to_change_is_left_to_the_operator(sources: str, url: str, why: str, tmp_path: Path) -> None:
    given = offered(tmp_path, sources, Change(source="a", url=url))
    assert given.diff == ""
    (line,) = given.left_out
    assert line.startswith("a: to be changed by hand (")
    assert why in line
    assert "k3y-of-the-feed" not in line


@pytest.mark.parametrize(
    "sources",
    [
        "  - {id: b, url: https://b.example/, title: &u https://old.example/feed}\n  - {id: a, url: *u }\n",
        "  - &u https://old.example/feed\n",
        "  - &s {url: https://old.example/feed}\n",
        "  - url: >-\n      https://old.example/feed\n",
        '  - url: "https://old.example\\\n      /feed"\n',
    ],
)
def test_a_change_of_what_is_used_twice_or_runs_over_lines_costs_no_other_its_patch(
    sources: str, tmp_path: Path
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(HEAD + sources + "  - {id: z, url: https://z.example/}\n")
    odd = next(each.id for each in load(path, {}).sources if each.url == "https://old.example/feed")
    changes = [Change(source=odd, url=NEW), Change(source="z", url="https://z.example/new")]
    given = offered(tmp_path, path.read_text().removeprefix(HEAD), *changes)
    assert "cannot follow" in given.left_out[0]
    assert applied(tmp_path, given) == sources + "  - {id: z, url: https://z.example/new}\n"


def test_nothing_is_offered_that_would_say_something_else(tmp_path: Path) -> None:
    sources = "  - ? url\n    : https://old.example/feed\n"
    (tmp_path / "config.yaml").write_text(HEAD + sources)
    name = load(tmp_path / "config.yaml", {}).sources[0].id
    given = offered(tmp_path, sources, Change(source=name, url=NEW))
    assert given.diff == ""
    assert "would not say that afterwards" in given.left_out[0]


def test_a_final_slash_is_a_move_like_any_other(tmp_path: Path) -> None:
    given = offered(
        tmp_path, "  - {id: a, url: https://a.example/feed}\n", Change(source="a", url="https://a.example/feed/")
    )
    assert "feed/}" in applied(tmp_path, given)


def test_of_two_that_move_to_the_same_address_one_goes_there(tmp_path: Path) -> None:
    sources = "  - {id: a, url: https://a.example/feed}\n  - {id: b, url: https://b.example/feed}\n"
    given = offered(tmp_path, sources, Change(source="a", url=NEW), Change(source="b", url=NEW))
    assert applied(tmp_path, given) == sources.replace("https://a.example/feed", NEW)
    assert "a is at the new address already" in given.left_out[0]


def test_lines_around_a_change_are_not_shown_where_they_hold_a_secret(tmp_path: Path) -> None:
    sources = (
        "  - id: s\n    url: https://s.example/\n    auth: {bearer: hush-hush}\n  - {id: a, url: https://a.example/x}\n"
    )
    given = offered(tmp_path, sources, Change(source="a", url=NEW))
    assert "hush-hush" not in given.diff
    assert applied(tmp_path, given) == sources.replace("https://a.example/x", NEW)


def test_a_file_that_has_changed_since_it_was_read_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(HEAD + "  - {id: a, url: https://a.example/x}\n")
    config = replace(load(path, {}))
    path.write_text(HEAD + "  - {id: a, url: https://a.example/x}\n  - https://b.example/\n")
    assert "changed in between" in patch(config, [Change(source="a", url=NEW)], {}).left_out[0]
    path.unlink()
    assert "there is no such file" in patch(config, [Change(source="a", url=NEW)], {}).left_out[0]
