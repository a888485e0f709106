"""docs/monitoring.md names every metric there is and no other; docs/admin-api.md shows calls that do what they say."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pages import PROJECT, blocks_of, rows, section
from prometheus_client.parser import text_string_to_metric_families
from waiting import until

MONITORING = PROJECT / "docs" / "monitoring.md"
ADMIN = PROJECT / "docs" / "admin-api.md"
TOKEN = "0123456789abcdef0123456789abcdef"


class Running:
    """The service in a scratch folder, with a token and figures of each source."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        text = (folder / "config.yaml").read_text(encoding="utf-8")
        server = f"server: {{host: 127.0.0.1, port: {port}}}"
        assert server in text
        with_keys = f'server: {{host: 127.0.0.1, port: {port}, admin_token: "${{ADMIN_TOKEN}}", metrics: sources}}'
        (folder / "config.yaml").write_text(text.replace(server, with_keys), encoding="utf-8")

    def ask(
        self, path: str, body: bytes | None = None, method: str | None = None, **headers: str
    ) -> tuple[int, str, bytes]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.headers["content-type"], answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers["content-type"], error.read()


@pytest.fixture(scope="module")
def service(scratch: Any) -> Iterator[Running]:
    running = Running(scratch.folder, scratch.port)
    with (scratch.folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "aggregator", "run"],
            cwd=scratch.folder,
            stdout=log,
            stderr=log,
            env={**os.environ, "ADMIN_TOKEN": TOKEN},
        )
        try:
            until(lambda: b"urn:uuid" in running.ask("/feed.json")[2], process)
            until(lambda: b'"polled"' in (scratch.folder / "log.txt").read_bytes(), process)
            yield running
        finally:
            process.terminate()
            process.wait(timeout=60)


def documented() -> dict[str, str]:
    """Metric -> kind, of all tables of the page."""
    return {
        row[0].strip("`"): row[1] for row in rows(section(MONITORING, "Metrics")) if row[0].startswith("`aggregator_")
    }


def test_every_metric_is_on_the_page_with_its_kind_and_no_other(service: Running) -> None:
    _, _, body = service.ask("/metrics")
    families = [each for each in text_string_to_metric_families(body.decode()) if each.name.startswith("aggregator_")]
    found = {each.name + ("_total" if each.type == "counter" else ""): each.type for each in families}
    assert found == documented()


def test_labels_on_the_page_are_those_there_are(service: Running) -> None:
    _, _, body = service.ask("/metrics")
    labels = {
        each.name + ("_total" if each.type == "counter" else ""): {name for s in each.samples for name in s.labels}
        for each in text_string_to_metric_families(body.decode())
    }
    for name, _, meaning in rows(section(MONITORING, "Metrics")):
        found = labels.get(name.strip("`"), set()) - {"le"}
        for label in found & {"state", "code", "step", "conditional", "status", "change", "host", "reason", "result"}:
            assert f"`{label}`" in meaning, f"{name} has the label {label}"


@pytest.mark.parametrize("block", blocks_of(MONITORING, "promql", "yaml"), ids=str)
def test_every_metric_that_is_asked_for_in_an_example_exists(block: Any, service: Running) -> None:
    names = set(re.findall(r"\baggregator_\w+", block.text))
    known = {*documented(), *(f"{name}_bucket" for name, kind in documented().items() if kind == "histogram")}
    assert names <= known


def test_the_steps_and_results_on_the_page_are_those_there_are(service: Running) -> None:
    _, _, body = service.ask("/metrics")
    text = body.decode()
    steps = set(re.findall(r'step_duration_seconds_count\{step="(\w+)"\}', text))
    page = section(MONITORING, "Metrics")
    [meaning] = [row[2] for row in rows(page) if row[0] == "`aggregator_step_duration_seconds`"]
    assert steps == set(re.findall(r"`(\w+)`", meaning)) - {"step"}


