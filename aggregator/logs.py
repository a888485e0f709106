"""What the program tells its operator while it runs: one record, one line. The only door to structlog."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, TextIO

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

    from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

LONGEST_VALUE = 2048
"""Characters of one value at most: a title of a megabyte must not fill the log."""

LONGEST_TRACEBACK = 32 * 1024
"""Characters of a traceback: the message of an error may quote the document it is about."""


def get_logger(**bound: Any) -> FilteringBoundLogger:
    """A logger that adds ``bound`` to each record."""
    if not structlog.is_configured():
        structlog.configure(processors=_processors(_for_people(colors=False)))
    logger: FilteringBoundLogger = structlog.get_logger(**bound)
    return logger


def about(**facts: Any) -> AbstractContextManager[None]:
    """What is logged inside carries these facts, in every module and thread that works for it."""
    return structlog.contextvars.bound_contextvars(**facts)


def adopt() -> None:
    """Let what libraries warn of be records of ours: a line that is no JSON would break who reads them."""
    logging.captureWarnings(True)
    root = logging.getLogger()
    if not any(isinstance(each, _Adopted) for each in root.handlers):
        root.addHandler(_Adopted(logging.WARNING))


def also_hide(secrets: Iterable[str]) -> None:
    """Let these texts appear in no record either, besides those that :func:`configure` was given."""
    for each in structlog.get_config()["processors"]:
        if isinstance(each, _Clean):
            each.hide(secrets)


def configure(*, level: str = "info", as_json: bool | None = None, secrets: Iterable[str] = ()) -> None:
    """Write log records to standard error: JSON lines, or aligned text where a person is watching.

    ``secrets`` never appear in a record, whatever it carries. ``level`` is debug, info, warning or error.
    """
    stream = sys.stderr
    as_json = not stream.isatty() if as_json is None else as_json
    as_lines = structlog.processors.JSONRenderer(ensure_ascii=True)
    structlog.configure(
        processors=_processors(as_lines if as_json else _for_people(colors=stream.isatty()), secrets),
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=_Lines(stream),
        cache_logger_on_first_use=False,
    )


def _processors(rendered: Processor, secrets: Iterable[str] = ()) -> list[Processor]:
    """What a record goes through. Tracebacks hold no local variables: those of a parser are megabytes, and structlog's
    own choice of formatter took 2.8 s for one of them, in the event loop."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _Clean(secrets),
        _first_things_first,
        rendered,
    ]


def _for_people(*, colors: bool) -> Processor:
    return structlog.dev.ConsoleRenderer(
        colors=colors, pad_event_to=0, sort_keys=False, exception_formatter=structlog.dev.plain_traceback
    )


def _first_things_first(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """When, how bad and what, before everything else."""
    head = {name: event.pop(name) for name in ("timestamp", "level", "event") if name in event}
    return {**head, **event}


class _Adopted(logging.Handler):
    """Takes records of the standard library's logging."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            get_logger().log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info)
        except Exception:  # as every handler does: what cannot be formatted must not end who logs it
            self.handleError(record)


class _Lines:
    """Makes loggers that survive a closed pipe: a log nobody reads must not stop the service."""

    def __init__(self, stream: TextIO) -> None:
        self._stream: TextIO | _Nowhere = stream

    def __call__(self, *_args: Any) -> _Lines:
        return self

    def msg(self, message: str) -> None:
        try:
            self._stream.write(message + "\n")
            self._stream.flush()
        except BrokenPipeError:
            self._stream = _Nowhere()

    debug = info = warning = error = critical = exception = msg


class _Nowhere:
    """What is left of a pipe whose reader has gone."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        return None


class _Clean:
    """Cuts long values, removes control characters that could forge records, hides secrets."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets: tuple[str, ...] = ()
        self.hide(secrets)

    def hide(self, secrets: Iterable[str]) -> None:
        """The longest first: one may be part of another."""
        self._secrets = tuple(sorted({*self._secrets, *filter(None, secrets)}, key=len, reverse=True))

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {key: self._cleaned(value, key) for key, value in event.items()}

    def _cleaned(self, value: object, key: str) -> object:
        if isinstance(value, str):
            return self._text(value, *((LONGEST_TRACEBACK, "\n") if key == "exception" else (LONGEST_VALUE, "")))
        return [self._cleaned(each, key) for each in value] if isinstance(value, (list, tuple)) else value

    def _text(self, value: str, longest: int, kept: str) -> str:
        for secret in self._secrets:
            value = value.replace(secret, "***")
        if len(value) > longest:
            value = value[: longest - 1] + "…"
        return "".join(each if each.isprintable() or each in kept else " " for each in value)
