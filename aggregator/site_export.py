"""All that is published as a folder of files that needs no server of ours: for GitHub Pages, or any web server.

::

    copy of the store + published documents -> publish by a configuration of its own -> follow its links -> files

It is a publish like any other, into a folder that is thrown away: at the address the files will have, without our hub
and without the search, which only a running service answers. Then every link of its pages is followed, and what is only
made when somebody asks for it (pages and feeds of tags, sources, languages) is made. A page without an ending in its
address becomes ``index.html`` in a folder of that name, which any server finds.
"""

from __future__ import annotations

import filecmp
import json
import os
import re
import shutil
import tempfile
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from lxml import html

from aggregator.asked import Asking, Unknown
from aggregator.backup import DOCUMENTS
from aggregator.errors import AggregatorError, UsageError
from aggregator.last_publish import SETTING as LAST_PUBLISH
from aggregator.last_publish import last_publish
from aggregator.logs import get_logger
from aggregator.model.terms import languages_of
from aggregator.pipeline import publish
from aggregator.publish import media
from aggregator.publish.assemble import ARTICLES
from aggregator.publish.automatic import Unclear, asked_at
from aggregator.serve import Documents
from aggregator.store import Store, copy, readdress
from aggregator.wiring import configuration_of, open_app

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from aggregator.config import Config
    from aggregator.wiring import App

log = get_logger()

MANIFEST = ".aggregator-export.json"
"""In the folder: which files there are ours."""

NO_JEKYLL = ".nojekyll"
"""Keeps GitHub Pages from leaving out what begins with an underscore, and from reading the rest as templates."""

LOOKED_AT = 5000
"""The newest articles, whose languages get pages."""
PAGE = 250

LONGEST_NAME = 200
"""Bytes of a file's name, its ending left out; file systems take 255."""


