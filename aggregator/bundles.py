"""A bundle: all that is known of one source, in one file to send to somebody else, without a secret.

It holds the last answers (:mod:`aggregator.recording`), the settings that decide what becomes of them, how the source
stands, its last polls and what became of its newest articles. :mod:`aggregator.replaying` does it all again.
"""

from __future__ import annotations

import io
import json
import os
import platform
import zipfile
import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aggregator import __version__
from aggregator.config import effective
from aggregator.errors import UsageError
from aggregator.explaining import read_explanation
from aggregator.model import Exchange, Recorded
from aggregator.operate import rfc3339
from aggregator.parse import PARSER_VERSION
from aggregator.recording import Redaction
from aggregator.store import Store
from aggregator.views import read_board

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aggregator.config import Config
    from aggregator.model import Source

FORMAT = 1
"""Of the file; another one where an older version cannot read it."""
ARTICLES = 20
"""Of the newest articles what became of them is told."""
POLLS = 50
MOST_BYTES = 64 * 1024 * 1024
"""Of a bundle, packed or not; ten thousand sources have as much recorded together."""
MOST_FILES = 250

SETTINGS = (
    "id", "url", "title", "tags", "language", "interval", "refresh", "identity", "future", "first", "full_text",
    "scrape", "rewrite", "keep", "drop", "limit_per_day", "on_remove", "max_bytes",
)  # fmt: skip
"""Keys of a source that decide what becomes of an answer; none of them is told to a server in confidence."""
SHARED = ("site", "duplicates", "websub", "outputs")
_FIRST = "bundle.json"
_HEADERS = "headers that were sent: {}; their values are not in here"
_WORDS = frozenset({"true", "false", "null", "http", "https"})
"""A cookie may be called so; without them neither JSON nor an address would be left."""
_README = """What a source answered, and what became of it. Secrets were replaced by "redacted".

  aggregator replay FILE     does it again, without a network
  bundle.json                versions, settings, and the head of each answer
  responses/                 their bodies
  state.json, log.json       how the source stood, and its last polls
  articles.json              what became of its newest articles
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What a bundle holds of use for doing it again."""

    source: str
    version: str
    """Of the program that made it."""
    settings: Mapping[str, Any]
    """With the keys of config.yaml."""
    answers: tuple[Recorded, ...]


def make_bundle(config: Config, name: str, now: datetime) -> bytes:
    """The bundle of a source. It may be made beside a running service.

    Raises UsageError where there is nothing to put into it, StoreError where the store cannot be read.
    """
    source = next(each for each in config.sources if each.id == name)
    if source.members is not None:
        raise UsageError(f"{name}: is a list of feeds; name one of its feeds, 'aggregator status' has their ids")
    if source.url is None:
        raise UsageError(f"{name}: a folder has no answers to bundle; send the files in {source.folder} instead")
    answers: tuple[Recorded, ...] = ()
    site = config.site.id
    log: tuple[Any, ...] = ()
    keys: list[str] = []
    with Store.beside(config.store) as store:
        if store is not None:
            answers, log = store.recordings.of(name), store.polls.log(name, POLLS)
            site = store.setting("site.id") or site
            keys = [each.key for each in store.articles.newest(ARTICLES, now=now, source=name, visible=False)]
    if not answers:
        if not config.recording.keep:
            why = "recording.keep is 0 in the configuration"
        else:
            why = f"last poll: {log[0].detail}" if log else "it was not polled yet"
        raise UsageError(f"{name}: no answer is recorded ({why}); 'aggregator once {name}' polls it")
    redaction = Redaction(_secrets(config))
    health = next(each for each in read_board(config) if each.id == name)
    heads = [{"file": f"responses/{number}", **_head(each)} for number, each in enumerate(answers, 1)]
    about = {
        "format": FORMAT,
        "made_at": rfc3339(now),
        "source": name,
        "versions": {
            "aggregator": __version__,
            "parser": PARSER_VERSION,
            "python": platform.python_version(),
        },
        "settings": _settings(config, source, site),
        "not_in_here": _withheld(source),
        "responses": heads,
    }
    files: dict[str, Any] = {
        _FIRST: about,
        "state.json": health.as_json(),
        "log.json": [_line(each) for each in log],
        "articles.json": [read_explanation(config, key, now).as_json() for key in keys],
    }
    packed = {path: json.dumps(_hidden(what, redaction), indent=1).encode() for path, what in files.items()}
    packed |= {head["file"]: redaction.bytes(each.exchange.body) for head, each in zip(heads, answers, strict=True)}
    return _zipped({"README.txt": _README.encode()} | packed, now)


