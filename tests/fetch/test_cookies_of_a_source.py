"""Cookies of a source, from the configuration to the wire: to its own origin, as configured, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aggregator.config import load
from aggregator.model import Fetched


async def test_configured_cookies_go_to_the_sources_own_origin_only(
    server: Any, other: Any, strangers: Any, reader: Any, tmp_path: Path
) -> None:
    other.on("/feed", strangers.reply(strangers.FEED))
    server.on("/near", strangers.reply(b"", ("Location", other.url("/feed")), status="302 Found"))
    start = server.on("/f", strangers.reply(b"", ("Location", "/near"), ("Set-Cookie", "sid=theirs"), status="302 x"))
    path = tmp_path / "config.yaml"
    path.write_text(
        "site: {title: P, url: 'https://p.example/'}\n"
        f"sources: [{{url: '{start}', cookies: {{sid: ours, member: '${{MEMBER}}'}}}}]\n"
    )
    (source,) = load(path, {"MEMBER": "yes"}).sources
    assert isinstance(await reader.get(start, headers=source.headers), Fetched)
    sent = [[value for name, value in each.lines if name == b"cookie"] for each in server.requests]
    assert sent == [[b"sid=ours; member=yes"]] * 2
    assert [each.header(b"cookie") for each in other.requests] == [None]
