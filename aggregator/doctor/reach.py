"""What can be reached: the service on this machine, and, where that is asked for, sources and the public address."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.doctor.finding import Finding, bad, ok, warn
from aggregator.fetch import Fetcher
from aggregator.model import Allowed, Failed
from aggregator.wiring import AGENT, agent

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.config import Config
    from aggregator.model import Answer

MOST_BYTES = 1024 * 1024
"""Of an answer; a longer one says that there is one."""

_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - compared with, nothing listens there


async def service(config: Config, holder: str | None, now: datetime) -> Finding:
    """Whether the service runs and answers on its port."""
    port = config.server.port
    running = f"process {holder} holds the store" if holder is not None else "no process holds the store"
    if port == 0:
        return ok("service", f"{running}; it serves on a port of its own choice, which is not known here")
    host = _ANYWHERE.get(config.server.host, config.server.host)
    here = Allowed(network=f"{host}/{128 if ':' in host else 32}", port=port) if _is_ip(host) else Allowed(host=host)
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}/healthz"
    answered = await _get(replace(config, allow=(*config.allow, here)), url, now)
    works = not isinstance(answered, Failed) and answered.status == 200
    if works and holder is not None:
        return ok("service", f"{running}, and {url} answers")
    if works:
        advice = "if that is not this program, give it another port; if it is, it uses another store or machine"
        return warn("service", f"{url} answers, though {running}", advice)
    if holder is not None:
        advice = "it may be another command that ends soon; else look at its log: journalctl -u aggregator"
        return warn("service", f"{running}, and {url} does not answer", advice)
    return ok("service", "does not run")


async def source(config: Config, now: datetime) -> Finding:
    """Whether the first source on the web can be reached, asked for what every host has for programs."""
    first = next((each for each in config.sources if each.url is not None and each.enabled), None)
    if first is None or first.url is None:
        return ok("network", "no source is on the web")
    parts = urlsplit(first.url)
    host = parts.netloc.rpartition("@")[2]
    answered = await _get(config, f"{parts.scheme}://{host}/robots.txt", now)
    if isinstance(answered, Failed) and answered.status is None:
        advice = "check name resolution, the firewall and proxies of this machine; other sources may be well"
        return bad("network", f"{host} ({first.id}) cannot be reached: {answered.detail}", advice)
    return ok("network", f"{host} ({first.id}) answers")


async def public(config: Config, now: datetime) -> Finding:
    """Whether the published address leads to our feed."""
    url = f"{config.site.url}feed.atom"
    answered = await _get(config, url, now)
    if isinstance(answered, Failed) and answered.status is None:
        advice = "check the web server in front, and site.url; it may be that it is not meant to be reached from here"
        return warn("address", f"{url} cannot be reached from here: {answered.detail}", advice)
    if isinstance(answered, Failed) or answered.status != 200 or config.site.id.encode() not in answered.body:
        advice = "check the web server in front, and site.url"
        return bad("address", f"{url} answers with {answered.status}, and not with this site's feed", advice)
    return ok("address", f"{url} answers with this site's feed")


async def _get(config: Config, url: str, now: datetime) -> Answer | Failed:
    called = agent(config) if config.site.url else AGENT
    fetcher = Fetcher(polling=config.polling, allow=config.allow, agent=called)
    try:
        return await fetcher.get(url, now, max_bytes=MOST_BYTES)
    finally:
        await fetcher.aclose()


def _is_ip(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()
