"""What can go wrong, as one tree.

::

    AggregatorError              anything this program raises on purpose
    ├── UsageError               the command line asks for something that cannot be        exit 2
    ├── ConfigError              config.yaml is wrong; holds every mistake at once         exit 2
    ├── RuleError                a rule cannot be read; says where (drawn here, lives with the rules)    exit 2
    ├── StoreError               the database cannot be used as it is                      exit 1
    │   ├── StoreLocked          another instance holds the store                          exit 75
    │   ├── ClaimLost            a poll took longer than its lease; its result is thrown away
    │   └── StaleKnowledge       the store moved on between recall and record: plan again
    ├── WorkerTimeout, WorkerCrash   a document could not be read in time, or killed its reader (live with the workers)
    └── PublishError             a document failed the gate; the last good one stays       exit 1

"Unchanged" and "failed to fetch" are not errors: they are the values ``NotModified`` and ``Failed`` in
:mod:`aggregator.model`, each with a reason a person can read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class AggregatorError(Exception):
    """Raised on purpose; the text says what happened, to which source or line, and what to do next."""

    exit_code = 1


class UsageError(AggregatorError):
    """The command line asks for something that cannot be."""

    exit_code = 2


class ConfigError(AggregatorError):
    """The configuration is wrong. ``mistakes`` holds one finished line per mistake, in file order."""

    exit_code = 2

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


class Misspelt(AggregatorError, ValueError):
    """A text that the operator wrote is wrong at one character. ``message`` says what and what was expected, ``offset``
    is the 0-based character, ``within`` leads to the text where it lies inside what was checked."""

    exit_code = 2
    what = "text"

    def __init__(self, message: str, offset: int, within: tuple[int | str, ...] = ()) -> None:
        self.message = message
        self.offset = offset
        self.within = within
        super().__init__(f"{message} (at character {offset + 1} of the {self.what})")


class StoreError(AggregatorError):
    """The database cannot be used as it is."""


class StoreLocked(StoreError):
    """Another instance holds the store (exit code 75, EX_TEMPFAIL: try again when it has ended)."""

    exit_code = 75


class ClaimLost(StoreError):
    """The right to poll a source has passed to somebody else; what was found is theirs to find again."""


class StaleKnowledge(StoreError):
    """What was recalled before planning is no longer true; recall and plan again."""


class PublishError(AggregatorError):
    """A document did not pass the gate; the last good one is kept."""
