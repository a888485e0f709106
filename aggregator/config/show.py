"""The configuration in force, for people: defaults filled in, secrets hidden."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aggregator.config.alerts import shown_receiver
from aggregator.config.redaction import HIDDEN, redact, store_shown
from aggregator.config.units import allowed_text, duration_text, size_text

if TYPE_CHECKING:
    from datetime import timedelta

    from aggregator.config.value import Config, Server
    from aggregator.model import ClientCertificate, FullText, Output, Polling, Proxy, Rewrite, Scrape, Source


def effective(config: Config) -> dict[str, Any]:
    """Plain values with the keys of config.yaml, ready for JSON or YAML; what a source leaves to others is absent."""
    shown = {
        "site": {
            "title": config.site.title,
            "url": config.site.url,
            "id": config.site.id,
            "author": config.site.author,
            "language": config.site.language,
        },
        "server": _server(config.server),
        "log": {"level": config.log.level, "format": config.log.format},
        "watch": config.watch,
        "store": store_shown(config.store),
        "public": str(config.public),
        "private": str(config.private),
        "network": {"allow": [allowed_text(each) for each in config.allow]},
        "polling": _polling(config.polling),
        "duplicates": {"prefer": config.duplicates.prefer, "show": config.duplicates.show},
        "retention": {
            "content": _duration(config.retention.content),
            "per_source": config.retention.per_source,
        },
        "recording": {"keep": config.recording.keep, "max_bytes": size_text(config.recording.max_bytes)},
        "websub": {"hub": config.websub.hub, "hubs": list(config.websub.hubs)},
        "automatic": {name: getattr(config.automatic, name) for name in _AUTOMATIC},
        "sources": [_source(each) for each in config.sources],
        "alerts": [shown_receiver(each) for each in config.alerts],
        "outputs": [_output(each) for each in config.outputs],
    }
    return {key: _redacted(value, config.secrets) for key, value in shown.items()}


_AUTOMATIC = ("tags", "sources", "languages", "search", "limit")


def _server(server: Server) -> dict[str, Any]:
    tokens = {"status_token": server.status_token, "admin_token": server.admin_token}
    hidden = {name: HIDDEN for name, value in tokens.items() if value is not None}
    return {"host": server.host, "port": server.port, **hidden, "metrics": server.metrics}


def _polling(polling: Polling) -> dict[str, Any]:
    return {
        "floor": duration_text(polling.floor),
        "invited_floor": duration_text(polling.invited_floor),
        "ceiling": duration_text(polling.ceiling),
        "without_validators": duration_text(polling.without_validators),
        "concurrency": polling.concurrency,
        "per_host": polling.per_host,
        "timeout": duration_text(polling.timeout),
        "max_bytes": size_text(polling.max_bytes),
    }


def _source(source: Source) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": source.id,
        **_place(source),
        "title": source.title,
        "tags": list(source.tags) or None,
        "language": source.language,
        "interval": _duration((source.members.member if source.members is not None else source).interval),
        "enabled": source.enabled,
        "headers": {name: HIDDEN for name, _ in source.headers} or None,
        "auth": _auth(source),
        "ca": str(source.ca) if source.ca is not None else None,
        "client_cert": _client_cert(source.client_cert),
        "proxy": _proxy(source.proxy),
        "http2": source.http2 or None,
        "user_agent": source.user_agent,
        "timeout": _duration(source.timeout),
        "max_bytes": size_text(source.max_bytes) if source.max_bytes is not None else None,
        "allow_downgrade": source.allow_downgrade or None,
        "refresh": duration_text(source.refresh) if source.url is not None else None,
        "identity": source.identity if source.url is not None else None,
        "future": source.future if source.url is not None else None,
        "full_text": _selectors(source.full_text) if source.full_text is not None else None,
        "scrape": _selectors(source.scrape) if source.scrape is not None else None,
        "keep": source.keep,
        "drop": source.drop,
        "rewrite": [_action(each) for each in source.rewrite] or None,
        "limit_per_day": source.limit_per_day,
        "on_remove": source.on_remove,
        "check_deleted": source.check_deleted or None,
    }
    shown = {key: value for key, value in found.items() if value is not None}
    return shown | ({"first": source.first} if source.url is not None else {})


def _selectors(given: FullText | Scrape) -> dict[str, str] | bool:
    """``full_text: true`` has none."""
    found = ((each.name, getattr(given, each.name)) for each in fields(given))
    return {name: selector for name, selector in found if selector is not None} or True


def _action(given: Rewrite) -> dict[str, Any]:
    what = {name: list(value) if isinstance(value, tuple) else value for name, value in given.what}
    shown: dict[str, Any] = {given.action: what.get(given.action, what)}
    return shown | {key: text for key, text in (("with", given.by), ("when", given.when)) if text is not None}


def _place(source: Source) -> dict[str, Any]:
    """Where it is, as it is written; a list with what is said of its feeds."""
    if source.members is None:
        return {"url": source.url, "folder": str(source.folder) if source.folder is not None else None}
    exclude = list(source.members.exclude) or None
    return {"opml": source.location, "exclude": exclude, "allow_private": not source.members.member.public_only}


def _output(output: Output) -> dict[str, Any]:
    found = {"id": output.id, "title": output.title, "query": output.query, "limit": output.limit}
    found |= {"per_source": output.per_source, "digest": output.digest}
    shown = {key: value for key, value in found.items() if value is not None}
    tokens = {"tokens": {name: HIDDEN for name, _ in output.tokens}} if output.tokens is not None else {}
    return shown | {"formats": list(output.formats), "stories": output.stories, "archive": output.archive} | tokens


def _auth(source: Source) -> dict[str, Any] | None:
    if source.basic_auth is not None:
        return {"basic": {"user": source.basic_auth[0], "password": HIDDEN}}
    return {"bearer": HIDDEN} if source.bearer is not None else None


def _client_cert(given: ClientCertificate | None) -> dict[str, Any] | None:
    if given is None:
        return None
    key = {"key": str(given.key)} if given.key is not None else {}
    return {"cert": str(given.cert), **key, **({"password": HIDDEN} if given.password is not None else {})}


def _proxy(proxy: Proxy | None) -> str | None:
    if proxy is None or proxy.auth is None:
        return proxy.url if proxy is not None else None
    return proxy.url.replace("//", f"//{quote(proxy.auth[0], safe='')}:{HIDDEN}@", 1)


def _duration(value: timedelta | None) -> str | None:
    return duration_text(value) if value is not None else None


def _redacted(value: Any, secrets: frozenset[str]) -> Any:
    if isinstance(value, str):
        return redact(value, secrets)
    if isinstance(value, dict):
        return {key: _redacted(each, secrets) for key, each in value.items()}
    return [_redacted(each, secrets) for each in value] if isinstance(value, list) else value
