"""What validation needs besides the document."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from aggregator.config import paths

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pydantic import ValidationInfo

    from aggregator.model import Rewrite

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What validation needs besides the document: the folder it lies in, and who understands rules,
    selectors and actions."""

    base: Path
    check_rule: Callable[[str], object] | None = None
    check_selector: Callable[[str], object] | None = None
    check_action: Callable[[Rewrite], object] | None = None
    read: set[Path] = field(default_factory=set)
    """Files besides the document that values were taken from, and what should be there and is not."""
    _answers: dict[tuple[object, ...], tuple[Any, str | None]] = field(default_factory=dict, repr=False)

    def expected(self, there: Callable[[str, Path], T], text: str) -> T:
        """What ``there`` gives for a path whose contents are no part of the configuration; where it raises ValueError,
        the path counts among those that should be there."""
        try:
            return there(text, self.base)
        except ValueError:
            self.read.add(paths.absolute(text, self.base))
            raise

    def once(self, look: Callable[..., T], *at: object) -> T:
        """What ``look(*at)`` gives, found out once: TLS takes 1.3 ms for a file, and all sources may share it.

        Raises ValueError where that does, each time.
        """
        if (look, *at) not in self._answers:
            try:
                self._answers[look, *at] = look(*at), None
            except ValueError as error:
                self._answers[look, *at] = None, str(error)
        answer, problem = self._answers[look, *at]
        if problem is not None:
            raise ValueError(problem)
        return answer  # type: ignore[no-any-return]  # it is what this very function gave


def around(info: ValidationInfo) -> Surroundings:
    """What validation was given as its context."""
    if not isinstance(info.context, Surroundings):
        raise TypeError("validation needs its Surroundings as context")
    return info.context
