"""The whole site as files: every link of it resolves on a plain web server, nothing in it is private or needs ours."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import lxml.html
import pytest
import validator
from lxml import etree
from waiting import until

from aggregator.articles import compile_rule
from aggregator.config import load
from aggregator.errors import AggregatorError, UsageError
from aggregator.site_export import MANIFEST, export
from aggregator.store import Store

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
CHECKS = {".atom": validator.atom, ".rss": validator.rss, ".json": validator.json_feed}
TOKEN = "phone-0123456789"
OUTPUTS = (
    "[{id: main, limit: 3, query: 'not tag = \"secret\"'},"
    f" {{id: mine, title: Mine, query: 'tag = \"secret\"', tokens: {{phone: {TOKEN}}}}}]"
)


def written(number: int) -> str:
    tags = ["news", "c++ & “odd” / names", "日本", "x" * 150, "é" * 120][: number + 1]
    return (
        f"---\ntitle: Article {number}\ndate: 2026-10-{number + 1:02}\nlanguage: en-GB\ntags: {tags}\n---\n"
        f"Text of number {number}.\n\n![Alt](pixel.png)\n"
    )


@pytest.fixture(scope="module")
def planet(tmp_path_factory: pytest.TempPathFactory, make_place: Any) -> Any:
    """A site with articles in archives, a picture, tags of all kinds, and a private output."""
    place = make_place(tmp_path_factory.mktemp("planet"))
    for number in range(8):
        place.seed(f"{number}.md", written(number))
    place.seed("secret.md", "---\ntitle: Nobody knows\ndate: 2026-10-20\ntags: [secret]\n---\nPrivate. ![](own.png)\n")
    (place.folder / "seeds" / "own.png").write_bytes(PIXEL + b"secret")
    (place.folder / "seeds" / "pixel.png").write_bytes(PIXEL)
    place.configure("{folder: seeds, tags: [local]}", outputs=OUTPUTS)
    place.run("once")
    assert "main/archive/1.atom" in place.published
    return place


def exported(place: Any, to: Path, base: str | None = None, **more: Any) -> Any:
    config = load(place.folder / "config.yaml", os.environ, check_rule=compile_rule)
    return asyncio.run(export(config, to, base, **more))


def content(folder: Path) -> dict[str, bytes]:
    return {
        each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*")
        if each.is_file() and each.name != MANIFEST
    }  # fmt: skip


@contextmanager
def python_server(root: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def nginx_server(root: Path) -> Iterator[str]:
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed: apt install nginx-light")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    below = root / "nginx"
    below.mkdir()
    temporary = "".join(
        f"{each}_temp_path {below}/{each};" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (below / "nginx.conf").write_text(
        f"daemon off; pid {below}/pid; error_log {below}/error.log; events {{}}\n"
        f"http {{ access_log off; {temporary} types {{ text/html html; }}\n"
        f"server {{ listen 127.0.0.1:{port}; root {root}; absolute_redirect off; }} }}\n"
    )
    os.chmod(root.parent, 0o755)
    command = [program, "-c", str(below / "nginx.conf"), "-p", str(below), "-g", f"user {USER};"]
    process = subprocess.Popen(command if os.getuid() == 0 else command[:-2], stderr=subprocess.DEVNULL)
    try:
        until(lambda: answer(f"http://127.0.0.1:{port}/planet/")[0] == 200, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


USER = "root"
"""The temporary folders of tests are readable for who runs them."""


def answer(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, b""


def links_of(url: str, body: bytes) -> Iterator[str]:
    """Every address that a document gives: of a page its links, of a feed the addresses in it, text included."""
    path = urlsplit(url).path
    if path.endswith((".atom", ".rss", ".xml")):
        root = etree.fromstring(body)
        yield from (
            value for each in root.iter() for name, value in each.attrib.items() if name in ("href", "url", "htmlUrl")
        )
        yield from (each.text for each in root.iter("{*}loc", "link") if each.text)
        yield from re.findall(r'src="([^"]+)"', body.decode().replace("&quot;", '"'))
    elif path.endswith(".json"):
        yield from re.findall(r'"(?:url|feed_url|home_page_url|next_url)": ?"([^"]+)"', body.decode())
    elif body.lstrip().lower().startswith(b"<!doctype html"):
        yield from (link for _, _, link, _ in lxml.html.document_fromstring(body).iterlinks())


def crawled(base: str) -> dict[str, tuple[int, bytes]]:
    found: dict[str, tuple[int, bytes]] = {}
    waiting = [base, *(f"{base}{each}" for each in ("feed.atom", "feed.rss", "feed.json", "opml.xml", "sitemap.xml"))]
    while waiting:
        url = urldefrag(urljoin(base, waiting.pop()))[0]
        if not url.startswith(base) or url in found:
            continue
        found[url] = answer(url)
        waiting += [urljoin(url, each) for each in links_of(url, found[url][1])]
    return found


@pytest.mark.parametrize("server", [python_server, nginx_server])
def test_every_link_of_the_site_resolves_and_its_feeds_are_valid(server: Any, planet: Any, tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "planet").mkdir(parents=True)
    (root / "planet" / "index.html").touch()  # to wait for
    with server(root) as host:
        base = f"{host}/planet/"
        (root / "planet" / "index.html").unlink()
        done = exported(planet, root / "planet", base)
        found = crawled(base)
    broken = {url: status for url, (status, _) in found.items() if status != 200}
    left_out = [each for each in broken if "%C3%A9" * 120 in each]
    assert broken.keys() == set(left_out)
    assert [each for each in done.problems if "%C3%A9" * 120 in each], "it is said what no file can be called"
    assert len(done.problems) == 1
    paths = {urlsplit(each).path.removeprefix("/planet/") for each in found}
    assert {"main/archive/1.atom", "tags/news.atom", "sources/seeds.rss", "tags"} <= paths
    assert any(each.startswith("media/") for each in paths)
    assert any(each.startswith("a/article-7") for each in paths)
    now = datetime.now(UTC)
    for url, (_, body) in found.items():
        if (check := CHECKS.get(Path(urlsplit(url).path).suffix)) is not None and url not in broken:
            assert check(body, url, now) == [], url
    inside = content(root / "planet")
    for path, body in inside.items():
        assert f":{planet.port}/".encode() not in body, path
        assert b'rel="hub"' not in body, path
        assert b"Nobody knows" not in body, path
        assert b"secret" not in body, path
        assert b"search?q" not in body, path
    assert "languages/en-gb.atom" in inside
    assert "languages/en/index.html" in inside
    assert not any("mine" in each for each in inside)


@pytest.fixture(scope="module")
def out(planet: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out") / "site"
    exported(planet, folder)
    return folder


def test_what_is_published_is_as_the_service_serves_it_but_for_the_hub(planet: Any, out: Path) -> None:
    ours = content(out)
    hidden = {each for each in planet.published if each.startswith("media/")} - ours.keys()
    assert len(hidden) == 1, "the picture of an article that is in private outputs alone"
    for path, body in planet.published.items():
        if path in hidden:
            continue
        hubless = re.sub(rb'\s*<(atom:)?link [^>]*rel="hub"[^>]*>', b"", body)
        place = f"{path.removesuffix('.html')}/index.html" if path.startswith("a/") else path
        if path.endswith(".html") and not path.startswith("a/"):
            hubless = re.sub(rb'<li><a href="[^"]*search"[^>]*>Search</a></li>\n', b"", hubless)
            assert re.sub(rb"\s+", b"", ours[place]) == re.sub(rb"\s+", b"", hubless), path
        elif not path.endswith(".json"):
            assert re.sub(rb"\s+", b"", ours[place]) == re.sub(rb"\s+", b"", hubless), path


def test_a_second_export_touches_nothing_and_what_goes_is_only_ours(planet: Any, out: Path) -> None:
    stamps = {path: (out / path).stat().st_mtime_ns for path in content(out)}
    (out / "CNAME").write_text("planet.example.org")
    (out / "tags" / "mine.txt").write_text("by hand")
    done = exported(planet, out, github_pages=True)
    assert done.written == (".nojekyll",)
    assert done.removed == ()
    assert {path: (out / path).stat().st_mtime_ns for path in stamps} == stamps
    before = set(content(out))
    with Store.open(f"sqlite:///{planet.folder}/var/aggregator.db") as store:
        keys = [each.key for each in store.articles.newest(99, now=datetime.now(UTC)) if each.title == "Article 7"]
        store.articles.operate("hide", keys, datetime.now(UTC))
    try:
        done = exported(planet, out, github_pages=True)
        assert any(each.startswith("a/article-7-") for each in done.removed)
        assert set(content(out)) == before - set(done.removed)
        assert not list(out.glob("a/article-7-*")), "nor the folder"
        assert (out / "CNAME").read_text() == "planet.example.org"
        assert (out / "tags" / "mine.txt").read_text() == "by hand"
    finally:
        with Store.open(f"sqlite:///{planet.folder}/var/aggregator.db") as store:
            store.articles.operate("hide", keys, datetime.now(UTC), undo=True)


def test_a_file_where_a_folder_has_to_be_is_named_before_anything_is_written(planet: Any, tmp_path: Path) -> None:
    (tmp_path / "tags").write_text("by hand")
    with pytest.raises(AggregatorError, match=r"tags is there and was not exported .* nothing was changed"):
        exported(planet, tmp_path)
    assert content(tmp_path) == {"tags": b"by hand"}


def test_a_file_of_somebody_else_is_not_overwritten(planet: Any, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("by hand")
    with pytest.raises(AggregatorError, match=r"index\.html is there and was not exported .* nothing was changed"):
        exported(planet, tmp_path)
    assert content(tmp_path) == {"index.html": b"by hand"}


def test_the_folder_of_the_service_and_a_base_that_is_none_are_refused(planet: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="documents are published there"):
        exported(planet, planet.folder / "feeds" / "public")
    for base in ("planet", "ftp://example.org/", "https://example.org/?x", "https:///a"):
        with pytest.raises(UsageError, match="not the address of a site"):
            exported(planet, tmp_path, base)


def test_the_live_documents_and_the_store_are_left_alone(planet: Any, tmp_path: Path) -> None:
    before, links = planet.published, {each.stat().st_nlink for each in (planet.folder / "feeds").rglob("*.atom")}
    exported(planet, tmp_path / "site", "https://elsewhere.example/")
    assert planet.published == before
    assert links == {each.stat().st_nlink for each in (planet.folder / "feeds").rglob("*.atom")} == {1}
    private = planet.folder / "feeds" / "private" / "mine.atom"
    assert b"Nobody knows" in private.read_bytes()
