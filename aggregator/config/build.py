"""The validated shape -> the values the program works with: defaults merged in, ids given, secrets gathered."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aggregator.config.addresses import split_userinfo
from aggregator.config.alerts import alert_secrets, receiver
from aggregator.config.names import assign
from aggregator.config.redaction import secrets_of
from aggregator.config.value import Config, Log, Server
from aggregator.model import (
    Automatic,
    ClientCertificate,
    Duplicates,
    FullText,
    Members,
    Output,
    Polling,
    Recording,
    Retention,
    Scrape,
    Site,
    Source,
    WebSub,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from aggregator.config.listing import Listing
    from aggregator.config.schema import (
        AuthShape,
        AutomaticShape,
        ClientCertShape,
        OutputShape,
        Root,
        Settings,
        SourceShape,
    )
    from aggregator.config.schema.pages import FullTextShape
    from aggregator.config.watched import Watched
    from aggregator.model import Rewrite

_FOR_TLS = ("ca", "client_cert")
_FOR_FEEDS = (
    "interval",
    "proxy",
    "user_agent",
    "max_bytes",
    "allow_downgrade",
    "refresh",
    "identity",
    "first",
    "future",
    "limit_per_day",
    "check_deleted",
    "full_text",
)
_FOR_ALL = ("language", "timeout", "keep", "drop", "on_remove")


def build(
    root: Root, listed: Listing, shapes: Sequence[SourceShape], groups: Sequence[Settings], watched: Watched
) -> Config:
    """The configuration that was read as ``root``, with the validated values of what is listed."""
    path = listed.files[0].path.absolute()
    taken = {value: name for file in listed.files for value, name in file.found.taken.items()}
    ids = assign((each.id, *_place(each, taken, path.parent)) for each in shapes)
    usual = {
        each: _usual(root, [groups[number] for number in each]) for each in {item.groups for item in listed.sources}
    }
    sources = tuple(
        _source(each, name, root, usual[item.groups])
        for each, name, item in zip(shapes, ids, listed.sources, strict=True)
    )
    outputs = tuple(_output(each) for each in root.outputs)
    receivers = tuple(receiver(each, path.parent) for each in root.alerts)
    return Config(
        path=path,
        watch=root.watch,
        watched=watched,
        written=tuple((listed.files[each.place.file].path.absolute(), each.place.at) for each in listed.sources),
        site=_site(root),
        site_id_given=root.site.id is not None,
        server=Server(**dict(root.server)),
        log=Log(**dict(root.log)),
        store=root.store,
        public=root.public,
        private=root.private,
        allow=tuple(root.network.allow),
        polling=Polling(**root.polling.model_dump(exclude={"budget"})),
        duplicates=Duplicates(**dict(root.duplicates)),
        retention=Retention(**dict(root.retention)),
        recording=Recording(**dict(root.recording)),
        websub=WebSub(hub=root.websub.hub, hubs=tuple(root.websub.hubs)),
        automatic=_automatic(root.automatic, outputs),
        sources=sources,
        alerts=receivers,
        outputs=outputs,
        environment=frozenset(taken),
        secrets=secrets_of(
            sources,
            outputs,
            root.store,
            taken,
            (*alert_secrets(receivers, taken), root.server.status_token, root.server.admin_token),
        ),
    )


def _automatic(given: AutomaticShape, outputs: Iterable[Output]) -> Automatic:
    """What is not said is there where anybody may read anything."""
    usual = not all(each.private for each in outputs)
    kinds = given.model_dump(exclude={"limit"})
    return Automatic(**{kind: usual if said is None else said for kind, said in kinds.items()}, limit=given.limit)


def _place(source: SourceShape, taken: Mapping[str, str], base: Path) -> tuple[str | None, str | None]:
    """Address and path, as an id is made of them."""
    if isinstance(source.opml, str):
        return _lasting(source.opml, taken), None
    return _lasting(source.url, taken), _relative(source.opml or source.folder, base)


def _lasting(url: str | None, taken: Mapping[str, str]) -> str | None:
    """The address with variables instead of what they hold, so that a new key in its query gives no new id."""
    if url is not None and "?" in url:
        start, _, query = url.partition("?")
        for value in sorted(taken, key=len, reverse=True):
            query = query.replace(value, taken[value])
        return f"{start}?{query}"
    return url


def _relative(folder: Path | None, base: Path) -> str | None:
    """The same on every machine for a folder beside the configuration, as ids are made from it."""
    return os.path.relpath(folder, base) if folder is not None else None


def _site(root: Root) -> Site:
    """Without an id of its own the site is called by its address: it is an IRI, and needs no clock or chance."""
    return Site(**{**dict(root.site), "id": root.site.id or root.site.url})


def _output(output: OutputShape) -> Output:
    given = dict(output)
    if output.tokens is not None:
        given["tokens"] = tuple(output.tokens.items())
    if output.digest is not None:
        given["archive"] = False  # its entries are made of articles whenever it is published, and kept nowhere
    return Output(**{**given, "formats": tuple(output.formats)})


def _usual(root: Root, groups: Sequence[Settings]) -> Settings:
    """What is set for a source by those around it: defaults, then group after group to the inside."""
    found = root.defaults
    for each in groups:
        found = each.within(found)
    return found


def _source(source: SourceShape, name: str, root: Root, defaults: Settings) -> Source:
    if source.opml is not None:
        return _list(source, name, root, defaults)
    keys = [*_FOR_ALL, *(_FOR_FEEDS if source.url is not None else ())]
    if source.url is not None and source.url.lower().startswith("https:"):
        keys += _FOR_TLS
    settings: dict[str, Any] = {
        key: getattr(source if key in source.model_fields_set else defaults, key) for key in keys
    }
    settings["client_cert"] = _client_cert(settings.get("client_cert"))
    settings["full_text"] = _full_text(settings.get("full_text"))
    title = source.title
    if source.folder is not None:  # articles of the site's own, unless it is said whose they are
        settings["interval"], settings["limit_per_day"] = source.interval, source.limit_per_day
        settings["language"] = settings["language"] or root.site.language
        title = title or root.site.title
    url, userinfo = split_userinfo(source.url) if source.url is not None else (None, None)
    return Source(
        id=name,
        url=url,
        folder=source.folder,
        title=title,
        tags=tuple(dict.fromkeys([*defaults.tags, *source.tags])),
        rewrite=_rewrite(source, defaults),
        enabled=source.enabled and not source.disabled,
        http2=source.http2,
        scrape=Scrape(**dict(source.scrape)) if source.scrape is not None else None,
        headers=_headers(defaults.headers, source.headers, source.cookies) if source.folder is None else (),
        **_credentials(source.auth, userinfo),
        **settings,
    )


def _rewrite(source: SourceShape, usual: Settings) -> tuple[Rewrite, ...]:
    """Its own, then those for all; a source with ``rewrite: null`` has none."""
    if source.rewrite is None:
        return ()
    return tuple(each.value for each in (*source.rewrite, *(usual.rewrite or ())))


def _list(source: SourceShape, name: str, root: Root, defaults: Settings) -> Source:
    """A list of feeds: what lets in to it is for its own server alone; all other settings are for its feeds."""
    place = source.opml if isinstance(source.opml, str) else "https://list.invalid/"
    as_feed = _source(source.model_copy(update={"opml": None, "url": place}), name, root, defaults)
    private = source.allow_private if source.allow_private is not None else not isinstance(source.opml, str)
    member = replace(
        as_feed,
        headers=_headers(defaults.headers, {}, {}),
        basic_auth=None,
        bearer=None,
        ca=defaults.ca,
        client_cert=_client_cert(defaults.client_cert),
        public_only=not private,
    )
    members = Members(member=member, exclude=tuple(source.exclude))
    if isinstance(source.opml, str):
        return replace(as_feed, interval=None, members=members)
    return replace(as_feed, url=None, folder=source.opml, interval=None, headers=(), members=members)


def _headers(
    defaults: Mapping[str, str], own: Mapping[str, str], cookies: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """A source's own header replaces the default of the same name, whatever its case; cookies are one header more."""
    names = {name.lower() for name in own}
    usual = ((name, value) for name, value in defaults.items() if name.lower() not in names)
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())  # RFC 6265 section 4.2.1
    return (*usual, *own.items(), *([("Cookie", cookie)] if cookie else []))


def _full_text(given: FullTextShape | None) -> FullText | None:
    return FullText(**dict(given)) if given is not None else None


def _client_cert(given: ClientCertShape | None) -> ClientCertificate | None:
    return ClientCertificate(cert=given.cert, key=given.key, password=given.secret) if given is not None else None


def _credentials(auth: AuthShape | None, userinfo: tuple[str, str] | None) -> dict[str, Any]:
    if auth is None:
        return {"basic_auth": userinfo}
    if auth.basic is not None:
        password = auth.basic.password if auth.basic.password is not None else auth.basic.password_file
        return {"basic_auth": (auth.basic.user, password)}
    return {"bearer": auth.bearer if auth.bearer is not None else auth.bearer_file}
