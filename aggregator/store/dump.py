"""All that a store holds, as lines of text that both databases can be filled from.

A part is some rows of one table, at most about :data:`PART_BYTES`: a line that names the table and what its columns
hold, then a line for each row. Times are microseconds since 1970, bytes are base64, and documents of JSON are text: so
a part says the same whichever database it came from, and needs no other part to be read.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Boolean, Column, Float, Integer, LargeBinary, String, Text, cast, select

from aggregator.errors import StoreError
from aggregator.store.opening import current_revision, open_database
from aggregator.store.schema import Key, UtcTime, from_micros, metadata, to_micros

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Table
    from sqlalchemy.types import TypeEngine

PART_BYTES = 4 * 1024 * 1024
"""Of rows in one part; the last of them may be longer."""

ROWS = 500
"""Read from the database at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some rows of a table."""

    table: str
    rows: int
    body: bytes


def kind_of(column: Column[Any]) -> str:
    """What a column holds: ``text``, ``int``, ``float``, ``bool``, ``bytes``, ``time`` or ``json``."""
    return next(kind for type_, kind in _KINDS if isinstance(column.type, type_))


_KINDS: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (UtcTime, "time"), (Key, "bytes"), (LargeBinary, "bytes"), (JSON, "json"), (Boolean, "bool"), (Integer, "int"),
    (Float, "float"), (String, "text"),
)  # fmt: skip


class Dump:
    """A store as it is at one moment, read beside whoever writes to it. To be used with ``with``, in one thread.

    Raises StoreError, also where it is of an older version and a service that is still running holds it.
    """

    def __init__(self, url: str) -> None:
        self._database, _ = open_database(url, lock=False)
        self.revision = current_revision(self._database) or ""
        """Of its schema."""

    def __enter__(self) -> Dump:
        return self

    def __exit__(self, *exception: object) -> None:
        self._database.close()

    def parts(self) -> Iterator[Part]:
        """Every row there is, tables that others refer to first. Each table has one part at least."""
        with self._database.reading(long=True) as connection:
            for table in metadata.sorted_tables:
                yield from _parts_of(connection, table)


def _parts_of(connection: Connection, table: Table) -> Iterator[Part]:
    kinds = {column.name: kind_of(column) for column in table.columns}
    head = json.dumps({"table": table.name, "columns": kinds}).encode() + b"\n"
    plain = [cast(each, Text).label(each.name) if kinds[each.name] == "json" else each for each in table.columns]
    said: list[Callable[[Any], Any]] = [_SAID[each] for each in kinds.values()]
    lines, size, told = [head], 0, False
    for row in connection.execution_options(yield_per=ROWS).execute(select(*plain)):
        values = [None if value is None else say(value) for value, say in zip(row, said, strict=True)]
        line = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        lines.append(line)
        size += len(line)
        if size >= PART_BYTES:
            yield Part(table=table.name, rows=len(lines) - 1, body=b"".join(lines))
            lines, size, told = [head], 0, True
    if len(lines) > 1 or not told:
        yield Part(table=table.name, rows=len(lines) - 1, body=b"".join(lines))


def _same(value: Any) -> Any:
    return value


def _is(*types: type) -> Callable[[Any], Any]:
    """SQLite would take anything, and the program stumble over it later."""

    def checked(value: Any) -> Any:
        if type(value) not in types:
            raise TypeError(f"{types[0].__name__} expected, not {type(value).__name__}")
        return value

    return checked


def _as_int(value: Any) -> int:
    if type(value) is not int or not -(2**63) <= value < 2**63:
        raise TypeError("a number of at most 64 bits expected")
    return value


def _as_bytes(value: Any) -> bytes:
    return bytes.fromhex(value) if isinstance(value, str) else bytes(value)  # a key is hex digits in Python


_SAID: dict[str, Callable[[Any], Any]] = {
    "text": _same,
    "int": _same,
    "float": _same,
    "bool": bool,
    "json": _same,
    "bytes": lambda value: b64encode(_as_bytes(value)).decode(),
    "time": to_micros,
}
_MEANT: dict[str, Callable[[Any], Any]] = {
    "text": _is(str),
    "int": _as_int,
    "float": _is(float, int),
    "bool": _is(bool),
    "json": _is(str),
    "bytes": b64decode,
    "time": from_micros,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A part, read."""

    table: str
    columns: dict[str, str]
    """Name -> what it holds, see :func:`kind_of`."""
    values: list[dict[str, Any]]


def read(body: bytes) -> Rows:
    """The reverse. Raises StoreError for anything else."""
    try:
        head, *lines = body.split(b"\n")[:-1]
        said = json.loads(head)
        names, meant = list(said["columns"]), [_MEANT[each] for each in said["columns"].values()]
        values = [
            {
                name: None if value is None else mean(value)
                for name, value, mean in zip(names, json.loads(line), meant, strict=True)
            }
            for line in lines
        ]
        ours = metadata.tables[said["table"]]  # beside which there may be those of other programs
        return Rows(table=ours.name, columns=said["columns"], values=values)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise StoreError(
            f"this is no part of a store ({type(error).__name__}: {error}); nothing was changed"
        ) from error
