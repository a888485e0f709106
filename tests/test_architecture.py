"""The architecture is a test: who may import whom, one door for each library, no clock or chance in pure code."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "aggregator"

DOORS = {
    "aiohappyeyeballs": {"fetch/dial.py"},
    "aiosmtplib": {"alerting/mail.py"},
    "alembic": {"store/"},
    "apscheduler": {"service.py"},
    "backports": {"serve/coding.py"},
    "brotli": {"serve/coding.py"},
    "charset_normalizer": {"parse/guess.py"},
    "feedgen": {"publish/feedgen_door.py"},
    "feedparser": {"parse/feed.py"},
    "h11": {"fetch/http1.py", "serve/connection.py"},
    "h2": {"fetch/http2.py"},
    "httpx": {"fetch/http.py"},
    "idna": {"fetch/address.py"},
    "jinja2": {"publish/html.py"},
    "markdown_it": {"parse/markdown.py"},
    "mdit_py_plugins": {"parse/markdown.py"},
    "nh3": {"articles/clean.py"},
    "opentelemetry": {"measuring/tracing.py"},
    "prometheus_client": {"measuring/exposition.py"},
    "pydantic": {"config/"},
    "re2": {"articles/rules/"},
    "rich": {"cli/"},
    "ruamel": {"config/", "parse/frontmatter.py", "parse/frontmatter_toml.py"},
    "sqlalchemy": {"store/"},
    "starlette": {"serve/"},
    "structlog": {"logs.py"},
    "trafilatura": {"parse/extract.py"},
    "typer": {"cli/"},
    "uvicorn": {"serve/server.py", "serve/connection.py"},
    "yaml": {"config/libyaml.py"},
    "zlib_ng": {"serve/coding.py"},
}
"""Library -> the modules that may import it; a folder where a whole stage is the door."""

PURE = [
    "model/",
    "errors.py",
    "plan/",
    "schedule/",
    "parse/",
    "articles/",
    "stories/",
    "operate/",
    "publish/",
    "websub/",
    "fetch/freshness.py",
    "fetch/judged.py",
    "fetch/robots.py",
]
EFFECTS = ["publish/files.py"]
"""What is not pure inside a pure folder."""

FORBIDDEN_IN_PURE = {
    "socket",
    "random",
    "sqlite3",
    "sqlalchemy",
    "time",
    "secrets",
    "subprocess",
    "threading",
    "asyncio",
}
FORBIDDEN_CALLS = {"now", "utcnow", "today"}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def matches(path: Path, places: set[str] | list[str]) -> bool:
    relative = path.relative_to(PACKAGE).as_posix()
    return any(relative == place or (place.endswith("/") and relative.startswith(place)) for place in places)


def test_imports_go_downhill_only() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([command, "--no-cache"], cwd=PACKAGE.parent, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("library", DOORS)
def test_each_library_has_one_door(library: str) -> None:
    users = [path for path in modules() if library in imported(path)]
    assert users, f"nobody imports {library}: take it out of DOORS and pyproject.toml"
    strays = [str(path.relative_to(PACKAGE)) for path in users if not matches(path, DOORS[library])]
    assert not strays, f"{library} is imported outside its door {DOORS[library]}"


def test_every_library_that_is_imported_has_a_door() -> None:
    known = set(sys.stdlib_module_names) | set(DOORS) | {"aggregator", "compression", "lxml", "selectolax"}
    strays = {name: str(path.relative_to(PACKAGE)) for path in modules() for name in imported(path) - known}
    assert not strays


@pytest.mark.parametrize(
    "path",
    [p for p in modules() if matches(p, PURE) and not matches(p, EFFECTS)],
    ids=lambda p: str(p.relative_to(PACKAGE)),
)
def test_pure_modules_read_no_clock_and_open_nothing(path: Path) -> None:
    assert not imported(path) & FORBIDDEN_IN_PURE
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            assert name not in FORBIDDEN_CALLS, f"line {node.lineno} reads the clock"
            assert name != "open", f"line {node.lineno} opens a file"


CALLS_OUT = {
    *("socket", "urllib.request", "http.client", "ftplib", "smtplib", "poplib", "imaplib", "telnetlib", "xmlrpc"),
    *("open_connection", "create_connection", "create_datagram_endpoint", "open_unix_connection", "sock_connect"),
    *("urlopen", "urlretrieve", "getaddrinfo", "gethostbyname", "start_tls", "wrap_socket"),
}
"""Modules and functions of the standard library that reach out; the libraries that do have their doors."""
MAY = {"fetch/dial.py", "fetch/connection.py", "fetch/guard.py"}
"""Connections to strangers, their TLS within a tunnel, the look-up of their names."""
ONLY = {
    "notify.py": {"AF_UNIX", "SOCK_DGRAM", "IPPROTO_TCP", "TCP_NODELAY", "socket"},
    "serve/server.py": {
        *("AF_INET", "AF_INET6", "AF_UNIX", "IPPROTO_TCP", "TCP_NODELAY", "TCP_NOTSENT_LOWAT"),
        *("create_server", "socket"),
    },
    "store/database.py": {"gethostname"},
}
"""Modules that import socket for something else, and for what."""


def reaches_out(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(each.name for each in node.names)}
            found |= {f"{node.module}.{each.name}" for each in node.names}
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
    return found & CALLS_OUT


def of_socket(path: Path) -> set[str]:
    return {
        node.attr
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "socket"
    }


def test_only_the_fetch_stage_calls_a_stranger() -> None:
    users = {path.relative_to(PACKAGE).as_posix(): names for path in modules() if (names := reaches_out(path))}
    assert users.keys() == MAY | ONLY.keys()
    for place, names in ONLY.items():
        assert users[place] == {"socket"}
        assert of_socket(PACKAGE / place) == names
