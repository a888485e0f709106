"""``${NAME}`` and ``${NAME:-default}`` inside texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_REFERENCE = re.compile(r"\$\$\{|\$\{([^}]*)(\}?)")
_INSIDE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)


def substitute(text: str, environ: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """``text`` with its variables replaced, and the values taken from ``environ`` with their variables' names.

    As in a shell, ``${NAME:-default}`` gives the default where NAME is unset or empty. ``$${`` is a literal ``${``.
    What a variable holds is text: it is never read as YAML nor searched for further variables. Raises ValueError
    for an unset variable, and for what is no reference.
    """
    taken: dict[str, str] = {}

    def replace(match: re.Match[str]) -> str:
        if match[0] == "$${":
            return "${"
        inside = _INSIDE.fullmatch(match[1])
        if inside is None or not match[2]:
            raise ValueError("${ must be followed by a variable's name and }; write $${ for a literal ${")
        name, default = inside.groups()
        value = environ.get(name)
        if default is not None and not value:
            return str(default)
        if value is None:
            raise ValueError(f"environment variable {name} is not set; set it, or write ${{{name}:-default}}")
        if value:
            taken[value] = name
        return value

    return _REFERENCE.sub(replace, text), taken
