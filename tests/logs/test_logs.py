"""One record, one line, no secrets, whatever it carries."""

from __future__ import annotations

import io
import json
import logging
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
import structlog

from aggregator.logs import LONGEST_TRACEBACK, LONGEST_VALUE, about, adopt, also_hide, configure, get_logger

Captured = pytest.CaptureFixture[str]


def records(capsys: Captured) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_record_is_one_line_whatever_is_in_it(capsys: Captured) -> None:
    configure(as_json=True)
    get_logger().info("polled", title="a\r\nb\u2028c\x1b[31m\x9b")
    (record,) = records(capsys)
    assert record["title"] == "a  b c [31m "


def test_the_time_the_level_and_the_event_come_first(capsys: Captured) -> None:
    configure(as_json=True)
    get_logger().warning("polled", source="a")
    assert list(records(capsys)[0]) == ["timestamp", "level", "event", "source"]


def test_secrets_are_hidden_in_values_and_tracebacks(capsys: Captured) -> None:
    configure(as_json=True, secrets={"hunter2"})
    try:
        raise ValueError("https://me:hunter2@example.org")
    except ValueError:
        get_logger().exception("bug", url="https://me:hunter2@example.org")
    written = capsys.readouterr().err
    assert "hunter2" not in written
    assert "ValueError" in written


def test_what_an_error_quotes_reaches_no_terminal(capsys: Captured) -> None:
    configure(as_json=False)
    try:
        raise ValueError("<title>\x1b]0;owned\x07\x9b31m\r</title>")
    except ValueError:
        get_logger().exception("bug")
    written = capsys.readouterr().err
    assert "</title>" in written
    assert all(each.isprintable() or each == "\n" for each in written)


def test_lists_of_texts_are_cleaned_too(capsys: Captured) -> None:
    configure(as_json=True, secrets={"hunter2"})
    get_logger().info("published", documents=["a\x1b", "?token=hunter2", 3])
    assert records(capsys)[0]["documents"] == ["a ", "?token=***", 3]


def test_a_megabyte_of_title_does_not_fill_the_log(capsys: Captured) -> None:
    configure(as_json=True)
    get_logger().info("polled", title="x" * 1_000_000)
    assert len(str(records(capsys)[0]["title"])) == LONGEST_VALUE


def test_what_is_below_the_level_is_not_written(capsys: Captured) -> None:
    configure(level="warning", as_json=True)
    get_logger().info("polled")
    assert records(capsys) == []


def test_a_reader_that_has_gone_away_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stderr", Closed())
    configure(as_json=True)
    get_logger().info("polled")
    get_logger().info("polled again")


@pytest.mark.parametrize("as_json", [True, False, None])
def test_a_logged_bug_shows_no_local_variables(capsys: Captured, as_json: bool | None) -> None:
    if as_json is None:  # nobody said how
        structlog.reset_defaults()
        logger = get_logger()
    else:
        configure(as_json=as_json)
        logger = get_logger()
    local_value = "".join(["what a variable ", "holds"])
    try:
        raise ValueError(len(local_value))
    except ValueError:
        logger.exception("bug")
    captured = capsys.readouterr()
    written = captured.err + captured.out
    assert "ValueError: 21" in written
    assert "what a variable holds" not in written


def test_an_error_that_quotes_a_document_does_not_fill_the_log(capsys: Captured) -> None:
    configure(as_json=True)
    try:
        raise ValueError("x" * 1_000_000)
    except ValueError:
        get_logger().exception("bug")
    (record,) = records(capsys)
    assert len(str(record["exception"])) == LONGEST_TRACEBACK


def test_what_is_logged_for_a_poll_says_so_in_every_thread_that_works_for_it(capsys: Captured) -> None:
    configure(as_json=True)
    with about(source="a", poll="0f"), ThreadPoolExecutor(1) as pool:
        pool.submit(copy_context().run, get_logger().info, "stored").result()
    get_logger().info("published")
    stored, published = records(capsys)
    assert (stored["source"], stored["poll"]) == ("a", "0f")
    assert "poll" not in published


def test_secrets_of_a_new_configuration_are_hidden_beside_the_old(capsys: Captured) -> None:
    configure(as_json=True, secrets={"hunter2"})
    also_hide({"hunter2-and-3"})
    get_logger().info("polled", url="https://a.example/?k=hunter2-and-3&l=hunter2")
    assert records(capsys)[0]["url"] == "https://a.example/?k=***&l=***"


def test_what_libraries_warn_of_is_a_record_and_what_they_tell_is_not(capsys: Captured) -> None:
    configure(as_json=True)
    before = list(logging.getLogger().handlers)
    adopt()
    adopt()
    try:
        logging.getLogger("library").warning("the %s is full\n{}", "disk")
        logging.getLogger("library").info("all is well")
        try:
            raise ValueError("out")
        except ValueError:
            logging.getLogger("library").exception("broken")
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("this is no HTML", UserWarning, stacklevel=1)
    finally:
        logging.captureWarnings(False)
        logging.getLogger().handlers = before
    warned, broken, told = records(capsys)
    assert ("this is no HTML" in str(told["event"]), told["logger"]) == (True, "py.warnings")
    assert (warned["event"], warned["level"], warned["logger"]) == ("the disk is full {}", "warning", "library")
    assert "ValueError: out" in str(broken["exception"])