_PICTURE = re.compile(rb"/media/([0-9a-f]{32}\.[a-z]{3,4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export did."""

    files: int
    written: tuple[str, ...]
    removed: tuple[str, ...]
    problems: tuple[str, ...]
    """What is not there, or not as it should be, and why."""


async def export(
    config: Config,
    to: Path,
    base: str | None = None,
    *,
    github_pages: bool = False,
    progress: Callable[[str], None] = lambda _path: None,
) -> Exported:
    """Write the whole site into a folder, for the address ``base`` (``site.url`` without it).

    Files whose bytes stay the same are not touched, those of an earlier export that are no longer part of it go, and no
    other file is changed. Raises UsageError, AggregatorError where a file of somebody else is in the way, StoreError,
    OSError.
    """
    _check(config, to)
    with tempfile.TemporaryDirectory(prefix="aggregator-export-") as scratch:
        apart = _apart(config, Path(scratch), _checked(base) if base is not None else config.site.url)
        app = await open_app(apart)
        try:
            await _follow_on(app, config)
            published = await publish(app)
            found, problems = await _Site(app, Path(scratch), progress).whole()
        finally:
            await app.close()
        if github_pages:
            found[NO_JEKYLL] = Path(scratch) / NO_JEKYLL
            found[NO_JEKYLL].touch()
        written, removed = _bring_up_to_date(to, found)
    return Exported(files=len(found), written=written, removed=removed, problems=(*published.problems, *problems))


def _check(config: Config, to: Path) -> None:
    if not Store.exists(config.store):
        raise AggregatorError(f"{config.path}: nothing is stored yet; 'aggregator once' looks at the sources")
    if to.resolve() in (config.public.resolve(), config.private.resolve()):
        raise UsageError(f"{to}: documents are published there; name another folder")


def _checked(base: str) -> str:
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise UsageError(f"--base {base}: not the address of a site; write it as https://example.org/planet/")
    return base if base.endswith("/") else f"{base}/"


def _apart(config: Config, scratch: Path, base: str) -> Config:
    """A configuration that publishes the same things elsewhere, from a copy of all there is."""
    store = copy(config.store, scratch / "store.db")
    public = scratch / "public"
    _borrow(config.public, public)
    here = base == config.site.url
    if not here:
        moved = {f"{config.site.url}{folder}/": f"{base}{folder}/" for folder in (media.FOLDER, ARTICLES)}
        readdress(scratch / "store.db", moved)
        for each in public.glob("*/archive/*.atom"):  # whose entries are not made anew
            _readdress(each, {**moved, f'href="{config.site.url}"': f'href="{base}"'})
    return replace(
        config,
        site=replace(config.site, url=base),
        store=store,
        public=public,
        private=scratch / "private",
        websub=replace(config.websub, hub=False, hubs=config.websub.hubs if here else ()),
        automatic=replace(config.automatic, search=False),
    )


def _borrow(public: Path, to: Path) -> None:
    """The published documents, by another name: they are replaced whole, so that the ones there stay as they are."""
    to.mkdir()
    for pattern in DOCUMENTS:
        for each in public.glob(pattern):
            if each.name.startswith(".") or not each.is_file():
                continue
            other = to / each.relative_to(public)
            other.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(each, other)
            except OSError:  # another file system
                shutil.copyfile(each, other)


def _readdress(document: Path, moved: Mapping[str, str]) -> None:
    body = document.read_bytes()
    for old, new in moved.items():
        body = body.replace(escape(old, quote=False).encode(), escape(new, quote=False).encode())
    document.unlink()  # it may be another name of the one that is served
    document.write_bytes(body)


async def _follow_on(app: App, config: Config) -> None:
    """What is held because it looks wrong is held here too: the last publish counts as one of this configuration."""
    last = last_publish(await app.db(app.store.setting, LAST_PUBLISH))
    before = configuration_of(replace(config, site=replace(config.site, id=app.config.site.id)))
    if last is not None and last.configuration == before:
        await app.db(app.store.set_setting, LAST_PUBLISH, replace(last, configuration=app.configuration).as_text())


class _Site:
    """Every file of the site by its path, and where its bytes are meanwhile."""

    def __init__(self, app: App, scratch: Path, progress: Callable[[str], None]) -> None:
        self._app, self._progress = app, progress
        self._made_in = scratch / "made"
        self._asking = Asking(app, Documents())
        self._files: dict[str, Path] = {}
        self._problems: list[str] = []
        self._looked_at: set[str] = set()
        self._folder = urlsplit(app.config.site.url).path
        """Of the site on its host."""

    async def whole(self) -> tuple[dict[str, Path], tuple[str, ...]]:
        """The published documents, and all that their pages, and its own, lead to."""
        self._made_in.mkdir()
        last = last_publish(await self._app.db(self._app.store.setting, LAST_PUBLISH))
        for path, file in _published(self._app.config.public, last.documents if last is not None else ()):
            self._files[_place(path)] = file
        waiting = [*self._addresses(), *await self._languages()]
        for page in [each for each in self._files if each.endswith(".html")]:
            waiting += self._links(self._files[page].read_bytes())
        while waiting:
            path = waiting.pop()
            if path in self._looked_at:
                continue
            self._looked_at.add(path)
            if (body := await self._made(path)) is not None:
                waiting += self._links(body)
        return _shown(self._files), tuple(self._problems)

    def _addresses(self) -> list[str]:
        there = self._app.config.automatic
        return [name for name, is_there in (("tags", there.tags), ("sources", there.sources)) if is_there]

    async def _languages(self) -> list[str]:
        """To which no page leads."""
        app = self._app
        found: set[str] = set()
        before: tuple[datetime, str] | None = None
        for _ in range(0, LOOKED_AT, PAGE):
            page = await app.db(app.store.articles.newest, PAGE, now=app.now(), before=before)
            found.update(each for article in page for each in languages_of(article.language))
            if len(page) < PAGE:
                break
            before = page[-1].sort_at, page[-1].key
        return [f"languages/{each}" for each in sorted(found)] if app.config.automatic.languages else []

    def _links(self, page: bytes) -> Iterator[str]:
        """The paths below our address that a page leads to, decoded."""
        site = urlsplit(self._app.config.site.url)
        for _, _, link, _ in html.document_fromstring(page).iterlinks():
            parts = urlsplit(link)
            ours = (parts.scheme, parts.netloc) in ((site.scheme, site.netloc), ("", ""))
            if ours and parts.path.startswith(self._folder) and not parts.query:
                yield unquote(parts.path.removeprefix(self._folder))

    async def _made(self, path: str) -> bytes | None:
        """What is made when somebody asks for it, if that is at this path; a page of it, to be read on."""
        place = _place(path)
        if place in self._files or not path:
            return None
        try:
            asked = asked_at(f"/{path}", b"")
        except Unclear:
            return None
        if asked is None or not getattr(self._app.config.automatic, asked.kind):
            return None
        if not _is_name(place):
            self._problems.append(f"{quote(path)}: no file can have this name; it is left out")
            return None
        self._progress(path)
        try:
            document = await self._asking.document(f"/{path}", b"")
        except Unknown:
            return None
        body = document.identity.body
        self._files[place] = self._made_in / str(len(self._files))
        self._files[place].write_bytes(body)
        return body if asked.format == "html" else None


def _published(public: Path, documents: Collection[str]) -> Iterator[tuple[str, Path]]:
    """Ours: a folder that a web server serves may hold files of others too."""
    inside = (
        each
        for pattern in ("*/archive/*.atom", f"{ARTICLES}/*.html", f"{media.FOLDER}/*")
        for each in public.glob(pattern)
    )
    for each in sorted({*inside, *(public / path for path in documents)}):
        if each.is_file() and not each.name.startswith("."):
            yield each.relative_to(public).as_posix(), each


def _shown(found: Mapping[str, Path]) -> dict[str, Path]:
    """Without pictures that nothing of it names: they are of private outputs, or of what was taken back."""
    folder = f"{media.FOLDER}/"
    names = (_PICTURE.findall(file.read_bytes()) for path, file in found.items() if not path.startswith(folder))
    named = {f"{folder}{each.decode()}" for some in names for each in some}
    return {path: file for path, file in found.items() if path in named or not path.startswith(folder)}


def _place(path: str) -> str:
    """Where the document at an address is found: as it is, or as the page of a folder."""
    if path.startswith("a/") and path.endswith(".html"):
        path = path.removesuffix(".html")
    kind, slash, name = path.partition("/")
    automatic = kind in ("tags", "sources", "languages")
    ending = PurePosixPath(name or kind).suffix in (".atom", ".rss", ".json", ".html")
    if (automatic and not ending) or (kind == "a" and slash):
        return f"{path}/index.html"
    return path


def _is_name(path: str) -> bool:
    parts = path.split("/")
    return all(
        each not in ("", ".", "..") and len(each.encode()) <= LONGEST_NAME and each.isprintable() and "\\" not in each
        for each in parts
    )


# ---- the folder


def _bring_up_to_date(to: Path, found: Mapping[str, Path]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Write what is new, remove what is ours and not there any more; gives the paths of both."""
    before = _ours(to)
    fresh = [path for path, file in sorted(found.items()) if not _same(to / path, file)]
    if foreign := sorted({each for path in fresh for each in _in_the_way(to, path) if each not in before}):
        raise AggregatorError(
            f"{to}: {foreign[0]} is there and was not exported by this program (and {len(foreign) - 1} more); nothing "
            "was changed: move it away, or name another folder"
        )
    to.mkdir(parents=True, exist_ok=True)
    _note(to, before | found.keys())  # first: what a kill leaves here is known to be ours
    gone = [path for path in sorted(before - found.keys()) if (to / path).is_file()]
    for path in gone:
        (to / path).unlink()
        _remove_empty((to / path).parent, to)
    for path in fresh:
        _replace(to / path, found[path])
    _note(to, found.keys())
    return tuple(fresh), tuple(gone)


def _in_the_way(to: Path, path: str) -> Iterator[str]:
    """What is where the file goes, and files where its folders go."""
    if (to / path).exists():
        yield path
    yield from (each.as_posix() for each in PurePosixPath(path).parents if (to / each).is_file())


def _ours(to: Path) -> frozenset[str]:
    try:
        said = json.loads((to / MANIFEST).read_bytes())
        return frozenset(path for path in said["files"] if _is_inside(path))
    except FileNotFoundError:
        return frozenset()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise AggregatorError(
            f"{to / MANIFEST}: cannot be read ({error}), so nothing is known of the files there; empty the folder"
        ) from error


def _is_inside(path: str) -> bool:
    return not path.startswith("/") and ".." not in path.split("/")


def _note(to: Path, paths: Iterable[str]) -> None:
    body = json.dumps({"files": sorted(paths)}, ensure_ascii=False, indent=0).encode()
    if not (to / MANIFEST).exists() or (to / MANIFEST).read_bytes() != body:
        part = to / f"{MANIFEST}.part"
        part.write_bytes(body)
        part.replace(to / MANIFEST)


def _same(path: Path, file: Path) -> bool:
    return path.is_file() and filecmp.cmp(path, file, shallow=False)


def _replace(path: Path, file: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name[:50]}.part")
    try:
        shutil.copyfile(file, part)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _remove_empty(folder: Path, below: Path) -> None:
    while folder != below and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
