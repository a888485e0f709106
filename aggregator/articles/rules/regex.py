"""Regular expressions that take linear time: the only door to RE2.

Python's own ``re`` backtracks: ``(a+)+$`` against thirty letters runs for minutes, and a rule meets text written by
strangers. RE2 gives up look-around and back-references for a time that grows with the length of the text alone
(https://github.com/google/re2/wiki/WhyRE2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import re2  # type: ignore[import-untyped]  # google-re2 ships no types

from aggregator.articles.rules.lexer import shown

if TYPE_CHECKING:
    from collections.abc import Callable

FLAGS = {"i": "case does not matter", "m": "^ and $ match at every line", "s": ". matches a line break too"}

MAX_PROGRAM = 5_000
"""Instructions. Where RE2 falls back to simulating its automaton, a byte costs about 1.7 ns for each (measured)."""

_ADVICE = (
    (
        "invalid perl operator: (?",
        "RE2 has no look-ahead, look-behind or other (?...) extensions; use 'and not' instead",
    ),
    ("invalid escape sequence: \\Z", "RE2 writes the end of the text as \\z"),
    ("invalid escape sequence: ", "RE2 has no back-references and refuses escapes without a meaning"),
    ("invalid repetition size: ", "RE2 repeats at most 1000 times, nested repetitions together"),
    ("pattern too large", "RE2 holds at most 8 MiB for one expression; use a smaller repetition or class"),
)


class WrongPattern(ValueError):
    """An expression that RE2 cannot run; ``offset`` is the 0-based character of ``/pattern/flags`` where it is
    wrong, as far as RE2 tells."""

    def __init__(self, message: str, offset: int) -> None:
        self.offset = offset
        super().__init__(message)


def searcher(pattern: str, flags: str = "", program: int = MAX_PROGRAM) -> Callable[[bytes], bool]:
    """A function that tells whether UTF-8 bytes contain a match. ``flags`` are letters of :data:`FLAGS`, ``program`` is
    the most instructions it may have.

    Raises WrongPattern with a sentence for people if RE2 cannot run the pattern.
    """
    search = _compiled(pattern, flags, program, never_capture=True).search
    return lambda text: search(text) is not None


def expression(pattern: str, flags: str = "", program: int = MAX_PROGRAM) -> Any:
    """The compiled expression itself, which has groups, as :mod:`re` has them; for text, not bytes.

    Raises WrongPattern as :func:`searcher` does.
    """
    return _compiled(pattern, flags, program, never_capture=False)


def literal(text: str) -> Any:
    """An expression that matches this very text, whatever its case."""
    return _compiled(re2.escape(text), "i", MAX_PROGRAM, never_capture=False)


def _compiled(pattern: str, flags: str, program: int, *, never_capture: bool) -> Any:
    if unknown := next((flag for flag in flags if flag not in FLAGS), None):
        known = ", ".join(f"{flag} ({meaning})" for flag, meaning in FLAGS.items())
        message = f"there is no flag {unknown} for a regular expression; the flags are {known}"
        raise WrongPattern(message, len(pattern) + 2 + flags.index(unknown))
    options = re2.Options()
    options.log_errors = False
    options.never_capture = never_capture
    prefix = f"(?{flags})" if flags else ""
    try:
        compiled = re2.compile(prefix + pattern, options)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace").replace(prefix, "", 1)
        fault = reason.rpartition(": ")[2]
        raise WrongPattern(_in_words(reason), 0 if fault == pattern else pattern.rfind(fault) + 1) from None
    if compiled.programsize > program:
        raise WrongPattern(
            f"the regular expression is too large: {compiled.programsize} steps, at most {program} are allowed; "
            "use a smaller repetition or class",
            0,
        )
    return compiled


def _in_words(reason: str) -> str:
    advice = next((f"; {words}" for start, words in _ADVICE if reason.startswith(start)), "")
    return f"the regular expression cannot be used: {shown(reason)}{advice}"