def curls() -> list[str]:
    return [line for block in blocks_of(ADMIN, "sh") for line in block.text.splitlines() if line.startswith("curl")]


@pytest.mark.parametrize("line", curls())
def test_a_call_on_the_page_is_answered(line: str, service: Running) -> None:
    """As curl sends it, without curl."""
    words = shlex.split(line.replace("$ADMIN_TOKEN", TOKEN))[1:]
    url = urllib.parse.urlsplit(words.pop())
    options = list(zip(words[::2], words[1::2], strict=True))
    headers = dict(value.split(": ", 1) for option, value in options if option == "-H")
    data = dict(options).get("-d")
    method = dict(options).get("-X") or ("POST" if data is not None else "GET")
    path = f"{url.path}?{url.query}" if url.query else url.path
    status, media_type, body = service.ask(path, data.encode() if data is not None else None, method, **headers)
    assert (status, media_type) == (200, "application/json"), body
    assert json.loads(body)


def test_the_actions_on_the_page_are_those_there_are(service: Running) -> None:
    _, _, body = service.ask("/admin", Authorization=f"Bearer {TOKEN}")
    there = {each["action"]: (set(each["needs"]), set(each["takes"])) for each in json.loads(body)["actions"]}
    page = {
        row[0].strip("`"): (set(re.findall(r"`(\w+)`", row[1])), set(re.findall(r"`(\w+)`", row[2])))
        for row in rows(section(ADMIN, "What can be done"))
    }
    assert there == page


def test_what_is_asked_for_is_done_in_the_running_service(service: Running) -> None:
    bearer = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    first = json.loads(service.ask("/feed.json")[2])["items"]
    victim = first[0]["id"]
    status, _, body = service.ask("/admin/retract", json.dumps({"id": victim}).encode(), **bearer)
    assert (status, json.loads(body)["articles"][0]["changed"]) == (200, True)
    until(lambda: victim not in [each["id"] for each in json.loads(service.ask("/feed.json")[2])["items"]])
    explained = service.ask(f"/admin/explain?id={urllib.parse.quote(victim)}", **bearer)
    assert json.loads(explained[2])["fate"] == "retracted"
    assert service.ask("/admin/retract", json.dumps({"id": victim, "undo": True}).encode(), **bearer)[0] == 200
    until(lambda: victim in [each["id"] for each in json.loads(service.ask("/feed.json")[2])["items"]])
    missing = service.ask("/admin/pin", b'{"id": "urn:nothing"}', **bearer)
    assert (missing[0], json.loads(missing[2]).keys()) == (404, {"error", "advice"})


def test_a_wrong_configuration_is_not_taken_and_its_mistakes_are_the_error(service: Running) -> None:
    path = service.folder / "config.yaml"
    right = path.read_text(encoding="utf-8")
    path.write_text(right.replace("outputs:", "outpust:"), encoding="utf-8")
    try:
        status, _, body = service.ask("/admin/reload", b"", Authorization=f"Bearer {TOKEN}")
    finally:
        path.write_text(right, encoding="utf-8")
    assert status == 409
    assert "outpust" in json.loads(body)["error"]
    assert service.ask("/admin/reload", b"", Authorization=f"Bearer {TOKEN}")[0] == 200


def test_every_record_of_a_poll_says_of_which_and_none_has_the_token(service: Running) -> None:
    service.ask("/admin/poll", b'{"source": "seeds"}', Authorization=f"Bearer {TOKEN}")
    log = (service.folder / "log.txt").read_text(encoding="utf-8")
    records = [json.loads(line) for line in log.splitlines()]
    polls = [each for each in records if each["event"] == "polled"]
    assert polls
    assert all(re.fullmatch("[0-9a-f]{8}", each["poll"]) and each["source"] for each in polls)
    assert all("publish" in each or "request" in each for each in records if each["event"] == "published")
    [started] = [each for each in records if each["event"] == "serving"]
    assert {"version", "store", "sources", "url"} <= started.keys()
    assert TOKEN not in log
