"""What was asked of whom: every request that went out, none that did not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aggregator.fetch.masked import masked
from aggregator.model import Asked, Code, Failed, Fetched, NotModified

NOTHING = timedelta(0)
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


async def test_a_look_is_one_request(server: Any, strangers: Any, reader: Any, after: Any) -> None:
    url = server.on("/f", strangers.conditional(strangers.FEED, ("ETag", '"a"')))
    first = await reader.get(url)
    (asked,) = first.asked
    assert (asked.host, asked.conditional, asked.status) == (f"127.0.0.1:{server.port}", False, 200)
    assert asked.wire_bytes == first.wire_bytes > len(strangers.FEED)
    second = await reader.get(url, after(first, url))
    assert isinstance(second, NotModified)
    assert [(each.conditional, each.status) for each in second.asked] == [(True, 304)]


async def test_a_redirect_is_a_request_to_where_it_leads_too(
    server: Any, other: Any, strangers: Any, reader: Any
) -> None:
    end = other.on("/feed", strangers.reply(strangers.FEED))
    server.on("/a", strangers.redirect("/b", 301))
    server.on("/b", strangers.redirect(end, 302))
    outcome = await reader.get(server.url("/a"))
    here, there = f"127.0.0.1:{server.port}", f"127.0.0.1:{other.port}"
    assert [(each.host, each.status) for each in outcome.asked] == [(here, 301), (here, 302), (there, 200)]
    assert sum(each.wire_bytes for each in outcome.asked) == outcome.wire_bytes
    assert outcome.asked[2].wire_bytes > len(strangers.FEED) > outcome.asked[0].wire_bytes > 0


async def test_each_request_begins_where_the_one_before_was_over(server: Any, strangers: Any, reader: Any) -> None:
    server.on("/a", strangers.redirect("/b", 301))
    server.on("/b", strangers.reply(strangers.FEED))
    first, second = (await reader.get(server.url("/a"))).asked
    assert second.at - first.at == first.took > NOTHING
    assert second.took > NOTHING


async def test_validators_that_stay_behind_make_no_request_conditional(
    server: Any, strangers: Any, reader: Any, after: Any
) -> None:
    server.on("/a", strangers.redirect("/b", 302))
    server.on("/b", strangers.conditional(strangers.FEED, ("ETag", '"a"')))
    first = await reader.get(server.url("/a"))
    second = await reader.get(server.url("/a"), after(first, server.url("/a")))
    assert [(each.conditional, each.status) for each in second.asked] == [(False, 302), (True, 304)]


async def test_a_request_without_an_answer_was_a_request_all_the_same(server: Any, strangers: Any, reader: Any) -> None:
    async def silent(request: Any, writer: Any) -> None:
        writer.transport.abort()

    outcome = await reader.get(server.on("/f", silent))
    assert isinstance(outcome, Failed)
    assert [(each.status, each.wire_bytes) for each in outcome.asked] == [(None, 0)]


async def test_where_there_was_no_connection_nobody_was_asked(
    server: Any, other: Any, strangers: Any, reader: Any
) -> None:
    refused = other.url("/feed")
    await other.stop()
    assert (await reader.get(refused)).asked == ()
    outcome = await reader.get(server.on("/f", strangers.redirect(refused, 301)))
    assert outcome.code is Code.CONNECT
    assert [(each.host, each.status) for each in outcome.asked] == [(f"127.0.0.1:{server.port}", 301)]


async def test_a_folder_is_asked_nothing(tmp_path: Any, reader: Any) -> None:
    (tmp_path / "a.md").write_text("text", encoding="utf-8")
    outcome = await reader.look(tmp_path)
    assert isinstance(outcome, Fetched)
    assert outcome.asked == ()


async def test_a_host_goes_by_the_name_that_the_configuration_gives_it(
    server: Any, strangers: Any, new_reader: Any
) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    reader = new_reader(resolve=resolve)
    server.on("/f", strangers.reply(strangers.FEED))
    outcome = await reader.get(server.url("/f", host="bücher.example"))
    assert [each.host for each in outcome.asked] == [f"bücher.example:{server.port}"]
    await reader.fetcher.aclose()


def test_a_secret_in_the_name_of_a_host_is_masked_and_the_configured_host_is_not() -> None:
    asked = Asked(host="secret-key.example:443", at=NOW, took=NOTHING, conditional=False, status=302)
    led = replace(asked, host="a.secret-key.other:443")
    failed = masked(Failed(code=Code.DNS, detail="x", asked=(asked, led)), ["secret-key"])
    assert [each.host for each in failed.asked] == ["secret-key.example:443", "a.***.other:443"]
    fetched = Fetched(documents=(), final_url="https://x.example/", body_hash=b"h", redirected=True, asked=(asked, led))
    assert masked(fetched, ["secret-key"]).asked == failed.asked