def write_bundle(path: Path, bundle: bytes) -> None:
    """Put it where only the operator can read it. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(bundle)


def _secrets(config: Config) -> frozenset[str]:
    """All of the configuration, and what came into it from the environment; but not what is published anyway."""
    public = json.dumps(effective(replace(config, secrets=frozenset()))["site"], ensure_ascii=False)
    more = (each for each in config.environment if len(each) >= 4 and each not in public and not _is_port(each))
    return (config.secrets | frozenset(more)) - _WORDS


def _is_port(text: str) -> bool:
    return text.isdigit() and len(text) <= 5


def _settings(config: Config, source: Source, site: str) -> dict[str, Any]:
    shown = effective(replace(config, secrets=frozenset(), sources=(source,), site=replace(config.site, id=site)))
    shared = {key: shown[key] for key in SHARED}
    shared["outputs"] = [{key: value for key, value in each.items() if key != "tokens"} for each in shown["outputs"]]
    return shared | {"sources": [{key: value for key, value in shown["sources"][0].items() if key in SETTINGS}]}


def _withheld(source: Source) -> list[str]:
    names = sorted({name for name, _ in source.headers})
    given = {
        _HEADERS.format(", ".join(names)): bool(names),
        "a user and a password": source.basic_auth is not None,
        "a token (bearer)": source.bearer is not None,
        "a certificate": source.client_cert is not None,
        "a proxy": source.proxy is not None,
    }
    return [words for words, there in given.items() if there]


def _head(answer: Recorded) -> dict[str, Any]:
    said = answer.exchange
    return {
        "at": answer.at.astimezone(UTC).isoformat(),
        "status": said.status,
        "url": said.url,
        "headers": [list(each) for each in said.headers],
        "redirected": said.redirected,
        "moved_to": said.moved_to,
        "wire_bytes": said.wire_bytes,
        "left_out": answer.left_out,
    }


def _line(record: Any) -> dict[str, Any]:
    names = ("code", "detail", "status", "new", "updated", "withdrawn", "bytes", "ms")
    return {"at": rfc3339(record.at)} | {name: getattr(record, name) for name in names}


def _hidden(value: Any, redaction: Redaction) -> Any:
    if isinstance(value, str):
        return redaction.text(value)
    if isinstance(value, dict):
        return {redaction.text(str(key)): _hidden(each, redaction) for key, each in value.items()}
    return [_hidden(each, redaction) for each in value] if isinstance(value, list | tuple) else value


def _zipped(files: Mapping[str, bytes], now: datetime) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, body in files.items():
            entry = zipfile.ZipInfo(path, max(now, datetime(1980, 1, 1, tzinfo=UTC)).timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, body)
    return stream.getvalue()


# ---- and back


def read_bundle(path: Path) -> Bundle:
    """What is in a bundle, which a stranger may have made: nothing is unpacked, and only what has its place is read.

    Raises UsageError for what is no bundle, or one that is too large.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _no_bundle(path, f"it is larger than {MOST_BYTES // 1024**2} MiB")
        with zipfile.ZipFile(path) as archive:
            return _Reader(path, archive).bundle()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; name a bundle that can be read") from None
    except _WRONG as error:
        what = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise _no_bundle(path, what) from None


_WRONG = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, LookupError, TypeError,
    AttributeError, OverflowError,
)  # fmt: skip
"""What comes of bytes that are no zip, of one that is encrypted or cut off, and of JSON of another shape."""


class _Reader:
    """One bundle that is read."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path = path
        self._archive = archive
        self._left = MOST_BYTES
        names = archive.namelist()
        if len(names) > MOST_FILES or len(set(names)) < len(names):
            raise _no_bundle(path, f"it has {len(names)} files in it, or one twice")

    def bundle(self) -> Bundle:
        about = json.loads(self._file(_FIRST))
        json.dumps(about, ensure_ascii=False).encode()  # no lone surrogates, which no store takes
        if about["format"] != FORMAT:
            made = str(about["versions"]["aggregator"])[:40]
            raise _no_bundle(self._path, f"it is of another format, made by version {made}")
        (settings,) = about["settings"]["sources"]
        url = settings["url"]
        if not isinstance(url, str) or not url.lower().startswith(("http://", "https://")):
            raise _no_bundle(self._path, "its source has no web address")
        answers = tuple(self._answer(each) for each in about["responses"])
        if not answers:
            raise _no_bundle(self._path, "there is no answer in it")
        return Bundle(
            source=str(settings["id"]),
            version=str(about["versions"]["aggregator"])[:40],
            settings={key: about["settings"][key] for key in SHARED if key in about["settings"]}
            | {"sources": [{key: value for key, value in settings.items() if key in SETTINGS}]},
            answers=answers,
        )

    def _answer(self, head: Mapping[str, Any]) -> Recorded:
        at = datetime.fromisoformat(head["at"]).astimezone(UTC)
        numbers = [int(head["status"]), int(head["wire_bytes"]), int(head["left_out"] or 0)]
        if not 1990 <= at.year <= 2200 or not all(0 <= each < 2**53 for each in numbers):
            raise ValueError("a time or a number in it is out of bounds")
        moved = head["moved_to"]
        return Recorded(
            at=at,
            exchange=Exchange(
                status=int(head["status"]),
                url=str(head["url"]),
                headers=tuple((str(name), str(value)) for name, value in head["headers"]),
                body=self._file(str(head["file"])),
                redirected=bool(head["redirected"]),
                moved_to=str(moved) if moved is not None else None,
                wire_bytes=int(head["wire_bytes"]),
            ),
            left_out=int(head["left_out"]) if head["left_out"] is not None else None,
        )

    def _file(self, name: str) -> bytes:
        """One file of the archive; what its head says of its size is not believed."""
        with self._archive.open(name) as file:
            body = file.read(self._left + 1)
        self._left -= len(body)
        if self._left < 0:
            raise _no_bundle(self._path, f"unpacked it is larger than {MOST_BYTES // 1024**2} MiB")
        return body


def _no_bundle(path: Path, why: str) -> UsageError:
    return UsageError(f"{path}: cannot be replayed: {why}; name a file that 'aggregator bundle' made")
