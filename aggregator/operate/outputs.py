"""How each output stands: what is in it, what could not be, and why it stays as it is where it does. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aggregator.last_publish import OutputState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aggregator.last_publish import LastPublish
    from aggregator.model import Output


def output_rows(outputs: Sequence[Output], last: LastPublish | None) -> list[dict[str, Any]]:
    """A row for each output, as machines read it."""
    return [
        {
            "id": each.id,
            "formats": list(each.formats),
            "limit": each.limit,
            "state": _word(state),
            "entries": state.entries if state is not None else None,
            "updated": state.updated if state is not None else None,
            "bytes": dict(state.bytes) if state is not None else {},
            "left_out": state.left_out if state is not None else 0,
            "problems": [dict(problem) for problem in state.problems] if state is not None else [],
            "problem": state.problem or state.cut if state is not None else None,
            "advice": state.advice if state is not None else None,
        }
        for each in outputs
        for state in [last.outputs.get(each.id) if last is not None else None]
    ]


def output_problems(outputs: Sequence[Output], last: LastPublish | None) -> list[str]:
    """What is wrong with them, a line each, with what to do."""
    states = last.outputs if last is not None else {}
    return [f"output {each.id!r}: {line}" for each in outputs for line in _lines(states.get(each.id, OutputState()))]


def _word(state: OutputState | None) -> str:
    if state is None:
        return "new"
    if state.problem is not None:
        return "held" if state.held else "failed"
    return "published"


def _lines(state: OutputState) -> Iterator[str]:
    if state.problem is not None:
        yield f"{state.problem}; {state.advice}" if state.advice is not None else state.problem
    if state.left_out:
        first = state.problems[0]
        entries = "1 entry is" if state.left_out == 1 else f"{state.left_out} entries are"
        yield f"{entries} left out, such as {first['id']!r} of {first['source']!r}: {first['reason']}"
    if state.cut is not None:
        yield state.cut
